"""The pod, rule by rule: each was learnt from somebody's outage."""

from __future__ import annotations

from typing import Any

import pytest
import yaml

from modelservice.api.config import load_config
from modelservice.api.reasons import Reason
from modelservice.api.spec import ModelServiceSpec
from modelservice.facts.cluster import ClusterFacts
from modelservice.facts.model import Fetch
from modelservice.render.locate import located
from rendering.passes import CONFIG, Pass, rendered

NVIDIA = ClusterFacts(runtime_classes=frozenset({"nvidia"}))
MOCK: dict[str, Any] = {"engine": {"type": "mock"}}


def of(spec: str, config: str = "", **facts: Any) -> Pass:
    return rendered(yaml.safe_load(spec) or {}, config=load_config(config), **facts)


# --- the container -----------------------------------------------------------------------------------------------


def test_command_and_args_are_both_explicit_and_in_the_users_order() -> None:
    engine = of("engine: {args: [--max-model-len, '8', --dtype, half]}").engine
    assert engine["command"] == ["vllm", "serve"]
    assert engine["args"][0] == "org/model"
    assert engine["args"][-4:] == ["--max-model-len", "8", "--dtype", "half"]


def test_container_port_is_named_for_the_service() -> None:
    assert of("").engine["ports"] == [{"name": "http", "containerPort": 8000, "protocol": "TCP"}]


def test_pull_policy_and_secrets_are_passed_on() -> None:
    found = of("engine: {imagePullPolicy: Always, imagePullSecrets: [{name: s}]}")
    assert found.engine["imagePullPolicy"] == "Always"
    assert found.pod["imagePullSecrets"] == [{"name": "s"}]


@pytest.mark.parametrize(
    ("spec", "expected"),
    [
        pytest.param(
            "",
            {
                "limits": {"nvidia.com/gpu": "1"},
                "requests": {"cpu": "2", "memory": "8Gi", "nvidia.com/gpu": "1"},
            },
            id="the engine's requests and never a limit",
        ),
        pytest.param(
            "{gpu: {count: 0}, resources: {requests: {cpu: 1}}}",
            {"requests": {"cpu": 1, "memory": "8Gi"}},
            id="the user's request wins",
        ),
        pytest.param(
            "{gpu: {count: 0}, resources: {limits: {memory: 1Gi}}}",
            {"limits": {"memory": "1Gi"}, "requests": {"cpu": "2"}},
            id="no default request may pass the user's limit",
        ),
        pytest.param(
            "{gpu: {count: 2, resourceName: amd.com/gpu}, resources: {limits: {cpu: 4}}}",
            {"limits": {"cpu": 4, "amd.com/gpu": "2"}, "requests": {"memory": "8Gi", "amd.com/gpu": "2"}},
            id="GPUs are limits and equal requests",
        ),
    ],
)
def test_resources(spec: str, expected: dict[str, Any]) -> None:
    assert of(spec).engine["resources"] == expected


@pytest.mark.parametrize(("seconds", "failures"), [(3600, 720), (10, 2), (11, 3), (604800, 120960)])
def test_startup_probe_has_the_whole_startup_budget(seconds: int, failures: int) -> None:
    probe = of(f"startupTimeoutSeconds: {seconds}").engine["startupProbe"]
    assert probe["failureThreshold"] == failures
    assert probe["failureThreshold"] * probe["periodSeconds"] >= seconds


def test_startup_probe_of_an_engine_that_brings_its_model_may_run_as_long_as_the_startup() -> None:
    found = of("{model: 'ollama://llama3.2:1b', engine: {type: ollama}, startupTimeoutSeconds: 900}")
    probe = found.engine["startupProbe"]
    assert probe["exec"]["command"][:2] == ["ollama", "create"]
    assert (probe["timeoutSeconds"], probe["failureThreshold"]) == (900, 180)


