"""A ModelService that a program makes for itself: made, watched until it answers, reached from here, and deleted."""

from __future__ import annotations

import atexit
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import ExitStack, suppress
from pathlib import Path

from modelservice.api.reasons import Reason
from modelservice.api.status import ConditionType
from modelservice.cli.cluster import Cluster, credentials
from modelservice.cli.exits import CommandError, Exit
from modelservice.cli.files import checked
from modelservice.cli.keys import key_for
from modelservice.cli.pods import pods
from modelservice.cli.reach import forwarded, prefix_of
from modelservice.cli.seen import Service
from modelservice.cli.waiting import downloaded_percent
from modelservice.facts.marks import ENGINE
from modelservice.kube import logs
from modelservice.kube.portforward import PortForward
from modelservice.kube.resources import MODEL_SERVICE, Key, Manifest
from modelservice.local.command import rendered
from modelservice.local.errors import NO_CLUSTER, NOT_STARTED, ModelServerError
from modelservice.local.status import ServerStatus, State

POLL = 0.5
READ_LINES = 2000

Watcher = Callable[[ServerStatus], None]
_running: set[ClusterServer] = set()
"""Also those that the program has forgotten: each is there to be deleted."""


class ClusterServer:
    """One ModelService. It is deleted by `stop` and at the end of this program; a killed program leaves it behind."""

    def __init__(
        self,
        body: Manifest,
        *,
        namespace: str | None = None,
        context: str | None = None,
        kubeconfig: Path | None = None,
    ) -> None:
        """Makes it and does not wait. A ModelServerError says why it cannot be made."""
        self._ends = ExitStack()
        said = {"--context": context, "--kubeconfig": kubeconfig}
        self._login = [str(word) for flag, value in said.items() if value for word in (flag, value)]
        self._stopped = False
        self._output: list[str] = []
        try:
            self._service = checked(body, "the ModelService")
            self._name = self._service.metadata.name
            where = namespace or self._service.metadata.namespace
            self._cluster = self._ends.enter_context(Cluster(credentials(kubeconfig, context), where))
            self._create(body)
            self._forward: PortForward | None = None
            if not self._cluster.credentials.inside:
                self._forward = self._ends.enter_context(forwarded(self._cluster, self._name))
        except CommandError as error:
            self._ends.close()
            raise _told(error) from error
        except BaseException:
            self._ends.close()
            raise
        _running.add(self)

    @property
    def openai_url(self) -> str:
        """What an OpenAI client takes as its base URL: on this machine, or in a pod the Service's own."""
        seen = self._seen()
        if self._forward is not None:
            return self._forward.url + prefix_of(seen)
        if not seen.status.open_ai_url:
            raise ModelServerError(f"{self._name} has no address yet: call wait().", NOT_STARTED)
        return seen.status.open_ai_url

    @property
    def model(self) -> str:
        """The first of the names that clients may send."""
        return rendered(self._service).served_names[0]

    @property
    def title(self) -> str:
        """How progress names it."""
        return self._name

    @property
    def api_key(self) -> str:
        """What `auth.apiKeySecret` says; empty where it asks for no key."""
        try:
            return key_for(self._cluster, self._seen())
        except CommandError as error:
            raise _told(error) from error

    def status(self) -> ServerStatus:
        """As the operator last told it."""
        if self._stopped:
            return ServerStatus(State.STOPPED)
        seen = self._find()
        if seen is None:
            return ServerStatus(State.ERROR, f"ModelService {self._name} has been deleted.")
        if seen.holds(ConditionType.READY):
            return ServerStatus(State.RUNNING, seen.message)
        state = State.ERROR if seen.holds(ConditionType.STALLED) else State.STARTING
        return ServerStatus(state, f"{seen.phase}: {seen.message}", downloaded_percent(seen))

    def wait(self, watcher: Watcher | None = None) -> None:
        """Until all replicas answer, however long GPUs are waited for. It is deleted and a ModelServerError raised when
        only a person can help."""
        try:
            while (status := self.status()).state is not State.RUNNING:
                if status.state is not State.STARTING:
                    raise self._why(status)
                if watcher:
                    watcher(status)
                time.sleep(POLL)
        except BaseException:
            self.stop()
            raise

    def output(self, lines: int = 100) -> list[str]:
        """The last lines of its engines' logs, also after its end."""
        return self._output[-lines:] if self._stopped else self._log(lines)

    def stop(self) -> None:
        """Delete it and close the way to it. Its last output can still be read."""
        if self._stopped:
            return
        with suppress(CommandError):
            self._output = self._log(READ_LINES)
        try:
            self._cluster.delete(MODEL_SERVICE, self._name)
        except CommandError as error:
            if error.exit_code != Exit.NOT_FOUND:
                raise _told(error) from error
        self._end()

    def leave(self) -> None:
        """Delete it at the end of this program, when no event loop can look up names any more: by another program."""
        if not self._stopped:
            words = ("delete", self._name, "--namespace", self._cluster.namespace, *self._login)
            subprocess.run((sys.executable, "-m", "modelservice", *words), check=False, stdout=subprocess.DEVNULL)
            self._end()

    def _end(self) -> None:
        self._stopped = True
        _running.discard(self)
        self._ends.close()

    def _create(self, body: Manifest) -> None:
        """An object of the same name is somebody's, and never taken over."""
        if self._cluster.find(MODEL_SERVICE, self._name) is not None:
            raise ModelServerError(
                f"There is a ModelService {self._name} in the namespace {self._cluster.namespace}.",
                Reason.NAME_CONFLICT,
                hint=f"`modelservice delete {self._name}` deletes it, ModelServer(name=...) chooses another name",
            )
        self._cluster.create({**body, "metadata": {**body["metadata"], "namespace": self._cluster.namespace}})

    def _find(self) -> Service | None:
        try:
            body = self._cluster.find(MODEL_SERVICE, self._name)
        except CommandError as error:
            raise _told(error) from error
        return None if body is None else Service.of(body)

    def _seen(self) -> Service:
        seen = None if self._stopped else self._find()
        if seen is None:
            raise ModelServerError(f"ModelService {self._name} has been deleted: call start().", NOT_STARTED)
        return seen

    def _why(self, status: ServerStatus) -> ModelServerError:
        seen = self._find()
        stalled = seen.condition(ConditionType.STALLED) if seen else None
        return ModelServerError(status.message, stalled.reason if stalled else NOT_STARTED, self.output())

    def _log(self, lines: int) -> list[str]:
        """One engine's after the other's; of one that has just crashed, what its run before said."""
        told: list[str] = []
        for pod in pods(self._cluster, self._name, ENGINE):
            key = Key(self._cluster.namespace, pod["metadata"]["name"])
            read = self._cluster.run(_tail(self._cluster, key, lines))
            told += read
        return told[-lines:]


async def _tail(cluster: Cluster, pod: Key, lines: int) -> tuple[str, ...]:
    now = await logs.tail(cluster.session, pod, ENGINE, lines=lines)
    return now or await logs.tail(cluster.session, pod, ENGINE, previous=True, lines=lines)


def _told(error: CommandError) -> ModelServerError:
    reason = NO_CLUSTER if error.exit_code == Exit.CLUSTER else Reason.INVALID_SPEC
    return ModelServerError(str(error), reason, hint=error.hint)


@atexit.register
def _delete_all() -> None:
    """What a program made for itself goes with it."""
    for server in list(_running):
        server.leave()
