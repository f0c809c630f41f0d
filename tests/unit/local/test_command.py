"""What runs here is what runs in a pod: the same words in the same order, but for program, address, port and paths."""

from __future__ import annotations

import socket
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from a_machine import HUB, PYTHON, machine
from modelservice.api.config import OperatorConfig
from modelservice.api.resource import ModelService, parse
from modelservice.cli.commands.render import render
from modelservice.local.command import Command, command
from modelservice.local.errors import ModelServerError

CACHE = "/cache/hub"
MIDDLEWARE = "/etc/modelservice/python"
ENGINES = {
    "vllm": {"model": "org/model@main"},
    "vllm said": {
        "model": "/data/model",
        "engine": {"args": ["--port=9000", "--host", "0.0.0.0"], "options": {"enforce-eager": True}},
        "serving": {"contextLength": 4096, "chatTemplate": "{{ messages }}"},
    },
    "vllm tensor parallel": {"model": "org/model", "gpu": {"count": 2}},
    "vllm adapter of the cache": {
        "model": f"{CACHE}/models--org--name/snapshots/main",
        "serving": {"loraAdapters": [{"name": "sql", "model": f"{CACHE}/models--org--sql"}]},
    },
    "llama.cpp": {"model": "/data/tiny.gguf", "engine": {"type": "llamacpp"}, "serving": {"contextLength": 512}},
    "mock": {"model": "org/model", "engine": {"type": "mock", "options": {"latency": "0.5"}}},
    "sglang": {"model": "org/model", "engine": {"type": "sglang"}},
    "custom": {
        "model": "org/model",
        "engine": {
            "type": "custom",
            "image": "python:3.11-slim",
            "args": ["python3", "/srv/server.py", "--port", "$(MODELSERVICE_PORT)", "--costs", "$$5"],
            "custom": {"port": 9000},
            "files": [{"name": "server", "path": "/srv/server.py", "content": "import this"}],
        },
    },
}


@pytest.fixture(autouse=True)
def importable(monkeypatch: pytest.MonkeyPatch) -> None:
    """SGLang is not installed where the tests run."""
    monkeypatch.setattr("modelservice.local.installed.has_module", lambda _: True)


