"""Replicas come and go while clients ask without pause, and no request is lost: on each engine that drains.

Half of the clients keep their connection, which stays with its pod until one side closes it; some answers are longer
than the sleep before SIGTERM. The real engines take minutes on small machines and are driven with LONG=1.
"""

import contextlib
import os
import secrets
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import pytest

from lab import probe, repositories
from lab.client import ApiError, Client, Manifest, condition
from lab.lab import Lab
from node.conftest import Serve
from node.engines import ENGINES, Engine, Spec
from traffic.driver import Load, Traffic

NAME, BEHIND = "drained", "behind"
SELECTOR = f"modelservice.io/name={NAME},modelservice.io/component=engine"
GONE_WITHIN = 270.0
SPREAD = {
    "maxSkew": 1,
    "topologyKey": "kubernetes.io/hostname",
    "whenUnsatisfiable": "ScheduleAnyway",
    "labelSelector": {"matchLabels": {"modelservice.io/name": NAME}},
}
LONG_ANSWERS = {"mock": 320, "llamacpp": 600, "vllm": 600, "ollama": 600, "remote": 320}
"""Tokens that take longer than the sleep before SIGTERM where the engine drains itself."""
DRAIN_SECONDS = {"mock": 30, "llamacpp": 120, "vllm": 120, "infinity": 60, "triton": 30, "ollama": 60, "remote": 30}
"""Longer than the long answers take while another replica starts on the same processors: what takes longer is cut."""
SHARES: dict[str, Spec] = {
    "vllm": {"requests": {"cpu": "100m", "memory": "2Gi"}, "limits": {"cpu": "600m", "memory": "3Gi"}},
    "infinity": {"requests": {"cpu": "100m", "memory": "512Mi"}, "limits": {"cpu": "600m", "memory": "2Gi"}},
}
"""Busy replicas would leave nothing of two processors for one that loads."""
CUTS = {"ollama"}
"""It never ends a kept connection, so the last request of a client that keeps one and never pauses is cut with it."""
TEXTS = 400
"""Of one long request."""
NUMBER = {"inputs": [{"name": "number", "datatype": "FP32", "shape": [1], "data": [1.5]}]}
"""What Triton's models double."""
SLOW = pytest.mark.skipif(not os.environ.get("LONG"), reason="takes minutes: LONG=1 runs it")
DRIVEN = [
    "mock",
    *(pytest.param(name, marks=SLOW) for name in ("llamacpp", "vllm", "infinity", "triton", "ollama", "remote")),
]


@dataclass(frozen=True, slots=True)
class Replicas:
    """Two replicas of a ModelService that clients call."""

    client: Client
    namespace: str
    engine: Engine
    short: Load
    long: Load
    cuts: bool

    def pods(self) -> dict[str, str]:
        """Those that are wanted: the node of each."""
        pods = self.client.list("Pod", self.namespace, labels=SELECTOR)
        living = [pod for pod in pods if "deletionTimestamp" not in pod["metadata"]]
        return {pod["metadata"]["name"]: pod["spec"].get("nodeName", "") for pod in living}

    def edit(self, spec: Spec) -> None:
        self.client.patch("ModelService", NAME, {"spec": spec}, self.namespace)

    def settle(self, replicas: int = 2) -> None:
        """Until so many replicas answer and the latest spec is what runs."""

        def settled(seen: Manifest) -> bool:
            status = seen.get("status", {})
            current = status.get("observedGeneration") == seen["metadata"]["generation"]
            return current and status.get("readyReplicas") == replicas and condition("Ready")(seen)

        self.client.wait("ModelService", NAME, self.namespace, settled, 2 * self.engine.ready_within)

    def gone(self, *names: str) -> None:
        """Until these pods have ended, drained or not."""
        for name in names:
            self.client.wait_gone("Pod", name, self.namespace, self.engine.ready_within + GONE_WITHIN)

    def evict(self, pod: str) -> None:
        eviction = f'{{"apiVersion":"policy/v1","kind":"Eviction","metadata":{{"name":"{pod}"}}}}'
        self.client.kubectl(
            *("create", "--raw", f"/api/v1/namespaces/{self.namespace}/pods/{pod}/eviction", "-f", "-"), stdin=eviction
        )

    @contextlib.contextmanager
    def under_load(self) -> Iterator[None]:
        """Clients ask for short and long answers all the time; at the end every request must have had its answer.

        An engine that cuts may have done so to half of the clients, those that keep connections, once for each pod.
        """
        flows = [Traffic(self.short), Traffic(self.long)]
        with flows[0], flows[1]:
            for flow in flows:
                flow.wait_for(finished=flow.load.clients, timeout=120)
            yield
            for flow in flows:
                flow.wait_for(finished=flow.load.clients, timeout=120)
        for kind, flow in zip(("short", "long"), flows, strict=True):
            print(f"{self.engine.image} {kind}: {flow.account}")
        for flow in flows:
            assert flow.account.sent == flow.account.finished + flow.account.failed
            assert flow.account.failed <= (flow.load.clients if self.cuts else 0), flow.account


