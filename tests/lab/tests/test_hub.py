"""What tests rely on in the hub: its real client downloads from it, and sees each refusal and fault for what it is."""

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Protocol

import httpx
import huggingface_hub.constants
import pytest
from huggingface_hub import HfApi, hf_hub_download, snapshot_download
from huggingface_hub.errors import (
    GatedRepoError,
    HfHubHTTPError,
    RemoteEntryNotFoundError,
    RepositoryNotFoundError,
    RevisionNotFoundError,
)

from lab import binaries, models, probe
from lab.client import Client, condition
from lab.hub import Hub
from lab.lab import Lab

NAME = "lab/tiny"
WEIGHTS = "model.safetensors"


class Download(Protocol):
    """Downloads a whole model as engines do."""

    def __call__(self, name: str = NAME, token: str | bool = False, revision: str = "main") -> Path: ...


@pytest.fixture
def hub() -> Iterator[Hub]:
    with Hub() as hub:
        yield hub


@pytest.fixture
def download(hub: Hub, tmp_path: Path) -> Download:
    def snapshot(name: str = NAME, token: str | bool = False, revision: str = "main") -> Path:
        cache = tmp_path / "cache"
        return Path(snapshot_download(name, revision=revision, endpoint=hub.url, token=token, cache_dir=cache))

    return snapshot


def test_snapshot_holds_every_file_under_its_commit(hub: Hub, download: Download) -> None:
    commit = hub.add(NAME, models.tiny_llama())
    snapshot = download()
    assert snapshot.name == commit
    original = {path.name: path.read_bytes() for path in models.tiny_llama().iterdir()}
    assert {path.name: path.read_bytes() for path in snapshot.iterdir()} == original


def test_second_download_fetches_no_content_again(hub: Hub, download: Download) -> None:
    hub.add(NAME, models.tiny_llama())
    download()
    sent = hub.sent
    download()
    assert hub.sent == sent == sum(path.stat().st_size for path in models.tiny_llama().iterdir())


def test_revisions_are_told_apart(hub: Hub, download: Download) -> None:
    commit = hub.add(NAME, models.tiny_llama(), revisions=("main", "v1"))
    assert download(revision="v1") == download(revision=commit)
    with pytest.raises(RevisionNotFoundError):
        download(revision="v2")


def test_revisions_are_listed(hub: Hub) -> None:
    commit = hub.add(NAME, models.tiny_llama(), revisions=("main", "v1"))
    refs = HfApi(endpoint=hub.url, token=False).list_repo_refs(NAME)
    assert {branch.name: branch.target_commit for branch in refs.branches} == {"main": commit, "v1": commit}


def test_tree_is_listed_whole_or_folder_by_folder(hub: Hub, tmp_path: Path) -> None:
    for path in ("a.json", "deep/b.json", "deep/deeper/c.json"):
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text("{}")
    hub.add(NAME, tmp_path)
    api = HfApi(endpoint=hub.url, token=False)

    def listed(recursive: bool, inside: str | None = None) -> list[str]:
        return [entry.path for entry in api.list_repo_tree(NAME, inside, recursive=recursive)]

    assert listed(recursive=False) == ["deep", "a.json"]
    assert listed(recursive=False, inside="deep") == ["deep/deeper", "deep/b.json"]
    assert listed(recursive=True) == ["deep", "deep/deeper", "a.json", "deep/b.json", "deep/deeper/c.json"]


def test_weights_are_redirected_and_their_size_is_known_before(hub: Hub) -> None:
    hub.add(NAME, models.tiny_gguf())
    answer = httpx.head(f"{hub.url}/{NAME}/resolve/main/tiny.gguf")
    assert answer.status_code == 302
    assert answer.headers["X-Linked-Size"] == str(models.tiny_gguf().stat().st_size)
    assert httpx.get(answer.headers["Location"]).content == models.tiny_gguf().read_bytes()


@pytest.mark.parametrize(
    ("wanted", "start", "end"),
    [("bytes=0-9", 0, 10), ("bytes=100-", 100, None), ("bytes=-7", -7, None)],
    ids=["first bytes", "the rest", "last bytes"],
)
def test_ranges_are_served(hub: Hub, wanted: str, start: int, end: int | None) -> None:
    hub.add(NAME, models.tiny_gguf())
    address = f"{hub.url}/{NAME}/resolve/main/tiny.gguf"
    answer = httpx.get(address, headers={"Range": wanted}, follow_redirects=True)
    assert answer.status_code == 206
    assert answer.content == models.tiny_gguf().read_bytes()[start:end]


def test_range_beyond_the_end_is_refused(hub: Hub) -> None:
    hub.add(NAME, models.tiny_gguf())
    address = f"{hub.url}/{NAME}/resolve/main/tiny.gguf"
    answer = httpx.get(address, headers={"Range": "bytes=99999999-"}, follow_redirects=True)
    assert (answer.status_code, answer.headers["Content-Range"]) == (
        416,
        f"bytes */{models.tiny_gguf().stat().st_size}",
    )


