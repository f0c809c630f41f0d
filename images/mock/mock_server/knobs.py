"""The command line. Every knob is an argument (`--token-rate 20`) or an environment variable (`MOCK_TOKEN_RATE=20`)."""

from __future__ import annotations

import argparse
import os
from collections.abc import Callable
from typing import Any


def parser() -> argparse.ArgumentParser:
    """The command line; tests and the operator's option table are made from it."""
    made = argparse.ArgumentParser(prog="mock_server", allow_abbrev=True)

    def knob(name: str, kind: Callable[[str], Any], default: Any, about: str) -> None:
        told = os.environ.get(f"MOCK_{name.upper().replace('-', '_')}")
        made.add_argument(f"--{name}", type=kind, default=kind(told) if told else default, help=about)

    knob("model", str, "mock", "the model's id")
    made.add_argument("--served-model-name", nargs="+", default=[], help="names that clients may send as `model`")
    knob("host", str, "0.0.0.0", "address to listen on")
    knob("port", int, 8000, "port to listen on; 0 takes a free one")
    knob("api-key", str, "", "key that clients must send, on every route but /health and /metrics")
    knob("max-model-len", int, 32768, "tokens of prompt and answer together")
    knob("max-num-seqs", int, 256, "requests that run at once; more wait")
    knob("embedding-size", int, 384, "numbers in an embedding")
    knob("shutdown-timeout", int, 60, "seconds that running requests get after SIGTERM")
    knob("start-delay", float, 0.0, "seconds before it listens at all")
    knob("latency", float, 0.0, "seconds before the first token")
    knob("token-rate", float, 0.0, "tokens per second of one request; 0 is no limit")
    knob("error-percent", int, 0, "how many of 100 requests are answered with 500")
    knob("hang-after", int, -1, "after N requests none is ever answered, while /health still says 200")
    knob("unhealthy-after", int, -1, "after N requests /health says 503")
    knob("crash-after", int, -1, "after N requests the next one ends the process; 0 ends it at the start")
    knob("crash-message", str, "crashing as told", "last words on stderr")
    knob("exit-code", int, 1, "exit code of that end")
    knob("grow-mib", int, 0, "MiB of memory that each request takes and never gives back")
    return made
