"""A hub on this machine, and a loader that fetches from it into a cache of its own."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from lab.hub import Hub
from loader_runs import Loader


@pytest.fixture
def hub() -> Iterator[Hub]:
    with Hub() as hub:
        yield hub


@pytest.fixture
def loader(hub: Hub, tmp_path: Path) -> Loader:
    cache = tmp_path / "cache"
    cache.mkdir()
    return Loader(cache, {"HF_ENDPOINT": hub.url})
