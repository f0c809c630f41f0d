"""`python -m loader fetch | check | list | remove | prune`. Exit 0: done; 1: may pass later; 2: failed for good."""

from __future__ import annotations

import argparse
import json
import os
import re
import signal
import sys
from pathlib import Path
from types import FrameType

from loader.contents import listed, removed
from loader.events import say_failed, say_last
from loader.failures import LoadFailed, Reason, of_disk
from loader.fetch import fetch, whole
from loader.revisions import pruned
from loader.shelf import Shelf
from loader.task import Task

FOLDER = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")


def main() -> int:
    asked = _parser().parse_args()
    os.umask(0o002)  # the group of the volume may write too: several pods, several users, one cache
    signal.signal(signal.SIGTERM, _end)
    try:
        return _run(asked)
    except LoadFailed as error:
        failure = error
    except OSError as error:
        failure = of_disk(error, asked.cache)
    say_failed(failure)
    return 1 if failure.retry else 2


def _end(number: int, _frame: FrameType | None) -> None:
    """At once, whatever threads do: the next loader goes on. The first process of a container has no default for it."""
    os._exit(128 + number)


def _run(asked: argparse.Namespace) -> int:
    shelf = Shelf(Path(asked.cache))
    if asked.command == "list":
        print(json.dumps({"models": listed(shelf)}))
        return 0
    if not FOLDER.fullmatch(asked.folder):
        raise LoadFailed(Reason.INVALID, f"--folder `{asked.folder}` is no plain name.")
    if asked.command == "remove":
        print(json.dumps({"removed": asked.folder, "bytes": removed(shelf, asked.folder)}))
        return 0
    if asked.command == "prune":
        dropped, kept = frozenset(asked.drop), frozenset(asked.keep)
        gone, freed = pruned(shelf, asked.folder, lambda one: one in dropped if dropped else one not in kept)
        say_last("pruned", removed=gone, bytes=freed)
        return 0
    include, exclude = tuple(asked.include), tuple(asked.exclude)
    task = Task(asked.reference, asked.folder, include, exclude, asked.endpoint, asked.sha256)
    if asked.command == "check":
        return 0 if whole(shelf, task) else 1
    fetch(shelf, task)
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="loader", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    for name, what in (("fetch", "fetch a model"), ("check", "exit 0 when the whole model is there, offline")):
        command = commands.add_parser(name, help=what)
        command.add_argument("--reference", required=True, help="hf://org/name@revision, s3://bucket/path ...")
        command.add_argument("--folder", required=True, help="where it lies below the cache's root")
        command.add_argument("--include", action="append", default=[], help="only files that match; repeatable")
        command.add_argument("--exclude", action="append", default=[], help="no file that matches; repeatable")
        command.add_argument("--endpoint", default="", help="another address of the store")
        command.add_argument("--sha256", default="", help="of the one file")
    commands.add_parser("list", help="say as JSON what lies in the cache")
    commands.add_parser("remove", help="remove a model").add_argument("--folder", required=True)
    prune = commands.add_parser("prune", help="remove revisions of a hub's model")
    prune.add_argument("--folder", required=True)
    which = prune.add_mutually_exclusive_group(required=True)
    which.add_argument("--drop", action="append", default=[], help="hf://org/name@revision that goes; repeatable")
    which.add_argument("--keep", action="append", default=[], help="what stays, where all others go; repeatable")
    for command in commands.choices.values():
        command.add_argument("--cache", required=True, help="the cache's root")
    return parser


if __name__ == "__main__":
    sys.exit(main())
