"""Writes the generated parts of the chart: the CRD as a template, values.schema.json, and the README's table of values.

Usage: chart.py CHART_FOLDER
"""

import json
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from modelservice.api.base import Schema
from modelservice.api.config import OperatorConfig
from modelservice.api.crd import crd, resource_schema, without_defaults

ITEMS = {"imagePullSecrets": "object", "tolerations": "object", "env": "object", "apiServerPorts": "integer"}
CHOICES = {"pullPolicy": ["Always", "IfNotPresent", "Never"]}
MINIMUM = {"replicas": 1}
TEXT_MAPS = ("labels", "podLabels", "podAnnotations", "annotations", "nodeSelector")


@dataclass(frozen=True)
class Value:
    """One documented value: its path, default and sentence."""

    path: str
    default: Any
    about: str


def documented(text: str) -> Iterator[Value]:
    """Values with a `# --` comment, in the file's order."""
    values = yaml.safe_load(text)
    parents: list[tuple[int, str]] = []
    about = ""
    for line in text.splitlines():
        if comment := re.match(r"\s*# -- (.*)", line):
            about = comment[1]
        elif key := re.match(r"(\s*)([A-Za-z]+):", line):
            depth = len(key[1])
            parents = [(level, name) for level, name in parents if level < depth] + [(depth, key[2])]
            if about:
                path = [name for _, name in parents]
                yield Value(".".join(path), at(values, path), about)
                about = ""


def at(values: Any, path: list[str]) -> Any:
    for name in path:
        values = values[name]
    return values


def values_schema(values: dict[str, Any]) -> Schema:
    """A JSON schema that refuses every name and type that values.yaml does not have."""
    schema = closed({name: value_schema(name, value) for name, value in values.items()})
    schema["properties"]["config"] = config_schema()
    schema["properties"]["global"] = {"type": "object"}
    return {"$schema": "http://json-schema.org/draft-07/schema#", **schema}


def value_schema(name: str, value: Any) -> Schema:
    if name in TEXT_MAPS:
        return {"type": "object", "additionalProperties": {"type": "string"}}
    if isinstance(value, bool):
        return {"type": "boolean"}
    if isinstance(value, int):
        return {"type": "integer", "minimum": MINIMUM.get(name, 0)}
    if isinstance(value, list):
        return {"type": "array", "items": {"type": ITEMS[name]}}
    if isinstance(value, dict):
        free = not value or name == "resources"
        return {"type": "object"} if free else closed({inner: value_schema(inner, v) for inner, v in value.items()})
    return {"type": "string", "enum": CHOICES[name]} if name in CHOICES else {"type": "string"}


def closed(properties: Schema) -> Schema:
    return {"type": "object", "additionalProperties": False, "properties": properties}


def config_schema() -> Schema:
    """The operator's configuration, with a ModelService's own fields below `defaults`."""
    document = OperatorConfig.model_json_schema(by_alias=True)
    definitions = document.pop("$defs")
    schema: Schema = inlined(document, definitions)
    schema["properties"]["defaults"] = strict(without_defaults(resource_schema()["properties"]["spec"]))
    return schema


def inlined(node: Any, definitions: Schema) -> Any:
    if isinstance(node, list):
        return [inlined(item, definitions) for item in node]
    if not isinstance(node, dict):
        return node
    if "$ref" in node:
        return inlined(definitions[node["$ref"].removeprefix("#/$defs/")], definitions)
    return {key: inlined(value, definitions) for key, value in node.items() if key != "title"}


def strict(schema: Schema) -> Schema:
    """A structural schema as JSON schema: closed where its fields are known, nothing required."""
    dropped = ("required", "x-kubernetes-validations")
    result = {k: v for k, v in schema.items() if k not in dropped and not k.startswith("x-kubernetes-")}
    if schema.get("x-kubernetes-int-or-string"):
        result["type"] = ["integer", "string"]
    if "properties" in schema:
        result["properties"] = {name: strict(value) for name, value in schema["properties"].items()}
        result["additionalProperties"] = False
    for key in ("items", "additionalProperties"):
        if isinstance(schema.get(key), dict):
            result[key] = strict(schema[key])
    return result


def crd_template() -> str:
    """The CRD as a template, because Helm never upgrades what lies in crds/; it stays when the chart goes."""
    manifest = crd()
    manifest["metadata"]["annotations"] = {"helm.sh/resource-policy": "keep"}
    body = yaml.safe_dump(manifest, sort_keys=False, width=120, allow_unicode=True)
    if "{{" in body:
        raise ValueError("a description has {{, which Helm would read as a template")
    return "{{- if .Values.crds.install }}\n" + body + "{{- end }}\n"


def readme(before: str, text: str) -> str:
    """The README with its table of values replaced."""
    rows = [f"| `{value.path}` | {value.about} | `{json.dumps(value.default)}` |" for value in documented(text)]
    table = "\n".join(["| value | meaning | default |", "|---|---|---|", *rows, ""])
    marks = re.compile(r"(<!-- values -->\n).*?(<!-- end of values -->)", re.DOTALL)
    return marks.sub(lambda found: found[1] + table + found[2], before)


def generated(chart: Path) -> dict[Path, str]:
    """Every generated file of the chart and what it should say."""
    text = (chart / "values.yaml").read_text()
    schema = json.dumps(values_schema(yaml.safe_load(text)), indent=1)
    return {
        chart / "templates" / "crd.yaml": crd_template(),
        chart / "values.schema.json": schema + "\n",
        chart / "README.md": readme((chart / "README.md").read_text(), text),
    }


if __name__ == "__main__":
    for path, content in generated(Path(sys.argv[1])).items():
        path.write_text(content)
