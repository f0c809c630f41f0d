"""What a killed loader leaves of a file, and who believes it."""

import hashlib
from pathlib import Path

import pytest

from loader import checks, part
from loader.part import PIECE, Part
from loader.task import Address, RemoteFile


def file(size: int | None = 10, sha256: str = "0" * 64, version: str = "", ranges: bool = True) -> RemoteFile:
    digests = (("sha256", sha256),) if sha256 else ()
    return RemoteFile("model", size, lambda: Address(""), digests, version=version, ranges=ranges)


def begun(target: Path, of: RemoteFile, length: int) -> None:
    begins = Part(of, target)
    begins.begin()
    begins.note(0, length)


def test_a_later_loader_goes_on_where_the_journal_ends(tmp_path: Path) -> None:
    begun(tmp_path / "model", file(), 4)
    again = Part(file(), tmp_path / "model")
    assert (again.resumed, again.there, again.length(0)) == (True, 4, 4)


def test_a_torn_line_of_the_journal_is_not_believed(tmp_path: Path) -> None:
    begun(tmp_path / "model", file(), 4)
    with (tmp_path / "model.journal").open("a") as journal:
        journal.write("0")
    assert Part(file(), tmp_path / "model").there == 4


@pytest.mark.parametrize("changed", [file(size=11), file(sha256="1" * 64), file(version='"other"')])
def test_a_file_that_changed_at_its_store_begins_anew(tmp_path: Path, changed: RemoteFile) -> None:
    begun(tmp_path / "model", file(), 4)
    assert Part(changed, tmp_path / "model").there == 0


def test_without_a_digest_the_journal_of_another_boot_is_not_believed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    unknown, boot = file(sha256=""), tmp_path / "boot_id"
    monkeypatch.setattr(part, "BOOT", boot)
    boot.write_text("one\n")
    begun(tmp_path / "model", unknown, 4)
    assert Part(unknown, tmp_path / "model").there == 4
    boot.write_text("two\n")
    assert Part(unknown, tmp_path / "model").there == 0


def test_large_files_come_in_pieces_where_the_server_can(tmp_path: Path) -> None:
    size = 2 * PIECE + 1
    assert Part(file(size), tmp_path / "m").pieces == [(0, PIECE), (PIECE, 2 * PIECE), (2 * PIECE, size)]
    assert Part(file(size, ranges=False), tmp_path / "m").pieces == [(0, size)]
    assert Part(file(None), tmp_path / "m").pieces == [(0, None)]


def test_a_finished_file_leaves_nothing_beside_it(tmp_path: Path) -> None:
    one = Part(file(), tmp_path / "model")
    one.begin()
    one.finish()
    assert [path.name for path in tmp_path.iterdir()] == ["model"]


def test_digests_are_those_of_the_stores(tmp_path: Path) -> None:
    content = tmp_path / "hello"
    content.write_bytes(b"hello\n")
    assert checks.digest(content, "git") == "ce013625030ba8dba906f756967f9e9ca394464a"
    assert checks.digest(content, "sha256") == hashlib.sha256(b"hello\n").hexdigest()
    right = checks.digest(content, "sha256").upper()
    assert checks.wrong(content, file(6, right)) == ""
    assert "is expected" in checks.wrong(content, file(6))
    assert "6 bytes" in checks.wrong(content, file(7))
