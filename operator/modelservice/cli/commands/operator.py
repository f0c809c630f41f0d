"""`modelservice operator`: run the operator, in a pod or against the cluster of a kubeconfig."""

from __future__ import annotations

import argparse
import asyncio
import os
import socket
import uuid
from pathlib import Path

from modelservice.api.base import build
from modelservice.api.config import ConfigError, OperatorConfig, load_config
from modelservice.cli.exits import CommandError
from modelservice.cli.registry import Example
from modelservice.cli.texts import text_of
from modelservice.control import logs
from modelservice.control.process import Operator, Options
from modelservice.engines.catalogue import admit
from modelservice.kube import kubeconfig, login
from modelservice.kube.credentials import Credentials
from modelservice.kube.errors import CredentialsError, LostLease

EXAMPLES = (Example("modelservice operator --no-leader-election", "one replica on this machine", endless=True),)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--config", type=Path, metavar="FILE", help="the operator's configuration (default: none)")
    parser.add_argument("--kubeconfig", type=Path, metavar="FILE", help="the cluster (default: as kubectl finds it)")
    parser.add_argument("--no-leader-election", action="store_true", help="work at once; only for a single replica")
    parser.add_argument("--port", type=int, default=8080, help="port of /healthz, /readyz and /metrics (default: 8080)")


def run(arguments: argparse.Namespace) -> int:
    config, credentials = _config(arguments.config), _credentials(arguments.kubeconfig)
    options = Options(
        credentials=credentials,
        config=config,
        identity=f"{os.environ.get('POD_NAME') or socket.gethostname()}_{uuid.uuid4()}",
        namespace=os.environ.get("POD_NAMESPACE") or credentials.namespace,
        leader_election=not arguments.no_leader_election,
        port=arguments.port,
    )
    logs.configure()
    build()
    try:
        asyncio.run(_operate(options))
    except (LostLease, OSError) as error:
        raise CommandError(str(error)) from error
    return 0


async def _operate(options: Options) -> None:
    await Operator(options).run()


def _config(path: Path | None) -> OperatorConfig:
    if path is None:
        return OperatorConfig()
    try:
        config = load_config(text_of(str(path)))
        admit(config)
        return config
    except ConfigError as error:
        raise CommandError(f"{path}: {error}") from error


def _credentials(path: Path | None) -> Credentials:
    if path is not None and not path.exists():
        raise CommandError(f"there is no kubeconfig {path}")
    try:
        return login.find() if path is None else kubeconfig.load([path])
    except CredentialsError as error:
        raise CommandError(str(error)) from error
