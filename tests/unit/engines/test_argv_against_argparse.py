"""Python's argparse is the judge: what it refuses has a mistake for us, and what it takes has none."""

from __future__ import annotations

import argparse
from typing import Any, NoReturn

from hypothesis import assume, given
from hypothesis import strategies as st

from modelservice.engines.argv import read
from modelservice.engines.options import Dialect, Kind, OptionTable, table_of
from modelservice.engines.said import Reading
from property.budget import tries

VLLM, _ = table_of("vllm", (0, 32, 0))
# What only vLLM's own parser does is tested by cases; the rest is plain argparse.
PLAIN = OptionTable("vllm", VLLM.version, Dialect.ARGPARSE, VLLM.by_name, {})
NAMES = sorted(set(PLAIN.by_name) - {"--help", "-h"})
WORDS = ["1", "-1", "0.5", "half", "a b", "-", "", "8k", "x=y", "-x y", "auto"]
NARGS = {Kind.LIST: "+", Kind.OPTIONAL: "?"}


class Refused(Exception):
    """argparse has found a mistake."""


class Judge(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise Refused(message)


def judge() -> Judge:
    """argparse with the same options; what a value may be is not its matter here."""
    made = Judge(add_help=False)
    for option in {id(option): option for option in PLAIN.by_name.values()}.values():
        if option.name == "--help":
            continue
        more: dict[str, Any] = {"dest": option.name}
        if option.kind in (Kind.FLAG, Kind.BOOLEAN):
            more["action"] = "store_true"
        else:
            more["nargs"] = NARGS.get(option.kind)
            more["action"] = "append" if option.kind is Kind.APPEND else "store"
        made.add_argument(*option.names, **more)
    return made


JUDGE = judge()


def shortened(name: str, length: int) -> str:
    return name[: max(2, length)]


names = st.one_of(
    st.sampled_from(NAMES),
    st.builds(shortened, st.sampled_from(NAMES), st.integers(3, 25)),
    st.sampled_from(["--nothing-like-it", "-z"]),
)
options = st.one_of(
    names.map(lambda name: [name]),
    st.builds(lambda name, value: [f"{name}={value}"], names, st.sampled_from(WORDS)),
    st.builds(lambda name, values: [name, *values], names, st.lists(st.sampled_from(WORDS), max_size=3)),
)
lines = st.lists(options, max_size=3).map(lambda groups: [word for group in groups for word in group])


def is_mistaken(reading: Reading) -> bool:
    shape = ("needs a value", "takes no value", "may mean")
    wrong = [one for one in reading.said if one.option is None or one.problem.startswith(shape)]
    return bool(wrong or reading.stray)


@tries(1500)
@given(lines)
def test_reader_refuses_what_argparse_refuses(words: list[str]) -> None:
    assume(not any(word.startswith(("-h", "--h")) for word in words))  # help ends the process
    try:
        JUDGE.parse_args(words)
        refusal = ""
    except Refused as refused:
        refusal = str(refused)
    assert is_mistaken(read(words, PLAIN)) == bool(refusal), refusal
