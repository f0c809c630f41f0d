"""TCP ports of this machine: which one an engine gets."""

from __future__ import annotations

import errno
import socket

from modelservice.local.errors import PORT_IN_USE, ModelServerError


def choose(host: str, asked: int | None, usual: int) -> int:
    """The asked port or none other; else the engine's usual one, or a free one where that is taken."""
    if asked is not None:
        if not is_free(host, asked):
            raise ModelServerError(
                f"Port {asked} of {host} is in use by another program.",
                PORT_IN_USE,
                hint="leave the port out to get a free one, or end that program",
            )
        return asked
    return usual if is_free(host, usual) else _any(host)


def is_free(host: str, port: int) -> bool:
    """Whether a server could listen there now. An address that is not this machine's is told as it is."""
    with _socket(host) as probe:
        try:
            probe.bind((host, port))
        except OSError as error:
            if error.errno in (errno.EADDRINUSE, errno.EACCES):
                return False
            raise ModelServerError(f"{host} is no address of this machine.", PORT_IN_USE) from error
        return True


def _any(host: str) -> int:
    with _socket(host) as probe:
        probe.bind((host, 0))
        port: int = probe.getsockname()[1]
        return port


def _socket(host: str) -> socket.socket:
    made = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_STREAM)
    # As servers do: a port whose last connections are still fading is free.
    made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    return made
