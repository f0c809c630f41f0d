"""The loader as a process of its own, as its image runs it, and what it says."""

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from modelservice.facts.loading import event_of

WITHIN = 240.0
"""Seconds; far more than any of these downloads takes."""


@dataclass(frozen=True, slots=True)
class Ended:
    """How a loader ended: its exit code, and what it said."""

    code: int
    events: tuple[Mapping[str, Any], ...]
    errors: str

    @property
    def done(self) -> Mapping[str, Any]:
        assert self.code == 0, (self.events, self.errors)
        return self.events[-1]

    @property
    def failed(self) -> tuple[int, str, str]:
        """Exit code, reason and sentence."""
        last = self.events[-1]
        assert last["event"] == "failed", (self.events, self.errors)
        assert last["retry"] is (self.code == 1)
        return self.code, last["reason"], last["message"]


@dataclass(frozen=True)
class Running:
    """A loader at work."""

    process: subprocess.Popen[str]

    def heard(self, event: str) -> Mapping[str, Any]:
        """The next such event."""
        assert self.process.stdout is not None
        for line in self.process.stdout:
            said = event_of(line)
            if said and said["event"] == event:
                return said
        raise AssertionError(f"it ended without {event}: {self.ended()}")

    def kill(self) -> None:
        self.process.kill()
        self.ended()

    def ended(self) -> Ended:
        out, errors = self.process.communicate(timeout=WITHIN)
        events = tuple(said for line in out.splitlines() if (said := event_of(line)))
        return Ended(self.process.returncode, events, errors)


@dataclass(frozen=True)
class Loader:
    """A loader with one cache. `env` is what its pod would have: token, mirror, certificates."""

    cache: Path
    env: Mapping[str, str] = field(default_factory=dict)

    def start(self, reference: str, folder: str, *more: str, **env: str) -> Running:
        return self._run("fetch", "--reference", reference, "--folder", folder, *more, env=env)

    def fetch(self, reference: str, folder: str, *more: str, **env: str) -> Ended:
        return self.start(reference, folder, *more, **env).ended()

    def is_whole(self, reference: str, folder: str, *more: str) -> bool:
        return self._run("check", "--reference", reference, "--folder", folder, *more).ended().code == 0

    def listed(self) -> list[dict[str, Any]]:
        out, _ = self._run("list").process.communicate(timeout=WITHIN)
        models: list[dict[str, Any]] = json.loads(out)["models"]
        return models

    def remove(self, folder: str) -> Ended:
        return self.ended("remove", "--folder", folder)

    def prune(self, folder: str, *references: str, how: str = "--drop") -> Mapping[str, Any]:
        """What it removed, and the bytes set free."""
        words = [word for reference in references for word in (how, reference)]
        return self.ended("prune", "--folder", folder, *words).done

    def ended(self, *words: str) -> Ended:
        """Of any command."""
        return self._run(*words).ended()

    def _run(self, *words: str, env: Mapping[str, str] | None = None) -> Running:
        command = [sys.executable, "-m", "loader", *words, "--cache", str(self.cache)]
        inherited = {name: os.environ[name] for name in ("PATH", "PYTHONPATH") if name in os.environ}
        said = {
            **inherited,
            "HOME": str(self.cache.parent),
            "NO_PROXY": "*",
            "HF_HUB_DISABLE_TELEMETRY": "1",
            **self.env,
            **(env or {}),
        }
        pipe = subprocess.PIPE
        return Running(subprocess.Popen(command, stdout=pipe, stderr=pipe, text=True, env=said))
