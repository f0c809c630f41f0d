"""What we know of the objects of one kind: a small projection of each, found by key or by what it belongs to."""

from __future__ import annotations

from collections.abc import Callable, Collection, Hashable, ItemsView, Iterator, Mapping
from dataclasses import dataclass
from typing import Generic, TypeVar

from modelservice.kube.resources import Key

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Change(Generic[T]):
    """An object came (`old` is None), went (`new` is None), or is different in what we look at."""

    key: Key
    old: T | None
    new: T | None


class Cache(Generic[T]):
    """Holds projections, and tells each real change to `on_change`. Nothing here waits, so readers see whole states.

    `group` names what an object belongs to, such as the ModelService on its label; `of` finds objects by it.
    """

    def __init__(
        self,
        on_change: Callable[[Change[T]], None] = lambda _: None,
        group: Callable[[Key, T], Hashable | None] = lambda *_: None,
    ) -> None:
        self._on_change = on_change
        self._group = group
        self._values: dict[Key, T] = {}
        self._groups: dict[Hashable, dict[Key, T]] = {}

    def __len__(self) -> int:
        return len(self._values)

    def __iter__(self) -> Iterator[Key]:
        return iter(self._values)

    def get(self, key: Key) -> T | None:
        """The object of this key, if there is one."""
        return self._values.get(key)

    def of(self, group: Hashable) -> Mapping[Key, T]:
        """The objects that belong to this."""
        return self._groups.get(group, {})

    def values(self) -> Collection[T]:
        """All objects."""
        return self._values.values()

    def items(self) -> ItemsView[Key, T]:
        """All objects by key."""
        return self._values.items()

    def put(self, key: Key, value: T) -> None:
        """The object is now so."""
        old = self._values.get(key)
        if old == value:
            return
        if old is not None:
            self._leave(key, old)
        self._values[key] = value
        group = self._group(key, value)
        if group is not None:
            self._groups.setdefault(group, {})[key] = value
        self._on_change(Change(key, old, value))

    def remove(self, key: Key) -> None:
        """The object is gone."""
        old = self._values.pop(key, None)
        if old is not None:
            self._leave(key, old)
            self._on_change(Change(key, old, None))

    def replace(self, listed: Mapping[Key, T], namespace: str | None = None) -> None:
        """These are all objects there are, in this namespace or everywhere; what went while nobody looked is told."""
        gone = [key for key in self._values if key not in listed and namespace in (None, key.namespace)]
        for key in gone:
            self.remove(key)
        for key, value in listed.items():
            self.put(key, value)

    def _leave(self, key: Key, value: T) -> None:
        group = self._group(key, value)
        members = self._groups.get(group)
        if members is not None:
            members.pop(key, None)
            if not members:
                del self._groups[group]