def test_engine_with_a_form_of_its_own_keeps_models_in_the_cache() -> None:
    found = of("{model: 'ollama://x', engine: {type: ollama}, cache: {claimName: models, mountPath: /models}}")
    variables = {one["name"]: one.get("value") for one in found.engine["env"]}
    assert variables["OLLAMA_MODELS"] == "/models/.modelservice/ollama"


def test_probes_never_time_out_under_five_seconds() -> None:
    engine = of("").engine
    assert all(engine[name]["timeoutSeconds"] >= 5 for name in ("startupProbe", "readinessProbe", "livenessProbe"))


def test_grace_period_holds_the_sleep_the_drain_and_the_teardown() -> None:
    found = of("drainTimeoutSeconds: 300")
    assert found.engine["lifecycle"] == {"preStop": {"sleep": {"seconds": 5}}}
    assert found.pod["terminationGracePeriodSeconds"] >= 5 + 300 + 15


def test_no_drain_is_no_sleep() -> None:
    assert "lifecycle" not in of("drainTimeoutSeconds: 0").engine


def test_container_may_do_nothing_but_serve() -> None:
    assert of("").engine["securityContext"] == {
        "allowPrivilegeEscalation": False,
        "capabilities": {"drop": ["ALL"]},
    }


# --- the environment ---------------------------------------------------------------------------------------------


def test_home_and_names_are_always_set() -> None:
    env = of("").env
    assert (env["HOME"], env["USER"], env["LOGNAME"]) == ("/home/modelservice", "modelservice", "modelservice")


def test_hub_cache_is_the_root_of_the_cache_volume_and_the_token_file_is_not_on_it() -> None:
    env = of("cache: {claimName: hub, mountPath: /root/.cache/huggingface/hub}").env
    assert env["HF_HUB_CACHE"] == "/root/.cache/huggingface/hub"
    assert env["HF_HOME"].startswith(env["HOME"] + "/")


def test_token_comes_from_the_secret_under_both_names() -> None:
    env = of("huggingFace: {tokenSecret: {name: hf, key: token}}").env
    expected = {"secretKeyRef": {"name": "hf", "key": "token"}}
    assert (env["HF_TOKEN"], env["HUGGING_FACE_HUB_TOKEN"]) == (expected, expected)


def test_users_variable_replaces_ours_of_the_same_name_and_stands_after_it() -> None:
    found = of("engine: {env: [{name: HOME, value: /mine}, {name: A, value: $(HOME)}]}")
    assert found.env["HOME"] == "/mine"
    assert [item["name"] for item in found.engine["env"]][-2:] == ["HOME", "A"]
    assert len(found.env) == len(found.engine["env"])


def test_users_whole_sources_win_over_what_we_set() -> None:
    """Kubernetes lets `env` win over `envFrom`, so ours must come by `envFrom` too, and first."""
    found = of("{engine: {envFrom: [{secretRef: {name: s}}]}, huggingFace: {tokenSecret: {name: hf, key: k}}}")
    ours, users = found.engine["envFrom"]
    assert users == {"secretRef": {"name": "s"}}
    [config_map] = [item for item in found.all("ConfigMap") if item["metadata"]["name"] == ours["configMapRef"]["name"]]
    assert config_map["data"]["HOME"] == "/home/modelservice"
    assert set(found.env) == {"HF_TOKEN", "HUGGING_FACE_HUB_TOKEN"}


def test_proxies_and_certificates_reach_the_engine() -> None:
    found = of("", "{proxy: {https: 'http://p:1'}, caBundle: PEM}")
    assert found.env["HTTPS_PROXY"] == "http://p:1"
    assert found.env["SSL_CERT_FILE"] == found.env["REQUESTS_CA_BUNDLE"] == "/etc/modelservice/ca.crt"
    name = found.volume("/etc/modelservice/ca.crt")["configMap"]["name"]
    [config_map] = [item for item in found.all("ConfigMap") if item["metadata"]["name"] == name]
    assert config_map["data"] == {"ca.crt": "PEM"}


