"""A model of the hub, fetched: it lies as the hub's own client leaves it, and is fetched once."""

import random
from pathlib import Path

import pytest
from huggingface_hub import snapshot_download
from huggingface_hub.errors import LocalEntryNotFoundError

from lab import models
from lab.hub import Hub
from loader.shelf import Shelf
from loader_runs import Loader

NAME, MODEL, FOLDER = "lab/tiny", "hf://lab/tiny", "models--lab--tiny"


def size(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.iterdir())


def contents(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def offline(loader: Loader, revision: str = "main") -> Path:
    """What an engine finds that starts offline from this cache."""
    return Path(snapshot_download(NAME, revision=revision, cache_dir=loader.cache, local_files_only=True))


@pytest.fixture
def grown(tmp_path: Path) -> Path:
    """The tiny model with other weights: a later commit."""
    folder = tmp_path / "grown"
    folder.mkdir()
    for name, content in contents(models.tiny_llama()).items():
        (folder / name).write_bytes(content + b"\0" if name.endswith(".safetensors") else content)
    return folder


def test_an_engine_finds_the_model_offline(hub: Hub, loader: Loader) -> None:
    commit = hub.add(NAME, models.tiny_llama())
    total = size(models.tiny_llama())
    ended = loader.fetch(MODEL, FOLDER)
    assert ended.done == {"event": "done", "bytes": total, "downloaded": total, "revision": commit}
    assert ended.events[0] == {"event": "start", "total": total, "files": len(list(models.tiny_llama().iterdir()))}
    assert offline(loader).name == commit
    assert contents(offline(loader)) == contents(models.tiny_llama())


def test_what_is_there_is_neither_fetched_nor_asked_for_again(hub: Hub, loader: Loader) -> None:
    hub.add(NAME, models.tiny_llama())
    loader.fetch(MODEL, FOLDER)
    asked, sent = len(hub.requests), hub.sent
    assert loader.fetch(MODEL, FOLDER).done["downloaded"] == 0
    assert loader.is_whole(MODEL, FOLDER)
    assert (len(hub.requests), hub.sent) == (asked, sent)


def test_a_file_that_was_lost_is_all_that_is_fetched_again(hub: Hub, loader: Loader) -> None:
    hub.add(NAME, models.tiny_llama())
    loader.fetch(MODEL, FOLDER)
    lost = offline(loader) / "config.json"
    length = lost.stat().st_size
    lost.resolve().unlink()
    assert not loader.is_whole(MODEL, FOLDER)
    assert loader.fetch(MODEL, FOLDER).done["downloaded"] == length
    assert contents(offline(loader)) == contents(models.tiny_llama())


def test_a_cache_that_the_hubs_client_filled_is_taken_as_it_is(hub: Hub, loader: Loader) -> None:
    hub.add(NAME, models.tiny_llama())
    snapshot_download(NAME, endpoint=hub.url, token=False, cache_dir=loader.cache)
    sent = hub.sent
    assert loader.fetch(MODEL, FOLDER).done["downloaded"] == 0
    assert hub.sent == sent


def test_revisions_share_what_they_have_in_common(hub: Hub, loader: Loader, grown: Path) -> None:
    old = hub.add(NAME, models.tiny_llama())
    loader.fetch(MODEL, FOLDER)
    new = hub.add(NAME, grown, revisions=("main", "v2"))
    weights = (grown / "model.safetensors").stat().st_size
    assert loader.fetch(f"{MODEL}@v2", FOLDER).done["downloaded"] == weights
    assert (offline(loader).name, offline(loader, "v2").name) == (old, new)
    assert contents(offline(loader)) == contents(models.tiny_llama())
    assert contents(offline(loader, "v2")) == contents(grown)


def test_a_commit_can_be_named(hub: Hub, loader: Loader) -> None:
    commit = hub.add(NAME, models.tiny_llama())
    assert loader.fetch(f"{MODEL}@{commit}", FOLDER).done["revision"] == commit
    assert offline(loader, commit).name == commit


def test_patterns_choose_files(hub: Hub, loader: Loader) -> None:
    hub.add(NAME, models.tiny_llama())
    chosen = ("--include", "*.json", "--exclude", "tokenizer*")
    loader.fetch(MODEL, FOLDER, *chosen)
    names = set(contents(offline(loader)))
    assert names == {n for n in contents(models.tiny_llama()) if n.endswith(".json") and not n.startswith("tokenizer")}
    assert loader.is_whole(MODEL, FOLDER, *chosen)
    assert not loader.is_whole(MODEL, FOLDER)


def test_files_in_folders_and_large_ones_come_whole(hub: Hub, loader: Loader, tmp_path: Path) -> None:
    source = tmp_path / "source"
    (source / "deep" / "er").mkdir(parents=True)
    (source / "deep" / "er" / "model.safetensors").write_bytes(random.Random(1).randbytes(65 << 20))
    (source / "empty.json").write_bytes(b"")
    hub.add(NAME, source)
    assert loader.fetch(MODEL, FOLDER).done["bytes"] == 65 << 20
    assert contents(offline(loader)) == contents(source)
    assert len([r for r in hub.requests if r.path.startswith("/store/") or "/resolve/" in r.path]) == 5


def test_a_token_is_shown_to_the_hub_and_not_to_its_store(hub: Hub, loader: Loader) -> None:
    hub.add(NAME, models.tiny_llama(), private=True)
    hub.allow("hf_right", NAME)
    assert loader.fetch(MODEL, FOLDER, HF_TOKEN="hf_right").code == 0
    stored = [request.token for request in hub.requests if request.path.startswith("/store/")]
    assert stored == [None]
    assert {request.token for request in hub.requests if not request.path.startswith("/store/")} == {"hf_right"}


def test_the_cache_is_listed_and_models_are_removed(hub: Hub, loader: Loader) -> None:
    commit = hub.add(NAME, models.tiny_llama())
    loader.fetch(MODEL, FOLDER)
    total = size(models.tiny_llama())
    [found] = loader.listed()
    assert found["loaded"] == [{"reference": MODEL, "revision": commit}]
    assert (found["folder"], found["state"]) == (FOLDER, "whole")
    assert total <= found["bytes"] < total + 4096
    assert loader.remove(FOLDER).code == 0
    assert loader.listed() == []
    assert not any((loader.cache / ".modelservice" / "trash").glob("*"))


def test_what_another_program_put_there_is_listed_as_unknown(hub: Hub, loader: Loader) -> None:
    hub.add(NAME, models.tiny_llama())
    snapshot_download(NAME, endpoint=hub.url, token=False, cache_dir=loader.cache)
    assert [(found["folder"], found["state"]) for found in loader.listed()] == [(FOLDER, "unknown")]


def test_an_old_revision_leaves_with_what_no_other_is_made_of(hub: Hub, loader: Loader, grown: Path) -> None:
    hub.add(NAME, models.tiny_llama(), revisions=("v1",))
    loader.fetch(f"{MODEL}@v1", FOLDER)
    hub.add(NAME, grown, revisions=("v2",))
    loader.fetch(f"{MODEL}@v2", FOLDER)
    before = loader.listed()[0]["bytes"]
    ended = loader.prune(FOLDER, f"{MODEL}@v2", how="--keep")
    assert ended["removed"] == [f"{MODEL}@v1"]
    freed = ended["bytes"]
    assert before - loader.listed()[0]["bytes"] == freed
    weights = (models.tiny_llama() / "model.safetensors").stat().st_size
    assert weights <= freed < weights + 2000
    assert [loaded["reference"] for loaded in loader.listed()[0]["loaded"]] == [f"{MODEL}@v2"]
    assert contents(offline(loader, "v2")) == contents(grown)
    with pytest.raises(LocalEntryNotFoundError):
        offline(loader, "v1")


def test_a_commit_that_another_name_keeps_stays(hub: Hub, loader: Loader) -> None:
    commit = hub.add(NAME, models.tiny_llama(), revisions=("v1",))
    for revision in ("v1", commit):
        loader.fetch(f"{MODEL}@{revision}", FOLDER)
    loader.prune(FOLDER, f"{MODEL}@v1")
    assert contents(offline(loader, commit)) == contents(models.tiny_llama())
    loader.prune(FOLDER, f"{MODEL}@{commit}")
    assert loader.listed() == []


def test_what_is_kept_alone_or_bears_no_mark_costs_nothing(hub: Hub, loader: Loader, grown: Path) -> None:
    hub.add(NAME, models.tiny_llama(), revisions=("v1",))
    loader.fetch(f"{MODEL}@v1", FOLDER)
    hub.add(NAME, grown, revisions=("v2",))
    snapshot_download(NAME, revision="v2", endpoint=hub.url, token=False, cache_dir=loader.cache)
    nothing = {"event": "pruned", "removed": [], "bytes": 0}
    assert loader.prune(FOLDER, f"{MODEL}@v1", f"{MODEL}@v3", how="--keep") == nothing
    assert loader.prune("models--lab--absent", f"{MODEL}@v1", how="--keep") == nothing
    assert loader.prune(FOLDER, f"{MODEL}@v3", how="--keep")["removed"] == [f"{MODEL}@v1"]
    assert contents(offline(loader, "v2")) == contents(grown)


def test_folder_that_is_being_loaded_is_not_pruned(hub: Hub, loader: Loader) -> None:
    hub.add(NAME, models.tiny_llama(), revisions=("v1", "v2"))
    loader.fetch(f"{MODEL}@v1", FOLDER)
    with Shelf(loader.cache).locked(FOLDER):
        refused = loader.ended("prune", "--folder", FOLDER, "--keep", f"{MODEL}@v2")
    assert refused.failed[:2] == (1, "Invalid")
    assert loader.is_whole(f"{MODEL}@v1", FOLDER)
