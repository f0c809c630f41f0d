"""Revisions: only an edit of what a pod is made from changes what runs, and what runs can always be made again."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from modelservice.api.config import OperatorConfig, load_config
from modelservice.api.reasons import Reason
from modelservice.api.resource import RESTART_ANNOTATION
from modelservice.facts.cluster import ClusterFacts
from modelservice.facts.marks import ACCEPTED_ANNOTATION, EDITS_ANNOTATION, FAILED_ANNOTATION, FAILED_REASON_ANNOTATION
from modelservice.facts.parse_workload import deployment as parsed_deployment
from modelservice.facts.parse_workload import revision as parsed_revision
from modelservice.facts.pods import PodFacts
from modelservice.facts.rollout import RolloutFacts, Verdict
from modelservice.facts.workload import ReplicaSetFacts, RevisionFacts
from modelservice.render.children import children
from rendering.passes import CONFIG, FACTS, Pass, next_pass, one_pass, rendered, service

NEWER = load_config("{engines: {vllm: {version: 0.33.0}}, runtimeClassName: nvidia, proxy: {https: 'http://p'}}")
SPEC: dict[str, Any] = {"cache": {"size": "10Gi"}, "engine": {"args": ["--dtype", "half"]}}


def revision_of(found: Pass) -> RevisionFacts:
    assert found.prepared.candidate is not None
    return found.prepared.candidate


def edited(last: Pass, spec: dict[str, Any], config: OperatorConfig = CONFIG, **options: Any) -> Pass:
    """The pass after the spec became this."""
    return next_pass(last, service({**SPEC, **spec}), config, **options)


def after_a_new_renderer(last: Pass) -> Pass:
    """As if an older operator had rendered the stored template differently."""
    old = revision_of(last)
    other = {**old.template, "spec": {**old.template["spec"], "dnsPolicy": "Default"}}
    changed = replace(last.prepared, candidate=replace(old, name=f"{old.name}-old", template=other))
    return replace(last, prepared=changed)


# --- what is no edit ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "spec",
    [
        pytest.param({"replicas": 3}, id="replicas"),
        pytest.param({"suspend": True}, id="suspend"),
        pytest.param({"service": {"port": 80, "type": "NodePort"}}, id="service"),
        pytest.param({"rollout": {"strategy": "Recreate"}}, id="rollout"),
        pytest.param({"cache": {"size": "20Gi", "retain": False}}, id="size and retention of the claim"),
        pytest.param({"engine": {**SPEC["engine"], "type": "vllm"}, "huggingFace": {}}, id="a default written out"),
        pytest.param(
            {"cache": {"size": "10Gi", "readOnly": False, "mountPath": "/cache/hub"}}, id="a newer schema's defaults"
        ),
    ],
)
def test_pods_stay_as_they_are_when_nothing_of_theirs_was_edited(spec: dict[str, Any]) -> None:
    first = rendered(SPEC)
    second = edited(first, spec, NEWER, cluster=ClusterFacts(runtime_classes=frozenset({"nvidia"})))
    assert revision_of(second) == revision_of(first)
    assert second.template == first.template


def test_newer_defaults_change_nothing_and_are_told() -> None:
    second = next_pass(rendered(SPEC), config=NEWER)
    assert second.engine["image"] == "vllm/vllm-openai:v0.32.0"
    assert second.prepared.outdated_reason == Reason.NEWER_DEFAULTS
    assert "image vllm/vllm-openai:v0.32.0 -> vllm/vllm-openai:v0.33.0" in second.prepared.outdated
    assert RESTART_ANNOTATION in second.prepared.outdated


def test_newer_renderer_changes_nothing_and_is_told() -> None:
    old = after_a_new_renderer(rendered(SPEC))
    second = next_pass(old)
    assert second.pod["dnsPolicy"] == "Default"
    assert second.prepared.outdated_reason == Reason.NEWER_OPERATOR


def test_pod_of_today_is_not_outdated() -> None:
    first = rendered(SPEC)
    assert (first.prepared.outdated, next_pass(first).prepared.outdated) == ("", "")


def test_newer_default_that_renders_the_same_pod_is_not_outdated() -> None:
    config = load_config("defaults: {engine: {args: [--dtype, float16]}}")
    assert next_pass(rendered(SPEC), config=config).prepared.outdated == ""


def test_what_a_newer_operator_finds_wrong_with_an_unedited_spec_is_a_warning() -> None:
    first = rendered(SPEC)
    inputs = {"spec": {**revision_of(first).inputs["spec"], "engine": {"options": {"gone-since": 1}}}}
    stored = replace(revision_of(first), inputs=inputs)
    second = next_pass(
        replace(first, prepared=replace(first.prepared, candidate=stored)),
        service({**SPEC, "engine": {"options": {"gone-since": 1}}}),
    )
    assert [(finding.reason, finding.refuses) for finding in second.prepared.findings] == [
        (Reason.UNKNOWN_OPTION, False)
    ]
    assert revision_of(second).name == stored.name
    assert "refuse" in second.prepared.outdated


def test_stored_inputs_that_cannot_be_read_any_more_do_not_stop_the_pass() -> None:
    first = rendered(SPEC)
    stored = replace(revision_of(first), inputs={"spec": {"gpu": {"count": "many"}}})
    second = next_pass(replace(first, prepared=replace(first.prepared, candidate=stored)))
    assert second.template["spec"] == first.template["spec"]


# --- what an edit takes up ---------------------------------------------------------------------------------------


def test_edit_elsewhere_keeps_what_was_resolved() -> None:
    second = edited(rendered(SPEC), {"engine": {"args": ["--dtype", "float"]}}, NEWER)
    assert second.engine["image"] == "vllm/vllm-openai:v0.32.0"
    assert "HTTPS_PROXY" not in second.env
    assert "runtimeClassName" not in second.pod
    assert second.engine["args"][-1] == "float"
    assert second.prepared.outdated_reason == Reason.NEWER_DEFAULTS


@pytest.mark.parametrize(
    ("spec", "image", "runtime_class"),
    [
        pytest.param({"engine": {"image": "mine:1"}}, "mine:1", None, id="image"),
        pytest.param({"engine": {"version": "0.31.0"}}, "vllm/vllm-openai:v0.31.0", None, id="version"),
        pytest.param({"gpu": {"runtimeClassName": "own"}}, "vllm/vllm-openai:v0.32.0", "own", id="runtime class"),
        pytest.param({"gpu": {"count": 2}}, "vllm/vllm-openai:v0.33.0", "nvidia", id="what depends on the GPUs"),
    ],
)
def test_edit_of_a_field_resolves_what_it_answers(spec: dict[str, Any], image: str, runtime_class: str | None) -> None:
    second = edited(rendered(SPEC), spec, NEWER)
    assert second.engine["image"] == image
    assert second.pod.get("runtimeClassName") == runtime_class
    assert "HTTPS_PROXY" not in second.env


def test_restart_annotation_takes_everything_up() -> None:
    first = rendered(SPEC)
    second = next_pass(first, service(SPEC, annotations={RESTART_ANNOTATION: "now"}), NEWER)
    assert second.engine["image"] == "vllm/vllm-openai:v0.33.0"
    assert (second.env["HTTPS_PROXY"], second.pod["runtimeClassName"]) == ("http://p", "nvidia")
    assert second.template["metadata"]["annotations"][RESTART_ANNOTATION] == "now"
    assert second.prepared.outdated == ""


def test_restart_annotation_restarts_even_when_nothing_is_newer() -> None:
    first = rendered(SPEC)
    second = next_pass(first, service(SPEC, annotations={RESTART_ANNOTATION: "1"}))
    third = next_pass(second, service(SPEC, annotations={RESTART_ANNOTATION: "2"}))
    assert len({revision_of(found).name for found in (first, second, third)}) == 3


def test_restart_annotation_that_is_removed_restarts_nothing() -> None:
    second = next_pass(rendered(SPEC), service(SPEC, annotations={RESTART_ANNOTATION: "1"}))
    third = next_pass(second, service(SPEC))
    assert third.template == second.template
    assert third.prepared.outdated == ""


TOLERANT = load_config("defaults: {tolerations: [{key: new}], nodeSelector: {pool: new, disk: new}}")


@pytest.mark.parametrize(
    ("spec", "tolerated", "selector"),
    [
        pytest.param({"engine": {}}, False, {"pool": "old"}, id="another field"),
        pytest.param({"tolerations": [{"key": "mine"}]}, True, {"pool": "old"}, id="one of them"),
        pytest.param({"nodeSelector": {"disk": "mine"}}, False, {"pool": "old", "disk": "mine"}, id="one key of a map"),
    ],
)
def test_edit_takes_up_the_platforms_default_of_that_very_field(
    spec: dict[str, Any], tolerated: bool, selector: dict[str, str]
) -> None:
    first = rendered(SPEC, config=load_config("defaults: {nodeSelector: {pool: old}}"))
    second = edited(first, spec, TOLERANT)
    assert ({"key": "new"} in second.pod["tolerations"]) is tolerated
    assert second.pod["nodeSelector"] == selector


def test_defaults_that_touch_no_pod_are_taken_up_at_once() -> None:
    config = load_config("defaults: {service: {annotations: {a: b}}, rollout: {strategy: Recreate}}")
    second = next_pass(rendered(SPEC), config=config)
    assert second.child("Service")["metadata"]["annotations"]["a"] == "b"
    assert second.child("Deployment")["spec"]["strategy"] == {"type": "Recreate"}
    assert second.prepared.outdated == ""


def test_certificates_are_kept_with_the_revision() -> None:
    first = rendered(SPEC, config=OperatorConfig(ca_bundle="OLD"))
    second = edited(first, {"engine": {}}, OperatorConfig(ca_bundle="NEW"))
    certificates = [text["data"]["ca.crt"] for text in second.all("ConfigMap") if "ca.crt" in text["data"]]
    assert certificates == ["OLD"]


# --- which revision it is ----------------------------------------------------------------------------------------


def test_edit_that_makes_no_other_pod_keeps_the_revision_and_is_noted_beside_it() -> None:
    first = rendered(SPEC)
    second = edited(first, {"gpu": {"count": 1}})
    assert revision_of(second).name == revision_of(first).name
    [stored] = second.all("ControllerRevision")
    assert stored["data"] == first.child("ControllerRevision")["data"]
    assert stored["metadata"]["annotations"][EDITS_ANNOTATION] == '{"spec":{"gpu":{"count":1}}}'


def test_edit_that_made_no_other_pod_is_no_edit_for_a_newer_operator() -> None:
    first = rendered(SPEC)
    second = after_a_new_renderer(edited(first, {"gpu": {"count": 1}}))
    third = edited(second, {"gpu": {"count": 1}})
    assert third.pod["dnsPolicy"] == "Default"


def test_field_taken_out_without_effect_is_no_edit_for_a_newer_operator() -> None:
    first = rendered({**SPEC, "gpu": {"count": 1}})
    second = after_a_new_renderer(edited(first, {}))
    assert edited(second, {}).pod["dnsPolicy"] == "Default"


def test_revision_that_is_tried_stays_as_it_is() -> None:
    first = rendered(SPEC)
    tried = after_a_new_renderer(edited(first, {"engine": {}}))
    again = edited(tried, {"engine": {}}, ready=False)
    assert again.pod["dnsPolicy"] == "Default"
    assert revision_of(again) == revision_of(tried)


def test_edit_taken_back_while_it_is_tried_returns_to_what_runs() -> None:
    first = after_a_new_renderer(rendered(SPEC))
    second = edited(first, {"engine": {"args": ["--dtype", "float"]}}, NEWER)
    third = edited(replace(second, owner=second.owner), {}, NEWER, ready=False)
    assert third.template == next_pass(first).template
    assert revision_of(third).number > revision_of(second).number


def test_return_to_an_earlier_spec_bears_the_highest_number() -> None:
    first = rendered(SPEC)
    second = edited(first, {"engine": {}})
    third = edited(second, {})
    assert revision_of(third).name == revision_of(first).name
    assert [revision_of(found).number for found in (first, second, third)] == [1, 2, 3]


def test_values_are_carried_from_the_revision_that_was_ready_last() -> None:
    """A failed try leaves no trace: what it resolved anew is forgotten with it."""
    first = rendered(SPEC)
    failed = edited(first, {"engine": {"image": "broken:1"}}, NEWER)
    third = edited(failed, {"engine": {"args": ["--dtype", "float"]}}, NEWER, ready=False)
    assert third.engine["image"] == "vllm/vllm-openai:v0.32.0"


def test_revision_comes_back_from_its_manifest_as_it_was() -> None:
    first = rendered({**SPEC, "engine": {"files": [{"name": "a", "path": "/a", "content": "text"}]}})
    assert parsed_revision(first.child("ControllerRevision")) == revision_of(first)


def test_revision_stores_a_files_text_once() -> None:
    first = rendered({"engine": {"files": [{"name": "a", "path": "/a", "content": "a long text"}]}})
    assert str(first.child("ControllerRevision")).count("a long text") == 1


def test_edited_file_is_another_revision() -> None:
    first = rendered({"engine": {"files": [{"name": "a", "path": "/a", "content": "1"}]}})
    second = next_pass(first, service({"engine": {"files": [{"name": "a", "path": "/a", "content": "2"}]}}))
    assert revision_of(second).name != revision_of(first).name


# --- what is kept ------------------------------------------------------------------------------------------------


def file_spec(text: str) -> dict[str, Any]:
    return {"engine": {"type": "mock", "files": [{"name": "a", "path": "/a", "content": text}]}}


@pytest.mark.parametrize(
    ("rollout", "left", "texts"),
    [
        pytest.param({"target": 1, "current": 1}, "", {"new"}, id="done"),
        pytest.param({"target": 1, "current": 0}, "", {"old", "new"}, id="trying"),
        pytest.param({"target": 0, "current": 0, "failed": 1}, "", {"old", "new"}, id="taken back"),
        pytest.param({"target": 1, "current": 1}, "pods", {"old", "new"}, id="a pod is left"),
        pytest.param({"target": 1, "current": 1}, "replica_sets", {"old", "new"}, id="a pod may come back"),
    ],
)
def test_config_maps_and_revisions_in_use_are_kept(rollout: dict[str, int], left: str, texts: set[str]) -> None:
    first = rendered(file_spec("old"))
    second = next_pass(first, service(file_spec("new")))
    names = [revision_of(first).name, revision_of(second).name]
    decided = RolloutFacts(Verdict.TRYING, **{role: names[index] for role, index in rollout.items()})
    seen = {
        "pods": PodFacts("p", "u", revision=names[0]),
        "replica_sets": ReplicaSetFacts("r", "u", revision=names[0], replicas=1),
    }
    facts = replace(second.facts, **{left: (seen[left],)}) if left else second.facts
    made = children(second.owner, second.prepared, decided, facts)
    assert {child["data"]["content"] for child in made if child["kind"] == "ConfigMap"} == texts
    [deployment] = [child for child in made if child["kind"] == "Deployment"]
    assert deployment["metadata"]["annotations"]["modelservice.io/revision"] == names[rollout["target"]]


def test_revision_that_was_taken_back_says_why() -> None:
    first = rendered(SPEC)
    second = edited(first, {"engine": {}})
    names = [revision_of(first).name, revision_of(second).name]
    why = RolloutFacts(Verdict.REVERTED, names[0], names[0], names[1], "crashed", "CrashLoop")
    revisions = [
        child
        for child in children(second.owner, second.prepared, why, second.facts)
        if child["kind"] == "ControllerRevision"
    ]
    notes = {child["metadata"]["name"]: child["metadata"]["annotations"] for child in revisions}
    assert notes[names[1]][FAILED_ANNOTATION] == "crashed"
    assert notes[names[1]][FAILED_REASON_ANNOTATION] == "CrashLoop"
    assert FAILED_ANNOTATION not in notes[names[0]]


REFUSED: dict[str, Any] = {"model": "s3://x"}
BESIDE: dict[str, dict[str, Any]] = {
    "how one revision gives way, by the GPUs that are asked for": {"gpu": {"count": 0}},
    "how one revision gives way": {"rollout": {"strategy": "Recreate"}},
    "how one revision gives way, by whose volume it is": {"cache": {"claimName": "shared"}},
    "replicas": {"replicas": 1},
    "no replica": {"replicas": 0},
    "the Service": {"service": {"port": 80, "type": "NodePort"}},
    "how long a start may take": {"startupTimeoutSeconds": 10},
    "the size of the claim": {"cache": {"size": "20Gi", "retain": False}},
    "the claim": {"cache": {}},
}
"""What a spec may say besides what makes it refused."""


def after_a_refusal(first: Pass, refused: dict[str, Any]) -> dict[str, Any]:
    """All children by kind in the pass after `first`, which serves: a spec that nobody accepts came."""
    runs, deployment = revision_of(first), first.child("Deployment")
    seen = parsed_deployment(deployment)
    second = edited(first, {**REFUSED, **refused}, deployment=seen)
    assert second.prepared.refused
    held = RolloutFacts(Verdict.HELD, target=runs.name, current=runs.name)
    return {child["kind"]: child for child in children(second.owner, second.prepared, held, second.facts)}


@pytest.mark.parametrize("beside", BESIDE.values(), ids=BESIDE)
def test_refused_edit_leaves_every_child_as_it_is(beside: dict[str, Any]) -> None:
    first = rendered({**SPEC, "replicas": 3, "gpu": {"count": 1}, "service": {"port": 8080}})
    assert after_a_refusal(first, beside) == {child["kind"]: child for child in first.children}


def test_refused_spec_may_stop_what_runs_and_let_it_start_again() -> None:
    first = rendered({**SPEC, "replicas": 3})
    stopped = after_a_refusal(first, {"suspend": True})
    assert stopped["Deployment"]["spec"]["replicas"] == 0
    again = after_a_refusal(replace(first, children=list(stopped.values())), {"suspend": False})
    assert again["Deployment"] == first.child("Deployment")


@pytest.mark.parametrize("note", ["", "{", "[]"])
def test_deployment_without_a_note_of_what_was_accepted_follows_the_spec(note: str) -> None:
    """One of an older operator's, or one whose note somebody spoilt."""
    first = rendered({**SPEC, "replicas": 3})
    deployment = first.child("Deployment")
    deployment["metadata"]["annotations"][ACCEPTED_ANNOTATION] = note
    assert after_a_refusal(first, {"replicas": 1})["Deployment"]["spec"]["replicas"] == 1


def test_model_that_nobody_can_fetch_is_refused_on_a_running_service_too() -> None:
    second = edited(rendered(SPEC), {"model": "s3://bucket/model"})
    assert [finding.reason for finding in second.prepared.findings if finding.refuses] == [Reason.LOADER_MISSING]


def test_nothing_is_rendered_while_nothing_may_run() -> None:
    refused = one_pass(service({"model": "s3://x"}))
    assert children(refused.owner, refused.prepared, RolloutFacts(Verdict.HELD, target=""), FACTS) == []
