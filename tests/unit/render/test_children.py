"""The children besides the pod: which there are, what they are called, who owns them, and how pods are replaced."""

from __future__ import annotations

from typing import Any

import pytest

from modelservice.api.config import load_config
from modelservice.facts.marks import APPLIED_ANNOTATION
from modelservice.facts.workload import ClaimFacts
from rendering.passes import next_pass, rendered, service

LABELS = {
    "app.kubernetes.io/name": "modelservice",
    "app.kubernetes.io/instance": "qwen",
    "app.kubernetes.io/component": "engine",
    "app.kubernetes.io/part-of": "modelservice",
    "app.kubernetes.io/managed-by": "modelservice-operator",
    "modelservice.io/name": "qwen",
    "modelservice.io/component": "engine",
}
SELECTOR = {"modelservice.io/name": "qwen", "modelservice.io/component": "engine"}
EVERYTHING: dict[str, Any] = {
    "replicas": 2,
    "cache": {"size": "10Gi", "retain": False},
    "engine": {"files": [{"name": "a", "path": "/a", "content": "x"}]},
}


def test_children_come_in_the_order_in_which_pods_need_them() -> None:
    assert [child["kind"] for child in rendered(EVERYTHING).children] == [
        "ConfigMap",
        "ConfigMap",
        "ControllerRevision",
        "PersistentVolumeClaim",
        "Deployment",
        "Service",
        "PodDisruptionBudget",
    ]


def test_least_children_are_a_revision_a_deployment_and_a_service() -> None:
    found = rendered({"engine": {"type": "mock"}})
    assert [child["kind"] for child in found.children] == ["ControllerRevision", "Deployment", "Service"]


def test_deployment_service_and_budget_bear_the_resources_name() -> None:
    found = rendered(EVERYTHING)
    for kind in ("Deployment", "Service", "PodDisruptionBudget"):
        assert found.child(kind)["metadata"]["name"] == "qwen"


def test_every_child_bears_labels_owner_and_digest() -> None:
    for child in rendered(EVERYTHING).children:
        metadata = child["metadata"]
        assert metadata["labels"] == LABELS
        assert metadata["namespace"] == "team"
        assert metadata["ownerReferences"] == [
            {
                "apiVersion": "modelservice.io/v1alpha1",
                "kind": "ModelService",
                "name": "qwen",
                "uid": "uid-1",
                "controller": True,
                "blockOwnerDeletion": False,
            }
        ]
        assert metadata["annotations"][APPLIED_ANNOTATION]


def test_digest_follows_the_content() -> None:
    def digest(spec: dict[str, Any]) -> str:
        annotations: dict[str, str] = rendered(spec).child("Service")["metadata"]["annotations"]
        return annotations[APPLIED_ANNOTATION]

    assert digest({}) == digest({"replicas": 3})
    assert digest({}) != digest({"service": {"port": 80}})


def test_service_leads_to_the_named_port_whatever_its_number() -> None:
    spec = rendered({"service": {"port": 80, "sessionAffinity": "ClientIP"}}).child("Service")["spec"]
    assert spec == {
        "type": "ClusterIP",
        "selector": SELECTOR,
        "ports": [{"name": "http", "port": 80, "protocol": "TCP", "targetPort": "http"}],
        "sessionAffinity": "ClientIP",
    }


def test_service_of_another_type() -> None:
    said = {"type": "LoadBalancer", "nodePort": 30080, "loadBalancerClass": "x.io/lb", "annotations": {"a": "b"}}
    found = rendered({"service": said}).child("Service")
    assert found["spec"]["ports"][0]["nodePort"] == 30080
    assert (found["spec"]["type"], found["spec"]["loadBalancerClass"]) == ("LoadBalancer", "x.io/lb")
    assert found["metadata"]["annotations"]["a"] == "b"


def test_users_labels_are_on_the_service_and_in_no_selector() -> None:
    found = rendered(
        {"service": {"labels": {"team": "a"}}, "podTemplate": {"metadata": {"labels": {"team": "a"}}}, "replicas": 2}
    )
    assert found.child("Service")["metadata"]["labels"] == {"team": "a", **LABELS}
    selectors = [
        found.child("Service")["spec"]["selector"],
        found.child("Deployment")["spec"]["selector"]["matchLabels"],
        found.child("PodDisruptionBudget")["spec"]["selector"]["matchLabels"],
    ]
    assert selectors == [SELECTOR] * 3
    assert SELECTOR.items() <= found.template["metadata"]["labels"].items()


