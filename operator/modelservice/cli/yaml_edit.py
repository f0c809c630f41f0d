"""Sets fields in a person's YAML file and leaves every other character of it alone: comments, order, quotes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import yaml

Path = tuple[str, ...]


class NotEditable(Exception):
    """The file is written in a way that cannot be edited safely."""


def set_fields(text: str, fields: Mapping[Path, int | str]) -> str:
    """The text with these fields, new or changed; of several documents the first that is a mapping."""
    wanted = _documents(text)
    index = next((number for number, document in enumerate(wanted) if isinstance(document, dict)), None)
    if index is None:
        raise NotEditable("it holds no mapping")
    for path, value in fields.items():
        text = _set(text, index, path, value)
        _put(wanted[index], path, value)
    if _documents(text) != wanted:
        raise NotEditable("its anchors or its layout do not allow it")
    return text


def _documents(text: str) -> list[Any]:
    """What an anchor names more than once stands in each place for itself."""
    return list(map(_unshared, yaml.safe_load_all(text)))


def _unshared(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _unshared(inner) for key, inner in value.items()}
    return [_unshared(inner) for inner in value] if isinstance(value, list) else value


def _put(document: dict[str, Any], path: Path, value: int | str) -> None:
    for key in path[:-1]:
        document[key] = document.get(key) or {}
        document = document[key]
    document[path[-1]] = value


def _set(text: str, index: int, path: Path, value: int | str) -> str:
    node: yaml.Node = list(yaml.compose_all(text, Loader=yaml.SafeLoader))[index]
    for depth, key in enumerate(path):
        if not isinstance(node, yaml.MappingNode) or not node.value:
            return _replace(text, node, _written(path[depth:], value, flow=True))
        found = next((child for name, child in node.value if name.value == key), None)
        if found is None:
            return _insert(text, node, path[depth:], value)
        node = found
    return _replace(text, node, str(value))


def _replace(text: str, node: yaml.Node, by: str) -> str:
    start, end = node.start_mark.index, node.end_mark.index
    gap = " " if text[start - 1] == ":" else ""
    return text[:start] + gap + by + text[end:]


def _insert(text: str, mapping: yaml.MappingNode, rest: Path, value: int | str) -> str:
    last = _last(mapping)
    end = len(text[: last.end_mark.index].rstrip())
    if mapping.flow_style:
        return f"{text[:end]}, {_written(rest, value)}{text[end:]}"
    line_end = text.find("\n", end)
    line_end = len(text) if line_end < 0 else line_end
    indent = " " * mapping.value[0][0].start_mark.column
    return f"{text[:line_end]}\n{indent}{_written(rest, value)}{text[line_end:]}"


def _last(mapping: yaml.MappingNode) -> yaml.Node:
    """What stands last in it: a block collection itself ends behind the comments that follow it."""
    node: yaml.Node = mapping.value[-1][1]
    while isinstance(node, yaml.CollectionNode) and node.value and not node.flow_style:
        child = node.value[-1]
        node = child[1] if isinstance(child, tuple) else child
    return node


def _written(rest: Path, value: int | str, flow: bool = False) -> str:
    """`gpu: {count: 2}`."""
    text = str(value)
    for depth, key in enumerate(reversed(rest)):
        text = f"{key}: {text}" if depth == 0 else f"{key}: {{{text}}}"
    return f"{{{text}}}" if flow else text
