"""The way of a command to a model server: by its DNS name inside the cluster, else by a port-forward that is opened and
closed here."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Coroutine, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, TypeVar
from urllib.parse import urlsplit

from modelservice.cli.background import Background
from modelservice.cli.cluster import Cluster, told
from modelservice.cli.exits import CommandError
from modelservice.cli.keys import VARIABLE, key_for
from modelservice.cli.pods import places, ready_pods
from modelservice.cli.registry import program
from modelservice.cli.seen import Service, service
from modelservice.kube.portforward import PortForward
from modelservice.talk.client import Client
from modelservice.talk.errors import Refused, TalkError

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Server:
    """A model server that can be asked. What it refuses, or leaves unanswered, comes out as CommandError."""

    name: str
    client: Client
    background: Background
    forward: PortForward | None = None

    def run(self, coroutine: Coroutine[Any, Any, T]) -> T:
        try:
            return self.background.run(coroutine)
        except TalkError as error:
            raise self.told(error) from error

    def each(self, stream: AsyncGenerator[T, None]) -> Iterator[T]:
        try:
            yield from self.background.each(stream)
        except TalkError as error:
            raise self.told(error) from error

    def told(self, error: TalkError) -> CommandError:
        """The sentence of an error, or of what the port-forward knows of it."""
        if isinstance(error, Refused):
            hint = f"set {VARIABLE} to the key that it wants" if error.status == 401 else ""
            code = f" with {error.status}" if error.status >= 400 else ""
            return CommandError(f"{self.name} refuses{code}: {error}", hint)
        if self.forward and self.forward.problem:
            hint = f"`{program()} status {self.name}` says whether it serves, and what its log tells"
            return CommandError(str(self.forward.problem), hint, told(self.forward.problem).exit_code)
        return CommandError(f"{self.name} does not answer: {error}")


@contextmanager
def reached(cluster: Cluster, name: str) -> Iterator[Server]:
    """The server of a ModelService, while it is talked to."""
    seen = service(cluster, name)
    key = key_for(cluster, seen)
    if cluster.credentials.inside:
        with _asking(cluster.background, Client(_known(seen), prefix_of(seen), key)) as client:
            yield Server(name, client, cluster.background)
        return
    ready_pods(cluster, name)
    with (
        forwarded(cluster, name) as forward,
        _asking(cluster.background, Client(forward.url, prefix_of(seen), key)) as client,
    ):
        yield Server(name, client, cluster.background, forward)


@contextmanager
def forwarded(cluster: Cluster, name: str) -> Iterator[PortForward]:
    """A port of this machine that leads to whichever pods of the service answer."""
    forward = PortForward(cluster.session, lambda: places(cluster, name))
    cluster.run(forward.__aenter__())
    try:
        yield forward
    finally:
        cluster.run(forward.__aexit__(None, None, None))


@contextmanager
def reached_at(background: Background, url: str, key: str) -> Iterator[Server]:
    """A server anywhere; the URL is what OpenAI clients take as their base URL."""
    where = urlsplit(url)
    root = f"{where.scheme}://{where.netloc}"
    with _asking(background, Client(root, where.path.rstrip("/"), key)) as client:
        yield Server(url, client, background)


def prefix_of(seen: Service) -> str:
    """The path of its OpenAI API, as the operator tells it."""
    return urlsplit(seen.status.open_ai_url or "/v1").path


def _known(seen: Service) -> str:
    if not seen.status.url:
        raise CommandError(f"{seen.name} has no address yet", f"`{program()} status {seen.name}` says why")
    return seen.status.url


@contextmanager
def _asking(background: Background, client: Client) -> Iterator[Client]:
    background.run(client.__aenter__())
    try:
        yield client
    finally:
        background.run(client.__aexit__(None, None, None))
