"""What the API server would refuse of a ModelService, found without one: for CI, for pre-commit, for a person's file.

It follows the CRD's own schema, so there is no second list of what is allowed: types, limits, patterns, fields that do
not exist, lists that are held by key, and the CEL rules where an evaluator is installed. What only a server knows is
left to it: rules about a change (`oldSelf`), names that are taken, quotas, policies.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from modelservice.api.base import Schema
from modelservice.api.rules_offline import broken
from modelservice.api.schema import resource_schema


@dataclass(frozen=True, slots=True)
class Refusal:
    """One thing that the server would refuse: the field as written in YAML, and a sentence about it."""

    field: str
    message: str

    def __str__(self) -> str:
        return f"{self.field} {self.message}" if self.field else self.message


def refusals(body: Mapping[str, Any]) -> list[Refusal]:
    """Everything that is wrong with a whole object. The CEL rules are asked once its shape is right."""
    schema = resource_schema()
    found = list(_shape(body, schema, ""))
    return found or list(_rules(_defaulted(body, schema), schema))


def shape_refusals(body: Mapping[str, Any]) -> list[Refusal]:
    """The same without the CEL rules."""
    return list(_shape(body, resource_schema(), ""))


def _shape(value: Any, schema: Schema, path: str) -> Iterator[Refusal]:
    if value is None:
        if not schema.get("x-kubernetes-preserve-unknown-fields"):
            yield Refusal(path, "is empty: leave it out")
        return
    wrong = _type_problem(value, schema) or _limit_problem(value, schema)
    if wrong:
        yield Refusal(path or "the document", wrong)
    elif isinstance(value, Mapping):
        yield from _fields(value, schema, path)
    elif isinstance(value, list):
        yield from _duplicates(value, schema, path)
        for index, item in enumerate(value):
            yield from _shape(item, schema.get("items", {}), f"{path}[{index}]")


def _fields(value: Mapping[str, Any], schema: Schema, path: str) -> Iterator[Refusal]:
    properties = schema.get("properties")
    for name in schema.get("required", ()):
        if name not in value:
            yield Refusal(f"{path}.{name}".lstrip("."), "is required")
    if properties is None:
        items: Schema = schema.get("additionalProperties") or {}
        for key, item in value.items() if items else ():
            yield from _shape(item, items, f"{path}.{key}")
        return
    for key, item in value.items():
        here = f"{path}.{key}".lstrip(".")
        if key in properties:
            yield from _shape(item, properties[key], here)
        elif not schema.get("x-kubernetes-preserve-unknown-fields"):
            near = difflib.get_close_matches(str(key), properties, n=1)
            yield Refusal(here, "is no field" + (f", did you mean {near[0]}?" if near else ""))


_TYPES: Mapping[str, type | tuple[type, ...]] = {
    "object": Mapping,
    "array": list,
    "string": str,
    "integer": int,
    "number": (int, float),
    "boolean": bool,
}
_WORDS = {"object": "a map", "array": "a list", "string": "text (put it in quotes)", "integer": "a whole number"}


def _type_problem(value: Any, schema: Schema) -> str:
    if schema.get("x-kubernetes-int-or-string"):
        fits = isinstance(value, (int, str)) and not isinstance(value, bool)
        return "" if fits else "must be a whole number or text"
    kind = schema.get("type")
    if kind is None:
        return ""
    fits = isinstance(value, _TYPES[kind]) and (kind == "boolean" or not isinstance(value, bool))
    return "" if fits else f"must be {_WORDS.get(kind, f'a {kind}')}"


def _limit_problem(value: Any, schema: Schema) -> str:
    if "enum" in schema and value not in schema["enum"]:
        near = difflib.get_close_matches(str(value), map(str, schema["enum"]), n=1)
        return f"must be one of {', '.join(map(str, schema['enum']))}" + (f"; did you mean {near[0]}?" if near else "")
    if isinstance(value, str):
        if "pattern" in schema and not re.search(schema["pattern"], value):
            return f"is {value!r}, which does not have the form {schema['pattern']}{_nearest(value, schema['pattern'])}"
        return _size_problem(len(value), schema, "Length", "characters")
    if isinstance(value, list):
        return _size_problem(len(value), schema, "Items", "items")
    if isinstance(value, Mapping):
        return _size_problem(len(value), schema, "Properties", "entries")
    return _range_problem(value, schema)


def _nearest(value: str, pattern: str) -> str:
    """The plain word that was most likely meant, of those among which the pattern chooses."""
    near = difflib.get_close_matches(value, re.findall(r"(?<=[(|])[a-z]+(?=[)|])", pattern), n=1)
    return f"; did you mean {near[0]}?" if near else ""


def _size_problem(size: int, schema: Schema, what: str, noun: str) -> str:
    low, high = schema.get(f"min{what}", 0), schema.get(f"max{what}", size)
    return f"has {size} {noun}, and may have {low} to {high}" if not low <= size <= high else ""


def _range_problem(value: Any, schema: Schema) -> str:
    low, high = schema.get("minimum"), schema.get("maximum")
    if low is not None and value < low:
        return f"is {value}, and must be at least {low}"
    return f"is {value}, and may be at most {high}" if high is not None and value > high else ""


def _duplicates(value: Sequence[Any], schema: Schema, path: str) -> Iterator[Refusal]:
    keys = schema.get("x-kubernetes-list-map-keys")
    if not keys:
        return
    seen: set[tuple[str, ...]] = set()
    for index, item in enumerate(value):
        identity = tuple(str(item.get(key)) for key in keys) if isinstance(item, Mapping) else (str(item),)
        if identity in seen:
            yield Refusal(f"{path}[{index}]", f"is the second with {keys[0]} {identity[0]}: keep one")
        seen.add(identity)


def _defaulted(value: Any, schema: Schema) -> Any:
    """With the defaults that the server fills in, below what is there; its rules are asked of exactly this."""
    if isinstance(value, Mapping) and "properties" in schema:
        filled = {name: field["default"] for name, field in schema["properties"].items() if "default" in field}
        whole = {**filled, **value}
        return {key: _defaulted(item, schema["properties"].get(key, {})) for key, item in whole.items()}
    if isinstance(value, list):
        return [_defaulted(item, schema.get("items", {})) for item in value]
    return value


def _rules(value: Any, schema: Schema) -> Iterator[Refusal]:
    """Every rule that is false, in the rule's own words, which name the field."""
    for rule in schema.get("x-kubernetes-validations", ()):
        if "oldSelf" not in rule["rule"] and broken(rule["rule"], value):
            yield Refusal("", rule["message"])
    if isinstance(value, Mapping):
        for key, inner in schema.get("properties", {}).items():
            if key in value:
                yield from _rules(value[key], inner)
    elif isinstance(value, list):
        for item in value:
            yield from _rules(item, schema.get("items", {}))
