"""Log lines: JSON where a machine reads them, plain on a terminal; each names the object and the pass it speaks of."""

from __future__ import annotations

import json
import logging
import secrets
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import TextIO

from modelservice.kube.resources import Key


class _Pass:
    """One pass over one ModelService, for as long as its lines are written."""

    __slots__ = ("id", "key")

    def __init__(self, key: Key) -> None:
        self.key = key
        self.id = secrets.token_hex(4)


_pass: ContextVar[_Pass | None] = ContextVar("pass", default=None)

QUIET = ("kopf", "aiohttp", "asyncio")
"""Libraries that are heard from warnings upwards."""


@contextmanager
def about(key: Key) -> Iterator[None]:
    """Lines written inside, also by what is called, name this object and a new reconcile id."""
    token = _pass.set(_Pass(key))
    try:
        yield
    finally:
        _pass.reset(token)


class JsonLines(logging.Formatter):
    """One JSON object a line."""

    def format(self, record: logging.LogRecord) -> str:
        line = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            **_labels(),
            "message": record.getMessage(),
        }
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        return json.dumps(line, ensure_ascii=False)


class TerminalLines(logging.Formatter):
    """Time, level, object, sentence."""

    def format(self, record: logging.LogRecord) -> str:
        labels = _labels()
        about = f"{labels['namespace']}/{labels['name']}: " if labels else ""
        when = datetime.fromtimestamp(record.created).strftime("%H:%M:%S")
        line = f"{when} {record.levelname.lower():7} {about}{record.getMessage()}"
        return f"{line}\n{self.formatException(record.exc_info)}" if record.exc_info else line


def configure(stream: TextIO = sys.stderr) -> None:
    """All of the process logs to this stream from now on."""
    handler = logging.StreamHandler(stream)
    handler.setFormatter(TerminalLines() if stream.isatty() else JsonLines())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.INFO)
    for name in QUIET:
        logging.getLogger(name).setLevel(logging.WARNING)


def _labels() -> dict[str, str]:
    current = _pass.get()
    if current is None:
        return {}
    return {"namespace": current.key.namespace, "name": current.key.name, "reconcile_id": current.id}
