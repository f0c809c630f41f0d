"""Cuts the core types that our CRD embeds out of Kubernetes' own OpenAPI document.

Usage: core_types.py SWAGGER_JSON > operator/modelservice/api/core_types.json
"""

import json
import re
import sys
from pathlib import Path
from typing import Any

CORE = "io.k8s.api.core.v1."
WANTED = (
    "Affinity",
    "EnvFromSource",
    "EnvVar",
    "LocalObjectReference",
    "PodSecurityContext",
    "ResourceRequirements",
    "Toleration",
    "TopologySpreadConstraint",
)
INT_OR_STRING = {"x-kubernetes-int-or-string": True}
NUMBER = r"(([0-9]+(\.[0-9]*)?)|(\.[0-9]+))"
QUANTITY = {**INT_OR_STRING, "pattern": rf"^(\+|-)?{NUMBER}(([KMGTPE]i)|[numkMGTPE]|([eE](\+|-)?{NUMBER}))?$"}
SCALARS = {
    "io.k8s.apimachinery.pkg.api.resource.Quantity": QUANTITY,
    "io.k8s.apimachinery.pkg.util.intstr.IntOrString": INT_OR_STRING,
}
DROPPED = ("windowsOptions",)
DESCRIBED_LEVELS = 4
"""Deeper than this the names speak for themselves, and the CRD stays small."""
KEPT_KEYS = (
    "type",
    "format",
    "required",
    "x-kubernetes-list-type",
    "x-kubernetes-list-map-keys",
    "x-kubernetes-map-type",
)


def first_sentence(text: str) -> str:
    """Up to the first full stop that ends a sentence; enough for `kubectl explain`."""
    paragraph = text.strip().split("\n")[0]
    return re.split(r"(?<!i\.e)(?<!e\.g)\.\s+(?=[A-Z])", paragraph, maxsplit=1)[0].rstrip(".") + "."


def inline(schema: dict[str, Any], definitions: dict[str, Any], level: int = 0) -> dict[str, Any]:
    """The schema with every reference replaced by what it names."""
    if "$ref" in schema:
        name = schema["$ref"].removeprefix("#/definitions/")
        target = SCALARS.get(name) or inline(definitions[name], definitions, level)
        return {**target, **described(schema, level)}
    result = {key: schema[key] for key in KEPT_KEYS if key in schema} | described(schema, level)
    if "properties" in schema:
        result["properties"] = {
            name: inline(value, definitions, level + 1)
            for name, value in schema["properties"].items()
            if name not in DROPPED
        }
    if "items" in schema:
        result["items"] = inline(schema["items"], definitions, level + 1)
    if "additionalProperties" in schema:
        result["additionalProperties"] = inline(schema["additionalProperties"], definitions, level + 1)
        result["maxProperties"] = 64
    return result


def described(schema: dict[str, Any], level: int) -> dict[str, str]:
    shown = "description" in schema and level <= DESCRIBED_LEVELS
    return {"description": first_sentence(schema["description"])} if shown else {}


def main() -> None:
    definitions = json.loads(Path(sys.argv[1]).read_text())["definitions"]
    types = {name: inline({"$ref": f"#/definitions/{CORE}{name}"}, definitions) for name in WANTED}
    for schema in types.values():
        schema.pop("description", None)
    json.dump(types, sys.stdout, indent=1, sort_keys=True)
    print()


main()
