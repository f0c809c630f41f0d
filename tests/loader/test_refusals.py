"""Why a model could not be fetched: each reason with its sentence, and whether it is worth trying again."""

import pytest

from lab import models
from lab.hub import Hub
from loader_runs import Loader

NAME, MODEL, FOLDER = "lab/tiny", "hf://lab/tiny", "models--lab--tiny"


@pytest.fixture(autouse=True)
def library(hub: Hub) -> None:
    hub.add(NAME, models.tiny_llama(), revisions=("main", "v1"))
    hub.add("lab/gated", models.tiny_llama(), gated=True)
    hub.add("lab/secret", models.tiny_llama(), private=True)
    hub.allow("hf_stranger")


@pytest.mark.parametrize(
    ("model", "token", "reason", "sentence"),
    [
        ("lab/secret", "", "TokenMissing", "lab/secret is private or does not exist, and there is no token."),
        ("lab/gated", "", "TokenMissing", "lab/gated is gated, and there is no token."),
        ("lab/tiny", "hf_wrong", "TokenMissing", "The hub does not know the token."),
        ("lab/gated", "hf_stranger", "Gated", "lab/gated is gated, and the owner of the token has not been let in."),
        ("lab/secret", "hf_stranger", "NotFound", "The hub has no lab/secret that the token may see."),
        ("lab/tinny", "hf_stranger", "NotFound", "The hub has no lab/tinny; the nearest name is lab/tiny."),
        ("Lab/tiny", "", "NotFound", "The hub has no Lab/tiny; the nearest name is lab/tiny."),
        ("lab/tiny@v9", "", "NotFound", "lab/tiny has no revision v9; it has main, v1."),
    ],
)
def test_a_refusal_of_the_hub_is_told_apart_and_final(
    loader: Loader, model: str, token: str, reason: str, sentence: str
) -> None:
    assert loader.fetch(f"hf://{model}", FOLDER, HF_TOKEN=token).failed == (2, reason, sentence)


def test_patterns_that_leave_nothing_are_told(loader: Loader) -> None:
    sentence = "There is no file that the patterns leave at hf://lab/tiny."
    assert loader.fetch(MODEL, FOLDER, "--include", "*.gguf").failed == (2, "NotFound", sentence)


def test_a_hub_out_of_reach_may_come_back(loader: Loader) -> None:
    code, reason, sentence = loader.fetch(MODEL, FOLDER, HF_ENDPOINT="http://127.0.0.1:9").failed
    assert (code, reason) == (1, "Unreachable")
    assert sentence.startswith("lab/tiny at http://127.0.0.1:9 could not be reached: ")


def test_a_busy_hub_is_asked_again(hub: Hub, loader: Loader) -> None:
    hub.faults.refusals = [503, 429, 500]
    assert loader.fetch(MODEL, FOLDER).code == 0


def test_a_reference_of_no_known_kind_is_invalid(loader: Loader) -> None:
    sentence = "ftp://host/model is of no kind that the loader fetches."
    assert loader.fetch("ftp://host/model", "model").failed == (2, "Invalid", sentence)


@pytest.mark.parametrize("folder", ["../outside", ".hidden", "a/b", ""])
def test_a_folder_is_a_plain_name(loader: Loader, folder: str) -> None:
    assert loader.fetch(MODEL, folder).failed[:2] == (2, "Invalid")
