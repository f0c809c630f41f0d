"""The file of an option table: a head with engine, version and dialect, and an option a line."""

import json
from collections.abc import Iterable, Mapping


def text(engine: str, version: str, dialect: str, rows: Iterable[Mapping[str, object]]) -> str:
    head = json.dumps({"engine": engine, "version": version, "dialect": dialect})
    return head[:-1] + ', "options": [\n  ' + ",\n  ".join(map(json.dumps, rows)) + "\n]}\n"
