"""A server's command line in our fields: what has a field of its own moves there, the rest stays, word for word."""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from typing import Any

from modelservice.engines.argv import read
from modelservice.engines.options import Kind, table_of
from modelservice.engines.said import Said
from modelservice.engines.version import release

SHELLS = frozenset({"sh", "bash", "/bin/sh", "/bin/bash", "/usr/bin/bash"})
SERVED = "--served-model-name"
_ENTRYPOINTS: Mapping[str, re.Pattern[str]] = {
    "vllm": re.compile(r"^(\S*vllm serve|\S*python3? -m vllm\.entrypoints\.\S+)(?: |$)"),
    "sglang": re.compile(r"^(\S*sglang serve|\S*python3? -m sglang\.launch_server)(?: |$)"),
    "llamacpp": re.compile(r"^(\S*llama-server)(?: |$)"),
    "infinity": re.compile(r"^(\S*infinity_emb v2|v2)(?: |$)"),
    "tgi": re.compile(r"^(\S*text-generation-launcher)(?: |$)"),
}
_MODEL = {"vllm": "--model", "sglang": "--model-path"}
_PLAIN_MODEL: Mapping[str, tuple[str, ...]] = {
    "llamacpp": ("-m", "--model", "-hf", "--hf-repo"),
    "infinity": ("--model-id",),
    "tgi": ("--model-id",),
}
_PARALLEL = ("--tensor-parallel-size", "--pipeline-parallel-size", "--data-parallel-size", "--tp-size", "--dp-size")


def _whole(value: str) -> int | None:
    return int(value) if value.isdecimal() else None


def _percent(value: str) -> int | None:
    """Only what whole percents can say."""
    try:
        percent = Decimal(value) * 100
    except InvalidOperation:
        return None
    return int(percent) if percent == int(percent) and 1 <= percent <= 100 else None


Reader = Callable[[str], Any]
_SERVING: Mapping[str, Mapping[str, tuple[str, Reader]]] = {
    "vllm": {
        "--max-model-len": ("contextLength", _whole),
        "--max-num-seqs": ("maxConcurrentRequests", _whole),
        "--max-num-batched-tokens": ("maxBatchedTokens", _whole),
        "--gpu-memory-utilization": ("gpuMemoryPercent", _percent),
        "--quantization": ("quantization", str),
        "--dtype": ("dtype", str),
    },
    "sglang": {"--context-length": ("contextLength", _whole), "--mem-fraction-static": ("gpuMemoryPercent", _percent)},
}
_SWITCHES: Mapping[str, Mapping[str, str]] = {
    "vllm": {"--trust-remote-code": "trustRemoteCode", "--enable-prefix-caching": "prefixCaching"},
    "sglang": {"--trust-remote-code": "trustRemoteCode"},
}
_OURS = {
    "--host": "",
    "--port": "",
    "--api-key": "auth.apiKeySecret: a key on the command line is open to all who see pods; put it into a Secret, and "
    "name it there",
    "--hf-token": "huggingFace.tokenSecret: put the token into a Secret, and name it there",
    "--download-dir": "cache: --download-dir was dropped; models are kept in `cache`",
    "--ssl-keyfile": "--ssl-keyfile was dropped: end TLS in front of the Service",
    "--ssl-certfile": "--ssl-certfile was dropped: end TLS in front of the Service",
    "--enable-ssl-refresh": "--enable-ssl-refresh was dropped: end TLS in front of the Service",
}
"""What the operator says itself, and the note that the user gets."""


@dataclass(slots=True)
class Told:
    """What a command line says. `parallel` is the product of its parallel sizes, 0 where it names none."""

    model: str = ""
    served_names: list[str] = field(default_factory=list)
    serving: dict[str, Any] = field(default_factory=dict)
    args: list[str] = field(default_factory=list)
    parallel: int = 0
    notes: list[str] = field(default_factory=list)


