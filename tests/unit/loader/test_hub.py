"""Which files of a hub's model are fetched when nobody said which."""

import pytest
from huggingface_hub.hf_api import RepoFile

from loader.stores.hub import chosen
from loader.task import Task


def chosen_of(*paths: str, include: tuple[str, ...] = (), exclude: tuple[str, ...] = ()) -> list[str]:
    entries = [RepoFile(path=path, size=1, oid="0" * 40) for path in paths]
    return [entry.path for entry in chosen(Task("hf://org/name", "models--org--name", include, exclude), entries)]


@pytest.mark.parametrize("other", ["model.bin", "model.gguf", "onnx/model.onnx", "original/consolidated.00.pth"])
def test_the_same_weights_in_other_formats_stay_where_they_are(other: str) -> None:
    assert chosen_of("config.json", "model.safetensors", other) == ["config.json", "model.safetensors"]


def test_without_safetensors_everything_is_fetched() -> None:
    assert chosen_of("config.json", "pytorch_model.bin") == ["config.json", "pytorch_model.bin"]


def test_patterns_are_the_last_word() -> None:
    assert chosen_of("a.safetensors", "a.gguf", include=("*.gguf",)) == ["a.gguf"]
    assert chosen_of("a.safetensors", "a.gguf", exclude=("*.txt",)) == ["a.safetensors", "a.gguf"]
