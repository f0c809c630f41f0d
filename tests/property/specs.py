"""Specs that the CRD admits, CEL rules and all, with core types as Kubernetes itself would take them.

What the schema says is drawn from the schema; what only a CEL rule or Kubernetes' own validation says is told here.
"""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from modelservice.api.crd import resource_schema
from modelservice.api.rules import RESERVED_PATHS
from modelservice.engines.catalogue import ENGINES
from modelservice.engines.quantity import number_of
from property.schema import TEXT, admitted

SPEC = resource_schema()["properties"]["spec"]
PARTS = SPEC["properties"]

words = st.sampled_from(["a", "b-1", "data", "nvidia", "x9"])
label_keys = st.sampled_from(["team", "example.org/team", "zone", "a.b/c_d"])
label_values = st.sampled_from(["", "a", "A-1", "x.y_z"])
labels = st.dictionaries(label_keys, label_values, max_size=3)
annotations = st.dictionaries(label_keys, TEXT, max_size=3)
quantities = st.sampled_from(["1", "500m", "2", "1Gi", "8Gi", "0.5"])
variable_names = st.sampled_from(
    ["A", "B", "HOME", "USER", "HF_HOME", "HF_TOKEN", "HF_HUB_CACHE", "PYTHONPATH", "VLLM_CACHE_ROOT", "HTTPS_PROXY"]
)

variables = st.one_of(
    st.fixed_dictionaries({"name": variable_names}, optional={"value": TEXT}),
    st.fixed_dictionaries(
        {
            "name": variable_names,
            "valueFrom": st.sampled_from(
                [
                    {"secretKeyRef": {"name": "s", "key": "k", "optional": True}},
                    {"configMapKeyRef": {"name": "c", "key": "k"}},
                    {"fieldRef": {"fieldPath": "status.podIP"}},
                    {"resourceFieldRef": {"resource": "limits.memory"}},
                ]
            ),
        }
    ),
)
sources = st.sampled_from(
    [{"secretRef": {"name": "s"}}, {"prefix": "P_", "configMapRef": {"name": "c", "optional": True}}]
)
tolerations = st.sampled_from(
    [
        {"operator": "Exists"},
        {"key": "dedicated", "operator": "Equal", "value": "llm", "effect": "NoSchedule"},
        {"key": "nvidia.com/gpu", "operator": "Exists"},
        {"key": "gone", "operator": "Exists", "effect": "NoExecute", "tolerationSeconds": 5},
    ]
)
spreads = st.fixed_dictionaries(
    {
        "topologyKey": st.sampled_from(["zone", "kubernetes.io/hostname"]),
        "maxSkew": st.integers(1, 5),
        "whenUnsatisfiable": st.sampled_from(["DoNotSchedule", "ScheduleAnyway"]),
    },
    optional={"labelSelector": labels.map(lambda chosen: {"matchLabels": chosen})},
)
expressions = st.fixed_dictionaries(
    {"key": label_keys, "operator": st.just("In"), "values": st.lists(label_values, min_size=1, max_size=2)}
)
terms = st.fixed_dictionaries({"matchExpressions": st.lists(expressions, min_size=1, max_size=2)})
required_terms = st.lists(terms, min_size=1, max_size=2).map(lambda chosen: {"nodeSelectorTerms": chosen})
affinities = st.fixed_dictionaries(
    {},
    optional={
        "nodeAffinity": st.fixed_dictionaries(
            {},
            optional={
                "requiredDuringSchedulingIgnoredDuringExecution": required_terms,
                "preferredDuringSchedulingIgnoredDuringExecution": terms.map(
                    lambda term: [{"weight": 7, "preference": term}]
                ),
            },
        ),
        "podAntiAffinity": labels.map(
            lambda chosen: {
                "requiredDuringSchedulingIgnoredDuringExecution": [
                    {"topologyKey": "zone", "labelSelector": {"matchLabels": chosen}}
                ]
            }
        ),
    },
)
resources = st.sampled_from(
    [
        {},
        {"requests": {"cpu": "1", "memory": "1Gi"}},
        {"limits": {"memory": "2Gi"}},
        {"requests": {"memory": "1Gi", "ephemeral-storage": "1Gi"}, "limits": {"cpu": 2, "memory": "1Gi"}},
        {"requests": {}, "limits": {}},
    ]
)
security_contexts = st.fixed_dictionaries(
    {},
    optional={
        "runAsUser": st.integers(0, 2**31 - 1),
        "runAsGroup": st.integers(0, 2**31 - 1),
        "runAsNonRoot": st.booleans(),
        "fsGroup": st.integers(0, 2**31 - 1),
        "supplementalGroups": st.lists(st.integers(0, 99), max_size=2),
        "seccompProfile": st.sampled_from([{"type": "Unconfined"}, {"type": "RuntimeDefault"}]),
        "supplementalGroupsPolicy": st.sampled_from(["Merge", "Strict"]),
    },
)

