"""What `modelservice estimate` says before anything runs is what the real vLLM finds when it starts."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys

import pytest

from engines.served import Subjects
from engines.subjects import NAMESPACE
from lab.models import tiny_llama

BLOCK = 128
"""Tokens that vLLM gives out at once on a CPU."""


@pytest.mark.skipif(not os.environ.get("LONG"), reason="takes minutes: LONG=1 runs it")
@pytest.mark.timeout(1800)
def test_cache_holds_as_many_tokens_as_was_estimated(subjects: Subjects) -> None:
    subjects.served("vllm")
    (pod,) = subjects.cluster.list("Pod", NAMESPACE, labels="modelservice.io/name=vllm")
    log = subjects.cluster.kubectl("logs", f"--namespace={NAMESPACE}", pod["metadata"]["name"], "--container=engine")
    found = re.search(r"KV cache size: ([\d,]+) tokens", log)
    assert found, log
    args = pod["spec"]["containers"][0]["args"]
    cache = int(args[args.index("--kv-cache-memory-bytes") + 1])
    logged, estimated = int(found[1].replace(",", "")), cache // bytes_per_token()
    print(f"{logged} tokens in its log, {estimated} estimated")
    assert abs(logged - estimated) <= BLOCK


def bytes_per_token() -> int:
    command = (sys.executable, "-m", "modelservice", "estimate", str(tiny_llama()), "--output=json")
    told = json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)
    (size,) = {kind["per_token"] for kind in told["kinds"].values()}
    return int(size)
