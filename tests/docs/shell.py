"""Types commands as users do, and a page's as a reader would: top to bottom, in a fresh clone and a namespace."""

from __future__ import annotations

import os
import re
import select
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from docs import models
from docs.pages import ROOT, Block
from lab import binaries, cache

PROMPT = "$ "
WITHIN = 180.0
POLL = 1.0
STOPPED = (0, -signal.SIGTERM, 128 + signal.SIGTERM)
"""How a program ends that is asked to: in order, by the signal, or with a code that tells of it."""
AGE = r"\d+(?:d|h|m|s|ms)(?:\d+(?:h|m|s))?"
_AGES = re.compile(rf"(?<![\w.]){AGE}(?!\w)")


class DocsError(Exception):
    """A command of a page does not do what the page says."""


@dataclass(frozen=True, slots=True)
class Command:
    """What is typed and, if the page tells, what is then seen."""

    text: str
    shown: tuple[str, ...] = ()
    code: int = 0


def commands(block: Block) -> Iterator[Command]:
    """An `sh` block is one script; a `console` block has a command for each prompt."""
    if block.language == "sh":
        yield Command(block.text)
        return
    for part in re.split(rf"^{re.escape(PROMPT)}", block.text, flags=re.MULTILINE)[1:]:
        typed, *shown = part.rstrip("\n").split("\n")
        yield Command(typed, tuple(line for line in shown if line.strip()))


class Terminal:
    """Where a user types: `modelservice` is on the PATH, the hub a cache on disk, of clusters it knows one or none."""

    def __init__(self, home: Path, kubeconfig: Path | None = None, namespace: str = "default") -> None:
        self.argv = ["bash", "-euo", "pipefail", "-c"]
        self.where: list[str] = []
        self.folder = home / "work"
        self.folder.mkdir()
        self.namespace = namespace
        self._programs = home / "bin"
        self._programs.mkdir()
        modelservice = self._programs / "modelservice"
        modelservice.write_text(
            f'#!/bin/sh\nPYTHONPATH={ROOT}/operator:{ROOT}/images/mock exec {sys.executable} -m modelservice "$@"\n'
        )
        modelservice.chmod(0o755)
        self.environment = {
            **os.environ,
            "PATH": f"{self._programs}:{os.environ['PATH']}",
            "KUBECONFIG": str(home / "kubeconfig"),
            "MODELSERVICE_CACHE": str(cache.root()),
            "HF_HUB_CACHE": str(models.hub_cache(home / "hub")),
            "HF_HUB_OFFLINE": "1",
        }
        if kubeconfig:
            self._reach(kubeconfig)

    def _reach(self, kubeconfig: Path) -> None:
        """Another's kubeconfig is not ours to change: the namespace is set in a copy."""
        for name in ("kubectl", "helm"):
            (self._programs / name).symlink_to(binaries.path(name))
        flat = (self._programs / "kubectl", "--kubeconfig", kubeconfig, "config", "view", "--raw", "--flatten")
        whole = subprocess.run(flat, check=True, capture_output=True).stdout
        Path(self.environment["KUBECONFIG"]).write_bytes(whole)
        self.type(Command(f"kubectl config set-context --current --namespace={self.namespace}"))

    def type(self, command: Command) -> None:
        """Until it prints what the page shows; without that it must end as it shall at once."""
        deadline = time.monotonic() + WITHIN
        while True:
            code, printed = self._run(command.text)
            if not command.shown and code == command.code:
                return
            if command.shown and shows(printed, command.shown):
                return
            if not command.shown or time.monotonic() > deadline:
                wanted = "\n".join(("print", *command.shown)) if command.shown else f"end with {command.code}"
                raise DocsError(f"{command.text.strip()}\nshould {wanted}\nand ended {code} with\n{printed}")
            time.sleep(POLL)

    def glimpse(self, text: str) -> None:
        """Of what never ends: its first line, and then it is stopped."""
        with self.going_on(text, stderr=subprocess.STDOUT) as process:
            first = first_line(process)
        if not first or process.returncode not in STOPPED:
            raise DocsError(f"{text}\nshould print something and go on, and ended {process.returncode} with\n{first}")

    @contextmanager
    def going_on(self, text: str, stderr: int | IO[str]) -> Iterator[subprocess.Popen[str]]:
        """What never ends, until it is stopped at the end of the context."""
        with subprocess.Popen(
            [*self.argv, f"exec {text}"],
            cwd=self.folder,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=stderr,
            text=True,
        ) as process:
            yield process
            process.terminate()
            process.communicate()

    def _run(self, text: str) -> tuple[int, str]:
        done = subprocess.run(
            [*self.argv, text],
            cwd=self.folder,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        return done.returncode, done.stdout


class Clone(Terminal):
    """A terminal in the project as a reader has it."""

    def __init__(self, home: Path, kubeconfig: Path, namespace: str) -> None:
        super().__init__(home, kubeconfig, namespace)
        for path in ROOT.iterdir():
            if path.name not in ("dist", ".git"):
                (self.folder / path.name).symlink_to(path)

    def do(self, block: Block) -> None:
        """Save a file, or run the commands; a DocsError says where the page is wrong."""
        if block.file:
            (self.folder / block.file).write_text(block.text)
        if not block.runs:
            return
        for command in commands(block):
            try:
                self.type(command)
            except DocsError as error:
                raise DocsError(f"{block.place}: {error}") from None


def first_line(process: subprocess.Popen[str]) -> str:
    """What it prints first; nothing if that takes too long, or it ends before."""
    assert process.stdout
    readable, _, _ = select.select([process.stdout], [], [], WITHIN)
    return process.stdout.readline() if readable else ""


def shows(printed: str, shown: tuple[str, ...]) -> bool:
    """Whether the lines of the page are among the printed ones, in their order."""
    lines = iter(" ".join(line.split()) for line in printed.splitlines())
    return all(any(pattern(wanted).fullmatch(line) for line in lines) for wanted in shown)


def pattern(shown: str) -> re.Pattern[str]:
    """A shown line as what it may look like in truth: any age, anything or nothing for `...`, columns of any width."""
    words = " ".join(shown.split())
    parts = [AGE.join(map(re.escape, _AGES.split(part))) for part in re.split(r" ?\.\.\.", words)]
    return re.compile(".*".join(parts))
