"""The loader is an image of its own and says what the operator reads."""

import errno
import json
from pathlib import Path

import pytest

from loader import events
from loader.failures import LoadFailed, Reason, of_disk
from loader.layouts import HubCache
from loader.shelf import HIDDEN, Shelf
from loader.task import Address, RemoteFile, Task
from modelservice.facts.loading import LoadFailure, event_of
from modelservice.render import paths


def test_loader_and_operator_know_the_same_reasons() -> None:
    assert [str(reason) for reason in Reason] == [str(failure) for failure in LoadFailure]


def test_loader_and_operator_hide_their_folders_alike() -> None:
    assert HIDDEN == paths.HIDDEN


def test_a_failure_is_said_and_left_as_the_last_word(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    last = tmp_path / "termination-log"
    last.touch()
    monkeypatch.setattr(events, "TERMINATION_LOG", last)
    events.say_failed(LoadFailed(Reason.GATED, "It is gated."))
    expected = {"event": "failed", "reason": "Gated", "message": "It is gated.", "retry": False}
    assert event_of(capsys.readouterr().out) == expected
    assert json.loads(last.read_text()) == expected


@pytest.mark.parametrize(
    ("number", "reason", "retry"),
    [
        (errno.ENOSPC, Reason.NO_SPACE, False),
        (errno.EDQUOT, Reason.NO_SPACE, False),
        (errno.EROFS, Reason.READ_ONLY, False),
        (errno.EACCES, Reason.READ_ONLY, False),
        (errno.EIO, Reason.UNREACHABLE, True),
    ],
)
def test_what_a_volume_refuses_has_a_reason(number: int, reason: Reason, retry: bool) -> None:
    failure = of_disk(OSError(number, "refused"), "/cache/hub")
    assert (failure.reason, failure.retry) == (reason, retry)
    assert "/cache/hub" in failure.message


def test_equal_contents_have_one_place_in_a_hub_cache(tmp_path: Path) -> None:
    layout = HubCache(Shelf(tmp_path), Task("hf://org/name", "models--org--name"))
    one, two = (RemoteFile(path, 1, lambda: Address(""), blob="abc") for path in ("a", "b"))
    assert layout.place(one) == layout.place(two) == tmp_path / "models--org--name" / "blobs" / "abc"
