"""What `pip install` brings is enough: the SDK, the command and the mock, in an environment with nothing else."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SERVE = """
import urllib.request
from modelservice import ModelServer
with ModelServer().start("org/model", engine="mock") as server:
    print(urllib.request.urlopen(server.get_base_url() + "/models").read().decode())
"""


@pytest.mark.skipif(not os.environ.get("LONG"), reason="takes minutes: LONG=1 runs it")
def test_fresh_installation_serves_the_mock(tmp_path: Path) -> None:
    python = tmp_path / "venv" / "bin" / "python"
    environ = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}

    def do(*command: str | Path) -> str:
        done = subprocess.run(command, cwd=tmp_path, env=environ, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        return done.stdout

    do(sys.executable, "-m", "venv", tmp_path / "venv")
    do(python, "-m", "pip", "install", "-q", "-c", ROOT / "constraints.txt", ROOT)
    assert '"org/model"' in do(python, "-c", SERVE)
    assert "On this machine" in do(python.with_name("modelservice"), "--help")
    assert "usage: kubectl msvc" in do(python.with_name("kubectl-msvc"), "--help")
    assert "explain" in do(python.with_name("kubectl_complete-msvc"), "expl")
