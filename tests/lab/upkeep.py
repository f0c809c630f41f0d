"""What an administrator does to a node through the API: cordon, drain, delete."""

from lab.client import Client


def cordon(client: Client, node: str) -> None:
    """New pods go elsewhere."""
    client.patch("Node", node, {"spec": {"unschedulable": True}})


def uncordon(client: Client, node: str) -> None:
    client.patch("Node", node, {"spec": {"unschedulable": None}})


def drain(client: Client, node: str, timeout: float = 120) -> None:
    """Cordon it and evict its pods, as their disruption budgets allow; return once they are gone."""
    options = ["--ignore-daemonsets", "--delete-emptydir-data", "--force", f"--timeout={timeout:.0f}s"]
    client.kubectl("drain", node, *options)


def delete(client: Client, node: str) -> None:
    """Forget the node and its pods; a restarted kubelet makes it known again."""
    client.delete("Node", node)
