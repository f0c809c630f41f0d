"""Whether a word is a value that an option takes."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping

from modelservice.engines.options import Holds, Option

_SIZE = re.compile(r"\s*(?:[-+]?\d[\d_]*|\d+(?:\.\d+)?[kmgt]|\d+[KMGT])\s*")
_SIZE_IN_JSON = re.compile(r"\b(\d+(?:\.\d+)?[kmgt]|\d+[KMGT])\b")
_QUOTED = re.compile(r'("(?:[^"\\]|\\.)*")')


def problem_of(option: Option, value: str) -> str | None:
    """What is wrong with this value; None when nothing is."""
    if option.none and value in ("", "None"):
        return None
    if option.choices and _as_read(option, value) not in option.choices:
        return f"is one of {', '.join(option.choices)}, and `{value}` is given"
    if _TESTS[option.holds](value):
        return None
    return f"takes {_NAMES[option.holds]}, and `{value}` is given"


def _as_read(option: Option, value: str) -> str:
    read = value.lower() if option.lowered or option.folded else value
    return read.replace("-", "_") if option.folded else read


def _is_number(convert: Callable[[str], object]) -> Callable[[str], bool]:
    def test(value: str) -> bool:
        try:
            convert(value)
        except ValueError:
            return False
        return True

    return test


def _is_size(value: str) -> bool:
    return bool(_SIZE.fullmatch(value))


_is_json = _is_number(json.loads)


def _is_json_object(value: str) -> bool:
    """Sizes such as `80m` may stand for numbers, outside of quotes."""
    parts = _QUOTED.split(value)
    parts[::2] = [_SIZE_IN_JSON.sub("0", part) for part in parts[::2]]
    return value.lstrip().startswith("{") and _is_json("".join(parts))


def _is_json_or_text(value: str) -> bool:
    text = value.strip()
    return not (text.startswith("{") and text.endswith("}")) or _is_json(value)


_TESTS: Mapping[Holds, Callable[[str], bool]] = {
    Holds.TEXT: lambda _: True,
    Holds.INTEGER: _is_number(int),
    Holds.NUMBER: _is_number(float),
    Holds.SIZE: _is_size,
    Holds.SIZE_OR_AUTO: lambda value: _is_size(value) or value.strip().lower() == "auto",
    Holds.JSON: _is_json,
    Holds.JSON_OBJECT: _is_json_object,
    Holds.JSON_OR_TEXT: _is_json_or_text,
}
_NAMES: Mapping[Holds, str] = {
    Holds.TEXT: "text",
    Holds.INTEGER: "a whole number",
    Holds.NUMBER: "a number",
    Holds.SIZE: "a whole number or a size such as `8k`",
    Holds.SIZE_OR_AUTO: "a whole number, a size such as `8k`, or `auto`",
    Holds.JSON: "JSON",
    Holds.JSON_OBJECT: "a JSON object",
    Holds.JSON_OR_TEXT: "JSON or text",
}
