"""The command line and rendering, without a cluster."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
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
RUNS = 15
RENDERINGS = 500


def commands() -> Iterator[Figure]:
    yield _command("modelservice --help", 150, "--help")
    yield _command("modelservice render of one file", 300, "render", str(EXAMPLE))
    yield _rendering()


def _command(what: str, bar: int, *words: str) -> Figure:
    """The median: the machine's own noise goes one way only."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "operator")}
    seconds = []
    for _ in range(RUNS):
        began = time.perf_counter()
        subprocess.run([sys.executable, "-m", "modelservice", *words], env=environment, check=True, capture_output=True)
        seconds.append(time.perf_counter() - began)
    taken = median(seconds) * 1000
    return Figure(what, f"{bar} ms", f"{taken:.0f} ms", taken <= bar)


def _rendering() -> Figure:
    """As in a pass that finds everything as it should be: the first rendering stands as the stored revision."""
    service, config = parse({**yaml.safe_load(EXAMPLE.read_text())}), OperatorConfig()
    first = prepare(service, Facts(now=datetime.now(UTC)), config)
    assert first.candidate
    facts = Facts(now=datetime.now(UTC), revisions=(first.candidate,))
    rollout = RolloutFacts(Verdict.STEADY, target=first.candidate.name, current=first.candidate.name)
    began = time.perf_counter()
    for _ in range(RENDERINGS):
        children(service, prepare(service, facts, config), rollout, facts)
    taken = (time.perf_counter() - began) / RENDERINGS * 1000
    return Figure("render one ModelService", "1 ms", f"{taken:.2f} ms", taken <= 1)
