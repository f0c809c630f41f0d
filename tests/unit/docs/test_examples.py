"""Readers find every example by the page of examples."""

from docs.pages import ROOT, links

FOLDER = ROOT / "examples"
PAGE = FOLDER / "README.md"


def test_every_example_is_on_the_page_of_examples() -> None:
    named = {(FOLDER / file).resolve() for file, _ in links(PAGE)}
    assert {path for path in FOLDER.rglob("*.*") if path.is_file() and path != PAGE} <= named
