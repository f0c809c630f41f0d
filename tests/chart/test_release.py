"""Installing, upgrading and uninstalling on a real API server: the CRD follows, ModelServices stay."""

import os
import runpy
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from chart.helm import CHART, IMAGE, HelmError, helm
from lab import binaries
from lab.client import Client
from modelservice import __version__

BUNDLE = Path(__file__).parents[2] / "make" / "bundle.py"
SERVICE = {
    "apiVersion": "modelservice.io/v1alpha1",
    "kind": "ModelService",
    "metadata": {"name": "kept"},
    "spec": {"model": "org/name"},
}
CRD = "modelservices.modelservice.io"


@pytest.fixture
def release(api: Client, namespace: str) -> Iterator[str]:
    """A fresh release, and neither it nor the CRD before or after it."""
    forget_crd(api)
    install(api, namespace, "first")
    yield "first"
    helm("uninstall", "first", "--ignore-not-found", "--namespace", namespace, kubeconfig=api.kubeconfig)
    forget_crd(api)


def forget_crd(api: Client) -> None:
    api.kubectl("delete", "CustomResourceDefinition", CRD, "--ignore-not-found", "--timeout=30s")


def install(api: Client, namespace: str, release: str, *more: str) -> None:
    words = ("install", release, CHART, "--namespace", namespace, "--set", IMAGE, *more)
    helm(*words, kubeconfig=api.kubeconfig)
    api.wait("CustomResourceDefinition", CRD, until=established)


def established(crd: dict[str, object]) -> bool:
    return any(
        c["type"] == "Established" and c["status"] == "True" for c in crd.get("status", {}).get("conditions", [])
    )  # type: ignore[attr-defined]


def test_uninstall_keeps_the_crd_and_every_model_service(api: Client, namespace: str, release: str) -> None:
    api.create(SERVICE, namespace)
    helm("uninstall", release, "--namespace", namespace, kubeconfig=api.kubeconfig)
    assert api.find("Deployment", f"{release}-modelservice-operator", namespace) is None
    assert api.get("ModelService", "kept", namespace)["spec"]["model"] == "org/name"


def test_notes_are_commands_that_can_be_pasted(api: Client, namespace: str, release: str) -> None:
    own = ("--set", IMAGE, "--set", f"config.namespaces={{{namespace}}}")
    told = helm("upgrade", release, CHART, "--namespace", namespace, *own, kubeconfig=api.kubeconfig)
    notes = told.partition("NOTES:\n")[2].split("\n\n")
    script = "\n".join(part for part in notes if part.startswith("kubectl"))
    path = f"{binaries.path('kubectl').parent}:{os.environ['PATH']}"
    environment = {**os.environ, "PATH": path, "KUBECONFIG": str(api.kubeconfig)}
    done = subprocess.run(["bash", "-eu", "-c", script], env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert api.get("ModelService", "qwen", namespace)["spec"]["model"] in done.stdout


def test_upgrade_upgrades_the_crd(api: Client, namespace: str, release: str) -> None:
    def columns() -> list[str]:
        version = api.get("CustomResourceDefinition", CRD)["spec"]["versions"][0]
        return [column["name"] for column in version["additionalPrinterColumns"]]

    wanted = columns()
    older = {"op": "remove", "path": "/spec/versions/0/additionalPrinterColumns/0"}
    api.patch("CustomResourceDefinition", CRD, [older], type="json")
    assert columns() != wanted
    words = ("upgrade", release, CHART, "--namespace", namespace, "--set", IMAGE, "--force-conflicts")
    helm(*words, kubeconfig=api.kubeconfig)
    assert columns() == wanted


def test_another_release_takes_the_crd_over_only_when_told(api: Client, namespace: str, release: str) -> None:
    helm("uninstall", release, "--namespace", namespace, kubeconfig=api.kubeconfig)
    with pytest.raises(HelmError, match="invalid ownership metadata"):
        install(api, namespace, "second")
    install(api, namespace, "third", "--take-ownership")
    helm("uninstall", "third", "--namespace", namespace, kubeconfig=api.kubeconfig)


def test_helm_takes_over_what_the_bundle_made_only_when_told(api: Client, tmp_path: Path) -> None:
    """By the commands of docs/install.md; what is served stays, though the image is another by now."""
    forget_crd(api)
    made = runpy.run_path(str(BUNDLE))
    file = tmp_path / "bundle.yaml"
    file.write_text(made["bundle"](CHART, "registry.example.org/models/operator:older", None))
    api.kubectl("apply", "--filename", file)
    api.wait("CustomResourceDefinition", CRD, until=established)
    where = ("--namespace", made["NAMESPACE"])
    try:
        api.create(SERVICE, "default")
        words = ("upgrade", "--install", made["NAME"], CHART, *where, "--set", IMAGE)
        with pytest.raises(HelmError, match="invalid ownership metadata"):
            helm(*words, kubeconfig=api.kubeconfig)
        helm(*words, "--take-ownership", "--force-conflicts", kubeconfig=api.kubeconfig)
        deployment = api.get("Deployment", made["NAME"], made["NAMESPACE"])
        assert deployment["spec"]["template"]["spec"]["containers"][0]["image"].endswith(f":{__version__}")
        assert api.get("ModelService", "kept", "default")
    finally:
        helm("uninstall", made["NAME"], "--ignore-not-found", *where, kubeconfig=api.kubeconfig)
        api.kubectl("delete", "--ignore-not-found", "--wait=false", "--filename", file)
        forget_crd(api)


def test_editor_of_a_namespace_may_make_model_services(api: Client, namespace: str, release: str) -> None:
    api.kubectl("create", "rolebinding", "ed", "--clusterrole=edit", "--user=ed", f"--namespace={namespace}")
    allowed = api.wait("ClusterRole", "edit", until=lambda role: "modelservices" in str(role["rules"]))
    assert allowed
    words = ("auth", "can-i", "create", "modelservices.modelservice.io", "--as=ed", f"--namespace={namespace}")
    assert api.kubectl(*words).strip() == "yes"
    assert release