def test_labels_of_ours_win_over_those_of_a_platform() -> None:
    """The CRD refuses them in a resource; the operator's defaults never pass it."""
    config = load_config("defaults: {service: {labels: {modelservice.io/name: other, team: a}}}")
    assert rendered({}, config=config).child("Service")["metadata"]["labels"] == {"team": "a", **LABELS}


@pytest.mark.parametrize(
    ("spec", "replicas"),
    [
        pytest.param({}, 1, id="default"),
        pytest.param({"replicas": 3}, 3, id="said"),
        pytest.param({"replicas": 0}, 0, id="none"),
        pytest.param({"replicas": 3, "suspend": True}, 0, id="suspended"),
    ],
)
def test_replicas_are_always_ours(spec: dict[str, Any], replicas: int) -> None:
    assert rendered(spec).child("Deployment")["spec"]["replicas"] == replicas


@pytest.mark.parametrize(
    ("spec", "there"),
    [
        pytest.param({"replicas": 1}, False, id="one replica"),
        pytest.param({"replicas": 2}, True, id="two"),
        pytest.param({"replicas": 2, "suspend": True}, False, id="suspended"),
    ],
)
def test_budget_is_there_for_more_than_one_replica(spec: dict[str, Any], there: bool) -> None:
    assert bool(rendered(spec).all("PodDisruptionBudget")) is there


def test_budget_never_blocks_a_drain_for_ever() -> None:
    spec = rendered({"replicas": 2}).child("PodDisruptionBudget")["spec"]
    assert (spec["maxUnavailable"], spec["unhealthyPodEvictionPolicy"]) == (1, "AlwaysAllow")


@pytest.mark.parametrize("seconds", [10, 3600, 604800])
def test_progress_deadline_is_above_the_startup_budget(seconds: int) -> None:
    found = rendered({"startupTimeoutSeconds": seconds})
    probe = found.engine["startupProbe"]
    deadline = found.child("Deployment")["spec"]["progressDeadlineSeconds"]
    assert deadline > probe["failureThreshold"] * probe["periodSeconds"]


SHARED = ClaimFacts("hub", access_modes=("ReadOnlyMany",))
SINGLE = ClaimFacts("hub", access_modes=("ReadWriteOnce",))


