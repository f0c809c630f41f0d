"""When another replica's lease may be taken, and which timings make no sense."""

import dataclasses

import pytest

from modelservice.kube.lease import Record, Sight, Timing

THEIRS = Record(holder="b", renewed="t1", duration=15)


def test_record_of_another_counts_from_when_it_was_first_read() -> None:
    """Its own time stamps are another machine's clock, and say nothing."""
    sight = Sight()
    assert sight.free_in(THEIRS, 100.0) == 15.0
    assert sight.free_in(THEIRS, 110.0) == 5.0
    assert sight.free_in(THEIRS, 115.0) == 0.0


@pytest.mark.parametrize(
    "change", [{"renewed": "t2"}, {"holder": "c"}, {"transitions": 4}], ids=["renewed", "other holder", "taken again"]
)
def test_record_that_changed_counts_anew(change: dict[str, str]) -> None:
    sight = Sight()
    sight.free_in(THEIRS, 100.0)
    assert sight.free_in(dataclasses.replace(THEIRS, **change), 114.0) == 15.0  # type: ignore[arg-type]


def test_record_without_a_holder_is_free_at_once() -> None:
    sight = Sight()
    sight.free_in(THEIRS, 100.0)
    assert sight.free_in(dataclasses.replace(THEIRS, holder=""), 101.0) == 0.0


def test_holder_says_itself_how_long_it_counts() -> None:
    assert Sight().free_in(dataclasses.replace(THEIRS, duration=60), 100.0) == 60.0


@pytest.mark.parametrize(
    ("manifest", "record"),
    [
        ({}, Record()),
        ({"spec": {"holderIdentity": None}}, Record()),
        (
            {"spec": {"holderIdentity": "b", "renewTime": "t", "acquireTime": "s", "leaseTransitions": 3}},
            Record("b", "t", "s", 3),
        ),
    ],
    ids=["none", "made by hand", "held"],
)
def test_record_is_read_from_the_object(manifest: dict[str, object], record: Record) -> None:
    assert Record.of(manifest) == record


@pytest.mark.parametrize(("record", "transitions"), [(Record(), 0), (THEIRS, 1)], ids=["new", "taken over"])
def test_taking_over_counts_a_transition(record: Record, transitions: int) -> None:
    assert record.taken() == Record(transitions=transitions)


@pytest.mark.parametrize(
    "timing",
    [{"deadline": 15.0}, {"renew": 10.0}, {"look": 3.0}, {"look": 0.0}],
    ids=["hold ends with the lease", "renewal after the deadline", "slower to look than to renew", "no pause"],
)
def test_timing_that_lets_two_lead_is_refused(timing: dict[str, float]) -> None:
    with pytest.raises(ValueError, match="look <= renew < deadline < duration"):
        Timing(**timing)
