"""The CustomResourceDefinition, made from the models: pydantic's JSON schema turned into a structural schema.

What Kubernetes does not take is inlined (`$ref`), folded (`anyOf` with null), renamed (`const`, `exclusiveMinimum`) or
dropped (`title`). Anything unknown is an error here rather than a surprise on a cluster.
"""

from __future__ import annotations

import json
from functools import cache
from importlib.resources import files
from typing import Any

from modelservice.api.base import Schema
from modelservice.api.resource import GROUP, KIND, PLURAL, VERSION, ModelService
from modelservice.api.rules import RESOURCE_RULES

COLUMNS = (
    ("Model", "string", ".spec.model", 0, "What is served"),
    ("Engine", "string", ".status.engine", 0, "The inference server"),
    ("GPU", "string", ".status.gpu", 0, "GPUs per replica"),
    ("Ready", "string", ".status.ready", 0, "Replicas that answer, of those wanted"),
    ("Status", "string", ".status.phase", 0, "The state in a word"),
    ("Age", "date", ".metadata.creationTimestamp", 0, "Since creation"),
    ("URL", "string", ".status.openAIURL", 1, "Address for OpenAI clients inside the cluster"),
    ("Message", "string", ".status.message", 1, "The state in a sentence"),
)
KEPT = (
    "type",
    "description",
    "format",
    "enum",
    "pattern",
    "minimum",
    "maximum",
    "minLength",
    "maxLength",
    "minItems",
    "maxItems",
    "minProperties",
    "maxProperties",
    "required",
)
DROPPED = ("title", "properties", "items", "additionalProperties", "$defs", "default", "x-core-type", "x-late")


def crd() -> dict[str, Any]:
    """The whole CRD as a manifest."""
    version = {
        "name": VERSION,
        "served": True,
        "storage": True,
        "schema": {"openAPIV3Schema": resource_schema()},
        "subresources": {
            "status": {},
            "scale": {
                "specReplicasPath": ".spec.replicas",
                "statusReplicasPath": ".status.replicas",
                "labelSelectorPath": ".status.selector",
            },
        },
        "additionalPrinterColumns": [
            {"name": name, "type": kind, "jsonPath": path, "priority": priority, "description": about}
            for name, kind, path, priority, about in COLUMNS
        ],
    }
    return {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": f"{PLURAL}.{GROUP}"},
        "spec": {
            "group": GROUP,
            "scope": "Namespaced",
            "names": {
                "kind": KIND,
                "listKind": f"{KIND}List",
                "plural": PLURAL,
                "singular": KIND.lower(),
                "shortNames": ["msvc"],
                "categories": ["all"],
            },
            "versions": [version],
        },
    }


UNSEEN = {"observedGeneration": 0}
"""The status that nobody has written yet. Without it kstatus takes a resource for ready before its operator saw it."""


def resource_schema() -> Schema:
    """The structural schema of the whole object."""
    document = ModelService.model_json_schema(by_alias=True)
    properties = document["properties"]
    definitions = document["$defs"]
    return {
        "type": "object",
        "description": "A ModelService turns a model's name into an OpenAI endpoint inside the cluster.",
        "required": ["spec"],
        "x-kubernetes-validations": [rule.schema() for rule in RESOURCE_RULES],
        "properties": {
            "apiVersion": {"type": "string", "description": "Version of this schema."},
            "kind": {"type": "string", "description": f"`{KIND}`."},
            "metadata": {"type": "object"},
            "spec": structural(properties["spec"], definitions),
            "status": without_defaults(structural(properties["status"], definitions)) | {"default": UNSEEN},
        },
    }


def structural(schema: Schema, definitions: Schema) -> Schema:
    """What Kubernetes takes in place of `schema`."""
    schema = folded(schema, definitions)
    if "x-core-type" in schema:
        own = ("description", "x-kubernetes-validations")
        return core_type(schema["x-core-type"]) | {key: schema[key] for key in own if key in schema}
    strange = [key for key in schema if key not in KEPT + DROPPED and not key.startswith("x-kubernetes-")]
    if strange:
        raise ValueError(f"no structural schema has {strange}: {schema}")
    result = {key: value for key, value in schema.items() if key in KEPT or key.startswith("x-kubernetes-")}
    free = result.get("x-kubernetes-preserve-unknown-fields", False)
    if "properties" in schema:
        result["properties"] = {name: field(value, definitions) for name, value in schema["properties"].items()}
    elif isinstance(schema.get("additionalProperties"), dict) and not free:
        result["additionalProperties"] = structural(schema["additionalProperties"], definitions)
    if "items" in schema:
        result["items"] = keyed(structural(schema["items"], definitions), result.get("x-kubernetes-list-map-keys", []))
    if free:
        for key in ("minProperties", "maxProperties"):
            result.pop(key, None)
    return result


def field(schema: Schema, definitions: Schema) -> Schema:
    """A property, with the default that the API server shall apply."""
    result = structural(schema, definitions)
    default = schema.get("default")
    if schema.get("x-late"):
        shown = json.dumps(default) if not isinstance(default, str) else default
        result["description"] += f" Default: `{shown}`."
    elif default is not None:
        result["default"] = default
    elif "anyOf" not in schema and (below := defaults_below(result)):
        result["default"] = below
    return result


def folded(schema: Schema, definitions: Schema) -> Schema:
    """One schema without references and without the null of an optional field; the field's own words win."""
    if "$ref" in schema:
        target = definitions[schema["$ref"].removeprefix("#/$defs/")]
        return folded({**target, **{key: value for key, value in schema.items() if key != "$ref"}}, definitions)
    if "anyOf" in schema:
        options = [option for option in schema["anyOf"] if option != {"type": "null"}]
        if len(options) != 1:
            raise ValueError(f"no structural schema has a choice of types: {schema}")
        rest = {key: value for key, value in schema.items() if key != "anyOf"}
        return folded({**options[0], **rest}, definitions)
    if "const" in schema:
        schema = {**{key: value for key, value in schema.items() if key != "const"}, "enum": [schema["const"]]}
    return schema


def defaults_below(schema: Schema) -> Schema:
    """What the API server would fill in below an object that is absent; its rules are checked on exactly this."""
    if schema.get("required"):
        return {}
    properties = schema.get("properties", {})
    return {name: value["default"] for name, value in properties.items() if "default" in value}


def keyed(items: Schema, keys: list[str]) -> Schema:
    """The items of a list map must have their keys."""
    missing = [key for key in keys if key not in items.get("required", [])]
    return {**items, "required": [*items.get("required", []), *missing]} if missing else items


def without_defaults(schema: Schema) -> Schema:
    """A status has no defaults: what the operator has not said is not there."""
    result = {key: value for key, value in schema.items() if key != "default"}
    if "properties" in result:
        result["properties"] = {name: without_defaults(value) for name, value in result["properties"].items()}
    if "items" in result:
        result["items"] = without_defaults(result["items"])
    return result


@cache
def _core_types() -> Schema:
    text = files("modelservice.api").joinpath("core_types.json").read_text()
    content: Schema = json.loads(text)
    return content


def core_type(name: str) -> Schema:
    """Kubernetes' own definition of a core type, cut to what a CRD needs."""
    schema: Schema = _core_types()[name]
    return schema