@pytest.mark.parametrize(
    ("spec", "claim", "strategy"),
    [
        pytest.param({}, None, "Replace", id="GPUs: there may be no spare one"),
        pytest.param({"gpu": {"count": 0}}, None, "Surge", id="CPU"),
        pytest.param({"gpu": {"count": 0}, "cache": {"size": "1Gi"}}, None, "Replace", id="a volume of one node"),
        pytest.param(
            {"gpu": {"count": 0}, "cache": {"size": "1Gi", "accessModes": ["ReadWriteMany"]}},
            None,
            "Surge",
            id="shared",
        ),
        pytest.param({"gpu": {"count": 0}, "cache": {"claimName": "hub"}}, SHARED, "Surge", id="a shared claim"),
        pytest.param({"gpu": {"count": 0}, "cache": {"claimName": "hub"}}, SINGLE, "Replace", id="a claim of one node"),
        pytest.param({"gpu": {"count": 0}, "cache": {"claimName": "hub"}}, None, "Replace", id="a claim not seen yet"),
        pytest.param({"gpu": {"count": 0}, "model": "pvc://hub/x"}, None, "Replace", id="a model's claim not seen yet"),
        pytest.param({"rollout": {"strategy": "Surge"}}, None, "Surge", id="said"),
        pytest.param({"rollout": {"strategy": "Recreate"}}, None, "Recreate", id="said to stop first"),
    ],
)
def test_strategy_never_waits_for_what_may_not_be_there(
    spec: dict[str, Any], claim: ClaimFacts | None, strategy: str
) -> None:
    found = rendered(spec, claim=claim).child("Deployment")["spec"]["strategy"]
    assert (
        found
        == {
            "Surge": {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": "25%", "maxUnavailable": 0}},
            "Replace": {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": 0, "maxUnavailable": "25%"}},
            "Recreate": {"type": "Recreate"},
        }[strategy]
    )


@pytest.mark.parametrize(
    ("spec", "model_claims", "surges"),
    [
        pytest.param({"model": "pvc://hub/x"}, (SHARED,), True, id="a model on a shared claim"),
        pytest.param({"model": "pvc://hub/x"}, (SINGLE,), False, id="a model on a claim of one node"),
        pytest.param(
            {"model": "pvc://hub/x", "cache": {"size": "1Gi", "accessModes": ["ReadWriteMany"]}},
            (SINGLE,),
            False,
            id="a shared cache helps nothing then",
        ),
        pytest.param(
            {
                "podTemplate": {
                    "spec": {"volumes": [{"name": "own", "persistentVolumeClaim": {"claimName": "unknown"}}]}
                }
            },
            (),
            False,
            id="a claim that only the pod template names",
        ),
    ],
)
def test_no_surge_waits_for_a_volume_of_one_node(
    spec: dict[str, Any], model_claims: tuple[ClaimFacts, ...], surges: bool
) -> None:
    found = rendered({"gpu": {"count": 0}, **spec}, model_claims=model_claims).child("Deployment")["spec"]["strategy"]
    assert bool(found["rollingUpdate"]["maxSurge"]) is surges


def test_claim_is_made_as_asked_for() -> None:
    cache = {"size": "10Gi", "storageClassName": "fast", "accessModes": ["ReadWriteMany"]}
    assert rendered({"cache": cache}).child("PersistentVolumeClaim")["spec"] == {
        "accessModes": ["ReadWriteMany"],
        "resources": {"requests": {"storage": "10Gi"}},
        "storageClassName": "fast",
    }


@pytest.mark.parametrize(
    "cache", [None, {"claimName": "hub"}, {"mountPath": "/x"}], ids=["no cache", "an existing claim", "only a path"]
)
def test_no_claim_is_made_unless_asked_for(cache: dict[str, Any] | None) -> None:
    assert rendered({"cache": cache}).all("PersistentVolumeClaim") == []


@pytest.mark.parametrize(("retain", "owned"), [(True, False), (False, True)], ids=["retained", "not retained"])
def test_retained_claim_outlives_the_resource(retain: bool, owned: bool) -> None:
    claim = rendered({"cache": {"size": "1Gi", "retain": retain}}).child("PersistentVolumeClaim")
    assert ("ownerReferences" in claim["metadata"]) is owned
    assert claim["metadata"]["labels"] == LABELS


def test_claim_keeps_what_it_can_never_change() -> None:
    existing = ClaimFacts("qwen-cache", access_modes=("ReadWriteOnce",), storage_class="slow")
    cache = {"size": "20Gi", "storageClassName": "fast", "accessModes": ["ReadWriteMany"]}
    spec = rendered({"cache": cache}, claim=existing).child("PersistentVolumeClaim")["spec"]
    assert (spec["storageClassName"], spec["accessModes"]) == ("slow", ["ReadWriteOnce"])
    assert spec["resources"]["requests"]["storage"] == "20Gi"


def test_claim_of_the_user_tells_nothing_of_ours() -> None:
    cache = {"size": "20Gi", "storageClassName": "fast"}
    spec = rendered({"cache": cache}, claim=ClaimFacts("hub", access_modes=("ReadOnlyMany",), storage_class="slow"))
    body = spec.child("PersistentVolumeClaim")["spec"]
    assert (body["storageClassName"], body["accessModes"]) == ("fast", ["ReadWriteOnce"])


def test_claim_whose_class_the_cluster_chose_is_applied_as_before() -> None:
    existing = ClaimFacts("qwen-cache", access_modes=("ReadWriteOnce",), storage_class="standard")
    first = rendered({"cache": {"size": "1Gi"}})
    second = next_pass(first, claim=existing)
    assert second.child("PersistentVolumeClaim") == first.child("PersistentVolumeClaim")


def test_names_of_a_longest_service_fit() -> None:
    found = rendered(EVERYTHING, name="q" * 53)
    assert all(len(child["metadata"]["name"]) <= 63 for child in found.children)


def test_resource_without_uid_renders_children_without_owner() -> None:
    body = service(EVERYTHING, uid="")
    found = next_pass(rendered(EVERYTHING), body)
    assert not any("ownerReferences" in child["metadata"] for child in found.children)
