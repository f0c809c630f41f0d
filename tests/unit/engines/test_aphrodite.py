"""Aphrodite as an engine: vLLM's command line, key and drain under names of its own."""

from __future__ import annotations

import pytest

from engine_asks import ask, plain, told
from modelservice.api.engine import EngineType
from modelservice.engines.catalogue import check, engine
from modelservice.engines.engine import Ask, Drain

APHRODITE = engine(EngineType.APHRODITE)
START = ("org/name", "--served-model-name", "org/name", "qwen", "--port", "8000")
CLOSING = ("--middleware", "vllm_closing.CloseAfterAnswer")


def aphrodite(text: str = "", gpus: int = 1, version: str | None = "0.24.1", **more: object) -> Ask:
    return ask(text if "engine:" in text else f"{text}\nengine: {{type: aphrodite}}", gpus, version, **more)


def test_command_is_vllms_under_its_own_name() -> None:
    launch = APHRODITE.launch(aphrodite("drainTimeoutSeconds: 90", gpus=2))
    assert launch.command == ("aphrodite", "serve")
    assert launch.args == (*START, "--tensor-parallel-size", "2", *CLOSING, "--shutdown-timeout", "90")
    assert plain(launch.env)["APHRODITE_NO_USAGE_STATS"] == "1"
    assert launch.cache_env["APHRODITE_CACHE_ROOT"] == "aphrodite"
    assert launch.drain == Drain(5, 90)


def test_image_without_a_version_drains_by_sleeping() -> None:
    launch = APHRODITE.launch(aphrodite(version="latest"))
    assert APHRODITE.image("latest", 1, "nvidia.com/gpu") == "alpindale/aphrodite-openai:latest"
    assert launch.args == (*START, *CLOSING)
    assert launch.drain == Drain(60, 0)


def test_key_closes_every_route_by_the_same_guard() -> None:
    launch = APHRODITE.launch(aphrodite("auth: {apiKeySecret: {name: keys, key: k}}"))
    assert "vllm_guard.RequireKey" in launch.args
    reference = {"secretKeyRef": {"name": "keys", "key": "k"}}
    assert {"name": "APHRODITE_API_KEY", "valueFrom": reference} in launch.env


REFUSED = {
    "option of vLLM alone": ("engine: {type: aphrodite, args: [--swap-spaces, '4']}", "UnknownOption"),
    "port of its own": ("engine: {type: aphrodite, options: {uds: /x}}", "InvalidOption"),
}


@pytest.mark.parametrize(("text", "reason"), REFUSED.values(), ids=REFUSED)
def test_options_are_those_of_its_own_parser(text: str, reason: str) -> None:
    (finding,) = check(aphrodite(text))
    assert (finding.reason, finding.refuses) == (reason, True)
    assert "vLLM" not in finding.message


def test_other_hardware_than_nvidias_needs_an_image() -> None:
    assert told(check(aphrodite(gpus=0))) == [("UnsupportedByEngine", "engine.image", True)]
    assert check(aphrodite("engine: {type: aphrodite, image: own:1, version: 0.24.1}", gpus=0)) == ()
