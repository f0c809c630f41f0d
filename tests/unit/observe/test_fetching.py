"""What people are told while a model is on its way, and why it does not arrive."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from kstatus import kstatus
from looks import NOW, REVISION, ago, condition, deployment, engine, homeless, look, observed, pod, told, waiting
from modelservice.api.reasons import Reason
from modelservice.api.status import ModelStatus, Status
from modelservice.facts.facts import LogFacts
from modelservice.facts.pods import ContainerFacts, PodFacts, Termination
from modelservice.facts.rollout import RolloutFacts, Verdict
from modelservice.facts.workload import ClaimFacts, JobFacts, RevisionFacts
from modelservice.observe.loader_log import said

JOB = JobFacts("qwen-fetch-1", "job", created_at=ago(minutes=2))
CLAIM = ClaimFacts("models", "Bound", ("ReadWriteMany",))
FETCHED = RevisionFacts(REVISION, 2, {}, {"fetch": "Job"}, {}, jobs={JOB.name: {}})
WAITS = RolloutFacts(Verdict.HELD, target="", fetching=REVISION, why="It waits.", why_reason=Reason.DOWNLOADING)
WAITS_BEHIND = replace(WAITS, target="qwen-old", current="qwen-old")
CACHE = {"cache": {"claimName": "models"}}
LOADER = ContainerFacts("loader", image="modelservice/loader:0.1.0", state="running", running_since=ago(minutes=1))


def loader_pod(container: ContainerFacts = LOADER, **changes: Any) -> PodFacts:
    base = pod("qwen-fetch-1-x", container, component="loader", owner_uid="job", revision="")
    return replace(base, **{"ready": False, "created_at": ago(minutes=1), **changes})


def lines(*events: dict[str, Any]) -> tuple[LogFacts, ...]:
    return (LogFacts("qwen-fetch-1-x", "loader", False, tuple(json.dumps(event) for event in events)),)


def failed(reason: str, message: str, retry: bool = False, **changes: Any) -> PodFacts:
    last = json.dumps({"event": "failed", "reason": reason, "message": message, "retry": retry})
    end = Termination(1 if retry else 2, "Error", last, finished_at=ago(seconds=30))
    return loader_pod(
        replace(LOADER, state="terminated", running_since=None, terminated=end), phase="Failed", **changes
    )


def fetching(*pods: PodFacts, spec: dict[str, Any] | None = None, **facts: Any) -> Any:
    known = {"jobs": (JOB,), "claim": CLAIM, "revisions": (FETCHED,), "rollout": WAITS, "deployment": None, **facts}
    return look(*pods, spec={**CACHE, **(spec or {})}, **known)


PROGRESS = {"event": "progress", "done": 1_200_000_000, "total": 4_800_000_000, "rate": 90_000_000}
RUNNING: dict[str, tuple[tuple[dict[str, Any], ...], str]] = {
    "nothing said": ((), "The model is being fetched."),
    "the total": (({"event": "start", "total": 100, "files": 3},), "The model is being fetched."),
    "on its way": ((PROGRESS,), "The model is being fetched: 1.2 GB of 4.8 GB (25 %), 90.0 MB/s, 40 s left."),
    "slowly": (
        ({**PROGRESS, "rate": 2_000_000},),
        "The model is being fetched: 1.2 GB of 4.8 GB (25 %), 2.0 MB/s, 30 min left.",
    ),
    "of unknown size": (({**PROGRESS, "total": None},), "The model is being fetched: 1.2 GB, 90.0 MB/s."),
    "it stands": (({**PROGRESS, "rate": 0},), "The model is being fetched: 1.2 GB of 4.8 GB (25 %)."),
    "another writes": (
        ({"event": "waiting", "for": "pod other"},),
        "The model is being fetched: it waits for pod other.",
    ),
    "it had waited": (({"event": "waiting", "for": "pod other"}, PROGRESS), "25 %"),
}


@pytest.mark.parametrize(("events", "message"), RUNNING.values(), ids=RUNNING.keys())
def test_download_says_how_far_it_is(events: tuple[dict[str, Any], ...], message: str) -> None:
    status = told(fetching(loader_pod(), logs=lines(*events)))
    assert status.phase == "Downloading"
    found = condition(status, "ModelCached")
    assert (found.status, found.reason) == ("False", Reason.DOWNLOADING)
    assert message in found.message
    assert message in str(status.message)
    assert kstatus(status, 3) == "InProgress"


def test_bytes_stand_in_the_status_and_stay_when_the_loader_is_gone() -> None:
    status = told(fetching(loader_pod(), logs=lines(PROGRESS)))
    assert status.model == ModelStatus(
        source="Qwen/Qwen2.5-7B-Instruct", size_bytes=4_800_000_000, done_bytes=1_200_000_000
    )
    later = told(look(pod(), spec=CACHE, status=status, claim=CLAIM, revisions=(FETCHED,)))
    assert later.model is not None
    assert later.model.done_bytes == 4_800_000_000
    assert condition(later, "ModelCached").message == (
        "The model (4.8 GB) lies on PersistentVolumeClaim models; engines start from it offline."
    )


def test_download_that_was_over_before_anybody_looked_is_told_by_its_last_word() -> None:
    end = Termination(0, "Completed", json.dumps({"event": "done", "bytes": 700_000, "downloaded": 700_000}))
    done = loader_pod(replace(LOADER, state="terminated", running_since=None, terminated=end), phase="Succeeded")
    facts = {"claim": CLAIM, "revisions": (FETCHED,), "jobs": (replace(JOB, complete=True),)}
    status = told(look(pod(), done, spec=CACHE, **facts))
    assert status.model is not None
    assert (status.model.size_bytes, status.model.done_bytes) == (700_000, 700_000)


def test_new_model_is_fetched_while_the_old_revision_answers() -> None:
    old = pod("qwen-old-x", revision="qwen-old")
    status = told(fetching(loader_pod(), old, rollout=WAITS_BEHIND, deployment=deployment(revision="qwen-old")))
    assert condition(status, "Available").status == "True"
    assert (status.phase, condition(status, "ModelCached").reason) == ("Downloading", Reason.DOWNLOADING)


def test_suspended_service_is_at_rest_while_its_model_is_fetched() -> None:
    status = told(fetching(loader_pod(), spec={"suspend": True}))
    assert status.phase == "Suspended"
    assert condition(status, "ModelCached").reason == Reason.DOWNLOADING


FAILURES = {
    "TokenMissing": (Reason.TOKEN_MISSING, "Set huggingFace.tokenSecret to a Secret"),
    "Gated": (Reason.MODEL_GATED, "Accept its terms there with the account that the token in huggingFace.tokenSecret"),
    "NotFound": (Reason.MODEL_NOT_FOUND, "Change model."),
    "Unreachable": (Reason.HUB_UNREACHABLE, "Set huggingFace.endpoint"),
    "NoSpace": (Reason.DISK_FULL, "Use a bigger cache (cache.size, cache.claimName)"),
    "HashMismatch": (Reason.HASH_MISMATCH, "look at the proxy, or change huggingFace.endpoint"),
    "ReadOnly": (Reason.PERMISSION_DENIED, "securityContext.runAsUser"),
    "Invalid": (Reason.DOWNLOAD_FAILED, "Change model or modelSource."),
    "SomethingNew": (Reason.DOWNLOAD_FAILED, "Change model or modelSource."),
}


@pytest.mark.parametrize("kind", FAILURES)
def test_failure_that_no_try_mends_needs_a_person_and_names_the_field(kind: str) -> None:
    reason, fix = FAILURES[kind]
    job = replace(JOB, failed=True, failures=1, why="Job has failed")
    status = told(fetching(failed(kind, "The hub says so."), jobs=(job,)))
    stalled, cached = condition(status, "Stalled"), condition(status, "ModelCached")
    assert (stalled.status, stalled.reason, cached.reason) == ("True", reason, reason)
    assert stalled.message.startswith("The model cannot be fetched: The hub says so. ")
    assert fix in stalled.message
    assert status.phase == "DownloadError"


@pytest.mark.parametrize(
    ("model", "kind", "fix"),
    [
        pytest.param("s3://bucket/qwen", "TokenMissing", "Set modelSource.credentialsSecret to", id="no-keys"),
        pytest.param("gs://bucket/qwen", "Gated", "the credentials in modelSource.credentialsSecret", id="no-right"),
        pytest.param("modelscope://org/name", "Gated", "Accept its terms there", id="no-terms"),
        pytest.param("s3://bucket/qwen", "Unreachable", "Set modelSource.endpoint", id="store-out-of-reach"),
        pytest.param("https://h.example/a.gguf", "Unreachable", "Set model to one", id="host-out-of-reach"),
    ],
)
def test_fields_of_another_source_are_named_as_such(model: str, kind: str, fix: str) -> None:
    job = replace(JOB, failed=True)
    status = told(fetching(failed(kind, "No."), jobs=(job,), spec={"model": model}))
    assert fix in str(status.message)


def test_hash_that_the_user_said_is_his_to_change() -> None:
    said = {"model": "https://example.org/model.gguf", "modelSource": {"sha256": "0" * 64}}
    status = told(fetching(failed("HashMismatch", "No."), jobs=(replace(JOB, failed=True),), spec=said))
    assert "Change modelSource.sha256" in str(status.message)


def test_failure_that_may_pass_is_tried_again_and_told() -> None:
    job = replace(JOB, failures=2)
    status = told(fetching(failed("Unreachable", "Connection refused", retry=True), jobs=(job,)))
    found = condition(status, "ModelCached")
    assert found.reason == Reason.HUB_UNREACHABLE
    assert found.message.startswith("Fetching the model failed (2 times): Connection refused. ")
    assert "It is tried again" in found.message
    assert kstatus(status, 3) == "InProgress"


def test_failure_that_lasts_becomes_a_case_for_a_person() -> None:
    job = replace(JOB, failures=9, created_at=NOW - timedelta(hours=2))
    status = told(fetching(failed("Unreachable", "Connection refused", retry=True), jobs=(job,)))
    assert condition(status, "Stalled").status == "True"


def test_next_try_takes_the_place_of_the_last_failure_once_it_runs() -> None:
    old = failed("Unreachable", "Connection refused", retry=True, name="qwen-fetch-1-a", created_at=ago(minutes=2))
    made = loader_pod(waiting("", name="loader"))
    assert condition(told(fetching(old, made)), "ModelCached").reason == Reason.HUB_UNREACHABLE
    assert (
        condition(told(fetching(old, loader_pod(), logs=lines(PROGRESS))), "ModelCached").reason == Reason.DOWNLOADING
    )


def test_killed_loader_is_told_by_its_end() -> None:
    end = Termination(137, "Error", finished_at=ago(seconds=30))
    dead = loader_pod(replace(LOADER, state="terminated", running_since=None, terminated=end), phase="Failed")
    message = condition(told(fetching(dead)), "ModelCached").message
    assert message.startswith("Fetching the model failed: the loader ended with exit code 137, it was killed.")


TROUBLES = {
    "the claim is missing": ((), {"claim": None}, Reason.CLAIM_MISSING, "cache.claimName"),
    "the claim is lost": ((), {"claim": replace(CLAIM, phase="Lost")}, Reason.CLAIM_LOST, "change cache"),
    "no Job yet": ((), {"jobs": ()}, Reason.DOWNLOADING, "A Job is being made"),
    "no pod yet": ((), {}, Reason.DOWNLOADING, "about to"),
    "no node": (
        (replace(homeless("0/1 nodes are available: 1 node(s) didn't match Pod's node affinity/selector."),
                 component="loader", owner_uid="job"),),
        {},
        Reason.NO_MATCHING_NODE,
        "nodeSelector",
    ),
    "no image": (
        (loader_pod(waiting("ErrImagePull", "not found", name="loader", image="modelservice/loader:0.1.0")),),
        {},
        Reason.IMAGE_PULL_FAILED,
        "`loader` in the operator's configuration",
    ),
    "no Secret": (
        (loader_pod(waiting("CreateContainerConfigError", 'secret "hf" not found', name="loader")),),
        {"spec": {"huggingFace": {"tokenSecret": {"name": "hf", "key": "token"}}}},
        Reason.SECRET_MISSING,
        "huggingFace.tokenSecret",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("pods", "facts", "reason", "field"), TROUBLES.values(), ids=TROUBLES.keys())
def test_loader_that_cannot_start_says_why(
    pods: tuple[PodFacts, ...], facts: dict[str, Any], reason: Reason, field: str
) -> None:
    status = told(fetching(*pods, **facts))
    found = condition(status, "ModelCached")
    assert (found.status, found.reason) == ("False", reason)
    assert field in found.message
    assert field in str(status.message)


# --- an init container ------------------------------------------------------------------------------------------------

INIT = replace(LOADER, init=True)
IN_POD = replace(FETCHED, resolved={"fetch": "InitContainer"}, jobs={})
IDLE = waiting("PodInitializing")


def test_init_container_says_how_far_it_is() -> None:
    logs = (LogFacts("qwen-7d4b9-x1", "loader", False, (json.dumps(PROGRESS),)),)
    status = told(look(pod("qwen-7d4b9-x1", INIT, IDLE), spec=CACHE, claim=CLAIM, revisions=(IN_POD,), logs=logs))
    assert status.phase == "Downloading"
    assert "25 %" in condition(status, "ModelCached").message


GATED = json.dumps({"event": "failed", "reason": "Gated", "message": "It is gated.", "retry": False})
ENDED = Termination(2, "Error", GATED)
DEAD = {
    "waits for the next try": {"state": "waiting", "reason": "CrashLoopBackOff", "last_termination": ENDED},
    "has just ended": {"state": "terminated", "terminated": ENDED},
}


@pytest.mark.parametrize("ended", DEAD.values(), ids=DEAD.keys())
def test_init_container_that_fails_names_the_field(ended: dict[str, Any]) -> None:
    dead = replace(INIT, restarts=3, running_since=None, **ended)
    status = told(look(pod("qwen-7d4b9-x1", dead, IDLE), spec=CACHE, claim=CLAIM, revisions=(IN_POD,)))
    assert (status.phase, condition(status, "ModelCached").reason) == ("DownloadError", Reason.MODEL_GATED)
    assert "huggingFace.tokenSecret" in str(status.message)


def test_init_container_that_is_done_leaves_the_model_there() -> None:
    done = replace(INIT, state="terminated", running_since=None, terminated=Termination(0, "Completed"))
    loads = engine(ready=False, started=False, running_since=ago(seconds=47))
    status = told(look(pod("qwen-7d4b9-x1", done, loads), spec=CACHE, claim=CLAIM, revisions=(IN_POD,)))
    assert condition(status, "ModelCached").status == "True"
    assert status.phase == "Loading"


# --- the volume ---------------------------------------------------------------------------------------------------

MODES = {
    "one node, two replicas": (("ReadWriteOnce",), {"replicas": 2}, "can be on one node only"),
    "one pod, two replicas": (("ReadWriteOncePod",), {"replicas": 2}, "can be in one pod only"),
    "one node, one replica": (("ReadWriteOnce",), {}, ""),
    "one node that is named": (
        ("ReadWriteOnce",),
        {"replicas": 2, "nodeSelector": {"kubernetes.io/hostname": "a"}},
        "",
    ),
    "shared": (("ReadWriteMany",), {"replicas": 2}, ""),
    "only read, and not said so": (("ReadOnlyMany",), {}, "set cache.readOnly"),
}


@pytest.mark.parametrize(("modes", "spec", "warning"), MODES.values(), ids=MODES.keys())
def test_volume_that_will_not_do_is_told_before_anything_hangs(
    modes: tuple[str, ...], spec: dict[str, Any], warning: str
) -> None:
    claim = replace(CLAIM, access_modes=modes)
    starting = pod("qwen-7d4b9-x1", waiting("ContainerCreating"))
    message = condition(told(look(starting, spec={**CACHE, **spec}, claim=claim)), "Accepted").message
    assert (warning in message) if warning else ("Warning" not in message)


# --- the loader's lines -------------------------------------------------------------------------------------------


def test_lines_that_are_no_events_say_nothing() -> None:
    assert said(["warning: slow disk", "{}", '{"event": "unheard-of"}', "[1]", ""]) == said([])


def test_what_is_written_changes_with_the_log_alone() -> None:
    seen = fetching(loader_pod(), logs=lines(PROGRESS))
    status = told(seen)
    later = replace(seen, service=seen.service.model_copy(update={"status": status}))
    moved = replace(later, facts=replace(later.facts, now=NOW + timedelta(seconds=9)))
    assert told(moved) == status
    assert observed(moved).status.message == status.message
    assert isinstance(status, Status)
