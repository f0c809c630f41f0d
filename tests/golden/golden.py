"""Golden cases: a folder each, with what goes in and what comes out; `make golden` rewrites them.

`input.yaml` is what a user applies; `config.yaml` the operator's configuration and `facts.yaml` what is seen of the
cluster, where a case needs them. `expected.yaml` is all that comes out, and its diff is reviewed like code.
"""

from __future__ import annotations

import re
import shlex
from dataclasses import replace
from pathlib import Path

import yaml

from golden import lines
from modelservice.api.engine import EngineType
from modelservice.cli.commands.render import NOTHING_SEEN
from modelservice.cli.files import read_config, read_services
from modelservice.cli.output import as_yaml
from modelservice.facts.cluster import ClusterFacts
from modelservice.facts.facts import Facts
from modelservice.facts.rollout import RolloutFacts, Verdict
from modelservice.render.children import children
from modelservice.render.prepare import prepare

CASES = sorted(folder for folder in (Path(__file__).parent / "cases").iterdir() if folder.is_dir())


def outcome(case: Path) -> str:
    """Every finding as a comment, then the children in their order."""
    config = case / "config.yaml"
    [service] = read_services(str(case / "input.yaml"))
    facts = _facts(case / "facts.yaml")
    prepared = prepare(service, facts, read_config(str(config) if config.exists() else None))
    findings = "".join(f"# {finding.reason}: {finding.message}\n" for finding in prepared.findings)
    if prepared.candidate is None:
        return findings
    rollout = RolloutFacts(Verdict.TRYING, target=prepared.candidate.name)
    return findings + as_yaml(children(service, prepared, rollout, facts))


def command_lines(type: EngineType) -> list[list[str]]:
    """Everything that an engine is told in any case, each once."""
    told = [shlex.split(line) for line in re.findall(r"^  runs: (.+)$", lines.file(type).read_text(), re.M)]
    for case in CASES:
        [service] = read_services(str(case / "input.yaml"))
        if service.spec.engine.type != type:
            continue
        for child in yaml.safe_load_all((case / "expected.yaml").read_text()):
            if child and child["kind"] == "Deployment":
                container = child["spec"]["template"]["spec"]["containers"][0]
                told.append([*container.get("command", ()), *container.get("args", ())])
    return [list(line) for line in dict.fromkeys(map(tuple, told))]


def _facts(path: Path) -> Facts:
    if not path.exists():
        return NOTHING_SEEN
    seen = yaml.safe_load(path.read_text())
    return replace(NOTHING_SEEN, cluster=ClusterFacts(runtime_classes=frozenset(seen["runtimeClasses"])))


if __name__ == "__main__":
    for folder in CASES:
        (folder / "expected.yaml").write_text(outcome(folder))
    lines.write()
