"""Every command of the pages does what the page says, typed top to bottom on a real cluster."""

from __future__ import annotations

from pathlib import Path

import pytest

from docs.pages import ROOT, blocks, name_of, pages
from docs.shell import Clone

INSTALL = ROOT / "docs" / "install.md"
WALKED = [page for page in pages() if page != INSTALL and any(block.runs for block in blocks(page))]


def test_install_page_leads_from_an_empty_cluster_to_an_empty_cluster(empty: Clone) -> None:
    for block in blocks(INSTALL):
        empty.do(block)


@pytest.mark.parametrize("page", WALKED, ids=[name_of(page) for page in WALKED])
def test_page_does_what_it_says(clone: Clone, page: Path) -> None:
    for block in blocks(page):
        clone.do(block)
