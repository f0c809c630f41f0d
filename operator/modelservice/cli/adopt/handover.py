"""The handing over of the pods: at every moment what is there serves on, and each step can be done twice."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress

from modelservice.api.config import OperatorConfig
from modelservice.api.resource import parse
from modelservice.cli.adopt.conversion import Conversion, revision, template, with_revision
from modelservice.cli.adopt.look import look
from modelservice.cli.adopt.original import ADOPTING, keep
from modelservice.cli.adopt.patience import wait
from modelservice.cli.adopt.workload import ADOPTED_LABEL, Workload
from modelservice.cli.cluster import Cluster
from modelservice.cli.exits import CommandError
from modelservice.facts.marks import MANAGED_BY_LABEL, MANAGER, REVISION_ANNOTATION
from modelservice.facts.rollout import RolloutFacts, Verdict
from modelservice.kube import apply, errors
from modelservice.kube.resources import DEPLOYMENT, MODEL_SERVICE, POD, REPLICA_SET, Manifest
from modelservice.render.metadata import labels, marked
from modelservice.render.revision import controller_revision

Say = Callable[[str], None]


def hand_over(
    cluster: Cluster, found: Workload, made: Conversion, config: OperatorConfig, say: Say, begun: Manifest | None
) -> None:
    """Until the old Deployment is gone and its pods bear our labels. `begun` is what a run before this one made."""
    say(f"the original is kept in ConfigMap {keep(cluster, found, anew=begun is None)}")
    if found.name != found.origin and cluster.find(DEPLOYMENT, found.name) is None:
        cluster.create(stand_in(found.name))
    body = begun or cluster.create(_marked(made.manifest, found.origin))
    adopted = template(found)
    name = cluster.run(_make_revision(cluster, body, adopted, config))
    say(f"ModelService {found.name} is made; the operator is asked whether it sees the revision {name}")
    _wait_for_operator(cluster, found.name, name, undo=begun is None)
    _relabel(cluster, found, with_revision(adopted, name))
    say(f"{len(found.pods)} pods and their ReplicaSet bear the new labels")
    cluster.request("DELETE", DEPLOYMENT, found.origin, params={"propagationPolicy": "Orphan"})
    _wait_gone(cluster, found.origin, found.deployment["metadata"]["uid"])


def handed_over(cluster: Cluster, origin: str) -> bool:
    """Whether the old Deployment is gone already; where it is going, once it is."""
    live = cluster.find(DEPLOYMENT, origin)
    if live is not None and "deletionTimestamp" in live["metadata"]:
        _wait_gone(cluster, origin, live["metadata"]["uid"])
        return True
    return live is None or (live["metadata"].get("labels") or {}).get(MANAGED_BY_LABEL) == MANAGER


def stand_in(name: str) -> Manifest:
    """Bears the name that ours will have, so that the operator makes no other; it never has a pod."""
    marks = {"labels": {ADOPTED_LABEL: name}}
    pod = {"metadata": marks, "spec": {"containers": [{"name": "none", "image": "none"}]}}
    spec = {"replicas": 0, "selector": {"matchLabels": marks["labels"]}, "template": pod}
    return {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": name, **marks}, "spec": spec}


def _marked(manifest: Manifest, origin: str) -> Manifest:
    metadata = manifest["metadata"]
    annotations = {**metadata.get("annotations", {}), ADOPTING: origin}
    return {**manifest, "metadata": {**metadata, "annotations": annotations}}


async def _make_revision(cluster: Cluster, body: Manifest, adopted: Manifest, config: OperatorConfig) -> str:
    service = parse(body)
    facts = await look(cluster, service, config)
    kept = revision(service, adopted, config, facts.cluster)
    manifest = controller_revision(service, kept, RolloutFacts(Verdict.TRYING, target=kept.name))
    with suppress(errors.Conflict):  # an earlier run has made it: its name is that of its content
        await apply.create(cluster.session, marked(manifest))
    return kept.name


def _wait_for_operator(cluster: Cluster, name: str, revision: str, *, undo: bool) -> None:
    """Until its status speaks of our revision: from then on it would make no other template. Else all is undone."""

    def speaks() -> bool:
        status = cluster.get(MODEL_SERVICE, name).get("status", {})
        return revision in (status.get("updateRevision"), status.get("currentRevision"))

    try:
        wait(cluster, speaks, "the operator does not answer")
    except CommandError:
        if undo:
            cluster.delete(MODEL_SERVICE, name)
        raise


def _relabel(cluster: Cluster, found: Workload, whole: Manifest) -> None:
    """Only a paused Deployment lets the template of its ReplicaSet change; no pod restarts by that."""
    generation = cluster.patch(DEPLOYMENT, found.origin, {"spec": {"paused": True}})["metadata"]["generation"]

    def paused() -> bool:
        seen: int = cluster.get(DEPLOYMENT, found.origin)["status"]["observedGeneration"]
        return seen >= int(generation)

    wait(cluster, paused, f"Deployment {found.origin} is paused, and its controller does not see it")
    marks = {"labels": whole["metadata"]["labels"], "annotations": whole["metadata"]["annotations"]}
    replica_set = {"metadata": {"labels": {**labels(found.name), **marks["labels"]}}, "spec": {"template": whole}}
    cluster.patch(REPLICA_SET, found.current["metadata"]["name"], replica_set)
    for pod in found.pods:
        revision_mark = {REVISION_ANNOTATION: marks["annotations"][REVISION_ANNOTATION]}
        cluster.patch(
            POD, pod["metadata"]["name"], {"metadata": {"labels": marks["labels"], "annotations": revision_mark}}
        )


def _wait_gone(cluster: Cluster, origin: str, uid: str) -> None:
    """What the Deployment owned stays."""

    def gone() -> bool:
        live = cluster.find(DEPLOYMENT, origin)
        return live is None or bool(live["metadata"]["uid"] != uid)

    wait(cluster, gone, f"Deployment {origin} does not go: a finalizer holds it; its pods serve on")
