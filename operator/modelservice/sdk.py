"""What people import: `ModelServer` starts a model on this machine, and stops it again.

from modelservice import ModelServer

with ModelServer().start("org/model", engine="mock") as server:
    answer = server.client().chat.completions.create(model=server.model, messages=[...])
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from modelservice.api.reasons import Reason
from modelservice.api.resource import ModelService
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


class ModelServer:
    """One model server at a time, started by `start` and ended by `stop`, by the end of a `with` block, or with this
    program, however that ends.

    `name` is the resource's, which clients may send as `model` too; default: made from the model.
    """

    def __init__(self, *, name: str | None = None, show_progress: bool = True) -> None:
        self._name = name
        self._show_progress = show_progress
        self._running: LocalServer | None = None

    def start(
        self,
        model: str,
        options: Mapping[str, Any] | None = None,
        engine: str | None = None,
        wait: bool = True,
        *,
        host: str = LOOPBACK,
        port: int | None = None,
        **spec: Any,
    ) -> Self:
        """Serve `model`, and return when it answers, or at once with `wait=False`.

        `model` is what a ModelService takes (`org/name`, ...), a file or folder of this machine, or a YAML file with a
        whole ModelService. `options` are the engine's own. `engine` is `vllm`, `llamacpp`, `mock`, ... or a Python file
        with a server of one's own; unless told, an installed one that suits the model. `host` and `port` are where
        it listens. All else are fields of the spec, as in YAML: `serving={"contextLength": 4096}`.
        """
        self.stop()
        service = self._service(model, options, engine, spec)
        self._running = LocalServer(service, host=host, port=port)
        if wait:
            self.wait()
        return self

    def wait(self) -> None:
        """Until it answers; a ModelServerError says why it never will."""
        running = self._get()
        if not self._show_progress:
            running.wait()
            return
        with progress(running.model) as show:
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

    def client(self, api_key: str = NO_KEY, **options: Any) -> openai.OpenAI:
        """An OpenAI client for this server; `options` are the client's own."""
        try:
            import openai
        except ImportError as error:
            hint = "`pip install openai` brings it; any other client works with get_base_url()"
            raise ModelServerError("The package openai is not installed.", CLIENT_MISSING, hint=hint) from error
        return openai.OpenAI(base_url=self.get_base_url(), api_key=api_key, **options)

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

    def _get(self) -> LocalServer:
        if self._running is None:
            raise ModelServerError("No model server has been started: call start().", NOT_STARTED)
        return self._running


def _from_file(path: str) -> ModelService:
    """The only ModelService of a YAML file, read as strictly as the command line reads it."""
    try:
        return read_service(path)
    except CommandError as error:
        raise ModelServerError(str(error), Reason.INVALID_SPEC, hint=error.hint) from error
