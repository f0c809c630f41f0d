"""An OpenAI-compatible service elsewhere, behind the same address, key and status as a model that runs here.

One small pod of HAProxy stands for it: it adds the remote's key and speaks TLS.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from urllib.parse import SplitResult, urlsplit

from modelservice.api.engine import EngineType, Task
from modelservice.api.findings import Finding
from modelservice.api.reasons import Reason
from modelservice.engines.engine import Ask, Drain, EnvVar, File, Launch
from modelservice.engines.hub_env import from_secret
from modelservice.engines.remote_proxy import ALIVE, CLIENTS_KEY, READY, REMOTE_KEY, Upstream, configuration

PORT = 8000
REPOSITORY = "haproxy"
FILE = "/etc/modelservice/haproxy.cfg"
_HOST = re.compile(r"[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?")
_PATH = re.compile(r"(/[A-Za-z0-9._~-]+)*/?")


class Remote:
    """`engine.remote`: no model is loaded here, so nothing that speaks of one is accepted."""

    type = EngineType.REMOTE
    title = "a remote service"
    honours: frozenset[str] = frozenset()
    tasks: frozenset[Task] = frozenset()
    default_gpus = 0
    default_version = "3.2"
    meters = None

    def image(self, version: str, gpus: int, resource_name: str, repository: str | None = None) -> str:
        return f"{repository or REPOSITORY}:{version}"

    def check(self, ask: Ask) -> tuple[Finding, ...]:
        return (*_url_findings(ask), *_foreign_findings(ask))

    def launch(self, ask: Ask) -> Launch:
        seconds = ask.spec.drain_timeout_seconds
        text = configuration(_upstream(ask), PORT, seconds, guarded=ask.spec.auth.api_key_secret is not None)
        return Launch(
            command=("haproxy",),
            args=("-db", "-f", FILE),
            port=PORT,
            env=_env(ask),
            startup_path=ALIVE,
            ready_path=READY,
            live_path=ALIVE,
            files=(File(FILE, text),),
            # Its image names SIGUSR1 as the signal to stop: running requests end, and nobody new gets in.
            drain=Drain(before_sigterm=min(5, seconds), after_sigterm=seconds),
            requests={"cpu": "50m", "memory": "64Mi"},
            non_root=99,
        )


def _url(ask: Ask) -> SplitResult:
    assert ask.spec.engine.remote is not None, "the schema has it if and only if the type is remote"
    return urlsplit(ask.spec.engine.remote.url)


def _upstream(ask: Ask) -> Upstream:
    url, remote = _url(ask), ask.spec.engine.remote
    tls = url.scheme == "https"
    return Upstream(
        tls=tls,
        host=url.hostname or "",
        port=url.port or (443 if tls else 80),
        path=url.path.rstrip("/"),
        keyed=bool(remote and remote.api_key_secret),
    )


def _env(ask: Ask) -> tuple[EnvVar, ...]:
    remote, guard = ask.spec.engine.remote, ask.spec.auth.api_key_secret
    keys = ((CLIENTS_KEY, guard), (REMOTE_KEY, remote.api_key_secret if remote else None))
    return tuple(from_secret(name, secret) for name, secret in keys if secret)


def _url_findings(ask: Ask) -> Iterable[Finding]:
    if ask.spec.engine.remote is None:
        yield _refused("engine.remote", "A remote service needs engine.remote: set its url.")
        return
    written = ask.spec.engine.remote.url
    url = _url(ask)
    host = url.hostname or ""
    if "@" in url.netloc or url.query or url.fragment or not _HOST.fullmatch(host) or not _PATH.fullmatch(url.path):
        message = f"`{written}` is no plain URL: write `https://host/path`, and the key as engine.remote.apiKeySecret."
        yield _refused("engine.remote.url", message)
    elif not _has_port(url):
        yield _refused("engine.remote.url", f"`{written}` has no port between 1 and 65535: mend it or leave it out.")
    elif "." not in host or host.endswith(".svc"):
        message = f"`{host}` is no full name, and only those are looked up: write `name.namespace.svc.cluster.local`."
        yield _refused("engine.remote.url", message)
    elif not url.path.strip("/"):
        message = (
            f"`{written}` has no path, so `/v1/models` becomes `/models` there: most services want `/v1` at its end."
        )
        yield Finding(Reason.INVALID_SPEC, "engine.remote.url", message, refuses=False)


def _has_port(url: SplitResult) -> bool:
    try:
        return url.port is None or url.port > 0
    except ValueError:
        return False


def _foreign_findings(ask: Ask) -> Iterable[Finding]:
    """What would be dropped in silence: nothing of it reaches the service elsewhere."""
    engine = ask.spec.engine
    advice = {
        "engine.args": (engine.args, "the proxy takes its settings from engine.remote alone"),
        "engine.options": (engine.options, "the proxy takes its settings from engine.remote alone"),
        "servedNames": (ask.spec.served_names, "clients send the remote service's own model name"),
        "gpu.count": (ask.gpus, "the GPUs are where the remote service runs"),
    }
    for field, (said, why) in advice.items():
        if said:
            message = f"{field} means nothing to a remote service: remove it, since {why}."
            yield Finding(Reason.UNSUPPORTED_BY_ENGINE, field, message)


def _refused(field: str, message: str) -> Finding:
    return Finding(Reason.INVALID_SPEC, field, message)


ENGINE = Remote()
