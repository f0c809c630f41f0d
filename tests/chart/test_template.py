"""What the chart renders: refusals of bad values, the least rights, and manifests that a real API server takes."""

import re
import runpy
from pathlib import Path
from typing import Any

import pytest
import yaml

from chart.helm import CHART, FIRST, HelmError, helm, rendered
from lab.client import ApiError, Client
from modelservice.api.config import OperatorConfig, load_config
from modelservice.api.engine import EngineType
from modelservice.api.resource import parse
from modelservice.cli.commands.render import render

ROOT = Path(__file__).parents[2]
Manifest = dict[str, Any]

MATRIX = {
    "defaults": (),
    "one-replica": ("replicas=1",),
    "two-namespaces": ("config.namespaces={team-a,team-b}",),
    "no-rights": ("rbac.create=false", "rbac.aggregate=false", "serviceAccount.create=false"),
    "network-policy": ("networkPolicy.enabled=true",),
    "placed": (
        "nodeSelector.pool=system",
        "tolerations[0].key=system",
        "tolerations[0].operator=Exists",
        "priorityClassName=system-cluster-critical",
        "imagePullSecrets[0].name=registry",
    ),
    "labelled": ("labels.team=platform", "podLabels.a=b", "podAnnotations.c=d", "env[0].name=A", "env[0].value=a"),
    "configured": ("config.registry=registry.example.org", "config.defaults.gpu.resourceName=amd.com/gpu"),
    "no-crd": ("crds.install=false",),
}


def by_kind(manifests: list[Manifest], kind: str) -> list[Manifest]:
    return [manifest for manifest in manifests if manifest["kind"] == kind]


def test_chart_passes_helm_lint() -> None:
    helm("lint", CHART, "--strict", "--set", "image.repository=a/b")


def test_generated_parts_are_what_the_code_says() -> None:
    generated = runpy.run_path(str(ROOT / "make" / "chart.py"))["generated"]
    stale = [path.name for path, text in generated(CHART).items() if path.read_text() != text]
    assert stale == [], "run `make chart`"


@pytest.mark.parametrize("values", [pytest.param(values, id=name) for name, values in MATRIX.items()])
def test_every_manifest_is_taken_by_the_api_server(api: Client, namespace: str, values: tuple[str, ...]) -> None:
    for manifest in rendered(*values):
        if "namespace" in manifest["metadata"]:
            manifest["metadata"]["namespace"] = namespace
        for subject in manifest.get("subjects", []):
            subject["namespace"] = namespace
        try:
            api.apply(manifest, manager="chart-test", dry_run=True)
        except ApiError as refusal:
            pytest.fail(f"{manifest['kind']} {manifest['metadata']['name']}: {refusal}")


@pytest.mark.parametrize(
    ("value", "sentence"),
    [
        pytest.param("replica=1", "additional properties 'replica' not allowed", id="typo"),
        pytest.param("image.tags=1", "at '/image': additional properties 'tags' not allowed", id="typo-below"),
        pytest.param("replicas=none", "at '/replicas': got string, want integer", id="wrong-type"),
        pytest.param("replicas=0", "at '/replicas': minimum: got 0, want 1", id="no-replica"),
        pytest.param("image.pullPolicy=Sometimes", "at '/image/pullPolicy'", id="no-such-policy"),
        pytest.param("config.registri=a", "at '/config': additional properties 'registri' not allowed", id="config"),
        pytest.param("config.engines.vlm.version=1", "one of 'vllm', 'sglang'", id="no-such-engine"),
        pytest.param(
            "config.defaults.gpus=1", "at '/config/defaults': additional properties 'gpus' not allowed", id="defaults"
        ),
    ],
)
def test_bad_value_is_refused_by_name(value: str, sentence: str) -> None:
    with pytest.raises(HelmError) as refusal:
        rendered(value)
    assert sentence in str(refusal.value)


def test_missing_image_is_refused_with_the_way_to_get_one() -> None:
    with pytest.raises(HelmError, match="make images PUSH=registry/prefix"):
        helm("template", "ms", CHART)


