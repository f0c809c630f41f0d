"""What pip installs, as people meet it in their shells: `modelservice` and `kubectl msvc`, and what Tab completes."""

from __future__ import annotations

import os
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from cli.conftest import Program
from cli.pseudo_terminal import PseudoTerminal
from docs.pages import ROOT
from lab import binaries, debian
from running_operator import PACKAGE

SHELLS = {
    "bash": (["bash", "--noprofile", "--norc", "-i"], "source <(modelservice completion bash)"),
    "zsh": (["zsh", "-f", "-i"], "autoload -U compinit; compinit -u -D; source <(modelservice completion zsh)"),
    "fish": (["fish", "--no-config", "--interactive"], "modelservice completion fish | source"),
}
EXPLAINED = "it crashed, and its log names no cause"


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the programs that pip makes of this project, and kubectl."""
    folder = tmp_path_factory.mktemp("bin")
    scripts = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["scripts"]
    for name, place in scripts.items():
        module, _, function = place.partition(":")
        text = f"#!{sys.executable}\nimport sys\nfrom {module} import {function}\nsys.exit({function}())\n"
        (folder / name).write_text(text)
        (folder / name).chmod(0o755)
    (folder / "kubectl").symlink_to(binaries.path("kubectl"))
    return folder


def environment(installed: Path, home: Path) -> dict[str, str]:
    path = f"{installed}:{os.environ['PATH']}"
    return {**os.environ, "PATH": path, "HOME": str(home), "PYTHONPATH": str(PACKAGE), "KUBECONFIG": str(home / "none")}


@pytest.mark.parametrize("shell", SHELLS)
def test_tab_completes_commands_and_their_words(installed: Path, tmp_path: Path, shell: str) -> None:
    debian.require("zsh", "fish")
    argv, setup = SHELLS[shell]
    program = Program(tmp_path / "none", "", tmp_path)
    program.argv, program.where = ["setsid", "--ctty", "--wait", *argv], []
    program.environment = environment(installed, tmp_path)
    with PseudoTerminal(program) as terminal:
        terminal.type(f"{setup}; echo it is $(echo ready)")
        terminal.wait_for("it is ready")
        terminal.type("modelservice expl\tCrashL\t")
        terminal.wait_for(EXPLAINED)
        terminal.type("exit")
        assert terminal.ended() == 0


def test_kubectl_finds_the_plugin_and_completes_its_words(installed: Path, tmp_path: Path) -> None:
    def kubectl(*words: str) -> str:
        command = (installed / "kubectl", *words)
        done = subprocess.run(command, env=environment(installed, tmp_path), capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        return done.stdout

    assert EXPLAINED in kubectl("msvc", "explain", "CrashLoop")
    assert "usage: kubectl msvc COMMAND" in kubectl("msvc", "--help")
    assert kubectl("__complete", "msvc", "explain", "CrashL").splitlines()[0] == "CrashLoop"