@pytest.mark.parametrize(
    ("first", "second", "equal"),
    [
        pytest.param("", "replicas: 2", True, id="the same image and GPU"),
        pytest.param("", "engine: {image: other:1}", False, id="another image"),
        pytest.param("gpu: {products: [A]}", "gpu: {products: [B]}", False, id="another GPU"),
        pytest.param("gpu: {products: [A, B]}", "gpu: {products: [B, A]}", True, id="the same GPUs"),
    ],
)
def test_compile_caches_are_kept_by_image_and_gpu(first: str, second: str, equal: bool) -> None:
    folders = [of(spec).env["VLLM_CACHE_ROOT"] for spec in (first, second)]
    assert (folders[0] == folders[1]) is equal


def test_compile_caches_hide_in_a_cache_that_can_be_written() -> None:
    assert of("cache: {size: 1Gi, mountPath: /models}").env["TRITON_CACHE_DIR"].startswith("/models/.modelservice/")


def test_compile_caches_stay_off_a_read_only_cache() -> None:
    found = of("cache: {claimName: hub, readOnly: true}")
    assert found.env["TRITON_CACHE_DIR"].startswith("/var/cache/modelservice/")
    assert found.volume("/var/cache/modelservice") == {"emptyDir": {}}


# --- volumes -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("spec", "expected"),
    [
        pytest.param("", {"medium": "Memory"}, id="no limit but the pod's"),
        pytest.param("sharedMemory: {sizeLimit: 8Gi}", {"medium": "Memory", "sizeLimit": "8Gi"}, id="limit"),
    ],
)
def test_shared_memory_is_always_there(spec: str, expected: dict[str, str]) -> None:
    assert of(spec).volume("/dev/shm") == {"emptyDir": expected}


@pytest.mark.parametrize("path", ["/home/modelservice", "/tmp"])
def test_writable_places_are_not_on_the_image(path: str) -> None:
    assert of("").volume(path) == {"emptyDir": {}}


@pytest.mark.parametrize(
    ("spec", "volume", "mount"),
    [
        pytest.param("", {"emptyDir": {}}, {}, id="none"),
        pytest.param(
            "cache: {size: 1Gi}", {"persistentVolumeClaim": {"claimName": "qwen-cache"}}, {}, id="a claim of ours"
        ),
        pytest.param(
            "cache: {claimName: hub, subPath: a/b}",
            {"persistentVolumeClaim": {"claimName": "hub"}},
            {"subPath": "a/b"},
            id="an existing claim, a folder of it",
        ),
        pytest.param(
            "cache: {claimName: hub, readOnly: true}",
            {"persistentVolumeClaim": {"claimName": "hub", "readOnly": True}},
            {"readOnly": True},
            id="read-only",
        ),
    ],
)
def test_cache_volume(spec: str, volume: dict[str, Any], mount: dict[str, Any]) -> None:
    found = of(spec)
    assert found.volume("/cache/hub") == volume
    assert found.mounts["/cache/hub"] == {"name": "cache", "mountPath": "/cache/hub", **mount}


def test_claim_of_the_model_is_mounted_read_only() -> None:
    found = of("model: pvc://weights/qwen")
    assert found.volume("/models/weights") == {"persistentVolumeClaim": {"claimName": "weights", "readOnly": True}}
    assert found.mounts["/models/weights"]["readOnly"] is True


def test_claim_that_is_cache_and_model_is_one_volume() -> None:
    found = of("{model: 'pvc://hub/qwen', cache: {claimName: hub}}")
    assert found.mounts["/models/hub"]["name"] == found.mounts["/cache/hub"]["name"]
    assert found.volume("/models/hub") == {"persistentVolumeClaim": {"claimName": "hub"}}


def test_claims_of_model_and_adapter_are_two_volumes() -> None:
    adapters = "serving: {loraAdapters: [{name: a, model: 'pvc://b/x'}, {name: c, model: 'pvc://a/y'}]}"
    found = of(f"{{model: 'pvc://a/m', {adapters}}}")
    assert found.mounts["/models/a"]["name"] != found.mounts["/models/b"]["name"]
    assert len(found.pod["volumes"]) == len({volume["name"] for volume in found.pod["volumes"]})


