"""What the operator would see of a ModelService now."""

from __future__ import annotations

from datetime import UTC, datetime

from modelservice.api.config import OperatorConfig
from modelservice.api.resource import ModelService
from modelservice.cli.cluster import Cluster
from modelservice.control.caches import Caches
from modelservice.control.evidence import Answers
from modelservice.control.gather import gather
from modelservice.facts.facts import Facts
from modelservice.kube.resources import Key


async def look(cluster: Cluster, service: ModelService, config: OperatorConfig) -> Facts:
    def ignore(_: Key | str) -> None:
        """Nobody follows."""

    caches = Caches(cluster.session, ignore, ignore, namespaces=(cluster.namespace,))
    await caches.look()
    return gather(service, caches, config, Answers(), datetime.now(UTC))
