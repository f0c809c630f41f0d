"""The store of ModelServices never goes back, and forgets only what is gone."""

from __future__ import annotations

from typing import Any

from modelservice.control.services import Services
from modelservice.kube.resources import Key

KEY = Key("team", "qwen")


def body(version: int, uid: str = "u1", name: str = "qwen", **rest: Any) -> dict[str, Any]:
    metadata = {"namespace": "team", "name": name, "uid": uid, "resourceVersion": str(version)}
    return {"metadata": {**metadata, "managedFields": [{"manager": "kubectl"}]}, **rest}


def test_services_keep_the_body_without_managed_fields() -> None:
    services = Services()
    assert services.put(body(1, spec={"model": "a/b"}))
    kept = services.get(KEY)
    assert kept is not None
    assert kept["spec"] == {"model": "a/b"}
    assert "managedFields" not in kept["metadata"]


def test_services_ignore_what_is_no_newer() -> None:
    services = Services()
    services.put(body(10, spec={"model": "new"}))
    assert not services.put(body(9, spec={"model": "old"}))
    assert not services.put(body(10, spec={"model": "same"}))
    kept = services.get(KEY)
    assert kept is not None
    assert kept["spec"]["model"] == "new"


def test_services_drop_the_very_object_and_no_other_of_its_name() -> None:
    services = Services()
    services.put(body(10, uid="second"))
    services.drop(KEY, "first")
    assert services.get(KEY) is not None
    services.drop(KEY, "second")
    assert services.get(KEY) is None


def test_services_that_a_newer_list_lacks_are_dropped() -> None:
    services = Services()
    services.put(body(10, uid="gone", name="gone"))
    services.put(body(11, uid="stays", name="stays"))
    services.put(body(21, uid="newer", name="newer"))
    services.drop_missing({"stays"}, version=20, namespace="team")
    assert sorted(key.name for key in services) == ["newer", "stays"]


def test_services_of_another_namespace_are_left_by_a_list_of_one() -> None:
    services = Services()
    services.put(body(10))
    services.drop_missing(set(), version=20, namespace="elsewhere")
    assert list(services) == [KEY]
