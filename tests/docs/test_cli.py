"""The examples of docs/cli.md do what they say on a cluster; tests/unit/docs types those that need none."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator

import pytest
import yaml

from docs.examples import WORLD, lay_files, typed
from docs.shell import Command, Terminal
from lab.client import Client, Manifest, condition
from modelservice.cli.registry import Example

STANDING: list[Manifest] = [yaml.safe_load(file.read_text()) for file in sorted((WORLD / "cluster").iterdir())]
READY = condition("Ready")


@pytest.fixture(scope="module")
def world(cluster: Client, operator: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Terminal]:
    """A terminal whose kubeconfig names a namespace of the examples' own."""
    del operator
    namespace = f"test-{secrets.token_hex(4)}"
    cluster.create({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": namespace}})
    cluster.wait("ServiceAccount", "default", namespace)
    yield Terminal(tmp_path_factory.mktemp("terminal"), cluster.kubeconfig, namespace)
    cluster.delete("Namespace", namespace)


def put_right(cluster: Client, world: Terminal) -> None:
    """Whatever the last example did: what they speak of is there, serves, and nothing else is."""
    lay_files(world.folder)
    names = {manifest["metadata"]["name"] for manifest in STANDING}
    for found in cluster.list("ModelService", world.namespace):
        if found["metadata"]["name"] not in names:
            cluster.delete("ModelService", found["metadata"]["name"], world.namespace)
    for manifest in STANDING:
        made = cluster.apply(manifest, world.namespace)
        if manifest["kind"] == "ModelService":
            cluster.wait("ModelService", made["metadata"]["name"], world.namespace, serves(made), timeout=120)


def serves(made: Manifest) -> Callable[[Manifest], bool]:
    """Ready, and as it was made: not a status of before."""
    generation = made["metadata"]["generation"]
    return lambda seen: seen.get("status", {}).get("observedGeneration", 0) >= generation and READY(seen)


@pytest.mark.parametrize("example", typed(on_a_cluster=True), ids=lambda example: example.line)
def test_example_does_what_it_says(cluster: Client, world: Terminal, example: Example) -> None:
    put_right(cluster, world)
    if example.endless:
        world.glimpse(example.line)
    else:
        world.type(Command(example.line, code=example.code))
