"""The option tables and the golden command lines, held once more against each engine's own parser or source."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
READ = ("vllm", "aphrodite", "sglang", "infinity", "llamacpp", "tgi", "ollama", "triton", "mock")


@pytest.mark.skipif(not os.environ.get("LONG"), reason="takes minutes, and wheels and sources: LONG=1 runs it")
@pytest.mark.timeout(1200)
@pytest.mark.parametrize("engine", READ)
def test_table_is_what_the_engine_reads_and_it_takes_each_golden_line(engine: str) -> None:
    """A line that it does not take ends the command; a table that it would write otherwise is written anew."""
    command = ["make", "--no-print-directory", "engines-catalogue", f"ENGINE={engine}"]
    done = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    assert (done.returncode, "as it was" in done.stdout) == (0, True), done.stdout