def test_file_is_mounted_at_its_path_from_an_immutable_config_map_named_by_content() -> None:
    found = of("{engine: {type: mock, files: [{name: t, path: /etc/t.jinja, content: 'hello'}]}}")
    config_map = found.child("ConfigMap")
    assert found.volume("/etc/t.jinja") == {"configMap": {"name": config_map["metadata"]["name"]}}
    assert found.mounts["/etc/t.jinja"]["subPath"] in config_map["data"]
    assert config_map["immutable"] is True
    changed = of("{engine: {type: mock, files: [{name: t, path: /etc/t.jinja, content: 'bye'}]}}")
    assert changed.child("ConfigMap")["metadata"]["name"] != config_map["metadata"]["name"]


def test_files_of_a_users_config_map_share_one_volume() -> None:
    key = "configMapKey: {name: my.templates, key: %s}"
    files = f"[{{name: a, path: /a, {key % 'a.jinja'}}}, {{name: b, path: /b, {key % 'b.jinja'}}}]"
    found = of(f"engine: {{type: mock, files: {files}}}")
    assert found.mounts["/a"]["name"] == found.mounts["/b"]["name"]
    assert found.volume("/a") == {"configMap": {"name": "my.templates"}}
    assert (found.mounts["/a"]["subPath"], found.mounts["/b"]["subPath"]) == ("a.jinja", "b.jinja")
    assert found.all("ConfigMap") == []


def test_cache_at_a_path_of_ours_takes_its_place() -> None:
    found = of("cache: {claimName: hub, mountPath: /home/modelservice}")
    assert found.volume("/home/modelservice") == {"persistentVolumeClaim": {"claimName": "hub"}}
    assert "home" not in [volume["name"] for volume in found.pod["volumes"]]


# --- who it runs as ----------------------------------------------------------------------------------------------

NON_ROOT = {"runAsNonRoot": True, "runAsUser": 65532}
SECCOMP = {"seccompProfile": {"type": "RuntimeDefault"}}


@pytest.mark.parametrize(
    ("spec", "expected"),
    [
        pytest.param("", {**SECCOMP, **NON_ROOT}, id="non-root where it is proven"),
        pytest.param("cache: {claimName: hub}", SECCOMP, id="an existing claim keeps the image's user"),
        pytest.param("model: pvc://hub/x", SECCOMP, id="so does the model's claim"),
        pytest.param(
            "cache: {size: 1Gi}",
            {**SECCOMP, **NON_ROOT, "fsGroup": 65532, "fsGroupChangePolicy": "OnRootMismatch"},
            id="a group for the claim of ours alone",
        ),
        pytest.param(
            "cache: {size: 1Gi, mountPath: /root/.cache/huggingface/hub}",
            SECCOMP,
            id="nothing below /root for non-root",
        ),
        pytest.param("model: /root/models/x", SECCOMP, id="no model below /root either"),
        pytest.param(
            "engine: {type: mock, files: [{name: a, path: /root/a, content: x}]}", SECCOMP, id="nor a file below /root"
        ),
        pytest.param("cache: {mountPath: /x}", {**SECCOMP, **NON_ROOT}, id="no group without a claim"),
        pytest.param("securityContext: {runAsUser: 0}", {**SECCOMP, "runAsUser": 0}, id="the user says who"),
        pytest.param(
            "securityContext: {supplementalGroups: [5]}",
            {**SECCOMP, **NON_ROOT, "supplementalGroups": [5]},
            id="the user adds a group",
        ),
        pytest.param(
            "securityContext: {seccompProfile: {type: Unconfined}}",
            {**NON_ROOT, "seccompProfile": {"type": "Unconfined"}},
            id="the user says the profile",
        ),
    ],
)
def test_user_of_the_pod(spec: str, expected: dict[str, Any]) -> None:
    parts = {**MOCK, **(yaml.safe_load(spec) or {})}
    assert rendered(parts).pod["securityContext"] == expected


