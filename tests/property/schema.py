"""Any value that a structural schema admits: the CRD itself says what a user may write."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from hypothesis import strategies as st

Schema = Mapping[str, Any]
Strategies = Mapping[str, st.SearchStrategy[Any]]

TEXT = st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=20)
DOUBTFUL = (
    *("0", "0Gi", "0.0", "1e3", "1.5Gi", "1m"),
    *(".", "..", "...", "..a", "a..b", "a.-b", "a.b", "-", "_", "9"),
    *("/", "//", "/a/", "/a:b", "/a/../b", "/..", "a/../b", "../a", "a/..", "/a b", "/a,b", "/ä"),
    *("a/b", "a..b/c", "a/-b", "kubernetes.io/a", "requests.a/b", "A/b", "nvidia.com/mig-1g.5gb"),
    *("http://x", "https://[::1]:8/x"),
)
"""Texts that a pattern may well let through and Kubernetes may not."""
LARGEST = 2**31 - 1
SHORT = 64


def admitted(schema: Schema, overrides: Strategies, path: str = "") -> st.SearchStrategy[Any]:
    """Values for the schema; `overrides` gives strategies for paths whose rules no schema can say."""
    if path in overrides:
        return overrides[path]
    kind = schema["type"]
    if kind == "object":
        return _object(schema, overrides, path)
    if kind == "array":
        return _list(schema, overrides, path)
    if "enum" in schema:
        return st.sampled_from(schema["enum"])
    if kind == "boolean":
        return st.booleans()
    if kind == "integer":
        return st.integers(schema.get("minimum", -LARGEST), schema.get("maximum", LARGEST))
    return _text(schema)


def _object(schema: Schema, overrides: Strategies, path: str) -> st.SearchStrategy[Any]:
    required = set(schema.get("required", []))
    fields = {
        name: admitted(below, overrides, f"{path}.{name}".lstrip("."))
        for name, below in schema.get("properties", {}).items()
    }
    return st.fixed_dictionaries(
        {name: strategy for name, strategy in fields.items() if name in required},
        optional={name: strategy for name, strategy in fields.items() if name not in required},
    )


def _list(schema: Schema, overrides: Strategies, path: str) -> st.SearchStrategy[Any]:
    keys = schema.get("x-kubernetes-list-map-keys")
    return st.lists(
        admitted(schema["items"], overrides, f"{path}[]"),
        max_size=min(3, schema.get("maxItems", 3)),
        unique_by=(lambda item: tuple(item[key] for key in keys)) if keys else None,
    )


def _text(schema: Schema) -> st.SearchStrategy[str]:
    smallest, largest = schema.get("minLength", 0), schema.get("maxLength", SHORT)
    if "pattern" not in schema:
        return st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=smallest, max_size=min(20, largest))
    pattern = re.compile(schema["pattern"], re.ASCII)
    texts = st.from_regex(pattern, fullmatch=True)
    doubtful = [text for text in DOUBTFUL if pattern.fullmatch(text)]
    drawn = st.one_of(texts, st.sampled_from(doubtful)) if doubtful else texts
    return drawn.filter(lambda text: smallest <= len(text) <= min(largest, SHORT) and text.isprintable())
