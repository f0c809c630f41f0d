"""Who fetches the model, and what the loader's Job and init container look like."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
import yaml

from modelservice.api.config import OperatorConfig, load_config
from modelservice.api.reasons import Reason
from modelservice.api.resource import RESTART_ANNOTATION
from modelservice.facts.cluster import ClusterFacts, StorageClassFacts
from modelservice.facts.marks import FETCHED_ANNOTATION
from modelservice.facts.rollout import RolloutFacts, Verdict
from modelservice.facts.workload import ClaimFacts, RevisionFacts
from modelservice.render.children import children
from rendering.passes import FACTS, Pass, one_pass, service
from rendering.passes import next_pass as any_next_pass
from rendering.passes import rendered as any_rendered

CONFIG = load_config("{loader: {image: registry.example.org/models/loader}}")
BOUND = ClaimFacts("models", "Bound", ("ReadWriteOnce",), "fast")
SHARED = ClaimFacts("models", "Bound", ("ReadWriteMany",), "nfs")
LAZY = ClusterFacts(storage_classes=(StorageClassFacts("lazy", "WaitForFirstConsumer", default=True),))
EAGER = ClusterFacts(storage_classes=(StorageClassFacts("eager", default=True),))
MINE = "cache: {claimName: models}"
CASES: dict[str, tuple[str, dict[str, Any], str]] = {
    "no cache": ("{}", {}, ""),
    "no cache, asked for": ("cache: {prefetch: true}", {}, "InitContainer"),
    "one replica on a disk": (MINE, {"claim": BOUND}, ""),
    "one replica on a disk, asked for": ("cache: {claimName: models, prefetch: true}", {"claim": BOUND}, "Job"),
    "one replica on a disk that is pruned": ("cache: {claimName: models, prune: Unused}", {"claim": BOUND}, "Job"),
    "two replicas on a disk": (f"{MINE}\nreplicas: 2", {"claim": BOUND}, "Job"),
    "a shared volume": (MINE, {"claim": SHARED}, "Job"),
    "a shared volume, not wanted": ("cache: {claimName: models, prefetch: false}", {"claim": SHARED}, ""),
    "a shared volume of ours": ("cache: {size: 1Gi, accessModes: [ReadWriteMany]}", {"cluster": LAZY}, "Job"),
    "a shared volume that is read": ("cache: {claimName: models, readOnly: true}", {"claim": SHARED}, ""),
    "a shared volume, offline": (f"{MINE}\nhuggingFace: {{offline: true}}", {"claim": SHARED}, ""),
    "a volume that nobody may write": (
        "cache: {claimName: models, prefetch: true}",
        {"claim": replace(SHARED, access_modes=("ReadOnlyMany",))},
        "",
    ),
    "a claim of ours that binds late": ("cache: {size: 1Gi, prefetch: true}", {"cluster": LAZY}, "InitContainer"),
    "a claim of ours that binds at once": ("cache: {size: 1Gi, prefetch: true}", {"cluster": EAGER}, "Job"),
    "a claim of ours, classes unknown": ("cache: {size: 1Gi, prefetch: true}", {}, "InitContainer"),
    "a claim that binds late": (
        "cache: {claimName: models, prefetch: true}",
        {"claim": ClaimFacts("models", "Pending", ("ReadWriteOnce",), "lazy"), "cluster": LAZY},
        "InitContainer",
    ),
    "a claim that nobody has seen": (f"{MINE}\nreplicas: 2", {"cluster": EAGER}, "InitContainer"),
    "a claim for one pod": (
        "cache: {claimName: models, prefetch: true}",
        {"claim": replace(BOUND, access_modes=("ReadWriteOncePod",))},
        "InitContainer",
    ),
    "an engine that reads nothing": (f"{MINE}\nengine: {{type: mock}}", {"claim": SHARED}, ""),
    "files that are not known": (f"{MINE}\nengine: {{type: llamacpp}}", {"claim": SHARED}, ""),
    "files that are known": (
        f"{MINE}\nengine: {{type: llamacpp}}\nserving: {{quantization: Q4_K_M}}",
        {"claim": SHARED},
        "Job",
    ),
    "some of the files": ("modelSource: {include: ['*.json']}", {}, "InitContainer"),
    "a bucket, no cache": ("model: s3://models/a", {}, "InitContainer"),
    "a bucket, a disk": (f"{MINE}\nmodel: gs://models/a", {"claim": BOUND}, "InitContainer"),
    "a bucket, a shared volume": (f"{MINE}\nmodel: s3://models/a", {"claim": SHARED}, "Job"),
    "a file, a shared volume": (
        f"{MINE}\nmodel: https://h.example/a.gguf\nengine: {{type: llamacpp}}",
        {"claim": SHARED},
        "Job",
    ),
    "a bucket, offline": ("model: s3://models/a\nhuggingFace: {offline: true}", {}, ""),
    "a model on the claim": (f"{MINE}\nmodel: pvc://models/qwen", {"claim": SHARED}, ""),
}


def rendered(spec: dict[str, Any], config: OperatorConfig = CONFIG, **facts: Any) -> Pass:
    return any_rendered(spec, config=config, **facts)


def next_pass(last: Pass, config: OperatorConfig = CONFIG, **facts: Any) -> Pass:
    return any_next_pass(last, config=config, **facts)


def fetched(spec: dict[str, Any], metadata: dict[str, Any] | None = None, **facts: Any) -> tuple[Pass, list[Any]]:
    """The first pass of a service whose model is to be fetched, and its children while it is."""
    found = one_pass(service(spec, **(metadata or {})), replace(FACTS, **facts), CONFIG)
    waits = RolloutFacts(Verdict.HELD, target="", fetching=revision_of(found).name)
    return found, children(found.owner, found.prepared, waits, found.facts)


def revision_of(found: Pass) -> RevisionFacts:
    assert found.prepared.candidate is not None
    return found.prepared.candidate


def job(spec: dict[str, Any], metadata: dict[str, Any] | None = None, **facts: Any) -> dict[str, Any]:
    _, made = fetched(spec, metadata, **facts)
    [found] = [child for child in made if child["kind"] == "Job"]
    return found


@pytest.mark.parametrize(("spec", "facts", "who"), CASES.values(), ids=CASES.keys())
def test_fetcher_is_chosen_by_the_volume(spec: str, facts: dict[str, Any], who: str) -> None:
    found = rendered(yaml.safe_load(spec), **facts)
    assert revision_of(found).resolved.get("fetch", "") == who
    assert bool(revision_of(found).jobs) is (who == "Job")
    assert bool(found.pod.get("initContainers")) is (who == "InitContainer")


@pytest.mark.parametrize(
    ("spec", "offline"),
    [
        pytest.param({"cache": {"prefetch": True}}, True, id="fetched by an init container"),
        pytest.param({"cache": {"claimName": "models"}}, True, id="fetched by a Job"),
        pytest.param({"cache": {"claimName": "models", "prefetch": False}}, False, id="fetched by itself"),
    ],
)
def test_engine_goes_out_only_for_a_model_that_it_fetches_itself(spec: dict[str, Any], offline: bool) -> None:
    assert ("HF_HUB_OFFLINE" in rendered(spec, claim=SHARED).env) is offline


def test_prefetch_that_may_not_go_out_is_refused() -> None:
    found = rendered({"cache": {"claimName": "models", "readOnly": True, "prefetch": True}})
    [finding] = found.prepared.findings
    assert "cache.readOnly forbids it" in finding.message


def test_children_while_a_model_is_fetched_are_the_claim_the_job_and_the_service() -> None:
    _, made = fetched({"cache": {"size": "1Gi", "accessModes": ["ReadWriteMany"]}})
    kinds = [child["kind"] for child in made if child["kind"] not in ("ConfigMap", "ControllerRevision")]
    assert kinds == ["PersistentVolumeClaim", "Job", "Service"]


def test_job_runs_where_the_engine_would_and_is_none_of_its_pods() -> None:
    spec = {
        "cache": {"claimName": "models"},
        "nodeSelector": {"pool": "gpu"},
        "tolerations": [{"key": "dedicated", "operator": "Exists"}],
        "gpu": {"count": 1, "products": ["NVIDIA-H200"]},
        "serviceAccountName": "models",
        "engine": {"imagePullSecrets": [{"name": "pull"}], "env": [{"name": "HTTPS_PROXY", "value": "http://p"}]},
        "securityContext": {"runAsUser": 1000},
        "podTemplate": {"spec": {"nodeSelector": {"zone": "a"}}},
        "huggingFace": {"tokenSecret": {"name": "hf", "key": "token"}, "endpoint": "https://mirror.example.org"},
    }
    found, made = fetched(spec, claim=SHARED)
    [manifest] = [child for child in made if child["kind"] == "Job"]
    template = manifest["spec"]["template"]
    pod, engine = template["spec"], found.pod
    same = ("nodeSelector", "tolerations", "serviceAccountName", "imagePullSecrets", "securityContext")
    assert {name: pod[name] for name in same} == {name: engine[name] for name in same}
    assert pod["affinity"]["nodeAffinity"] == engine["affinity"]["nodeAffinity"]
    assert "runtimeClassName" not in pod
    [container] = pod["containers"]
    assert "nvidia.com/gpu" not in str(container["resources"])
    env = {item["name"]: item.get("value") or item["valueFrom"] for item in container["env"]}
    assert env["HF_ENDPOINT"] == "https://mirror.example.org"
    assert env["HF_TOKEN"] == {"secretKeyRef": {"name": "hf", "key": "token"}}
    assert env["HTTPS_PROXY"] == "http://p"
    assert "HF_HUB_OFFLINE" not in env
    selector = found.child("Service")["spec"]["selector"]
    assert not selector.items() <= template["metadata"]["labels"].items()


def test_job_is_told_what_to_fetch_and_where() -> None:
    spec = {"model": "org/model@v2", "cache": {"claimName": "models"}, "modelSource": {"include": ["*.json"]}}
    [container] = job(spec, claim=SHARED)["spec"]["template"]["spec"]["containers"]
    assert container["args"] == [
        *("fetch", "--reference", "hf://org/model@v2", "--cache", "/cache/hub", "--folder", "models--org--model"),
        *("--include", "*.json"),
    ]
    assert {mount["mountPath"] for mount in container["volumeMounts"]} == {"/cache/hub", "/home/modelservice", "/tmp"}


def test_job_ends_at_once_where_another_try_would_fail_as_well() -> None:
    rules = job({"cache": {"claimName": "models"}}, claim=SHARED)["spec"]["podFailurePolicy"]["rules"]
    assert rules[0] == {
        "action": "FailJob",
        "onExitCodes": {"containerName": "loader", "operator": "In", "values": [2]},
    }


def test_loader_goes_through_the_platforms_proxy_with_its_certificates_and_from_its_registry() -> None:
    site = "{registry: mirror.example.org, proxy: {https: 'http://p'}, caBundle: PEM,"
    config = load_config(f"{site} loader: {{image: registry.example.org/models/loader}}}}")
    found = rendered({"cache": {"prefetch": True}}, config=config)
    [loader] = found.pod["initContainers"]
    assert loader["image"].startswith("mirror.example.org/models/loader:")
    env = {item["name"]: item.get("value") for item in loader["env"]}
    assert (env["HTTPS_PROXY"], env["SSL_CERT_FILE"]) == ("http://p", "/etc/modelservice/ca.crt")
    assert "/etc/modelservice/ca.crt" in {mount["mountPath"] for mount in loader["volumeMounts"]}


@pytest.mark.parametrize(
    "edit",
    [
        pytest.param({"model": "org/model@v2"}, id="another revision"),
        pytest.param({"modelSource": {"include": ["*.json"]}}, id="other files"),
        pytest.param({"nodeSelector": {"pool": "gpu"}}, id="other nodes"),
        pytest.param({"huggingFace": {"tokenSecret": {"name": "hf", "key": "token"}}}, id="a token"),
    ],
)
def test_what_is_fetched_otherwise_gets_a_job_and_a_revision_of_its_own(edit: dict[str, Any]) -> None:
    spec = {"cache": {"claimName": "models"}}
    first, second = rendered(spec, claim=SHARED), rendered({**spec, **edit}, claim=SHARED)
    assert revision_of(first).name != revision_of(second).name
    assert not revision_of(first).jobs.keys() & revision_of(second).jobs.keys()


def test_restart_fetches_again() -> None:
    spec = {"cache": {"claimName": "models"}}
    again = job(spec, {"annotations": {RESTART_ANNOTATION: "now"}}, claim=SHARED)
    assert again["metadata"]["name"] != job(spec, claim=SHARED)["metadata"]["name"]


def test_files_that_the_engine_starts_from_are_marked_on_its_pods() -> None:
    notes = rendered({"cache": {"claimName": "models"}}, claim=SHARED).template["metadata"]["annotations"]
    assert notes[FETCHED_ANNOTATION]


@pytest.mark.parametrize(
    "facts",
    [
        pytest.param({"claim": BOUND}, id="the claim was bound"),
        pytest.param({"claim": SHARED}, id="the claim became another"),
        pytest.param({"cluster": EAGER}, id="the class binds otherwise"),
    ],
)
def test_who_fetches_stays_as_it_was_for_what_runs(facts: dict[str, Any]) -> None:
    first = rendered({"cache": {"claimName": "models", "prefetch": True}}, cluster=LAZY)
    later = next_pass(first, **facts)
    assert later.template == first.template
    assert later.prepared.outdated == ""


def test_newer_loader_waits_for_a_restart() -> None:
    first = rendered({"cache": {"prefetch": True}})
    later = next_pass(
        first, config=load_config("{loader: {image: registry.example.org/models/loader, version: 9.9.9}}")
    )
    assert later.template == first.template
    assert later.prepared.outdated


def test_jobs_of_a_stored_revision_are_made_as_they_were() -> None:
    first = rendered({"cache": {"claimName": "models"}}, claim=SHARED)
    later = next_pass(
        first, config=load_config("{loader: {image: registry.example.org/models/loader, version: 9.9.9}}")
    )
    assert revision_of(later).jobs == revision_of(first).jobs
    assert later.prepared.outdated == ""


@pytest.mark.parametrize(
    "spec",
    [
        pytest.param({"cache": {"claimName": "models"}}, id="a shared volume"),
        pytest.param({"cache": {"claimName": "models"}, "replicas": 2}, id="several replicas"),
    ],
)
def test_nothing_is_prefetched_unasked_where_no_loader_is_configured(spec: dict[str, Any]) -> None:
    found = any_rendered(spec, claim=SHARED)
    assert revision_of(found).jobs == {}
    assert "HF_HUB_OFFLINE" not in found.env


def test_prefetch_without_a_loader_is_refused_with_the_setting_that_lacks() -> None:
    found = any_rendered({"cache": {"prefetch": True}})
    [finding] = found.prepared.findings
    assert (finding.reason, finding.field) == (Reason.LOADER_MISSING, "cache.prefetch")
    assert "config.loader.image" in finding.message


@pytest.mark.parametrize(
    ("spec", "user"),
    [
        pytest.param({"cache": {"claimName": "models"}}, 0, id="nobody says"),
        pytest.param({"cache": {"claimName": "models"}, "securityContext": {"runAsUser": 1000}}, None, id="the user"),
        pytest.param(
            {
                "cache": {"claimName": "models"},
                "podTemplate": {"spec": {"securityContext": {"runAsNonRoot": True}}},
            },
            None,
            id="the user's own pod",
        ),
        pytest.param({"cache": {"size": "1Gi", "accessModes": ["ReadWriteMany"]}}, None, id="we, for our own claim"),
    ],
)
def test_loader_is_root_only_where_nobody_says_who_the_pod_runs_as(spec: dict[str, Any], user: int | None) -> None:
    [container] = job(spec, claim=SHARED)["spec"]["template"]["spec"]["containers"]
    assert container["securityContext"].get("runAsUser") == user
    assert container["securityContext"]["capabilities"] == {"drop": ["ALL"]}
