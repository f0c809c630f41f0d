"""A forecast as people read it: what it comes to, each field that differs, then what to look after."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from modelservice.cli.plan.differences import Difference
from modelservice.cli.plan.forecast import Forecast, Outcome
from modelservice.cli.plan.judge import Change, Does
from modelservice.cli.plan.remark import Severity
from modelservice.cli.plan.restarts import Restart
from modelservice.cli.terminal import Style, painted
from modelservice.control.plan import CONTENT_NAMED

SIGNS = {Does.CREATE: ("+", Style.GOOD), Does.CHANGE: ("~", Style.WAITING), Does.DELETE: ("-", Style.BAD)}
STYLES = {Severity.ERROR: Style.BAD, Severity.WARNING: Style.WAITING, Severity.NOTE: Style.FAINT}
LONGEST = 100


def written(found: Forecast) -> str:
    """One service."""
    return "".join(f"{line}\n" for line in _lines(found))


def _lines(found: Forecast) -> Iterator[str]:
    yield f"{painted(found.name, Style.STRONG)}: {_summary(found)}"
    if found.new and found.outcome is not Outcome.REFUSED:
        yield f"  {painted('+', Style.GOOD)} ModelService {found.name}"
    elif found.fields:
        yield f"  {painted('~', Style.WAITING)} ModelService {found.name}"
        yield from _fields(found.fields)
    for change in _shown(found):
        sign, style = SIGNS[change.does]
        yield f"  {painted(sign, style)} {change.kind} {change.name}"
        yield from _fields(change.fields)
    for remark in found.remarks:
        reason = f" ({remark.reason})" if remark.reason else ""
        yield f"{painted(remark.severity, STYLES[remark.severity])}: {remark.message.rstrip('.')}{reason}"


def _shown(found: Forecast) -> tuple[Change, ...]:
    """All changes; of a spec that is refused, those that would take place and that somebody would notice."""
    if found.outcome is not Outcome.REFUSED:
        return found.changes
    if not found.allowed:
        return ()
    return tuple(change for change in found.changes if change.kind not in CONTENT_NAMED)


def _summary(found: Forecast) -> str:
    match found.outcome:
        case Outcome.REFUSED:
            rest = "this alone would change:" if _shown(found) else "nothing that runs would change"
            return f"it would be refused, and {rest}"
        case Outcome.NOTHING:
            return "nothing would change"
    if found.new:
        return "it would be made anew"
    return f"it would change; {_restart(found.restart)}"


def _restart(found: Restart | None) -> str:
    if found is None:
        return "no pod restarts"
    pods = "its pod restarts" if found.pods == 1 else f"its {found.pods} pods restart"
    if found.down == found.pods:
        return f"{pods}, and nothing answers meanwhile"
    if not found.down:
        return f"{pods}, {found.more} at a time, each once its successor answers"
    return f"{pods}, {max(found.down, found.more)} at a time; at most {found.down} missing meanwhile"


def _fields(fields: tuple[Difference, ...]) -> Iterator[str]:
    for one in fields:
        yield f"      {one.field}: {_value(one.before)} -> {_value(one.after)}"


def _value(value: Any) -> str:
    if value is None:
        return "none"
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 3]}..."
