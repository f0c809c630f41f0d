"""What tests ask for: `api` (a control plane), `cluster` (with real nodes), `namespace` (fresh, of either).

With KUBECONFIG set they are that cluster, and tests that break a lab of their own are skipped.
"""

import os
import secrets
from collections.abc import Generator, Iterator
from pathlib import Path

import pytest

from lab.client import Client
from lab.errors import LabError
from lab.lab import Lab, Spec

NOT_OURS = "KUBECONFIG is set, and these tests break or change the cluster itself: unset it to run them on a lab"
NEEDS_ROOT = "real nodes need root: run these tests with sudo"


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """All tests that are skipped for one of our reasons make one line of the summary together."""
    report = yield
    if report.skipped and isinstance(report.longrepr, tuple):
        reason = report.longrepr[2].removeprefix("Skipped: ")
        if reason in (NOT_OURS, NEEDS_ROOT):
            report.longrepr = (__file__, 1, reason)
    return report


@pytest.fixture(scope="session")
def lab(request: pytest.FixtureRequest) -> Iterator[Lab]:
    """The control plane behind `api`, for tests that break it; they heal it before they end."""
    if foreign():
        pytest.skip(NOT_OURS)
    yield from started(request, Spec())


@pytest.fixture(scope="session")
def api(request: pytest.FixtureRequest) -> Iterator[Client]:
    """An administrator's client of a real API server with its controllers and scheduler."""
    kubeconfig = foreign() or request.getfixturevalue("lab").kubeconfig
    with Client(kubeconfig) as client:
        yield client


@pytest.fixture(scope="session")
def full(request: pytest.FixtureRequest) -> Iterator[Lab]:
    """The lab behind `cluster`, for tests that break nodes or bring images; they heal it before they end."""
    if foreign():
        pytest.skip(NOT_OURS)
    if os.geteuid():
        pytest.skip(NEEDS_ROOT)
    yield from started(request, Spec(nodes=2))


@pytest.fixture(scope="session")
def cluster(request: pytest.FixtureRequest) -> Iterator[Client]:
    """An administrator's client of a cluster with two real nodes of 8 GPUs each."""
    kubeconfig = foreign() or request.getfixturevalue("full").kubeconfig
    with Client(kubeconfig) as client:
        yield client


@pytest.fixture
def namespace(request: pytest.FixtureRequest) -> Iterator[str]:
    """A fresh namespace, of `cluster` if the test asks for that and else of `api`; it goes with the test."""
    client: Client = request.getfixturevalue("cluster" if "cluster" in request.fixturenames else "api")
    name = f"test-{secrets.token_hex(4)}"
    client.create({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}})
    client.wait("ServiceAccount", "default", name)
    yield name
    if client.find("Namespace", name):
        client.delete("Namespace", name)


def foreign() -> Path | None:
    """The kubeconfig of a cluster that is not a lab, if the user named one."""
    named = os.environ.get("KUBECONFIG")
    if named and os.pathsep in named:
        raise LabError("KUBECONFIG names several files: name the one whose cluster the tests shall use")
    return Path(named) if named else None


def started(request: pytest.FixtureRequest, spec: Spec) -> Iterator[Lab]:
    """A lab of this test run; what it builds is reported even while pytest captures output."""
    capture = request.config.pluginmanager.getplugin("capturemanager")
    with capture.global_and_fixture_disabled():
        lab = Lab.up(f"pytest-{os.getpid()}-{'full' if spec.nodes else 'api'}", spec, owned=True)
    yield lab
    lab.down()
