"""Every document of files, folders and standard input, with where it came from: for commands that look at many at once
and tell of all that is wrong.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from modelservice.cli.texts import STDIN, text_of

SUFFIXES = frozenset({".yaml", ".yml", ".json"})


class _Loader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]
    """YAML whose maps have each key once, as Kubernetes' own reader has it."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        keys = [key.value for key, _ in node.value if isinstance(key, yaml.ScalarNode) and key.value != "<<"]
        twice = next((key for key in keys if keys.count(key) > 1), None)
        if twice is not None:
            raise yaml.constructor.ConstructorError(None, None, f"{twice!r} stands there twice", node.start_mark)
        result: dict[Any, Any] = super().construct_mapping(node, deep)
        return result


@dataclass(frozen=True, slots=True)
class Document:
    """One document. `problem` says why there is no `body`."""

    where: str
    body: Any = None
    problem: str = ""


def documents(paths: Sequence[str]) -> Iterator[Document]:
    """All of them in order; those of a List one by one. A path that cannot be read is a CommandError."""
    for path in paths:
        for where, text in read(path):
            yield from split(where, text)


def read(path: str) -> Iterator[tuple[str, str]]:
    """Each file behind a path, with its name."""
    if path == STDIN:
        yield "standard input", text_of(path)
        return
    found = Path(path)
    files = sorted(inner for inner in found.rglob("*") if inner.suffix in SUFFIXES) if found.is_dir() else [found]
    for file in files:
        yield str(file), text_of(str(file))


def split(where: str, text: str) -> Iterator[Document]:
    """The documents of a text."""
    try:
        for body in yaml.load_all(text, Loader=_Loader):
            plain = json.loads(json.dumps(body, default=str))
            items = plain.get("items") if isinstance(plain, dict) and plain.get("kind") == "List" else None
            for item in items if isinstance(items, list) else [plain]:
                if item is not None:
                    yield Document(where, item)
    except yaml.YAMLError as error:
        yield Document(where, problem=f"no YAML: {' '.join(str(error).split())}")
