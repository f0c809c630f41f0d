"""The second half of an adoption, once the old Deployment is gone: ours over its pods, and what hung on the old one."""

from __future__ import annotations

from modelservice.api.config import OperatorConfig
from modelservice.api.resource import API_VERSION, KIND, parse
from modelservice.cli.adopt.bridge import bridge
from modelservice.cli.adopt.handover import Say
from modelservice.cli.adopt.look import look
from modelservice.cli.adopt.original import ADOPTING, original
from modelservice.cli.adopt.patience import wait
from modelservice.cli.adopt.workload import ADOPTED_LABEL, autoscalers, selects
from modelservice.cli.cluster import Cluster
from modelservice.control.intend import intend
from modelservice.facts.raw import controller
from modelservice.kube import apply, errors
from modelservice.kube.resources import (
    AUTOSCALER,
    DEPLOYMENT,
    MODEL_SERVICE,
    REPLICA_SET,
    SERVICE,
    Manifest,
    key_of,
    resource_of,
)


def take(cluster: Cluster, name: str, config: OperatorConfig, say: Say) -> None:
    """Until our Deployment stands over the same pods and the operator counts it as its own."""
    before, body = original(cluster, name), cluster.get(MODEL_SERVICE, name)
    _remove_stand_in(cluster, name)
    with bridge(cluster, cluster.find(SERVICE, name), parse(body).spec.service.port) as doubt:
        if doubt:
            say(f"note: {doubt}")
        cluster.run(_apply_children(cluster, body, config))
    say(f"Deployment {name} is the operator's, over the same pods")
    _tidy(cluster, name, before)
    wait(cluster, lambda: _taken_up(cluster, name), "the operator does not take it up; its pods serve on")
    cluster.patch(MODEL_SERVICE, name, {"metadata": {"annotations": {ADOPTING: None}}})


def _remove_stand_in(cluster: Cluster, name: str) -> None:
    live = cluster.find(DEPLOYMENT, name)
    if live and ADOPTED_LABEL in (live["metadata"].get("labels") or {}):
        cluster.delete(DEPLOYMENT, name)


async def _apply_children(cluster: Cluster, body: Manifest, config: OperatorConfig) -> None:
    """What the operator itself would apply, and the Service of the old Deployment on top: that one it never takes."""
    service = parse(body)
    facts = await look(cluster, service, config)
    for manifest in intend(service, facts, config).wanted:
        live = await apply.get(cluster.session, resource_of(manifest), key_of(manifest))
        try:
            if live is None:
                await apply.create(cluster.session, manifest)
            else:
                await apply.apply(cluster.session, manifest, uid=live["metadata"]["uid"])
        except errors.Conflict:
            continue  # the operator was faster, with the same


def _tidy(cluster: Cluster, name: str, before: Manifest) -> None:
    """ReplicaSets of its earlier rollouts, which nobody owns now, and autoscalers that scaled it."""
    chosen = before["spec"]["selector"]["matchLabels"]
    for replica_set in cluster.objects(REPLICA_SET):
        metadata, pods = replica_set["metadata"], replica_set["spec"].get("replicas", 1)
        if not pods and not controller(metadata) and selects(chosen, metadata.get("labels") or {}):
            cluster.delete(REPLICA_SET, metadata["name"])
    target = {"apiVersion": API_VERSION, "kind": KIND, "name": name}
    for autoscaler in autoscalers(cluster, before["metadata"]["name"]):
        cluster.patch(AUTOSCALER, autoscaler["metadata"]["name"], {"spec": {"scaleTargetRef": target}})


def _taken_up(cluster: Cluster, name: str) -> bool:
    """The operator counts the Deployment among its children: what it said of a taken name is over."""
    children = cluster.get(MODEL_SERVICE, name).get("status", {}).get("children", ())
    return any((child["kind"], child["name"]) == (DEPLOYMENT.kind, name) for child in children)
