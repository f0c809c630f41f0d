"""The end of a container's log, whatever its length, in bounded memory."""

from __future__ import annotations

from collections import deque

from modelservice.kube import errors
from modelservice.kube.resources import POD, Key
from modelservice.kube.session import Session

LINES = 100
KEPT_BYTES = 32 * 1024
READ_BYTES = 1024 * 1024
"""The server counts its limit from the tail's first line, so we read more than we keep and drop the beginning."""
SILENCE = 10.0


async def tail(
    session: Session, pod: Key, container: str, *, previous: bool = False, lines: int = LINES
) -> tuple[str, ...]:
    """The last lines of the container's present run, or of the one before. No such run or pod: no lines.

    They are as the program wrote them, secrets and all: redact them before anybody sees them.
    """
    params = {"container": container, "tailLines": str(lines), "limitBytes": str(READ_BYTES)}
    if previous:
        params["previous"] = "true"
    target = f"log of {container} in {POD.describe(pod)}"
    chunks: deque[bytes] = deque()
    size = 0
    try:
        async with session.stream(POD.path(pod, "log"), target=target, params=params, silence=SILENCE) as stream:
            while chunk := await stream.read():
                chunks.append(chunk)
                size += len(chunk)
                while size - len(chunks[0]) >= KEPT_BYTES:
                    size -= len(chunks.popleft())
    except (errors.NotFound, errors.Invalid):  # a container that has not run yet is a bad request to the server
        return ()
    return last_lines(b"".join(chunks))


def last_lines(text: bytes) -> tuple[str, ...]:
    """Whole lines within the bound; a last line that alone is longer keeps its end."""
    kept = text[-KEPT_BYTES:]
    if len(text) > len(kept) and b"\n" in kept.rstrip(b"\n"):
        kept = kept[kept.index(b"\n") + 1 :]
    return tuple(line.rstrip("\r") for line in kept.decode(errors="replace").split("\n") if line)
