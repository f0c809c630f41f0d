"""Generated pages say what the code says."""

import json
import runpy
from pathlib import Path

import pytest

from engines.results import FILE
from engines.subjects import SUBJECTS

ROOT = Path(__file__).parents[3]


def test_reference_is_what_the_models_say() -> None:
    reference = runpy.run_path(str(ROOT / "make" / "reference.py"))["reference"]
    assert (ROOT / "docs" / "reference.md").read_text() == reference(), "run `make reference`"


def test_reasons_are_explained_as_the_command_line_does() -> None:
    page = runpy.run_path(str(ROOT / "make" / "reasons.py"))["page"]
    assert (ROOT / "docs" / "reasons.md").read_text() == page(), "run `make reference`"


def test_command_line_is_told_as_the_commands_take_it() -> None:
    page = runpy.run_path(str(ROOT / "make" / "cli.py"))["page"]
    assert (ROOT / "docs" / "cli.md").read_text() == page(), "run `make reference`"


def test_engines_are_shown_as_they_answered_on_the_lab() -> None:
    written = runpy.run_path(str(ROOT / "make" / "conformance.py"))["written"]
    page = (ROOT / "docs" / "engines.md").read_text()
    assert page == written(page), "run `make reference`"


@pytest.mark.parametrize("name", SUBJECTS)
def test_record_of_an_engine_is_whole_and_what_its_clients_are_promised(name: str) -> None:
    answers, expected = json.loads(FILE.read_text())[name]["answers"], SUBJECTS[name].expected
    assert list(answers) == list(expected), "run `make test-engines LONG=1`"
    wrong = {question: answer for question, answer in answers.items() if answer not in expected[question]}
    assert not wrong, "run `make test-engines LONG=1`"
