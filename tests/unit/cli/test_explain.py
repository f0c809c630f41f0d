"""`modelservice explain`: the page of reasons at one's fingertips."""

from __future__ import annotations

import json

import pytest

from modelservice.api.reasons import Reason
from modelservice.cli.main import main

Captured = pytest.CaptureFixture[str]


def test_reason_is_explained_whatever_its_case(capsys: Captured) -> None:
    assert main(["explain", "notenoughgpus"]) == 0
    assert capsys.readouterr().out == (
        "NotEnoughGPUs: no node has as many free GPUs as a replica asks for\n"
        "what to do: wait, free some, or lower `gpu.count`\n"
    )


def test_typo_gets_the_nearest_reason(capsys: Captured) -> None:
    assert main(["explain", "CrashLop"]) == 4
    assert "did you mean CrashLoop?" in capsys.readouterr().err


def test_all_reasons_are_listed_without_one(capsys: Captured) -> None:
    assert main(["explain"]) == 0
    out = capsys.readouterr().out
    assert all(f"\n{reason} " in out for reason in Reason)


def test_output_for_programs_has_every_reason(capsys: Captured) -> None:
    assert main(["explain", "-o", "json"]) == 0
    assert {told["reason"] for told in json.loads(capsys.readouterr().out)} == set(Reason)
