"""Reads the table of contents at the beginning of a safetensors file: names, types and sizes of its tensors."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from modelservice.estimate.shape import UnknownShape

LENGTH = 8
"""Bytes of the number at the very beginning, which says how long the table is."""
LONGEST = 100 * 1024**2
_LAYER = re.compile(r"(?:^|\.)layers\.(\d+)\.")


@dataclass(frozen=True, slots=True)
class Weights:
    """What an engine loads, in bytes, by the type of the tensors."""

    by_type: Mapping[str, int]
    origin: str

    @property
    def bytes(self) -> int:
        return sum(self.by_type.values())


def table_length(beginning: bytes) -> int:
    length = int.from_bytes(beginning[:LENGTH], "little")
    if len(beginning) < LENGTH or not 2 <= length <= LONGEST:
        raise UnknownShape("the file is no safetensors file: its first eight bytes are no length")
    return length


def tensors(table: bytes) -> dict[str, Any]:
    """The table of one file, by the names of its tensors."""
    try:
        read = json.loads(table)
    except ValueError as error:
        raise UnknownShape("the file is no safetensors file: its table of contents is no JSON") from error
    return {name: entry for name, entry in read.items() if name != "__metadata__"}


def weights(tables: Iterable[Mapping[str, Any]], layers: int) -> Weights:
    """Of all files together. Layers beyond the model's own (for guessing several tokens ahead) are not loaded."""
    sizes: Counter[str] = Counter()
    for table in tables:
        for name, entry in table.items():
            layer = _LAYER.search(name)
            if layer is None or int(layer[1]) < layers or "vis" in name:
                start, end = entry["data_offsets"]
                sizes[entry["dtype"]] += end - start
    return Weights(dict(sizes), "safetensors headers")
