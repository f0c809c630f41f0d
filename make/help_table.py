"""Prints the option table of llama.cpp's server, read from what the server itself says of its options.

llama-server --help | python make/help_table.py 0.7.0 > operator/modelservice/engines/data/llamacpp-0.7.0.json
"""

import re
import sys
from collections.abc import Iterator

from option_file import text

NAMES = re.compile(r"(?:-[^\s,]+(?:,\s+|\s|$))+")
HEADING = "-----"
REMOVED = "the argument has been removed"
SWITCH = {"on": ("true", "enabled", "1"), "off": ("false", "disabled", "0"), "auto": ("-1",)}
"""The server's other words for `[on|off|auto]` (is_truthy and its like in common/arg.cpp)."""
NO_NUMBER = ("'auto'", "'all'")


def table(version: str, printed: str) -> str:
    """The file's text."""
    rows = [option(*entry) for entry in entries(printed) if not entry[2].startswith(REMOVED)]
    return text("llamacpp", version, "literal", rows)


def entries(printed: str) -> Iterator[tuple[list[str], str, str]]:
    """Names, what a value is called, and all that is said of it; an entry begins where a line begins with a dash.

    The value's name stands one space after the names; what is said stands further away.
    """
    for block in re.split(r"\n(?=-)", printed):
        names = NAMES.match(block)
        if names is None or names[0].startswith(HEADING):
            continue
        rest = re.sub(r"\s{2,}", "  ", block[names.end() :])
        value, _, said = ("", "", rest) if rest[:1].isspace() else rest.partition("  ")
        yield re.findall(r"-[^\s,]+", names[0]), value.strip(), re.sub(r"\s+", " ", said).strip()


def option(names: list[str], value: str, said: str) -> dict[str, object]:
    """One row: names, kind, what a value holds, and the choices."""
    row: dict[str, object] = {"names": sorted(names, key=lambda name: not name.startswith("--"))}
    if not value:
        negative = {name.startswith(("--no-", "-no-")) for name in names if name.startswith("--")}
        return {**row, "kind": "boolean" if len(negative) == 2 else "flag"}
    row["kind"] = "pair" if value == "START END" else "value"
    row["holds"] = "number" if value == "N" and not any(word in said for word in NO_NUMBER) else "text"
    found = choices(value, said)
    return {**row, "choices": found} if found else row


def choices(value: str, said: str) -> list[str]:
    if re.fullmatch(r"\[\w+(\|\w+)+\]", value):
        words = value[1:-1].split("|")
        return words + [other for word in words for other in SWITCH[word]]
    if re.fullmatch(r"\{\w+(,\w+)+\}", value):
        return value[1:-1].split(",")
    if value == "<0|1>":
        return ["0", "1"]
    allowed = re.search(r"allowed values: (\w+(?:, \w+)*)", said)
    return allowed[1].split(", ") if allowed else []


if __name__ == "__main__":
    print(table(sys.argv[1], sys.stdin.read()), end="")
