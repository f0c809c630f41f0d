"""`modelservice crd`: the CustomResourceDefinition, for installing and for editors."""

from __future__ import annotations

import argparse

from modelservice.api.crd import crd
from modelservice.cli.output import as_yaml
from modelservice.cli.registry import Example

EXAMPLES = (Example("modelservice crd", "the CustomResourceDefinition, for installing and for editors"),)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """No options."""
    del parser


def run(arguments: argparse.Namespace) -> int:
    del arguments
    print(as_yaml([crd()]), end="")
    return 0
