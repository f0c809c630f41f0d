"""How the model comes to the pods: the engine fetches it, a Job does so before they start, or an init container.

A Job fetches once for all replicas, and needs a volume that it can mount before any pod is placed. A volume that binds
where its first pod goes would bind where no GPU is, so there an init container of the engine's pod does the work.
"""

from __future__ import annotations

from dataclasses import replace
from enum import StrEnum

from modelservice.api.findings import Finding
from modelservice.api.reasons import Reason
from modelservice.api.spec import Cache, CachePruning, ModelServiceSpec
from modelservice.engines.files import ALL, Files, wanted_files
from modelservice.facts.cluster import ClusterFacts
from modelservice.facts.model import Fetch, Located
from modelservice.facts.workload import ClaimFacts
from modelservice.render.claim import access_modes

ONE_POD = "ReadWriteOncePod"
SHARED = "ReadWriteMany"
ONLY_READ = ("ReadOnlyMany",)
WAIT_FOR_POD = "WaitForFirstConsumer"


class Fetcher(StrEnum):
    """Who fetches; the word is stored with a revision."""

    ENGINE = ""
    JOB = "Job"
    INIT = "InitContainer"


def fetcher(
    spec: ModelServiceSpec,
    models: tuple[Located, ...],
    claim: ClaimFacts | None,
    cluster: ClusterFacts,
    *,
    has_loader: bool,
) -> Fetcher:
    """What `cache.prefetch` says, else what these volumes ask for. Nobody gets a loader unasked where there is none."""
    fetches = [model for model in models if model.fetch]
    if not fetches or offline(spec):
        return Fetcher.ENGINE
    cache = spec.cache if spec.cache and (spec.cache.claim_name or spec.cache.size) else None
    modes = access_modes(spec, claim) if cache else ()
    if modes == ONLY_READ:
        return Fetcher.ENGINE
    must = not all(map(by_the_engine, fetches))
    wanted = _said(spec)
    if wanted is None:
        shared = SHARED in modes or (cache is not None and spec.replicas > 1)
        wanted = has_loader and (shared or prunes(spec)) and (must or wanted_files(spec) is not None)
    if not wanted:
        return Fetcher.INIT if must else Fetcher.ENGINE
    return Fetcher.JOB if cache and mountable_anywhere(cache, modes, claim, cluster) else Fetcher.INIT


def prunes(spec: ModelServiceSpec) -> bool:
    """Whether old revisions are to go; only of what a loader has fetched is known what belongs to which."""
    cache = spec.cache
    if cache is None or cache.prune is not CachePruning.UNUSED:
        return False
    return bool(cache.claim_name or cache.size) and not (cache.read_only or cache.sub_path)


def by_the_engine(model: Located) -> bool:
    """Whether an engine can get it: from the hub, and only whole."""
    return model.hub and not (model.fetch and (model.fetch.include or model.fetch.exclude))


def offline(spec: ModelServiceSpec) -> bool:
    """Nothing may be fetched, by whomever."""
    return spec.hugging_face.offline or bool(spec.cache and spec.cache.read_only)


def _said(spec: ModelServiceSpec) -> bool | None:
    return spec.cache.prefetch if spec.cache else None


def mountable_anywhere(cache: Cache, modes: tuple[str, ...], claim: ClaimFacts | None, cluster: ClusterFacts) -> bool:
    """Whether a pod other than the engine's may be the first to mount it. Of a claim that nobody has seen, no."""
    if ONE_POD in modes or (cache.claim_name and claim is None):
        return False
    if SHARED in modes or (claim is not None and claim.phase == "Bound"):
        return True
    wanted = claim.storage_class if claim and claim.storage_class else cache.storage_class_name
    classes = cluster.storage_classes or ()
    found = next((known for known in classes if (known.name == wanted if wanted else known.default)), None)
    return found is not None and found.binding != WAIT_FOR_POD


def narrowed(spec: ModelServiceSpec, models: tuple[Located, ...]) -> tuple[Fetch, ...]:
    """What the loader fetches, each once: of a hub's model, where the user chose no files, what the engine reads."""
    files = wanted_files(spec) or ALL
    found = (_narrowed(model, files) for model in models)
    return tuple(dict.fromkeys(fetch for fetch in found if fetch))


def _narrowed(model: Located, files: Files) -> Fetch | None:
    fetch = model.fetch
    if fetch is None or not model.hub or fetch.include or fetch.exclude:
        return fetch
    return replace(fetch, include=files.include, exclude=files.exclude)


def unfetchable(spec: ModelServiceSpec, fetch: str, loader: str) -> list[Finding]:
    """A download that was asked for and forbidden, or that there is no loader for."""
    if _said(spec) and offline(spec):
        field = "huggingFace.offline" if spec.hugging_face.offline else "cache.readOnly"
        message = f"cache.prefetch asks for a download, and {field} forbids it: remove one of them."
        return [Finding(Reason.INVALID_SPEC, "cache.prefetch", message)]
    if not fetch or loader:
        return []
    field = "cache.prefetch" if _said(spec) else "modelSource" if spec.model_source.manifest() else "model"
    message = (
        f"{field} asks for a loader, and the operator's configuration names no image of one: set `loader.image` there "
        "(`config.loader.image` of the chart)."
    )
    return [Finding(Reason.LOADER_MISSING, field, message)]
