"""What each kind of model reference comes to, and how a bad one is answered."""

from __future__ import annotations

from typing import Any

import pytest

from modelservice.api.findings import Finding
from modelservice.api.reasons import Reason
from modelservice.api.spec import ModelSource
from modelservice.facts.model import Fetch, Located, ModelVolume
from modelservice.sources.catalogue import SOURCES, locate
from modelservice.sources.source import Reference


def answer(reference: str, **details: Any) -> Located:
    """Where the reference leads, which nothing may be wrong with."""
    located, findings = locate(Reference(reference, details=ModelSource.model_validate(details)))
    assert located, findings
    assert not findings
    return located


def refusal(reference: str, field: str = "model", **details: Any) -> Finding:
    """The one thing that is wrong with it."""
    _, findings = locate(Reference(reference, field, ModelSource.model_validate(details)))
    [finding] = findings
    assert finding.refuses
    return finding


def hub(model: str, revision: str = "", folder: str = "models--org--name") -> Located:
    reference = f"hf://{model}@{revision}" if revision else f"hf://{model}"
    return Located(model, model, revision=revision, hub=True, fetch=Fetch(reference, folder))


LOCATED = {
    "org and name": (
        "Qwen/Qwen2.5-7B-Instruct",
        hub("Qwen/Qwen2.5-7B-Instruct", folder="models--Qwen--Qwen2.5-7B-Instruct"),
    ),
    "name alone": ("gpt2", hub("gpt2", folder="models--gpt2")),
    "hf scheme": ("hf://org/name", hub("org/name")),
    "branch": ("org/name@main", hub("org/name", "main")),
    "tag with dots": ("org/name@v1.0", hub("org/name", "v1.0")),
    "pull request": ("hf://org/name@refs/pr/3", hub("org/name", "refs/pr/3")),
    "path": ("/models/qwen", Located("/models/qwen", "qwen", path="/models/qwen")),
    "path of a file": ("/models/q4.gguf", Located("/models/q4.gguf", "q4.gguf", path="/models/q4.gguf")),
    "folder of a hub cache": (
        "/root/.cache/huggingface/hub/models--facebook--opt-125m",
        Located(
            "/root/.cache/huggingface/hub/models--facebook--opt-125m",
            "facebook/opt-125m",
            path="/root/.cache/huggingface/hub/models--facebook--opt-125m",
        ),
    ),
    "snapshot of a hub cache": (
        "/cache/hub/models--org--a-b/snapshots/main",
        Located(
            "/cache/hub/models--org--a-b/snapshots/main",
            "org/a-b",
            path="/cache/hub/models--org--a-b/snapshots/main",
        ),
    ),
}


@pytest.mark.parametrize(("reference", "located"), LOCATED.values(), ids=LOCATED)
def test_reference_says_where_the_model_is(reference: str, located: Located) -> None:
    assert answer(reference) == located


CLAIMS = {
    "folder": ("pvc://models/llama/8b", "/models/models/llama/8b", "8b"),
    "root": ("pvc://models", "/models/models", "models"),
    "root with slash": ("pvc://models/", "/models/models", "models"),
    "folder with slash": ("pvc://models/llama/", "/models/models/llama", "llama"),
    "hub cache": ("pvc://models/models--org--a/snapshots/x", "/models/models/models--org--a/snapshots/x", "org/a"),
}


@pytest.mark.parametrize(("reference", "path", "public_id"), CLAIMS.values(), ids=CLAIMS)
def test_claim_is_mounted_whole_and_read_only(reference: str, path: str, public_id: str) -> None:
    claim = {"persistentVolumeClaim": {"claimName": "models", "readOnly": True}}
    volume = ModelVolume(name="model", source=claim, mount_path="/models/models")
    assert answer(reference) == Located(path, public_id, path=path, volume=volume)


REFUSED = {
    "three words": ("a/b/c", "is no model on the Hugging Face hub: write `org/name`"),
    "dot dot in a name": ("org/a..b", "is no model on the Hugging Face hub"),
    "dashes in a row": ("org/a--b", "is no model on the Hugging Face hub"),
    "ends in a dash": ("org/name-", "is no model on the Hugging Face hub"),
    "too long": ("org/" + "a" * 93, "is no model on the Hugging Face hub"),
    "relative path": ("./models/qwen", "`/absolute/path` for a folder in the container"),
    "nothing after the at": ("org/name@", "write a branch, a tag or a commit after the `@`"),
    "odd revision": ("org/name@a b", "write a branch, a tag or a commit after the `@`"),
    "claim in capitals": ("pvc://Models/a", "names no claim: write `pvc://claim/path`"),
    "no claim": ("pvc:///a", "names no claim"),
    "out of the claim": ("pvc://models/../a", "must not contain `.` or `..`"),
    "out of the folder": ("/models/../etc", "must not contain `.` or `..`"),
    "root": ("/", "is the root of the file system: name the model's own folder"),
    "unknown scheme": ("ftp://host/a", "begins with no known source. Known are: `hf://`, `pvc://`, `/`"),
}


@pytest.mark.parametrize(("reference", "message"), REFUSED.values(), ids=REFUSED)
def test_bad_reference_is_refused_with_the_fix(reference: str, message: str) -> None:
    finding = refusal(reference, "serving.loraAdapters[a].model")
    assert finding.reason == Reason.INVALID_SPEC
    assert finding.field == "serving.loraAdapters[a].model"
    assert message in finding.message
    assert reference in finding.message


def test_files_of_a_hub_model_are_chosen_by_pattern() -> None:
    located = answer("org/name", include=["*.safetensors"], exclude=["original/*"])
    assert located.fetch == Fetch("hf://org/name", "models--org--name", ("*.safetensors",), ("original/*",))


UNFIT = {
    "token of the hub": ("org/name", {"credentialsSecret": "a"}, "the hub's token is huggingFace.tokenSecret"),
    "mirror of the hub": ("org/name", {"endpoint": "https://a"}, "a mirror of the hub is huggingFace.endpoint"),
    "hash of a repository": ("org/name", {"sha256": "0" * 64}, "pin a commit, as in `org/name@commit`"),
    "choice on a claim": ("pvc://a/b", {"include": ["*"]}, "remove it"),
    "endpoint of a path": ("/models/a", {"endpoint": "https://a"}, "remove it"),
}


@pytest.mark.parametrize(("reference", "details", "fix"), UNFIT.values(), ids=UNFIT)
def test_detail_that_means_nothing_to_a_source_is_refused(reference: str, details: dict[str, Any], fix: str) -> None:
    finding = refusal(reference, **details)
    [name] = details
    assert (finding.reason, finding.field) == (Reason.INVALID_SPEC, f"modelSource.{name}")
    assert fix in finding.message


LATER = ["modelscope://org/a", "s3://b/a", "gs://b/a", "oci://r/a:1", "https://h/a.gguf", "http://h/a", "ollama://a:1"]


@pytest.mark.parametrize("reference", LATER)
def test_source_of_a_later_day_is_told_from_an_unknown_one(reference: str) -> None:
    finding = refusal(reference)
    assert (finding.reason, finding.field) == (Reason.NOT_IMPLEMENTED, "model")
    assert "Use `org/name`, `pvc://claim/path`, or an absolute path in the container." in finding.message


def test_no_two_sources_claim_one_reference() -> None:
    schemes = [known.scheme for known in SOURCES]
    assert not [(a, b) for a in schemes for b in schemes if a != b and a.startswith(b)]