models = st.sampled_from(
    [
        *("org/name", "hf://org/name@main", "gpt2", "/models/x", "/root/x", "pvc://hub/a/b", "pvc://b"),
        *("s3://bucket/x", "gs://bucket/x.gguf", "modelscope://o/n", "oci://image:1/a", "https://x/y.gguf"),
    ]
)
unbuilt_models = st.sampled_from(["ollama://a:b"])
arguments = st.lists(
    st.sampled_from(
        ["--enforce-eager", "--max-model-len=8", "--dtype", "half", "--tensor_parallel_size=2", "--nope", ""]
    ),
    max_size=4,
)
options = st.dictionaries(
    st.sampled_from(["dtype", "enforce-eager", "max-num-seqs", "hf-overrides", "nope"]),
    st.one_of(
        st.booleans(), st.integers(0, 9), TEXT, st.dictionaries(words, st.integers(), max_size=2), st.lists(TEXT)
    ),
    max_size=2,
)

OVERRIDES: dict[str, st.SearchStrategy[Any]] = {
    "model": models,
    "servedNames": st.lists(words, max_size=3),
    "modelSource": st.just({}),
    "engine.type": st.sampled_from(sorted(ENGINES)),
    "engine.args": arguments,
    "engine.options": options,
    "engine.env": st.lists(variables, max_size=4, unique_by=lambda item: item["name"]),
    "engine.envFrom": st.lists(sources, max_size=2),
    "engine.imagePullSecrets": st.lists(
        words.map(lambda name: {"name": name}), max_size=2, unique_by=lambda i: i["name"]
    ),
    "serving.loraAdapters[].model": models,
    "gpu.resourceName": admitted(PARTS["gpu"]["properties"]["resourceName"], {}).filter(
        lambda name: "kubernetes.io/" not in name and not name.startswith("requests.")
    ),
    "gpu.runtimeClassName": st.sampled_from(["", "nvidia", "kata"]),
    "resources": resources,
    "nodeSelector": labels,
    "affinity": affinities,
    "tolerations": st.lists(tolerations, max_size=3),
    "topologySpreadConstraints": st.lists(spreads, max_size=3),
    "securityContext": security_contexts,
    "service.labels": labels,
    "service.annotations": annotations,
    "service.loadBalancerClass": st.just("example.org/lb"),
    "service.nodePort": st.integers(30000, 32767),
    "podTemplate.metadata.labels": labels,
    "podTemplate.metadata.annotations": annotations,
}
"""Path -> what is drawn there instead of what the schema alone would admit."""

partial_pods = st.lists(
    st.sampled_from(
        [
            {"hostPID": True},
            {"dnsPolicy": "Default"},
            {"nodeSelector": {"disk": "ssd"}},
            {"nodeSelector": {"$patch": "delete"}},
            {"tolerations": [{"operator": "Exists"}]},
            {"hostAliases": [{"ip": "10.0.0.1", "hostnames": ["a"]}]},
            {"containers": [{"name": "engine", "livenessProbe": {"$patch": "delete"}}]},
            {"containers": [{"name": "engine", "readinessProbe": {"exec": {"command": ["true"]}}}]},
            {"containers": [{"name": "engine", "env": [{"name": "HOME", "value": "/x"}]}]},
            {"containers": [{"name": "engine", "lifecycle": {"preStop": {"exec": {"command": ["true"]}}}}]},
            {"containers": [{"name": "engine", "ports": [{"containerPort": 9000, "name": "extra"}]}]},
            {"containers": [{"name": "log", "image": "log:1"}]},
            {"initContainers": [{"name": "wait", "image": "wait:1", "restartPolicy": "Always"}]},
            {"volumes": [{"name": "home", "hostPath": {"path": "/x"}}]},
            {"terminationGracePeriodSeconds": 5},
            {"terminationGracePeriodSeconds": 100_000},
            {"restartPolicy": "Never"},
            {"affinity": None},
        ]
    ),
    max_size=3,
).map(lambda parts: {key: value for part in parts for key, value in part.items()})


