"""Models in buckets, from real servers: S3 and Cloud Storage keep the same promises, down to the last byte."""

import os
from collections.abc import Iterator
from dataclasses import dataclass, replace
from hashlib import sha256

import pytest

from eventually import at_last
from lab.objectstores import KEYS, S3, CloudStorage, ObjectStore
from lab.relay import Relay
from loader_runs import Loader

MEBI = 1 << 20
WEIGHTS = os.urandom(6 * MEBI)
OBJECTS = {
    "llama/weights.gguf": WEIGHTS,
    "llama/deep/config.json": b"{}",
    "llama-2/other.json": b"another model",
    "lone.gguf": b"GGUF",
}
NOBODY = {"NO_GCE_CHECK": "true", "AWS_EC2_METADATA_DISABLED": "true"}
"""No cloud's machine is asked who this is."""


@dataclass(frozen=True)
class Bucket:
    """A store with a bucket, by its server or by a poor way to it."""

    scheme: str
    server: ObjectStore
    env: dict[str, str]

    def model(self, path: str, bucket: str = "models") -> str:
        return f"{self.scheme}://{bucket}/{path}"

    @property
    def there(self) -> tuple[str, str]:
        return "--endpoint", self.server.url


@pytest.fixture(scope="module", params=["s3", "gs"])
def bucket(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bucket]:
    folder = tmp_path_factory.mktemp(request.param)
    store = S3(folder) if request.param == "s3" else CloudStorage(folder)
    with store:
        store.put("models", OBJECTS)
        yield Bucket(request.param, store, KEYS if request.param == "s3" else {})


@pytest.fixture
def relay(bucket: Bucket) -> Iterator[Relay]:
    with Relay(bucket.server.port) as relay:
        yield relay


@pytest.fixture
def stored(loader: Loader, bucket: Bucket) -> Loader:
    return replace(loader, env={**NOBODY, **bucket.env})


def test_a_folder_is_what_lies_below_it(stored: Loader, bucket: Bucket) -> None:
    model = bucket.model("llama")
    assert stored.fetch(model, "llama-1", *bucket.there).done["downloaded"] == len(WEIGHTS) + len("{}")
    folder = stored.cache / "llama-1"
    assert (folder / "weights.gguf").read_bytes() == WEIGHTS
    assert (folder / "deep" / "config.json").read_bytes() == b"{}"
    assert {path.name for path in folder.iterdir() if path.name[0] != "."} == {"weights.gguf", "deep"}
    assert stored.fetch(model, "llama-1", "--endpoint", "http://127.0.0.1:9").done["downloaded"] == 0


def test_one_file_patterns_and_the_whole_bucket(stored: Loader, bucket: Bucket) -> None:
    assert stored.fetch(bucket.model("lone.gguf"), "file-1", *bucket.there).code == 0
    assert (stored.cache / "file-1" / "lone.gguf").read_bytes() == b"GGUF"
    only = ("--include", "*.json", *bucket.there)
    assert stored.fetch(bucket.model("llama"), "llama-1", *only).done["bytes"] == len("{}")
    whole = stored.fetch(f"{bucket.scheme}://models", "all-1", *bucket.there).done
    assert whole["bytes"] == sum(map(len, OBJECTS.values()))


def test_a_killed_download_goes_on_where_it_was(stored: Loader, bucket: Bucket, relay: Relay) -> None:
    relay.bytes_per_second = 4 * MEBI
    model, there = bucket.model("llama"), ("--endpoint", relay.url)
    running = stored.start(model, "llama-1", *there)
    at_last(lambda: relay.sent > 4 * MEBI, within=60)
    running.kill()
    assert not stored.is_whole(model, "llama-1", *there)
    relay.bytes_per_second = None
    assert stored.fetch(model, "llama-1", *there).done["downloaded"] <= len(WEIGHTS) - 2 * MEBI
    assert (stored.cache / "llama-1" / "weights.gguf").read_bytes() == WEIGHTS


def test_a_cut_connection_costs_what_was_not_sent(stored: Loader, bucket: Bucket, relay: Relay) -> None:
    relay.cut_after, relay.cuts = 3 * MEBI, 1
    done = stored.fetch(bucket.model("llama"), "llama-1", "--endpoint", relay.url).done
    assert (done["downloaded"], relay.cuts) == (len(WEIGHTS) + len("{}"), 0)
    assert (stored.cache / "llama-1" / "weights.gguf").read_bytes() == WEIGHTS


def test_a_byte_that_came_wrong_is_never_served(stored: Loader, bucket: Bucket, relay: Relay) -> None:
    relay.spoil_after = 5 * MEBI
    code, reason, sentence = stored.fetch(bucket.model("llama"), "llama-1", "--endpoint", relay.url).failed
    assert (code, reason) == (2, "HashMismatch")
    assert sentence.startswith(f"`weights.gguf` of {bucket.model('llama')} has the md5 ")
    assert not (stored.cache / "llama-1").exists()


def test_a_hash_that_the_user_names_is_checked(stored: Loader, bucket: Bucket) -> None:
    model, wrong = bucket.model("llama/weights.gguf"), "0" * 64
    assert stored.fetch(model, "a", "--sha256", wrong, *bucket.there).failed[:2] == (2, "HashMismatch")
    right = sha256(WEIGHTS).hexdigest()
    assert stored.fetch(model, "b", "--sha256", right, *bucket.there).code == 0


def test_what_is_not_there_is_told(stored: Loader, bucket: Bucket) -> None:
    missing = bucket.model("missing")
    sentence = f"There is no file at {missing}."
    assert stored.fetch(missing, "a", *bucket.there).failed == (2, "NotFound", sentence)
    elsewhere = bucket.model("llama", bucket="nowhere")
    assert stored.fetch(elsewhere, "b", *bucket.there).failed == (2, "NotFound", "There is no bucket nowhere.")


def test_a_store_out_of_reach_may_come_back(stored: Loader, bucket: Bucket) -> None:
    code, reason, sentence = stored.fetch(bucket.model("llama"), "a", "--endpoint", "http://127.0.0.1:9").failed
    assert (code, reason) == (1, "Unreachable")
    assert sentence.startswith(f"{bucket.model('llama')} could not be reached: ")
