"""What the server is doing: its places, its faults, and the answers it gives."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import os
import sys
import time
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from itertools import cycle, islice
from typing import Any

from mock_server.errors import RefusedError, bad_request
from mock_server.meters import Meters
from mock_server.texts import tokens_of


@dataclass(frozen=True)
class Answer:
    """What one choice will say."""

    tokens: Sequence[str]
    reason: str

    @property
    def text(self) -> str:
        return "".join(self.tokens)


@dataclass
class Mock:
    """The server's state: counters and what the faults have taken so far."""

    knobs: argparse.Namespace
    requests: int = 0
    errors: int = 0
    grown: list[bytearray] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.names: list[str] = self.knobs.served_model_name or [self.knobs.model]
        self.started = int(time.time())
        self.meters = Meters(self.names[0])
        self.places = asyncio.Semaphore(self.knobs.max_num_seqs)
        self.running = 0

    def crash(self) -> None:
        print(self.knobs.crash_message, file=sys.stderr, flush=True)
        os._exit(self.knobs.exit_code)

    def past(self, limit: int) -> bool:
        return 0 <= limit < self.requests

    @property
    def healthy(self) -> bool:
        return not 0 <= self.knobs.unhealthy_after <= self.requests

    async def suffer(self) -> None:
        """The faults that were asked for, as this request meets them."""
        self.requests += 1
        if self.past(self.knobs.crash_after):
            self.crash()
        if self.past(self.knobs.hang_after):
            await asyncio.Event().wait()
        if self.knobs.grow_mib:
            self.grown.append(bytearray(os.urandom(1)) * (self.knobs.grow_mib << 20))
        # Evenly spread instead of at random, so that a test can count on it.
        if self.requests * self.knobs.error_percent // 100 > self.errors:
            self.errors += 1
            raise RefusedError(500, "InternalServerError", "failing as told")

    @contextlib.asynccontextmanager
    async def turn(self) -> AsyncIterator[float]:
        """A place among those that run; yields when the wait for it began."""
        await self.suffer()
        begin = time.monotonic()
        with self.meters.waiting.track_inprogress():
            await self.places.acquire()
        self.meters.queue.observe(time.monotonic() - begin)
        try:
            self._runs(1)
            yield begin
        finally:
            self._runs(-1)
            self.places.release()
            self.meters.whole.observe(time.monotonic() - begin)

    def _runs(self, more: int) -> None:
        self.running += more
        self.meters.running.set(self.running)
        self.meters.cache.set(self.running / self.knobs.max_num_seqs)

    async def first_token(self, begin: float) -> None:
        """The time that a prompt takes."""
        await asyncio.sleep(self.knobs.latency)
        self.meters.first.observe(time.monotonic() - begin)

    async def paced(self, answer: Answer) -> AsyncIterator[str]:
        """The tokens, one by one, as slowly as told."""
        pause = 1 / self.knobs.token_rate if self.knobs.token_rate else 0.0
        for token in answer.tokens:
            await asyncio.sleep(pause)
            self.meters.gap.observe(pause)
            self.meters.generated.inc()
            yield token
        self.meters.done(answer.reason)

    def check_model(self, body: dict[str, Any]) -> str:
        name = body.get("model") or self.names[0]
        if name not in self.names:
            message = f"The model `{name}` does not exist. Valid aliases: {', '.join(self.names)}."
            raise RefusedError(404, "NotFoundError", message, "model")
        return str(name)

    def answer(self, prompt: str, body: dict[str, Any], default_limit: int | None) -> Answer:
        """The prompt itself; again and again where `ignore_eos` asks for all of `max_tokens`."""
        tokens = tokens_of(prompt) or [" "]
        room = self.knobs.max_model_len - len(tokens)
        limit = body.get("max_completion_tokens") or body.get("max_tokens") or default_limit or max(room, 0)
        if not isinstance(limit, int) or limit < 1 or limit > room:
            message = f"The prompt has {len(tokens)} tokens and {limit} are wanted, and the context is "
            raise bad_request(f"{message}{self.knobs.max_model_len} long.", "max_tokens")
        if body.get("ignore_eos"):
            return Answer(list(islice(cycle(tokens), limit)), "length")
        return Answer(tokens[:limit], "length" if limit < len(tokens) else "stop")
