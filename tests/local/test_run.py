"""`modelservice run`: one command to an OpenAI URL, in a script, in a pipe and on a terminal."""

from __future__ import annotations

import os
import pty
import signal
import subprocess
import urllib.request
from pathlib import Path

import pytest

from local.programs import modelservice, wait_until

PIPES = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
MOCK = ("run", "org/model", "--engine", "mock")


def test_url_is_all_of_standard_output_and_the_log_follows() -> None:
    with modelservice(*MOCK, **PIPES) as program:
        url = program.line()
        assert b"org/model" in urllib.request.urlopen(f"{url}/models").read()
        program.process.send_signal(signal.SIGINT)
        out, errors = program.process.communicate(timeout=30)
        assert (out, program.process.returncode) == ("", 130)
        assert errors.startswith("org/model is starting\n")
        assert f"org/model answers at {url}; Ctrl-C ends it" in errors
        program.wait_until_nothing_is_left()


def test_termination_stops_the_engine_and_is_told_by_the_exit_code() -> None:
    with modelservice(*MOCK, **PIPES) as program:
        program.line()
        program.process.terminate()
        assert program.process.wait(30) == 128 + signal.SIGTERM
        program.wait_until_nothing_is_left()


@pytest.mark.parametrize("when", ["starting", "serving"])
def test_ctrl_c_on_a_terminal_stops_the_engine(when: str) -> None:
    delay = ("--option", "start-delay=600") if when == "starting" else ()
    ours, theirs = pty.openpty()
    with modelservice(*MOCK, *delay, stdin=theirs, stdout=theirs, stderr=theirs, process_group=None) as program:
        seen = bytearray()
        wanted = b"org/model is starting" if when == "starting" else b"Ctrl-C ends it"

        def shown() -> bool:
            seen.extend(os.read(ours, 4096))
            return wanted in seen

        wait_until(shown, f"the terminal shows {wanted!r}")
        program.process.send_signal(signal.SIGINT)
        assert program.process.wait(30) == 130
        program.wait_until_nothing_is_left()
    os.close(ours)
    os.close(theirs)


def test_crash_at_start_fails_with_the_cause_and_the_last_lines() -> None:
    with modelservice(*MOCK, "--option", "crash-after=0", "--option", "crash-message=no luck", **PIPES) as program:
        out, errors = program.process.communicate(timeout=60)
    assert (out, program.process.returncode) == ("", 1)
    assert "\n  no luck\n" in errors
    assert errors.endswith("error: The engine ended with exit code 1. Its log ends with: no luck.\n")


def test_startup_timeout_has_an_exit_code_of_its_own(tmp_path: Path) -> None:
    file = tmp_path / "slow.yaml"
    file.write_text(
        "apiVersion: modelservice.io/v1alpha1\nkind: ModelService\nmetadata: {name: slow}\n"
        "spec: {model: x/y, startupTimeoutSeconds: 10, engine: {type: mock, options: {start-delay: '600'}}}\n"
    )
    with modelservice("run", str(file), **PIPES) as program:
        _, errors = program.process.communicate(timeout=60)
    assert program.process.returncode == 5
    assert "error: It did not answer within 10 s. Raise startupTimeoutSeconds." in errors


@pytest.mark.parametrize(
    ("words", "code", "sentence"),
    [
        (("x/y", "--engine", "vlm"), 1, "There is no engine vlm"),
        (("x/y", "--engine", "mock", "--option", "latncy=1"), 1, "latency"),
        (("none.yaml",), 1, "cannot be read"),
        (("a.yaml", "--engine", "mock"), 2, "the file says the engine"),
        (("x/y", "--engine", "mock", "--host", "192.0.2.1"), 1, "192.0.2.1 is no address of this machine"),
    ],
)
def test_what_cannot_run_is_one_sentence(words: tuple[str, ...], code: int, sentence: str) -> None:
    with modelservice("run", *words, **PIPES) as program:
        out, errors = program.process.communicate(timeout=60)
    assert (out, program.process.returncode) == ("", code)
    assert errors.startswith("error: ")
    assert sentence in errors
