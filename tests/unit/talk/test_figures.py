"""The figures of `bench`: percentiles that were seen, errors apart, and a picture on one scale."""

from __future__ import annotations

from pathlib import Path

import pytest

from modelservice.cli.bench_report import Measured, as_json, as_text
from modelservice.cli.exits import CommandError
from modelservice.cli.prompts import asked, read_prompts, repeated
from modelservice.talk.figures import Figures, figures, spread
from modelservice.talk.load import Outcome
from modelservice.talk.plot import bars

SEEN = (
    Outcome(began=10.0, ended=12.0, pieces=(10.5, 11.0, 12.0), tokens=3),
    Outcome(began=10.0, ended=14.0, pieces=(11.5, 14.0), tokens=2),
    Outcome(began=12.0, ended=15.0, error="the answer broke off"),
)


def test_figures_count_failures_apart() -> None:
    seen = figures(SEEN)
    assert (seen.requests, seen.answered, seen.errors) == (3, 2, {"the answer broke off": 1})
    assert (seen.wall, seen.tokens, seen.tokens_per_second, seen.requests_per_second) == (5.0, 5, 1.0, 0.4)
    assert seen.first == (0.5, 1.5, 1.5)
    assert seen.between == (1.0, 2.5, 2.5)
    assert seen.total == (2.0, 4.0, 4.0)


def test_figures_of_nothing_but_failures_have_no_times() -> None:
    seen = figures(SEEN[2:])
    assert (seen.answered, seen.first, seen.between, seen.total) == (0, (), (), ())
    assert figures(()).wall == 0


@pytest.mark.parametrize(
    ("values", "wanted"),
    [([], ()), ([7.0], (7.0, 7.0, 7.0)), ([float(n) for n in range(200, 0, -1)], (100.0, 180.0, 198.0))],
)
def test_percentiles_are_values_that_were_seen(values: list[float], wanted: tuple[float, ...]) -> None:
    assert spread(values) == wanted


def test_bars_share_a_scale_and_whatever_was_seen_shows() -> None:
    assert bars({"fast": (0.001, 0.002, 0.1), "slow": (0.5, 1.0, 1.0), "dead": ()}, width=10) == [
        "fast  █",
        "slow  █████▒▒▒▒▒",
        "dead",
    ]


def test_report_has_a_column_for_each_server_and_json_has_everything() -> None:
    measured = [Measured(name, "m", 0.002, figures(SEEN)) for name in ("one", "two")]
    lines = [line.split("   ") for line in as_text(measured).splitlines()]
    rows = {cells[0].strip(): [cell.strip() for cell in cells[1:] if cell.strip()] for cells in lines if cells}
    assert rows["answered"] == ["2 of 3", "2 of 3"]
    assert rows["first token, p50"] == ["500.0 ms", "500.0 ms"]
    assert rows["whole answer, p99"] == ["4.00 s", "4.00 s"]
    told = as_json(measured[0])
    assert told["firstTokenSeconds"] == {"p50": 0.5, "p90": 1.5, "p99": 1.5}
    assert told["errors"] == {"the answer broke off": 1}


def test_report_of_a_server_that_failed_shows_that_nothing_was_seen() -> None:
    nothing = Figures(requests=1, errors={"x": 1}, wall=1.0, tokens=0, first=(), between=(), total=())
    lines = as_text([Measured("dead", "m", 0.1, nothing)]).splitlines()
    assert ["first", "token,", "p50", "-"] in [line.split() for line in lines]


def test_prompts_of_a_file_are_asked_in_turn(tmp_path: Path) -> None:
    file = tmp_path / "prompts"
    file.write_text('plain words\n\n{"prompt": "of JSON"}\n{"messages": [{"role": "system", "content": "s"}]}\n')
    prompts = read_prompts(str(file))
    assert prompts == [asked("plain words"), asked("of JSON"), [{"role": "system", "content": "s"}]]
    assert repeated(prompts, 4) == [*prompts, prompts[0]]


@pytest.mark.parametrize(
    ("text", "sentence"),
    [("\n", "is empty"), ('{"text": "x"}', "prompts:1 has neither"), ("{", "prompts:1 is no JSON")],
)
def test_file_that_holds_no_prompts_says_where(tmp_path: Path, text: str, sentence: str) -> None:
    file = tmp_path / "prompts"
    file.write_text(text)
    with pytest.raises(CommandError, match=sentence):
        read_prompts(str(file))
