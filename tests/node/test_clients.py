"""The clients of examples/clients/ get what they ask for, in a pod, of a model that wants a key."""

from __future__ import annotations

import json
import re
import secrets
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from lab.client import Client
from node.caller import Caller
from node.conftest import Serve

CLIENTS = Path(__file__).parents[2] / "examples" / "clients"
KEY = "s3cret"
PRINTS = {
    "curl.sh": r'.*"content": ?"Say hello\.".*data: \[DONE\]\s*',
    "requests_sse.py": r"Say hello\.\n\[DONE\]\n",
    "openai_sync.py": r"Say hello\.\n\d+ tokens\n",
    "openai_stream.py": r"Say hello\.\n\d+ tokens\n",
    "openai_async.py": r"Say hello\.\nSay hello in French\.\nSay hello in Japanese\.\n",
    "langchain_chat.py": r"Say hello\.\nSay hello\.\n",
    "notebook.ipynb": r"Say hello\.\nSay hello\.",
}
"""What each client makes of the mock, which says what it heard."""


def cells(notebook: Path) -> str:
    """Its code from top to bottom, as `Run all` does; it is plain Python."""
    content = json.loads(notebook.read_text())
    return "\n".join("".join(cell["source"]) for cell in content["cells"] if cell["cell_type"] == "code")


RUN_BY: dict[str, tuple[list[str], Callable[[Path], str]]] = {
    ".sh": (["sh"], Path.read_text),
    ".py": (["python", "-"], Path.read_text),
    ".ipynb": (["python", "-"], cells),
}


@dataclass(frozen=True)
class Served:
    """A model, and a pod that calls it."""

    caller: Caller
    url: str


@pytest.fixture(scope="module")
def served(cluster: Client, operator: str) -> Iterator[Served]:
    """One for all clients."""
    del operator
    namespace = f"test-{secrets.token_hex(4)}"
    cluster.create({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": namespace}})
    cluster.wait("ServiceAccount", "default", namespace)
    secret = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "key"}, "stringData": {"key": KEY}}
    cluster.create(secret, namespace)
    serve, keyed = Serve(cluster, namespace), {"auth": {"apiKeySecret": {"name": "key", "key": "key"}}}
    serve("tiny", {"model": "org/tiny", "engine": {"type": "mock"}, **keyed})
    caller, url = Caller(cluster, namespace), serve.ready("tiny")["openAIURL"]
    assert caller.http(f"{url}/models")[0] == 401
    yield Served(caller, url)
    cluster.delete("Namespace", namespace)


@pytest.mark.parametrize("client", PRINTS)
def test_example_client_gets_its_answer(served: Served, client: str) -> None:
    path = CLIENTS / client
    words, script = RUN_BY[path.suffix]
    said = served.caller.script(words, script(path), OPENAI_BASE_URL=served.url, OPENAI_API_KEY=KEY, MODEL="org/tiny")
    assert re.fullmatch(PRINTS[client], said, re.DOTALL), said


def test_every_example_client_is_run() -> None:
    assert {path.name for path in CLIENTS.iterdir() if path.is_file()} == set(PRINTS)
