"""How manifests are printed: the same YAML and JSON from every command."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import yaml


class Plain(yaml.SafeDumper):
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
    return json.dumps({"apiVersion": "v1", "kind": "List", "items": list(documents)}, indent=2, ensure_ascii=False)
