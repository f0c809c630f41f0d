"""Drift is seen in managedFields, on every kind that we apply, and one apply mends it."""

from dataclasses import dataclass
from typing import Any

import pytest

from eventually import eventually
from lab.client import Client
from modelservice.kube import errors
from modelservice.kube.apply import apply, create
from modelservice.kube.managed import Ownership, ownership
from modelservice.kube.resources import Manifest
from modelservice.kube.session import Session

LABELS = {"modelservice.io/name": "x", "modelservice.io/component": "engine"}
POD = {
    "metadata": {"labels": LABELS},
    "spec": {
        "containers": [{"name": "engine", "image": "nothing"}],
        "volumes": [{"name": "tmp", "emptyDir": {"medium": "Memory"}}],
    },
}
HOST = {"path": "/tmp"}
PORT = {"name": "http", "port": 8000, "protocol": "TCP", "targetPort": "http"}
SIZE = {"requests": {"storage": "1Gi"}}


@dataclass(frozen=True)
class Child:
    """A kind that we apply, and what a hand may do to fields of ours."""

    manifest: Manifest
    edits: dict[str, Manifest]


LABEL_EDITS: dict[str, Manifest] = {
    "label edited": {"metadata": {"labels": {"modelservice.io/name": "other"}}},
    "label removed": {"metadata": {"labels": {"modelservice.io/component": None}}},
    "labels removed": {"metadata": {"labels": None}},
    "annotation removed": {"metadata": {"annotations": {"modelservice.io/applied": None}}},
}


def child(api_version: str, kind: str, edits: dict[str, Manifest], **content: Any) -> Child:
    metadata = {"name": "x", "labels": LABELS, "annotations": {"modelservice.io/applied": "1"}}
    manifest = {"apiVersion": api_version, "kind": kind, "metadata": metadata, **content}
    return Child(manifest, {**LABEL_EDITS, **edits})


CHILDREN = {
    "Service": child(
        "v1",
        "Service",
        {
            "selector edited": {"spec": {"selector": {"modelservice.io/component": "loader"}}},
            "selector removed": {"spec": {"selector": None}},
            "port edited": {"spec": {"ports": [{**PORT, "targetPort": 9}]}},
            "port renumbered": {"spec": {"ports": [{**PORT, "port": 9}]}},
            "type edited": {"spec": {"type": "NodePort"}},
        },
        spec={"type": "ClusterIP", "selector": LABELS, "ports": [PORT]},
    ),
    "ConfigMap": child("v1", "ConfigMap", {}, data={"guard.py": "pass"}, immutable=True),
    "PersistentVolumeClaim": child(
        "v1",
        "PersistentVolumeClaim",
        {},
        spec={"accessModes": ["ReadWriteOnce"], "storageClassName": "none", "resources": SIZE},
    ),
    "ControllerRevision": child(
        "apps/v1", "ControllerRevision", {"number edited": {"revision": 7}}, revision=1, data={"template": POD}
    ),
    "PodDisruptionBudget": child(
        "policy/v1",
        "PodDisruptionBudget",
        {"budget edited": {"spec": {"maxUnavailable": "100%"}}},
        spec={"maxUnavailable": 1, "selector": {"matchLabels": LABELS}},
    ),
    "Deployment": child(
        "apps/v1",
        "Deployment",
        {
            "replicas edited": {"spec": {"replicas": 3}},
            "image edited": {"spec": {"template": {"spec": {"containers": [{"name": "engine", "image": "b"}]}}}},
            "volume from elsewhere": {"spec": {"template": {"spec": {"volumes": [{"name": "tmp", "hostPath": HOST}]}}}},
        },
        spec={"replicas": 0, "selector": {"matchLabels": LABELS}, "template": POD},
    ),
}
CASES = {f"{kind}: {name}": (kind, edit) for kind, child in CHILDREN.items() for name, edit in child.edits.items()}


class Tampered:
    """One child in a namespace, as we applied it, and what its managedFields tell of it later."""

    def __init__(self, session: Session, api: Client, manifest: Manifest, made: Manifest) -> None:
        self.session = session
        self.api = api
        self.kind = manifest["kind"]
        self.manifest = manifest
        self.uid = made["metadata"]["uid"]
        self.namespace = made["metadata"]["namespace"]
        self.applied = ownership(made)

    @classmethod
    async def of(cls, session: Session, api: Client, namespace: str, kind: str) -> "Tampered":
        manifest = CHILDREN[kind].manifest
        named = {**manifest, "metadata": {**manifest["metadata"], "namespace": namespace}}
        written = await create(session, named)
        return cls(session, api, named, written.object)

    def patch(self, edit: Manifest, **how: Any) -> None:
        self.api.patch(self.kind, "x", edit, self.namespace, **how)

    def now(self) -> Ownership:
        return ownership(self.api.get(self.kind, "x", self.namespace))

    async def repaired(self) -> Ownership:
        """What the operator makes of it; like its next pass, once more when a controller wrote in between."""
        while True:
            try:
                return ownership((await apply(self.session, self.manifest, uid=self.uid)).object)
            except errors.Conflict:
                continue


