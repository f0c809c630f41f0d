"""How far an engine has come on its way to the first answer, read off the progress bars in its log."""

from __future__ import annotations

import re
from collections.abc import Sequence

_BAR = re.compile(r"^(?:\([^)]*\) ?)?(?P<what>[A-Za-z][^%|\n]{2,60}?):?\s+(?P<percent>100|\d{1,2})%")


def step(lines: Sequence[str]) -> tuple[str, int | None]:
    """The last bar that is not full and how far it is, else the log's last line."""
    for line in reversed(lines[-20:]):
        found = _BAR.match(line)
        if found and found["percent"] != "100":
            return found["what"].strip(), int(found["percent"])
    return (lines[-1] if lines else ""), None
