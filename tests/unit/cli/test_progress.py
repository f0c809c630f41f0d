"""How a server that comes up is shown: in place with a bar on a terminal, a line for each state elsewhere."""

from __future__ import annotations

import io

import pytest

from modelservice.cli.progress import progress
from modelservice.local.status import ServerStatus, State

WAY = (
    ServerStatus(State.STARTING, "Fetching\nit.", 25),
    ServerStatus(State.STARTING, "Fetching it.", 100),
    ServerStatus(State.STARTING, "Loading."),
    ServerStatus(State.RUNNING, "It answers."),
)


class Terminal(io.StringIO):
    """Somebody looks at it."""

    def isatty(self) -> bool:
        return True


def shown(stream: io.StringIO, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setattr("sys.stderr", stream)
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "80")
    with progress("org/model") as show:
        for status in WAY:
            show(status)
    return stream.getvalue()


def test_progress_on_a_terminal_is_one_line_with_a_bar_that_goes_in_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    first, *texts, last = shown(Terminal(), monkeypatch).split("\r\x1b[K")
    assert texts == [
        "org/model is starting 0 s █████░░░░░░░░░░░░░░░ 25% Fetching it.",
        "org/model is starting 0 s ████████████████████ 100% Fetching it.",
        "org/model is starting 0 s Loading.",
        "org/model is running 0 s It answers.",
    ]
    assert (first, last) == ("", "")


def test_progress_elsewhere_is_a_line_for_each_state(monkeypatch: pytest.MonkeyPatch) -> None:
    assert shown(io.StringIO(), monkeypatch) == "org/model is starting\norg/model is running\n"
