"""A model of ModelScope, from a hub that speaks its interface."""

import os
from pathlib import Path

import pytest

from lab.hub import Hub
from loader_runs import Loader

MODEL = "modelscope://org/name"
FILES = {"config.json": b"{}", "deep/weights.gguf": os.urandom(1 << 20)}


@pytest.fixture
def endpoint(hub: Hub, tmp_path: Path) -> tuple[str, str]:
    for path, content in FILES.items():
        (tmp_path / "source" / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "source" / path).write_bytes(content)
    hub.add("org/name", tmp_path / "source", private=True, revisions=("master", "v1"))
    hub.allow("right", "org/name")
    return "--endpoint", hub.url


def test_a_model_comes_whole_with_its_token(loader: Loader, hub: Hub, endpoint: tuple[str, str]) -> None:
    done = loader.fetch(MODEL, "name-1", *endpoint, MODELSCOPE_API_TOKEN="right").done
    assert (done["downloaded"], done["revision"]) == (sum(map(len, FILES.values())), "master")
    assert {path: (loader.cache / "name-1" / path).read_bytes() for path in FILES} == FILES
    asked = len(hub.requests)
    assert loader.fetch(MODEL, "name-1", *endpoint).done["downloaded"] == 0
    assert len(hub.requests) == asked


def test_a_cut_connection_costs_what_was_not_sent(loader: Loader, hub: Hub, endpoint: tuple[str, str]) -> None:
    hub.faults.cut_after, hub.faults.cuts = 300_000, 1
    done = loader.fetch(f"{MODEL}@v1", "name-1", *endpoint, MODELSCOPE_API_TOKEN="right").done
    assert done["downloaded"] == sum(map(len, FILES.values()))
    assert (loader.cache / "name-1" / "deep" / "weights.gguf").read_bytes() == FILES["deep/weights.gguf"]


@pytest.mark.parametrize(
    ("model", "token", "reason", "sentence"),
    [
        pytest.param(MODEL, "", "TokenMissing", f"{MODEL} is not public: it answered 403.", id="no-token"),
        pytest.param(MODEL, "wrong", "TokenMissing", f"{MODEL} does not know these credentials.", id="unknown-token"),
        pytest.param(f"{MODEL}@v9", "right", "NotFound", f"There is no {MODEL}@v9.", id="revision"),
        pytest.param("modelscope://org/other", "", "NotFound", "There is no modelscope://org/other.", id="missing"),
    ],
)
def test_a_refusal_is_told(
    loader: Loader, endpoint: tuple[str, str], model: str, token: str, reason: str, sentence: str
) -> None:
    assert loader.fetch(model, "a", *endpoint, MODELSCOPE_API_TOKEN=token).failed == (2, reason, sentence)
