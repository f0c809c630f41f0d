"""The operator as users run it, from its image and by its chart: one release for all tests of a run with real pods."""

from pathlib import Path

import pytest

from chart.helm import CHART, helm
from lab import images
from lab.client import Client
from lab.lab import Lab
from modelservice import __version__

OPERATOR_NAMESPACE = "modelservice"
IMAGES = {
    "operator": (),
    "loader": (),
    "client": (),
    "mock": (f"docker.io/modelservice/mock:{__version__}",),
}


@pytest.fixture(scope="session")
def operator_values() -> dict[str, str]:
    """What a layer of tests wants of the chart besides the images."""
    return {}


@pytest.fixture(scope="session")
def operator(full: Lab, cluster: Client, operator_values: dict[str, str]) -> str:
    """The release of the operator, installed by its chart under its own ServiceAccount."""
    for name, references in IMAGES.items():
        full.nodes.import_image(images.build(name), *references)
    more = [word for name, value in operator_values.items() for word in ("--set", f"{name}={value}")]
    install(cluster, "install", CHART, *more)
    return "ms"


def install(cluster: Client, verb: str, chart: Path, *more: str) -> None:
    """`helm install` or `helm upgrade` of the release, with the images that lie on the nodes."""
    own = {"image.repository": "localhost/modelservice/operator", "image.tag": "lab"}
    if chart == CHART:  # the first one knew no loader
        own |= {"config.loader.image": "localhost/modelservice/loader", "config.loader.version": "lab"}
    words = [word for name, value in own.items() for word in ("--set", f"{name}={value}")]
    where = ("--namespace", OPERATOR_NAMESPACE, "--create-namespace", "--wait", "--timeout", "90s")
    helm(verb, "ms", chart, *where, *words, *more, kubeconfig=cluster.kubeconfig)
