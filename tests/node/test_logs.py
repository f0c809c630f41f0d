"""The end of a real container's log: of the run that goes on, of the run before, and where there is none yet."""

from collections.abc import AsyncIterator

import pytest

from eventually import eventually
from lab import images
from lab.client import Client
from lab.lab import Lab
from modelservice.kube import kubeconfig
from modelservice.kube.logs import KEPT_BYTES, tail
from modelservice.kube.resources import Key
from modelservice.kube.session import Session

IMAGE = "localhost/modelservice/client:lab"
CRASH = """
for n in range(20_000):
    print(f"line {n} {'x' * 100}")
print("out of memory")
raise SystemExit(1)
"""


@pytest.fixture(scope="module", autouse=True)
def image(full: Lab) -> None:
    full.nodes.import_image(images.build("client"))


@pytest.fixture
async def session(cluster: Client) -> AsyncIterator[Session]:
    async with Session(kubeconfig.load([cluster.kubeconfig])) as session:
        yield session


def run(cluster: Client, namespace: str, *command: str, image: str = IMAGE) -> Key:
    """A pod that runs this in its container."""
    container = {"name": "engine", "image": image, "imagePullPolicy": "Never", "command": list(command)}
    metadata = {"name": "x", "namespace": namespace}
    spec = {"containers": [container], "terminationGracePeriodSeconds": 0}
    cluster.create({"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": spec})
    return Key(namespace, "x")


def restarts(cluster: Client, pod: Key) -> int:
    seen = cluster.get("Pod", pod.name, pod.namespace)["status"].get("containerStatuses", [])
    return sum(status["restartCount"] for status in seen)


async def test_tail_of_a_crashed_run_ends_with_its_last_words(
    session: Session, cluster: Client, namespace: str
) -> None:
    pod = run(cluster, namespace, "python", "-c", CRASH)
    await eventually(lambda: restarts(cluster, pod), within=60)
    lines = await tail(session, pod, "engine", previous=True, lines=1000)
    assert lines[-1] == "out of memory"
    assert lines[-2].startswith("line 19999 ")
    assert KEPT_BYTES - 120 < sum(len(line) + 1 for line in lines) <= KEPT_BYTES
    assert len(await tail(session, pod, "engine", previous=True, lines=3)) == 3


async def test_tail_of_a_running_container_is_what_it_said_so_far(
    session: Session, cluster: Client, namespace: str
) -> None:
    pod = run(cluster, namespace, "sh", "-c", "echo loading; sleep infinity")
    cluster.wait("Pod", "x", namespace, lambda seen: seen["status"].get("phase") == "Running", timeout=60)
    while not (lines := await tail(session, pod, "engine")):
        pass
    assert lines == ("loading",)
    assert await tail(session, pod, "engine", previous=True) == ()


async def test_tail_of_a_container_that_never_ran_is_empty(session: Session, cluster: Client, namespace: str) -> None:
    pod = run(cluster, namespace, "true", image="lab.local/absent:1")

    def waits() -> bool:
        return bool(cluster.get("Pod", "x", namespace)["status"].get("containerStatuses"))

    await eventually(waits, within=60)
    assert await tail(session, pod, "engine") == ()
    assert await tail(session, Key(namespace, "no-such-pod"), "engine") == ()
