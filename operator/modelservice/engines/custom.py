"""A server of the user's own: his image, or a Python file that is mounted into one. Nothing of it is known but its port
and paths, so it is told everything by environment and nothing that it might not honour is accepted."""

from __future__ import annotations

from collections.abc import Iterable

from modelservice.api.engine import EngineType, Task
from modelservice.api.findings import Finding
from modelservice.api.reasons import Reason
from modelservice.engines.engine import Ask, Drain, EnvVar, Launch
from modelservice.engines.hub_env import hub_env
from modelservice.engines.option_map import Entry, entry
from modelservice.engines.options import Dialect, OptionTable
from modelservice.engines.version import OLDEST

NO_TABLE = OptionTable("custom", OLDEST, Dialect.ARGPARSE, {}, {})


class Custom:
    """`engine.image`, started by `engine.args` or as it was built."""

    type = EngineType.CUSTOM
    title = "a custom server"
    honours: frozenset[str] = frozenset()
    tasks: frozenset[Task] = frozenset()
    default_gpus = 0
    default_version = ""
    meters = None

    def image(self, version: str, gpus: int, resource_name: str, repository: str | None = None) -> str:
        """There is none but the user's, which `check` asks for."""
        return ""

    def check(self, ask: Ask) -> tuple[Finding, ...]:
        return tuple(_findings(ask))

    def launch(self, ask: Ask) -> Launch:
        custom = ask.spec.engine.custom
        assert custom is not None, "the schema has it if and only if the type is custom"
        command, args = _argv(ask)
        return Launch(
            command=command,
            args=args,
            port=custom.port,
            env=_env(ask, custom.port),
            startup_path=custom.health_path,
            ready_path=custom.health_path,
            live_path=custom.health_path,
            metrics_path=custom.metrics_path,
            describes_itself_at="/openapi.json",
            # Nobody knows what it does at SIGTERM, so it gets the signal when the time of running requests is over.
            drain=Drain(before_sigterm=ask.spec.drain_timeout_seconds, after_sigterm=0),
        )


def _argv(ask: Ask) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Words that begin with an option, or none, follow the image's own entrypoint; else they are all that is run."""
    said = tuple(ask.spec.engine.args)
    options = tuple(word for one in _entries(ask) for said_one in one.said for word in said_one.words)
    if said and not said[0].startswith("-"):
        return said[:1], (*said[1:], *options)
    return (), (*options, *said)


def _entries(ask: Ask) -> list[Entry]:
    return [entry(key, value, NO_TABLE, exact=False) for key, value in ask.spec.engine.options.items()]


def _findings(ask: Ask) -> Iterable[Finding]:
    if ask.spec.engine.image is None:
        message = "A custom server has no image of ours: set engine.image."
        yield Finding(Reason.INVALID_SPEC, "engine.image", message)
    if ask.spec.engine.custom is None:
        message = "A custom server needs engine.custom: set its port and healthPath."
        yield Finding(Reason.INVALID_SPEC, "engine.custom", message)
    if ask.spec.engine.version:
        message = (
            "Nothing of a custom server depends on engine.version: remove it, and name the version in engine.image."
        )
        yield Finding(Reason.UNSUPPORTED_BY_ENGINE, "engine.version", message)
    if ask.spec.auth.api_key_secret:
        message = (
            "Nobody can see whether a custom server asks for a key: remove auth.apiKeySecret, and give the key to a "
            "server that does by engine.env."
        )
        yield Finding(Reason.UNSUPPORTED_BY_ENGINE, "auth.apiKeySecret", message)
    for one in _entries(ask):
        if one.problem:
            field = f"engine.options.{one.key}"
            yield Finding(Reason.INVALID_OPTION, field, f"`{one.key}` {one.problem}.")


def _env(ask: Ask, port: int) -> tuple[EnvVar, ...]:
    """What it is to serve. Kubernetes puts `$(MODELSERVICE_MODEL)` and the like into `engine.args` too."""
    told = {
        "MODELSERVICE_MODEL": ask.model.argument,
        "MODELSERVICE_MODEL_REVISION": ask.model.revision,
        "MODELSERVICE_SERVED_NAMES": ",".join(ask.served_names),
        "MODELSERVICE_PORT": str(port),
    }
    return (*hub_env(ask), *({"name": name, "value": value} for name, value in told.items() if value))


ENGINE = Custom()
