"""`ModelServer` on this machine: five verbs, and an exception that says why."""

from __future__ import annotations

import os
import re
import socket
import subprocess
import sys
import urllib.request
from pathlib import Path
from types import SimpleNamespace

import openai
import pytest

from cli.pseudo_terminal import PseudoTerminal
from local.programs import wait_until
from modelservice import ModelServer, ModelServerError, __version__

SERVER = """
import json, os
from http.server import BaseHTTPRequestHandler, HTTPServer

class Echo(BaseHTTPRequestHandler):
    def do_GET(self):
        body = json.dumps({"model": os.environ["MODELSERVICE_MODEL"]}).encode()
        self.send_response(200)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

print("my server is up")
HTTPServer(("127.0.0.1", int(os.environ["MODELSERVICE_PORT"])), Echo).serve_forever()
"""


def test_mock_answers_the_openai_client_and_is_gone_after_the_block() -> None:
    with ModelServer().start("org/model", {"latency": "0"}, engine="mock") as server:
        assert server.get_status().state == "running"
        client = server.client(max_retries=0)
        answer = client.chat.completions.create(model=server.model, messages=[{"role": "user", "content": "hello"}])
        assert answer.choices[0].message.content == "hello"
        assert [model.id for model in client.models.list()] == ["org/model", "model"]
        assert "Running on" in server.get_output()
    assert server.get_status().state == "stopped"
    with pytest.raises(OSError, match="refused"):
        urllib.request.urlopen(server.get_base_url())
    assert "Running on" in server.get_output()


def test_start_without_waiting_is_told_by_the_status() -> None:
    with ModelServer(show_progress=False).start("org/model", engine="mock", wait=False) as server:
        assert server.get_status().state == "starting"
        server.wait()
        assert server.get_status().state == "running"


def test_start_on_a_terminal_shows_its_progress_in_place(tmp_path: Path) -> None:
    code = 'from modelservice import ModelServer; ModelServer().start("org/model", engine="mock").stop(); print("over")'
    program = SimpleNamespace(argv=[sys.executable, "-c", code], where=[], folder=tmp_path, environment=os.environ)
    with PseudoTerminal(program) as terminal:
        terminal.wait_for("over")
        assert terminal.ended() == 0
    assert re.search(r"\r\x1b\[Korg/model is starting \d+ s", terminal.raw), terminal.raw


def test_two_servers_stand_side_by_side() -> None:
    with ModelServer().start("a/one", engine="mock") as one, ModelServer().start("a/two", engine="mock") as two:
        assert one.get_base_url() != two.get_base_url()
        assert [server.client().models.list().data[0].id for server in (one, two)] == ["a/one", "a/two"]


def test_second_start_takes_the_place_of_the_first() -> None:
    server = ModelServer()
    with server.start("a/one", engine="mock", port=None):
        server.start("a/two", engine="mock")
        assert server.client().models.list().data[0].id == "a/two"


def test_python_file_is_served_and_told_its_port_and_model(tmp_path: Path) -> None:
    file = tmp_path / "my_server.py"
    file.write_text(SERVER)
    with ModelServer().start("org/model", engine=str(file)) as server:
        assert urllib.request.urlopen(server.get_base_url()).read() == b'{"model": "org/model"}'


def test_file_named_like_an_engine_in_the_own_folder_does_no_harm(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "mock_server.py").write_text("raise SystemExit('the wrong file')")
    monkeypatch.chdir(tmp_path)
    with ModelServer().start("org/model", engine="mock") as server:
        assert server.get_status().state == "running"


def test_yaml_file_is_served_as_a_cluster_would_be_told(tmp_path: Path) -> None:
    file = tmp_path / "qwen.yaml"
    spec = "{model: org/model, servedNames: [mine], engine: {type: mock}}"
    file.write_text(
        f"apiVersion: modelservice.io/v1alpha1\nkind: ModelService\nmetadata: {{name: qwen}}\nspec: {spec}\n"
    )
    with ModelServer().start(str(file)) as server:
        assert server.model == "mine"


def test_crash_at_start_carries_cause_and_last_lines() -> None:
    with pytest.raises(ModelServerError) as crashed:
        ModelServer().start(
            "org/model", {"crash-after": 0, "crash-message": "RuntimeError: CUDA out of memory"}, engine="mock"
        )
    assert crashed.value.reason == "OutOfGPUMemory"
    assert crashed.value.cause.startswith("The engine ended with exit code 1. The GPU's memory is full.")
    assert "RuntimeError: CUDA out of memory" in crashed.value.output
    assert "RuntimeError: CUDA out of memory" in str(crashed.value)


def test_what_is_in_the_way_is_told_before_anything_starts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(ModelServerError, match=f"Port {port} of 127.0.0.1 is in use") as busy:
            ModelServer().start("org/model", engine="mock", port=port)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(ModelServerError, match="`llama-server` is not installed on this machine") as missing:
        ModelServer().start("org/model-gguf", engine="llamacpp")
    assert (busy.value.reason, missing.value.reason) == ("PortInUse", "EngineMissing")


def test_crash_of_an_own_server_carries_its_last_error(tmp_path: Path) -> None:
    file = tmp_path / "my_server.py"
    file.write_text("import no_such_module")
    with pytest.raises(ModelServerError, match="lacks the Python module no_such_module"):
        ModelServer().start("org/model", engine=str(file))


def test_crash_while_it_serves_is_told_by_the_status() -> None:
    with ModelServer().start("org/model", {"crash-after": 1}, engine="mock") as server:
        client = server.client(max_retries=0)
        client.completions.create(model=server.model, prompt="x")
        with pytest.raises(openai.APIConnectionError):
            client.completions.create(model=server.model, prompt="x")
        wait_until(lambda: "crashing as told" in server.get_status().message, "the status tells of the crash")
        assert server.get_status().state == "error"


def test_nothing_started_is_said_so() -> None:
    server = ModelServer()
    assert server.get_status().state == "stopped"
    server.stop()
    with pytest.raises(ModelServerError, match=r"call start\(\)"):
        server.get_base_url()


def test_missing_openai_package_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "openai", None)
    with (
        ModelServer().start("org/model", engine="mock") as server,
        pytest.raises(ModelServerError, match="pip install openai"),
    ):
        server.client()


def test_importing_the_package_imports_no_part_of_the_sdk() -> None:
    code = "import sys, modelservice; print(modelservice.__version__, *[m for m in sys.modules if 'modelservice' in m])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == [__version__, "modelservice"]
