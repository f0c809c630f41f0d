"""The page of reasons is complete both ways, and the words in the STATUS column are those of the code."""

from __future__ import annotations

import re
from pathlib import Path

from modelservice.api.reasons import Reason
from modelservice.api.status import ConditionType
from modelservice.observe.phases import PHASES

PAGE = (Path(__file__).parents[3] / "docs" / "reasons.md").read_text()
ROWS = re.findall(r"^\| `(?P<reason>\w+)` \| (?P<phase>\w*) ?\| (?P<means>[^|]+) \| (?P<do>[^|]*)\|$", PAGE, re.M)


def test_every_reason_is_explained_once():
    assert sorted(reason for reason, *_ in ROWS) == sorted(reason.value for reason in Reason)


def test_every_status_word_is_the_codes():
    shown = {(reason, phase) for reason, phase, *_ in ROWS if phase}
    assert shown == {(reason.value, phase) for phase, reasons in PHASES.items() for reason in reasons}


def test_every_condition_is_explained():
    listed = re.findall(r"^\| `(\w+)` \| [^|]+ \|$", PAGE, re.M)
    assert listed == [kind.value for kind in ConditionType]


def test_every_trouble_says_what_to_do():
    trouble = PAGE.split("## The spec", 1)[1]
    assert not [row for row in re.findall(r"^\| `.*$", trouble, re.M) if row.endswith("| |") and "`NoPods`" not in row]
