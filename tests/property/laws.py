"""What holds for the children of every spec: each law says what is wrong, or nothing."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

from modelservice.engines.quantity import number_of
from modelservice.render.merge import MERGE_KEYS
from rendering.passes import Pass

LABEL = re.compile(r"[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?")
CONTENT_NAMED = ("ConfigMap", "ControllerRevision")


def names_are_dns_labels(found: Pass) -> Iterator[str]:
    for child in found.children:
        if not LABEL.fullmatch(child["metadata"]["name"]):
            yield f"{child['kind']} {child['metadata']['name']}"
    for volume in found.pod["volumes"]:
        if not LABEL.fullmatch(volume["name"]):
            yield f"volume {volume['name']}"


def children_are_unique(found: Pass) -> Iterator[str]:
    ids = [(child["kind"], child["metadata"]["name"]) for child in found.children]
    yield from (f"{kind} {name}" for kind, name in ids if ids.count((kind, name)) > 1)


def nothing_is_null(found: Pass) -> Iterator[str]:
    def nulls(value: Any, path: str) -> Iterator[str]:
        if value is None:
            yield path
        for key, item in (
            value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
        ):
            yield from nulls(item, f"{path}.{key}")

    for child in found.children:
        # The data of a revision is opaque; a null there is a word of the user's that no pod was made from.
        yield from nulls({key: value for key, value in child.items() if key != "data"}, child["kind"])


def everything_is_labelled_and_owned(found: Pass) -> Iterator[str]:
    retained = found.prepared.spec.cache and found.prepared.spec.cache.retain
    for child in found.children:
        kind, metadata = child["kind"], child["metadata"]
        if metadata["labels"].get("app.kubernetes.io/managed-by") != "modelservice-operator":
            yield f"{kind} is not labelled"
        owned = bool(metadata.get("ownerReferences"))
        if owned is (kind == "PersistentVolumeClaim" and bool(retained)):
            yield f"{kind} owned: {owned}"


def selectors_lie_inside_the_pods_labels(found: Pass) -> Iterator[str]:
    labels = found.template["metadata"]["labels"].items()
    for selector in (
        found.child("Deployment")["spec"]["selector"]["matchLabels"],
        found.child("Service")["spec"]["selector"],
        *(child["spec"]["selector"]["matchLabels"] for child in found.all("PodDisruptionBudget")),
    ):
        if set(selector) != {"modelservice.io/name", "modelservice.io/component"} or not selector.items() <= labels:
            yield str(selector)


def requests_stay_within_limits(found: Pass) -> Iterator[str]:
    resources = found.engine["resources"]
    for name, limit in resources.get("limits", {}).items():
        request, most = number_of(resources.get("requests", {}).get(name, limit)), number_of(limit)
        if request is not None and most is not None and request > most:
            yield name


def keyed_lists_have_no_duplicates(found: Pass) -> Iterator[str]:
    defaults = {"protocol": "TCP", "whenUnsatisfiable": "DoNotSchedule"}
    for path, keys in MERGE_KEYS.items():
        places = [found.pod]
        for word in path[:-1]:
            below = [place.get(word, {}) for place in places if isinstance(place, dict)]
            places = [item for place in below for item in (place if isinstance(place, list) else [place])]
        for place in places:
            items = place.get(path[-1], []) if isinstance(place, dict) else []
            ids = [str([item.get(key, defaults.get(key)) for key in keys]) for item in items if isinstance(item, dict)]
            if len(ids) != len(set(ids)):
                yield ".".join(path)


def mounts_have_volumes_and_volumes_mounts(found: Pass) -> Iterator[str]:
    """As far as it is ours: a user may bring volumes for a container of his."""
    volumes = {volume["name"] for volume in found.pod["volumes"]}
    mounted = {mount["name"] for mount in found.engine["volumeMounts"]}
    yield from mounted - volumes


def config_maps_that_pods_name_are_there(found: Pass) -> Iterator[str]:
    ours = {child["metadata"]["name"] for child in found.all("ConfigMap")}
    named = {volume["configMap"].get("name") for volume in found.pod["volumes"] if "configMap" in volume}
    named |= {source.get("configMapRef", {}).get("name") for source in found.engine.get("envFrom", [])}
    yield from ours - named


def grace_period_is_long_enough(found: Pass) -> Iterator[str]:
    assert found.prepared.launch is not None
    drain = found.prepared.launch.drain
    if found.pod["terminationGracePeriodSeconds"] < drain.before_sigterm + drain.after_sigterm + 15:
        yield str(found.pod["terminationGracePeriodSeconds"])


def pod_may_do_nothing_but_serve(found: Pass) -> Iterator[str]:
    context = found.engine["securityContext"]
    if context["allowPrivilegeEscalation"] or context["capabilities"] != {"drop": ["ALL"]}:
        yield "capabilities"
    if found.pod["enableServiceLinks"]:
        yield "service links"
    if found.pod["automountServiceAccountToken"] and not found.prepared.spec.service_account_name:
        yield "token"


LAWS: tuple[Callable[[Pass], Iterator[str]], ...] = (
    names_are_dns_labels,
    children_are_unique,
    nothing_is_null,
    everything_is_labelled_and_owned,
    selectors_lie_inside_the_pods_labels,
    requests_stay_within_limits,
    keyed_lists_have_no_duplicates,
    mounts_have_volumes_and_volumes_mounts,
    config_maps_that_pods_name_are_there,
    grace_period_is_long_enough,
    pod_may_do_nothing_but_serve,
)


def broken(found: Pass) -> list[str]:
    """Every law that these children break, and where."""
    return [f"{law.__name__}: {where}" for law in LAWS for where in law(found)]
