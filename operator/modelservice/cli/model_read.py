"""From a model's files to what the estimate needs: its shape, and the bytes of its weights."""

from __future__ import annotations

import re
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from modelservice.cli.exits import CommandError
from modelservice.cli.model_files import Files, read_json
from modelservice.estimate import config, gguf, quantization, safetensors
from modelservice.estimate.fit import Model
from modelservice.estimate.parameters import count
from modelservice.estimate.shape import UnknownShape

CONFIG = "config.json"
INDEX = "model.safetensors.index.json"
AT_ONCE = 8
FIRST_BYTES = 64 * 1024
_PART = re.compile(r"-\d{5}-of-\d{5}(?=\.gguf$)")


@dataclass(frozen=True, slots=True)
class Described:
    """A model, and for people where the numbers come from."""

    model: Model
    weights_type: str
    weights_origin: str
    gguf: bool = False


def describe(files: Files, quantization_wanted: str = "") -> Described:
    """Weights as their own files state them, or counted from config.json where there are none to ask."""
    shards = _shards(files)
    try:
        if not shards and any(name.endswith(".gguf") for name in files.sizes):
            return _gguf(files, quantization_wanted)
        return _hugging_face(files, shards)
    except UnknownShape as error:
        raise CommandError(f"{files.origin} cannot be estimated: {error}") from error


def _hugging_face(files: Files, shards: list[str]) -> Described:
    said = read_json(files, CONFIG)
    if not said:
        hint = "name a folder or a model of the hub that has config.json, or a GGUF file"
        raise CommandError(f"{files.origin} has no {CONFIG}", hint)
    shape = config.shape_of(said)
    text = config.text_of(said)
    scheme = quantization.scheme(text)
    if shards:
        with ThreadPoolExecutor(AT_ONCE) as pool:
            tables = list(pool.map(lambda name: safetensors.tensors(_table(files, name)), shards))
        found = safetensors.weights(tables, shape.layers)
        origin = (
            f"{len(shards)} file{'s' if len(shards) > 1 else ''}, by {'their' if len(shards) > 1 else 'its'} header"
        )
        return Described(Model(shape, found.bytes), scheme.name, origin)
    counted = scheme.bytes_of(count(text, said.get("vision_config")))
    return Described(Model(shape, counted), scheme.name, "counted from config.json")


def _shards(files: Files) -> list[str]:
    """The files that an engine loads: many repositories hold the same weights a second time under other names."""
    listed = read_json(files, INDEX).get("weight_map")
    if listed:
        return sorted(set(listed.values()) & set(files.sizes))
    if "model.safetensors" in files.sizes:
        return ["model.safetensors"]
    top = (name for name in files.sizes if "/" not in name and name.endswith(".safetensors"))
    return sorted(name for name in top if not name.startswith(("consolidated", "adapter")))


def _table(files: Files, name: str) -> bytes:
    first = files.read(name, 0, FIRST_BYTES)
    length = safetensors.table_length(first)
    table = first[safetensors.LENGTH : safetensors.LENGTH + length]
    return table + (files.read(name, len(first), length - len(table)) if len(table) < length else b"")


def _gguf(files: Files, wanted: str) -> Described:
    name = _choose([name for name in files.sizes if name.endswith(".gguf")], wanted, files.origin)
    parts = [other for other in files.sizes if _PART.sub("", other) == _PART.sub("", name)]
    shape = gguf.shape_of(gguf.describe(_Ahead(files, sorted(parts)[0]).read))
    size = sum(files.sizes[part] for part in parts)
    return Described(Model(shape, size), "GGUF", ", ".join(sorted(parts)), gguf=True)


def _choose(names: Iterable[str], wanted: str, origin: str) -> str:
    """One file, or the parts of one."""
    fitting = sorted(name for name in names if wanted.lower() in name.lower())
    wholes = sorted({_PART.sub("", name) for name in fitting})
    if len(wholes) == 1:
        return fitting[0]
    if not wholes:
        raise CommandError(f"{origin} has no GGUF file for `{wanted}`")
    shown = ", ".join(wholes[:20])
    raise CommandError(f"{origin} has several GGUF files: {shown}", "say which after a colon, as in `org/name:Q4_K_M`")


class _Ahead:
    """A file whose beginning is read in large pieces: a description is thousands of small values."""

    def __init__(self, files: Files, name: str) -> None:
        self._files = files
        self._name = name
        self._have = b""

    def read(self, offset: int, length: int) -> bytes:
        while len(self._have) < offset + length:
            piece = self._files.read(self._name, len(self._have), max(FIRST_BYTES, len(self._have)))
            if not piece:
                break
            self._have += piece
        return self._have[offset : offset + length]
