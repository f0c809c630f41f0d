"""What the real Triton says of itself through its Service, besides the questions that every engine is asked."""

from __future__ import annotations

import json
import os

import pytest

from engines.served import Subjects
from engines.subjects import NAMESPACE

pytestmark = [
    pytest.mark.timeout(1800),
    pytest.mark.skipif(not os.environ.get("LONG"), reason="takes minutes: LONG=1 runs it"),
]
SERVER = "2.51.0"
"""Of the month 24.10: a release a month, and 24.02 was 2.43."""


def test_triton_is_the_server_of_the_month_that_its_tag_names(subjects: Subjects) -> None:
    url = subjects.served("triton").status["url"]
    status, text = subjects.caller.http(f"{url}/v2")
    assert (status, json.loads(text)["version"]) == (200, SERVER)


def test_triton_has_no_openai_address_and_its_metrics_are_on_the_pod(subjects: Subjects) -> None:
    assert "openAIURL" not in subjects.served("triton").status
    (pod,) = subjects.cluster.list("Pod", NAMESPACE, labels="modelservice.io/name=triton")
    status, text = subjects.caller.http(f"http://{pod['status']['podIP']}:8002/metrics")
    assert status == 200
    assert "nv_inference_request_success" in text
