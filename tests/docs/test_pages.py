"""The pages as they are written: links lead somewhere, and nothing escapes the tests that run them."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import pytest

from docs.pages import ROOT, all_blocks, anchors, blocks, chapters, links, name_of, pages
from docs.shell import shows
from modelservice.observe.phases import PHASES

LANGUAGES = {"", "sh", "sh examples", "console", "python", "yaml", "yaml refused", "yaml values"}
WRITTEN = [*pages(), ROOT / "CONTRIBUTING.md", ROOT / "tests" / "lab" / "README.md"]
NOT_RUN = {
    "README.md": 1,
    "docs/how-to/models.md": 2,
    "docs/install.md": 1,
}
"""How many blocks of commands no test can run, by page. Each says why in its own first line."""


def ids(found: list[Path]) -> list[str]:
    return [name_of(page) for page in found]


@pytest.mark.parametrize("page", WRITTEN, ids=ids(WRITTEN))
def test_links_lead_somewhere(page: Path) -> None:
    for file, anchor in links(page):
        target = (page.parent / file).resolve() if file else page
        assert target.exists(), f"{file} does not exist"
        if anchor:
            assert anchor in anchors(target), f"{file}#{anchor} has no such heading"


def test_every_page_is_reached_from_the_readme() -> None:
    reached = [ROOT / "README.md"]
    for page in reached:
        targets = [(page.parent / file).resolve() for file, _ in links(page) if file.endswith(".md")]
        reached += [target for target in targets if target not in reached]
    assert set(pages()) <= set(reached)


def test_every_how_to_is_on_the_page_that_lists_them() -> None:
    index = ROOT / "docs" / "how-to.md"
    listed = {(file, anchor) for file, anchor in links(index)}
    told = {
        (f"how-to/{page.name}", anchor) for page in (ROOT / "docs" / "how-to").glob("*.md") for anchor in chapters(page)
    }
    assert told - listed == set()


def test_every_word_of_the_status_column_is_told_by_its_symptom() -> None:
    rows = re.findall(r"^\| ([^|]+) \|", (ROOT / "docs" / "troubleshooting.md").read_text(), re.MULTILINE)
    assert PHASES.keys() - set(re.findall(r"`(\w+)`", "\n".join(rows))) == set()


@pytest.mark.parametrize("page", pages(), ids=ids(pages()))
def test_every_block_is_of_a_kind_that_the_tests_know(page: Path) -> None:
    strange = [block.place for block in blocks(page) if not block.not_run and block.info not in LANGUAGES]
    assert strange == []


def test_commands_that_no_test_runs_are_those_we_know_of() -> None:
    assert Counter(block.page for block in all_blocks() if block.not_run) == NOT_RUN


@pytest.mark.parametrize("page", WRITTEN, ids=ids(WRITTEN))
def test_every_make_target_that_is_named_exists(page: Path) -> None:
    makefiles = "".join(path.read_text() for path in (ROOT / "Makefile", *(ROOT / "make").glob("*.mk")))
    targets = set(re.findall(r"^([a-z-]+):", makefiles, re.MULTILINE))
    said = [line for block in blocks(page) for line in block.text.splitlines()]
    said += re.findall(r"`([^`\n]+)`", page.read_text())
    typed = [re.match(r"(?:eval \"\$\()?make((?: [a-z-]+)+)(?![=\w])", line) for line in said]
    named = {target for words in typed if words for target in words[1].split()}
    assert named <= targets


PRINTED = "NAME   READY   AGE\nqwen   1/1     4m12s   registry/a:1\n"


@pytest.mark.parametrize(
    ("shown", "seen"),
    [
        pytest.param(("NAME READY AGE", "qwen 1/1 5s ..."), True, id="any-age-any-width"),
        pytest.param(("... 4m registry/a:1",), True, id="dots"),
        pytest.param(("NAME ... READY ... AGE ...",), True, id="dots-for-nothing"),
        pytest.param(("qwen 1/2 5s ...",), False, id="another-number"),
        pytest.param(("qwen 1/1 5s",), False, id="half-a-line"),
        pytest.param(("qwen ...", "NAME READY AGE"), False, id="another-order"),
    ],
)
def test_shown_output_is_compared_with_what_is_printed(shown: tuple[str, ...], seen: bool) -> None:
    assert shows(PRINTED, shown) is seen
