"""`modelservice render`: what a ModelService becomes, without a cluster: for review, for GitOps, for the curious."""

from __future__ import annotations

import argparse
import sys
from datetime import UTC, datetime

from modelservice.api.config import OperatorConfig
from modelservice.api.findings import Finding
from modelservice.api.reasons import Reason
from modelservice.api.resource import ModelService
from modelservice.cli.files import WITH_A_LOADER, read_config, read_services
from modelservice.cli.output import as_json, as_yaml
from modelservice.cli.registry import Example
from modelservice.facts.facts import Facts
from modelservice.facts.rollout import RolloutFacts, Verdict
from modelservice.render.children import children
from modelservice.render.metadata import Manifest
from modelservice.render.prepare import prepare
from modelservice.render.resolve import loader_image

NOTHING_SEEN = Facts(now=datetime.fromtimestamp(0, UTC))
"""No cluster: rendering looks at no clock, and there is neither a RuntimeClass nor an earlier revision."""

NOBODYS_LOADER = (
    f"the loader's image stands here as {loader_image(WITH_A_LOADER)}, since no configuration names one; --config FILE "
    "names your operator's (`config` of the chart's values)"
)

EXAMPLES = (
    Example("modelservice render qwen.yaml", "the children as YAML"),
    Example("modelservice render qwen.yaml -o json", "as a List"),
    Example("cat qwen.yaml | modelservice render -", "from standard input"),
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("files", nargs="+", metavar="FILE", help="YAML with ModelServices; - is standard input")
    parser.add_argument("-o", "--output", choices=("yaml", "json"), default="yaml", help="default: yaml")
    parser.add_argument("--config", metavar="FILE", help="the operator's configuration; default: as shipped")


def run(arguments: argparse.Namespace) -> int:
    """Children go to standard output, findings to standard error; 1 when a spec is refused."""
    config = read_config(arguments.config)
    services = [service for path in arguments.files for service in read_services(path)]
    manifests: list[Manifest] = []
    refused = False
    for service in services:
        made, findings = render(service, config)
        if not arguments.config and any(finding.reason == Reason.LOADER_MISSING for finding in findings):
            made, findings = render(service, WITH_A_LOADER)
            print(f"note: {service.metadata.name}: {NOBODYS_LOADER}", file=sys.stderr)
        manifests += made
        refused = refused or not made
        for finding in findings:
            print(_sentence(service, finding), file=sys.stderr)
    if manifests:
        print(as_yaml(manifests) if arguments.output == "yaml" else as_json(manifests) + "\n", end="")
    return 1 if refused else 0


def render(service: ModelService, config: OperatorConfig) -> tuple[list[Manifest], tuple[Finding, ...]]:
    """The children of a first revision, and what is wrong; a refused spec has none."""
    prepared = prepare(service, NOTHING_SEEN, config)
    if prepared.candidate is None:
        return [], prepared.findings
    rollout = RolloutFacts(Verdict.TRYING, target=prepared.candidate.name)
    return children(service, prepared, rollout, NOTHING_SEEN), prepared.findings


def _sentence(service: ModelService, finding: Finding) -> str:
    kind = "error" if finding.refuses else "warning"
    return f"{kind}: {service.metadata.name}: {finding.told} ({finding.reason})"
