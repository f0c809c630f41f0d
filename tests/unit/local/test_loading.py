"""How far an engine is, as its log says."""

from __future__ import annotations

import pytest

from modelservice.local.loading import step


@pytest.mark.parametrize(
    ("lines", "seen"),
    [
        pytest.param([], ("", None), id="silence"),
        pytest.param(["INFO starting"], ("INFO starting", None), id="a line"),
        pytest.param(
            ["Loading safetensors checkpoint shards:  50% Completed | 1/2 [00:01<00:01]"],
            ("Loading safetensors checkpoint shards", 50),
            id="weights",
        ),
        pytest.param(
            ["(EngineCore_0 pid=7) Capturing CUDA graphs:   7%|7         | 5/67"],
            ("Capturing CUDA graphs", 7),
            id="a worker's",
        ),
        pytest.param(["Fetching 5 files: 100%|####| 5/5", "INFO warming up"], ("INFO warming up", None), id="done"),
        pytest.param(["model.safetensors:  33%|###   | 1.0G/3.0G", "INFO x"], ("model.safetensors", 33), id="download"),
    ],
)
def test_step_is_the_bar_that_is_not_full_or_the_last_line(lines: list[str], seen: tuple[str, int | None]) -> None:
    assert step(lines) == seen
