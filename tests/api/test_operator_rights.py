"""No right of the chart is idle: the operator loses each of them, and misses that very one.

What it misses is read off its log, where the API server's own sentence names the right. Rights that are needed
independently of each other are taken away together.
"""

from __future__ import annotations

import json
import re
import secrets
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from claims import shared_claim
from drifts import KINDS, SPEC
from eventually import at_last
from lab.client import Client, Manifest
from model_services import READY, ModelServices, has
from modelservice.facts.marks import NAME_LABEL
from operator_account import OperatorAccount, Right, operator_account
from revisions import plays
from running_operator import RunningOperator

pytestmark = pytest.mark.usefixtures("crd", "nodes")

REFUSAL = re.compile(r'cannot (\w+) resource "([\w/]+)" in API group "([\w.]*)"')
MISSES_WITHIN = 120.0

CHILDREN = {
    "Deployment": ("deployments", "apps"),
    "ControllerRevision": ("controllerrevisions", "apps"),
    "Service": ("services", ""),
    "ConfigMap": ("configmaps", ""),
    "PodDisruptionBudget": ("poddisruptionbudgets", "policy"),
    "PersistentVolumeClaim": ("persistentvolumeclaims", ""),
}
WAVES = (
    ("ConfigMap", "ControllerRevision", "PersistentVolumeClaim"),
    ("Deployment",),
    ("Service", "PodDisruptionBudget"),
)
"""Kinds that are written at once; a wave that is refused is the last."""
JOB = ("jobs", "batch")
LOADER = {"loader": {"image": "registry.example.org/models/loader"}}
LOOKED_FOR = tuple(kind for kind in KINDS if kind not in ("ConfigMap", "ControllerRevision"))
"""Kinds of which it looks whether somebody else has the name; the names of the others hold a digest."""
PRUNED = tuple(kind for kind in KINDS if kind != "PersistentVolumeClaim")

LEASE = [Right(verb, "leases", "coordination.k8s.io") for verb in ("get", "update", "create")]
FOLLOW = Right("watch", "modelservices", "modelservice.io")
STATUS = Right("patch", "modelservices/status", "modelservice.io")
LIVE = Right("get", "modelservices", "modelservice.io")
TELL = [Right(verb, "events") for verb in ("create", "patch")]
READ = [Right("list", "events"), Right("get", "pods/log")]

IMPATIENT = """
from datetime import timedelta
from modelservice.control import evidence
from modelservice.kube import events
evidence.PATIENCE = timedelta(seconds=1)
events.QUIET = 0.5
"""
"""It asks for a pod's Events and repeats its own sooner than people want."""


@pytest.fixture(scope="module")
def services(api: Client) -> Iterator[ModelServices]:
    """All of them in one namespace: each test has a ModelService of its own name."""
    name = f"rights-{secrets.token_hex(4)}"
    api.create({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}})
    api.wait("ServiceAccount", "default", name)
    yield ModelServices(api, name)
    api.delete("Namespace", name)


@pytest.fixture(scope="module")
def models(services: ModelServices) -> str:
    """A claim that a download may be started for."""
    shared_claim(services.client, services.namespace, "models")
    return "models"


@pytest.fixture(scope="module")
def account(services: ModelServices, tmp_path_factory: pytest.TempPathFactory) -> Iterator[OperatorAccount]:
    with operator_account(services.client, services.namespace, tmp_path_factory.mktemp("account")) as account:
        yield account


@pytest.fixture
def starting(account: OperatorAccount) -> Iterator[RunningOperator]:
    """Not started yet. What it lacked is granted again in the end."""
    operator = RunningOperator(account.kubeconfig, namespace=account.namespace)
    with account.without(()):
        yield operator


@pytest.fixture(scope="module")
def working(account: OperatorAccount) -> Iterator[RunningOperator]:
    """It needs no Lease, so that a slow machine cannot end it between two tests."""
    with RunningOperator(
        account.kubeconfig, "--no-leader-election", namespace=account.namespace, code=IMPATIENT, config=LOADER
    ) as operator:
        yield operator.wait(operator.ready)


def of_children(verb: str, kinds: tuple[str, ...]) -> list[Right]:
    return [Right(verb, *CHILDREN[kind]) for kind in kinds]


def followed(account: OperatorAccount, verb: str) -> list[Right]:
    """What is followed from the start on."""
    return [right for right in account.rights if right.verb == verb and right not in READ]


def missed(operator: RunningOperator, since: int) -> set[Right]:
    """The rights that the operator has said to lack, from this line of its log on."""
    messages = [json.loads(line)["message"] for line in operator.log.read_text().splitlines()[since:]]
    return {Right(*found) for message in messages for found in REFUSAL.findall(message)}


def misses(operator: RunningOperator, rights: list[Right], since: int = 0) -> None:
    operator.wait(lambda: set(rights) <= missed(operator, since), within=MISSES_WITHIN)


@contextmanager
def losing(account: OperatorAccount, operator: RunningOperator, rights: list[Right]) -> Iterator[None]:
    """What is done here makes the operator miss every one of these rights."""
    with account.without(rights):
        since = len(operator.log.read_text().splitlines())
        yield
        misses(operator, rights, since)


def test_tests_below_take_every_right_of_the_chart_away(account: OperatorAccount) -> None:
    written = [right for wave in WAVES for verb in ("create", "patch") for right in of_children(verb, wave)]
    children = [*written, *of_children("get", LOOKED_FOR), *of_children("delete", PRUNED)]
    children += [Right(verb, *JOB) for verb in ("get", "create", "patch", "delete")]
    rest = [*LEASE, STATUS, LIVE, *TELL, *READ, *followed(account, "list"), *followed(account, "watch")]
    assert {str(right) for right in account.rights} == {str(right) for right in [*children, *rest]}


