"""Server-sent events, as servers of OpenAI's API stream their answers."""

from __future__ import annotations

from collections.abc import Iterator


class Decoder:
    """Bytes in as they come, the data of whole events out. Comments, which keep connections awake, say nothing."""

    def __init__(self) -> None:
        self._rest = b""
        self._data: list[str] = []

    def feed(self, chunk: bytes) -> Iterator[str]:
        *lines, self._rest = (self._rest + chunk).split(b"\n")
        for line in lines:
            text = line.decode(errors="replace").removesuffix("\r")
            if text.startswith("data:"):
                self._data.append(text.removeprefix("data:").removeprefix(" "))
            elif not text and self._data:
                yield "\n".join(self._data)
                self._data = []
