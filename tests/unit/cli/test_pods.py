"""Where connections to a pod lead."""

from __future__ import annotations

from typing import Any

import pytest

from modelservice.cli.pods import place

SIDE = {"name": "proxy", "ports": [{"name": "http", "containerPort": 8443}]}
PODS: dict[str, tuple[list[dict[str, Any]], int]] = {
    "of our making": ([{"name": "engine", "ports": [{"name": "http", "containerPort": 9000}]}], 9000),
    "a proxy stands in front": ([{"name": "engine", "ports": [{"containerPort": 9000}]}, SIDE], 8443),
    "adopted, with a port that has no name of ours": ([{"name": "vllm", "ports": [{"containerPort": 9000}]}], 9000),
    "adopted, and says no port": ([{"name": "vllm"}], 8000),
}


@pytest.mark.parametrize(("containers", "port"), PODS.values(), ids=PODS)
def test_connections_lead_to_the_port_that_the_service_leads_to(containers: list[dict[str, Any]], port: int) -> None:
    pod = {"metadata": {"name": "qwen-0", "namespace": "team"}, "spec": {"containers": containers}}
    assert place(pod).port == port