def test_gated_model_wants_a_token_that_was_granted_it(hub: Hub, download: Download) -> None:
    hub.add(NAME, models.tiny_llama(), gated=True)
    hub.allow("hf_stranger")
    hub.allow("hf_friend", NAME)
    for token in (False, "hf_stranger"):
        with pytest.raises(GatedRepoError):
            download(token=token)
    assert 403 in {r.status for r in hub.requests if "/resolve/" in r.path and r.token == "hf_stranger"}
    assert (download(token="hf_friend") / WEIGHTS).exists()
    assert {r.token for r in hub.requests if r.path.startswith("/store/")} == {None}


def test_private_model_is_not_there_for_strangers(hub: Hub, download: Download) -> None:
    hub.add(NAME, models.tiny_llama(), private=True)
    hub.allow("hf_friend", NAME)
    with pytest.raises(RepositoryNotFoundError):
        download()
    assert (download(token="hf_friend") / WEIGHTS).exists()


def test_unknown_token_is_refused_even_for_public_models(hub: Hub) -> None:
    hub.add(NAME, models.tiny_llama())
    with pytest.raises(HfHubHTTPError, match="Invalid credentials in Authorization header"):
        HfApi(endpoint=hub.url, token="hf_expired").model_info(NAME)


@pytest.mark.parametrize("token", [None, "hf_known"], ids=["stranger", "known"])
def test_unknown_model_is_told_apart_from_a_dead_hub(hub: Hub, download: Download, token: str | None) -> None:
    hub.allow("hf_known")
    with pytest.raises(RepositoryNotFoundError):
        download("lab/nothing", token=token or False)


def test_missing_file_is_told(hub: Hub, tmp_path: Path) -> None:
    hub.add(NAME, models.tiny_llama())
    with pytest.raises(RemoteEntryNotFoundError):
        hf_hub_download(NAME, "nothing.bin", endpoint=hub.url, cache_dir=tmp_path, token=False)


def test_cut_download_is_resumed(hub: Hub, download: Download, tmp_path: Path) -> None:
    weights = tmp_path / WEIGHTS
    weights.write_bytes(bytes(range(256)) * 100_000)
    hub.add(NAME, weights)
    hub.faults.cut_after, hub.faults.cuts = 15_000_000, 1
    assert (download() / WEIGHTS).read_bytes() == weights.read_bytes()
    kept = huggingface_hub.constants.DOWNLOAD_CHUNK_SIZE
    assert [r.range for r in hub.requests if r.path.startswith("/store/")] == [None, f"bytes={kept}-"]
    assert hub.sent == 15_000_000 + weights.stat().st_size - kept


def test_slow_download_can_be_watched_and_sped_up(hub: Hub) -> None:
    hub.add(NAME, models.tiny_gguf())
    hub.faults.bytes_per_second = 40_000
    with httpx.stream("GET", f"{hub.url}/{NAME}/resolve/main/tiny.gguf", follow_redirects=True) as answer:
        pieces = answer.iter_raw()
        first = next(pieces)
        assert 0 < hub.sent < models.tiny_gguf().stat().st_size
        hub.faults.bytes_per_second = None
        assert first + b"".join(pieces) == models.tiny_gguf().read_bytes()


def test_hub_refuses_as_often_as_it_was_told(hub: Hub) -> None:
    hub.add(NAME, models.tiny_llama())
    hub.faults.refusals = [503, 429]
    address = f"{hub.url}/api/models/{NAME}"
    assert [httpx.get(address).status_code for _ in range(3)] == [503, 429, 200]


def test_registrys_client_finds_the_file_of_a_model_as_its_layer(hub: Hub) -> None:
    hub.add(NAME, models.tiny_gguf(), revisions=("1",))
    place, crane = f"{hub.url.removeprefix('http://')}/{NAME}", str(binaries.path("crane"))
    [layer] = json.loads(subprocess.check_output([crane, "manifest", f"{place}:1"]))["layers"]
    content = subprocess.check_output([crane, "blob", f"{place}@{layer['digest']}"])
    assert content == models.tiny_gguf().read_bytes()


def test_pod_reaches_a_hub_on_the_labs_gateway(cluster: Client, full: Lab, namespace: str) -> None:
    full.nodes.import_image(probe.image())
    cluster.create(probe.pod("reader"), namespace)
    cluster.wait("Pod", "reader", namespace, condition("Ready"))
    with Hub(full.identity.gateway, full.identity.ports.hub) as hub:
        commit = hub.add(NAME, models.tiny_llama())
        address = f"{hub.url}/api/models/{NAME}"
        assert json.loads(probe.get(cluster, namespace, "reader", address))["sha"] == commit
