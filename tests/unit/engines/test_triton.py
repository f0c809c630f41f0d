"""Triton as an engine: a model repository by the KServe protocol, and what it cannot honour."""

from __future__ import annotations

import pytest

from engine_asks import ask
from modelservice.api.engine import EngineType
from modelservice.engines import triton as module
from modelservice.engines.catalogue import check, engine
from modelservice.engines.engine import Ask, Drain
from modelservice.engines.flag import Flag
from modelservice.engines.options import tables

TRITON = engine(EngineType.TRITON)
CLAIM = "model: pvc://models/repository"
START = ("--model-repository", "/models/models/repository", "--http-port", "8000", "--exit-timeout-secs", "60")


def triton(text: str = CLAIM, gpus: int = 1, version: str | None = "24.10", **more: object) -> Ask:
    return ask(text if "engine:" in text else f"{text}\nengine: {{type: triton}}", gpus, version, **more)


def test_repository_is_served_and_there_is_no_openai_route() -> None:
    launch = TRITON.launch(triton())
    assert check(triton()) == ()
    assert (launch.command, launch.args, launch.port) == (("tritonserver",), START, 8000)
    assert (launch.open_ai_path, launch.routes, launch.metrics_path) == (None, (), None)
    assert (launch.startup_path, launch.ready_path) == ("/v2/health/ready", "/v2/health/ready")
    assert launch.live_path == "/v2/health/live"


IMAGES = {
    "NVIDIA": (1, "24.10", "24.10-py3"),
    "CPU": (0, "24.10", "24.10-py3"),
    "with a backend": (1, "24.10-vllm-python-py3", "24.10-vllm-python-py3"),
}


@pytest.mark.parametrize(("gpus", "version", "tag"), IMAGES.values(), ids=IMAGES)
def test_image_is_that_of_the_month(gpus: int, version: str, tag: str) -> None:
    assert check(triton(gpus=gpus, version=version)) == ()
    assert TRITON.image(version, gpus, "nvidia.com/gpu") == f"nvcr.io/nvidia/tritonserver:{tag}"


def test_drain_is_its_own() -> None:
    launch = TRITON.launch(triton(f"{CLAIM}\ndrainTimeoutSeconds: 90"))
    assert launch.args[-2:] == ("--exit-timeout-secs", "90")
    assert launch.drain == Drain(5, 90)


def test_boolean_option_has_its_value_said() -> None:
    text = f"{CLAIM}\nengine: {{type: triton, options: {{strict-readiness: false, load-model: [a, b]}}}}"
    assert check(triton(text)) == ()
    said = ("--strict-readiness", "false", "--load-model", "a", "--load-model", "b")
    assert TRITON.launch(triton(text)).args == (*START, *said)


REFUSED = {
    "model of the hub": ("model: org/name", "model", "name its folder"),
    "context": (f"{CLAIM}\nserving: {{contextLength: 9}}", "serving.contextLength", "use engine.type: vllm"),
    "task": (f"{CLAIM}\nserving: {{task: Embed}}", "serving.task", "use engine.type: vllm"),
    "key": (f"{CLAIM}\nauth: {{apiKeySecret: {{name: a, key: b}}}}", "auth.apiKeySecret", "NetworkPolicy"),
    "names": (f"{CLAIM}\nservedNames: [a]", "servedNames", "remove servedNames"),
    "other models": (
        f"{CLAIM}\nengine: {{type: triton, args: [--model-store, /x]}}", "engine.args[0]", "write `model`",
    ),
    "no boolean": (
        f"{CLAIM}\nengine: {{type: triton, options: {{log-info: maybe}}}}", "engine.options.log-info", "true, false",
    ),
    "misspelt": (
        f"{CLAIM}\nengine: {{type: triton, args: [--model-repositories, /x]}}", "engine.args[0]", "Did you mean",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("text", "field", "advice"), REFUSED.values(), ids=REFUSED)
def test_what_it_cannot_honour_is_refused_with_the_fix(text: str, field: str, advice: str) -> None:
    (finding,) = check(triton(text))
    assert (finding.field, finding.refuses) == (field, True)
    assert advice in finding.message


FLAGS = [value.name for value in vars(module).values() if isinstance(value, Flag)]


@pytest.mark.parametrize("name", [*FLAGS, *module.RESERVED])
def test_option_that_we_name_is_real(name: str) -> None:
    (table,) = tables("triton")
    assert table.by_name[name].name == name