@pytest.fixture
def taken() -> Iterator[int]:
    """A port on which something listens."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        port: int = listener.getsockname()[1]
        yield port


def service(**spec: Any) -> ModelService:
    return parse({"metadata": {"name": "qwen"}, "spec": spec})


def here(tmp_path: Path, spec: dict[str, Any], port: int | None = None, **options: Any) -> Command:
    found = machine(tmp_path / "bin", "vllm", "llama-server", **options)
    return command(service(**spec), found, tmp_path / "run", "127.0.0.1", port)


def in_a_pod(spec: dict[str, Any]) -> list[str]:
    children, findings = render(service(**spec), OperatorConfig())
    assert not any(finding.refuses for finding in findings), findings
    deployment = next(child for child in children if child["kind"] == "Deployment")
    container = deployment["spec"]["template"]["spec"]["containers"][0]
    return [*container["command"], *container["args"]]


@pytest.mark.parametrize("spec", ENGINES.values(), ids=ENGINES.keys())
def test_command_line_is_the_rendered_one_but_for_program_address_port_and_paths(
    tmp_path: Path, spec: dict[str, Any]
) -> None:
    run = tmp_path / "run"
    wanted = [
        word.replace(CACHE, str(HUB))
        .replace("/etc/modelservice/", f"{run}/etc/modelservice/")
        .replace("/srv/server.py", f"{run}/srv/server.py")
        .replace("$(MODELSERVICE_PORT)", "8123")
        .replace("$$", "$")
        for word in in_a_pod(spec)[1:]
    ]
    said = here(tmp_path, spec, port=8123).argv[1:]
    if spec.get("engine", {}).get("type") == "custom":  # it reads its port from the environment
        assert list(said) == wanted
    else:
        assert without_address(said) == without_address(wanted)


def without_address(words: Sequence[str]) -> list[str]:
    """The words but for host and port, which are said for this machine."""
    kept, address = [], False
    for word in words:
        names_address = word in ("--host", "--port")
        if not (address or names_address or word.startswith("--port=")):
            kept.append(word)
        address = names_address
    return kept


@pytest.mark.parametrize("spec", [spec for name, spec in ENGINES.items() if name != "custom"])
def test_engine_listens_on_this_machine_alone_and_on_the_asked_port(tmp_path: Path, spec: dict[str, Any]) -> None:
    words = " ".join(here(tmp_path, spec, port=8123).argv).replace("=", " ")
    assert "--host 127.0.0.1" in words
    assert "--port 8123" in words
    assert "0.0.0.0" not in words


def test_program_is_that_of_this_machine(tmp_path: Path) -> None:
    assert here(tmp_path, ENGINES["vllm"]).argv[0] == str(tmp_path / "bin" / "vllm")
    assert here(tmp_path, ENGINES["llama.cpp"]).argv[0] == str(tmp_path / "bin" / "llama-server")
    assert here(tmp_path, ENGINES["mock"]).argv[0] == str(PYTHON)


def test_files_of_the_container_are_written_below_the_folder_of_the_run(tmp_path: Path) -> None:
    made = here(tmp_path, ENGINES["custom"])
    assert made.texts == {tmp_path / "run" / "srv" / "server.py": "import this"}


def test_environment_has_the_containers_variables_and_keeps_the_persons_own(tmp_path: Path) -> None:
    environ = {"HOME": "/home/me", "PATH": "/usr/bin", "VLLM_NO_USAGE_STATS": "0"}
    made = here(tmp_path, ENGINES["vllm"], environ=environ).environ
    assert (made["HOME"], made["PATH"], made["VLLM_NO_USAGE_STATS"]) == ("/home/me", "/usr/bin", "1")
    assert made["HF_HUB_CACHE"] == str(HUB)
    assert made["PYTHONPATH"] == f"{tmp_path}/run{MIDDLEWARE}"
    assert "HF_HOME" not in made


def test_hub_token_is_the_persons_own_and_may_be_missing(tmp_path: Path) -> None:
    spec = {"model": "org/model", "huggingFace": {"tokenSecret": {"name": "hf", "key": "token"}}}
    assert "HF_TOKEN" not in here(tmp_path, spec).environ
    assert here(tmp_path, spec, environ={"HF_TOKEN": "mine"}).environ["HF_TOKEN"] == "mine"


def test_key_of_a_secret_is_asked_for_by_the_variables_name(tmp_path: Path) -> None:
    spec = {"model": "x/y", "engine": {"type": "mock"}, "auth": {"apiKeySecret": {"name": "keys", "key": "mock"}}}
    with pytest.raises(ModelServerError, match="set the variable MOCK_API_KEY on this machine"):
        here(tmp_path, spec)
    assert here(tmp_path, spec, environ={"MOCK_API_KEY": "k"}).environ["MOCK_API_KEY"] == "k"


def test_variables_that_others_win_over_reach_the_engine_all_the_same(tmp_path: Path) -> None:
    """With envFrom ours are in a ConfigMap of the cluster."""
    spec = {"model": "org/model", "engine": {"envFrom": [{"configMapRef": {"name": "theirs"}}]}}
    assert here(tmp_path, spec).environ["HF_HUB_CACHE"] == str(HUB)


def test_machine_without_a_gpu_serves_on_its_processor(tmp_path: Path) -> None:
    made = here(tmp_path, {"model": "org/model", "gpu": {"count": 2, "products": ["A100"]}}, gpus=0)
    assert made.environ["VLLM_CPU_KVCACHE_SPACE"] == "4"
    assert "--tensor-parallel-size" not in made.argv


def test_installed_version_decides_on_the_options(tmp_path: Path) -> None:
    (tmp_path / "lib/python3.11/site-packages/vllm-0.10.0+cpu.dist-info").mkdir(parents=True)
    assert "--shutdown-timeout" not in here(tmp_path, ENGINES["vllm"]).argv
    said = here(tmp_path, {"model": "org/model", "engine": {"version": "0.32.0"}}).argv
    assert "--shutdown-timeout" in said


def test_usual_port_is_taken_when_it_is_free_and_any_other_when_not(tmp_path: Path, taken: int) -> None:
    custom = {**ENGINES["custom"], "engine": {**ENGINES["custom"]["engine"], "custom": {"port": taken}}}
    made = here(tmp_path, custom)
    assert made.port != taken
    assert made.environ["MODELSERVICE_PORT"] == str(made.port)
    assert str(made.port) in made.argv


def test_asked_port_in_use_is_refused(tmp_path: Path, taken: int) -> None:
    with pytest.raises(ModelServerError, match=f"Port {taken} of 127.0.0.1 is in use") as refused:
        here(tmp_path, ENGINES["mock"], port=taken)
    assert refused.value.reason == "PortInUse"


@pytest.mark.parametrize(
    ("spec", "reason", "sentence"),
    [
        pytest.param({"model": "pvc://models/x"}, "UnsupportedByEngine", "is a volume: name a file", id="claim"),
        pytest.param(
            {"model": "s3://bucket/model"}, "UnsupportedByEngine", "in clusters only: download it", id="bucket"
        ),
        pytest.param({"model": "a/b/c"}, "InvalidSpec", "is no model on the Hugging Face hub", id="reference"),
        pytest.param(
            {"model": "x/y", "engine": {"type": "triton"}}, "UnsupportedByEngine", "its image only", id="image"
        ),
        pytest.param(
            {"model": "x/y", "engine": {"options": {"dtipe": "half"}}}, "UnknownOption", "dtype", id="misspelt option"
        ),
        pytest.param(
            {"model": "x/y", "engine": {"type": "custom", "image": "i", "custom": {"port": 1}}},
            "InvalidSpec",
            "must begin with the program",
            id="entrypoint",
        ),
        pytest.param(
            {
                "model": "x/y",
                "engine": {"files": [{"name": "t", "path": "/t", "configMapKey": {"name": "c", "key": "k"}}]},
            },
            "UnsupportedByEngine",
            "write its text into engine.files",
            id="ConfigMap",
        ),
    ],
)
def test_what_cannot_run_here_is_refused_with_a_sentence(
    tmp_path: Path, spec: dict[str, Any], reason: str, sentence: str
) -> None:
    with pytest.raises(ModelServerError, match=sentence) as refused:
        here(tmp_path, spec)
    assert refused.value.reason == reason


@pytest.mark.parametrize(
    ("engine", "sentence"), [("vllm", "pip install vllm"), ("llamacpp", "llama.cpp"), ("custom", "its whole path")]
)
def test_missing_program_says_how_to_get_it(tmp_path: Path, engine: str, sentence: str) -> None:
    specs = {
        "vllm": ENGINES["vllm"],
        "llamacpp": ENGINES["llama.cpp"],
        "custom": {**ENGINES["custom"], "engine": {**ENGINES["custom"]["engine"], "args": ["serve-it"]}},
    }
    with pytest.raises(ModelServerError, match=r"is not installed on this machine\.") as refused:
        command(service(**specs[engine]), machine(tmp_path / "bin"), tmp_path, "127.0.0.1", None)
    assert refused.value.reason == "EngineMissing"
    assert sentence in refused.value.hint
