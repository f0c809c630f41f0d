"""`modelservice cache`: what lies on which claim and who uses it; remove what is unused; fetch before anybody asks."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

from modelservice.api.config import OperatorConfig
from modelservice.api.spec import ModelSource
from modelservice.cli import consent, flags
from modelservice.cli.cache.errand import MOUNT, Errand
from modelservice.cli.cache.errand import run as sent
from modelservice.cli.cache.uses import unused, users, uses
from modelservice.cli.cluster import Cluster
from modelservice.cli.exits import CommandError, Exit
from modelservice.cli.operator_config import operator_config
from modelservice.cli.output import as_table, pretty
from modelservice.cli.registry import Example
from modelservice.cli.terminal import Live
from modelservice.facts.marks import MANAGED_BY_LABEL, MANAGER
from modelservice.facts.model import Fetch
from modelservice.facts.uses import Use
from modelservice.kube.resources import CLAIM, CONTROLLER_REVISION, MODEL_SERVICE
from modelservice.observe.fetching import how_far
from modelservice.observe.loader_log import said
from modelservice.observe.words import size
from modelservice.render.loader import arguments as loader_arguments
from modelservice.render.resolve import loader_image, proxies
from modelservice.sources import hub
from modelservice.sources.catalogue import locate, source
from modelservice.sources.source import Reference

EXAMPLES = (
    Example("modelservice cache ls", "claims of the namespace and who uses them"),
    Example("modelservice cache ls models", "what lies on this claim, by a pod that reads it"),
    Example("modelservice cache rm models org/tiny", "asks first; refused while a ModelService uses it"),
    Example("modelservice cache prune models", "all models and revisions that nobody uses; asks first"),
    Example("modelservice cache warm models org/tiny", "fetch it now, for ModelServices to come"),
)
WARMED_WITHIN = 24 * 3600.0


@dataclass(frozen=True, slots=True)
class Desk:
    """What every action needs."""

    cluster: Cluster
    config: OperatorConfig
    image: str
    uses: tuple[Use, ...]
    arguments: argparse.Namespace


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("action", choices=tuple(ACTIONS), help="look, remove, or fetch")
    parser.add_argument("claim", nargs="?", metavar="CLAIM", help="the PersistentVolumeClaim")
    parser.add_argument("model", nargs="?", metavar="MODEL", help="as in spec.model, or a folder that `ls` shows")
    consent.add_arguments(parser)
    parser.add_argument("--token-secret", metavar="SECRET/KEY", help="for warm: where the hub's token is")
    parser.add_argument("--credentials-secret", metavar="SECRET", help="for warm: as modelSource.credentialsSecret")
    parser.add_argument("--endpoint", metavar="URL", help="for warm: a mirror of the hub, or modelSource.endpoint")
    parser.add_argument("--image", help="the loader's image, where the operator's configuration cannot be read")
    parser.add_argument("-o", "--output", choices=("table", "json"), default="table", help="default: table")
    flags.cluster(parser)


def run(arguments: argparse.Namespace) -> int:
    with Cluster.of(arguments) as cluster:
        config = operator_config(cluster).config
        bodies = cluster.objects(MODEL_SERVICE)
        revisions = cluster.objects(CONTROLLER_REVISION, labels=f"{MANAGED_BY_LABEL}={MANAGER}")
        image = arguments.image or loader_image(config)
        ACTIONS[arguments.action](Desk(cluster, config, image, uses(bodies, revisions, config), arguments))
    return Exit.DONE


def _ls(desk: Desk) -> None:
    if not desk.arguments.claim:
        _print(
            desk, ("CLAIM", "SIZE", "PHASE", "USED BY"), [_claim(desk, body) for body in desk.cluster.objects(CLAIM)]
        )
        return
    found = _listed(_out(desk, ("list", "--cache", MOUNT), read_only=True))
    rows = [_model(desk, one) for one in found]
    _print(desk, ("MODEL", "SIZE", "STATE", "USED BY", "REVISIONS"), rows)


def _claim(desk: Desk, body: Mapping[str, Any]) -> list[str]:
    name, status = body["metadata"]["name"], body.get("status") or {}
    capacity = (status.get("capacity") or {}).get("storage", "")
    served = sorted({use.service for use in desk.uses if use.claim == name})
    return [name, capacity, status.get("phase", ""), ", ".join(served) or "-"]


def _model(desk: Desk, one: Mapping[str, Any]) -> list[str]:
    served = users(desk.uses, desk.arguments.claim, one["folder"])
    revisions = ", ".join(sorted({loaded["revision"][:12] for loaded in one["loaded"] if loaded["revision"]}))
    return [one["folder"], size(one["bytes"]), one["state"], ", ".join(served) or "-", revisions or "-"]


def _print(desk: Desk, head: tuple[str, ...], rows: list[list[str]]) -> None:
    if desk.arguments.output == "json":
        names = [word.lower().replace(" ", "_") for word in head]
        print(pretty([dict(zip(names, row, strict=True)) for row in rows]))
    elif rows:
        print(as_table(head, rows), end="")
    else:
        print("Nothing lies there.", file=sys.stderr)


def _rm(desk: Desk) -> None:
    claim, folder = _named(desk), meant(desk.arguments).folder
    served = users(desk.uses, claim, folder)
    if served:
        raise CommandError(
            f"{folder} on {claim} is used by {', '.join(served)}",
            "change their model or delete them first; a revision that may come back counts until it is replaced",
        )
    consent.ask(f"Remove {folder} from claim {claim}?", desk.arguments)
    freed = json.loads(_last(_out(desk, ("remove", "--cache", MOUNT, "--folder", folder)), "removed"))
    print(f"{folder} removed from {claim}: {size(freed['bytes'])} are free again")


def _prune(desk: Desk) -> None:
    """What other programs brought stays."""
    claim = _named(desk)
    found = _listed(_out(desk, ("list", "--cache", MOUNT), read_only=True))
    dropped = {
        one["folder"]: unused(desk.uses, claim, one["folder"], (loaded["reference"] for loaded in one["loaded"]))
        for one in found
    }
    dropped = {folder: references for folder, references in dropped.items() if references}
    if not dropped:
        print(f"Nothing on claim {claim} is unused.", file=sys.stderr)
        return
    names = [reference for references in dropped.values() for reference in references]
    consent.ask(f"Remove {', '.join(names)} from claim {claim}?", desk.arguments)
    freed = 0
    for folder, references in dropped.items():
        drops = (word for reference in references for word in ("--drop", reference))
        log = _out(desk, ("prune", "--cache", MOUNT, "--folder", folder, *drops))
        freed += json.loads(_last(log, "event"))["bytes"]
    print(f"removed from {claim}: {', '.join(names)}; {size(freed)} are free again")


def _warm(desk: Desk) -> None:
    _named(desk)
    fetch = meant(desk.arguments)
    with Live() as live:

        def show(log: str) -> None:
            live.show(f"fetching{how_far(said(log.splitlines()))}")

        _out(desk, tuple(loader_arguments(fetch, MOUNT)), heard=show, secret=fetch.credentials_secret)
    print(f"{desk.arguments.model} lies on {desk.arguments.claim}")


def meant(told: argparse.Namespace) -> Fetch:
    """What the reference means; a folder's own name means itself."""
    if not told.model:
        raise CommandError("no MODEL is named", "`modelservice cache ls CLAIM` shows what there is", Exit.USAGE)
    if told.action == "rm" and "/" not in told.model:
        return Fetch("", told.model)
    found, findings = locate(Reference(told.model, "MODEL", _way(told)))
    if found is None or found.fetch is None:
        told_why = findings[0].message if findings else f"`{told.model}` is nothing that a loader fetches"
        raise CommandError(told_why, exit_code=Exit.USAGE)
    return found.fetch


