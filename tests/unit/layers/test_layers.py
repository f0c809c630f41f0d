"""`make test` runs its layers side by side, and what it says at its end is enough to know what failed."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

LAYERS = Path(__file__).parents[3] / "make" / "layers.py"
TEST = {
    "right": "def test_right(): pass",
    "busy": """
from pathlib import Path

def test_right():
    with Path("asked").open("a") as asked:
        asked.write("right ")

def test_in_time():
    with Path("asked").open("a") as asked:
        asked.write("in_time ")
    late = not Path("before").exists()
    Path("before").touch()
    assert not late
""",
    "wrong": "def test_wrong(): assert 1 == 2",
}


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """Four layers of one file each."""
    targets = {"lint": "wrong", "test-right": "right", "test-busy": "busy", "test-wrong": "wrong"}
    rule = "\t@{} -m pytest -q -o cache_dir=.cache/$@ --rootdir=. test_$@.py $(ARGS)"
    (tmp_path / "Makefile").write_text(f"{' '.join(targets)}:\n{rule.format(sys.executable)}\n")
    (tmp_path / "pytest.ini").write_text("[pytest]\n")
    for target, kind in targets.items():
        (tmp_path / f"test_{target}.py").write_text(TEST[kind])
    return tmp_path


def layers(project: Path, *words: str) -> subprocess.CompletedProcess[str]:
    quick = {**os.environ, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    return subprocess.run([sys.executable, LAYERS, *words], cwd=project, env=quick, capture_output=True, text=True)


def test_layers_that_pass_are_named_and_their_lines_told_apart(project: Path) -> None:
    done = layers(project, "test-right")
    assert done.returncode == 0
    assert "test-right: 1 passed" in done.stdout
    assert done.stdout.splitlines()[-1].endswith("passed")


def test_layer_that_fails_fails_the_whole_and_its_tests_are_the_last_words(project: Path) -> None:
    done = layers(project, "test-wrong", "test-right")
    assert done.returncode == 1
    last = done.stdout.partition("Layers side by side:")[2]
    assert "test-wrong" in last
    assert "FAILED test_test-wrong.py::test_wrong - assert 1 == 2" in last


def test_test_that_failed_in_company_is_asked_once_more_and_alone(project: Path) -> None:
    done = layers(project, "--again", "test-busy", "test-right")
    assert done.returncode == 0
    assert (project / "asked").read_text() == "right in_time in_time "
    assert "FAILED test_test-busy.py::test_in_time" in done.stdout.partition("Layers side by side:")[2]


def test_test_is_asked_once_where_nobody_wants_it_again(project: Path) -> None:
    assert layers(project, "test-busy").returncode == 1


def test_test_that_fails_twice_fails_the_whole(project: Path) -> None:
    assert layers(project, "--again", "test-wrong").returncode == 1


def test_what_no_time_can_mend_is_not_asked_again(project: Path) -> None:
    done = layers(project, "--again", "lint", "test-busy")
    assert done.returncode == 1
    assert (project / "asked").read_text() == "right in_time "
