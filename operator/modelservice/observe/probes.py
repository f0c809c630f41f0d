"""What the kubelet hears from an engine that runs and does not answer: a sentence with the field to change.

Most engines refuse connections, or answer 503, while they load: that says nothing. What can never come right is told
before the startup budget is over, since the kubelet itself goes on asking for as long as that.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from modelservice.api.reasons import Reason
from modelservice.api.spec import ModelServiceSpec
from modelservice.facts.facts import Facts
from modelservice.facts.pods import PodFacts
from modelservice.observe.words import sentence

UNHEALTHY = "Unhealthy"


@dataclass(frozen=True, slots=True)
class ProbeTrouble:
    """`reason` is None where it may come right by itself."""

    reason: Reason | None
    message: str


@dataclass(frozen=True, slots=True)
class ProbeError:
    """A form of the kubelet's words. `{path}` and `{port}` are those of the probe, `{fix}` is the field to change.

    `only` names the block of `engine` that must be there: of which engine else this could be heard, it says nothing.
    """

    pattern: re.Pattern[str]
    reason: Reason | None
    says: str
    only: Literal["custom", "remote", ""] = ""


ERRORS = (
    ProbeError(
        re.compile(r"exec: \"(?P<name>[^\"]+)\": .*(?:not found|no such file or directory|permission denied)"),
        Reason.CONTAINER_REFUSED,
        "its image has no program {name}, which the kubelet runs to ask it. Check engine.image and engine.type",
    ),
    ProbeError(
        re.compile(r"statuscode: (?P<code>401|403)\b"),
        Reason.NOT_ANSWERING,
        "it answers {code} at {path}, where the kubelet asks without a key. {fix}",
    ),
    ProbeError(
        re.compile(r"statuscode: (?P<code>400|404|405|410)\b"),
        Reason.NOT_ANSWERING,
        "it answers {code} at {path}. {fix}",
    ),
    ProbeError(
        re.compile(r"statuscode: 503\b"),
        None,
        "The service at engine.remote.url does not answer so far, or refuses engine.remote.apiKeySecret",
        only="remote",
    ),
    ProbeError(re.compile(r"statuscode: (?P<code>50[0-24-9])\b"), None, "It answers {code} at {path} so far"),
    ProbeError(
        re.compile(r"connection refused"),
        None,
        "Nothing listens on port {port} so far: engine.custom.port must be the server's",
        only="custom",
    ),
    ProbeError(
        # A command that brings a model and finds its server not up yet says so as well.
        re.compile(r"probe failed: (?!.*could not connect to).*?Error: (?P<text>[^\x1b\n]+)", re.S),
        Reason.DOWNLOAD_FAILED,
        "it cannot bring its model: {text}. Check model",
    ),
)


def probe_trouble(facts: Facts, spec: ModelServiceSpec, pod: PodFacts) -> ProbeTrouble | None:
    """What the last probe of the engine's present run met with, if that says anything."""
    heard = _last_heard(facts, pod)
    for error in ERRORS:
        if error.only and getattr(spec.engine, error.only) is None:
            continue
        if found := error.pattern.search(heard):
            values = {name: sentence(text).rstrip(".") for name, text in found.groupdict().items()}
            return ProbeTrouble(error.reason, error.says.format(**_asked(spec), **values) + ".")
    return None


def _last_heard(facts: Facts, pod: PodFacts) -> str:
    """The kubelet's words about this run: of its startup probe, and once that has passed of its readiness probe."""
    engine = pod.engine
    if engine is None or engine.running_since is None:
        return ""
    kind, since = "Readiness" if engine.started else "Startup", engine.running_since
    about = [
        (event.last_seen, event.message)
        for event in facts.events
        if (event.object, event.reason) == (f"Pod/{pod.name}", UNHEALTHY)
        and event.message.startswith(kind)
        and event.last_seen is not None
        and event.last_seen >= since
    ]
    return max(about)[1] if about else ""


def _asked(spec: ModelServiceSpec) -> dict[str, str]:
    custom = spec.engine.custom
    if custom is None:
        return {"path": "its probe's path", "port": "", "fix": "Check engine.image and podTemplate"}
    fix = "Change engine.custom.healthPath to a path that answers 200 once it can serve"
    return {"path": custom.health_path, "port": str(custom.port), "fix": fix}
