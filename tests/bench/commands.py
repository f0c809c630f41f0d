"""The command line and rendering, without a cluster."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from statistics import median

import yaml

from bench.figures import Figure
from modelservice.api.config import OperatorConfig
from modelservice.api.resource import parse
from modelservice.facts.facts import Facts
from modelservice.facts.rollout import RolloutFacts, Verdict
from modelservice.render.children import children
from modelservice.render.prepare import prepare

ROOT = Path(__file__).parents[2]
EXAMPLE = ROOT / "examples" / "one-gpu.yaml"
RUNS = 9
RENDERINGS = 500
READINGS = 50
MS = 1000.0


def commands() -> Iterator[Figure]:
    bare = _seconds("-c", "pass")
    yield _command("modelservice --help", 150, bare, "--help")
    yield _command("modelservice render of one file", 300, bare, "render", str(EXAMPLE))
    yield _rendering()


def _command(what: str, bar: int, bare: float, *words: str) -> Figure:
    taken = _seconds("-m", "modelservice", *words)
    told = f"{taken * MS:.0f} ms ({taken / bare:.1f} x a bare interpreter's {bare * MS:.0f} ms)"
    return Figure(what, f"{bar} ms", told, taken * MS <= bar)


def _seconds(*words: str) -> float:
    """The median: the machine's own noise goes one way only."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "operator")}
    taken = []
    for _ in range(RUNS):
        began = time.perf_counter()
        subprocess.run([sys.executable, *words], env=environment, check=True, capture_output=True)
        taken.append(time.perf_counter() - began)
    return median(taken)


def _rendering() -> Figure:
    """As in a pass that finds everything as it should be: the first rendering stands as the stored revision."""
    text, config = EXAMPLE.read_text(), OperatorConfig()
    service = parse(yaml.safe_load(text))
    first = prepare(service, Facts(now=datetime.now(UTC)), config)
    assert first.candidate
    facts = Facts(now=datetime.now(UTC), revisions=(first.candidate,))
    rollout = RolloutFacts(Verdict.STEADY, target=first.candidate.name, current=first.candidate.name)
    taken = _each(RENDERINGS, lambda: children(service, prepare(service, facts, config), rollout, facts))
    reading = _each(READINGS, lambda: yaml.safe_load(text))
    told = f"{taken * MS:.2f} ms ({taken / reading:.2f} x PyYAML's {reading * MS:.2f} ms for the same file)"
    return Figure("render one ModelService", "1 ms", told, taken * MS <= 1)


def _each(times: int, work: Callable[[], object]) -> float:
    began = time.perf_counter()
    for _ in range(times):
        work()
    return (time.perf_counter() - began) / times
