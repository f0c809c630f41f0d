"""A bare client's look at all that the operator follows: how long a list takes, and how much JSON it is."""

from __future__ import annotations

import time
from dataclasses import dataclass

from modelservice.control.caches import CHILDREN
from modelservice.kube.resources import MODEL_SERVICE, POD, REPLICA_SET
from modelservice.kube.session import Session

FOLLOWED = (MODEL_SERVICE, *(kind.resource for kind in CHILDREN.values()), REPLICA_SET, POD)


@dataclass(frozen=True, slots=True)
class Listing:
    seconds: float
    bytes: int


async def listing(session: Session) -> Listing:
    """One list of each kind after the other, not even parsed."""
    began = time.perf_counter()
    size = 0
    for resource in FOLLOWED:
        answer = await session.request("GET", resource.collection(None), target=resource.plural)
        size += len(answer.body)
    return Listing(time.perf_counter() - began, size)
