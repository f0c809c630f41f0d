"""What could come next on a command line, for the completion scripts and for kubectl.

Nothing is offered where that cannot be known; then the shell offers files. An unreachable cluster costs two seconds.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from modelservice.cli.exits import CommandError
from modelservice.cli.parser import Argument, arguments_of, parser_of
from modelservice.cli.registry import COMMANDS

if TYPE_CHECKING:
    from modelservice.kube.resources import Resource

PATIENCE = 2.0
NO_FILES = ":4"
FILES_TOO = ":0"
"""How kubectl is told whether files may be meant: cobra's directives."""


def complete(words: Sequence[str]) -> list[str]:
    """Completions of the last word, which may be empty; the words before it are finished."""
    *finished, current = words or ("",)
    if not finished:
        return [name for name in COMMANDS if name.startswith(current)]
    command = COMMANDS.get(finished[0])
    if command is None:
        return []
    known = tuple(arguments_of(parser_of(command)))
    offers = _offers(known, finished[1:], current)
    return sorted({offer for offer in offers if offer.startswith(current)} - set(finished[1:]))


def kubectl() -> int:
    """`kubectl_complete-msvc`, which kubectl runs to complete `kubectl msvc`."""
    offers = complete(sys.argv[1:])
    print("\n".join([*offers, NO_FILES if offers else FILES_TOO]))
    return 0


def _offers(known: Sequence[Argument], finished: Sequence[str], current: str) -> Iterable[str]:
    valued = {flag: argument for argument in known for flag in argument.flags if argument.takes_value}
    if finished and finished[-1] in valued:
        return _values(valued[finished[-1]], finished)
    if current.startswith("-"):
        return [flag for argument in known for flag in argument.flags]
    given = [word for place, word in enumerate(finished) if _is_positional(word, finished[:place], valued)]
    positional = [argument for argument in known if not argument.flags]
    return _values(positional[min(len(given), len(positional) - 1)], finished) if positional else []


def _is_positional(word: str, before: Sequence[str], valued: Mapping[str, Argument]) -> bool:
    return not word.startswith("-") and not (before and before[-1] in valued)


def _values(argument: Argument, words: Sequence[str]) -> Iterable[str]:
    if argument.choices:
        return argument.choices
    ask = ASKED.get(argument.metavar)
    try:
        return ask(_login(words)) if ask else []
    except (CommandError, TimeoutError):
        return []


def _login(words: Sequence[str]) -> argparse.Namespace:
    """The login options among words that need not be a whole command line yet."""
    reader = argparse.ArgumentParser(add_help=False, allow_abbrev=False)
    reader.add_argument("-n", "--namespace", nargs="?")
    reader.add_argument("--context", nargs="?")
    reader.add_argument("--kubeconfig", nargs="?", type=Path)
    return reader.parse_known_args(list(words))[0]


def _services(arguments: argparse.Namespace) -> Iterable[str]:
    from modelservice.kube.resources import MODEL_SERVICE

    return _names(arguments, MODEL_SERVICE)


def _namespaces(arguments: argparse.Namespace) -> Iterable[str]:
    from modelservice.kube.resources import NAMESPACE

    return _names(arguments, NAMESPACE)


def _names(arguments: argparse.Namespace, resource: Resource) -> Iterable[str]:
    from modelservice.cli.cluster import Cluster

    with Cluster.of(arguments) as cluster:
        return [item["metadata"]["name"] for item in cluster.objects(resource, patience=PATIENCE)]


def _contexts(arguments: argparse.Namespace) -> Iterable[str]:
    from modelservice.cli.cluster import contexts

    return contexts(arguments.kubeconfig)


def _routes(_: argparse.Namespace) -> Iterable[str]:
    from modelservice.engines.routes import PATHS

    return [ways[0] for ways in PATHS.values()]


def _reasons(_: argparse.Namespace) -> Iterable[str]:
    from modelservice.api.explanations import EXPLANATIONS

    return list(EXPLANATIONS)


ASKED: Mapping[str, Callable[[argparse.Namespace], Iterable[str]]] = {
    "NAME": _services,
    "NAMESPACE": _namespaces,
    "CONTEXT": _contexts,
    "ROUTE": _routes,
    "REASON": _reasons,
}
"""By the metavar of the argument."""