@pytest.mark.parametrize(
    ("spec", "name", "token"),
    [
        pytest.param("", None, False, id="no token unless asked for"),
        pytest.param("serviceAccountName: s3-reader", "s3-reader", True, id="an account that was asked for"),
    ],
)
def test_service_account_token(spec: str, name: str | None, token: bool) -> None:
    pod = of(spec).pod
    assert (pod.get("serviceAccountName"), pod["automountServiceAccountToken"]) == (name, token)


def test_service_links_are_off() -> None:
    assert of("").pod["enableServiceLinks"] is False


# --- where it runs -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("spec", "expected"),
    [
        pytest.param("", [{"key": "nvidia.com/gpu", "operator": "Exists"}], id="the taint of GPU nodes"),
        pytest.param("gpu: {count: 0}", None, id="no GPU"),
        pytest.param(
            "tolerations: [{key: nvidia.com/gpu, operator: Exists}]",
            [{"key": "nvidia.com/gpu", "operator": "Exists"}],
            id="once, when the user said the same",
        ),
        pytest.param(
            "{gpu: {resourceName: amd.com/gpu}, tolerations: [{key: a}]}",
            [{"key": "a"}, {"key": "amd.com/gpu", "operator": "Exists"}],
            id="the resource's own name, beside the user's",
        ),
    ],
)
def test_tolerations(spec: str, expected: object) -> None:
    assert of(spec).pod.get("tolerations") == expected


def test_runtime_class_is_set_where_the_cluster_has_it() -> None:
    assert of("", cluster=NVIDIA).pod["runtimeClassName"] == "nvidia"
    assert "runtimeClassName" not in of("").pod


REQUIRED = "requiredDuringSchedulingIgnoredDuringExecution"
PRODUCT = {"key": "nvidia.com/gpu.product", "operator": "In", "values": ["A", "B"]}


def terms(found: Pass) -> Any:
    return found.pod["affinity"]["nodeAffinity"][REQUIRED]["nodeSelectorTerms"]


def test_products_are_required() -> None:
    assert terms(of("gpu: {products: [A, B]}")) == [{"matchExpressions": [PRODUCT]}]


def test_products_are_required_in_each_alternative_of_the_users_affinity() -> None:
    zone = {"key": "zone", "operator": "Exists"}
    node = {REQUIRED: {"nodeSelectorTerms": [{"matchExpressions": [zone]}, {"matchFields": [zone]}]}}
    found = rendered({"gpu": {"products": ["A", "B"]}, "affinity": {"nodeAffinity": node, "podAntiAffinity": {}}})
    assert terms(found) == [
        {"matchExpressions": [zone, PRODUCT]},
        {"matchFields": [zone], "matchExpressions": [PRODUCT]},
    ]
    assert found.pod["affinity"]["podAntiAffinity"] == {}


def test_products_hold_for_an_affinity_from_the_pod_template() -> None:
    zone = {"matchExpressions": [{"key": "zone", "operator": "Exists"}]}
    affinity = {"nodeAffinity": {REQUIRED: {"nodeSelectorTerms": [zone]}}}
    found = rendered({"gpu": {"products": ["A", "B"]}, "podTemplate": {"spec": {"affinity": affinity}}})
    assert terms(found) == [{"matchExpressions": [*zone["matchExpressions"], PRODUCT]}]


def test_products_without_gpus_are_refused() -> None:
    [finding] = of("{engine: {type: mock}, gpu: {products: [NVIDIA-H200]}}").prepared.findings
    assert (finding.reason, finding.field, finding.refuses) == (Reason.INVALID_SPEC, "gpu.products", True)


def test_products_of_the_platform_hold_for_gpus_alone() -> None:
    config = "defaults: {gpu: {products: [NVIDIA-H200]}}"
    assert "affinity" in of("", config).pod
    assert "affinity" not in of("engine: {type: mock}", config).pod


