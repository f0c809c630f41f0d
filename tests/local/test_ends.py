"""However the program ends that started an engine, the engine ends with it, and so does all that the engine started."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from local.programs import Program, python, wait_until

START = """
import os, sys, time
from modelservice import ModelServer
server = ModelServer(show_progress=False).start("org/model", {engine!r})
print(os.path.dirname(server._running._process.log), flush=True)
"""
MOCK = START.replace("{engine!r}", "engine='mock'")
FAMILY = """
import os, signal, subprocess, sys, time
from http.server import BaseHTTPRequestHandler, HTTPServer

class Ok(BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()

signal.signal(signal.SIGTERM, signal.SIG_IGN)
stubborn = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); time.sleep(600)"
subprocess.Popen([sys.executable, "-c", stubborn])
HTTPServer(("127.0.0.1", int(os.environ["MODELSERVICE_PORT"])), Ok).serve_forever()
"""
"""A server with a child; neither hears SIGTERM."""
WITH_PROCESSES = 3
"""The program, the supervisor, the engine."""


def up(program: Program) -> Path:
    """The folder of the run, once the engine answers."""
    folder = Path(program.line())
    assert folder.is_dir()
    assert len(program.processes()) >= WITH_PROCESSES
    return folder


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM, signal.SIGHUP, signal.SIGINT])
def test_engine_ends_with_a_killed_program(number: int) -> None:
    with python(MOCK + "time.sleep(600)") as program:
        folder = up(program)
        program.process.send_signal(number)
        program.wait_until_nothing_is_left()
        assert not folder.exists()


@pytest.mark.parametrize(
    "last",
    [
        pytest.param("sys.exit(3)", id="exit"),
        pytest.param("raise ValueError", id="exception"),
        pytest.param("pass", id="end"),
        pytest.param("os._exit(1)", id="without cleaning up"),
    ],
)
def test_engine_ends_with_a_program_that_forgets_it(last: str) -> None:
    with python(MOCK + last) as program:
        folder = Path(program.line())
        program.wait_until_nothing_is_left()
        assert not folder.exists()


def test_engine_ends_with_a_program_whose_fork_lives_on() -> None:
    """Such a fork holds the supervisor's pipe open."""
    fork = "if os.fork() == 0:\n    time.sleep(600)\ntime.sleep(600)"
    with python(MOCK + fork) as program:
        up(program)
        wait_until(lambda: len(program.processes()) == WITH_PROCESSES + 1, "the fork is there")
        program.process.kill()
        program.process.wait()
        wait_until(lambda: len(program.processes()) == 1, "only the fork is left")


def test_fork_that_ends_leaves_the_engine_to_its_program() -> None:
    fork = (
        "\nif os.fork() == 0:\n    sys.exit()\nos.wait()\nprint(server.get_status().state, flush=True)\ntime.sleep(600)"
    )
    with python(MOCK + fork) as program:
        folder = up(program)
        assert program.line() == "running"
        assert (folder / "engine.log").exists()


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux ends a process with its parent")
def test_engine_ends_with_a_killed_supervisor() -> None:
    with python(MOCK + "time.sleep(600)") as program:
        up(program)
        supervisor = next(
            number for number in program.processes() if b"supervisor.py" in Path(f"/proc/{number}/cmdline").read_bytes()
        )
        os.kill(supervisor, signal.SIGKILL)
        wait_until(lambda: program.processes() == [program.process.pid], "only the program is left")


def test_stubborn_engine_and_its_children_are_ended_by_force(tmp_path: Path) -> None:
    file = tmp_path / "family.py"
    file.write_text(FAMILY)
    code = (
        START.replace("{engine!r}", f"engine={str(file)!r}")
        + "server._running.stop(0.5)\nprint('stopped')\ntime.sleep(600)"
    )
    with python(code) as program:
        program.line()
        assert program.line() == "stopped"
        assert program.processes() == [program.process.pid]


def test_what_a_dead_engine_leaves_behind_is_ended_too(tmp_path: Path) -> None:
    file = tmp_path / "parent.py"
    file.write_text("import subprocess\nsubprocess.Popen(['sleep', '600'])\nraise SystemExit('no more')")
    code = f"""
import time
from modelservice import ModelServer, ModelServerError
try:
    ModelServer(show_progress=False).start("org/model", engine={str(file)!r})
except ModelServerError as error:
    print(error.cause, flush=True)
time.sleep(600)
"""
    with python(code) as program:
        assert "no more" in program.line()
        wait_until(lambda: program.processes() == [program.process.pid], "only the program is left")


def test_supervisor_says_what_it_cannot_run(tmp_path: Path) -> None:
    from modelservice.local import supervisor

    command = [sys.executable, "-I", supervisor.__file__, str(os.getpid()), str(tmp_path), "/no/such/program"]
    done = subprocess.run(command, stdin=subprocess.PIPE, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (127, "/no/such/program cannot be run: No such file or directory\n")
