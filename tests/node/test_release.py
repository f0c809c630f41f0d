"""The operator comes, changes and goes by Helm, while models serve: no request is lost and no pod starts anew."""

from collections.abc import Callable, Iterator

import pytest

from chart.helm import CHART, FIRST, helm
from lab.client import Client, Manifest
from node.conftest import Serve
from node.engines import ENGINES
from node.release import OPERATOR_NAMESPACE, install
from traffic.driver import Load, Traffic

NAME = "tiny"
SELECTOR = f"modelservice.io/name={NAME},modelservice.io/component=engine"
OPERATORS = "app.kubernetes.io/name=modelservice-operator"
SPEC = {**ENGINES["mock"].serving(), "replicas": 2}


@pytest.fixture
def release(cluster: Client, operator: str) -> Iterator[str]:
    """The release that all tests share; here it may go, and it comes back."""
    yield operator
    install(cluster, "upgrade", CHART, "--install")


@pytest.fixture
def newer_rights(cluster: Client) -> Iterator[None]:
    """The image of today stands in for that of the first chart, and needs what that chart does not grant yet."""
    name, account = "newer-rights", f"{OPERATOR_NAMESPACE}:ms-modelservice-operator"
    cluster.kubectl("create", "clusterrole", name, "--verb=get,list,watch,create,patch,delete", "--resource=jobs.batch")
    cluster.kubectl("create", "clusterrolebinding", name, f"--clusterrole={name}", f"--serviceaccount={account}")
    yield
    cluster.kubectl("delete", "clusterrolebinding,clusterrole", name)


@pytest.fixture
def traffic(cluster: Client, namespace: str) -> Callable[[], Traffic]:
    def clients() -> Traffic:
        address = cluster.get("Service", NAME, namespace)["spec"]["clusterIP"]
        return Traffic(Load(url=f"http://{address}:8000/v1", model=NAME, clients=4, max_tokens=40))

    return clients


def engines(cluster: Client, namespace: str) -> dict[str, int]:
    """Each pod by its UID, with how often its container has started anew."""
    pods = cluster.list("Pod", namespace, labels=SELECTOR)
    return {pod["metadata"]["uid"]: pod["status"]["containerStatuses"][0]["restartCount"] for pod in pods}


def operators(cluster: Client) -> set[str]:
    pods = cluster.list("Pod", OPERATOR_NAMESPACE, labels=OPERATORS)
    return {pod["metadata"]["uid"] for pod in pods if "deletionTimestamp" not in pod["metadata"]}


def uninstall(cluster: Client) -> None:
    helm("uninstall", "ms", "--namespace", OPERATOR_NAMESPACE, "--wait", kubeconfig=cluster.kubeconfig)


def reconciled(cluster: Client, namespace: str, round: int) -> None:
    """The operator works: what is edited comes about, and its status says so."""
    cluster.patch("ModelService", NAME, {"spec": {"service": {"labels": {"round": str(round)}}}}, namespace)

    def labelled(service: Manifest) -> bool:
        return bool(service["metadata"]["labels"].get("round") == str(round))

    cluster.wait("Service", NAME, namespace, labelled, timeout=60)


@pytest.mark.usefixtures("newer_rights")
def test_upgrade_and_rollback_lose_no_request_and_restart_no_pod(
    release: str, cluster: Client, namespace: str, traffic: Callable[[], Traffic]
) -> None:
    uninstall(cluster)
    install(cluster, "install", FIRST)
    serve = Serve(cluster, namespace)
    serve(NAME, SPEC)
    serve.ready(NAME)
    pods, first = engines(cluster, namespace), operators(cluster)
    assert list(pods.values()) == [0, 0]
    with traffic() as flow:
        install(cluster, "upgrade", CHART, "--set", "podAnnotations.upgraded=yes")
        assert not operators(cluster) & first
        reconciled(cluster, namespace, 1)
        helm("rollback", release, "1", "--namespace", OPERATOR_NAMESPACE, "--wait", kubeconfig=cluster.kubeconfig)
        reconciled(cluster, namespace, 2)
        flow.wait_for(finished=20)
    print(flow.account)
    assert engines(cluster, namespace) == pods
    assert flow.account.failures == {}


def test_models_serve_on_without_the_operator_and_are_adopted_when_it_is_back(
    release: str, cluster: Client, namespace: str, traffic: Callable[[], Traffic]
) -> None:
    del release
    serve = Serve(cluster, namespace)
    serve(NAME, SPEC)
    serve.ready(NAME)
    pods = engines(cluster, namespace)
    with traffic() as flow:
        uninstall(cluster)
        assert operators(cluster) == set()
        flow.wait_for(finished=20)
        install(cluster, "install", CHART)
        reconciled(cluster, namespace, 1)
        flow.wait_for(finished=20)
    print(flow.account)
    assert engines(cluster, namespace) == pods
    assert list(pods.values()) == [0, 0]
    assert flow.account.failures == {}
