"""The limit on our own requests."""

import asyncio

import pytest

import virtual_time
from modelservice.kube.ratelimit import RateLimit


def test_burst_costs_no_time_and_then_requests_are_spaced() -> None:
    limit = RateLimit(per_second=10, burst=3)
    assert [limit.reserve(0.0) for _ in range(5)] == [0, 0, 0, pytest.approx(0.1), pytest.approx(0.2)]


def test_pause_fills_the_burst_again_and_no_more() -> None:
    limit = RateLimit(per_second=10, burst=2)
    for _ in range(4):
        limit.reserve(0.0)
    assert [limit.reserve(1000.0) for _ in range(3)] == [0, 0, pytest.approx(0.1)]


def test_turns_come_in_the_order_in_which_they_were_asked_for() -> None:
    async def take() -> list[float]:
        loop, limit, came = asyncio.get_running_loop(), RateLimit(per_second=2, burst=1), []

        async def one() -> None:
            await limit.turn()
            came.append(loop.time())

        await asyncio.gather(*(one() for _ in range(4)))
        return came

    assert virtual_time.run(take()) == pytest.approx([0, 0.5, 1.0, 1.5])
