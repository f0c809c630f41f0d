"""Every kind of input: what it is known by, and the file that reads it."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from modelservice.api.resource import API_VERSION, KIND
from modelservice.convert import deployment, docker, kserve, kubeai, llmos
from modelservice.convert.assemble import Converted, assembled
from modelservice.convert.server import Server, Tree, service_name

KINDS: Mapping[tuple[str, str], Callable[[Tree], Server]] = {
    ("apps", "Deployment"): deployment.server,
    ("apps", "StatefulSet"): deployment.server,
    ("kubeai.org", "Model"): kubeai.server,
    ("serving.kserve.io", "LLMInferenceService"): kserve.llm_inference_service,
    ("serving.kserve.io", "InferenceService"): kserve.inference_service,
    ("ml.llmos.ai", "ModelService"): llmos.server,
}
"""By API group and kind."""

KNOWN = ("a `docker run` line", *(f"{kind} ({group})" for group, kind in KINDS))


def from_command(text: str) -> Converted:
    return assembled(docker.server(text))


def from_manifest(body: Tree) -> Converted | None:
    """None for a kind that serves no model."""
    group = str(body.get("apiVersion", "")).partition("/")[0]
    reader = KINDS.get((group, str(body.get("kind"))))
    return assembled(reader(body)) if reader else None


def from_model(reference: str) -> Converted:
    """The shortest ModelService."""
    name = service_name(reference.rstrip("/").rpartition("/")[2].partition("@")[0])
    return Converted(
        {"apiVersion": API_VERSION, "kind": KIND, "metadata": {"name": name}, "spec": {"model": reference}}
    )
