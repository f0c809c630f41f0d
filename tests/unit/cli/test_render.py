"""`modelservice render`: children on standard output, findings on standard error, and an exit code to rely on."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest
import yaml

from modelservice.cli.main import main

GOOD = """
apiVersion: modelservice.io/v1alpha1
kind: ModelService
metadata: {name: qwen}
spec: {model: org/model}
"""
REFUSED = GOOD.replace("org/model", "org/model, engine: {type: vllm, options: {max-model-length: 1}}").replace(
    "qwen", "other"
)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "service.yaml"


def test_render_prints_the_children_as_yaml(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file.write_text(GOOD)
    assert main(["render", str(file)]) == 0
    out, err = capsys.readouterr()
    kinds = [document["kind"] for document in yaml.safe_load_all(out)]
    assert kinds == ["ConfigMap", "ControllerRevision", "Deployment", "Service"]
    assert err == ""


def test_render_prints_a_list_as_json(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file.write_text(GOOD)
    assert main(["render", str(file), "-o", "json"]) == 0
    content = json.loads(capsys.readouterr().out)
    assert (content["kind"], len(content["items"])) == ("List", 4)


def test_render_reads_standard_input(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(GOOD))
    assert main(["render", "-"]) == 0
    assert "kind: Deployment" in capsys.readouterr().out


def test_render_uses_the_operators_configuration(
    file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file.write_text(GOOD)
    config = tmp_path / "config.yaml"
    config.write_text("registry: mirror.example.org")
    assert main(["render", str(file), "--config", str(config)]) == 0
    assert "image: mirror.example.org/vllm/vllm-openai" in capsys.readouterr().out


def test_render_of_a_refused_spec_fails_and_still_prints_the_others(
    file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file.write_text(f"{GOOD}---{REFUSED}")
    assert main(["render", str(file)]) == 1
    out, err = capsys.readouterr()
    assert {document["metadata"]["labels"]["modelservice.io/name"] for document in yaml.safe_load_all(out)} == {"qwen"}
    assert err.startswith("error: other: engine.options.max-model-length: ")
    assert err.rstrip().endswith("(UnknownOption)")


def test_render_tells_warnings_and_succeeds(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file.write_text(GOOD.replace("org/model}", "org/model, engine: {image: 'mine:1', args: [--not-known]}}"))
    assert main(["render", str(file)]) == 0
    assert capsys.readouterr().err.startswith("warning: qwen: ")


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        pytest.param(GOOD.replace("model:", "modle:"), "spec.modle is no field, did you mean model?", id="typo"),
        pytest.param(GOOD.replace("org/model}", "x, cache: }"), "spec.cache is empty: leave it out", id="nothing said"),
        pytest.param(GOOD.replace("org/model}", "x, gpu: {count: many}}"), "spec.gpu.count", id="wrong type"),
        pytest.param(GOOD.replace("qwen", "9qwen"), "metadata.name must be", id="name"),
        pytest.param("a: [", "is no YAML", id="no YAML"),
        pytest.param("", "is empty", id="empty"),
        pytest.param("kind: Pod", "something other than a ModelService", id="another kind"),
        pytest.param("just text", "something other than a ModelService", id="no map"),
    ],
)
def test_render_of_a_bad_file_names_what_to_mend(
    file: Path, capsys: pytest.CaptureFixture[str], text: str, sentence: str
) -> None:
    file.write_text(text)
    assert main(["render", str(file)]) == 1
    assert sentence in capsys.readouterr().err


def test_render_of_a_missing_file_says_so(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["render", str(tmp_path / "none.yaml")]) == 1
    assert "cannot be read: No such file" in capsys.readouterr().err


@pytest.mark.parametrize("command", ["render", "validate", "convert", "estimate"])
def test_file_that_is_no_text_is_one_sentence(command: str, file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file.write_bytes(b"\xff\xfe\x00")
    assert main([command, str(file)]) == 1
    assert f"error: {file} is no text in UTF-8" in capsys.readouterr().err


def test_render_of_a_bad_configuration_names_the_field(
    file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file.write_text(GOOD)
    config = tmp_path / "config.yaml"
    config.write_text("registri: x")
    assert main(["render", str(file), "--config", str(config)]) == 1
    assert "registri" in capsys.readouterr().err


@pytest.mark.parametrize(
    "model", ["s3://bucket/llama", "gs://bucket/llama", "https://example.org/q4.gguf", "modelscope://org/model"]
)
def test_render_of_what_a_loader_fetches_needs_no_configuration(
    file: Path, capsys: pytest.CaptureFixture[str], model: str
) -> None:
    engine = ", engine: {type: llamacpp}" if model.endswith(".gguf") else ""
    file.write_text(GOOD.replace("org/model", f"'{model}'{engine}"))
    assert main(["render", str(file)]) == 0
    out, err = capsys.readouterr()
    [deployment] = [child for child in yaml.safe_load_all(out) if child["kind"] == "Deployment"]
    [loader] = deployment["spec"]["template"]["spec"]["initContainers"]
    assert loader["image"] in err
    assert "--config FILE names your operator's" in err


def test_render_with_a_configuration_that_names_no_loader_says_so(
    file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file.write_text(GOOD.replace("org/model", "'s3://bucket/llama'"))
    config = tmp_path / "config.yaml"
    config.write_text("registry: mirror.example.org")
    assert main(["render", str(file), "--config", str(config)]) == 1
    assert "LoaderMissing" in capsys.readouterr().err