def test_placement_fields_are_passed_on() -> None:
    spread = {"topologyKey": "zone", "maxSkew": 1, "whenUnsatisfiable": "DoNotSchedule"}
    said: dict[str, Any] = {
        "nodeSelector": {"pool": "gpu"},
        "topologySpreadConstraints": [spread],
        "priorityClassName": "high",
        "schedulerName": "volcano",
    }
    pod = rendered(said).pod
    assert {name: pod[name] for name in said} == said


# --- what is merged over it --------------------------------------------------------------------------------------


def test_pod_template_is_merged_over_the_pod_after_the_platforms() -> None:
    found = of(
        "podTemplate: {metadata: {labels: {team: b}}, spec: {hostNetwork: true, dnsPolicy: Default}}",
        "defaults: {podTemplate: {metadata: {annotations: {x: y}}, spec: {hostNetwork: false, hostPID: false}}}",
    )
    assert (found.pod["hostNetwork"], found.pod["hostPID"], found.pod["dnsPolicy"]) == (True, False, "Default")
    assert found.template["metadata"]["labels"]["team"] == "b"
    assert found.template["metadata"]["annotations"]["x"] == "y"


def test_pod_template_reaches_the_engine_by_name() -> None:
    found = of("podTemplate: {spec: {containers: [{name: engine, tty: true}, {name: log, image: l}]}}")
    assert found.engine["tty"] is True
    assert found.engine["image"] == "vllm/vllm-openai:v0.32.0"
    assert [item["name"] for item in found.pod["containers"]] == ["engine", "log"]


@pytest.mark.parametrize(
    ("template", "field"),
    [
        pytest.param("metadata: {labels: {modelservice.io/name: other}}", "podTemplate.metadata.labels", id="selector"),
        pytest.param("spec: {restartPolicy: Never}", "podTemplate.spec.restartPolicy", id="restartPolicy"),
        pytest.param(
            "spec: {containers: [{name: engine}, {name: engine}]}",
            "podTemplate.spec.containers[engine]",
            id="two engines",
        ),
        pytest.param("spec: {initContainers: [{name: engine}]}", "podTemplate.spec.initContainers", id="init engine"),
        pytest.param(
            "spec: {containers: [{name: engine, $patch: delete}]}",
            "podTemplate.spec.containers[engine]",
            id="no engine",
        ),
        pytest.param("spec: {affinity: null}", "podTemplate.spec.affinity", id="null"),
        pytest.param(
            "spec: {terminationGracePeriodSeconds: 10}",
            "podTemplate.spec.terminationGracePeriodSeconds",
            id="no time to drain",
        ),
    ],
)
def test_pod_template_that_would_break_the_service_is_refused(template: str, field: str) -> None:
    prepared = of(f"podTemplate: {{{template}}}").prepared
    assert prepared.candidate is None
    assert [finding.reason for finding in prepared.findings] == [Reason.INVALID_POD_TEMPLATE]
    assert prepared.findings[0].field.startswith(field)
    assert prepared.refused


def test_pod_template_may_lengthen_the_grace_period() -> None:
    assert of("podTemplate: {spec: {terminationGracePeriodSeconds: 900}}").pod["terminationGracePeriodSeconds"] == 900


def test_platforms_pod_template_that_cannot_be_names_the_configuration() -> None:
    prepared = of("", "defaults: {podTemplate: {spec: {restartPolicy: Never}}}").prepared
    assert "defaults.podTemplate" in prepared.findings[0].message


def test_same_restart_policy_is_no_reason_to_refuse() -> None:
    assert of("podTemplate: {spec: {restartPolicy: Always}}").pod["restartPolicy"] == "Always"


def test_pod_bears_our_labels_whatever_the_user_adds() -> None:
    labels = of("podTemplate: {metadata: {labels: {team: a}}}").template["metadata"]["labels"]
    assert labels["modelservice.io/name"] == "qwen"
    assert labels["app.kubernetes.io/managed-by"] == "modelservice-operator"
    assert labels["team"] == "a"