def test_older_kubernetes_is_refused() -> None:
    with pytest.raises(HelmError, match=r"requires kubeVersion: >=1\.30"):
        rendered(kube_version="1.29.0")


def test_operator_pods_are_restricted() -> None:
    pod = by_kind(rendered(), "Deployment")[0]["spec"]["template"]["spec"]
    container = pod["containers"][0]
    assert pod["securityContext"]["runAsNonRoot"]
    assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    assert container["securityContext"] == {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    }


def test_operator_pod_is_admitted_where_the_restricted_standard_is_enforced(api: Client, namespace: str) -> None:
    labels = {"pod-security.kubernetes.io/enforce": "restricted"}
    api.patch("Namespace", namespace, {"metadata": {"labels": labels}})
    pod = by_kind(rendered(), "Deployment")[0]["spec"]["template"]["spec"]
    manifest = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "operator"}, "spec": pod}
    api.create({**manifest, "spec": {**pod, "serviceAccountName": "default"}}, namespace, dry_run=True)


def test_security_page_tells_every_right_and_no_other() -> None:
    """Rows of its table: verbs, resources in backticks, why."""
    page = (ROOT / "docs" / "security.md").read_text()
    rows = re.findall(r"^\| ([a-z, ]+) \| (`[^|]+) \|", page, re.MULTILINE)
    told = {
        (verb, resource) for verbs, on in rows for verb in verbs.split(", ") for resource in re.findall("`(.+?)`", on)
    }
    own = rendered("rbac.aggregate=false")
    rules = [rule for role in by_kind(own, "Role") + by_kind(own, "ClusterRole") for rule in role["rules"]]
    assert told == {(verb, resource) for rule in rules for verb in rule["verbs"] for resource in rule["resources"]}


def test_prometheus_operator_finds_the_metrics_of_the_operator() -> None:
    manifests = rendered("serviceMonitor.enabled=true", "serviceMonitor.labels.release=prometheus")
    [monitor], [service] = by_kind(manifests, "ServiceMonitor"), by_kind(manifests, "Service")
    assert monitor["metadata"]["labels"]["release"] == "prometheus"
    assert monitor["spec"]["selector"]["matchLabels"].items() <= service["metadata"]["labels"].items()
    assert [end["port"] for end in monitor["spec"]["endpoints"]] == [port["name"] for port in service["spec"]["ports"]]
    [container] = by_kind(manifests, "Deployment")[0]["spec"]["template"]["spec"]["containers"]
    assert service["spec"]["ports"][0]["targetPort"] in [port["name"] for port in container["ports"]]


def test_prometheus_operator_finds_the_metrics_of_the_engines() -> None:
    [monitor] = by_kind(rendered("podMonitor.enabled=true", "podMonitor.labels.release=prometheus"), "PodMonitor")
    assert monitor["metadata"]["labels"]["release"] == "prometheus"
    assert monitor["spec"]["namespaceSelector"] == {"any": True}
    served = {"metadata": {"name": "tiny", "namespace": "a"}, "spec": {"model": "org/tiny", "engine": {"type": "mock"}}}
    children, _ = render(parse(served), OperatorConfig())
    pod = by_kind(children, "Deployment")[0]["spec"]["template"]
    assert monitor["spec"]["selector"]["matchLabels"].items() <= pod["metadata"]["labels"].items()
    ports = [port["name"] for port in pod["spec"]["containers"][0]["ports"]]
    assert [end["port"] for end in monitor["spec"]["podMetricsEndpoints"]] == ports


def test_engines_of_named_namespaces_alone_are_scraped() -> None:
    [monitor] = by_kind(rendered("podMonitor.enabled=true", "config.namespaces={team-a,team-b}"), "PodMonitor")
    assert monitor["spec"]["namespaceSelector"] == {"matchNames": ["team-a", "team-b"]}


def test_operator_has_no_right_to_secrets_and_none_to_everything() -> None:
    for role in by_kind(rendered(), "ClusterRole") + by_kind(rendered(), "Role"):
        for rule in role["rules"]:
            assert "secrets" not in rule["resources"]
            assert "*" not in rule["resources"] + rule["verbs"] + rule["apiGroups"]


