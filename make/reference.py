"""Prints docs/reference.md: every field of the resource, and every field of the operator's configuration."""

from collections.abc import Iterator

from modelservice.api.base import Schema
from modelservice.api.config import OperatorConfig
from modelservice.api.crd import crd
from modelservice.api.crd import field as crd_field

HEAD = """# Reference

Every field of a ModelService (`modelservice.io/v1alpha1`), as `kubectl explain modelservice.spec --recursive` tells it,
and of the operator's configuration. This page is generated from the models in `operator/modelservice/api`.

Fields that Kubernetes defines itself (such as `env`, `affinity`, `tolerations`) are shown by their name alone.
"""
KUBERNETES = {
    "affinity": "Affinity",
    "env": "EnvVar",
    "envFrom": "EnvFromSource",
    "imagePullSecrets": "LocalObjectReference",
    "resources": "ResourceRequirements",
    "securityContext": "PodSecurityContext",
    "tolerations": "Toleration",
    "topologySpreadConstraints": "TopologySpreadConstraint",
}


def rows(schema: Schema, path: str = "") -> Iterator[str]:
    """One line a field, parents before children."""
    for name, field in schema.get("properties", {}).items():
        here = f"{path}.{name}".lstrip(".")
        needed = " **Required.**" if name in schema.get("required", []) and path else ""
        yield f"| `{here}` | {kind(name, field)} | {field.get('description', '')}{default(field)}{needed} |"
        if name not in KUBERNETES:
            yield from rows(field.get("items", field), f"{here}[]" if "items" in field else here)


def kind(name: str, field: Schema) -> str:
    """The type in a word, with the limits that the schema holds."""
    if name in KUBERNETES:
        return f"list of {KUBERNETES[name]}" if "items" in field else KUBERNETES[name]
    if "enum" in field:
        return " or ".join(f"`{value}`" for value in field["enum"])
    if "items" in field:
        return "list" if "properties" in field["items"] else f"list of {kind('', field['items'])}"
    if field.get("x-kubernetes-preserve-unknown-fields") or "additionalProperties" in field:
        return "map"
    if field.get("type") == "integer" and "maximum" in field:
        return f"integer, {field.get('minimum', 0)} to {field['maximum']}"
    return str(field.get("type", "any"))


def default(field: Schema) -> str:
    """The default that the API server fills in, unless the description tells it already."""
    value = field.get("default")
    if value in (None, [], "") or isinstance(value, dict) or "Default:" in field.get("description", ""):
        return ""
    return f" Default: `{str(value).lower() if isinstance(value, bool) else value}`."


def table(schema: Schema) -> str:
    return "\n".join(["| field | type | meaning |", "|---|---|---|", *rows(schema), ""])


def rules(schema: Schema) -> Iterator[str]:
    """What the API server refuses, in its own words."""
    for rule in schema.get("x-kubernetes-validations", []):
        yield f"- {rule['message']}"
    for inner in schema.get("properties", {}).values():
        yield from rules(inner)
    if "items" in schema:
        yield from rules(schema["items"])


def reference() -> str:
    resource = crd()["spec"]["versions"][0]["schema"]["openAPIV3Schema"]
    config = OperatorConfig.model_json_schema(by_alias=True)
    settings = {name: crd_field(field, config["$defs"]) for name, field in plain(config).items()}
    parts = [
        HEAD,
        "## spec\n",
        table(resource["properties"]["spec"]),
        "## What is refused at once\n",
        "\n".join(dict.fromkeys(rules(resource))) + "\n",
        "What the schema cannot see is answered by `Accepted=False`; see [the reasons](reasons.md).\n",
        "## status\n",
        table(resource["properties"]["status"]),
        "## The operator's configuration\n",
        "The file that `modelservice operator --config` reads, and the chart's value `config`.\n",
        table({"properties": settings}),
    ]
    return "\n".join(parts)


def plain(config: Schema) -> Schema:
    """The configuration's own fields, without what only the parser needs."""
    return {
        name: {k: v for k, v in field.items() if k != "propertyNames"} for name, field in config["properties"].items()
    }


if __name__ == "__main__":
    print(reference(), end="")
