"""Now and then looks at every ModelService again, so that nothing missed stays missed.

kopf does not tell of an object that vanished while its watch was cut; this does.
"""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import Sequence

from modelservice.control.queue import Priority, WorkQueue
from modelservice.control.services import Services
from modelservice.kube import errors
from modelservice.kube.resources import MODEL_SERVICE, Key
from modelservice.kube.session import Session

logger = logging.getLogger(__name__)

EVERY = (540.0, 660.0)


async def sweep(session: Session, services: Services, queue: WorkQueue[Key], namespaces: Sequence[str]) -> None:
    """Until cancelled."""
    while True:
        await asyncio.sleep(random.uniform(*EVERY))
        for namespace in namespaces or (None,):
            try:
                await _look(session, services, namespace)
            except errors.ApiError as error:
                logger.warning("cannot look at all ModelServices: %s", error)
        for key in services:
            queue.add(key, Priority.RESYNC)


async def _look(session: Session, services: Services, namespace: str | None) -> None:
    """Take in what is listed, and drop what is not and is older than the list."""
    listed: set[str] = set()
    version = 0
    async for page in session.pages(MODEL_SERVICE.collection(namespace), target=MODEL_SERVICE.plural):
        version = version or int(page["metadata"]["resourceVersion"])
        for item in page["items"]:
            listed.add(item["metadata"]["uid"])
            services.put({"apiVersion": MODEL_SERVICE.api_version, "kind": MODEL_SERVICE.kind, **item})
    services.drop_missing(listed, version, namespace)
