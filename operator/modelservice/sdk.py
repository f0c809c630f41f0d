"""What people import: `ModelServer` starts a model on this machine or in a cluster, and stops it again.

from modelservice import ModelServer

with ModelServer().start("org/model", engine="mock") as server:
    answer = server.client().chat.completions.create(model=server.model, messages=[...])
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Literal, Protocol, Self

from modelservice.api.engine import EngineType
from modelservice.api.reasons import Reason
from modelservice.api.resource import API_VERSION, KIND, ModelService
from modelservice.cli.exits import CommandError
from modelservice.cli.files import YAML_FILES, read_service
from modelservice.cli.progress import progress
from modelservice.local import compose
from modelservice.local.errors import CLIENT_MISSING, NOT_STARTED, ModelServerError
from modelservice.local.installed import suited
from modelservice.local.listen import LOOPBACK
from modelservice.local.machine import look
from modelservice.local.server import LocalServer
from modelservice.local.status import ServerStatus, State

if TYPE_CHECKING:
    import openai

__all__ = ["ModelServer", "ModelServerError", "ServerStatus", "State"]

NO_KEY = "none"
"""OpenAI clients want a key where the server wants none."""


class Running(Protocol):
    """A model server that was started, wherever it runs."""

    @property
    def openai_url(self) -> str: ...

    @property
    def model(self) -> str: ...

    @property
    def title(self) -> str: ...

    @property
    def api_key(self) -> str: ...

    def status(self) -> ServerStatus: ...

    def wait(self, watcher: Callable[[ServerStatus], None] | None = None) -> None: ...

    def output(self, lines: int = 100) -> list[str]: ...

    def stop(self) -> None: ...


@dataclass(frozen=True, slots=True)
class Login:
    """Which cluster, as the command line's options of these names say it."""

    namespace: str | None
    context: str | None
    kubeconfig: Path | None


class ModelServer:
    """One model server at a time, started by `start` and ended by `stop`, by the end of a `with` block, or with this
    program, however that ends.

    With `target="cluster"` it is a ModelService that is made and deleted, in the cluster, the namespace and with the
    login that kubectl would have, unless `namespace`, `context` and `kubeconfig` name others.

    `name` is the resource's, which clients may send as `model` too; default: made from the model.
    """

    def __init__(
        self,
        *,
        target: Literal["local", "cluster"] = "local",
        name: str | None = None,
        namespace: str | None = None,
        context: str | None = None,
        kubeconfig: str | Path | None = None,
        show_progress: bool = True,
    ) -> None:
        self._target = target
        self._name = name
        self._login = Login(namespace, context, Path(kubeconfig) if kubeconfig else None)
        self._show_progress = show_progress
        self._running: Running | None = None

    def start(
        self,
        model: str,
        options: Mapping[str, Any] | None = None,
        engine: str | None = None,
        wait: bool = True,
        *,
        host: str | None = None,
        port: int | None = None,
        **spec: Any,
    ) -> Self:
        """Serve `model`, and return when it answers, or at once with `wait=False`.

        `model` is what a ModelService takes (`org/name`, ...), a file or folder of this machine, or a YAML file with a
        whole ModelService. `options` are the engine's own. `engine` is `vllm`, `llamacpp`, `mock`, ... or a Python file
        with a server of one's own; unless told, here an installed one that suits the model, in a cluster vLLM. `host`
        and `port` are where it listens here. All else are fields of the spec, as in YAML:
        `serving={"contextLength": 4096}`.
        """
        self.stop()
        if self._target == "cluster":
            if host or port:
                raise ModelServerError("A cluster gives the address: leave host and port out.", Reason.INVALID_SPEC)
            self._running = self._in_cluster(self._body(model, options, engine, spec))
        else:
            service = self._service(model, options, engine, spec)
            self._running = LocalServer(service, host=host or LOOPBACK, port=port)
        if wait:
            self.wait()
        return self

    def wait(self) -> None:
        """Until it answers; a ModelServerError says why it never will."""
        running = self._get()
        if not self._show_progress:
            running.wait()
            return
        with progress(running.title) as show:
            running.wait(show)

    def get_base_url(self) -> str:
        """What OpenAI clients take as their base URL."""
        return self._get().openai_url

    def get_status(self) -> ServerStatus:
        """Its state, which compares with a word (`status.state == "running"`), and a sentence."""
        return ServerStatus(State.STOPPED) if self._running is None else self._running.status()

    def get_output(self, lines: int = 100) -> str:
        """The last lines of the engine's log, also after its end."""
        return "\n".join(self._get().output(lines))

    @property
    def model(self) -> str:
        """The name that clients send as `model`."""
        return self._get().model

    def client(self, api_key: str | None = None, **options: Any) -> openai.OpenAI:
        """An OpenAI client for this server; `options` are the client's own. In a cluster it knows the server's key."""
        try:
            import openai
        except ImportError as error:
            hint = "`pip install openai` brings it; any other client works with get_base_url()"
            raise ModelServerError("The package openai is not installed.", CLIENT_MISSING, hint=hint) from error
        key = api_key or self._get().api_key or NO_KEY
        return openai.OpenAI(base_url=self.get_base_url(), api_key=key, **options)

    def stop(self) -> None:
        """End it. Nothing happens where nothing runs."""
        if self._running is not None:
            self._running.stop()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def _service(
        self, model: str, options: Mapping[str, Any] | None, engine: str | None, spec: Mapping[str, Any]
    ) -> ModelService:
        if Path(model).suffix in YAML_FILES:
            return _from_file(model)
        return compose.service(model, engine or suited(model, look()), options, name=self._name, **spec)

    def _body(
        self, model: str, options: Mapping[str, Any] | None, engine: str | None, spec: Mapping[str, Any]
    ) -> dict[str, Any]:
        if Path(model).suffix in YAML_FILES:
            service = _from_file(model)
            return {"apiVersion": API_VERSION, "kind": KIND, **service.manifest()}
        return compose.body(model, engine or EngineType.VLLM, options, name=self._name, **spec)

    def _in_cluster(self, body: dict[str, Any]) -> Running:
        from modelservice.cli.cluster_server import ClusterServer

        login = self._login
        return ClusterServer(body, namespace=login.namespace, context=login.context, kubeconfig=login.kubeconfig)

    def _get(self) -> Running:
        if self._running is None:
            raise ModelServerError("No model server has been started: call start().", NOT_STARTED)
        return self._running


def _from_file(path: str) -> ModelService:
    """The only ModelService of a YAML file, read as strictly as the command line reads it."""
    try:
        return read_service(path)
    except CommandError as error:
        raise ModelServerError(str(error), Reason.INVALID_SPEC, hint=error.hint) from error
