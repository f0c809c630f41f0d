"""How objects are printed: the same YAML, JSON, names and tables from every command."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import yaml


class Plain(getattr(yaml, "CSafeDumper", yaml.SafeDumper)):  # type: ignore[misc]
    """YAML without anchors, which not every reader follows, and with texts of several lines as people write them."""

    def ignore_aliases(self, data: object) -> bool:  # noqa: ARG002
        return True


def _text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style="|" if "\n" in text else None)


Plain.add_representer(str, _text)


def as_yaml(documents: Sequence[Any]) -> str:
    """One document after another."""
    return yaml.dump_all(documents, Dumper=Plain, sort_keys=False, width=120, allow_unicode=True)


def as_json(documents: Sequence[Any]) -> str:
    """A List, as `kubectl get -o json` prints several objects."""
    return pretty({"apiVersion": "v1", "kind": "List", "items": list(documents)})


def pretty(value: object) -> str:
    """JSON for people and machines alike."""
    return json.dumps(value, indent=2, ensure_ascii=False)


def as_table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Columns as kubectl aligns them: three spaces apart, the last one as wide as it likes."""
    lines = [list(head), *map(list, rows)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(head))]
    padded = ("   ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)) for line in lines)
    return "".join(f"{line.rstrip()}\n" for line in padded)
