"""What must have happened before some examples can do what they say, and what a person answers to their questions.

A row is found by the words that an example begins with; an example without one is typed as it stands.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import yaml

from cli.pseudo_terminal import PseudoTerminal
from docs.examples import WORLD
from docs.shell import Command, DocsError, Terminal
from lab.client import Client
from modelservice.cli.registry import Example

MODEL = "org/tiny"
BY_HAND = WORLD / "by-hand" / "mistral.yaml"
END_OF_INPUT = "\x04"
YES = ((r"\[y/N\] ", "y"),)
END_ENGINE = "kubectl exec deployment/tiny -- python3 -c 'import os; os.kill(1, 15)' || true"


@dataclass(frozen=True, slots=True)
class Scene:
    """`before` makes ready; then, where there are `answers`, it is typed at a terminal that shows one pattern after the
    other and gets the line beside it.
    """

    before: Callable[[Client, Terminal], None] = lambda cluster, world: None  # noqa: ARG005
    answers: tuple[tuple[str, str], ...] = ()


def deployed_by_hand(cluster: Client, world: Terminal) -> None:
    """As somebody did it before there was an operator."""
    cluster.apply(yaml.safe_load(BY_HAND.read_text()), world.namespace)
    world.type(Command(f"kubectl rollout status deployment/{BY_HAND.stem}"))


def engine_ended_once(cluster: Client, world: Terminal) -> None:
    """Its container runs for the second time."""
    world.type(Command(END_ENGINE))
    [pod] = cluster.list("Pod", world.namespace, labels="modelservice.io/name=tiny")
    cluster.wait(
        "Pod",
        pod["metadata"]["name"],
        world.namespace,
        lambda seen: bool(seen["status"]["containerStatuses"][0]["restartCount"]),
    )


def fetched(cluster: Client, world: Terminal) -> None:
    """The model lies on the claim, and nobody uses it."""
    del cluster
    world.type(Command(f"modelservice cache warm models {MODEL}"))


SCENES: Mapping[str, Scene] = {
    "modelservice adopt": Scene(deployed_by_hand),
    "modelservice cache ls models": Scene(fetched),
    "modelservice cache prune": Scene(fetched, YES),
    "modelservice cache rm": Scene(fetched, YES),
    "modelservice logs tiny --previous": Scene(engine_ended_once),
}
AT_A_TERMINAL: Mapping[str, Scene] = {
    "modelservice chat tiny": Scene(answers=((r"> $", "hello"), (r"\nhello\r?\n> $", END_OF_INPUT))),
}
"""Those whose words are others' beginning: these alone."""


def scene_of(example: Example) -> Scene:
    """The row of this example."""
    found = [scene for words, scene in SCENES.items() if example.line.startswith(words)]
    return AT_A_TERMINAL.get(example.line) or (found[0] if found else Scene())


def converse(world: Terminal, example: Example, scene: Scene) -> None:
    """The example at a terminal, with a person who answers."""
    with PseudoTerminal(world, example.line) as terminal:
        for shown, answer in scene.answers:
            terminal.wait_for(shown)
            terminal.type(answer)
        code = terminal.ended()
    if code != example.code:
        raise DocsError(f"{example.line}\nshould end with {example.code} and ended {code} with\n{terminal.text}")