def test_spread_constraints_that_server_side_apply_would_refuse_become_one() -> None:
    spread = {"topologyKey": "zone", "maxSkew": 1, "whenUnsatisfiable": "DoNotSchedule"}
    found = rendered({"topologySpreadConstraints": [spread, {**spread, "maxSkew": 2}]})
    assert found.pod["topologySpreadConstraints"] == [{**spread, "maxSkew": 2}]


@pytest.mark.parametrize(
    "said", ["model: ollama://qwen3:8b", "serving: {loraAdapters: [{name: a, model: 'ollama://a'}]}"]
)
def test_model_that_another_engine_alone_knows_is_refused(said: str) -> None:
    found = [finding for finding in of(said).prepared.findings if "engine.type ollama" in finding.message]
    assert [(finding.reason, finding.refuses) for finding in found] == [(Reason.UNSUPPORTED_BY_ENGINE, True)]


def test_adapter_from_the_models_kind_of_source_is_reached_in_the_same_way() -> None:
    spec = ModelServiceSpec.model_validate(
        {
            "model": "s3://models/a",
            "modelSource": {"credentialsSecret": "keys", "endpoint": "http://minio", "include": ["*.json"]},
            "serving": {"loraAdapters": [{"name": "a", "model": "s3://models/b"}, {"name": "h", "model": "org/h"}]},
        }
    )
    (model, near, far), findings = located(spec)
    assert not findings
    assert model.fetch
    assert near.fetch
    assert (near.fetch.credentials_secret, near.fetch.endpoint, near.fetch.include) == ("keys", "http://minio", ())
    assert far.fetch == Fetch("hf://org/h", "models--org--h")


# --- what is refused before a pod is rendered --------------------------------------------------------------------


@pytest.mark.parametrize(
    "model", ["modelscope://org/name", "s3://bucket/a", "gs://bucket/a", "https://h.example/a.gguf"]
)
def test_model_that_a_loader_alone_can_fetch_is_refused_where_there_is_none(model: str) -> None:
    [finding] = of(f"model: {model}").prepared.findings
    assert (finding.reason, finding.field, finding.refuses) == (Reason.LOADER_MISSING, "model", True)
    assert "`config.loader.image` of the chart" in finding.message


def test_unknown_option_is_refused_before_anything_is_rendered() -> None:
    prepared = of("engine: {options: {max-modle-len: 1}}").prepared
    assert [finding.reason for finding in prepared.findings] == [Reason.UNKNOWN_OPTION]
    assert prepared.candidate is None


@pytest.mark.parametrize(
    ("spec", "names"),
    [
        pytest.param({}, ["org/model", "qwen"], id="the model's id and the resource's name"),
        pytest.param({"servedNames": ["a"]}, ["a"], id="said"),
        pytest.param({"model": "qwen"}, ["qwen"], id="each once"),
    ],
)
def test_served_names(spec: dict[str, Any], names: list[str]) -> None:
    args = rendered({**MOCK, **spec}, config=CONFIG).engine["args"]
    start = args.index("--served-model-name") + 1
    assert args[start : start + len(names)] == names
    assert args[start + len(names)].startswith("--")


def test_read_only_cache_implies_offline() -> None:
    assert of("cache: {claimName: hub, readOnly: true}").env["HF_HUB_OFFLINE"] == "1"
    assert "HF_HUB_OFFLINE" not in of("cache: {claimName: hub}").env


@pytest.mark.parametrize(
    "spec",
    [
        pytest.param("containers: 5", id="containers"),
        pytest.param("affinity: 5", id="affinity"),
        pytest.param(f"affinity: {{nodeAffinity: {{{REQUIRED}: {{nodeSelectorTerms: [x]}}}}}}", id="terms"),
        pytest.param("volumes: [[x]]", id="volumes"),
        pytest.param("tolerations: {a: b}", id="tolerations"),
        pytest.param("containers: [{name: engine, env: {A: b}}]", id="env as a map"),
    ],
)
def test_pod_template_of_any_shape_never_breaks_the_pass(spec: str) -> None:
    of(f"{{gpu: {{products: [A]}}, podTemplate: {{spec: {{{spec}}}}}}}")
