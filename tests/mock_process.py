"""The mock model server as a real process on loopback, for tests that need a server without a cluster."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import httpx
import openai

FOLDER = Path(__file__).parents[1] / "images" / "mock"
DEADLINE = 20.0


@dataclass
class Server:
    """A mock that was started, and a client for it."""

    process: subprocess.Popen[str]
    url: str
    http: httpx.Client

    def openai(self, key: str = "none") -> openai.OpenAI:
        return openai.OpenAI(base_url=f"{self.url}/v1", api_key=key, max_retries=0, timeout=DEADLINE)

    def wait_until(self, condition: Callable[[], bool], what: str) -> None:
        end = time.monotonic() + DEADLINE
        while not condition():
            assert time.monotonic() < end, f"not within {DEADLINE:.0f} s: {what}"
            time.sleep(0.01)

    def answers(self) -> bool:
        try:
            return self.http.get("/health").status_code > 0
        except httpx.TransportError:
            return False

    def terminate(self) -> None:
        self.process.send_signal(signal.SIGTERM)

    def ended(self) -> tuple[int, str]:
        """Waits for its end; the exit code and what it wrote to stderr."""
        _, errors = self.process.communicate(timeout=DEADLINE)
        return self.process.returncode, errors

    def metric(self, name: str) -> float:
        """The value of the first sample that begins so."""
        samples = self.http.get("/metrics").text.splitlines()
        return next(float(line.rsplit(" ", 1)[1]) for line in samples if line.startswith(name))


@contextlib.contextmanager
def started(*args: str, env: Mapping[str, str] | None = None, port: int | None = None) -> Iterator[Server]:
    """Starts it and does not wait; it is gone at the end."""
    port = port or _free_port()
    command = [sys.executable, "-m", "mock_server", "--host", "127.0.0.1", "--port", str(port), *args]
    environment = {**os.environ, "PYTHONPATH": str(FOLDER), **(env or {})}
    process = subprocess.Popen(command, env=environment, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True)
    url = f"http://127.0.0.1:{port}"
    try:
        with httpx.Client(base_url=url, timeout=DEADLINE) as http:
            yield Server(process, url, http)
    finally:
        if process.poll() is None:
            process.kill()
            process.communicate()


@contextlib.contextmanager
def running(*args: str, env: Mapping[str, str] | None = None, port: int | None = None) -> Iterator[Server]:
    """The same, once it answers."""
    with started(*args, env=env, port=port) as server:
        server.wait_until(server.answers, "the mock answers")
        yield server


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
