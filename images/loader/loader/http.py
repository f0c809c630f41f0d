"""How the loader asks over HTTP: the environment's proxies and certificates, and patience with what may pass."""

from __future__ import annotations

import os
import ssl
import threading
from collections.abc import Callable
from functools import cache
from typing import TypeVar

import httpx2

from loader.events import note
from loader.failures import LoadFailed, Reason

T = TypeVar("T")

TRIES = 6
LONGEST_PAUSE = 30.0
LONGEST_WISH = 60.0
"""A server that wants a longer pause than this is asked again all the same."""
PASSING = frozenset({408, 425, 429, 500, 502, 503, 504})
TIMEOUT = httpx2.Timeout(30, pool=None)
NEVER = threading.Event()


class Passing(Exception):
    """What may pass: a cut, a silence, a busy server."""

    def __init__(self, message: str, pause: float | None = None) -> None:
        super().__init__(message)
        self.pause = pause


def client() -> httpx2.Client:
    """HTTPS_PROXY and its like are honoured by the library; SSL_CERT_FILE replaces the certificates of the image."""
    trusted = ssl.create_default_context(cafile=os.environ.get("SSL_CERT_FILE") or None)
    limits = httpx2.Limits(max_connections=None, max_keepalive_connections=32)
    return httpx2.Client(verify=trusted, timeout=TIMEOUT, follow_redirects=True, limits=limits)


@cache
def shared() -> httpx2.Client:
    """One for all threads."""
    return client()


def passing(answer: httpx2.Response) -> Passing:
    said = answer.headers.get("Retry-After", "")
    pause = min(float(said), LONGEST_WISH) if said.isdigit() else None
    return Passing(f"{answer.url.host} answered {answer.status_code}", pause)


def patiently(
    ask: Callable[[], T],
    what: str,
    progressed: Callable[[], bool] = lambda: False,
    stop: threading.Event = NEVER,
) -> T:
    """`ask` until it answers. It is given up after six tries in a row that brought nothing, or with `stop`."""
    failures = 0
    while True:
        try:
            return ask()
        except (httpx2.TransportError, Passing) as error:
            failures = 1 if progressed() else failures + 1
            cause = f"{error}" or type(error).__name__
            if failures >= TRIES or _is_for_good(error):
                raise LoadFailed(Reason.UNREACHABLE, f"{what} could not be reached: {cause}.", retry=True) from error
            pause = getattr(error, "pause", None) or min(0.5 * 2 ** (failures - 1), LONGEST_PAUSE)
            note(f"{what}: {cause}; trying again in {pause:.1f} s")
            if stop.wait(pause):
                raise LoadFailed(Reason.UNREACHABLE, f"{what}: stopped.", retry=True) from error


def _is_for_good(error: Exception) -> bool:
    """A certificate that is not trusted stays so."""
    return "CERTIFICATE_VERIFY_FAILED" in str(error)


def get(url: str, what: str, headers: dict[str, str] | None = None) -> httpx2.Response:
    """A small answer, whatever its status unless it may pass."""

    def ask() -> httpx2.Response:
        answer = shared().get(url, headers=headers or {})
        if answer.status_code in PASSING:
            raise passing(answer)
        return answer

    return patiently(ask, what)
