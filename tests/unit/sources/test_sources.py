"""What each kind of model reference comes to, and how a bad one is answered."""

from __future__ import annotations

import pytest

from modelservice.api.findings import Finding
from modelservice.api.reasons import Reason
from modelservice.facts.model import Located, ModelVolume
from modelservice.sources.catalogue import SOURCES, source

LOCATED = {
    "org and name": (
        "Qwen/Qwen2.5-7B-Instruct",
        Located("Qwen/Qwen2.5-7B-Instruct", "Qwen/Qwen2.5-7B-Instruct", hub=True),
    ),
    "name alone": ("gpt2", Located("gpt2", "gpt2", hub=True)),
    "hf scheme": ("hf://org/name", Located("org/name", "org/name", hub=True)),
    "branch": ("org/name@main", Located("org/name", "org/name", revision="main", hub=True)),
    "tag with dots": ("org/name@v1.0", Located("org/name", "org/name", revision="v1.0", hub=True)),
    "pull request": ("hf://org/name@refs/pr/3", Located("org/name", "org/name", revision="refs/pr/3", hub=True)),
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
    assert source(reference).locate(reference) == located


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
    assert source(reference).locate(reference) == Located(path, public_id, path=path, volume=volume)


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
    finding = source(reference).locate(reference, "serving.loraAdapters[a].model")
    assert isinstance(finding, Finding)
    assert (finding.reason, finding.refuses) == (Reason.INVALID_SPEC, True)
    assert finding.field == "serving.loraAdapters[a].model"
    assert message in finding.message
    assert reference in finding.message


LATER = ["modelscope://org/a", "s3://b/a", "gs://b/a", "oci://r/a:1", "https://h/a.gguf", "http://h/a", "ollama://a:1"]


@pytest.mark.parametrize("reference", LATER)
def test_source_of_a_later_day_is_told_from_an_unknown_one(reference: str) -> None:
    finding = source(reference).locate(reference)
    assert isinstance(finding, Finding)
    assert (finding.reason, finding.field, finding.refuses) == (Reason.NOT_IMPLEMENTED, "model", True)
    assert "Use `org/name`, `pvc://claim/path`, or an absolute path in the container." in finding.message


def test_no_two_sources_claim_one_reference() -> None:
    schemes = [known.scheme for known in SOURCES]
    assert not [(a, b) for a in schemes for b in schemes if a != b and a.startswith(b)]
