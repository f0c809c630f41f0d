"""Which files a task wants, and names that it takes from no store."""

import pytest

from loader.failures import LoadFailed, Reason
from loader.task import Address, Listing, RemoteFile, Task


def wants(path: str, include: tuple[str, ...] = (), exclude: tuple[str, ...] = ()) -> bool:
    return Task("hf://org/name", "models--org--name", include, exclude).wants(path)


def file(path: str, size: int | None = 1) -> RemoteFile:
    return RemoteFile(path, size, lambda: Address("https://host/file"))


def test_without_patterns_every_file_is_wanted() -> None:
    assert wants("deep/inside/config.json")


def test_a_star_spans_folders_as_on_the_hub() -> None:
    assert wants("deep/model.safetensors", include=("*.safetensors",))
    assert not wants("model.safetensors.txt", include=("*.safetensors",))


def test_a_folder_is_named_by_its_slash() -> None:
    assert wants("onnx/model.onnx", include=("onnx/",))
    assert not wants("onnx.json", include=("onnx/",))


def test_exclude_wins_over_include() -> None:
    assert not wants("model.bin", include=("model.*",), exclude=("*.bin",))


def test_case_counts() -> None:
    assert not wants("README.md", include=("readme*",))


@pytest.mark.parametrize("path", ["../outside", "/etc/passwd", "a/../../b", ""])
def test_a_store_cannot_name_a_file_outside_the_model(path: str) -> None:
    with pytest.raises(LoadFailed) as caught:
        file(path)
    assert caught.value.reason is Reason.INVALID
    assert not caught.value.retry


def test_the_total_is_unknown_as_soon_as_one_size_is() -> None:
    assert Listing("", (file("a", 2), file("b", 3))).total == 5
    assert Listing("", (file("a", 2), file("b", None))).total is None
