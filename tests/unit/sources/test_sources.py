"""What each kind of model reference comes to, and how a bad one is answered."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import pytest

from modelservice.api.findings import Finding
from modelservice.api.reasons import Reason
from modelservice.api.spec import ModelSource
from modelservice.facts.model import Fetch, Located, ModelVolume
from modelservice.sources.catalogue import SOURCES, locate
from modelservice.sources.source import CACHE, Reference


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
    "modelscope without owner": ("modelscope://name", "write `modelscope://org/name`"),
    "modelscope without revision": ("modelscope://org/name@", "write a branch, a tag or a commit"),
    "bucket in capitals": ("s3://Models/a", "names no bucket: write `s3://bucket/path`"),
    "no bucket": ("gs:///a", "names no bucket: write `gs://bucket/path`"),
    "out of the bucket": ("s3://models/../a", "has an empty word, `.` or `..` in its path"),
    "empty word in a bucket": ("gs://models//a", "has an empty word, `.` or `..` in its path"),
    "url of a folder": ("https://h.example/a/", "names no file: write `https://host/path/model.gguf`"),
    "url of a host": ("https://h.example", "names no file"),
    "slash hidden in a file name": ("https://h.example/..%2Fa", "names no file"),
    "password in a url": ("https://u:p@h.example/a.gguf", "put it into the Secret of modelSource.credentialsSecret"),
    "image without tag": ("oci://registry.example.org/a", "names no image with a tag or digest"),
    "out of the image": ("oci://registry.example.org/a:1/../b", "must not contain `.` or `..`"),
    "ollama with a space": ("ollama://a b", "names no model of Ollama: write `ollama://name:tag`"),
    "plain http": ("http://h.example/a.gguf", "begins with no known source"),
    "unknown scheme": ("ftp://host/a", "begins with no known source. Known are: `hf://`, `modelscope://`, `s3://`"),
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
    "hash of a folder": ("s3://a-b/c", {"sha256": "0" * 64}, "name the file"),
    "hash on modelscope": ("modelscope://a/b", {"sha256": "0" * 64}, "checks every file's hash by itself"),
    "choice in a url": ("https://h/a.gguf", {"include": ["*"]}, "a URL is one file"),
    "secret of an image": ("oci://h.x/a:1", {"credentialsSecret": "a"}, "engine.imagePullSecrets"),
    "hash of an image": ("oci://h.x/a:1", {"sha256": "0" * 64}, "pin a digest"),
    "endpoint of ollama": ("ollama://a", {"endpoint": "https://a"}, "remove it"),
    "choice on a claim": ("pvc://a/b", {"include": ["*"]}, "remove it"),
    "endpoint of a path": ("/models/a", {"endpoint": "https://a"}, "remove it"),
}


def test_choice_among_one_file_is_refused() -> None:
    finding = refusal("gs://models/q4.gguf", exclude=["*.json"])
    assert "choose among files, and `gs://models/q4.gguf` is one: remove them" in finding.message


def test_hash_of_one_file_reaches_the_loader() -> None:
    assert fetch(answer("s3://models/q4.gguf", sha256="0" * 64)).sha256 == "0" * 64


def test_one_gguf_file_that_include_names_in_full_is_what_is_served() -> None:
    named = answer("modelscope://org/name", include=["q4/tiny.gguf"])
    assert named.fetch
    assert named.path == f"{CACHE}/{named.fetch.folder}/q4/tiny.gguf"
    for several in (["*.gguf"], ["a.gguf", "b.gguf"], ["config.json"]):
        folder = answer("modelscope://org/name", include=several)
        assert folder.fetch
        assert folder.path == f"{CACHE}/{folder.fetch.folder}"


@pytest.mark.parametrize(("reference", "details", "fix"), UNFIT.values(), ids=UNFIT)
def test_detail_that_means_nothing_to_a_source_is_refused(reference: str, details: dict[str, Any], fix: str) -> None:
    finding = refusal(reference, **details)
    [name] = details
    assert (finding.reason, finding.field) == (Reason.INVALID_SPEC, f"modelSource.{name}")
    assert fix in finding.message


FETCHED = {
    "modelscope": ("modelscope://Qwen/Qwen3-8B", "modelscope--Qwen--Qwen3-8B-", "", "Qwen/Qwen3-8B"),
    "modelscope revision": ("modelscope://org/name@v1", "modelscope--org--name-v1-", "", "org/name"),
    "folder of a bucket": ("s3://models/llama/8b/", "s3--models--llama--8b-", "", "8b"),
    "whole bucket": ("s3://models", "s3--models-", "", "models"),
    "file of a bucket": ("s3://models/q/q4.gguf", "s3--models--q--q4.gguf-", "/q4.gguf", "q4.gguf"),
    "google": ("gs://my_models/a b", "gs--my_models--a-b-", "", "a b"),
    "file behind a url": ("https://h.example/a/q4.gguf?sig=x", "https--h.example--a--q4.gguf-", "/q4.gguf", "q4.gguf"),
    "escaped file name": ("https://h.example/a%2Bb.gguf", "https--h.example--a-2Bb.gguf-", "/a+b.gguf", "a+b.gguf"),
}


@pytest.mark.parametrize(("reference", "folder", "file", "public_id"), FETCHED.values(), ids=FETCHED)
def test_what_no_engine_fetches_lies_in_a_folder_of_the_cache(
    reference: str, folder: str, file: str, public_id: str
) -> None:
    located, findings = locate(Reference(reference, cache="/cache"))
    assert located
    assert located.fetch
    assert not findings
    assert re.fullmatch(re.escape(folder) + "[0-9a-f]{10}", located.fetch.folder)
    path = f"/cache/{located.fetch.folder}{file}"
    assert located == Located(path, public_id, path=path, fetch=Fetch(reference.rstrip("/"), located.fetch.folder))


def test_what_decides_the_content_decides_the_folder() -> None:
    told: list[dict[str, Any]] = [
        {},
        {"endpoint": "https://minio.example"},
        {"include": ["*.json"]},
        {"exclude": ["*.json"]},
    ]
    folders = {fetch(answer("s3://models/a", **details)).folder for details in told}
    assert len(folders) == len(told)
    assert fetch(answer("s3://models/a/")) == fetch(answer("s3://models/a"))
    secret = fetch(answer("s3://models/a", credentialsSecret="keys"))
    assert secret == replace(fetch(answer("s3://models/a")), credentials_secret="keys")


def test_name_of_a_folder_stays_short_and_safe() -> None:
    name = fetch(answer(f"https://h.example/{'a' * 190}.gguf?token=../..")).folder
    assert len(name) <= 120
    assert re.fullmatch(r"[A-Za-z0-9._-]+", name)


def fetch(located: Located) -> Fetch:
    assert located.fetch
    return located.fetch


IMAGES = {
    "tag": ("oci://registry.example.org/llm/qwen:1", "registry.example.org/llm/qwen:1", "", "qwen"),
    "folder": ("oci://localhost:5000/qwen:1/models/", "localhost:5000/qwen:1", "/models", "models"),
    "digest": (f"oci://org/qwen@sha256:{'0' * 64}/a", f"org/qwen@sha256:{'0' * 64}", "/a", "a"),
    "both": (f"oci://a.b/qwen:1@sha256:{'0' * 64}", f"a.b/qwen:1@sha256:{'0' * 64}", "", "qwen"),
}


@pytest.mark.parametrize(("reference", "image", "inside", "public_id"), IMAGES.values(), ids=IMAGES)
def test_image_is_a_volume_of_the_pod(reference: str, image: str, inside: str, public_id: str) -> None:
    located = answer(reference)
    assert located.volume
    root = located.volume.mount_path
    assert re.fullmatch(r"/models/oci--[A-Za-z0-9._-]+", root)
    volume = ModelVolume("model", {"image": {"reference": image}}, root)
    assert located == Located(f"{root}{inside}", public_id, path=f"{root}{inside}", volume=volume, image=image)


@pytest.mark.parametrize("name", ["qwen3:8b", "qwen3", "registry.example.org:5000/library/qwen3:8b"])
def test_ollama_pulls_by_name(name: str) -> None:
    assert answer(f"ollama://{name}") == Located(name, name, only="ollama")


def test_no_two_sources_claim_one_reference() -> None:
    schemes = [known.scheme for known in SOURCES]
    assert not [(a, b) for a in schemes for b in schemes if a != b and a.startswith(b)]
