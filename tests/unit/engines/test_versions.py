"""Versions, the flags that come and go with them, and quantities."""

from __future__ import annotations

from decimal import Decimal

import pytest

from modelservice.engines.flag import Flag
from modelservice.engines.quantity import number_of
from modelservice.engines.version import Version, release

RELEASES: list[tuple[str | None, Version | None]] = [
    ("0.32.0", (0, 32, 0)),
    ("v0.32.0", (0, 32, 0)),
    ("0.32", (0, 32, 0)),
    ("0.32.0+cpu", (0, 32, 0)),
    ("v0.32.0-x86_64", (0, 32, 0)),
    ("0.9.0.1", (0, 9, 0)),
    ("0.33.0rc1", None),
    ("0.33.0-rc1", None),
    ("nightly", None),
    ("latest", None),
    ("", None),
    (None, None),
]


@pytest.mark.parametrize(("text", "version"), RELEASES)
def test_release_is_read_from_what_people_write(text: str | None, version: Version | None) -> None:
    assert release(text) == version


KNOWN: list[tuple[Flag, Version | None, bool | None]] = [
    (Flag("--a"), (0, 1, 0), True),
    (Flag("--a"), None, True),
    (Flag("--a", since=(0, 18, 0)), (0, 18, 0), True),
    (Flag("--a", since=(0, 18, 0)), (0, 17, 9), False),
    (Flag("--a", since=(0, 18, 0)), None, None),
    (Flag("--a", until=(0, 18, 0)), (0, 17, 9), True),
    (Flag("--a", until=(0, 18, 0)), (0, 18, 0), False),
    (Flag("--a", until=(0, 18, 0)), None, None),
]


@pytest.mark.parametrize(("flag", "version", "known"), KNOWN)
def test_flag_is_known_within_its_range(flag: Flag, version: Version | None, known: bool | None) -> None:
    assert flag.known_to(version) is known


QUANTITIES = [
    ("2Gi", 2**31),
    ("500m", Decimal("0.5")),
    ("1.5k", 1500),
    (3, 3),
    ("1e3", 1000),
    ("x", None),
    (None, None),
]


@pytest.mark.parametrize(("quantity", "number"), QUANTITIES)
def test_quantity_is_a_number(quantity: object, number: object) -> None:
    assert number_of(quantity) == number