def _way(told: argparse.Namespace) -> ModelSource:
    """How a store is reached, which is part of its folder's name; the hub's mirror is not."""
    endpoint = None if source(told.model) is hub.SOURCE else told.endpoint
    try:
        return ModelSource(endpoint=endpoint, credentials_secret=told.credentials_secret)
    except ValidationError as error:
        told_why = f"--credentials-secret or --endpoint: {error.errors()[0]['msg']}"
        raise CommandError(told_why, exit_code=Exit.USAGE) from error


def _named(desk: Desk) -> str:
    """The claim, which must be there and bound: a pod of ours would bind it where no GPU is."""
    claim = desk.arguments.claim
    if not claim:
        raise CommandError("no CLAIM is named", "`modelservice cache ls` shows them", Exit.USAGE)
    body = desk.cluster.get(CLAIM, claim)
    if (body.get("status") or {}).get("phase") != "Bound":
        raise CommandError(f"claim {claim} is not bound, so nothing lies on it", "it binds with its first pod")
    return str(claim)


def _out(
    desk: Desk,
    words: tuple[str, ...],
    read_only: bool = False,
    heard: Callable[[str], None] | None = None,
    secret: str = "",
) -> str:
    """What the loader answers; its refusal is an error here."""
    claim = _named(desk)
    if not desk.image:
        hint = "set `config.loader.image` of the chart, or name one with --image"
        raise CommandError("the operator's configuration names no image of a loader", hint)
    within = WARMED_WITHIN if heard else 300.0
    trusted = (desk.config.ca_bundle or "") if heard else ""
    errand = Errand(desk.image, claim, words, read_only, tuple(_env(desk)), within, secret, trusted)
    log = sent(desk.cluster, errand, heard or (lambda _: None))
    failure = said(log.splitlines()).failure
    if failure:
        raise CommandError(failure.message)
    return log


def _env(desk: Desk) -> list[Mapping[str, Any]]:
    env: list[Mapping[str, Any]] = [{"name": name, "value": value} for name, value in proxies(desk.config).items()]
    if desk.arguments.action == "warm":
        env += hub_access(desk.config.defaults.get("huggingFace") or {}, desk.arguments)
    return env


def hub_access(defaults: Mapping[str, Any], told: argparse.Namespace) -> Iterator[Mapping[str, Any]]:
    """The mirror and the token that are named here, else those of the operator's defaults, as a ModelService has it."""
    endpoint = told.endpoint or defaults.get("endpoint")
    if endpoint:
        yield {"name": "HF_ENDPOINT", "value": endpoint}
    token = _secret_key(told.token_secret) if told.token_secret else defaults.get("tokenSecret")
    if token:
        yield {"name": "HF_TOKEN", "valueFrom": {"secretKeyRef": token}}


def _secret_key(told: str) -> Mapping[str, str]:
    name, slash, key = told.partition("/")
    if not (name and slash and key):
        raise CommandError("--token-secret is not SECRET/KEY", exit_code=Exit.USAGE)
    return {"name": name, "key": key}


def _listed(log: str) -> list[Mapping[str, Any]]:
    found: list[Mapping[str, Any]] = json.loads(_last(log, "models"))["models"]
    return found


def _last(log: str, key: str) -> str:
    """The line that answers; what libraries warn of is none."""
    lines = [line for line in log.splitlines() if line.startswith(f'{{"{key}"')]
    if not lines:
        raise CommandError(f"the loader did not answer: {' '.join(log.split())[-300:] or 'it said nothing'}")
    return lines[-1]


ACTIONS: Mapping[str, Callable[[Desk], None]] = {"ls": _ls, "rm": _rm, "prune": _prune, "warm": _warm}
