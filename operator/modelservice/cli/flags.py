"""Options that many commands share, worded and read in one way."""

from __future__ import annotations

import argparse
from enum import StrEnum
from pathlib import Path


class Output(StrEnum):
    """What `-o` takes."""

    TABLE = "table"
    WIDE = "wide"
    JSON = "json"
    YAML = "yaml"
    NAME = "name"


def cluster(parser: argparse.ArgumentParser, *, everywhere: bool = False) -> None:
    """Which cluster and namespace, as kubectl's options of these names; `everywhere` adds -A."""
    parser.add_argument("-n", "--namespace", metavar="NAMESPACE", help="default: the context's")
    if everywhere:
        parser.add_argument("-A", "--all-namespaces", action="store_true", help="in every namespace")
    parser.add_argument("--context", metavar="CONTEXT", help="of the kubeconfig; default: the current one")
    parser.add_argument("--kubeconfig", type=Path, metavar="FILE", help="default: as kubectl finds it")


def output(parser: argparse.ArgumentParser, *choices: Output) -> None:
    """`-o`, with the first choice as the default."""
    words = [str(choice) for choice in choices]
    parser.add_argument("-o", "--output", choices=words, default=words[0], help=f"default: {words[0]}")


SERVICE_NAME = "NAME"
"""The metavar of arguments that name a ModelService; completion asks the cluster for them."""


def service(parser: argparse.ArgumentParser, *, many: bool = False) -> None:
    """The ModelService that the command is about, as `arguments.name`, or several as `arguments.names`."""
    if many:
        parser.add_argument("names", nargs="+", metavar=SERVICE_NAME, help="ModelServices")
    else:
        parser.add_argument("name", metavar=SERVICE_NAME, help="the ModelService")


def timeout(parser: argparse.ArgumentParser, default: str, about: str) -> None:
    """`--timeout`, in seconds or as Kubernetes writes durations."""
    parser.add_argument(
        "--timeout", type=duration, default=default, metavar="TIME", help=f"{about} (default: {default})"
    )


_UNITS = {"s": 1, "m": 60, "h": 3600}


def duration(text: str) -> float:
    """`90`, `90s`, `5m`, `1h` as seconds."""
    number, unit = (text[:-1], text[-1]) if text[-1:] in _UNITS else (text, "s")
    try:
        return float(number) * _UNITS[unit]
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is no time; write 90s, 5m or 1h") from None
