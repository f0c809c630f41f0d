"""Ollama: a GGUF file, or a model of its own library that it pulls by itself.

Its server takes no options, only `OLLAMA_...` variables, and begins without a model: the startup probe makes one.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from difflib import get_close_matches

from modelservice.api.engine import EngineType, Task
from modelservice.api.findings import Finding
from modelservice.api.reasons import Reason
from modelservice.engines.accelerator import AMD, CPU, NVIDIA, accelerator, image_findings
from modelservice.engines.engine import Ask, Drain, EnvVar, File, Launch
from modelservice.engines.options import table_of
from modelservice.engines.quantity import whole_cores
from modelservice.engines.routes import Route
from modelservice.engines.values import problem_of
from modelservice.engines.version import release, text

PORT = 8000
REPOSITORY = "ollama/ollama"
SUFFIXES = {CPU: "", NVIDIA: "", AMD: "-rocm"}
MODELFILE = "/etc/modelservice/Modelfile"
COPIES = (
    "sh",
    "-c",
    f'ollama create "$0" -f {MODELFILE} || exit; for name; do ollama cp "$0" "$name" || exit; done',
)
HUB = "hf.co"
ROUTES = (Route.CHAT, Route.COMPLETIONS, Route.EMBEDDINGS, Route.RESPONSES, Route.MESSAGES, Route.MODELS)
PREFIX = "OLLAMA_"
FIXED = {
    "OLLAMA_HOST": f"0.0.0.0:{PORT}",
    # One model alone is served: it stays loaded.
    "OLLAMA_KEEP_ALIVE": "-1",
    # At its start a replica would remove what another one is pulling into the same cache.
    "OLLAMA_NOPRUNE": "1",
    "OLLAMA_NO_CLOUD": "1",
}
VALUES = {"contextLength": "OLLAMA_CONTEXT_LENGTH", "maxConcurrentRequests": "OLLAMA_NUM_PARALLEL"}
RESERVED = {"OLLAMA_HOST": "the Service and the probes find it on its port"}
_FOLDER = r"[A-Za-z0-9_][A-Za-z0-9_-]{0,79}"
_WORD = r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,79}"
_NAME = re.compile(rf"(?:{_FOLDER}/)?{_WORD}(?::{_WORD})?")
"""Its own rule for the names of models (types/model/name.go)."""


class Ollama:
    """`ollama serve`, and `ollama create` once it listens."""

    type = EngineType.OLLAMA
    title = "Ollama"
    honours = frozenset({*VALUES, "task", "quantization"})
    # The model decides which of them it is for.
    tasks = frozenset({Task.GENERATE, Task.EMBED})
    default_gpus = 0
    default_version = "0.17.4"
    meters = None

    def image(self, version: str, gpus: int, resource_name: str, repository: str | None = None) -> str:
        suffix = SUFFIXES.get(accelerator(gpus, resource_name), "")
        return f"{repository or REPOSITORY}:{version.removesuffix(suffix)}{suffix}"

    def check(self, ask: Ask) -> tuple[Finding, ...]:
        return (
            *image_findings(ask, self.title, SUFFIXES),
            *_words_findings(ask),
            *_variable_findings(ask),
            *_model_findings(ask),
            *_library_findings(ask),
            *_hub_findings(ask),
            *_name_findings(ask),
            *_key_findings(ask),
        )

    def launch(self, ask: Ask) -> Launch:
        return Launch(
            command=("ollama", "serve"),
            args=(),
            port=PORT,
            env=_env(ask),
            startup_command=_creates(ask),
            ready_path="/api/version",
            live_path="/api/version",
            metrics_path=None,
            routes=ROUTES,
            files=(File(MODELFILE, _modelfile(ask)),),
            model_env={"OLLAMA_MODELS": ".modelservice/ollama"},
            # At SIGTERM it closes every connection at once: it is sent when their time is over.
            drain=Drain(before_sigterm=ask.spec.drain_timeout_seconds, after_sigterm=0),
            requests={"cpu": "1", "memory": "2Gi"},
            non_root=_non_root(ask),
        )


def _names(ask: Ask) -> tuple[str, ...]:
    """The names that clients send and that Ollama has to be told: a model of its library has its own by itself."""
    own = ask.model.argument if ask.model.only else ""
    taken = (name for name in ask.served_names if name != own and _NAME.fullmatch(name))
    return tuple(taken) or ask.served_names[:1]


def _creates(ask: Ask) -> tuple[str, ...]:
    """A name more is a copy that takes no space; only then the image must have a shell, as Ollama's own has."""
    first, *more = _names(ask)
    return (*COPIES, first, *more) if more else ("ollama", "create", first, "-f", MODELFILE)


def _modelfile(ask: Ask) -> str:
    """What `ollama create` is told. A model that is not there yet it pulls."""
    lines = [f"FROM {_from(ask)}"]
    if threads := whole_cores(ask.spec.resources):
        # It counts the node's cores, not those that the container may use, and is slow when it may use fewer.
        lines.append(f"PARAMETER num_thread {threads}")
    return "\n".join(lines) + "\n"


def _from(ask: Ask) -> str:
    if not ask.model.hub:
        return ask.model.path or ask.model.argument
    quantization = ask.spec.serving.quantization
    return f"{HUB}/{ask.model.argument}" + (f":{quantization}" if quantization else "")


