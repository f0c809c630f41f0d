"""YAML texts, read by libyaml: Python's own reader takes ten times as long, and a CRD is large."""

from typing import Any

import yaml


def documents(text: str) -> list[dict[str, Any]]:
    """Those that are not empty."""
    return [document for document in yaml.load_all(text, Loader=yaml.CSafeLoader) if document]