@pytest.fixture(scope="module", params=DRIVEN)
def served(request: pytest.FixtureRequest, full: Lab, cluster: Client, operator: str) -> Iterator[Replicas]:
    """One service for all tests of an engine, spread over both nodes at first."""
    del operator
    engine = ENGINES[request.param]
    engine.bring(full)
    namespace = f"test-{secrets.token_hex(4)}"
    cluster.create({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": namespace}})
    cluster.wait("ServiceAccount", "default", namespace)
    serve = Serve(cluster, namespace)
    placed = {"tolerations": probe.GPU_POOL, "topologySpreadConstraints": [SPREAD]}
    share = {"resources": SHARES[request.param]} if request.param in SHARES else {}
    drain = {"replicas": 2, "drainTimeoutSeconds": DRAIN_SECONDS[request.param]}
    serve(NAME, {**spec_of(request.param, full, serve), **placed, **share, **drain})
    serve.ready(NAME, 2 * engine.ready_within)
    address = cluster.get("Service", NAME, namespace)["spec"]["clusterIP"]
    flows = loads(request.param, f"http://{address}:8000")
    yield Replicas(cluster, namespace, engine, *flows, cuts=request.param in CUTS)
    cluster.delete("Namespace", namespace)


def spec_of(name: str, lab: Lab, serve: Serve) -> Spec:
    """The engine's own; a remote service is the mock here."""
    if name != "remote":
        return ENGINES[name].serving()
    mock = ENGINES["mock"]
    mock.bring(lab)
    serve(BEHIND, {**mock.serving(), "servedNames": [NAME]})
    serve.ready(BEHIND)
    url = f"http://{BEHIND}.{serve.namespace}.svc.cluster.local:8000/v1"
    return {"engine": {"type": name, "remote": {"url": url}}}


def loads(engine: str, url: str) -> tuple[Load, Load]:
    """Clients of short and of long answers, of the kind that the engine gives."""
    chat = Load(url=f"{url}/v1", model=NAME, clients=4, max_tokens=16, stall_seconds=90)
    if engine == "infinity":
        embed = replace(chat, path="/embeddings")
        one, many = ({"model": NAME, "input": ["hello world"] * count} for count in (1, TEXTS))
        return replace(embed, body=one), replace(embed, body=many)
    if engine == "triton":
        infer = replace(chat, url=f"{url}/v2", body=NUMBER)
        at_once, late = (f"/models/{name}/infer" for name in (repositories.MODEL, repositories.LATE))
        return replace(infer, path=at_once), replace(infer, path=late)
    return chat, replace(chat, max_tokens=LONG_ANSWERS[engine])


@pytest.fixture
def replicas(served: Replicas) -> Iterator[Replicas]:
    """Two of them, whatever the test before has done."""
    served.edit({"replicas": 2})
    served.settle()
    yield served
    for node in served.client.list("Node"):
        served.client.kubectl("uncordon", node["metadata"]["name"])


def scale_down(replicas: Replicas) -> None:
    before = replicas.pods()
    replicas.edit({"replicas": 1})
    replicas.settle(1)
    replicas.gone(*before.keys() - replicas.pods().keys())


def change(replicas: Replicas) -> None:
    before = replicas.pods()
    replicas.edit({"podTemplate": {"metadata": {"annotations": {"example.org/change": secrets.token_hex(4)}}}})
    replicas.gone(*before)
    replicas.settle()


def delete_a_pod(replicas: Replicas) -> None:
    name = next(iter(replicas.pods()))
    replicas.client.delete("Pod", name, replicas.namespace)
    replicas.gone(name)
    replicas.settle()


def drain_a_node(replicas: Replicas) -> None:
    node = next(iter(replicas.pods().values()))
    words = ("--ignore-daemonsets", "--delete-emptydir-data", f"--pod-selector={SELECTOR}", "--timeout=900s")
    replicas.client.kubectl("drain", node, *words)
    assert node not in replicas.pods().values()
    replicas.settle()


def test_replicas_are_spread_over_the_nodes(served: Replicas) -> None:
    assert len(set(served.pods().values())) == 2


@pytest.mark.timeout(2400)
@pytest.mark.parametrize("happens", [change, scale_down, delete_a_pod, drain_a_node], ids=lambda each: each.__name__)
def test_no_request_is_lost(replicas: Replicas, happens: Callable[[Replicas], None]) -> None:
    with replicas.under_load():
        happens(replicas)


@pytest.mark.timeout(1200)
def test_budget_lets_one_replica_go_at_a_time(replicas: Replicas) -> None:
    first, second = replicas.pods()
    replicas.evict(first)
    with pytest.raises(ApiError, match="disruption budget"):
        replicas.evict(second)
    assert second in replicas.pods()
