"""Prints the option table of Triton's server, read from what the server itself says of its options.

tritonserver --help 2>&1 | python make/triton_table.py 24.10 > operator/modelservice/engines/data/triton-24.10.json
"""

import re
import sys
from collections.abc import Iterator

from option_file import text

OPTION = re.compile(r"^  (?P<name>--[\w-]+)(?: <(?P<value>.+)>)?\n(?P<says>(?:\t.*\n?)*)", re.M)
HOLDS = {"integer": "integer", "float": "number"}
BOOLEAN = ["true", "false", "on", "off", "1", "0"]
"""What its own ParseOption<bool> reads."""
REPEATED = re.compile(r"multiple times")


def table(version: str, printed: str) -> str:
    """The file's text. getopt reads the line: names may be shortened, and values joined by `=`."""
    return text("triton", version, "argparse", rows(printed))


def rows(printed: str) -> Iterator[dict[str, object]]:
    for option in OPTION.finditer(printed):
        row: dict[str, object] = {"names": [option["name"]]}
        says, value = re.sub(r"\s+", " ", option["says"]), option["value"]
        if value is None:
            yield {**row, "kind": "flag"}
        elif value == "boolean":
            yield {**row, "kind": "value", "holds": "text", "choices": BOOLEAN}
        else:
            many = ("=" in value or REPEATED.search(says)) and "DEPRECATED" not in says
            kind = "append" if many else "value"
            yield {**row, "kind": kind, "holds": HOLDS.get(value, "text")}


if __name__ == "__main__":
    print(table(sys.argv[1], sys.stdin.read()), end="")
