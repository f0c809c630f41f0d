"""How the fixtures meet the machine they run on: without root, and with a cluster that is not ours."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from lab import binaries, cache, controlplane
from lab.errors import LabError
from lab.fixtures import NEEDS_ROOT, NOT_OURS, foreign
from lab.lab import Lab

ROOT = Path(__file__).parents[3]
HERE = Path(__file__).parent
NOBODY = 65534


def run_tests(*arguments: str | Path, prefix: tuple[str, ...] = (), **settings: str) -> str:
    """The report of a pytest run of its own, which must succeed."""
    command = [*prefix, sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-q", *arguments]
    env = os.environ | {"MODELSERVICE_CACHE": str(cache.root()), "PYTHONDONTWRITEBYTECODE": "1"} | settings
    done = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def ordinary_user() -> tuple[str, ...]:
    """A prefix that takes root away; reading stays allowed, since this clone may lie in a folder of root's."""
    if os.geteuid():
        return ()
    reading = ("--bounding-set=-all,+dac_read_search", "--inh-caps=+dac_read_search", "--ambient-caps=+dac_read_search")
    return ("setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups", *reading)


def test_ordinary_user_has_the_control_plane_and_sees_one_line_for_the_nodes() -> None:
    binaries.paths(*controlplane.PROGRAMS, "kubectl")
    report = run_tests(HERE / "test_api.py", HERE / "test_nodes.py", prefix=ordinary_user())
    skipped = [line for line in report.splitlines() if NEEDS_ROOT in line]
    assert len(skipped) == 1, report
    assert " passed" in report


def test_named_cluster_is_used_as_it_is(lab: Lab) -> None:
    before = {found.identity.name for found in Lab.all()}
    report = run_tests(HERE / "test_api.py", KUBECONFIG=str(lab.kubeconfig))
    assert "skipped" not in report
    assert {found.identity.name for found in Lab.all()} >= before


def test_tests_that_break_things_leave_a_named_cluster_alone(lab: Lab) -> None:
    report = run_tests(HERE / "test_faults.py", KUBECONFIG=str(lab.kubeconfig))
    skipped = [line for line in report.splitlines() if NOT_OURS in line]
    assert len(skipped) == 1, report
    assert "passed" not in report


def test_list_of_kubeconfigs_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KUBECONFIG", "/one:/two")
    with pytest.raises(LabError, match="KUBECONFIG names several files"):
        foreign()
