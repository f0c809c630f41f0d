"""A ModelService that runs on this machine: started, watched until it answers, asked how it is, and ended."""

from __future__ import annotations

import atexit
import http.client
import shutil
import tempfile
import time
import weakref
from collections.abc import Callable, Iterator
from pathlib import Path

from modelservice.api.reasons import Reason
from modelservice.api.resource import ModelService
from modelservice.local.command import Command, command
from modelservice.local.errors import ModelServerError
from modelservice.local.listen import LOOPBACK
from modelservice.local.loading import step
from modelservice.local.machine import Machine, look
from modelservice.local.status import ServerStatus, State
from modelservice.local.supervised import GRACE, Supervised, tail
from modelservice.observe.diagnosis import diagnose
from modelservice.observe.ends import EXITS

POLL = 0.1
ANSWER_WITHIN = 5.0
READ_LINES = 2000
"""Of the log, for the cause of its end: a traceback of an engine with its workers' has hundreds."""
ANYWHERE = {"0.0.0.0": LOOPBACK, "::": "::1", "": LOOPBACK}

Watcher = Callable[[ServerStatus], None]
_running: weakref.WeakSet[LocalServer] = weakref.WeakSet()


class LocalServer:
    """One engine. It ends with `stop`, with this program, and when this program is killed."""

    def __init__(
        self, service: ModelService, *, host: str = LOOPBACK, port: int | None = None, machine: Machine | None = None
    ) -> None:
        """Starts it and does not wait. A ModelServerError says why it cannot even be tried."""
        self._folder = Path(tempfile.mkdtemp(prefix="modelservice-"))
        try:
            machine = machine or look()
            self.command: Command = command(service, machine, self._folder, host, port)
            machine.hub_cache.mkdir(parents=True, exist_ok=True)
            for path, text in self.command.texts.items():
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(text, encoding="utf-8")
            self._process = Supervised(self.command.argv, self.command.environ, self._folder)
        except BaseException:
            shutil.rmtree(self._folder)
            raise
        self._stopped = False
        self._ready = False
        self._output: list[str] = []
        _running.add(self)

    @property
    def url(self) -> str:
        """The server's root."""
        host = ANYWHERE.get(self.command.host, self.command.host)
        return f"http://{f'[{host}]' if ':' in host else host}:{self.command.port}"

    @property
    def openai_url(self) -> str:
        """What an OpenAI client takes as its base URL."""
        return self.url + (self.command.launch.open_ai_path or "")

    @property
    def api_key(self) -> str:
        """Empty: where a key is asked for here, the user has set it himself."""
        return ""

    @property
    def title(self) -> str:
        """How progress names it."""
        return self.model

    @property
    def model(self) -> str:
        """The first of the names that clients may send."""
        return self.command.served_names[0]

    def status(self) -> ServerStatus:
        """As it is now."""
        if self._stopped:
            return ServerStatus(State.STOPPED)
        if self._process.exit_code is not None:
            return ServerStatus(State.ERROR, self._end().cause)
        if self._answers(self.command.launch.ready_path if self._ready else self.command.launch.startup_path):
            self._ready = True
            return ServerStatus(State.RUNNING, f"It answers at {self.openai_url}.")
        if self._ready:
            return ServerStatus(State.ERROR, f"It runs but does not answer at {self.url}.")
        what, percent = step(self._log(50))
        return ServerStatus(State.STARTING, what, percent)

    def wait(self, watcher: Watcher | None = None) -> None:
        """Until it answers. It is stopped and a ModelServerError raised when it ends, or takes too long."""
        limit = self.command.spec.startup_timeout_seconds
        deadline = time.monotonic() + limit
        try:
            while (status := self.status()).state is not State.RUNNING:
                if status.state is not State.STARTING:
                    raise self._end()
                if time.monotonic() >= deadline:
                    message = f"It did not answer within {limit} s. Raise startupTimeoutSeconds."
                    raise ModelServerError(message, Reason.STARTUP_TIMEOUT, self.output())
                if watcher:
                    watcher(status)
                time.sleep(POLL)
        except BaseException:
            self.stop()
            raise

    def ended(self) -> ModelServerError | None:
        """Why it ended by itself; None while it runs."""
        return None if self._process.exit_code is None else self._end()

    def follow(self) -> Iterator[str]:
        """Its log from now on, until it ends."""
        return self._process.follow()

    def output(self, lines: int = 100) -> list[str]:
        """The last lines of its log, also when it has ended."""
        return self._log(lines)

    def stop(self, grace: float = GRACE) -> None:
        """End it and all its processes, after `grace` seconds by force. Its last output can still be read."""
        if self._stopped or not self._process.is_ours:
            return
        self._process.stop(grace)
        self._output = tail(self._process.log, READ_LINES)
        self._stopped = True
        shutil.rmtree(self._folder, ignore_errors=True)

    def _log(self, lines: int) -> list[str]:
        return self._output[-lines:] if self._stopped else tail(self._process.log, lines)

    def _end(self) -> ModelServerError:
        """What the log says of its end, else what the exit code does."""
        code = self._process.exit_code or 0
        how = EXITS.get(code, "")
        told = f"The engine ended with exit code {code}" + (f", {how}." if how else ".")
        log = self._log(READ_LINES)
        diagnosis = diagnose(log, self.command.spec)
        if diagnosis is None:
            return ModelServerError(told, Reason.CRASH_LOOP, log)
        return ModelServerError(f"{told} {diagnosis.message}", diagnosis.reason, log)

    def _answers(self, path: str) -> bool:
        host = ANYWHERE.get(self.command.host, self.command.host)
        connection = http.client.HTTPConnection(host, self.command.port, timeout=ANSWER_WITHIN)
        try:
            connection.request("GET", path)
            return connection.getresponse().status == http.client.OK
        except (OSError, http.client.HTTPException):
            return False
        finally:
            connection.close()


@atexit.register
def _stop_all() -> None:
    """Engines end with the program, however many it started and forgot."""
    for server in list(_running):
        server.stop()
