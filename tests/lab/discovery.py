"""Which kinds the API server knows and under which path, asked once and again when a kind is new."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import httpx

from lab.errors import LabError

AGGREGATED = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList"


@dataclass(frozen=True, slots=True)
class Resource:
    """One kind of one version of one API group."""

    group: str
    version: str
    kind: str
    plural: str
    namespaced: bool

    @property
    def api_version(self) -> str:
        return f"{self.group}/{self.version}" if self.group else self.version

    @property
    def names(self) -> tuple[str, ...]:
        return (self.kind, self.plural, f"{self.plural}.{self.group}")

    def path(self, namespace: str | None = None, name: str = "", subresource: str = "") -> str:
        if self.namespaced and name and not namespace:
            raise ValueError(f"{self.kind} {name}: name its namespace")
        base = f"/apis/{self.api_version}" if self.group else f"/api/{self.api_version}"
        place = f"namespaces/{namespace}" if self.namespaced and namespace else ""
        return "/".join(part for part in (base, place, self.plural, name, subresource) if part)


class Discovery:
    """Finds a Resource by its kind or plural, with or without its group."""

    def __init__(self, call: Callable[..., httpx.Response]) -> None:
        self._call = call
        self._known: list[Resource] = []

    def by_name(self, name: str) -> Resource:
        return self._find(lambda resource: name in resource.names, name)

    def by_kind(self, api_version: str, kind: str) -> Resource:
        wanted = (api_version, kind)
        return self._find(lambda resource: (resource.api_version, resource.kind) == wanted, " ".join(wanted))

    def _find(self, matches: Callable[[Resource], bool], wanted: str) -> Resource:
        for known in (self._known, self._load()):
            for resource in known:
                if matches(resource):
                    return resource
        raise LabError(f"the API server knows no {wanted}; is its CustomResourceDefinition installed?")

    def _load(self) -> Iterator[Resource]:
        self._known = [found for root in ("/api", "/apis") for found in self._of(root)]
        yield from self._known

    def _of(self, root: str) -> Iterator[Resource]:
        groups: list[dict[str, Any]] = self._call("GET", root, headers={"accept": AGGREGATED}).json()["items"]
        for group in groups:
            name = group["metadata"].get("name", "")
            for version in group["versions"]:
                for entry in version["resources"]:
                    kind, namespaced = entry["responseKind"]["kind"], entry["scope"] == "Namespaced"
                    yield Resource(name, version["version"], kind, entry["resource"], namespaced)
