"""What is built is built once, whole, and under a name that changes with what it is made from."""

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from lab import cache

TESTS = Path(__file__).parents[2]
SLOW_BUILD = """
import sys, time
from pathlib import Path
from lab import cache

def build(target):
    with Path(sys.argv[1], "builds").open("a") as log:
        print("built", file=log)
    time.sleep(0.3)
    target.write_text("whole")

print(cache.make(Path(sys.argv[1], "thing"), "a slow thing", build).read_text())
"""


@pytest.fixture(autouse=True)
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MODELSERVICE_CACHE", str(tmp_path / "cache"))


def test_two_builds_of_one_thing_build_it_once(tmp_path: Path) -> None:
    command = [sys.executable, "-c", SLOW_BUILD, str(tmp_path)]
    env = os.environ | {"PYTHONPATH": str(TESTS)}
    racers = [subprocess.Popen(command, env=env, stdout=subprocess.PIPE, text=True) for _ in range(3)]
    assert [racer.communicate()[0] for racer in racers] == ["whole\n"] * 3
    assert (tmp_path / "builds").read_text() == "built\n"


def test_failed_build_leaves_nothing_to_be_taken_for_the_thing(tmp_path: Path) -> None:
    def fail(target: Path) -> None:
        target.write_text("half")
        raise OSError("disk full")

    with pytest.raises(OSError, match="disk full"):
        cache.make(tmp_path / "thing", "a thing", fail)
    assert not (tmp_path / "thing").exists()
    assert cache.make(tmp_path / "thing", "a thing", lambda target: target.write_text("whole")).read_text() == "whole"


def test_progress_says_how_long_it_took_last_time(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name in ("one", "two"):
        cache.make(tmp_path / name, "a thing", lambda target: target.touch())
    assert capsys.readouterr().err.splitlines() == [
        "lab: building a thing ...",
        "lab: built a thing in 0 s",
        "lab: building a thing (0 s last time) ...",
        "lab: built a thing in 0 s",
    ]


def test_digest_changes_with_content_names_and_text(tmp_path: Path) -> None:
    file = tmp_path / "one"
    names = set()
    for content in ("a", "b"):
        file.write_text(content)
        names |= {cache.digest(tmp_path), cache.digest(tmp_path, "text")}
    file.rename(tmp_path / "two")
    names.add(cache.digest(tmp_path))
    assert len(names) == 5


def test_digest_does_not_care_where_the_folder_lies(tmp_path: Path) -> None:
    for place in ("here", "there"):
        (tmp_path / place).mkdir()
        (tmp_path / place / "file").write_text("same")
    assert cache.digest(tmp_path / "here") == cache.digest(tmp_path / "there")


def test_what_nobody_has_used_for_a_week_goes_when_a_newer_one_is_built(tmp_path: Path) -> None:
    week = 8 * 24 * 3600
    names = ["thing-0123456789abcdef.tar", "thing-1123456789abcdef.tar", "thing-more-0123456789abcdef.tar", "thing"]
    for name in names:
        made = cache.make(tmp_path / name, name, lambda target: target.touch())
        os.utime(made, (time.time() - week, time.time() - week))
    cache.make(tmp_path / names[1], names[1], lambda target: target.touch())
    newest = cache.make(tmp_path / "thing-2123456789abcdef.tar", "thing", lambda target: target.touch())
    left = {path for path in tmp_path.iterdir() if not path.name.startswith(".") and path.is_file()}
    assert left == {newest, *(tmp_path / name for name in names[1:])}
