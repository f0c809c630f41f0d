"""What people copy is accepted by a real API server and makes sense to the operator."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from chart.helm import CHART, helm
from docs.pages import EXAMPLES, MODEL_SERVICE, Block, all_blocks, name_of
from lab.client import Client
from lab.documents import documents
from modelservice.api.config import LoaderImage, OperatorConfig
from modelservice.api.resource import parse
from modelservice.cli.commands.render import render


@dataclass(frozen=True, slots=True)
class Copied:
    """One manifest, where it stands, and whether the page says that it does not work."""

    place: str
    body: dict[str, Any]
    refused: bool


def copied() -> Iterator[Copied]:
    for block in all_blocks():
        yield from (Copied(block.place, body, block.refused) for body in block.manifests)
    for path in EXAMPLES:
        yield from (Copied(name_of(path), body, False) for body in documents(path.read_text()))


WITH_LOADER = OperatorConfig(loader=LoaderImage(image="registry.example.org/models/loader"))
MANIFESTS = list(copied())
MODEL_SERVICES = [found for found in MANIFESTS if found.body["kind"] == MODEL_SERVICE]
VALUES = [block for block in all_blocks() if block.holds_values]


@pytest.mark.parametrize("found", MANIFESTS, ids=[found.place for found in MANIFESTS])
def test_manifest_is_accepted_by_the_api_server(api: Client, namespace: str, crd: None, found: Copied) -> None:
    del crd
    metadata = {name: value for name, value in found.body["metadata"].items() if name != "namespace"}
    api.create({**found.body, "metadata": metadata}, namespace, dry_run=True)


@pytest.mark.parametrize("found", MODEL_SERVICES, ids=[found.place for found in MODEL_SERVICES])
def test_model_service_makes_sense_to_the_operator(found: Copied) -> None:
    manifests, findings = render(parse(found.body), WITH_LOADER)
    refusals = [finding.message for finding in findings if finding.refuses]
    assert (bool(refusals), bool(manifests)) == (found.refused, not found.refused), refusals


@pytest.mark.parametrize("block", VALUES, ids=[block.place for block in VALUES])
def test_values_are_accepted_by_the_chart(block: Block, tmp_path: Path) -> None:
    values = tmp_path / "values.yaml"
    values.write_text(block.text)
    assert "kind: Deployment" in helm("template", "operator", CHART, "--values", values)


def test_no_file_of_a_page_has_two_meanings() -> None:
    named = [(block.page, block.file) for block in all_blocks() if block.file]
    assert len(named) == len(set(named))
