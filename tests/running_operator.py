"""The operator as a process of its own, started as users start it, for tests that watch it from outside."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Self

import httpx
import yaml
from prometheus_client.parser import text_string_to_metric_families

from lab.patience import looks

PACKAGE = Path(__file__).parents[1] / "operator"
STARTS_WITHIN = 60.0


class RunningOperator:
    """One replica. Used as a context manager; on the way out it is stopped, or killed if it is paused.

    `code` runs in the operator's process before it starts, as a newer version of the operator would differ.
    """

    def __init__(
        self,
        kubeconfig: Path,
        *options: str,
        config: Mapping[str, Any] | None = None,
        namespace: str = "default",
        code: str = "",
    ) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="operator-")
        folder = Path(self._folder.name)
        self.log = folder / "log"
        self.port = _free_port()
        (folder / "config.yaml").write_text(yaml.safe_dump(dict(config or {})))
        arguments = ["--kubeconfig", kubeconfig, "--config", folder / "config.yaml", "--port", self.port, *options]
        self.argv = [sys.executable, *_program(code), "operator", *map(str, arguments)]
        self.environment = {**os.environ, "PYTHONPATH": str(PACKAGE), "POD_NAMESPACE": namespace}
        self.process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        if self.running:
            self.resume()
            self.stop()
        self._folder.cleanup()

    @property
    def running(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def start(self) -> None:
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(self.argv, env=self.environment, stdin=subprocess.DEVNULL, stderr=log)

    def stop(self, within: float = 30) -> float:
        """SIGTERM; the seconds that it took to end."""
        assert self.process
        began = time.monotonic()
        self.process.send_signal(signal.SIGTERM)
        code = self.process.wait(within)
        assert code == 0, f"it ended with {code}:\n{self.tail()}"
        return time.monotonic() - began

    def kill(self) -> None:
        assert self.process
        self.process.kill()
        self.process.wait()

    def pause(self) -> None:
        assert self.process
        self.process.send_signal(signal.SIGSTOP)

    def resume(self) -> None:
        assert self.process
        self.process.send_signal(signal.SIGCONT)

    def get(self, path: str) -> httpx.Response | None:
        """The answer of its health server, or nothing while there is none."""
        try:
            return httpx.get(
                f"http://127.0.0.1:{self.port}{path}", timeout=5, verify=False
            )  # spares reading all authorities
        except httpx.TransportError:
            return None

    def ready(self) -> bool:
        answer = self.get("/readyz")
        return answer is not None and answer.is_success

    def metric(self, name: str, **labels: str) -> float:
        """The sum of a metric's samples that bear these labels."""
        answer = self.get("/metrics")
        families = text_string_to_metric_families(answer.text if answer else "")
        samples = [sample for family in families for sample in family.samples if sample.name == name]
        return sum(sample.value for sample in samples if labels.items() <= sample.labels.items())

    def leads(self) -> bool:
        return self.metric("leader_election_master_status") == 1

    def wait(self, condition: Callable[[], bool], within: float = STARTS_WITHIN) -> Self:
        """Until it holds; the operator must live so long."""
        for _ in looks(within):
            if condition():
                return self
            assert self.running, f"the operator has ended:\n{self.tail()}"
        raise AssertionError(f"not within {within:.0f} s:\n{self.tail()}")

    def tail(self, lines: int = 40) -> str:
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-lines:])


def _program(code: str) -> list[str]:
    if not code:
        return ["-m", "modelservice"]
    return ["-c", f"{code}\nfrom modelservice.cli.main import main\nraise SystemExit(main())"]


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
