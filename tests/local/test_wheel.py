"""What `pip install` brings is enough: the SDK, the command and the mock, in an environment with nothing else; and what
pre-commit makes of this repository checks files."""

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


LONG = pytest.mark.skipif(not os.environ.get("LONG"), reason="takes minutes: LONG=1 runs it")
FILE = "apiVersion: modelservice.io/v1alpha1\nkind: ModelService\nmetadata: {{name: qwen}}\nspec: {{model: {}}}\n"


class Fresh:
    """A folder with a Python that has nothing but pip."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.python = folder / "venv" / "bin" / "python"
        self.environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
        self.do(sys.executable, "-m", "venv", folder / "venv")

    def do(self, *command: str | Path, code: int = 0) -> str:
        done = subprocess.run(command, cwd=self.folder, env=self.environment, capture_output=True, text=True)
        assert done.returncode == code, done.stdout + done.stderr
        return done.stdout


@LONG
def test_fresh_installation_serves_the_mock(tmp_path: Path) -> None:
    fresh = Fresh(tmp_path)
    python = fresh.python
    fresh.do(python, "-m", "pip", "install", "-q", "-c", ROOT / "constraints.txt", ROOT)
    assert '"org/model"' in fresh.do(python, "-c", SERVE)
    assert "On this machine" in fresh.do(python.with_name("modelservice"), "--help")
    assert "usage: kubectl msvc" in fresh.do(python.with_name("kubectl-msvc"), "--help")
    assert "explain" in fresh.do(python.with_name("kubectl_complete-msvc"), "expl")


@LONG
def test_hook_of_pre_commit_refuses_what_the_cluster_would(tmp_path: Path) -> None:
    fresh = Fresh(tmp_path)
    fresh.environment["PRE_COMMIT_HOME"] = str(tmp_path / "hooks")
    fresh.do(fresh.python, "-m", "pip", "install", "-q", "pre-commit==4.7.0")
    fresh.do("git", "init", "-q")
    for name, model in {"good": "org/model", "bad": "not a model"}.items():
        (tmp_path / f"{name}.yaml").write_text(FILE.format(model))
    fresh.do("git", "add", "good.yaml", "bad.yaml")
    hook = (fresh.python.with_name("pre-commit"), "try-repo", ROOT, "modelservice-validate", "--files")
    assert "Passed" in fresh.do(*hook, "good.yaml")
    assert "spec.model" in fresh.do(*hook, "bad.yaml", code=1)
