"""The ModelService that stands for a running Deployment, and the revision that its pods already are."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from modelservice.api.admission import refusals
from modelservice.api.config import OperatorConfig
from modelservice.api.resource import ModelService
from modelservice.cli.adopt.workload import Workload
from modelservice.cli.exits import CommandError
from modelservice.convert import deployment as reader
from modelservice.convert.assemble import assembled
from modelservice.convert.server import ConvertError
from modelservice.facts.cluster import ClusterFacts
from modelservice.facts.marks import MANAGED_BY_LABEL, MANAGER, REVISION_ANNOTATION
from modelservice.facts.workload import RevisionFacts
from modelservice.kube.resources import Manifest
from modelservice.render.canonical import digest
from modelservice.render.inputs import inputs_of
from modelservice.render.metadata import labels, selector
from modelservice.render.names import child_name
from modelservice.render.ports import port_of
from modelservice.render.resolve import resolve
from modelservice.render.resolved import stored_form

HASH_LABEL = "pod-template-hash"
SERVICE_FIELDS = ("type", "sessionAffinity", "loadBalancerClass")


@dataclass(frozen=True, slots=True)
class Conversion:
    """The manifest for users, and what it could not say."""

    manifest: Manifest
    notes: tuple[str, ...]


def conversion(found: Workload) -> Conversion:
    """A CommandError says what stands in the way."""
    try:
        made = assembled(reader.server(found.deployment))
    except ConvertError as error:
        raise CommandError(
            str(error), "`modelservice convert` reads what is no Deployment of a known engine"
        ) from error
    spec: dict[str, Any] = {**made.manifest["spec"]}
    if found.service:
        spec["service"] = _service(found)
    manifest = {**made.manifest, "metadata": {**made.manifest["metadata"], "name": found.name}, "spec": spec}
    wrong = refusals(manifest)
    if wrong:
        raise CommandError("; ".join(map(str, wrong)), "convert the Deployment, mend the file, and move clients over")
    return Conversion(manifest, made.notes)


def template(found: Workload) -> Manifest:
    """What the pods are, with the labels of ours that they can bear: those that others select by stay theirs."""
    theirs = found.current["spec"]["template"]
    told = theirs["metadata"].get("annotations") or {}
    annotations = {key: value for key, value in told.items() if key != REVISION_ANNOTATION}
    kept = {key: value for key, value in theirs["metadata"]["labels"].items() if key != HASH_LABEL}
    must = {**selector(found.name), MANAGED_BY_LABEL: MANAGER}
    spec = dict(theirs["spec"])
    first, *more = spec["containers"]
    if not first.get("ports"):
        port = {"containerPort": _listens(found), "protocol": "TCP"}
        spec["containers"] = [{**first, "ports": [port]}, *more]
    marks = {"annotations": annotations} if annotations else {}
    return {"metadata": {**marks, "labels": {**labels(found.name), **kept, **must}}, "spec": spec}


def revision(service: ModelService, adopted: Manifest, config: OperatorConfig, cluster: ClusterFacts) -> RevisionFacts:
    """Of the ModelService as it is stored. What the pods run with is kept when something else is edited."""
    today = resolve(service.spec, config, cluster)
    kept = replace(
        today,
        image=adopted["spec"]["containers"][0]["image"],
        runtime_class=adopted["spec"].get("runtimeClassName", ""),
        environment={},
        ca_bundle="",
    )
    name = child_name(service.metadata.name, digest(adopted, 10))
    return RevisionFacts(name, 1, inputs_of(service), stored_form(kept, ""), adopted)


def with_revision(adopted: Manifest, name: str) -> Manifest:
    """The template as the Deployment of the operator has it."""
    metadata = adopted["metadata"]
    annotations = {**metadata.get("annotations", {}), REVISION_ANNOTATION: name}
    return {**adopted, "metadata": {**metadata, "annotations": annotations}}


def _service(found: Workload) -> dict[str, Any]:
    """The port that clients use today stays the port that they use."""
    assert found.service is not None
    said = found.service["spec"]
    listens = _listens(found)
    ports = said["ports"]
    port = next((one for one in ports if one.get("targetPort", one["port"]) == listens), ports[0])
    chosen = {key: said[key] for key in SERVICE_FIELDS if said.get(key)} | {"port": port["port"]}
    return chosen | ({"nodePort": port["nodePort"]} if port.get("nodePort") else {})


def _listens(found: Workload) -> int:
    """The port of the engine: declared, or said on its command line, or the engine's own."""
    first = found.current["spec"]["template"]["spec"]["containers"][0]
    if first.get("ports"):
        return port_of(found.current["spec"]["template"])
    words = [word for text in (*first.get("command", ()), *first.get("args", ())) for word in text.split()]
    for index, word in enumerate(words):
        name, equals, value = word.partition("=")
        value = value if equals else next(iter(words[index + 1 :]), "")
        if name == "--port" and value.isdecimal():
            return int(value)
    return port_of(found.current["spec"]["template"])
