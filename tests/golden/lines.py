"""What every engine makes of the same specs: image, command line, environment and drain, or why it refuses.

The specs stand once, in engines/specs.yaml, and each engine's answers in a file of its own: switching an engine by one
word is seen by laying two of them side by side.
"""

from __future__ import annotations

import json
import shlex
from dataclasses import replace
from pathlib import Path
from typing import Any

import yaml

from modelservice.api.config import OperatorConfig
from modelservice.api.engine import EngineType
from modelservice.api.resource import parse
from modelservice.cli.commands.render import NOTHING_SEEN
from modelservice.engines.engine import Launch
from modelservice.facts.cluster import ClusterFacts
from modelservice.render.prepare import prepare
from modelservice.render.resolved import from_stored

FOLDER = Path(__file__).parent / "engines"
SPECS: dict[str, dict[str, Any]] = yaml.safe_load((FOLDER / "specs.yaml").read_text())
OWN: dict[EngineType, dict[str, Any]] = {
    EngineType.CUSTOM: {"engine": {"image": "example.org/server:1", "custom": {"port": 9000}}},
    EngineType.REMOTE: {"engine": {"remote": {"url": "https://api.example.org/v1"}}},
    EngineType.TRITON: {"model": "pvc://models/repository"},
    EngineType.OLLAMA: {"model": "ollama://llama3.2:1b"},
}
"""What an engine cannot do without."""
FACTS = replace(NOTHING_SEEN, cluster=ClusterFacts(runtime_classes=frozenset({"nvidia", "habana"})))


def answers(type: EngineType) -> str:
    """A case a paragraph."""
    return "\n".join(f"{name}:\n{_answer(type, spec)}" for name, spec in SPECS.items())


def _answer(type: EngineType, said: dict[str, Any]) -> str:
    own = OWN.get(type, {})
    spec = {"model": "org/name", **own, **said, "engine": {"type": type.value, **own.get("engine", {})}}
    service = parse({"metadata": {"name": "qwen", "namespace": "ai"}, "spec": spec})
    prepared = prepare(service, FACTS, OperatorConfig())
    lines = [f"{'refused' if finding.refuses else 'warning'}: {finding.told}" for finding in prepared.findings]
    if prepared.candidate is not None and prepared.launch is not None:
        resolved = from_stored(prepared.candidate)
        lines.append(f"image: {resolved.image}")
        if resolved.runtime_class:
            lines.append(f"runtimeClass: {resolved.runtime_class}")
        lines += _launched(prepared.launch)
    return "".join(f"  {line}\n" for line in lines)


def _launched(launch: Launch) -> list[str]:
    words = " ".join(json.dumps(word) if " " in word else word for word in (*launch.command, *launch.args))
    env = " ".join(f"{one['name']}={one.get('value', '<Secret>')}" for one in launch.env)
    drain = f"{launch.drain.before_sigterm} s asleep, {launch.drain.after_sigterm} s after the signal"
    user = launch.non_root if launch.non_root is not None else "the image's"
    brings = [f"brings the model: {shlex.join(launch.startup_command)}"] if launch.startup_command else []
    return [f"runs: {words}", *brings, *([f"env: {env}"] if env else []), f"drain: {drain}; user: {user}"]


def file(type: EngineType) -> Path:
    return FOLDER / f"{type.value}.txt"


def write() -> None:
    for type in EngineType:
        file(type).write_text(answers(type))
