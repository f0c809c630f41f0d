"""Where the API server serves what we touch."""

import pytest

from modelservice.kube import resources
from modelservice.kube.resources import Key

PATHS = {
    "core": (resources.SERVICE.path(Key("n", "a")), "/api/v1/namespaces/n/services/a"),
    "group": (resources.DEPLOYMENT.path(Key("n", "a")), "/apis/apps/v1/namespaces/n/deployments/a"),
    "cluster": (resources.NODE.path(Key("", "a")), "/api/v1/nodes/a"),
    "subresource": (
        resources.MODEL_SERVICE.path(Key("n", "a"), "status"),
        "/apis/modelservice.io/v1alpha1/namespaces/n/modelservices/a/status",
    ),
    "all": (resources.POD.collection(), "/api/v1/pods"),
    "all of a namespace": (resources.POD.collection("n"), "/api/v1/namespaces/n/pods"),
}


@pytest.mark.parametrize(("path", "wanted"), PATHS.values(), ids=PATHS)
def test_path_is_where_the_server_has_it(path: str, wanted: str) -> None:
    assert path == wanted


def test_path_cannot_be_left_by_a_strange_name() -> None:
    assert resources.SERVICE.path(Key("n", "../secrets/x?y")) == "/api/v1/namespaces/n/services/..%2Fsecrets%2Fx%3Fy"


def test_resource_of_a_manifest_needs_the_version_that_we_know() -> None:
    manifest = {"apiVersion": "apps/v1beta1", "kind": "Deployment", "metadata": {"name": "a"}}
    with pytest.raises(KeyError, match="the table has apps/v1"):
        resources.resource_of(manifest)


def test_key_reads_as_people_write_it() -> None:
    assert (str(Key("n", "a")), str(Key("", "node-1"))) == ("n/a", "node-1")
