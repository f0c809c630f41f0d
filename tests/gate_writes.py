"""What an operator behind a gate has written, as far as one test is its cause."""

from __future__ import annotations

from lab.gate import Gate, Request


def writes(gate: Gate, namespace: str) -> list[Request]:
    """All in this namespace, and all of what has none.

    In another namespace, of an earlier test and on its way out, a child may go before its ModelService does: the
    operator makes it again, and is refused.
    """
    inside = f"/namespaces/{namespace}/"
    return [seen for seen in gate.seen if seen.writes and (inside in seen.path or "/namespaces/" not in seen.path)]


def besides_leases(requests: list[Request]) -> list[Request]:
    return [request for request in requests if "/leases" not in request.path]
