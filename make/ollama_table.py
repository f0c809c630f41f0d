"""Prints the variables of Ollama's server, read from its Go source: `ollama serve` has no options.

python make/ollama_table.py FOLDER 0.17.4 > operator/modelservice/engines/data/ollama-0.17.4.json
"""

import re
import sys
from collections.abc import Iterator
from pathlib import Path

from option_file import text

READ = re.compile(r'\b(?P<reader>[A-Z]\w*)\("(?P<name>OLLAMA_[A-Z_]+)"')
NUMBERS = ("Uint", "Uint64")


def table(folder: Path, version: str) -> str:
    """The file's text."""
    return text("ollama", version, "environment", rows(folder))


def rows(folder: Path) -> Iterator[dict[str, object]]:
    """Each variable once, with how it is read. What only a part of the program or a test reads is text."""
    found: dict[str, str] = {}
    sources = (file for file in sorted(folder.rglob("*.go")) if not file.name.endswith("_test.go"))
    for file in (folder / "envconfig" / "config.go", *sources):
        for read in READ.finditer(file.read_text()):
            found.setdefault(read["name"], read["reader"])
    for name, reader in sorted(found.items()):
        yield {"names": [name], "kind": "value", "holds": "integer" if reader in NUMBERS else "text"}


if __name__ == "__main__":
    print(table(Path(sys.argv[1]), sys.argv[2]), end="")
