"""A model of each kind of store is fetched with its credentials and answers, from real llama.cpp; what opens no store
says so with the field to change.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from chart.helm import CHART
from cli.conftest import Program
from lab import images, models
from lab.certs import Authority
from lab.client import Client, Manifest, condition
from lab.hub import Hub
from lab.lab import Lab
from lab.objectstores import KEYS, S3, CloudStorage
from modelservice.engines.llamacpp import ENGINE
from node.caller import Caller
from node.conftest import Serve
from node.engines import ENGINES, LLAMACPP
from node.fetching import SLOW, pods
from node.release import install

Spec = dict[str, Any]
NOBODY = [{"name": "AWS_EC2_METADATA_DISABLED", "value": "true"}]
"""The node is no machine of Amazon's, and is not asked who it is."""
SHARED: Manifest = {"size": "64Mi", "storageClassName": "lab-shared", "accessModes": ["ReadWriteMany"]}
CACHES: dict[str, Spec] = {"s3": {"cache": SHARED}, "url": {"cache": SHARED}}
"""A Job fills these; the others' pods bring their own loader."""
FILE = "tiny.gguf"
BUCKET = "models"


@dataclass(frozen=True)
class Stores:
    """What plays each of them, on the lab's network; all that is in them is one small model."""

    site: Hub
    certificate: Path
    s3: S3
    gs: CloudStorage


@pytest.fixture(scope="module")
def stores(full: Lab, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stores]:
    folder, here = tmp_path_factory.mktemp("stores"), full.identity.gateway
    company = Authority.create(folder, "company")
    pair = company.serving("site", "site", [here])
    content = {FILE: models.tiny_gguf().read_bytes()}
    with Hub(here, pair=pair) as site, S3(folder / "s3", here) as s3, CloudStorage(folder / "gs", here) as gs:
        site.add("lab/tiny", models.tiny_gguf(), private=True, revisions=("main", "master"))
        site.allow("reader", "lab/tiny")
        s3.put(BUCKET, content)
        gs.put(BUCKET, content)
        yield Stores(site, company.pair.cert, s3, gs)


@pytest.fixture(scope="module")
def trusted(cluster: Client, operator: str, stores: Stores) -> Iterator[None]:  # noqa: ARG001 (it must run)
    """The company's certificate is in the operator's configuration."""
    install(cluster, "upgrade", CHART, "--set-file", f"config.caBundle={stores.certificate}")
    yield
    install(cluster, "upgrade", CHART)


def specs(stores: Stores) -> dict[str, tuple[Spec, dict[str, str]]]:
    """By source, what a user says of the model, and what is in the Secret of that name."""
    digest = sha256(models.tiny_gguf().read_bytes()).hexdigest()
    return {
        "url": (
            {"model": f"{stores.site.url}/lab/tiny/resolve/main/{FILE}", "modelSource": {"sha256": digest}},
            {"HTTP_TOKEN": "reader"},
        ),
        "modelscope": (
            {"model": "modelscope://lab/tiny", "modelSource": {"endpoint": stores.site.url, "include": [FILE]}},
            {"MODELSCOPE_API_TOKEN": "reader"},
        ),
        "s3": ({"model": f"s3://{BUCKET}/{FILE}", "modelSource": {"endpoint": stores.s3.url}}, KEYS),
        "gs": (
            {"model": f"gs://{BUCKET}/{FILE}", "modelSource": {"endpoint": stores.gs.url}},
            {"NO_GCE_CHECK": "true"},
        ),
    }


