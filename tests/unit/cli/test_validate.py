"""`modelservice validate`: what would be refused, by file and name, with an exit code that CI can rely on."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest

from modelservice.api import rules_offline
from modelservice.cli.main import main

GOOD = """
apiVersion: modelservice.io/v1alpha1
kind: ModelService
metadata: {name: qwen}
spec: {model: org/model}
"""
TYPO = GOOD.replace("qwen", "typo").replace("{model: org/model}", "{model: org/model, replica: 2}")
BROKEN_RULE = GOOD.replace("qwen", "rule").replace("{model: org/model}", "{model: org/model, cache: {readOnly: true}}")
UNKNOWN_OPTION = GOOD.replace("qwen", "option").replace(
    "{model: org/model}", "{model: org/model, engine: {options: {max-model-length: 1}}}"
)
OTHER = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n"

Captured = pytest.CaptureFixture[str]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "deep").mkdir()
    return tmp_path


def test_good_files_pass(folder: Path, capsys: Captured) -> None:
    (folder / "a.yaml").write_text(f"{GOOD}---\n{GOOD.replace('qwen', 'other')}")
    assert main(["validate", str(folder / "a.yaml")]) == 0
    assert capsys.readouterr().out == "2 ModelServices: nothing would be refused\n"


def test_all_that_is_wrong_is_told_at_once(folder: Path, capsys: Captured) -> None:
    (folder / "a.yaml").write_text("---\n".join([OTHER, GOOD, TYPO, BROKEN_RULE]))
    (folder / "deep" / "b.yml").write_text(UNKNOWN_OPTION)
    assert main(["validate", str(folder)]) == 1
    lines = capsys.readouterr().out.splitlines()
    assert [line.partition(": ")[0] for line in lines] == [str(folder / "a.yaml")] * 2 + [
        str(folder / "deep" / "b.yml")
    ]
    assert "error: typo: spec.replica is no field, did you mean replicas? (InvalidSpec)" in lines[0]
    assert "error: rule: spec.cache.readOnly needs claimName" in lines[1]
    assert "Did you mean `--max-model-len`?" in lines[2]
    assert lines[2].endswith("(UnknownOption)")


def test_items_of_a_list_are_looked_at(folder: Path, capsys: Captured) -> None:
    body = {"kind": "List", "apiVersion": "v1", "items": [{"kind": "ModelService", "apiVersion": "modelservice.io/v1"}]}
    (folder / "a.json").write_text(json.dumps(body))
    assert main(["validate", str(folder)]) == 1
    assert "apiVersion must be modelservice.io/v1alpha1" in capsys.readouterr().out


def test_key_that_stands_twice_is_an_error(folder: Path, capsys: Captured) -> None:
    (folder / "a.yaml").write_text(GOOD + "spec: {model: org/other}\n")
    assert main(["validate", str(folder)]) == 1
    assert "'spec' stands there twice" in capsys.readouterr().out


def test_output_for_programs_names_file_field_and_reason(monkeypatch: pytest.MonkeyPatch, capsys: Captured) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(TYPO))
    assert main(["validate", "-", "-o", "json"]) == 1
    answer = json.loads(capsys.readouterr().out)
    assert (answer["looked"], answer["rules"]) == (1, True)
    (problem,) = answer["problems"]
    assert {key: problem[key] for key in ("file", "name", "severity", "reason", "field")} == {
        "file": "standard input",
        "name": "typo",
        "severity": "error",
        "reason": "InvalidSpec",
        "field": "spec.replica",
    }


def test_warnings_do_not_fail(folder: Path, capsys: Captured) -> None:
    spec = "{model: org/model, engine: {image: 'own:1', options: {no-such-option: 1}}}"
    (folder / "a.yaml").write_text(GOOD.replace("{model: org/model}", spec))
    assert main(["validate", str(folder)]) == 0
    assert "warning: qwen: " in capsys.readouterr().out


def test_files_of_other_kinds_are_passed_over(folder: Path, capsys: Captured) -> None:
    """As pre-commit hands them in."""
    (folder / "a.yaml").write_text(OTHER)
    assert main(["validate", str(folder)]) == 0
    assert capsys.readouterr().out == "0 ModelServices: nothing would be refused\n"


def test_missing_evaluator_is_told(folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: Captured) -> None:
    monkeypatch.setattr(rules_offline, "installed", lambda: False)
    (folder / "a.yaml").write_text(BROKEN_RULE)
    assert main(["validate", str(folder)]) == 0
    assert "pip install 'modelservice[validate]'" in capsys.readouterr().err
