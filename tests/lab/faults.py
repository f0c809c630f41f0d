"""Faults of the API server's store that no signal to a process brings about."""

import base64

import httpx

from lab.controlplane import ControlPlane


def compact(controlplane: ControlPlane) -> int:
    """Make etcd forget every version but the last; its number.

    The API server still answers for some older ones from memory, until it is restarted: `expire`.
    """
    with httpx.Client(base_url=controlplane.etcd_url, timeout=10) as etcd:
        # A range that matches nothing still says how far the store is.
        seen = etcd.post("/v3/kv/range", json={"key": base64.b64encode(b"none").decode()})
        revision = int(seen.raise_for_status().json()["header"]["revision"])
        etcd.post("/v3/kv/compaction", json={"revision": revision, "physical": True}).raise_for_status()
    return revision


def expire(controlplane: ControlPlane) -> None:
    """From now on a watch or a list from any earlier resourceVersion is answered with 410 Gone."""
    compact(controlplane)
    controlplane.apiserver.restart()
    controlplane.wait_ready(60)
