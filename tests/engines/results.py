"""The committed record of what each engine answered on the lab; `make reference` shows it in docs/engines.md."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from engines.asks import Answer
from engines.subjects import FEATURES, SUBJECTS
from modelservice.api.engine import EngineType
from modelservice.engines.catalogue import ENGINES

FILE = Path(__file__).with_name("results.json")


def write(answers: Mapping[str, Mapping[str, Answer]]) -> None:
    """What was asked now replaces what was answered then; the other subjects stay as they are."""
    record: dict[str, Any] = json.loads(FILE.read_text()) if FILE.exists() else {}
    for name, told in answers.items():
        subject = SUBJECTS[name]
        head = {
            "engine": subject.type,
            "version": ENGINES[EngineType(subject.type)].default_version,
            "for": subject.main,
        }
        before = record.get(name, {})
        kept = before["answers"] if head == {key: before.get(key) for key in head} else {}
        merged = {**kept, **told}
        record[name] = {**head, "answers": {feature: merged[feature] for feature in FEATURES if feature in merged}}
    ordered = {name: record[name] for name in SUBJECTS if name in record}
    FILE.write_text(json.dumps(ordered, indent=1) + "\n")
