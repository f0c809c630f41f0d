"""What `bench` asks, and how it tells what came of it."""

from __future__ import annotations

from pathlib import Path

import pytest

from modelservice.cli.bench_report import Measured, as_text
from modelservice.cli.exits import CommandError
from modelservice.cli.prompts import asked, read_prompts, repeated
from modelservice.talk.figures import Figures

FAST = Figures(4, {}, 2.0, 100, (0.01, 0.02, 0.04), (0.001, 0.001, 0.002), (0.2, 0.3, 0.5))
SLOW = Figures(4, {"500": 1}, 4.0, 60, (0.5, 0.8, 1.0), (0.1, 0.1, 0.1), (2.0, 2.5, 3.0))
REPORT = """\
                      fast       slow
answered              4 of 4     3 of 4
wall time             2.00 s     4.00 s
answers/s             2.00       0.75
tokens/s              50.0       15.0
first token, p50      10.0 ms    500.0 ms
first token, p90      20.0 ms    800.0 ms
first token, p99      40.0 ms    1.00 s
"""


def test_report_has_a_column_for_each_server_and_a_picture_of_each_spread() -> None:
    text = as_text([Measured("fast", "org/model", 0.001, FAST), Measured("slow", "org/model", 0.002, SLOW)])
    assert text.startswith(REPORT), text
    assert "empty round trip      1.0 ms     2.0 ms\n" in text
    table, *pictures = text.split("\n\n")
    assert [picture.splitlines()[0] for picture in pictures] == [
        "first token, up to 1.00 s (█ p50 ▒ p90 ░ p99)",
        "between tokens, up to 100.0 ms (█ p50 ▒ p90 ░ p99)",
        "whole answer, up to 3.00 s (█ p50 ▒ p90 ░ p99)",
    ], table
    fast, slow = pictures[0].splitlines()[1:3]
    assert fast.startswith("fast ")
    assert slow.count("█") > 10 * fast.count("█") > 0


def test_prompts_of_a_file_are_text_or_json(tmp_path: Path) -> None:
    talk = '[{"role": "system", "content": "brief"}, {"role": "user", "content": "hi"}]'
    (tmp_path / "prompts").write_text(f'Why?\n\n{{"prompt": "How?"}}\n{{"messages": {talk}}}\n')
    found = read_prompts(str(tmp_path / "prompts"))
    assert found[:2] == [asked("Why?"), asked("How?")]
    assert [message["role"] for message in found[2]] == ["system", "user"]
    assert repeated(found, 4) == [*found, found[0]]


BROKEN = {
    "empty": ("\n", "is empty"),
    "no JSON": ("{oops\n", "prompts:1 is no JSON"),
    "neither": ('fine\n{"text": "x"}\n', "prompts:2 has neither a text `prompt` nor a list `messages`"),
}


@pytest.mark.parametrize(("content", "told"), BROKEN.values(), ids=BROKEN)
def test_prompts_that_cannot_be_read_are_named_by_their_line(tmp_path: Path, content: str, told: str) -> None:
    (tmp_path / "prompts").write_text(content)
    with pytest.raises(CommandError, match=told):
        read_prompts(str(tmp_path / "prompts"))