@pytest.mark.usefixtures("trusted")
def test_model_of_each_store_is_fetched_and_served_or_fetched_for_what_is_to_come(
    serve: Serve, caller: Caller, full: Lab, cluster: Client, stores: Stores, tmp_path: Path
) -> None:
    full.nodes.import_image(images.build("llamacpp"), ENGINE.image(ENGINE.default_version, 0, ""))
    said = specs(stores)
    for name, (spec, keys) in said.items():
        secret: Manifest = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": name}, "stringData": keys}
        cluster.create(secret, serve.namespace)
        source = {**spec["modelSource"], "credentialsSecret": name}
        more = {"servedNames": ["tiny"], "drainTimeoutSeconds": 1, **CACHES.get(name, {})}
        serve(name, {**LLAMACPP, **spec, "modelSource": source, **more})
    for name in said:
        url = serve.ready(name)["openAIURL"]
        assert caller.chat(url, model="tiny")["usage"]["completion_tokens"] == 16
    once = models.tiny_gguf().stat().st_size
    assert stores.site.sent == 2 * once + 1, "of a URL the first byte is asked for before"

    typed = Program(cluster.kubeconfig, serve.namespace, tmp_path)
    typed("cache", "warm", "s3-cache", said["url"][0]["model"], "--credentials-secret", "url")
    typed("cache", "warm", "url-cache", f"s3://{BUCKET}", "--credentials-secret", "s3", "--endpoint", stores.s3.url)
    for claim in ("s3-cache", "url-cache"):
        rows = json.loads(typed("cache", "ls", claim, "-o", "json"))
        assert [(row["state"], row["used_by"]) for row in rows if row["used_by"] == "-"] == [("whole", "-")]
    assert stores.site.sent == 3 * once + 2


@SLOW
@pytest.mark.usefixtures("trusted")
def test_model_of_ollamas_library_is_pulled_once_from_a_registry_that_the_company_vouches_for(
    serve: Serve, caller: Caller, full: Lab, cluster: Client, stores: Stores
) -> None:
    ENGINES["ollama"].bring(full)
    stores.site.add("lab/packed", models.tiny_gguf(), revisions=("1",))
    model = f"ollama://{stores.site.url.removeprefix('https://')}/lab/packed:1"
    more = {"servedNames": [], "model": model, "cache": SHARED, "drainTimeoutSeconds": 1}
    serve("pulled", {**ENGINES["ollama"].spec, **more})

    def pulled() -> list[str]:
        return [request.path for request in stores.site.requests if request.path.startswith("/v2/lab/packed/")]

    url = serve.ready("pulled", 180)["openAIURL"]
    assert caller.chat(url, model="pulled")["usage"]["completion_tokens"] == 16
    assert any("/blobs/" in path for path in pulled())
    asked = len(pulled())
    [pod] = pods(serve, "pulled")
    cluster.delete("Pod", pod["metadata"]["name"], serve.namespace)
    cluster.wait_gone("Pod", pod["metadata"]["name"], serve.namespace)
    assert caller.chat(serve.ready("pulled", 180)["openAIURL"], model="pulled")["usage"]["completion_tokens"] == 16
    assert len(pulled()) == asked


REFUSED: dict[str, tuple[Spec, str, str]] = {
    "no-keys": ({"model": f"s3://{BUCKET}/{FILE}"}, "TokenMissing", "Set modelSource.credentialsSecret"),
    "no-bucket": ({"model": f"gs://nowhere/{FILE}"}, "ModelNotFound", "There is no bucket nowhere. Change model."),
    "other-bytes": (
        {"model": f"gs://{BUCKET}/{FILE}", "modelSource": {"sha256": "0" * 64}},
        "HashMismatch",
        "Change modelSource.sha256",
    ),
}


def test_store_that_gives_nothing_says_why_and_which_field_to_change(serve: Serve, stores: Stores) -> None:
    for name, (spec, _, _) in REFUSED.items():
        endpoint = (stores.s3 if spec["model"].startswith("s3") else stores.gs).url
        source = {"endpoint": endpoint, **spec.get("modelSource", {})}
        serve(name, {"engine": {"type": "mock", "env": NOBODY}, **spec, "modelSource": source, "cache": SHARED})
    for name, (_, reason, words) in REFUSED.items():
        status = serve.until(name, lambda seen: condition("Stalled")({"status": seen}))
        assert [c["reason"] for c in status["conditions"] if c["type"] == "Stalled"] == [reason], status["message"]
        assert words in status["message"], status["message"]