def unwrapped(words: Sequence[str], notes: list[str]) -> list[str]:
    """The server's own words out of `sh -c "..."`; of a script with more than that only its last command."""
    if len(words) < 3 or words[0] not in SHELLS or not words[1].startswith("-") or "c" not in words[1]:
        return list(words)
    script = re.sub(r"\\\s*\n", " ", " ".join(words[2:])).strip()
    commands = [line.strip() for line in re.split(r"&&|;|\n", script) if line.strip()]
    if len(commands) > 1:
        notes.append(f"engine: the shell script's other commands were dropped: {'; '.join(commands[:-1])}")
    try:
        return shlex.split(commands[-1].removeprefix("exec ")) if commands else []
    except ValueError:
        notes.append("engine.args: the shell script could not be read")
        return []


def engine_in(words: Sequence[str]) -> str:
    """The engine that these words start, or nothing."""
    line = " ".join(words)
    return next((engine for engine, pattern in _ENTRYPOINTS.items() if pattern.match(line)), "")


def without_entrypoint(words: Sequence[str], engine: str) -> list[str]:
    """The options and the model. Where the image starts the engine, people say `serve` all the same."""
    pattern = _ENTRYPOINTS.get(engine)
    found = pattern.match(" ".join(words)) if pattern else None
    rest = words[len(found.group(1).split()) :] if found else words
    return list(rest[1:] if engine in _MODEL and rest[:1] == ["serve"] else rest)


def told(engine: str, version: str, words: Sequence[str], *, known: bool) -> Told:
    """`known` says that today's version runs, whose options are all known: what is gone from it is dropped."""
    result = Told()
    if engine not in ("vllm", "sglang"):
        return _plain(engine, words, result)
    table, _ = table_of(engine, release(version))
    reading = read(words, table)
    sizes = []
    for said in reading.said:
        value = said.values[-1] if said.values else ""
        if said.key == _MODEL[engine]:
            result.model = value
        elif said.key == SERVED:
            result.served_names = list(said.values)
        elif said.key in _OURS:
            result.notes += [_OURS[said.key]] if _OURS[said.key] else []
        elif known and said.name in table.retired:
            result.notes.append(f"engine.args: {said.name} is gone from {engine}: {table.retired[said.name]}")
        elif said.key in _PARALLEL and _whole(value):
            sizes.append(int(value))
            result.args += [] if said.key in ("--tensor-parallel-size", "--tp-size") else said.words
        elif not _moved(engine, said, value, result):
            result.args += _switched(said, result.notes)
    stray = [word for _, word in reading.stray]
    if stray and not result.model:
        result.model, *stray = stray
    if stray:
        result.notes.append(f"engine.args: {' '.join(stray)} belongs to no option, and was dropped")
    for size in sizes:
        result.parallel = max(1, result.parallel) * size
    return result


def _switched(said: Said, notes: list[str]) -> Sequence[str]:
    """The option's own words; `--enable-x=false`, which old versions took, in the form of today."""
    switch = said.values[0].lower() if said.option and said.option.kind is Kind.BOOLEAN and said.values else ""
    if switch not in ("true", "false"):
        return said.words
    word = said.name if switch == "true" else f"--no-{said.name.removeprefix('--')}"
    notes.append(f"engine.args: {' '.join(said.words)} is said as {word} today")
    return (word,)


def _moved(engine: str, said: Said, value: str, result: Told) -> bool:
    """Whether it has become a field of `serving`."""
    if said.key in _SERVING[engine] and not said.problem:
        name, reader = _SERVING[engine][said.key]
        content = reader(value)
        if content is not None:
            result.serving[name] = content
            return True
    switch = _SWITCHES[engine].get(said.key)
    if switch and not said.values and not said.problem:
        result.serving[switch] = not said.words[0].startswith("--no-")
        return True
    return False


def _plain(engine: str, words: Sequence[str], result: Told) -> Told:
    """An engine whose command line is not read here: the model is taken out, and what the operator says itself."""
    flags, rest = _PLAIN_MODEL.get(engine, ()), list(words)
    while rest:
        word = rest.pop(0)
        name, equals, value = word.partition("=")
        if name in flags or name in _OURS:
            value = value if equals else rest.pop(0) if rest else ""
            if name in flags and result.model:
                result.notes.append(f"model: {value} was dropped: a ModelService serves one, so make a second for it")
            elif name in flags:
                result.model = value
            result.notes += [_OURS[name]] if _OURS.get(name) else []
        else:
            result.args.append(word)
    return result
