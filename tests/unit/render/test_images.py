"""Models in images: a volume where the cluster has such volumes, else a copy made before the engine starts."""

from __future__ import annotations

from typing import Any

import pytest

from modelservice.api.config import load_config
from modelservice.facts.cluster import ClusterFacts
from rendering.passes import Pass, next_pass, rendered

OLD, NEW = ClusterFacts(minor=34), ClusterFacts(minor=35)
IMAGE = "registry.example.org/models/qwen:1"
SPEC = {"engine": {"type": "llamacpp"}, "model": f"oci://{IMAGE}/models/q4/qwen.gguf"}
CASES: dict[str, tuple[str, ClusterFacts, bool]] = {
    "a cluster that has image volumes": ("{}", NEW, False),
    "a cluster that has none": ("{}", OLD, True),
    "a cluster of unknown version": ("{}", ClusterFacts(), False),
    "nodes that cannot": ("{imageVolumes: false}", NEW, True),
    "an old cluster with the feature gate": ("{imageVolumes: true}", OLD, False),
}


def copying(found: Pass) -> list[dict[str, Any]]:
    made: list[dict[str, Any]] = found.pod.get("initContainers", [])
    return made


def path(found: Pass) -> str:
    argument: str = found.engine["args"][found.engine["args"].index("--model") + 1]
    return argument


@pytest.mark.parametrize(("config", "cluster", "copied"), CASES.values(), ids=CASES)
def test_image_is_mounted_or_copied(config: str, cluster: ClusterFacts, copied: bool) -> None:
    found = rendered(SPEC, config=load_config(config), cluster=cluster)
    root = path(found).removesuffix("/models/q4/qwen.gguf")
    assert found.mounts[root]["readOnly"]
    assert found.volume(root) == ({"emptyDir": {}} if copied else {"image": {"reference": IMAGE}})
    assert bool(copying(found)) is copied


def test_copy_lands_where_the_engine_looks() -> None:
    found = rendered(SPEC, cluster=OLD)
    root = path(found).removesuffix("/models/q4/qwen.gguf")
    [copy] = copying(found)
    assert (copy["image"], copy["command"]) == (IMAGE, ["cp", "-RL", "/models/q4/qwen.gguf", f"{root}/"])
    [mount] = copy["volumeMounts"]
    assert mount == {"name": found.mounts[root]["name"], "mountPath": root, "subPath": "models/q4"}


def test_each_image_is_copied_into_a_volume_of_its_own() -> None:
    adapters = [{"name": "a", "model": f"oci://{IMAGE}/a"}, {"name": "b", "model": "oci://registry.example.org/b:1/b"}]
    found = rendered({"model": "org/name", "serving": {"loraAdapters": adapters}}, cluster=OLD)
    first, second = copying(found)
    assert (first["name"], second["name"]) == ("model", "model-2")
    assert first["volumeMounts"][0]["name"] != second["volumeMounts"][0]["name"]
    volumes = {volume["name"]: volume for volume in found.pod["volumes"]}
    assert {"cache", first["volumeMounts"][0]["name"], second["volumeMounts"][0]["name"]} <= volumes.keys()


def test_whole_image_is_mounted_and_never_copied() -> None:
    whole = {**SPEC, "model": f"oci://{IMAGE}", "engine": {"type": "vllm"}}
    assert rendered(whole, cluster=NEW).prepared.findings == ()
    [finding] = rendered(whole, cluster=OLD).prepared.findings
    assert finding.refuses
    assert f"oci://{IMAGE}/models" in finding.message


def test_newer_cluster_changes_nothing_that_runs() -> None:
    first = rendered(SPEC, cluster=OLD)
    later = next_pass(first, cluster=NEW)
    assert later.template == first.template
    assert later.prepared.outdated.startswith("Newer defaults: image volumes.")
