"""What a revision offers is settled once: by the engine's own words where it has any, else by what is declared."""

from __future__ import annotations

import pytest

from modelservice.api.status import Capabilities
from modelservice.engines.engine import Launch
from modelservice.engines.routes import Route
from modelservice.observe.capabilities import Described, capabilities

TELLS = Launch(("run",), (), 8000, routes=(Route.MODELS, Route.CHAT), describes_itself_at="/openapi.json")
SILENT = Launch(("run",), (), 8000, routes=(Route.MODELS, Route.CHAT))
NOBODY_KNOWS = Launch(("run",), (), 8000, describes_itself_at="/openapi.json")
OLD = Capabilities(revision="r-1", source="Engine", routes=["Chat"])
PATHS = {"/health", "/v1/embeddings", "/rerank", "/v1/models"}


@pytest.mark.parametrize(
    ("launch", "paths", "wanted"),
    [
        pytest.param(TELLS, PATHS, ("Engine", ["Embeddings", "Rerank", "Models"]), id="engine-tells"),
        pytest.param(TELLS, None, ("Declared", ["Chat", "Models"]), id="engine-did-not-answer"),
        pytest.param(SILENT, None, ("Declared", ["Chat", "Models"]), id="engine-has-no-description"),
        pytest.param(NOBODY_KNOWS, None, ("Unknown", []), id="nobody-knows"),
    ],
)
def test_capabilities_say_where_they_come_from(
    launch: Launch, paths: set[str] | None, wanted: tuple[str, list[str]]
) -> None:
    found = capabilities(OLD, "r-2", launch, Described("r-2", paths))
    assert found
    assert (found.revision, found.source, found.routes) == ("r-2", *wanted)


def test_settled_revision_is_left_as_it_is() -> None:
    assert capabilities(OLD, "r-1", TELLS, Described("r-1", PATHS)) is OLD


@pytest.mark.parametrize(
    ("revision", "launch", "described"),
    [
        pytest.param("r-2", TELLS, None, id="not-answered-yet"),
        pytest.param("r-2", TELLS, Described("r-3", PATHS), id="answer-of-another-revision"),
        pytest.param("", SILENT, None, id="nothing-was-ready-yet"),
        pytest.param("r-2", None, None, id="spec-is-refused"),
    ],
)
def test_until_a_revision_has_told_the_last_one_holds(
    revision: str, launch: Launch | None, described: Described | None
) -> None:
    assert capabilities(OLD, revision, launch, described) is OLD
