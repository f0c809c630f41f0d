"""The mock: a light OpenAI server that loads no model and behaves, or misbehaves, as it is told."""

from __future__ import annotations

from collections.abc import Iterable

from modelservice import __version__
from modelservice.api.engine import EngineType, Task
from modelservice.api.findings import Finding
from modelservice.engines import advice
from modelservice.engines.command_line import CommandLine, Wish, command_line
from modelservice.engines.engine import Ask, Drain, Launch
from modelservice.engines.flag import Flag
from modelservice.engines.hub_env import from_secret
from modelservice.engines.meters import of_vllm
from modelservice.engines.routes import Route

PORT = 8000
REPOSITORY = "modelservice/mock"
MODEL = Flag("--model")
SERVED_NAMES = Flag("--served-model-name")
LISTEN = Flag("--port")
SHUTDOWN = Flag("--shutdown-timeout")
VALUES = {"contextLength": Flag("--max-model-len"), "maxConcurrentRequests": Flag("--max-num-seqs")}
ROUTES = (Route.CHAT, Route.COMPLETIONS, Route.EMBEDDINGS, Route.TOKENIZE, Route.DETOKENIZE, Route.MODELS)
RESERVED = {
    "--model": advice.MODEL,
    "--api-key": advice.KEY,
    "--help": advice.HELP,
}


class Mock:
    """The server of images/mock, in the version of this package."""

    type = EngineType.MOCK
    title = "the mock"
    honours = frozenset({*VALUES, "task"})
    # It answers every route whatever the task is.
    tasks = frozenset(Task)
    default_gpus = 0
    default_version = __version__
    # It plays vLLM.
    meters = of_vllm()

    def image(self, version: str, gpus: int, resource_name: str, repository: str | None = None) -> str:
        return f"{repository or REPOSITORY}:{version}"

    def check(self, ask: Ask) -> tuple[Finding, ...]:
        return _line(ask).findings(tuple(_wishes(ask)), RESERVED)

    def launch(self, ask: Ask) -> Launch:
        line = _line(ask)
        key = ask.spec.auth.api_key_secret
        seconds = line.number("--shutdown-timeout", ask.spec.drain_timeout_seconds)
        return Launch(
            command=("python3", "-m", "mock_server"),
            args=line.words(tuple(_wishes(ask))),
            port=line.number("--port", PORT),
            env=(from_secret("MOCK_API_KEY", key),) if key else (),
            routes=ROUTES,
            describes_itself_at=None if key else "/openapi.json",
            drain=Drain(before_sigterm=min(5, seconds), after_sigterm=seconds),
            requests={"cpu": "10m", "memory": "64Mi"},
            non_root=65532,
        )


def _line(ask: Ask) -> CommandLine:
    return command_line(ask.spec.engine, ask.version, ENGINE.title, "mock")


def _wishes(ask: Ask) -> Iterable[Wish]:
    yield Wish(MODEL, (ask.model.public_id,))
    yield Wish(SERVED_NAMES, ask.served_names, "servedNames" if ask.spec.served_names else "")
    yield Wish(LISTEN, (str(PORT),))
    yield Wish(SHUTDOWN, (str(ask.spec.drain_timeout_seconds),))
    said = ask.spec.serving.manifest()
    yield from (Wish(flag, (str(said[name]),), f"serving.{name}") for name, flag in VALUES.items() if name in said)


ENGINE = Mock()
