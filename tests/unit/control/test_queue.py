"""The work queue's promises, on a clock that jumps."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

import pytest

import virtual_time
from modelservice.control.queue import Priority, Stopped, WorkQueue

Test = Callable[[], Coroutine[Any, Any, None]]


def in_virtual_time(test: Test) -> Callable[[], None]:
    def run() -> None:
        virtual_time.run(test())

    run.__name__ = test.__name__
    run.__doc__ = test.__doc__
    return run


def now() -> float:
    return asyncio.get_running_loop().time()


def queue(chance: float = 1.0, **options: Any) -> WorkQueue[str]:
    return WorkQueue(chance=lambda: chance, **options)


def drain(q: WorkQueue[str]) -> list[str]:
    taken = []
    while (key := q.get_nowait()) is not None:
        taken.append(key)
        q.done(key)
    return taken


@in_virtual_time
async def test_queue_gives_a_key_once_however_often_it_was_added() -> None:
    q = queue()
    for key in ("a", "b", "a", "a"):
        q.add(key)
    assert len(q) == 2
    assert drain(q) == ["a", "b"]


@in_virtual_time
async def test_queue_gives_a_key_to_one_hand_at_a_time() -> None:
    q = queue()
    q.add("a")
    assert await q.get() == "a"
    q.add("a")
    q.add("b")
    assert q.get_nowait() == "b"
    assert q.get_nowait() is None, "a is still in a hand"
    q.done("a")
    assert q.get_nowait() == "a", "what was added meanwhile comes again"
    q.done("a")
    q.done("b")
    assert q.get_nowait() is None


@in_virtual_time
async def test_queue_gives_edits_before_resyncs_and_else_in_order() -> None:
    q = queue()
    for key in ("r1", "r2", "r3"):
        q.add(key, Priority.RESYNC)
    q.add("e1")
    q.add("r2")
    assert drain(q) == ["e1", "r2", "r1", "r3"]


@in_virtual_time
async def test_queue_does_not_push_an_edit_back_when_a_resync_wants_the_same_key() -> None:
    q = queue()
    q.add("r", Priority.RESYNC)
    q.add("e")
    q.add("e", Priority.RESYNC)
    assert drain(q) == ["e", "r"]


@in_virtual_time
async def test_queue_remembers_the_priority_of_a_key_that_is_in_a_hand() -> None:
    q = queue()
    q.add("a")
    assert await q.get() == "a"
    q.add("r", Priority.RESYNC)
    q.add("a", Priority.RESYNC)
    q.add("a")
    q.done("a")
    assert drain(q) == ["a", "r"]


@in_virtual_time
async def test_place_that_a_key_left_for_a_better_one_does_not_count() -> None:
    q = queue()
    q.add("a", Priority.RESYNC)
    q.add("a")
    assert q.get_nowait() == "a"
    q.add("a", Priority.RESYNC)
    assert q.get_nowait() is None, "a is in a hand, though its old place is still in the line"
    q.done("a")
    assert drain(q) == ["a"]


@in_virtual_time
async def test_queue_gives_a_delayed_key_when_it_is_due() -> None:
    q = queue()
    q.add_after("a", 30)
    assert q.get_nowait() is None
    assert await q.get() == "a"
    assert now() == pytest.approx(30)


@in_virtual_time
async def test_delay_only_shortens() -> None:
    q = queue()
    q.add_after("a", 30)
    q.add_after("a", 60)
    q.add_after("a", 10)
    q.add_after("a", 20)
    assert await q.get() == "a"
    assert now() == pytest.approx(10)
    q.done("a")
    await asyncio.sleep(100)
    assert q.get_nowait() is None, "the longer delays are over with the shortest"


@in_virtual_time
async def test_edit_ends_a_delay() -> None:
    q = queue()
    q.add_after("a", 300)
    q.add("a")
    assert await q.get() == "a"
    assert now() == 0
    q.done("a")
    await asyncio.sleep(1000)
    assert q.get_nowait() is None


@in_virtual_time
async def test_delay_asked_for_while_the_key_is_in_a_hand_counts() -> None:
    q = queue()
    q.add("a")
    assert await q.get() == "a"
    q.add_after("a", 5)
    await asyncio.sleep(7)
    assert q.get_nowait() is None
    q.done("a")
    assert q.get_nowait() == "a"


@in_virtual_time
async def test_failures_in_a_row_come_back_later_and_later_up_to_a_bound() -> None:
    q = queue(first_delay=1, longest_delay=10)
    delays = []
    for _ in range(6):
        q.add("a")
        key = await q.get()
        delays.append(q.retry(key))
        q.done(key)
    assert delays == [1, 2, 4, 8, 10, 10]
    q.forget("a")
    assert q.retry("a") == 1, "a success starts anew"


@in_virtual_time
async def test_retry_waits_for_its_delay_and_other_keys_do_not() -> None:
    q = queue(first_delay=8)
    q.add("bad")
    bad = await q.get()
    q.retry(bad)
    q.done(bad)
    q.add("good")
    assert drain(q) == ["good"]
    assert await q.get() == "bad"
    assert now() == pytest.approx(8)


@pytest.mark.parametrize(("chance", "delay"), [(0.0, 4.0), (0.5, 6.0), (1.0, 8.0)], ids=["least", "middle", "most"])
def test_retry_is_spread_over_half_its_delay(chance: float, delay: float) -> None:
    async def test() -> None:
        assert queue(chance, first_delay=8).retry("a") == delay

    virtual_time.run(test())


@in_virtual_time
async def test_retry_waits_at_least_as_long_as_the_server_asks() -> None:
    assert queue(first_delay=1).retry("a", at_least=30) == 30


@in_virtual_time
async def test_workers_get_every_key_once_and_never_the_same_at_once() -> None:
    q = queue()
    working: set[str] = set()
    worked: list[str] = []

    async def worker() -> None:
        while True:
            key = await q.get()
            assert key not in working
            working.add(key)
            await asyncio.sleep(1)
            working.remove(key)
            worked.append(key)
            q.done(key)

    workers = [asyncio.create_task(worker()) for _ in range(4)]
    await asyncio.sleep(1)
    for n in range(8):
        q.add(f"k{n}")
    await asyncio.sleep(10)
    assert sorted(worked) == [f"k{n}" for n in range(8)]
    for task in workers:
        task.cancel()
    await asyncio.wait(workers)


@in_virtual_time
async def test_key_is_not_lost_when_its_taker_is_cancelled() -> None:
    q = queue()
    first, second = asyncio.create_task(q.get()), asyncio.create_task(q.get())
    await asyncio.sleep(0)
    q.add("a")
    first.cancel()  # it was woken already, and has not run yet
    assert await asyncio.wait_for(second, 1) == "a"
    assert first.cancelled()


@in_virtual_time
async def test_cancelled_waiter_leaves_no_trace() -> None:
    q = queue()
    waiter = asyncio.create_task(q.get())
    await asyncio.sleep(0)
    waiter.cancel()
    await asyncio.wait([waiter])
    q.add("a")
    assert q.get_nowait() == "a"


@in_virtual_time
async def test_stop_ends_every_wait_and_takes_nothing_more() -> None:
    q = queue()
    waiters = [asyncio.create_task(q.get()) for _ in range(3)]
    await asyncio.sleep(0)
    q.add_after("later", 1)
    q.stop()
    q.add("a")
    for waiter in waiters:
        with pytest.raises(Stopped):
            await waiter
    with pytest.raises(Stopped):
        q.get_nowait()


@in_virtual_time
async def test_key_in_a_hand_may_be_done_after_the_stop() -> None:
    q = queue()
    q.add("a")
    key = await q.get()
    q.stop()
    q.done(key)
    assert q.longest_busy() == 0


@in_virtual_time
async def test_longest_busy_shows_a_stuck_worker() -> None:
    q = queue()
    assert q.longest_busy() == 0
    q.add("a")
    await q.get()
    await asyncio.sleep(90)
    q.add("b")
    await q.get()
    assert q.longest_busy() == pytest.approx(90)
    q.done("a")
    assert q.longest_busy() == 0


class Seen:
    def __init__(self) -> None:
        self.told: list[tuple[str, float]] = []

    def added(self, depth: int) -> None:
        self.told.append(("added", depth))

    def taken(self, waited: float, depth: int) -> None:
        self.told += [("waited", waited), ("depth", depth)]

    def finished(self, worked: float) -> None:
        self.told.append(("worked", worked))

    def retried(self) -> None:
        self.told.append(("retried", 1))


@in_virtual_time
async def test_queue_measures_what_waits_and_for_how_long() -> None:
    seen = Seen()
    q: WorkQueue[str] = WorkQueue(metrics=seen)
    q.add("a")
    q.add("a")
    q.add("b")
    await asyncio.sleep(3)
    key = await q.get()
    await asyncio.sleep(2)
    q.retry(key)
    q.done(key)
    assert seen.told == [
        ("added", 1),
        ("added", 2),
        ("waited", pytest.approx(3)),
        ("depth", 1),
        ("retried", 1),
        ("worked", pytest.approx(2)),
    ]


@in_virtual_time
async def test_queue_holds_ten_thousand_keys_and_as_many_delays_in_order() -> None:
    q = queue()
    for n in range(10_000):
        q.add(f"k{n}")
        q.add_after(f"d{n}", 1 + n / 1000)
    assert drain(q) == [f"k{n}" for n in range(10_000)]
    await asyncio.sleep(20)
    assert drain(q) == [f"d{n}" for n in range(10_000)]
