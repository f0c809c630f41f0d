"""What the schema can see is refused at once, with a sentence that names the field and the fix."""

from pathlib import Path
from typing import Any

import pytest

from crd_cases import BAD, EDGES, GOOD, MODEL, Spec, service, with_cache, with_engine
from lab.client import ApiError, Client

pytestmark = pytest.mark.usefixtures("crd")

CRD = Path(__file__).parents[2] / "crds" / "modelservice.yaml"


def created(api: Client, namespace: str, spec: Spec, name: str = "qwen") -> dict[str, Any]:
    """What would be stored, or the refusal raised; nothing is."""
    return api.create(service(spec, name), namespace, dry_run=True)


@pytest.mark.parametrize("spec", [pytest.param(spec, id=name) for name, spec in (GOOD | EDGES).items()])
def test_good_spec_is_taken(api: Client, namespace: str, spec: Spec) -> None:
    created(api, namespace, spec)


@pytest.mark.parametrize(("spec", "sentence"), [pytest.param(*case, id=name) for name, case in BAD.items()])
def test_bad_spec_is_refused_with_field_and_fix(api: Client, namespace: str, spec: Spec, sentence: str) -> None:
    with pytest.raises(ApiError) as refusal:
        created(api, namespace, spec)
    assert sentence in str(refusal.value)


@pytest.mark.parametrize("name", ["a", "a" * 53, "qwen-2-5"])
def test_name_that_a_service_can_bear_is_taken(api: Client, namespace: str, name: str) -> None:
    created(api, namespace, MODEL, name)


@pytest.mark.parametrize("name", ["a" * 54, "1qwen", "qwen.2"], ids=["too-long", "leading-digit", "dot"])
def test_name_that_no_service_can_bear_is_refused(api: Client, namespace: str, name: str) -> None:
    with pytest.raises(ApiError, match="rename the ModelService"):
        created(api, namespace, MODEL, name)


OWN_CLAIM = with_cache(size="10Gi", storageClassName="fast", accessModes=["ReadWriteOnce"])
BALANCER = {**MODEL, "service": {"type": "LoadBalancer", "loadBalancerClass": "example.org/a"}}

CHANGES_REFUSED = {
    "class-changed": (OWN_CLAIM, {"cache": {"storageClassName": "slow"}}, "spec.cache.storageClassName cannot change"),
    "class-removed": (OWN_CLAIM, {"cache": {"storageClassName": None}}, "spec.cache.storageClassName cannot change"),
    "modes-changed": (OWN_CLAIM, {"cache": {"accessModes": ["ReadWriteMany"]}}, "spec.cache.accessModes cannot change"),
    "size-shrunk": (OWN_CLAIM, {"cache": {"size": "9Gi"}}, "spec.cache.size cannot shrink"),
    "modes-removed": (OWN_CLAIM, {"cache": {"accessModes": None}}, "spec.cache.accessModes cannot change"),
    "balancer-class-changed": (
        BALANCER,
        {"service": {"loadBalancerClass": "example.org/b"}},
        "spec.service.loadBalancerClass cannot change",
    ),
}

CHANGES_TAKEN = {
    "same-size-in-another-unit": (OWN_CLAIM, {"cache": {"size": "10240Mi"}}),
    "balancer-class-gone-with-its-type": (
        BALANCER,
        {"service": {"type": "NodePort", "loadBalancerClass": None}},
    ),
    "size-grown": (OWN_CLAIM, {"cache": {"size": "0.02Ti"}}),
    "own-claim-to-users": (
        OWN_CLAIM,
        {"cache": {"size": None, "storageClassName": None, "accessModes": None, "claimName": "models"}},
    ),
    "cache-removed": (OWN_CLAIM, {"cache": None}),
    "balancer-to-cluster-ip": (BALANCER, {"service": {"type": "ClusterIP", "loadBalancerClass": None}}),
    "engine-switched": (MODEL, {"engine": {"type": "mock"}}),
}


@pytest.mark.parametrize(
    ("before", "change", "sentence"), [pytest.param(*case, id=name) for name, case in CHANGES_REFUSED.items()]
)
def test_change_that_cannot_be_carried_out_is_refused(
    api: Client, namespace: str, before: Spec, change: Spec, sentence: str
) -> None:
    api.create(service(before), namespace)
    with pytest.raises(ApiError) as refusal:
        api.patch("ModelService", "qwen", {"spec": change}, namespace)
    assert sentence in str(refusal.value)


@pytest.mark.parametrize(("before", "change"), [pytest.param(*case, id=name) for name, case in CHANGES_TAKEN.items()])
def test_change_that_can_be_carried_out_is_taken(api: Client, namespace: str, before: Spec, change: Spec) -> None:
    api.create(service(before), namespace)
    api.patch("ModelService", "qwen", {"spec": change}, namespace)


def test_free_option_is_stored_as_written(api: Client, namespace: str) -> None:
    options = {"speculative-config": {"method": "ngram", "num_speculative_tokens": 2}, "dtype": "half"}
    assert created(api, namespace, with_engine(options=options))["spec"]["engine"]["options"] == options


def test_what_was_not_said_is_not_stored(api: Client, namespace: str) -> None:
    assert created(api, namespace, MODEL)["spec"] == {
        **MODEL,
        "engine": {"type": "vllm"},
        "replicas": 1,
        "service": {"port": 8000, "sessionAffinity": "None", "type": "ClusterIP"},
        "suspend": False,
    }


def test_crd_installs_by_plain_client_side_apply(api: Client) -> None:
    assert "modelservices.modelservice.io" in api.kubectl("apply", "--dry-run=server", "-f", CRD)


def test_explain_reads_like_documentation(api: Client) -> None:
    text = " ".join(api.kubectl("explain", "modelservice.spec.gpu").split())
    assert "GPUs per replica, all on one node; 0 is CPU." in text
    assert "Default: `nvidia.com/gpu`." in text
    assert "EnvVarSource" not in text
    assert "Name of the environment variable." in api.kubectl("explain", "modelservice.spec.engine.env")
