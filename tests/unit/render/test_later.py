"""What would wait for a model for ever is refused with what works today."""

import pytest

from modelservice.api.findings import Finding
from modelservice.api.reasons import Reason
from modelservice.api.spec import ModelServiceSpec
from modelservice.render.later import not_implemented
from modelservice.render.locate import located

UNFETCHED = [
    "oci://r/n:1",
]


@pytest.mark.parametrize("model", UNFETCHED)
def test_model_that_nobody_fetches_is_refused(model: str) -> None:
    [finding] = _findings({"model": model})
    assert (finding.reason, finding.field) == (Reason.NOT_IMPLEMENTED, "model")
    assert "pvc://claim/path" in finding.message


@pytest.mark.parametrize(
    "model",
    ["org/name", "modelscope://org/name", "s3://bucket/model", "gs://bucket/model", "https://example.org/a.gguf"],
)
def test_model_that_an_engine_or_the_loader_fetches_is_not_refused(model: str) -> None:
    assert _findings({"model": model}) == []


def _findings(spec: dict[str, object]) -> list[Finding]:
    parsed = ModelServiceSpec.model_validate(spec)
    return list(not_implemented(located(parsed)[0]))
