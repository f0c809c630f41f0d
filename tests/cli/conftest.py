"""What the tests of the command line share: a real API server with the operator, and the program as a subprocess."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from api.conftest import crd, nodes  # noqa: F401  (the same world as the operator's own tests)
from lab.client import Client
from model_services import ModelServices
from operator_account import OperatorAccount, operator_account
from running_operator import PACKAGE, RunningOperator

WITHIN = 60.0


@pytest.fixture(scope="session")
def account(api: Client, crd: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[OperatorAccount]:  # noqa: ARG001, F811
    """The operator's own, with the chart's rights."""
    with operator_account(api, "default", tmp_path_factory.mktemp("operator")) as account:
        yield account


@pytest.fixture(scope="session")
def replica(account: OperatorAccount) -> Iterator[RunningOperator]:
    """One replica for all tests of the command line, which break none. It is started by who needs it first."""
    running = RunningOperator(account.kubeconfig)
    yield running
    running.__exit__()


@pytest.fixture(scope="module")
def operator(replica: RunningOperator) -> RunningOperator:
    """It works."""
    if not replica.running:
        replica.start()
    return replica.wait(replica.leads)


@pytest.fixture(scope="module")
def nobody_operates(replica: RunningOperator) -> None:
    """What a test writes into a status stays."""
    if replica.running:
        replica.stop()


class Program:
    """`modelservice`, typed by a user whose kubeconfig names the test's namespace."""

    def __init__(self, kubeconfig: Path, namespace: str, folder: Path) -> None:
        self.folder = folder
        self.argv = [sys.executable, "-m", "modelservice"]
        self.environment = {**os.environ, "PYTHONPATH": str(PACKAGE), "KUBECONFIG": str(kubeconfig)}
        self.where = ["--namespace", namespace]

    def __call__(self, *words: str, code: int = 0, stdin: str = "") -> str:
        """What it prints to standard output. It must end with `code`."""
        done = self.run(*words, stdin=stdin)
        assert done.returncode == code, f"{words} ended with {done.returncode}:\n{done.stdout}{done.stderr}"
        return done.stdout

    def refused(self, *words: str, code: int) -> str:
        """What it says on standard error when it must fail with this code; nothing goes to standard output."""
        done = self.run(*words)
        assert (done.returncode, done.stdout) == (code, ""), (done.returncode, done.stdout, done.stderr)
        return done.stderr

    def start(self, *words: str) -> subprocess.Popen[str]:
        """While it runs, the test goes on."""
        return subprocess.Popen(
            [*self.argv, *words, *self.where],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            cwd=self.folder,
            env=self.environment,
        )

    def run(self, *words: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [*self.argv, *words, *self.where],
            input=stdin,
            capture_output=True,
            text=True,
            cwd=self.folder,
            env=self.environment,
            timeout=WITHIN,
        )


@pytest.fixture
def modelservice(api: Client, namespace: str, crd: None, tmp_path: Path) -> Program:  # noqa: ARG001, F811
    """The command line, on a cluster with the CRD."""
    return Program(api.kubeconfig, namespace, tmp_path)


@pytest.fixture
def services(request: pytest.FixtureRequest, api: Client, namespace: str) -> ModelServices:
    """The ModelServices of this test's namespace, with an operator that works and nodes that play their pods."""
    for needed in ("operator", "nodes"):
        request.getfixturevalue(needed)
    return ModelServices(api, namespace)
