"""Fetches the metrics of engines through the API server's proxy, which needs no way into the cluster's network."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from modelservice.cli.readings import Reading, read
from modelservice.kube.errors import ApiError, Forbidden, Unauthorized
from modelservice.kube.portforward import Place
from modelservice.kube.resources import POD
from modelservice.kube.session import Session

UNKNOWN = "its metrics hold none of the names that tell how busy it is"
CLOSED = "its metrics ask for the API key, which the API server's proxy does not pass on"


@dataclass(frozen=True, slots=True)
class Metered:
    """A pod, and the path of its metrics."""

    place: Place
    path: str

    @property
    def pod(self) -> str:
        return self.place.pod.name


@dataclass(frozen=True, slots=True)
class Scraped:
    """What it told and when, on the clock of this machine's event loop, or why it did not."""

    at: float
    reading: Reading | None = None
    problem: str = ""


async def scrape(session: Session, targets: Sequence[Metered]) -> dict[Metered, Scraped]:
    """All at once. A right that is missing is raised; what else one of them fails in is told of that one."""
    return dict(zip(targets, await asyncio.gather(*(_one(session, target) for target in targets)), strict=True))


async def _one(session: Session, target: Metered) -> Scraped:
    pod = target.place.pod
    path = f"{POD.collection(pod.namespace)}/{pod.name}:{target.place.port}/proxy{target.path}"
    now = asyncio.get_running_loop().time
    try:
        answer = await session.request("GET", path, target=f"the metrics of {POD.describe(pod)}")
        reading = read(answer.body.decode(errors="replace"))
    except Forbidden:
        raise
    except Unauthorized:  # the API server itself has just listed the pods for us
        return Scraped(now(), problem=CLOSED)
    except ApiError as error:
        return Scraped(now(), problem=error.message)
    except ValueError:
        reading = None
    return Scraped(now(), reading, "" if reading else UNKNOWN)
