"""Who owns which field, read off managedFields as the API server writes them."""

from typing import Any

import pytest

from modelservice.kube import managed
from modelservice.kube.managed import Ownership, ownership

US = "modelservice-operator"
PORT = 'k:{"port":8000,"protocol":"TCP"}'
OURS: dict[str, Any] = {
    "f:metadata": {"f:labels": {"f:a": {}}},
    "f:spec": {"f:ports": {PORT: {".": {}, "f:name": {}, "f:port": {}}}, "f:selector": {}},
}


def entry(manager: str, fields: dict[str, Any], operation: str = "Update", **more: Any) -> dict[str, Any]:
    return {"manager": manager, "operation": operation, "apiVersion": "v1", "fieldsV1": fields, **more}


def seen(*entries: dict[str, Any]) -> Ownership:
    return ownership({"metadata": {"name": "x", "managedFields": list(entries)}})


def test_digest_is_of_our_applied_fields_alone() -> None:
    alone = seen(entry(US, OURS, "Apply"))
    assert alone.digest
    assert alone == Ownership(alone.digest)
    others = (
        entry("kube-controller-manager", {"f:spec": {"f:volumeName": {}}}),
        entry(US, {"f:status": {"f:phase": {}}}, subresource="status"),
    )
    assert seen(*others, entry(US, OURS, "Apply", time="2026-01-01T00:00:00Z")) == alone


def test_digest_changes_when_a_field_of_ours_is_taken_or_removed() -> None:
    without = {**OURS, "f:spec": {"f:ports": OURS["f:spec"]["f:ports"]}}
    assert seen(entry(US, without, "Apply")).digest != seen(entry(US, OURS, "Apply")).digest


def test_digest_does_not_depend_on_the_order_of_fields() -> None:
    turned = dict(reversed(OURS.items()))
    assert seen(entry(US, turned, "Apply")) == seen(entry(US, OURS, "Apply"))


@pytest.mark.parametrize(
    "manifest",
    [{"metadata": {}}, {"metadata": {"managedFields": [{}]}}, {"metadata": {"managedFields": None}}],
    ids=["none", "wiped", "null"],
)
def test_digest_of_nothing_is_empty(manifest: dict[str, Any]) -> None:
    assert ownership(manifest) == Ownership()


OTHERS: dict[str, tuple[dict[str, Any], bool, bool]] = {
    "same label": ({"f:metadata": {"f:labels": {".": {}, "f:a": {}}}}, True, False),
    "another label": ({"f:metadata": {"f:labels": {".": {}, "f:b": {}}}}, False, True),
    "same selector": ({"f:spec": {"f:selector": {}}}, True, False),
    "another port": ({"f:spec": {"f:ports": {'k:{"port":9,"protocol":"TCP"}': {".": {}}}}}, False, True),
    "name of our port": ({"f:spec": {"f:ports": {PORT: {"f:name": {}}}}}, True, False),
    "more of our port": ({"f:spec": {"f:ports": {PORT: {"f:nodePort": {}}}}}, False, True),
}


@pytest.mark.parametrize(("fields", "shared", "added"), OTHERS.values(), ids=OTHERS)
def test_other_managers_are_named_by_what_they_hold(fields: dict[str, Any], shared: bool, added: bool) -> None:
    found = seen(entry(US, OURS, "Apply"), entry("kubectl-edit", fields))
    assert found.shared == (("kubectl-edit",) if shared else ())
    assert found.added == (("kubectl-edit",) if added else ())


def test_controllers_of_the_cluster_add_fields_by_design() -> None:
    fields: dict[str, Any] = {"f:metadata": {"f:annotations": {"f:deployment.kubernetes.io/revision": {}}}}
    assert seen(entry(US, OURS, "Apply"), entry("kube-controller-manager", fields)).added == ()


def spec(**fields: Any) -> dict[str, Any]:
    return {"f:spec": {f"f:{name}": content for name, content in fields.items()}}


THEIRS = 'k:{"port":9,"protocol":"TCP"}'


def test_seized_makes_ours_what_others_hold_at_a_place_and_nothing_else() -> None:
    manifest = {
        "metadata": {
            "managedFields": [
                entry(US, spec(ports={PORT: {".": {}, "f:name": {}}}), "Apply"),
                entry("kubectl-edit", spec(ports={".": {}, THEIRS: {".": {}}}, type={})),
                entry("kubectl-patch", spec(ports={THEIRS: {"f:name": {}}})),
                entry("kube-controller-manager", spec(ports={THEIRS: {"f:nodePort": {}}})),
                entry("kubectl", spec(ports={THEIRS: {}}), subresource="status"),
            ]
        }
    }
    assert managed.seized(manifest, ["spec.ports"]) == [
        entry(US, spec(ports={PORT: {".": {}, "f:name": {}}, ".": {}, THEIRS: {".": {}, "f:name": {}}}), "Apply"),
        entry("kubectl-edit", spec(type={})),
        entry("kube-controller-manager", spec(ports={THEIRS: {"f:nodePort": {}}})),
        entry("kubectl", spec(ports={THEIRS: {}}), subresource="status"),
    ]


def test_seized_claims_no_field_that_nobody_holds() -> None:
    entries = [entry(US, {"f:data": {}}, "Apply"), entry("kubectl-edit", spec(a={"f:b": {}}, ports={THEIRS: {}}))]
    assert managed.seized({"metadata": {"managedFields": entries}}, ["spec.a.c", "spec.ports"]) == [
        entry(US, {"f:data": {}, **spec(ports={THEIRS: {}})}, "Apply"),
        entry("kubectl-edit", spec(a={"f:b": {}})),
    ]


@pytest.mark.parametrize("places", [[], ["spec.type"], ["data"]], ids=["nowhere", "elsewhere", "not there"])
def test_seized_is_nothing_where_others_hold_nothing(places: list[str]) -> None:
    entries = [entry(US, spec(ports={PORT: {}}), "Apply"), entry("kubectl-edit", spec(ports={THEIRS: {}}))]
    assert managed.seized({"metadata": {"managedFields": entries}}, places) is None


def test_seized_is_nothing_when_we_hold_nothing() -> None:
    entries = [entry("kubectl-edit", spec(ports={THEIRS: {}}))]
    assert managed.seized({"metadata": {"managedFields": entries}}, ["spec.ports"]) is None
