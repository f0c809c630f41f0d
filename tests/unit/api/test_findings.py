"""What is wrong is told with its field, once."""

from __future__ import annotations

import pytest

from modelservice.api.findings import Finding
from modelservice.api.reasons import Reason


@pytest.mark.parametrize(
    ("field", "message", "told"),
    [
        pytest.param(
            "model", "`x` is no model: mend it", "model: `x` is no model: mend it", id="a word said by chance"
        ),
        pytest.param("model", "model is too long", "model is too long", id="a first word"),
        pytest.param("cache.size", "the class of cache.size", "the class of cache.size", id="a path named within"),
        pytest.param("cache.size", "too small", "cache.size: too small", id="a path that is not named"),
        pytest.param("", "no field at all", "no field at all", id="no field"),
    ],
)
def test_finding_names_its_field_once(field: str, message: str, told: str) -> None:
    assert Finding(Reason.INVALID_SPEC, field, message).told == told
