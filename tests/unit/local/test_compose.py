"""A ModelService from one line: the model, an engine or a file, options; and which engine is taken unasked."""

from __future__ import annotations

from pathlib import Path

import pytest

from a_machine import machine
from modelservice.local.compose import name_for, service
from modelservice.local.errors import ModelServerError
from modelservice.local.installed import suited


@pytest.mark.parametrize(
    ("model", "name"),
    [
        ("Qwen/Qwen2.5-7B-Instruct", "qwen2-5-7b-instruct"),
        ("org/model@v1.2", "model"),
        ("/data/tiny.gguf", "tiny"),
        ("01-ai/3B", "model-3b"),
        ("org/" + "x" * 90, "x" * 53),
    ],
)
def test_name_is_one_that_a_service_may_have(model: str, name: str) -> None:
    assert name_for(model) == name


def test_model_that_is_here_is_named_by_its_whole_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "tiny.gguf").touch()
    monkeypatch.chdir(tmp_path)
    assert service("tiny.gguf", "llamacpp").spec.model == str(tmp_path / "tiny.gguf")
    assert service("org/model", "vllm").spec.model == "org/model"


def test_options_and_all_other_fields_are_those_of_the_resource() -> None:
    made = service("org/model", "vllm", {"dtype": "half"}, name="mine", serving={"contextLength": 512})
    assert (made.metadata.name, made.spec.engine.options) == ("mine", {"dtype": "half"})
    assert made.spec.serving.context_length == 512


def test_python_file_is_a_server_of_ones_own_that_a_cluster_could_run_too(tmp_path: Path) -> None:
    (tmp_path / "my_server.py").write_text("print(1)")
    engine = service("org/model", str(tmp_path / "my_server.py")).spec.engine
    assert (engine.type, engine.args) == ("custom", ["python3", "/srv/my_server.py"])
    assert [(file.path, file.content) for file in engine.files] == [("/srv/my_server.py", "print(1)")]
    assert engine.image


@pytest.mark.parametrize(
    ("engine", "sentence"),
    [("vlm", "There is no engine vlm: name a Python file, or one of vllm"), ("no.py", "There is no file no.py")],
)
def test_unknown_engine_is_refused(engine: str, sentence: str) -> None:
    with pytest.raises(ModelServerError, match=sentence):
        service("org/model", engine)


def test_field_of_the_wrong_kind_is_refused_with_its_name() -> None:
    with pytest.raises(ModelServerError, match=r"spec.serving.contextLength"):
        service("org/model", "vllm", serving={"contextLength": "many"})


@pytest.mark.parametrize(
    ("programs", "model", "engine"),
    [
        (("vllm", "llama-server"), "org/model", "vllm"),
        (("vllm", "llama-server"), "/data/tiny.gguf", "llamacpp"),
        (("vllm", "llama-server"), "org/model-GGUF", "llamacpp"),
    ],
)
def test_engine_that_suits_the_model_is_taken_unasked(
    tmp_path: Path, programs: tuple[str, ...], model: str, engine: str
) -> None:
    assert suited(model, machine(tmp_path, *programs)) == engine


@pytest.mark.parametrize(("programs", "model"), [((), "org/model"), (("vllm",), "a.gguf"), (("llama-server",), "a/b")])
def test_mock_is_never_taken_unasked(tmp_path: Path, programs: tuple[str, ...], model: str) -> None:
    with pytest.raises(ModelServerError, match=f"No engine for {model} is installed") as refused:
        suited(model, machine(tmp_path, *programs))
    assert "engine mock" in refused.value.hint