UNTAMED = (
    *("affinity", "tolerations", "securityContext", "topologySpreadConstraints", "engine.envFrom"),
    *("modelSource", "engine.type"),
)


def specs(wild: bool = False) -> st.SearchStrategy[dict[str, Any]]:
    """Specs that the CRD admits. Wild ones also bear core types and pods that Kubernetes would refuse, and engines and
    sources that are not built yet."""
    overrides = dict(OVERRIDES)
    if wild:
        for path in UNTAMED:
            del overrides[path]
        overrides["model"] = overrides["serving.loraAdapters[].model"] = st.one_of(models, unbuilt_models)
    pods = st.one_of(partial_pods, json_maps) if wild else partial_pods
    return admitted(SPEC, {**overrides, "podTemplate.spec": pods}).map(repaired)


json_maps: st.SearchStrategy[dict[str, Any]] = st.dictionaries(
    st.sampled_from(["containers", "volumes", "affinity", "tolerations", "nodeSelector", "$patch", "securityContext"]),
    st.recursive(
        st.one_of(st.none(), st.booleans(), st.integers(), TEXT),
        lambda below: st.one_of(
            st.lists(below, max_size=2),
            st.dictionaries(st.sampled_from(["name", "env", "mountPath", "$patch", "nodeAffinity"]), below, max_size=2),
        ),
        max_leaves=5,
    ),
    max_size=3,
)


def repaired(spec: dict[str, Any]) -> dict[str, Any]:
    """The spec as CEL rules will have it: what two fields together may not say is taken out of one of them."""
    _repair_engine(spec.get("engine", {}))
    _repair_cache(spec.get("cache", {}))
    _repair_service(spec.get("service", {}))
    if spec.get("gpu", {}).get("count") == 0:
        spec["gpu"].pop("products", None)
    if spec.get("engine", {}).get("type") != "remote":
        spec.setdefault("model", "org/model")
    return spec


def is_reserved(path: str) -> bool:
    return path in RESERVED_PATHS or path.removesuffix("/") in RESERVED_PATHS


def _repair_engine(engine: dict[str, Any]) -> None:
    kind = engine.get("type", "vllm")
    for part, least in (("custom", {"port": 80}), ("remote", {"url": "http://x"})):
        if kind == part:
            engine.setdefault(part, least)
        else:
            engine.pop(part, None)
    files = {file["path"]: file for file in engine.get("files", []) if not is_reserved(file["path"])}
    for file in files.values():
        if "configMapKey" in file:
            file.pop("content", None)
        else:
            file.setdefault("content", "")
    if "files" in engine:
        engine["files"] = list(files.values())


def _repair_cache(cache: dict[str, Any]) -> None:
    if "claimName" in cache or not number_of(cache.get("size")):
        cache.pop("size", None)
    if len(cache.get("accessModes", [])) > 1:
        cache["accessModes"] = [mode for mode in cache["accessModes"] if mode != "ReadWriteOncePod"]
    if ".." in cache.get("subPath", ""):
        cache.pop("subPath")
    if "claimName" not in cache:
        cache.pop("readOnly", None)
    if is_reserved(cache.get("mountPath", "/cache/hub")):
        cache.pop("mountPath")
    if "size" not in cache:
        cache.pop("storageClassName", None)
        cache.pop("accessModes", None)
    whole = cache.keys() & {"claimName", "size"} and "subPath" not in cache and not cache.get("readOnly")
    if not whole or "ReadWriteOncePod" in cache.get("accessModes", []):
        cache.pop("prune", None)


def _repair_service(service: dict[str, Any]) -> None:
    kind = service.get("type", "ClusterIP")
    if kind == "ClusterIP":
        service.pop("nodePort", None)
    if kind != "LoadBalancer":
        service.pop("loadBalancerClass", None)