def test_operator_that_may_not_list_is_not_ready(account: OperatorAccount, starting: RunningOperator) -> None:
    lists = followed(account, "list")
    account.lack(lists)
    with starting:
        misses(starting, lists)
        assert not starting.ready()


def test_operator_misses_every_watch_and_leads_once_it_may_have_the_lease(
    account: OperatorAccount, starting: RunningOperator
) -> None:
    """Each right on the Lease is asked for once the one before is there; ModelServices are followed by the leader."""
    watches = followed(account, "watch")
    account.lack([*watches, *LEASE])
    with starting:
        misses(starting, [*(watch for watch in watches if watch != FOLLOW), LEASE[0]])
        for had in range(1, len(LEASE)):
            account.lack([FOLLOW, *LEASE[had:]])
            misses(starting, [LEASE[had]])
            assert not starting.leads()
        account.lack([FOLLOW])
        starting.wait(starting.leads)
        misses(starting, [FOLLOW])


@pytest.mark.parametrize(
    "rights",
    [
        pytest.param(of_children("get", LOOKED_FOR), id="get"),
        *(
            pytest.param(of_children(verb, wave), id=f"{verb}-{'-'.join(wave)}")
            for verb in ("create", "patch")
            for wave in WAVES
        ),
    ],
)
def test_child_that_may_not_be_made_is_told_in_the_status(
    account: OperatorAccount, working: RunningOperator, services: ModelServices, rights: list[Right]
) -> None:
    name = f"unmade-{secrets.token_hex(4)}"
    with losing(account, working, rights):
        services.create(name, **SPEC)
        services.wait(has("Ready", "False", "Forbidden"), name, timeout=MISSES_WITHIN)


@pytest.mark.parametrize("verb", ["get", "create", "patch"])
def test_download_that_may_not_be_started_is_told_in_the_status(
    account: OperatorAccount, working: RunningOperator, services: ModelServices, models: str, verb: str
) -> None:
    name = f"unfetched-{verb}"
    with losing(account, working, [Right(verb, *JOB)]):
        services.create(name, cache={"claimName": models, "prefetch": True})
        services.wait(has("Ready", "False", "Forbidden"), name, timeout=MISSES_WITHIN)


def test_operator_that_may_not_delete_a_download_leaves_one_that_is_wanted_no_more(
    account: OperatorAccount, working: RunningOperator, services: ModelServices, models: str
) -> None:
    # On no node, for a download that has ended is left alone.
    services.create("refetched", cache={"claimName": models, "prefetch": True}, nodeSelector={"there": "none"})
    at_last(lambda: downloads(services, "refetched"))
    with losing(account, working, [Right("delete", *JOB)]):
        services.edit("refetched", model="org/other")


def downloads(services: ModelServices, name: str) -> list[Manifest]:
    return services.client.list("Job", services.namespace, labels=f"{NAME_LABEL}={name}")


def test_operator_that_may_not_delete_leaves_what_is_wanted_no_more(
    account: OperatorAccount, working: RunningOperator, services: ModelServices
) -> None:
    services.create("pruned", **{**SPEC, "cache": None})
    services.wait(READY, "pruned")
    with losing(account, working, of_children("delete", PRUNED)):
        for kind in PRUNED:
            services.client.create(stray(child(services, kind, "pruned")), services.namespace)


def test_operator_that_may_not_read_the_model_service_makes_no_child_again(
    account: OperatorAccount, working: RunningOperator, services: ModelServices
) -> None:
    services.create("remade")
    services.wait(READY, "remade")
    with losing(account, working, [LIVE]):
        services.client.delete("Service", "remade", services.namespace)
    assert services.client.find("Service", "remade", services.namespace) is None


def test_operator_that_may_not_write_the_status_or_events_says_so(
    account: OperatorAccount, working: RunningOperator, services: ModelServices
) -> None:
    with losing(account, working, [STATUS]):
        services.create("silent")
    with losing(account, working, TELL[:1]):
        services.create("untold")
    services.wait(READY, "untold")
    with losing(account, working, TELL[1:]):
        for replicas in (2, 3):
            services.edit("untold", replicas=replicas)
            services.wait(READY, "untold")


def test_operator_that_may_not_read_logs_and_events_knows_no_cause(
    account: OperatorAccount, working: RunningOperator, services: ModelServices
) -> None:
    with losing(account, working, READ):
        services.create("crashes", podTemplate=plays("crash"))


def child(services: ModelServices, kind: str, name: str) -> Manifest:
    """That of this kind which the ModelService has."""
    (found,) = services.client.list(kind, services.namespace, labels=f"modelservice.io/name={name}")
    return services.client.get(kind, found["metadata"]["name"], services.namespace)


def stray(child: Manifest) -> Manifest:
    """Another object that bears our labels and belongs to the same ModelService, as none that is wanted does."""
    kept = {name: child["metadata"][name] for name in ("labels", "annotations", "ownerReferences")}
    rest = {name: part for name, part in child.items() if name not in ("metadata", "status")}
    if "spec" in rest:
        rest["spec"] = {name: part for name, part in rest["spec"].items() if name not in ("clusterIP", "clusterIPs")}
    oldest = {"revision": 0} if "revision" in rest else {}
    return {**rest, **oldest, "metadata": {**kept, "name": "stray"}}
