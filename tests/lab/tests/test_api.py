"""What a test author relies on: `api`, `namespace`, and what the client promises."""

from pathlib import Path

import pytest
import yaml

from lab.client import ApiError, Client, condition


def configmap(name: str, **data: str) -> dict[str, object]:
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name}, "data": data}


def test_client_creates_reads_patches_lists_and_deletes(api: Client, namespace: str) -> None:
    api.create(configmap("one", a="1"), namespace)
    api.patch("ConfigMap", "one", {"data": {"b": "2"}}, namespace)
    assert api.get("configmaps", "one", namespace)["data"] == {"a": "1", "b": "2"}
    api.apply(configmap("two", c="3"), namespace)
    found = [c["metadata"]["name"] for c in api.list("ConfigMap", namespace, fields="metadata.name!=kube-root-ca.crt")]
    assert found == ["one", "two"]
    api.delete("ConfigMap", "one", namespace)
    assert api.find("ConfigMap", "one", namespace) is None


def test_client_raises_the_api_servers_own_words(api: Client, namespace: str) -> None:
    with pytest.raises(ApiError, match="must consist of lower case alphanumeric characters") as refused:
        api.create(configmap("Not_A_Name"), namespace)
    assert (refused.value.code, refused.value.reason) == (422, "Invalid")


def test_client_wants_a_namespace_where_one_is_needed(api: Client) -> None:
    with pytest.raises(ValueError, match="ConfigMap one: name its namespace"):
        api.find("ConfigMap", "one")


def test_wait_returns_what_the_controllers_made(api: Client, namespace: str) -> None:
    labels = {"app": "web"}
    pod = {"metadata": {"labels": labels}, "spec": {"containers": [{"name": "web", "image": "web"}]}}
    spec = {"replicas": 1, "selector": {"matchLabels": labels}, "template": pod}
    api.create({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web"}, "spec": spec}, namespace)
    seen = api.wait("Deployment", "web", namespace, until=lambda d: d.get("status", {}).get("replicas") == 1)
    assert seen["status"]["observedGeneration"] == 1
    [pending] = api.list("Pod", namespace, labels="app=web")
    name = pending["metadata"]["name"]
    unscheduled = api.wait("Pod", name, namespace, until=condition("PodScheduled", "False"))
    [reason] = [c["message"] for c in unscheduled["status"]["conditions"] if c["type"] == "PodScheduled"]
    assert "no nodes available to schedule pods" in reason


def test_wait_says_what_it_saw_last_when_time_is_up(api: Client, namespace: str) -> None:
    api.create(configmap("one", a="1"), namespace)
    with pytest.raises(TimeoutError, match=r"ConfigMap one is not as awaited after 0 s:(.|\n)*a: '1'"):
        api.wait("ConfigMap", "one", namespace, until=lambda _: False, timeout=0.2)


def test_install_waits_until_a_custom_resource_is_served(api: Client, namespace: str, tmp_path: Path) -> None:
    schema = {"type": "object", "x-kubernetes-preserve-unknown-fields": True}
    version = {"name": "v1", "served": True, "storage": True, "schema": {"openAPIV3Schema": schema}}
    names = {"plural": "gadgets", "singular": "gadget", "kind": "Gadget"}
    spec = {"group": "lab.test", "scope": "Namespaced", "names": names, "versions": [version]}
    crd = {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": "gadgets.lab.test"},
        "spec": spec,
    }
    file = tmp_path / "crd.yaml"
    file.write_text(yaml.safe_dump(crd))
    api.install(file)
    gadget = {"apiVersion": "lab.test/v1", "kind": "Gadget", "metadata": {"name": "one"}, "spec": {"size": 1}}
    api.create(gadget, namespace)
    assert api.get("gadgets.lab.test", "one", namespace)["spec"] == {"size": 1}


def test_each_test_has_a_namespace_of_its_own(api: Client, namespace: str) -> None:
    assert api.list("ConfigMap", namespace, fields="metadata.name!=kube-root-ca.crt") == []


def test_kubectl_speaks_to_the_same_cluster(api: Client, namespace: str) -> None:
    api.create(configmap("one"), namespace)
    assert api.kubectl("get", "configmap", "one", "-n", namespace, "-o", "name") == "configmap/one\n"
    with pytest.raises(ApiError, match="not found"):
        api.kubectl("get", "configmap", "none", "-n", namespace)
