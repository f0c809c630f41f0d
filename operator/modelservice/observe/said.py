"""Where a user said an engine's option: the field that a message has to name."""

from __future__ import annotations

from collections.abc import Mapping

from pydantic.alias_generators import to_camel

from modelservice.api.spec import ModelServiceSpec


def said(option: str, spec: ModelServiceSpec, fields: Mapping[str, str]) -> str:
    """The field that won: `args` before `options` before `serving`; the best place for it when nobody said it."""
    wanted = _plain(option)
    for arg in spec.engine.args:
        if arg.startswith("--") and _means(_plain(arg.split("=", 1)[0]), wanted):
            return f"engine.args (--{wanted})"
    for key in spec.engine.options:
        if _plain(key) == wanted:
            return f"engine.options.{key}"
    return f"serving.{to_camel(fields[wanted])}" if wanted in fields else f"engine.options.{wanted}"


def _plain(option: str) -> str:
    return option.lstrip("-").replace("_", "-").removeprefix("no-")


def _means(given: str, wanted: str) -> bool:
    """Engines that parse with argparse take abbreviations."""
    return given == wanted or (len(given) > 3 and wanted.startswith(given))
