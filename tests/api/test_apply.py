"""Our writes against a real API server: what they change, what they leave, and how refusals read."""

from typing import Any

import pytest

from lab.client import Client
from modelservice.kube import errors
from modelservice.kube.apply import Verb, Written, apply, create, delete, get, look, patch_status
from modelservice.kube.resources import CONFIG_MAP, MODEL_SERVICE, SERVICE, Key, Manifest
from modelservice.kube.session import Session

LABELS = {"modelservice.io/name": "x"}


def ours(live: Manifest) -> bool:
    return bool(live["metadata"].get("labels") == LABELS)


def service(namespace: str, **spec: Any) -> Manifest:
    port = {"name": "http", "port": 8000, "protocol": "TCP", "targetPort": "http"}
    return {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"namespace": namespace, "name": "x", "labels": LABELS},
        "spec": {"selector": LABELS, "ports": [port], **spec},
    }


def deployment(namespace: str, **pod: Any) -> Manifest:
    containers = [{"name": "engine", "image": "nothing"}]
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"namespace": namespace, "name": "x", "labels": LABELS},
        "spec": {
            "replicas": 0,
            "selector": {"matchLabels": LABELS},
            "template": {"metadata": {"labels": LABELS}, "spec": {"containers": containers, **pod}},
        },
    }


async def seen(session: Session, manifest: Manifest) -> Manifest | None:
    """What `look` finds there, once the server remembers it."""
    while (live := await look(session, manifest, lambda _: True)) is None:
        pass
    return live


def model_service(namespace: str) -> Manifest:
    metadata = {"namespace": namespace, "name": "x"}
    return {
        "apiVersion": MODEL_SERVICE.api_version,
        "kind": MODEL_SERVICE.kind,
        "metadata": metadata,
        "spec": {"model": "a/b"},
    }


def uid(written: Written) -> str:
    return str(written.object["metadata"]["uid"])


def version(written: Written) -> str:
    return str(written.object["metadata"]["resourceVersion"])


async def test_create_makes_what_is_not_there_in_one_request(session: Session, api: Client, namespace: str) -> None:
    codes: list[str] = []
    async with Session(session.credentials, on_request=lambda _, code: codes.append(code)) as counted:
        written = await create(counted, service(namespace))
    assert (written.verb, codes) == (Verb.CREATED, ["201"])
    assert api.get("services", "x", namespace) == written.object


async def test_apply_of_the_same_writes_nothing(session: Session, namespace: str) -> None:
    made = await create(session, service(namespace))
    again = await apply(session, service(namespace), uid=uid(made), version=version(made))
    assert (again.verb, version(again)) == (Verb.UNCHANGED, version(made))


async def test_apply_says_when_it_changed_something(session: Session, namespace: str) -> None:
    made = await create(session, service(namespace))
    changed = await apply(session, service(namespace, type="NodePort"), uid=uid(made), version=version(made))
    assert (changed.verb, changed.object["spec"]["type"]) == (Verb.CONFIGURED, "NodePort")


async def test_apply_takes_back_what_it_no_longer_says(session: Session, namespace: str) -> None:
    made = await create(session, service(namespace, sessionAffinity="ClientIP"))
    changed = await apply(session, service(namespace), uid=uid(made))
    assert changed.object["spec"]["sessionAffinity"] == "None"


async def test_apply_wins_over_a_hand_and_keeps_what_a_hand_added(
    session: Session, api: Client, namespace: str
) -> None:
    made = await create(session, service(namespace))
    api.patch("services", "x", {"spec": {"selector": {"a": "b"}}, "metadata": {"labels": {"mine": "1"}}}, namespace)
    repaired = await apply(session, service(namespace), uid=uid(made))
    assert repaired.object["spec"]["selector"] == LABELS
    assert repaired.object["metadata"]["labels"] == {**LABELS, "mine": "1"}


FOREIGN = {
    "with a selector": {"selector": {"app": "theirs"}, "ports": [{"port": 80}]},
    "without one": {"ports": [{"port": 80, "name": "web"}]},
}


@pytest.mark.parametrize("spec", FOREIGN.values(), ids=FOREIGN)
async def test_object_that_is_not_ours_is_seen_and_never_touched(
    session: Session, api: Client, namespace: str, spec: Manifest
) -> None:
    theirs = {"apiVersion": "v1", "kind": "Service", "metadata": {"namespace": namespace, "name": "x"}, "spec": spec}
    before = api.create(theirs)
    assert await seen(session, service(namespace)) == before
    with pytest.raises(errors.NameTaken, match=f"^Service {namespace}/x: it exists"):
        await look(session, service(namespace), ours)
    with pytest.raises(errors.Conflict):
        await create(session, service(namespace))
    assert api.get("services", "x", namespace) == before


async def test_look_finds_what_is_ours_and_nothing_where_there_is_nothing(session: Session, namespace: str) -> None:
    assert await look(session, service(namespace), ours) is None
    made = await create(session, service(namespace))
    assert await seen(session, service(namespace)) == made.object


@pytest.mark.usefixtures("crd")
async def test_create_makes_a_custom_resource_and_no_second_one(session: Session, namespace: str) -> None:
    assert (await create(session, model_service(namespace))).verb is Verb.CREATED
    with pytest.raises(errors.Conflict):
        await create(session, model_service(namespace))


