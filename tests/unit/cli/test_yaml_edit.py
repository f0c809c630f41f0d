"""Editing a person's YAML: the fields are set, and every other character stays."""

from __future__ import annotations

import difflib

import pytest

from modelservice.cli.yaml_edit import NotEditable, set_fields

GPU, CONTEXT = ("spec", "gpu", "count"), ("spec", "serving", "contextLength")

COMMENTED = """\
# who owns this: team-nlp
apiVersion: modelservice.io/v1alpha1
kind: ModelService
metadata: {name: qwen}   # the address
spec:
  model: Qwen/Qwen2.5-7B-Instruct
  gpu:
    count: 1        # one is enough
    products: [NVIDIA-L4]

  # talk to us first
  serving: {dtype: "half"}
  replicas: 2  # busy

# the end
"""


def changed(old: str, new: str) -> list[str]:
    """Lines that went and came."""
    return [line for line in difflib.ndiff(old.splitlines(), new.splitlines()) if line[0] in "-+"]


def test_fields_are_set_where_they_stand_and_comments_stay() -> None:
    assert changed(COMMENTED, set_fields(COMMENTED, {GPU: 4, CONTEXT: 8192})) == [
        "-     count: 1        # one is enough",
        "+     count: 4        # one is enough",
        '-   serving: {dtype: "half"}',
        '+   serving: {dtype: "half", contextLength: 8192}',
    ]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        pytest.param("spec:\n  model: a/b\n", "spec:\n  model: a/b\n  gpu: {count: 4}\n", id="no-parent"),
        pytest.param("spec: {model: a/b}\n", "spec: {model: a/b, gpu: {count: 4}}\n", id="flow"),
        pytest.param("spec:\n  gpu:\n  model: a/b", "spec:\n  gpu: {count: 4}\n  model: a/b", id="empty-parent"),
        pytest.param("spec:\n  gpu: {}\n", "spec:\n  gpu: {count: 4}\n", id="empty-map"),
        pytest.param("spec:\n  gpu:\n    products:\n    - L4\n", "", id="list-last"),
        pytest.param("spec:\n  engine:\n    text: |\n      a\n      b\n\n# c\n", "", id="text-last"),
        pytest.param("kind: X\n", "kind: X\nspec: {gpu: {count: 4}}\n", id="nothing"),
        pytest.param(
            "---\nspec:\n  model: a/b # b\n", "---\nspec:\n  model: a/b # b\n  gpu: {count: 4}\n", id="marked"
        ),
    ],
)
def test_field_that_is_not_there_is_added_as_people_would(old: str, new: str) -> None:
    edited = set_fields(old, {GPU: 4})
    assert [line for line in changed(old, edited) if line.startswith("-")] == [] or new
    assert not new or edited == new


def test_file_that_cannot_be_edited_is_refused() -> None:
    with pytest.raises(NotEditable):
        set_fields("a: &x {count: 1}\nspec:\n  gpu: *x\n", {GPU: 4})
    with pytest.raises(NotEditable):
        set_fields("- a list\n", {GPU: 4})