def _env(ask: Ask) -> tuple[EnvVar, ...]:
    said = ask.spec.serving.manifest()
    serving = {variable: str(said[name]) for name, variable in VALUES.items() if name in said}
    spread = {"OLLAMA_SCHED_SPREAD": "1"} if ask.gpus > 1 else {}
    return tuple({"name": name, "value": value} for name, value in {**FIXED, **spread, **serving}.items())


def _non_root(ask: Ask) -> int | None:
    """It writes below HOME and to the cache. An AMD GPU belongs to a group of the node's."""
    own = ask.spec.engine.image is not None or ask.version is None
    return 1000 if not own and accelerator(ask.gpus, ask.resource_name) in (CPU, NVIDIA) else None


def _words_findings(ask: Ask) -> Iterable[Finding]:
    engine = ask.spec.engine
    for field, said in (("engine.args", engine.args), ("engine.options", engine.options)):
        if said:
            message = (
                f"`ollama serve` takes no options: remove {field}, and set its OLLAMA_... variables in engine.env."
            )
            yield _unsupported(field, message)


def _variable_findings(ask: Ask) -> Iterable[Finding]:
    """Of a variable that it does not know, and of a value that it cannot read, Ollama takes no notice."""
    table, exact = table_of("ollama", release(ask.version))
    title = f"Ollama {text(table.version)}"
    for said in ask.spec.engine.env:
        name, value = said["name"], said.get("value")
        option = table.by_name.get(name)
        problem = problem_of(option, value) if option and value else None
        if name in RESERVED:
            yield Finding(Reason.INVALID_OPTION, "engine.env", f"`{name}` does not belong here: {RESERVED[name]}.")
        elif problem:
            yield Finding(Reason.INVALID_OPTION, "engine.env", f"`{name}` {problem}.", refuses=exact)
        elif option is None and name.startswith(PREFIX):
            nearest = get_close_matches(name, table.by_name, n=1, cutoff=0.7)
            hint = f" Did you mean `{nearest[0]}`?" if nearest else ""
            yield Finding(
                Reason.UNKNOWN_OPTION, "engine.env", f"`{name}` is no variable of {title}.{hint}", refuses=exact
            )


def _model_findings(ask: Ask) -> Iterable[Finding]:
    if ask.model.path and not ask.model.path.endswith(".gguf"):
        message = f"Ollama loads one GGUF file: name it, as in `{ask.spec.model}/model.gguf`."
        yield Finding(Reason.INVALID_SPEC, "model", message)
    if ask.model.revision:
        message = f"Ollama takes no revision from the hub: write `{ask.model.argument}`, or a file on a claim."
        yield _unsupported("model", message)
    if ask.spec.serving.quantization and not ask.model.hub:
        message = "A GGUF file has its quantisation in itself, and a model of Ollama's library in its tag: remove it."
        yield _unsupported("serving.quantization", message)
    if ask.spec.cache and ask.spec.cache.read_only:
        message = "Ollama keeps models in a form of its own, below the cache's root: remove cache.readOnly."
        yield _unsupported("cache.readOnly", message)


def _library_findings(ask: Ask) -> Iterable[Finding]:
    """What it pulls from its own library it pulls by itself, before it is ready."""
    if ask.model.only and ask.spec.cache and ask.spec.cache.prefetch:
        message = "Ollama pulls models of its library by itself, before the pod is Ready: remove it."
        yield _unsupported("cache.prefetch", message)
    if ask.model.only and ask.spec.hugging_face.offline:
        message = "Ollama pulls what is missing of its library: remove huggingFace.offline, or name a file on a claim."
        yield _unsupported("huggingFace.offline", message)


def _hub_findings(ask: Ask) -> Iterable[Finding]:
    """It speaks to the hub as to a registry, without the hub's own settings."""
    hub = ask.spec.hugging_face
    if not ask.model.hub:
        return
    instead = "use engine.type: llamacpp, or a file on a claim"
    if hub.token_secret:
        yield _unsupported("huggingFace.tokenSecret", f"Ollama sends no token to the hub: {instead}.")
    if hub.endpoint:
        yield _unsupported("huggingFace.endpoint", f"Ollama knows no mirror of the hub: {instead}.")
    if hub.offline:
        yield _unsupported("huggingFace.offline", f"Ollama reads no cache of the hub's models: {instead}.")
    if ask.spec.cache and ask.spec.cache.prefetch:
        yield _unsupported("cache.prefetch", f"Ollama reads no cache of the hub's models: {instead}.")


def _name_findings(ask: Ask) -> Iterable[Finding]:
    """Of the names that nobody said, those that Ollama does not take are left out."""
    for name in ask.spec.served_names or _names(ask):
        if not _NAME.fullmatch(name):
            message = f"`{name}` is no name that Ollama takes: write one as in `org/name` or `name:tag`."
            yield Finding(Reason.INVALID_SPEC, "servedNames", message)


def _key_findings(ask: Ask) -> Iterable[Finding]:
    if ask.spec.auth.api_key_secret:
        message = (
            "Ollama asks for no key and lets every client pull and delete models: remove auth.apiKeySecret, or use "
            "engine.type: llamacpp."
        )
        yield _unsupported("auth.apiKeySecret", message)


def _unsupported(field: str, message: str, refuses: bool = True) -> Finding:
    return Finding(Reason.UNSUPPORTED_BY_ENGINE, field, message, refuses=refuses)


ENGINE = Ollama()
