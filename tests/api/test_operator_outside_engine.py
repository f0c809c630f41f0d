"""An engine that this package has never heard of, served by an operator whose configuration adds it."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
import yaml

from model_services import ModelServices, has, message
from operator_account import OperatorAccount
from outside_engine import CONFIG, FAST
from running_operator import RunningOperator

pytestmark = pytest.mark.usefixtures("crd", "nodes")
TYPE = {"type": "fast.example.org"}


def test_engine_from_outside_is_deployed_and_kept_by_an_operator_that_does_not_know_it(
    account: OperatorAccount, services: ModelServices, tmp_path: Path
) -> None:
    (tmp_path / "fast_engine.py").write_text(FAST)
    with_it = RunningOperator(account.kubeconfig, namespace=services.namespace, config=yaml.safe_load(CONFIG))
    with_it.environment["PYTHONPATH"] += f"{os.pathsep}{tmp_path}"
    with with_it:
        services.create(engine=TYPE, model="org/name", gpu={"count": 0})
        address = services.wait_child("Service")
        deployed = services.child("Deployment")
    (container,) = deployed["spec"]["template"]["spec"]["containers"]
    assert container["image"] == "example.org/fast:2.0"
    assert [*container["command"], *container["args"]] == ["fast", "org/name"]
    assert address["spec"]["ports"][0]["port"] == 8000
    with RunningOperator(account.kubeconfig, namespace=services.namespace):
        body = services.wait(has("UpToDate", "False"))
        assert "has no engine `fast.example.org`" in message(body, "UpToDate")
        assert services.child("Deployment")["metadata"]["generation"] == deployed["metadata"]["generation"]