async def test_apply_leaves_an_object_that_took_the_name_since(session: Session, api: Client, namespace: str) -> None:
    made = await create(session, service(namespace))
    api.delete("services", "x", namespace)
    theirs = {"metadata": {"namespace": namespace, "name": "x"}, "spec": FOREIGN["with a selector"]}
    before = api.create({"apiVersion": "v1", "kind": "Service", **theirs})
    with pytest.raises(errors.Conflict):
        await apply(session, service(namespace), uid=uid(made))
    assert api.get("services", "x", namespace) == before


async def test_apply_does_not_bring_back_what_was_deleted_since(session: Session, api: Client, namespace: str) -> None:
    made = await create(session, service(namespace))
    api.delete("services", "x", namespace)
    with pytest.raises(errors.Conflict, match="uid mismatch"):
        await apply(session, service(namespace), uid=uid(made))


WRONG = {
    "unknown field": ({"contanerz": []}, r"spec\.contanerz: field not declared in schema"),
    "wrong type": ({"containers": "x"}, r"\.containers: expected list"),
    "key twice": ({"containers": [{"name": "e", "image": "a"}] * 2}, r"duplicate entries for key \[name=\"e\"\]"),
    "missing field": ({"containers": [{"name": "e"}]}, r"containers\[0\]\.image: Required value"),
}


@pytest.mark.parametrize(("pod", "text"), WRONG.values(), ids=WRONG)
async def test_apply_refuses_what_kubernetes_does_not_know(
    session: Session, namespace: str, pod: Manifest, text: str
) -> None:
    with pytest.raises(errors.Invalid, match=rf"^Deployment {namespace}/x: .*{text}"):
        await create(session, deployment(namespace, **pod))


async def test_quota_is_told_from_other_refusals(session: Session, api: Client, namespace: str) -> None:
    quota = {"metadata": {"name": "q", "namespace": namespace}, "spec": {"hard": {"count/services": "0"}}}
    api.create({"apiVersion": "v1", "kind": "ResourceQuota", **quota})
    api.wait("resourcequotas", "q", namespace, until=lambda q: "used" in q.get("status", {}))
    with pytest.raises(errors.QuotaExceeded, match="exceeded quota: q, requested: count/services=1"):
        await create(session, service(namespace))


async def test_terminating_namespace_is_told_from_other_refusals(session: Session, api: Client, namespace: str) -> None:
    held = {"metadata": {"name": "held", "namespace": namespace, "finalizers": ["example.com/hold"]}}
    api.create({"apiVersion": "v1", "kind": "ConfigMap", **held})
    api.delete("namespaces", namespace)
    try:
        with pytest.raises(errors.NamespaceTerminating):
            await create(session, service(namespace))
    finally:
        api.patch("configmaps", "held", {"metadata": {"finalizers": None}}, namespace)


async def test_namespace_that_is_gone_is_one_that_terminates(session: Session) -> None:
    with pytest.raises(errors.NamespaceTerminating):
        await create(session, service("never-there"))


async def test_kind_that_the_cluster_does_not_serve_is_no_missing_object(session: Session) -> None:
    with pytest.raises(errors.NotServed):
        await session.request("GET", "/apis/example.com/v1/things", target="things")


@pytest.mark.usefixtures("crd")
async def test_status_patch_writes_the_difference_once(session: Session, api: Client, namespace: str) -> None:
    key, made = Key(namespace, "x"), api.create(model_service(namespace))
    first = {"observedGeneration": 1, "phase": "Loading", "message": "..."}
    second = {"observedGeneration": 2, "phase": "Ready"}
    version: str = made["metadata"]["resourceVersion"]
    before: Manifest = {}
    for after in (first, second):
        written = await patch_status(session, MODEL_SERVICE, key, version=version, before=before, after=after)
        assert written is not None
        assert written.object["status"] == after
        version, before = written.object["metadata"]["resourceVersion"], after
    assert await patch_status(session, MODEL_SERVICE, key, version=version, before=before, after=before) is None
    assert api.get("modelservices", "x", namespace)["metadata"]["resourceVersion"] == version


@pytest.mark.usefixtures("crd")
async def test_status_patch_of_an_object_that_changed_since_is_a_conflict(
    session: Session, api: Client, namespace: str
) -> None:
    key, made = Key(namespace, "x"), api.create(model_service(namespace))
    changed = api.patch("modelservices", "x", {"spec": {"model": "a/c"}}, namespace)
    with pytest.raises(errors.Conflict, match=f"^ModelService {namespace}/x: .* has been modified"):
        await patch_status(
            session,
            MODEL_SERVICE,
            key,
            version=made["metadata"]["resourceVersion"],
            before={},
            after={"phase": "Ready"},
        )
    assert api.get("modelservices", "x", namespace) == changed


async def test_delete_takes_the_very_object_that_was_meant(session: Session, namespace: str) -> None:
    key, made = Key(namespace, "x"), await create(session, service(namespace))
    with pytest.raises(errors.Conflict):
        await delete(session, SERVICE, key, uid="another")
    with pytest.raises(errors.Conflict):
        await delete(session, SERVICE, key, uid=uid(made), version="1")
    assert await get(session, SERVICE, key) == made.object
    assert await delete(session, SERVICE, key, uid=uid(made), version=version(made)) is Verb.DELETED
    assert await delete(session, SERVICE, key, uid=uid(made)) is Verb.GONE


async def test_object_that_is_too_large_is_invalid(session: Session, namespace: str) -> None:
    metadata = {"namespace": namespace, "name": "x", "labels": LABELS}
    large = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, "data": {"k": "x" * (1 << 20) + "y"}}
    with pytest.raises(errors.Invalid, match="Too long"):
        await create(session, large)
    assert await get(session, CONFIG_MAP, Key(namespace, "x")) is None
