"""Pods for the lab's own tests: a small server that says where it runs, and requests made from inside of it."""

from pathlib import Path

from lab import static_image
from lab.client import Client, Manifest

IMAGE = "lab.local/probe:1"
PORT = 8080
GPU_POOL = [{"key": "nvidia.com/gpu", "operator": "Exists"}]


def image() -> Path:
    """The archive that holds IMAGE."""
    return static_image.of("probe", IMAGE)


def pod(name: str, *, gpus: int = 0, resource: str = "nvidia.com/gpu", **spec: object) -> Manifest:
    """A probe that serves; it asks for GPUs if told to, and `spec` is laid over the rest of its PodSpec."""
    container = {
        "name": "probe",
        "image": IMAGE,
        "args": ["serve", f":{PORT}"],
        "readinessProbe": {"httpGet": {"path": "/", "port": PORT}, "periodSeconds": 1},
        "resources": {"limits": {resource: str(gpus)} if gpus else {}},
    }
    rest = {"terminationGracePeriodSeconds": 0, "tolerations": GPU_POOL, **spec}
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": name, "labels": {"probe": name}},
        "spec": {"containers": [container], **rest},
    }


def service(name: str) -> Manifest:
    """A Service in front of the probe of that name."""
    spec = {"selector": {"probe": name}, "ports": [{"port": 80, "targetPort": PORT}]}
    return {"apiVersion": "v1", "kind": "Service", "metadata": {"name": name}, "spec": spec}


def get(client: Client, namespace: str, pod_name: str, url: str, patience: str = "10s") -> str:
    """What the pod reads from this address; a new Service takes a moment to reach every node."""
    return client.kubectl("exec", f"--namespace={namespace}", pod_name, "--", "/probe", "get", url, patience)
