"""For tests that count what an operator writes: nothing of earlier tests gives it work."""

from __future__ import annotations

from lab.client import Client, Manifest
from lab.patience import looks


def alone(api: Client) -> None:
    """Until the namespaces and ModelServices of earlier tests are gone.

    In a namespace on its way out a child may go before its ModelService does: the operator makes it again, and is
    refused.
    """
    left: list[str] = []
    for _ in looks(120):
        leaving = [found for found in api.list("Namespace") if "deletionTimestamp" in found["metadata"]]
        left = [_name(found) for found in (*leaving, *api.list("ModelService"))]
        if not left:
            return
    raise AssertionError(f"earlier tests have left {', '.join(left)}")


def _name(found: Manifest) -> str:
    return f"{found['metadata'].get('namespace', 'namespace')}/{found['metadata']['name']}"
