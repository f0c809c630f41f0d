"""Asks the CRD's CEL rules without an API server, by the evaluator of the extra `modelservice[validate]`.

Two functions are Kubernetes' own additions to CEL and are given here: quantities, and `split` of a text.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from decimal import Decimal
from functools import cache
from importlib import import_module
from importlib.machinery import PathFinder
from importlib.util import find_spec, module_from_spec
from typing import Any

EXTENSION = "cel.cel"
HINT = "pip install 'modelservice[validate]'"

_FACTORS = {
    "": Decimal(1),
    "m": Decimal("0.001"),
    **{suffix: Decimal(1000) ** power for power, suffix in enumerate(("k", "M", "G", "T", "P", "E"), 1)},
    **{f"{suffix}i": Decimal(1024) ** power for power, suffix in enumerate(("K", "M", "G", "T", "P", "E"), 1)},
}


def installed() -> bool:
    """Whether there is an evaluator; without one no rule is ever broken, and whoever asks says so."""
    return find_spec("cel") is not None


def broken(rule: str, value: Any) -> bool:
    """Whether the rule is false of `self`. A rule that cannot be evaluated is the server's to judge."""
    if not installed():
        return False
    context = _evaluator().Context()
    for name, function in _FUNCTIONS.items():
        context.add_function(name, function)
    context.add_variable("self", value)
    return _program(rule).execute(context) is False


@cache
def _program(rule: str) -> Any:
    return _evaluator().compile(rule)


@cache
def _evaluator() -> Any:
    """The extension alone: its package imports a command line of its own, which takes longer than all of ours."""
    package = find_spec("cel")
    assert package is not None
    found = PathFinder.find_spec(EXTENSION, package.submodule_search_locations)
    if EXTENSION in sys.modules or found is None or found.loader is None:
        return import_module("cel")
    sys.modules[EXTENSION] = module_from_spec(found)
    found.loader.exec_module(sys.modules[EXTENSION])
    return sys.modules[EXTENSION]


def _quantity(text: str) -> float:
    """The number that a quantity stands for; its form is held by a pattern."""
    digits = text.rstrip("".join(_FACTORS))
    suffix = text[len(digits) :]
    return float(Decimal(digits) * _FACTORS[suffix]) if suffix in _FACTORS else float(Decimal(text))


_FUNCTIONS: dict[str, Callable[..., Any]] = {
    "quantity": _quantity,
    "isGreaterThan": lambda one, other: one > other,
    "compareTo": lambda one, other: (one > other) - (one < other),
    "split": lambda text, separator: text.split(separator),
}