@pytest.mark.parametrize(("kind", "edit"), CASES.values(), ids=CASES)
async def test_edit_of_our_field_is_drift_until_it_is_applied_again(
    session: Session, api: Client, namespace: str, kind: str, edit: Manifest
) -> None:
    tampered = await Tampered.of(session, api, namespace, kind)
    assert tampered.applied.digest
    tampered.patch(edit)
    assert tampered.now().digest != tampered.applied.digest
    assert (await tampered.repaired()).digest == tampered.applied.digest


@pytest.mark.parametrize("kind", CHILDREN)
async def test_field_that_another_takes_by_force_is_drift(
    session: Session, api: Client, namespace: str, kind: str
) -> None:
    tampered = await Tampered.of(session, api, namespace, kind)
    metadata = {"name": "x", "namespace": namespace, "labels": {"modelservice.io/name": "other"}}
    content = {name: part for name, part in tampered.manifest.items() if kind == "ControllerRevision"}
    theirs = {**content, "apiVersion": tampered.manifest["apiVersion"], "kind": kind, "metadata": metadata}
    api.apply(theirs, manager="rival")
    assert tampered.now().digest != tampered.applied.digest
    assert (await tampered.repaired()).digest == tampered.applied.digest


@pytest.mark.parametrize("kind", CHILDREN)
async def test_object_whose_owners_were_wiped_is_drift(
    session: Session, api: Client, namespace: str, kind: str
) -> None:
    tampered = await Tampered.of(session, api, namespace, kind)
    tampered.patch({"metadata": {"managedFields": [{}]}})
    assert tampered.now().digest == ""
    assert (await tampered.repaired()).digest == tampered.applied.digest


@pytest.mark.parametrize("kind", CHILDREN)
async def test_what_a_hand_adds_is_no_drift_and_is_told(
    session: Session, api: Client, namespace: str, kind: str
) -> None:
    tampered = await Tampered.of(session, api, namespace, kind)
    tampered.patch({"metadata": {"labels": {"team": "a"}, "annotations": {"note": "b"}}})
    now = tampered.now()
    assert (now.digest, now.shared) == (tampered.applied.digest, ())
    assert now.added == ("python-httpx",)
    assert (await tampered.repaired()).added == now.added, "and it is kept"


@pytest.mark.parametrize("kind", ["Service", "Deployment", "PersistentVolumeClaim"])
async def test_field_that_another_applies_with_our_value_is_no_drift(
    session: Session, api: Client, namespace: str, kind: str
) -> None:
    tampered = await Tampered.of(session, api, namespace, kind)
    metadata = {"name": "x", "namespace": namespace, "labels": {"modelservice.io/name": "x"}}
    api.apply({"apiVersion": tampered.manifest["apiVersion"], "kind": kind, "metadata": metadata}, manager="rival")
    assert tampered.now() == Ownership(tampered.applied.digest, shared=("rival",))


async def test_addition_that_makes_ours_invalid_goes_and_the_others_stay(
    session: Session, api: Client, namespace: str
) -> None:
    tampered = await Tampered.of(session, api, namespace, "Service")
    rival = {"name": "http", "port": 9, "protocol": "TCP", "targetPort": 9}
    tampered.patch({"metadata": {"labels": {"team": "a"}}, "spec": {"ports": [rival]}})
    await tampered.repaired()
    live = api.get("Service", "x", namespace)
    assert live["spec"]["ports"] == [PORT]
    assert live["metadata"]["labels"] == {**LABELS, "team": "a"}


async def test_manifest_of_ours_that_is_invalid_by_itself_takes_nothing_over(
    session: Session, api: Client, namespace: str
) -> None:
    tampered = await Tampered.of(session, api, namespace, "Service")
    more = {"name": "more", "port": 9, "protocol": "TCP", "targetPort": 9}
    tampered.patch({"spec": {"ports": [PORT, more]}})
    before = api.get("Service", "x", namespace)
    tampered.manifest = {**tampered.manifest, "spec": {**tampered.manifest["spec"], "type": "Nonsense"}}
    with pytest.raises(errors.Invalid, match="Nonsense"):
        await tampered.repaired()
    assert api.get("Service", "x", namespace) == before


async def test_replicas_set_by_the_scale_subresource_are_drift(session: Session, api: Client, namespace: str) -> None:
    tampered = await Tampered.of(session, api, namespace, "Deployment")
    tampered.patch({"spec": {"replicas": 2}}, subresource="scale")
    assert tampered.now().digest != tampered.applied.digest
    assert (await tampered.repaired()).digest == tampered.applied.digest


async def test_work_of_the_clusters_controllers_is_no_drift(session: Session, api: Client, namespace: str) -> None:
    tampered = await Tampered.of(session, api, namespace, "Deployment")

    def observed() -> bool:
        live = api.get("Deployment", "x", namespace)
        return "deployment.kubernetes.io/revision" in live["metadata"]["annotations"]

    await eventually(observed)
    assert tampered.now() == tampered.applied
