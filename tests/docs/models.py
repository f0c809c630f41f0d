"""What a reader's cache of the hub knows of the models that pages ask about: their config.json, without weights."""

from __future__ import annotations

import json
from pathlib import Path

import yaml

from docs.pages import ROOT

PUBLISHED = ROOT / "tests" / "unit" / "estimate" / "published.yaml"
MODELS = {"Qwen/Qwen2.5-7B-Instruct": "Qwen2.5-7B", "Qwen/Qwen2.5-72B-Instruct": "Qwen2.5-72B"}


def hub_cache(root: Path) -> Path:
    """As the hub's own tools lay it out."""
    published = yaml.safe_load(PUBLISHED.read_text())
    for model, row in MODELS.items():
        folder = root / f"models--{model.replace('/', '--')}"
        snapshot = folder / "snapshots" / "0"
        snapshot.mkdir(parents=True)
        (snapshot / "config.json").write_text(json.dumps(published[row]["config"]))
        (folder / "refs").mkdir()
        (folder / "refs" / "main").write_text("0")
    return root
