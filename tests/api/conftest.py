"""What the tests on a real API server share: the installed CRD, and our own session as the administrator."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from lab.client import Client
from lab.fakenodes import FakeNodes
from lab.gpus import EIGHT_H200
from lab.lab import Lab
from model_services import ModelServices
from modelservice.kube import kubeconfig
from modelservice.kube.session import Session
from operator_account import OperatorAccount, operator_account
from running_operator import RunningOperator

CRD = Path(__file__).parents[2] / "crds" / "modelservice.yaml"


@pytest.fixture(scope="session")
def crd(api: Client) -> None:
    """The CustomResourceDefinition, served."""
    api.install(CRD)


@pytest.fixture
async def session(api: Client) -> AsyncIterator[Session]:
    """An open session that may do everything."""
    async with Session(kubeconfig.load([api.kubeconfig])) as session:
        yield session


@pytest.fixture
def account(api: Client, namespace: str, tmp_path: Path) -> Iterator[OperatorAccount]:
    """The operator's ServiceAccount in this test's namespace, with the chart's rights; the tests are administrators."""
    with operator_account(api, namespace, tmp_path) as account:
        yield account


@pytest.fixture(scope="session")
def nodes(lab: Lab) -> Iterator[FakeNodes]:
    """Two nodes without GPUs and one with eight, whose pods turn Ready, crash or hang as their annotation says."""
    with FakeNodes(lab.controlplane) as fake:
        fake.add(2)
        fake.add(1, EIGHT_H200, prefix="gpu")
        yield fake


@pytest.fixture(scope="module")
def operator(api: Client, crd: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningOperator]:
    """One replica that works, with the chart's rights, for tests that do not break it."""
    del crd
    folder = tmp_path_factory.mktemp("operator")
    with operator_account(api, "default", folder) as account, RunningOperator(account.kubeconfig) as running:
        yield running.wait(running.leads)


@pytest.fixture
def services(api: Client, namespace: str, crd: None) -> ModelServices:
    """The ModelServices of this test's namespace."""
    del crd
    return ModelServices(api, namespace)
