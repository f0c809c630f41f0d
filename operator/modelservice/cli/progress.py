"""How a model server comes up, for a person to see: on a terminal, in a notebook, in a log."""

from __future__ import annotations

import html
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from modelservice.cli.terminal import Live
from modelservice.local.status import ServerStatus

BAR = 20
Show = Callable[[ServerStatus], None]


@contextmanager
def progress(title: str) -> Iterator[Show]:
    """Told of each status on the way; what it shows suits the place where this program runs."""
    begin = time.monotonic()

    def seconds() -> str:
        return f"{time.monotonic() - begin:.0f} s"

    if (notebook := _notebook()) is not None:
        cell = _Cell(notebook)
        yield lambda status: cell.show(_markup(title, status, seconds()))
        cell.close()
        return
    with Live() as live:
        yield lambda status: live.show(f"{title} is {status.state}", fleeting=_fleeting(status, seconds()))


def bar(percent: int) -> str:
    """Twenty cells."""
    full = percent * BAR // 100
    return "█" * full + "░" * (BAR - full)


def _fleeting(status: ServerStatus, seconds: str) -> str:
    meter = "" if status.percent is None else f"{bar(status.percent)} {status.percent}% "
    return f"{seconds} {meter}{' '.join(status.message.split())}"


def _markup(title: str, status: ServerStatus, seconds: str) -> str:
    value = "" if status.percent is None else f' value="{status.percent}" max="100"'
    said = f"{html.escape(title)} is {status.state}"
    return f"{said} <progress{value}></progress> {seconds} {html.escape(status.message)}"


class _Cell:
    """One output of a notebook's cell, replaced by the next and gone at the end."""

    def __init__(self, display: Any) -> None:
        self._display = display
        self._handle = display.display(display.HTML(""), display_id=True)

    def show(self, markup: str) -> None:
        self._handle.update(self._display.HTML(markup))

    def close(self) -> None:
        self._handle.update(self._display.HTML(""))


def _notebook() -> Any | None:
    """IPython's display module in a notebook. Where nothing has imported IPython there is none."""
    if "IPython" not in sys.modules:
        return None
    from IPython import display, get_ipython

    return display if hasattr(get_ipython(), "kernel") else None
