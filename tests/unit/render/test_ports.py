"""Where the Service leads to while pods of ours and adopted ones are side by side."""

from __future__ import annotations

from typing import Any

import pytest

from modelservice.render.ports import target_port

OURS = {"name": "engine", "ports": [{"name": "http", "containerPort": 8000}]}
THEIRS = {"name": "vllm", "ports": [{"containerPort": 8080}, {"containerPort": 9000}]}
NAMED = {"name": "vllm", "ports": [{"containerPort": 9000}, {"name": "http", "containerPort": 8080}]}
BARE = {"name": "vllm"}
CASES: dict[str, tuple[list[dict[str, Any]], str | int]] = {
    "ours alone": ([OURS], "http"),
    "adopted": ([THEIRS], 8080),
    "adopted, and its port has the name": ([NAMED], "http"),
    "adopted, and it says nothing": ([BARE], 8000),
    "ours, and adopted ones are left": ([OURS, THEIRS], 8000),
}


@pytest.mark.parametrize(("containers", "expected"), CASES.values(), ids=CASES)
def test_service_leads_to_every_pod_that_may_be_there(containers: list[dict[str, Any]], expected: str | int) -> None:
    assert target_port({"spec": {"containers": [one]}} for one in containers) == expected
