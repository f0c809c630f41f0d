"""Many chats at once, each with the times at which its pieces came."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Mapping, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any

from modelservice.talk.client import MODELS, Client
from modelservice.talk.errors import TalkError

ROUND_TRIPS = 5


@dataclass(frozen=True, slots=True)
class Outcome:
    """One request, in seconds of one clock. `pieces` are when each part of the answer came that said something."""

    began: float
    ended: float
    pieces: tuple[float, ...] = ()
    tokens: int = 0
    error: str = ""

    @property
    def total(self) -> float:
        return self.ended - self.began


async def outcomes(
    client: Client, bodies: Sequence[Mapping[str, Any]], concurrency: int, patience: float
) -> AsyncGenerator[Outcome, None]:
    """All requests, `concurrency` of them under way at any time; each is told when it has ended."""
    turns = asyncio.Semaphore(concurrency)

    async def turn(body: Mapping[str, Any]) -> Outcome:
        async with turns:
            return await _one(client, body, patience)

    tasks = [asyncio.ensure_future(turn(body)) for body in bodies]
    try:
        for task in asyncio.as_completed(tasks):
            yield await task
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def round_trip(client: Client) -> float:
    """What the way there and back takes, a port-forward included, with hardly any work at its end."""
    now = asyncio.get_running_loop().time
    seconds = []
    for _ in range(ROUND_TRIPS):
        began = now()
        await client.get(MODELS)
        seconds.append(now() - began)
    return median(seconds)


async def _one(client: Client, body: Mapping[str, Any], patience: float) -> Outcome:
    now = asyncio.get_running_loop().time
    began, pieces, tokens, error = now(), list[float](), None, ""
    try:
        async with asyncio.timeout(patience):
            async for piece in client.chat(body):
                if piece.says:
                    pieces.append(now())
                tokens = piece.tokens if piece.tokens is not None else tokens
    except TalkError as told:
        error = str(told)
    except TimeoutError:
        error = f"no whole answer within {patience:.0f} s"
    return Outcome(began, now(), tuple(pieces), len(pieces) if tokens is None else tokens, error)
