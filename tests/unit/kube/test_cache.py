"""The cache tells each real change once, and finds objects by what they belong to."""

from modelservice.kube.cache import Cache, Change
from modelservice.kube.resources import Key

A, B, ELSEWHERE = Key("n", "a"), Key("n", "b"), Key("m", "a")


class Told:
    def __init__(self) -> None:
        self.changes: list[Change[str]] = []
        self.cache: Cache[str] = Cache(self.changes.append, group=lambda _, value: value[0])


def test_cache_tells_what_came_changed_and_went() -> None:
    told = Told()
    told.cache.put(A, "x1")
    told.cache.put(A, "x2")
    told.cache.remove(A)
    assert told.changes == [Change(A, None, "x1"), Change(A, "x1", "x2"), Change(A, "x2", None)]


def test_cache_is_silent_when_nothing_changed_that_we_look_at() -> None:
    told = Told()
    told.cache.put(A, "x1")
    told.changes.clear()
    told.cache.put(A, "x1")
    told.cache.remove(B)
    told.cache.replace({A: "x1"})
    assert told.changes == []


def test_replace_tells_what_happened_while_nobody_watched() -> None:
    told = Told()
    told.cache.put(A, "x1")
    told.cache.put(B, "x1")
    told.changes.clear()
    told.cache.replace({B: "x2", ELSEWHERE: "y1"})
    assert told.changes == [Change(A, "x1", None), Change(B, "x1", "x2"), Change(ELSEWHERE, None, "y1")]
    assert set(told.cache) == {B, ELSEWHERE}


def test_replace_of_one_namespace_leaves_the_others() -> None:
    told = Told()
    told.cache.put(A, "x1")
    told.cache.put(ELSEWHERE, "x1")
    told.cache.replace({}, namespace="n")
    assert set(told.cache) == {ELSEWHERE}


def test_cache_finds_objects_by_what_they_belong_to() -> None:
    cache = Told().cache
    cache.put(A, "x1")
    cache.put(B, "x2")
    cache.put(ELSEWHERE, "y1")
    assert cache.of("x") == {A: "x1", B: "x2"}
    cache.put(A, "y2")
    assert (cache.of("x"), cache.of("y")) == ({B: "x2"}, {A: "y2", ELSEWHERE: "y1"})
    cache.remove(B)
    assert cache.of("x") == {}


def test_cache_is_already_changed_when_it_tells() -> None:
    seen = []
    cache: Cache[str] = Cache(lambda change: seen.append((cache.get(change.key), len(cache))))
    cache.put(A, "x")
    cache.remove(A)
    assert seen == [("x", 1), (None, 0)]
