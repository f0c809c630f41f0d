"""What other tools' public pages show becomes a ModelService that is accepted, and nothing is lost without a word."""

from __future__ import annotations

import base64
import json
from pathlib import Path

import pytest
import yaml

from modelservice.api.admission import refusals
from modelservice.api.config import LoaderImage, OperatorConfig
from modelservice.api.resource import parse
from modelservice.cli.commands.render import render
from modelservice.cli.main import main
from unit.convert.cases import INPUTS, converted, expected, outcome

Captured = pytest.CaptureFixture[str]
ALL = pytest.mark.parametrize("path", INPUTS, ids=lambda path: path.stem)

WITH_LOADER = OperatorConfig(loader=LoaderImage(image="registry.example.org/models/loader"))


@ALL
def test_input_comes_to_what_was_reviewed(path: Path) -> None:
    assert outcome(path) == expected(path).read_text(), "run `make golden` and read the diff"


@ALL
def test_result_would_not_be_refused(path: Path) -> None:
    manifest = converted(path).manifest
    assert refusals(manifest) == []
    _, findings = render(parse(manifest), WITH_LOADER)
    assert not [found.told for found in findings if found.refuses]


@ALL
def test_input_names_its_source_or_says_that_it_is_ours(path: Path) -> None:
    assert path.read_text().startswith(("# after ", "# composed: "))


def test_secret_values_are_never_repeated(tmp_path: Path, capsys: Captured) -> None:
    secrets = "-e HF_TOKEN=hf_0123456789 -e AWS_SECRET_ACCESS_KEY=0123456789"
    line = f"docker run --gpus all {secrets} vllm/vllm-openai:v0.32.0 --model a/b --api-key sk-0123456789\n"
    (tmp_path / "run.sh").write_text(line)
    assert main(["convert", str(tmp_path / "run.sh")]) == 0
    out, err = capsys.readouterr()
    assert "0123456789" not in out + err
    assert "kubectl create secret generic b-hf-token" in err
    assert "auth.apiKeySecret" in err
    assert "b-aws-secret-access-key --from-literal=AWS_SECRET_ACCESS_KEY=..." in err


def test_command_line_is_taken_after_two_dashes(capsys: Captured) -> None:
    assert (
        main(["convert", "--name", "mine", "--", "podman", "run", "--gpus", "2", "vllm/vllm-openai:v0.32.0", "a/b"])
        == 0
    )
    body = yaml.safe_load(capsys.readouterr().out)
    assert (body["metadata"]["name"], body["spec"]["gpu"]) == ("mine", {"count": 2})


def test_options_in_base64_become_engine_options(capsys: Captured) -> None:
    said = {"dtype": "half", "max_model_len": 4096, "enforce-eager": True, "hf-overrides": {"a": 1}}
    text = base64.b64encode(json.dumps(said).encode()).decode()
    assert main(["convert", "--model", "org/name", "--options-b64", text]) == 0
    assert yaml.safe_load(capsys.readouterr().out)["spec"] == {
        "model": "org/name",
        "engine": {
            "options": {"dtype": "half", "max-model-len": 4096, "enforce-eager": True, "hf-overrides": {"a": 1}}
        },
    }


@pytest.mark.parametrize("text", ["%%%", base64.b64encode(b"[1]").decode()], ids=["no-base64", "no-object"])
def test_options_that_cannot_be_read_are_refused(text: str, capsys: Captured) -> None:
    assert main(["convert", "--model", "org/name", "--options-b64", text]) == 1
    assert "the options are no" in capsys.readouterr().err


def test_every_server_of_a_file_is_converted_and_the_rest_passed_over(tmp_path: Path, capsys: Captured) -> None:
    one = (INPUTS[0].parent / "deployment-vllm-docs-nvidia.yaml").read_text()
    two = one.replace("mistral-7b", "other")
    (tmp_path / "all.yaml").write_text(f"{one}---\napiVersion: v1\nkind: Service\nmetadata: {{name: a}}\n---\n{two}")
    assert main(["convert", str(tmp_path / "all.yaml")]) == 0
    names = [body["metadata"]["name"] for body in yaml.safe_load_all(capsys.readouterr().out)]
    assert names == ["mistral-7b", "other"]


def test_input_without_a_server_names_what_is_read(tmp_path: Path, capsys: Captured) -> None:
    (tmp_path / "a.yaml").write_text("apiVersion: v1\nkind: Service\nmetadata: {name: a}\n")
    assert main(["convert", str(tmp_path / "a.yaml")]) == 1
    assert "LLMInferenceService (serving.kserve.io)" in capsys.readouterr().err
