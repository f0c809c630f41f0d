"""The handing over itself, in an order in which every moment's state serves on, and each step can be done twice."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from datetime import UTC, datetime

from modelservice.api.config import OperatorConfig
from modelservice.api.resource import API_VERSION, KIND, parse
from modelservice.cli.adopt.bridge import bridge
from modelservice.cli.adopt.conversion import Conversion, revision, template, with_revision
from modelservice.cli.adopt.workload import Workload
from modelservice.cli.cluster import Cluster
from modelservice.cli.exits import CommandError, Exit
from modelservice.cli.output import as_yaml
from modelservice.control.caches import Caches
from modelservice.control.evidence import Answers
from modelservice.control.gather import gather
from modelservice.control.intend import intend
from modelservice.facts.facts import Facts
from modelservice.facts.marks import REVISION_ANNOTATION
from modelservice.facts.rollout import RolloutFacts, Verdict
from modelservice.kube import apply, errors
from modelservice.kube.resources import (
    AUTOSCALER,
    CONFIG_MAP,
    DEPLOYMENT,
    MODEL_SERVICE,
    POD,
    REPLICA_SET,
    Key,
    Manifest,
    key_of,
    resource_of,
)
from modelservice.render.metadata import labels, marked
from modelservice.render.revision import controller_revision

Say = Callable[[str], None]
PATIENCE = 60.0
POLL = 0.2
ADOPTED_LABEL = "modelservice.io/adopted"


def hand_over(cluster: Cluster, found: Workload, made: Conversion, config: OperatorConfig, say: Say) -> None:
    """Until our Deployment stands over the same pods."""
    say(f"the original is kept in ConfigMap {_keep(cluster, found)}")
    body = cluster.create(made.manifest)
    adopted = template(found)
    name = cluster.run(_make_revision(cluster, body, adopted, config))
    say(f"ModelService {found.name} is made; the operator is asked whether it sees the revision {name}")
    _wait_for_operator(cluster, found.name, name)
    _relabel(cluster, found, with_revision(adopted, name))
    say(f"{len(found.pods)} pods and their ReplicaSet bear the new labels")
    _let_go(cluster, found)
    with bridge(cluster, found, parse(body).spec.service.port) as doubt:
        if doubt:
            say(f"note: {doubt}")
        cluster.run(_apply_children(cluster, found.name, config))
    say(f"Deployment {found.name} is the operator's, over the same pods")
    _tidy(cluster, found)
    _wait(cluster, lambda: _taken_up(cluster, found.name), "the operator does not take it up; its pods serve on")


def _keep(cluster: Cluster, found: Workload) -> str:
    name = f"{found.name}-adopted"
    kept = [found.deployment, *([found.service] if found.service else []), *found.autoscalers]
    data = {f"{one['kind'].lower()}.yaml": as_yaml([_bare(one)]) for one in kept}
    body = {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": name, "labels": {ADOPTED_LABEL: found.name}},
        "data": data,
    }
    if cluster.find(CONFIG_MAP, name) is None:
        cluster.create(body)
    return name


def _bare(manifest: Manifest) -> Manifest:
    """As a file has it."""
    metadata = manifest["metadata"]
    kept = {key: metadata[key] for key in ("name", "namespace", "labels", "annotations") if metadata.get(key)}
    return {**{key: value for key, value in manifest.items() if key != "status"}, "metadata": kept}


async def _make_revision(cluster: Cluster, body: Manifest, adopted: Manifest, config: OperatorConfig) -> str:
    service = parse(body)
    caches = _caches(cluster)
    await caches.look()
    facts = gather(service, caches, config, Answers(), datetime.now(UTC))
    kept = revision(service, adopted, config, facts.cluster)
    manifest = controller_revision(service, kept, RolloutFacts(Verdict.TRYING, target=kept.name))
    await apply.create(cluster.session, marked(manifest))
    return kept.name


def _wait_for_operator(cluster: Cluster, name: str, revision: str) -> None:
    """Until its status speaks of our revision: from then on it would make no other template. Else all is undone."""
    try:
        _wait(cluster, lambda: _status(cluster, name).get("updateRevision") == revision, "the operator does not answer")
    except CommandError:
        cluster.delete(MODEL_SERVICE, name)
        raise


def _taken_up(cluster: Cluster, name: str) -> bool:
    """The operator counts the Deployment among its children: what it said of a taken name is over."""
    children = _status(cluster, name).get("children", ())
    return any((child["kind"], child["name"]) == (DEPLOYMENT.kind, name) for child in children)


def _status(cluster: Cluster, name: str) -> Manifest:
    status: Manifest = cluster.get(MODEL_SERVICE, name).get("status", {})
    return status


def _wait(cluster: Cluster, so: Callable[[], bool], otherwise: str) -> None:
    deadline = time.monotonic() + PATIENCE
    while not so():
        if time.monotonic() > deadline:
            raise CommandError(otherwise, "`modelservice doctor` tells whether the operator works", Exit.TIMED_OUT)
        cluster.run(asyncio.sleep(POLL))


def _relabel(cluster: Cluster, found: Workload, whole: Manifest) -> None:
    """Only a paused Deployment lets the template of its ReplicaSet change; no pod restarts by that."""
    generation = cluster.patch(DEPLOYMENT, found.name, {"spec": {"paused": True}})["metadata"]["generation"]

    def paused() -> bool:
        seen: int = cluster.get(DEPLOYMENT, found.name)["status"]["observedGeneration"]
        return seen >= int(generation)

    _wait(cluster, paused, f"Deployment {found.name} is paused, and its controller does not see it")
    marks = {"labels": whole["metadata"]["labels"], "annotations": whole["metadata"]["annotations"]}
    replica_set = {"metadata": {"labels": {**labels(found.name), **marks["labels"]}}, "spec": {"template": whole}}
    cluster.patch(REPLICA_SET, found.current["metadata"]["name"], replica_set)
    for pod in found.pods:
        revision_mark = {REVISION_ANNOTATION: marks["annotations"][REVISION_ANNOTATION]}
        cluster.patch(
            POD, pod["metadata"]["name"], {"metadata": {"labels": marks["labels"], "annotations": revision_mark}}
        )


def _let_go(cluster: Cluster, found: Workload) -> None:
    """The Deployment goes, and what it owned stays."""
    cluster.request("DELETE", DEPLOYMENT, found.name, params={"propagationPolicy": "Orphan"})

    def gone() -> bool:
        live = cluster.find(DEPLOYMENT, found.name)
        return live is None or bool(live["metadata"]["uid"] != found.deployment["metadata"]["uid"])

    _wait(cluster, gone, f"Deployment {found.name} does not go: a finalizer holds it; its pods serve on")


async def _apply_children(cluster: Cluster, name: str, config: OperatorConfig) -> None:
    """What the operator itself would apply, and the Service of the old Deployment on top: that one it never takes."""
    body = await apply.get(cluster.session, MODEL_SERVICE, cluster.key(name))
    assert body is not None
    service, caches = parse(body), _caches(cluster)
    await caches.look()
    facts: Facts = gather(service, caches, config, Answers(), datetime.now(UTC))
    for manifest in intend(service, facts, config).wanted:
        live = await apply.get(cluster.session, resource_of(manifest), key_of(manifest))
        try:
            if live is None:
                await apply.create(cluster.session, manifest)
            else:
                await apply.apply(cluster.session, manifest, uid=live["metadata"]["uid"])
        except errors.Conflict:
            continue  # the operator was faster, with the same


def _tidy(cluster: Cluster, found: Workload) -> None:
    for idle in found.idle:
        cluster.delete(REPLICA_SET, idle["metadata"]["name"])
    target = {"apiVersion": API_VERSION, "kind": KIND, "name": found.name}
    for autoscaler in found.autoscalers:
        cluster.patch(AUTOSCALER, autoscaler["metadata"]["name"], {"spec": {"scaleTargetRef": target}})


def _caches(cluster: Cluster) -> Caches:
    def ignore(_: Key | str) -> None:
        """Nobody follows."""

    return Caches(cluster.session, ignore, ignore, namespaces=(cluster.namespace,))
