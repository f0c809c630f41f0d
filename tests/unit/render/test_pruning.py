"""When old revisions of a model are removed from its cache, and by what Job."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
import yaml

from modelservice.api.config import load_config
from modelservice.facts.cluster import ClusterFacts, StorageClassFacts
from modelservice.facts.marks import PRUNES_FOR_ANNOTATION
from modelservice.facts.rollout import RolloutFacts, Verdict
from modelservice.facts.uses import Use
from modelservice.facts.workload import ClaimFacts, JobFacts, RevisionFacts
from modelservice.render.children import children
from rendering.passes import Pass, next_pass, rendered

CONFIG = load_config("{loader: {image: registry.example.org/models/loader}}")
SHARED = ClaimFacts("models", "Bound", ("ReadWriteMany",), "nfs")
DISK = ClaimFacts("models", "Bound", ("ReadWriteOnce",), "fast")
LAZY = ClusterFacts(storage_classes=(StorageClassFacts("fast", "WaitForFirstConsumer", default=True),))
SPEC = """
model: org/model@v2
huggingFace: {tokenSecret: {name: hub, key: token}}
cache: {claimName: models, prune: Unused}
"""
FOLDER = "models--org--model"
MINE = Use("models", FOLDER, "qwen", "hf://org/model@v2")


def serving(
    spec: str = SPEC,
    claim: ClaimFacts = SHARED,
    *others: Use,
    at_first: ClaimFacts | None = None,
    before: RevisionFacts | None = None,
    **facts: Any,
) -> Pass:
    """A service whose revision answers, the only one unless there is one from `before`."""
    known = (before,) if before else ()
    first = rendered(yaml.safe_load(spec), claim=at_first or claim, cluster=LAZY, config=CONFIG, revisions=known)
    return next_pass(first, config=CONFIG, claim=claim, **{"uses": (MINE, *others), **facts})


def pruners(seen: Pass) -> list[dict[str, Any]]:
    return [job for job in seen.all("Job") if job["metadata"]["labels"]["modelservice.io/component"] == "pruner"]


def words(job: dict[str, Any]) -> list[str]:
    told: list[str] = job["spec"]["template"]["spec"]["containers"][0]["args"]
    return told


def test_what_anybody_uses_of_this_model_and_claim_is_kept() -> None:
    others = (
        Use("models", FOLDER, "twin", "hf://org/model"),
        Use("models", "models--org--other", "twin", "hf://org/other"),
        Use("another", FOLDER, "far", "hf://org/model@v1"),
    )
    [job] = pruners(serving(SPEC, SHARED, *others))
    keep = ["--keep", "hf://org/model", "--keep", "hf://org/model@v2"]
    assert words(job) == ["prune", "--cache", "/cache/hub", "--folder", FOLDER, *keep]


def test_job_begins_only_when_a_later_pass_finds_the_same_in_use() -> None:
    [made] = pruners(serving())
    assert made["spec"]["suspend"] is True
    known = (JobFacts(made["metadata"]["name"], "uid", prunes_for=1, suspended=True),)
    [begins] = pruners(serving(jobs=known))
    assert begins["metadata"]["name"] == made["metadata"]["name"]
    assert begins["spec"]["suspend"] is False
    [other] = pruners(serving(SPEC, SHARED, Use("models", FOLDER, "twin", "hf://org/model@v1"), jobs=known))
    assert other["metadata"]["name"] != made["metadata"]["name"]
    assert other["spec"]["suspend"] is True


def test_pod_that_prunes_runs_as_the_loader_and_has_no_credentials() -> None:
    seen = serving()
    [job] = pruners(seen)
    pod = job["spec"]["template"]["spec"]
    [container] = pod["containers"]
    assert container["image"].startswith("registry.example.org/models/loader:")
    assert [item["name"] for item in container["env"]] == ["HOME", "USER", "LOGNAME"]
    assert {"name": "cache", "persistentVolumeClaim": {"claimName": "models"}} in pod["volumes"]
    assert pod["securityContext"] == seen.pod["securityContext"]
    assert job["metadata"]["annotations"][PRUNES_FOR_ANNOTATION] == "1"


def test_disk_of_one_node_is_pruned_there() -> None:
    pending = replace(DISK, phase="Pending")
    seen = serving(claim=DISK, at_first=pending)
    assert seen.pod["initContainers"][0]["name"] == "loader"
    [job] = pruners(seen)
    [term] = job["spec"]["template"]["spec"]["affinity"]["podAffinity"][
        "requiredDuringSchedulingIgnoredDuringExecution"
    ]
    assert term["labelSelector"]["matchLabels"]["modelservice.io/name"] == "qwen"


NOTHING: dict[str, Pass] = {
    "by default": serving("{model: org/model@v2, cache: {claimName: models, prefetch: true}}"),
    "while nobody knows who needs what": serving(uses=None),
    "while its own use is not seen": serving(uses=()),
    "of what somebody names by its place": serving(SPEC, SHARED, Use("models", FOLDER, "twin")),
    "where somebody needs the whole claim": serving(SPEC, SHARED, Use("models", "", "twin")),
    "on a claim that one pod alone can mount": serving(claim=replace(SHARED, access_modes=("ReadWriteOncePod",))),
    "below a folder of the claim": serving("{model: org/model, cache: {claimName: models, subPath: a, prune: Unused}}"),
    "of what engines fetch": serving(
        "{model: org/model@v2, cache: {claimName: models, prefetch: false, prune: Unused}}"
    ),
    "of a bucket, where each reference has its folder": serving(
        "{model: 's3://bucket/v2', cache: {claimName: models, prune: Unused}}",
        SHARED,
        Use("models", FOLDER, "qwen", "s3://bucket/v2"),
    ),
    "while another revision may come back": serving(before=RevisionFacts("qwen-old", 0, {}, {}, {})),
}


@pytest.mark.parametrize("seen", NOTHING.values(), ids=NOTHING.keys())
def test_nothing_is_removed(seen: Pass) -> None:
    assert seen.child("Deployment")
    assert pruners(seen) == []


@pytest.mark.parametrize("verdict", [Verdict.TRYING, Verdict.HELD, Verdict.REVERTED])
def test_nothing_is_removed_before_the_rollout_is_over(verdict: Verdict) -> None:
    seen = serving()
    assert seen.prepared.candidate
    name = seen.prepared.candidate.name
    made = children(seen.owner, seen.prepared, RolloutFacts(verdict, target=name, current=name), seen.facts)
    assert pruners(replace(seen, children=made)) == []


def test_policy_is_no_part_of_the_pod() -> None:
    with_it = serving("{model: org/model@v2, cache: {claimName: models, prune: Unused}}")
    without = serving("{model: org/model@v2, cache: {claimName: models}}")
    assert with_it.template == without.template
