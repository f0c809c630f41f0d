"""What an apply asks of the server, and the merge patch from one status to the next."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from modelservice.kube.apply import apply, merge_patch
from property.budget import tries
from scripted_api import Reply, item, scripted


async def test_apply_asks_for_strict_validation_and_wins_as_one_manager() -> None:
    manifest = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"namespace": "n", "name": "a"}}
    async with scripted(Reply(json.dumps(item("a", "7")).encode())) as (session, script):
        await apply(session, manifest, uid="u")
        assert script.seen == [{"fieldManager": "modelservice-operator", "force": "true", "fieldValidation": "Strict"}]


CASES: dict[str, tuple[dict[str, Any], dict[str, Any], dict[str, Any]]] = {
    "same": ({"a": 1}, {"a": 1}, {}),
    "new": ({}, {"a": {"b": 1}}, {"a": {"b": 1}}),
    "changed": ({"a": 1, "b": 1}, {"a": 2, "b": 1}, {"a": 2}),
    "gone": ({"a": 1, "b": 1}, {"b": 1}, {"a": None}),
    "deep": ({"a": {"b": 1, "c": 1}}, {"a": {"b": 2}}, {"a": {"b": 2, "c": None}}),
    "list is whole": ({"a": [1, 2]}, {"a": [1]}, {"a": [1]}),
    "map for a word": ({"a": "x"}, {"a": {"b": 1}}, {"a": {"b": 1}}),
    "word for a map": ({"a": {"b": 1}}, {"a": "x"}, {"a": "x"}),
    "emptied": ({"a": {"b": 1}}, {"a": {}}, {"a": {"b": None}}),
}


@pytest.mark.parametrize(("before", "after", "patch"), CASES.values(), ids=CASES)
def test_merge_patch_says_what_changed(before: dict[str, Any], after: dict[str, Any], patch: dict[str, Any]) -> None:
    assert merge_patch(before, after) == patch


WORDS = st.text("ab", min_size=1, max_size=1)
VALUES = st.recursive(
    st.integers(0, 2) | st.lists(st.integers(0, 2), max_size=2),
    lambda inner: st.dictionaries(WORDS, inner, max_size=2),
    max_leaves=6,
)
OBJECTS = st.dictionaries(WORDS, VALUES, max_size=3)


@tries(100)
@given(OBJECTS, OBJECTS)
def test_merge_patch_leads_from_any_object_to_any_other(before: dict[str, Any], after: dict[str, Any]) -> None:
    assert applied(before, merge_patch(before, after)) == after
    assert merge_patch(after, after) == {}


def applied(target: Any, patch: Any) -> Any:
    """RFC 7386, section 2."""
    if not isinstance(patch, dict):
        return patch
    merged = dict(target) if isinstance(target, dict) else {}
    for name, value in patch.items():
        if value is None:
            merged.pop(name, None)
        else:
            merged[name] = applied(merged.get(name), value)
    return merged
