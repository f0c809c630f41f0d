"""Resolving today's values: what the operator's configuration and the cluster say where the spec says nothing."""

from __future__ import annotations

from modelservice import __version__
from modelservice.api.config import EngineDefaults, OperatorConfig
from modelservice.api.spec import ModelServiceSpec
from modelservice.engines.accelerator import NVIDIA, RUNTIME_CLASSES, accelerator
from modelservice.engines.catalogue import engine
from modelservice.engines.engine import Engine
from modelservice.facts.cluster import ClusterFacts
from modelservice.facts.workload import ClaimFacts
from modelservice.render.effective import effective
from modelservice.render.fetching import fetcher
from modelservice.render.inputs import pod_part
from modelservice.render.locate import located
from modelservice.render.resolved import Resolved

IMAGE_VOLUMES_SINCE = 35
"""The minor version of Kubernetes 1 that has them unless somebody turned them off."""
ALWAYS_DIRECT = ("localhost", "127.0.0.1", ".svc")
"""Never through a proxy, with the cluster's own domain."""


def resolve(
    spec: ModelServiceSpec, config: OperatorConfig, cluster: ClusterFacts, claim: ClaimFacts | None = None
) -> Resolved:
    """Everything as today's configuration and cluster have it, with the cache's claim if there is one."""
    defaults = pod_part(config.defaults)
    whole = effective(spec, defaults)
    runs = engine(whole.engine.type)
    gpus = runs.default_gpus if whole.gpu.count is None else whole.gpu.count
    version = _version(whole, runs, config)
    loader = loader_image(config)
    models = located(whole)[0]
    fetch = fetcher(effective(spec, config.defaults), models, claim, cluster, has_loader=bool(loader)).value
    return Resolved(
        image=whole.engine.image or _image(whole, runs, config, version, gpus),
        version=version,
        gpus=gpus,
        runtime_class=_runtime_class(whole, gpus, config, cluster),
        environment=proxies(config),
        ca_bundle=config.ca_bundle or "",
        fetch=fetch,
        loader=loader if fetch else "",
        copied=any(model.image for model in models) and not image_volumes(config, cluster),
        defaults=defaults,
    )


def _version(spec: ModelServiceSpec, runs: Engine, config: OperatorConfig) -> str:
    """An own image is of unknown version unless the spec says which."""
    if spec.engine.version or spec.engine.image:
        return spec.engine.version or ""
    return _engine_defaults(spec, config).version or runs.default_version


def _image(spec: ModelServiceSpec, runs: Engine, config: OperatorConfig, version: str, gpus: int) -> str:
    repository = _engine_defaults(spec, config).image
    image = runs.image(version, gpus, spec.gpu.resource_name, repository)
    return in_registry(image, config.registry) if config.registry else image


def loader_image(config: OperatorConfig) -> str:
    """The loader of this operator's version, unless the configuration says otherwise; "" where it names none."""
    if not config.loader.image:
        return ""
    image = f"{config.loader.image}:{config.loader.version or __version__}"
    return in_registry(image, config.registry) if config.registry else image


def image_volumes(config: OperatorConfig, cluster: ClusterFacts) -> bool:
    """An API server of unknown version gets one, and refuses what it does not know."""
    if config.image_volumes is not None:
        return config.image_volumes
    return cluster.minor is None or cluster.minor >= IMAGE_VOLUMES_SINCE


def _engine_defaults(spec: ModelServiceSpec, config: OperatorConfig) -> EngineDefaults:
    return config.engines.get(spec.engine.type, EngineDefaults())


def in_registry(image: str, registry: str) -> str:
    """The same repository in another registry. The first word is a registry's host if it could not be a folder."""
    host, slash, rest = image.partition("/")
    has_host = slash and ("." in host or ":" in host or host == "localhost")
    return f"{registry.rstrip('/')}/{rest if has_host else image}"


def _runtime_class(spec: ModelServiceSpec, gpus: int, config: OperatorConfig, cluster: ClusterFacts) -> str:
    if spec.gpu.runtime_class_name is not None:
        return spec.gpu.runtime_class_name
    kind = accelerator(gpus, spec.gpu.resource_name)
    if kind == NVIDIA and config.runtime_class_name is not None:
        return config.runtime_class_name
    usual = RUNTIME_CLASSES.get(kind, "")
    return usual if usual in (cluster.runtime_classes or ()) else ""


def proxies(config: OperatorConfig) -> dict[str, str]:
    """Environment for downloads through a proxy; what lies in the cluster is always called directly."""
    proxy = config.proxy
    result = {name: value for name, value in (("HTTP_PROXY", proxy.http), ("HTTPS_PROXY", proxy.https)) if value}
    if result:
        direct = [*(proxy.no_proxy or "").split(","), *ALWAYS_DIRECT, f".{config.cluster_domain}"]
        result["NO_PROXY"] = ",".join(dict.fromkeys(filter(None, (name.strip() for name in direct))))
    return result
