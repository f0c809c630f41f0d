"""How each engine that runs on a machine of one's own is told where to listen."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from modelservice.api.engine import EngineType

LOOPBACK = "127.0.0.1"
"""In a pod an engine listens on every address; a laptop is not for everyone in the same network."""


@dataclass(frozen=True, slots=True)
class Listen:
    """The options for the address and the port; none for a server that reads MODELSERVICE_PORT."""

    host: str = ""
    port: str = ""

    def told(self, words: Sequence[str], host: str, port: int) -> list[str]:
        """The same command line with another address and port, and nothing else changed."""
        result = list(words)
        for option, value in ((self.host, host), (self.port, str(port))):
            if option:
                _tell(result, option, value)
        return result


_USUAL = Listen("--host", "--port")
ENGINES: Mapping[EngineType, Listen] = {
    EngineType.VLLM: _USUAL,
    EngineType.SGLANG: _USUAL,
    EngineType.LLAMACPP: _USUAL,
    EngineType.MOCK: _USUAL,
    EngineType.CUSTOM: Listen(),
}
"""Engines that are not here need an image of theirs."""


def _tell(words: list[str], option: str, value: str) -> None:
    said = False
    for index, word in enumerate(words):
        if word == option and index + 1 < len(words):
            words[index + 1] = value
            said = True
        elif word.startswith(f"{option}="):
            words[index] = f"{option}={value}"
            said = True
    if not said:
        words += [option, value]
