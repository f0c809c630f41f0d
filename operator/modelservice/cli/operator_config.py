"""The configuration that a cluster's operator works with: what its chart wrote into a ConfigMap."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from modelservice import __version__
from modelservice.api.config import ConfigError, OperatorConfig, load_config
from modelservice.api.engine import EngineType
from modelservice.cli.cluster import Cluster
from modelservice.cli.exits import CommandError, Exit
from modelservice.engines.catalogue import add, outside
from modelservice.kube.resources import CONFIG_MAP

LABEL = "app.kubernetes.io/name=modelservice-operator"
VERSION = "app.kubernetes.io/version"
FILE = "config.yaml"


@dataclass(frozen=True, slots=True)
class Found:
    """`note` says what makes it doubtful that the operator works with exactly this; not even seen, it is a guess."""

    config: OperatorConfig
    note: str = ""
    seen: bool = True
    absent: Mapping[EngineType, str] = field(default_factory=dict)
    """Engines from outside that the operator has and this machine has not, and why."""


def operator_config(cluster: Cluster) -> Found:
    """All defaults where there is none to be seen."""
    try:
        found = cluster.objects(CONFIG_MAP, labels=LABEL, everywhere=True)
    except CommandError as error:
        if error.exit_code != Exit.CLUSTER:
            raise
        note = "you may not read the operator's configuration; --config names a copy of it"
        return Found(OperatorConfig(), note, seen=False)
    told = [body for body in found if FILE in (body.get("data") or {})]
    if len(told) != 1:
        many = f"there are {len(told)} configurations of operators" if told else "no operator's configuration is there"
        note = f"{many}, so the defaults as shipped were taken; --config names a file"
        return Found(OperatorConfig(), note, seen=False)
    where = f"{told[0]['metadata']['namespace']}/{told[0]['metadata']['name']}"
    version = (told[0]["metadata"].get("labels") or {}).get(VERSION, __version__)
    try:
        config = load_config(told[0]["data"][FILE])
    except ConfigError as error:
        raise CommandError(f"ConfigMap {where}: {error}", "use the command line of the operator's version") from error
    other = f"the operator is of version {version} and this command of {__version__}: what it does may differ"
    return Found(config, other if version != __version__ else "", absent=_absent(config))


def _absent(config: OperatorConfig) -> Mapping[EngineType, str]:
    """The other engines from outside are added."""
    absent = {}
    for name, implementation in outside(config):
        try:
            add(name, implementation)
        except ConfigError as error:
            absent[name] = str(error)
    return absent
