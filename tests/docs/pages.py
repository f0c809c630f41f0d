"""The pages that people read, taken apart into blocks and links, so that tests can run what they say.

A block's language and what follows it on the same line tell what it is:

| block | is |
|---|---|
| `yaml` | whole Kubernetes manifests; a first line `# name.yaml` is a file of that name for the commands that follow |
| `yaml refused` | the same, of a ModelService that the operator refuses |
| `yaml values` | values of the chart, with such a first line too |
| `sh` | commands; each must succeed |
| `console` | `$ command` and what it prints: `...` is anything, and an age is any age |
| `python` | a program; tests/local runs it |
| `sh examples` | what commands of ours are shown with; `examples.py` tells which test types it |
| `sh not-run: WHY` | commands that no test can run; the page says so in its source and test_pages.py counts them |
| no language | a picture or a table, no command |
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lab.documents import documents

ROOT = Path(__file__).parents[2]
EXAMPLES = sorted((ROOT / "examples").rglob("*.yaml"))
MODEL_SERVICE = "ModelService"

_FENCE = re.compile(r"^```(?P<info>[^\n`]*)\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL)
_FILE = re.compile(r"# (?P<name>[-a-z0-9]+\.yaml)\n")
_LINK = re.compile(r"\[[^]]*\]\((?P<target>[^)\s]+)\)")
_HEADING = re.compile(r"^(#+) (.+)$", re.MULTILINE)
_NOT_RUN = "not-run: "


@dataclass(frozen=True, slots=True)
class Block:
    """One fenced block and where it stands."""

    page: str
    line: int
    info: str
    text: str

    @property
    def place(self) -> str:
        return f"{self.page}:{self.line}"

    @property
    def language(self) -> str:
        return self.info.partition(" ")[0]

    @property
    def note(self) -> str:
        return self.info.partition(" ")[2]

    @property
    def not_run(self) -> str:
        """Why no test can run it; empty for all others."""
        return self.note.removeprefix(_NOT_RUN) if self.note.startswith(_NOT_RUN) else ""

    @property
    def runs(self) -> bool:
        return self.language in ("sh", "console") and not self.note

    @property
    def file(self) -> str:
        """The file that a reader is to save it as, if any."""
        named = _FILE.match(self.text)
        return named["name"] if named and self.language == "yaml" else ""

    @property
    def holds_values(self) -> bool:
        return self.info == "yaml values"

    @property
    def refused(self) -> bool:
        """Whether the page shows it as an example of what does not work."""
        return self.info == "yaml refused"

    @property
    def manifests(self) -> list[dict[str, Any]]:
        if self.language != "yaml" or self.holds_values:
            return []
        return documents(self.text)


def pages() -> list[Path]:
    """What users read."""
    others = [ROOT / "examples/README.md", ROOT / "charts/modelservice-operator/README.md"]
    return [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md")), *others]


def blocks(page: Path) -> list[Block]:
    text = page.read_text()
    return [
        Block(name_of(page), text.count("\n", 0, found.start()) + 1, found["info"].strip(), found["text"])
        for found in _FENCE.finditer(text)
    ]


def all_blocks() -> list[Block]:
    return [block for page in pages() for block in blocks(page)]


def name_of(page: Path) -> str:
    return str(page.relative_to(ROOT))


def links(page: Path) -> Iterator[tuple[str, str]]:
    """File and anchor of each link that stays in the project, as written."""
    for found in _LINK.finditer(_FENCE.sub("", page.read_text())):
        target = found["target"]
        if "://" not in target and not target.startswith("mailto:"):
            file, _, anchor = target.partition("#")
            yield file, anchor


def anchors(page: Path) -> set[str]:
    """What a link may name within the page: its headings as GitHub spells them."""
    return {_anchor(text) for _, text in _headings(page)}


def chapters(page: Path) -> set[str]:
    """The same, of its second level alone."""
    return {_anchor(text) for level, text in _headings(page) if level == "##"}


def _headings(page: Path) -> list[tuple[str, str]]:
    return _HEADING.findall(_FENCE.sub("", page.read_text()))


def _anchor(heading: str) -> str:
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")
