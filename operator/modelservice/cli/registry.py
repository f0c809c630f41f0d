"""The table of commands. A new one is a module in `commands` and a row here; it is imported only when it is typed."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, cast

if TYPE_CHECKING:
    import argparse


@dataclass(frozen=True, slots=True)
class Example:
    """A command line as people type it. A test types each: it ends with `code`, and an endless one is stopped."""

    line: str
    about: str
    code: int = 0
    endless: bool = False


class Implementation(Protocol):
    """What a module in `commands` holds."""

    EXAMPLES: Sequence[Example]

    def add_arguments(self, parser: argparse.ArgumentParser) -> None: ...

    def run(self, arguments: argparse.Namespace) -> int: ...


@dataclass(frozen=True, slots=True)
class Command:
    """A row: the word, its help line, and the module where that is not the word."""

    name: str
    about: str
    module: str = ""

    def load(self) -> Implementation:
        module = self.module or self.name.replace("-", "_")
        return cast("Implementation", import_module(f"modelservice.cli.commands.{module}"))


GROUPS: Mapping[str, Sequence[Command]] = {
    "Look": (
        Command("list", "List ModelServices and their state"),
        Command("status", "Tell all about one: state, reason, start, pods, Events, log"),
        Command("logs", "Print what its engine or loader writes"),
        Command("url", "Print its address"),
        Command("top", "Show how busy each is: requests, tokens a second, cache"),
    ),
    "Act": (
        Command("create", "Make a ModelService from flags"),
        Command("wait", "Wait until it is ready, or tell why it will not be"),
        Command("scale", "Change how many replicas serve"),
        Command("stop", "Stop it without deleting anything"),
        Command("start", "Start it again"),
        Command("restart", "Replace its pods, and take up new defaults"),
        Command("delete", "Delete it and what it owns"),
    ),
    "Talk": (
        Command("chat", "Talk to a model, at the terminal or with one question"),
        Command("call", "Send one request to a route of its server"),
        Command("bench", "Measure how fast one answers, or several side by side"),
    ),
    "Before applying": (
        Command("estimate", "Say whether a model fits and on how many GPUs, without a cluster"),
        Command("render", "Print what a ModelService becomes, without a cluster"),
        Command("plan", "Say what applying a file would change, without a write"),
        Command("validate", "Say what would be refused of files, without a cluster"),
        Command("explain", "Say what a reason in the status means, and what to do"),
        Command("convert", "Turn a docker line or another tool's resource into a ModelService"),
    ),
    "Move in and out": (
        Command("adopt", "Take a running Deployment under a ModelService, without a restart"),
        Command("eject", "Let a ModelService go, and keep what it made running as plain objects"),
    ),
    "On this machine": (Command("run", "Serve a model on this machine, without a cluster"),),
    "Operate": (
        Command("doctor", "Say whether this cluster is ready, and what to mend"),
        Command("crd", "Print the CustomResourceDefinition"),
        Command("cache", "Say what lies in model caches, remove from them, fetch into them"),
        Command("operator", "Run the operator"),
        Command("completion", "Print the completion script of a shell"),
    ),
}

COMMANDS: Mapping[str, Command] = {command.name: command for group in GROUPS.values() for command in group}


def program() -> str:
    """What the user typed to get here: kubectl runs `kubectl-msvc` for `kubectl msvc`."""
    return "kubectl msvc" if Path(sys.argv[0]).stem == "kubectl-msvc" else "modelservice"
