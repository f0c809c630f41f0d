"""Every manifest that the public repositories of KubeAI, KServe and LLMOS show for a model that an engine serves, and
the docker lines and Deployments that engines, model cards, clouds and vendors show: each becomes a ModelService that
would be accepted, or the reason why it cannot is told.

The files in `public/` hold them as they are there (August 2026; docker lines and Deployments November 2026), without
comments, each under the path it is after.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml

from modelservice.api.admission import refusals
from modelservice.api.config import LoaderImage, OperatorConfig
from modelservice.api.resource import parse
from modelservice.cli.commands.render import render
from modelservice.convert import catalogue, docker
from modelservice.convert.assemble import Converted
from modelservice.convert.server import ConvertError

FOLDER = Path(__file__).parent / "public"
HEAD = re.compile(r"^# after (\S+ \S+)\n", re.MULTILINE)
SAMPLES = {
    source: text
    for file in sorted(FOLDER.iterdir())
    for source, text in zip(*[iter(HEAD.split(file.read_text())[1:])] * 2, strict=True)
}
OVER_NODES = "GPUs in one pod"
WITH_LOADER = OperatorConfig(loader=LoaderImage(image="registry.example.org/models/loader"))
CANNOT = {
    "faster-whisper-medium-en-cpu.yaml": "engine FasterWhisper has no counterpart here",
    "deepseek-r1-gpu-deepep-ht.yaml": OVER_NODES,
    "deepseek-r1-gpu-naive.yaml": OVER_NODES,
    "deepseek-r1-pd-gpu-p-deepep-ht-d-deepep-ht.yaml": OVER_NODES,
    "deepseek-r1-pd-gpu-p-deepep-ht-d-pplx.yaml": OVER_NODES,
    "vllm/deployment/ec2#s3": "write s3://bucket/path",
    "quantization.md#bitsandbytes": "must be a hub id",
    "opt-125m-cpu-kv-cache-routing-simulator.yaml": "{{ .Spec.Model.Name }}",
}
"""What serves on several nodes at once, no text at all, or leaves its model open, is refused with these words."""


@pytest.mark.parametrize("source", SAMPLES)
def test_public_sample_is_accepted_or_refused_with_its_reason(source: str) -> None:
    expected = next((words for ending, words in CANNOT.items() if source.endswith(ending)), "")
    told = "; ".join(problems(SAMPLES[source]))
    assert expected in told
    assert bool(told) == bool(expected), told


def _converted(text: str) -> Converted | None:
    if docker.is_docker(text):
        return catalogue.from_command(text)
    return catalogue.from_manifest(yaml.safe_load(text.removesuffix("---\n")))


def problems(text: str) -> list[str]:
    """Why no ModelService comes of it that would be accepted; nothing when one does."""
    try:
        converted = _converted(text)
    except ConvertError as error:
        return [str(error)]
    assert converted is not None
    refused = refusals(converted.manifest)
    if refused:
        return [str(refusal) for refusal in refused]
    _, findings = render(parse(converted.manifest), WITH_LOADER)
    return [found.told for found in findings if found.refuses]
