"""Errors in the form that vLLM gives them."""

from __future__ import annotations


class RefusedError(Exception):
    """A request that is answered with an error in vLLM's form."""

    def __init__(self, status: int, kind: str, message: str, param: str | None = None) -> None:
        self.status = status
        self.body = {"error": {"message": message, "type": kind, "param": param, "code": status}}


def bad_request(message: str, param: str | None = None) -> RefusedError:
    return RefusedError(400, "BadRequestError", message, param)
