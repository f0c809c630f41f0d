"""Models that come in images: baked into the engine's own, mounted from another, or copied out of that one."""

from __future__ import annotations

from typing import Any

import pytest

from lab import bases, images, models
from lab.client import Client, condition
from lab.hub import Hub
from lab.lab import Lab
from modelservice.api.config import load_config
from modelservice.engines.llamacpp import ENGINE
from node.caller import Caller
from node.conftest import Serve
from node.engines import ENGINES, LLAMACPP
from node.fetching import SLOW, pods
from rendering.passes import rendered

PLACE = "models/models--lab--tiny/snapshots/v1/tiny.gguf"
BAKED, PACKED = "registry.example.org/models/baked:1", "registry.example.org/models/packed:1"
SPEC = {**LLAMACPP, "drainTimeoutSeconds": 1}
FROM_IMAGE: dict[str, Any] = {**SPEC, "model": f"oci://{PACKED}/{PLACE}", "servedNames": ["tiny"]}
USER = 65532
VLLM_VERSION = ENGINES["vllm"].public.rpartition(":v")[2]


@pytest.fixture(scope="module")
def hub(full: Lab) -> Hub:
    """The images are built from it, and then it is gone."""
    with Hub("127.0.0.1", full.identity.ports.hub) as hub:
        hub.add("lab/tiny", models.tiny_gguf(), revisions=("main", "v1"))
        said = {"LOADER": images.reference("loader"), "MODEL": "lab/tiny", "REVISION": "v1", "HF_ENDPOINT": hub.url}
        for name, engine in ((BAKED, images.reference("llamacpp")), (PACKED, bases.DEBIAN)):
            full.nodes.import_image(images.build("baked", {**said, "ENGINE": engine}), name)
    full.nodes.import_image(images.build("llamacpp"), ENGINE.image(ENGINE.default_version, 0, ""))
    return hub


@pytest.mark.usefixtures("hub")
def test_model_baked_into_the_engines_image_is_served_by_its_public_id_and_not_by_root(
    serve: Serve, caller: Caller
) -> None:
    own = {**LLAMACPP["engine"], "image": BAKED, "version": ENGINE.default_version}
    serve("tiny", {**SPEC, "engine": own, "model": f"/{PLACE}"})
    url = serve.ready("tiny")["openAIURL"]
    assert caller.chat(url, model="lab/tiny")["usage"]["completion_tokens"] == 16
    [pod] = pods(serve, "tiny")
    [container] = pod["status"]["containerStatuses"]
    assert container["user"]["linux"]["uid"] == USER


@SLOW
def test_model_baked_into_vllms_image_is_served_offline_by_its_public_id(
    serve: Serve, caller: Caller, full: Lab
) -> None:
    engine, baked = ENGINES["vllm"], "registry.example.org/models/baked-vllm:1"
    with Hub("127.0.0.1", full.identity.ports.hub) as hub:
        hub.add("lab/llama", models.tiny_llama(), revisions=("v1",))
        said = {"LOADER": images.reference("loader"), "ENGINE": images.reference(engine.image), "HF_ENDPOINT": hub.url}
        built = images.build("baked", {**said, "MODEL": "lab/llama", "REVISION": "v1"})
    full.nodes.import_image(built, baked)
    own = {**engine.spec["engine"], "image": baked, "version": VLLM_VERSION}
    serve("llama", {**engine.spec, "engine": own, "model": "/models/models--lab--llama/snapshots/v1"})
    url = serve.ready("llama", engine.ready_within)["openAIURL"]
    assert caller.chat(url, model="lab/llama")["usage"]["completion_tokens"] == 16


@pytest.mark.usefixtures("hub")
def test_model_in_an_image_is_mounted_where_the_cluster_can(serve: Serve, caller: Caller) -> None:
    serve("tiny", FROM_IMAGE)
    url = serve.ready("tiny")["openAIURL"]
    assert caller.chat(url, model="tiny")["usage"]["completion_tokens"] == 16
    [pod] = pods(serve, "tiny")
    assert {"reference": PACKED, "pullPolicy": "IfNotPresent"} in [v.get("image") for v in pod["spec"]["volumes"]]


@pytest.mark.usefixtures("hub")
def test_model_in_an_image_is_copied_where_the_cluster_has_no_image_volumes(
    cluster: Client, namespace: str, caller: Caller
) -> None:
    spec = rendered(FROM_IMAGE, config=load_config("imageVolumes: false")).pod
    assert [container["name"] for container in spec["initContainers"]] == ["model"]
    cluster.create({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "tiny"}, "spec": spec}, namespace)
    pod = cluster.wait("Pod", "tiny", namespace, condition("Ready"), timeout=90)
    url = f"http://{pod['status']['podIP']}:8000/v1"
    assert caller.chat(url, model="tiny")["usage"]["completion_tokens"] == 16


def test_image_that_is_nowhere_is_told_with_the_field_that_names_it(serve: Serve) -> None:
    serve("tiny", {**FROM_IMAGE, "model": "oci://registry.invalid/models/none:1/model.gguf"})
    status = serve.until("tiny", lambda seen: seen.get("phase") == "ImageError")
    assert "registry.invalid/models/none:1" in status["message"]
    assert "check model" in status["message"]