def test_operator_may_not_delete_claims() -> None:
    verbs = [
        rule["verbs"]
        for role in by_kind(rendered(), "ClusterRole")
        for rule in role["rules"]
        if "persistentvolumeclaims" in rule["resources"]
    ]
    assert verbs == [["get", "list", "watch", "create", "patch"]]


def test_named_namespaces_get_roles_and_no_cluster_rights() -> None:
    manifests = rendered("config.namespaces={team-a,team-b}")
    assert [role["metadata"]["namespace"] for role in by_kind(manifests, "Role")] == ["platform", "team-a", "team-b"]
    assert by_kind(manifests, "ClusterRoleBinding") == []


def test_configuration_reaches_the_operator_as_its_file() -> None:
    values = ("registry=registry.example.org", "runtimeClassName=gpu", "proxy.https=http://proxy.example.org:3128")
    manifests = rendered(*(f"config.{value}" for value in values), "config.engines.vllm.version=0.31.0")
    [written] = by_kind(manifests, "ConfigMap")
    pod = by_kind(manifests, "Deployment")[0]["spec"]["template"]["spec"]
    [container], [volume] = pod["containers"], [one for one in pod["volumes"] if "configMap" in one]
    [mount] = [one for one in container["volumeMounts"] if one["name"] == volume["name"]]
    assert volume["configMap"]["name"] == written["metadata"]["name"]
    config = load_config(written["data"][container["args"][-1].removeprefix(f"{mount['mountPath']}/")])
    assert (config.registry, config.runtime_class_name) == ("registry.example.org", "gpu")
    assert config.proxy.https == "http://proxy.example.org:3128"
    assert config.engines[EngineType.VLLM].version == "0.31.0"


def test_labels_and_environment_of_ones_own_are_where_the_values_say() -> None:
    manifests = rendered(
        "labels.team=platform", "podLabels.a=b", "podAnnotations.c=d", "env[0].name=A", "env[0].value=z"
    )
    bare = [one["kind"] for one in manifests if one["metadata"].get("labels", {}).get("team") != "platform"]
    assert bare == ["CustomResourceDefinition"]
    pod = by_kind(manifests, "Deployment")[0]["spec"]["template"]
    assert (pod["metadata"]["labels"]["a"], pod["metadata"]["annotations"]["c"]) == ("b", "d")
    assert {"name": "A", "value": "z"} in pod["spec"]["containers"][0]["env"]


def test_operators_are_spread_over_nodes_and_one_stays_when_nodes_are_drained() -> None:
    manifests = rendered()
    deployment, [budget] = by_kind(manifests, "Deployment")[0]["spec"], by_kind(manifests, "PodDisruptionBudget")
    [spread] = deployment["template"]["spec"]["topologySpreadConstraints"]
    assert (deployment["replicas"], spread["topologyKey"]) == (2, "kubernetes.io/hostname")
    assert budget["spec"]["maxUnavailable"] == 1
    for selector in (spread["labelSelector"], budget["spec"]["selector"]):
        assert selector["matchLabels"].items() <= deployment["template"]["metadata"]["labels"].items()
    assert by_kind(rendered("replicas=1"), "PodDisruptionBudget") == []


def test_crd_stays_when_the_release_goes() -> None:
    assert by_kind(rendered(), "CustomResourceDefinition")[0]["metadata"]["annotations"] == {
        "helm.sh/resource-policy": "keep"
    }


def test_changed_configuration_rolls_the_operator() -> None:
    def checksum(*values: str) -> str:
        template: Manifest = by_kind(rendered(*values), "Deployment")[0]["spec"]["template"]
        digest: str = template["metadata"]["annotations"]["checksum/config"]
        return digest

    assert checksum() == checksum()
    assert checksum() != checksum("config.workers=4")


def test_chart_that_upgrades_are_tested_from_is_an_older_version() -> None:
    def version(chart: Path) -> tuple[int, ...]:
        told: str = yaml.safe_load(helm("show", "chart", chart))["version"]
        return tuple(map(int, told.split(".")))

    assert version(FIRST) < version(CHART)
