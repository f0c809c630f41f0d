"""Runs layers of tests side by side and ends with what failed: python make/layers.py [--again] LAYER...

A layer is a target of the Makefile. Most wait more than they compute, so three at a time take half as long; but what
three of them want of a processor at once can cost a test its deadline. With --again, tests that failed in this company
are run once more, alone: where they pass, the machine was slow, and the last lines still name them.
"""

import argparse
import subprocess
import sys
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

AT_A_TIME = 3
TESTS = "test-"
"""How the layers are called that pytest runs; format and types are the same on a slow machine."""
THOSE_THAT_FAILED = "ARGS=--last-failed --last-failed-no-failures=none"


@dataclass(frozen=True)
class Run:
    """One run of one layer: its exit status, and pytest's line for each test that failed."""

    layer: str
    code: int
    minutes: float
    failed: tuple[str, ...]

    def __str__(self) -> str:
        return (
            f"{self.layer:12} {self.minutes:5.1f} min  {f'failed, exit status {self.code}' if self.code else 'passed'}"
        )


def run(layer: str, *settings: str) -> Run:
    """Runs a layer and prints each of its lines behind its name."""
    began = time.monotonic()
    failed = []
    with subprocess.Popen(
        ["make", layer, *settings], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as made:
        assert made.stdout is not None
        for line in made.stdout:
            print(f"{layer}: {line}", end="", flush=True)
            if line.startswith(("FAILED ", "ERROR ")):
                failed.append(line.rstrip())
    return Run(layer, made.returncode, (time.monotonic() - began) / 60, tuple(failed))


def report(title: str, runs: Sequence[Run]) -> None:
    print(f"\n{title}")
    for each in runs:
        print(f"  {each}")
        for line in each.failed:
            print(f"    {line}")
    sys.stdout.flush()


def main(layers: Sequence[str], *, again: bool) -> int:
    with ThreadPoolExecutor(AT_A_TIME) as pool:
        runs = list(pool.map(run, layers))
    report("Layers side by side:", runs)
    failed = [each.layer for each in runs if each.code]
    if again and failed and all(layer.startswith(TESTS) for layer in failed):
        alone = [run(layer, THOSE_THAT_FAILED) for layer in failed]
        report("What failed, once more and alone; a test that passes only here is a defect to be mended:", alone)
        failed = [each.layer for each in alone if each.code]
    return 1 if failed else 0


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--again", action="store_true")
    parser.add_argument("layers", nargs="+")
    asked = parser.parse_args()
    sys.exit(main(asked.layers, again=asked.again))
