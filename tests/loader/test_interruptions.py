"""Downloads that are cut, slow, killed or done by two at once: never half a model, and no byte twice without need."""

import random
import signal
import time
from pathlib import Path

import pytest
from huggingface_hub import snapshot_download
from huggingface_hub.errors import LocalEntryNotFoundError

from eventually import at_last
from lab.hub import Hub
from loader_runs import Loader

NAME, MODEL, FOLDER = "lab/large", "hf://lab/large", "models--lab--large"
MEBI = 1 << 20
SIZE = 8 * MEBI


@pytest.fixture
def weights(hub: Hub, tmp_path: Path) -> bytes:
    content = random.Random(0).randbytes(SIZE)
    source = tmp_path / "source"
    source.mkdir()
    (source / "model.safetensors").write_bytes(content)
    (source / "config.json").write_text("{}")
    hub.add(NAME, source)
    return content


def served(loader: Loader) -> bytes | None:
    """The weights that an engine would load which starts offline from this cache."""
    try:
        snapshot = Path(snapshot_download(NAME, cache_dir=loader.cache, local_files_only=True))
    except LocalEntryNotFoundError:
        return None
    assert (snapshot / "config.json").read_text() == "{}"
    return (snapshot / "model.safetensors").read_bytes()


def test_a_loader_killed_ten_times_never_leaves_a_broken_model(hub: Hub, loader: Loader, weights: bytes) -> None:
    hub.faults.bytes_per_second = 6 * MEBI
    moments = random.Random()
    for _ in range(10):
        running = loader.start(MODEL, FOLDER)
        running.heard("start")
        time.sleep(moments.uniform(0, 0.7))
        running.kill()
        assert served(loader) in (None, weights)
        if loader.is_whole(MODEL, FOLDER):
            assert served(loader) == weights
            assert loader.remove(FOLDER).code == 0
    assert loader.fetch(MODEL, FOLDER).code == 0
    assert served(loader) == weights


def test_a_killed_download_goes_on_where_it_was(hub: Hub, loader: Loader, weights: bytes) -> None:
    hub.faults.bytes_per_second = 4 * MEBI
    running = loader.start(MODEL, FOLDER)
    at_last(lambda: hub.sent > 4 * MEBI, within=60)
    running.kill()
    at_last(lambda: hub.idle, within=60)
    sent, hub.faults.bytes_per_second = hub.sent, None
    done = loader.fetch(MODEL, FOLDER).done
    assert hub.sent - sent == done["downloaded"] <= SIZE - 2 * MEBI
    assert served(loader) == weights


def test_what_lies_there_wrong_is_fetched_anew(hub: Hub, loader: Loader, weights: bytes) -> None:
    hub.faults.bytes_per_second = 4 * MEBI
    running = loader.start(MODEL, FOLDER)
    at_last(lambda: hub.sent > 3 * MEBI, within=60)
    running.kill()
    [part] = (loader.cache / FOLDER / "blobs").glob("*.part")
    with part.open("r+b") as content:
        content.write(b"\0" * 1000)
    hub.faults.bytes_per_second = None
    assert loader.fetch(MODEL, FOLDER).done["downloaded"] > SIZE
    assert served(loader) == weights


def test_a_cut_connection_costs_what_was_not_sent(hub: Hub, loader: Loader, weights: bytes) -> None:
    hub.faults.cut_after, hub.faults.cuts = 3 * MEBI, 2
    done = loader.fetch(MODEL, FOLDER).done
    assert done["downloaded"] == SIZE + len("{}")
    assert served(loader) == weights


def test_progress_is_told_on_the_way(hub: Hub, loader: Loader, weights: bytes) -> None:
    hub.faults.bytes_per_second = 2 * MEBI
    running = loader.start(MODEL, FOLDER)
    while not (told := running.heard("progress"))["done"]:
        pass
    running.kill()
    assert told["total"] == len(weights) + len("{}")
    assert 0 < told["done"] < told["total"]
    assert told["rate"] > 0


def test_two_loaders_fetch_a_model_once(hub: Hub, loader: Loader, weights: bytes) -> None:
    hub.faults.bytes_per_second = 4 * MEBI
    first = loader.start(MODEL, FOLDER)
    first.heard("start")
    second = loader.start(MODEL, FOLDER)
    assert second.heard("waiting")["for"]
    assert first.ended().done["downloaded"] == hub.sent == SIZE + len("{}")
    assert second.ended().done["downloaded"] == 0
    assert served(loader) == weights


def test_two_models_are_fetched_side_by_side(hub: Hub, loader: Loader, weights: bytes, tmp_path: Path) -> None:
    hub.add("lab/other", tmp_path / "source")
    hub.faults.bytes_per_second = 4 * MEBI
    both = [loader.start(MODEL, FOLDER), loader.start("hf://lab/other", "models--lab--other")]
    ended = [running.ended() for running in both]
    assert [one.code for one in ended] == [0, 0]
    assert all(event["event"] != "waiting" for one in ended for event in one.events)
    assert served(loader) == weights


def test_what_is_being_loaded_is_not_removed(hub: Hub, loader: Loader, weights: bytes) -> None:
    hub.faults.bytes_per_second = 2 * MEBI
    running = loader.start(MODEL, FOLDER)
    running.heard("start")
    assert loader.remove(FOLDER).failed[:2] == (1, "Invalid")
    hub.faults.bytes_per_second = None
    assert running.ended().code == 0
    assert served(loader) == weights


def test_a_loader_ends_at_once_when_it_is_told_to(hub: Hub, loader: Loader, weights: bytes) -> None:
    hub.faults.bytes_per_second = len(weights) // 100
    running = loader.start(MODEL, FOLDER)
    running.heard("start")
    running.process.send_signal(signal.SIGTERM)
    assert running.ended().code == 128 + signal.SIGTERM
