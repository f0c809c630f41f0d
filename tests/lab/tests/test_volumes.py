"""The storage classes keep the rules that real ones keep."""

from typing import Any

import pytest

from lab import probe, volumes
from lab.client import ApiError, Client, Manifest, condition
from lab.lab import Lab


@pytest.fixture(scope="module", autouse=True)
def image(full: Lab) -> None:
    full.nodes.import_image(probe.image())


def claim(name: str, size: str = "16Mi", mode: str = "ReadWriteOnce", **spec: object) -> Manifest:
    wanted = {"accessModes": [mode], "resources": {"requests": {"storage": size}}, **spec}
    return {"apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": {"name": name}, "spec": wanted}


def user(name: str, claim_name: str, **spec: Any) -> Manifest:
    """A probe with the claim at /data."""
    pod = probe.pod(name, volumes=[{"name": "data", "persistentVolumeClaim": {"claimName": claim_name}}], **spec)
    pod["spec"]["containers"][0]["volumeMounts"] = [{"name": "data", "mountPath": "/data"}]
    return pod


def start(cluster: Client, namespace: str, manifest: Manifest) -> None:
    cluster.create(manifest, namespace)
    cluster.wait("Pod", manifest["metadata"]["name"], namespace, condition("Ready"))


def write(cluster: Client, namespace: str, pod: str, text: str) -> None:
    cluster.kubectl("exec", f"--namespace={namespace}", pod, "--", "/probe", "write", "/data/note", text)


def read(cluster: Client, namespace: str, pod: str) -> str:
    return probe.get(cluster, namespace, pod, f"http://localhost:{probe.PORT}/file/data/note")


def volume_of(cluster: Client, namespace: str, name: str) -> Manifest:
    bound = cluster.wait("PersistentVolumeClaim", name, namespace, lambda c: c["status"].get("phase") == "Bound")
    return cluster.get("PersistentVolume", bound["spec"]["volumeName"])


def test_claim_without_a_class_waits_for_its_first_pod_and_keeps_its_node(cluster: Client, namespace: str) -> None:
    cluster.create(claim("disk"), namespace)
    start(cluster, namespace, user("first", "disk", nodeSelector={"kubernetes.io/hostname": "lab-node-2"}))
    volume = volume_of(cluster, namespace, "disk")
    assert volume["spec"]["storageClassName"] == "lab"
    write(cluster, namespace, "first", "kept")
    cluster.delete("Pod", "first", namespace)
    start(cluster, namespace, user("later", "disk"))
    assert cluster.get("Pod", "later", namespace)["spec"]["nodeName"] == "lab-node-2"
    assert read(cluster, namespace, "later") == "kept"


def test_claim_is_not_bound_before_a_pod_wants_it(cluster: Client, namespace: str) -> None:
    cluster.create(claim("early"), namespace)
    cluster.create(claim("meanwhile", storageClassName="lab-shared"), namespace)
    volume_of(cluster, namespace, "meanwhile")
    assert cluster.get("PersistentVolumeClaim", "early", namespace)["status"]["phase"] == "Pending"


def test_shared_volume_is_written_here_and_read_there(cluster: Client, namespace: str) -> None:
    cluster.create(claim("shared", mode="ReadWriteMany", storageClassName="lab-shared"), namespace)
    for name, node in {"one": "lab-node-1", "two": "lab-node-2"}.items():
        start(cluster, namespace, user(name, "shared", nodeName=node))
    write(cluster, namespace, "one", "for all")
    assert read(cluster, namespace, "two") == "for all"


def test_disk_of_one_node_refuses_to_be_shared(cluster: Client, namespace: str) -> None:
    cluster.create(claim("greedy", mode="ReadWriteMany"), namespace)
    event = cluster.wait("Event", "greedy.refused", namespace)
    assert event["reason"] == "ProvisioningFailed"
    assert event["message"].endswith("it offers ReadWriteOnce, ReadWriteOncePod, and not ReadWriteMany")


def test_claim_of_the_class_that_never_binds_stays_pending(cluster: Client, namespace: str) -> None:
    cluster.create(claim("never", storageClassName="lab-never"), namespace)
    cluster.create(user("waiting", "never"), namespace)
    pod = cluster.wait("Pod", "waiting", namespace, condition("PodScheduled", "False"))
    assert "unbound immediate PersistentVolumeClaims" in pod["status"]["conditions"][0]["message"]


def test_full_volume_takes_no_more_until_there_is_room(cluster: Client, full: Lab, namespace: str) -> None:
    cluster.create(claim("small", storageClassName="lab-small"), namespace)
    start(cluster, namespace, user("writer", "small"))
    volume = volume_of(cluster, namespace, "small")
    node = full.nodes.named(cluster.get("Pod", "writer", namespace)["spec"]["nodeName"])
    volumes.fill(node, volume)
    with pytest.raises(ApiError, match="no space left on device"):
        write(cluster, namespace, "writer", "too much")
    volumes.unfill(node, volume)
    write(cluster, namespace, "writer", "room")
    assert read(cluster, namespace, "writer") == "room"


def test_non_root_pod_writes_only_with_an_fs_group(cluster: Client, namespace: str) -> None:
    for name, context in {"stranger": {"runAsUser": 1000}, "member": {"runAsUser": 1000, "fsGroup": 1000}}.items():
        cluster.create(claim(name), namespace)
        start(cluster, namespace, user(name, name, securityContext=context))
    with pytest.raises(ApiError, match="permission denied"):
        write(cluster, namespace, "stranger", "no")
    write(cluster, namespace, "member", "yes")


def test_volume_goes_with_its_claim(cluster: Client, full: Lab, namespace: str) -> None:
    cluster.create(claim("short", mode="ReadWriteMany", storageClassName="lab-shared"), namespace)
    name = volume_of(cluster, namespace, "short")["metadata"]["name"]
    files = full.identity.folder / "volumes" / name
    assert files.exists()
    cluster.delete("PersistentVolumeClaim", "short", namespace)
    cluster.wait_gone("PersistentVolume", name)
    assert not files.exists()


def test_provisioner_makes_up_for_what_happened_without_it(cluster: Client, full: Lab, namespace: str) -> None:
    full.nodes.provisioner.kill()
    cluster.create(claim("missed", storageClassName="lab-shared"), namespace)
    full.nodes.provisioner.restart()
    volume_of(cluster, namespace, "missed")
