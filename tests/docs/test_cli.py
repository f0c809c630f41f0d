"""The examples of docs/cli.md do what they say on a cluster; tests/unit/docs and tests/local type the others."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import yaml

from docs.examples import WORLD, Place, lay_files, typed
from docs.scenes import AT_A_TERMINAL, BY_HAND, SCENES, converse, scene_of
from docs.shell import Command, Terminal
from lab import images
from lab.client import Client, Manifest, condition
from lab.lab import Lab
from mock_process import running
from modelservice.cli.registry import Example

STANDING: list[Manifest] = [yaml.safe_load(file.read_text()) for file in sorted((WORLD / "cluster").iterdir())]
READY = condition("Ready")
LEFT_BEHIND = ("Deployment", "Service", "PodDisruptionBudget")
EXAMPLES = typed(Place.CLUSTER)


@pytest.fixture(scope="module")
def world(full: Lab, cluster: Client, operator: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Terminal]:
    """A terminal whose kubeconfig names a namespace of the examples' own, and a server that is in no cluster."""
    del operator
    image = yaml.safe_load(BY_HAND.read_text())["spec"]["template"]["spec"]["containers"][0]["image"]
    full.nodes.import_image(images.build("mock"), image)
    namespace = f"test-{secrets.token_hex(4)}"
    cluster.create({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": namespace}})
    cluster.wait("ServiceAccount", "default", namespace)
    terminal = Terminal(tmp_path_factory.mktemp("terminal"), cluster.kubeconfig, namespace)
    with running() as server:
        terminal.environment["OPENAI_BASE_URL"] = f"{server.url}/v1"
        yield terminal
    cluster.delete("Namespace", namespace)


def put_right(cluster: Client, world: Terminal) -> None:
    """Whatever the last example did: what they speak of is there, serves, and nothing else is."""
    lay_files(world.folder)
    names = {manifest["metadata"]["name"] for manifest in STANDING}
    for found in cluster.list("ModelService", world.namespace):
        if found["metadata"]["name"] not in names:
            _remove(cluster, "ModelService", found)
    for kind in LEFT_BEHIND:
        for found in cluster.list(kind, world.namespace):
            if "ownerReferences" not in found["metadata"]:
                _remove(cluster, kind, found)
    for manifest in STANDING:
        made = cluster.apply(manifest, world.namespace)
        if manifest["kind"] == "ModelService":
            cluster.wait("ModelService", made["metadata"]["name"], world.namespace, serves(made), timeout=120)


def _remove(cluster: Client, kind: str, body: Manifest) -> None:
    where = body["metadata"]["name"], body["metadata"]["namespace"]
    cluster.delete(kind, *where)
    cluster.wait_gone(kind, *where)


def serves(made: Manifest) -> Callable[[Manifest], bool]:
    """Ready, and as it was made: not a status of before."""
    generation = made["metadata"]["generation"]
    return lambda seen: seen.get("status", {}).get("observedGeneration", 0) >= generation and READY(seen)


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.line)
def test_example_does_what_it_says(cluster: Client, world: Terminal, example: Example) -> None:
    put_right(cluster, world)
    scene = scene_of(example)
    scene.before(cluster, world)
    if scene.answers:
        converse(world, example, scene)
    elif example.endless:
        world.glimpse(example.line)
    else:
        world.type(Command(example.line, code=example.code))


@pytest.mark.parametrize("example", typed(Place.CONTROL_PLANE), ids=lambda example: example.line)
def test_example_of_operating_does_what_it_says(api: Client, crd: None, tmp_path: Path, example: Example) -> None:
    del crd
    Terminal(tmp_path, api.kubeconfig).glimpse(example.line)


def test_every_scene_belongs_to_an_example() -> None:
    lines = [example.line for example in EXAMPLES]
    assert set(AT_A_TERMINAL) <= set(lines)
    assert [words for words in SCENES if not any(line.startswith(words) for line in lines)] == []
