"""A server of the user's own as an engine: what is run, what it is told, and what cannot be promised of it."""

from __future__ import annotations

import pytest

from engine_asks import ask, plain
from modelservice.api.engine import EngineType
from modelservice.engines.catalogue import check, engine
from modelservice.engines.engine import Ask

CUSTOM = engine(EngineType.CUSTOM)


def own(more: str = "", top: str = "", **known: object) -> Ask:
    return ask(
        f"engine: {{type: custom, image: 'mine:1', custom: {{port: 9000}}{more}}}\n{top}", 0, version=None, **known
    )


ARGV = {
    "as it was built": ("", (), ()),
    "a program": (", args: [python3, /srv/a.py]", ("python3",), ("/srv/a.py",)),
    "options of the image's own program": (", args: [--threads, '4']", (), ("--threads", "4")),
    "map": (", options: {threads: 4, verbose: true}", (), ("--threads", "4", "--verbose")),
    "program and map": (", args: [run, x], options: {a: 1}", ("run",), ("x", "--a", "1")),
    "options and map": (", args: [-v], options: {a: 1}", (), ("--a", "1", "-v")),
}


@pytest.mark.parametrize(("more", "command", "args"), ARGV.values(), ids=ARGV)
def test_what_is_run(more: str, command: tuple[str, ...], args: tuple[str, ...]) -> None:
    assert check(own(more)) == ()
    launch = CUSTOM.launch(own(more))
    assert (launch.command, launch.args) == (command, args)


def test_port_and_paths_are_the_declared_ones() -> None:
    text = "engine: {type: custom, image: 'a:1', custom: {port: 5000, healthPath: /ready, metricsPath: /stats}}"
    launch = CUSTOM.launch(ask(text, 0, None))
    assert (launch.port, launch.metrics_path) == (5000, "/stats")
    assert {launch.startup_path, launch.ready_path, launch.live_path} == {"/ready"}
    assert CUSTOM.launch(own()).metrics_path is None


def test_it_is_told_what_to_serve_by_environment() -> None:
    launch = CUSTOM.launch(own(top="model: org/name@v2\nhuggingFace: {endpoint: 'https://m'}", offline=True))
    assert plain(launch.env) == {
        "HF_ENDPOINT": "https://m",
        "HF_HUB_OFFLINE": "1",
        "MODELSERVICE_MODEL": "org/name",
        "MODELSERVICE_MODEL_REVISION": "v2",
        "MODELSERVICE_SERVED_NAMES": "org/name,qwen",
        "MODELSERVICE_PORT": "9000",
    }


REFUSED = {
    "no image": (ask("engine: {type: custom, custom: {port: 1}}", 0, None), "engine.image", "set engine.image"),
    "no port": (ask("engine: {type: custom, image: a}", 0, None), "engine.custom", "set its port"),
    "version": (own(", version: '2'"), "engine.version", "name the version in engine.image"),
    "key": (own(top="auth: {apiKeySecret: {name: a, key: b}}"), "auth.apiKeySecret", "by engine.env"),
    "knob": (own(top="serving: {dtype: half}"), "serving.dtype", "use engine.type: vllm, "),
    "option without a value": (own(", options: {a: null}"), "engine.options.a", "write `true` for a flag"),
}


@pytest.mark.parametrize(("asked", "field", "advice"), REFUSED.values(), ids=REFUSED)
def test_what_cannot_be_promised_is_refused(asked: Ask, field: str, advice: str) -> None:
    (finding,) = check(asked)
    assert (finding.field, finding.refuses) == (field, True)
    assert advice in finding.message


def test_requests_in_flight_end_before_the_signal() -> None:
    drain = CUSTOM.launch(own(top="drainTimeoutSeconds: 30")).drain
    assert (drain.before_sigterm, drain.after_sigterm) == (30, 0)
