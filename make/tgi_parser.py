"""TGI's own parser of its command line: what the launcher's source tells clap, compiled with the clap of its lock file.

The launcher as a whole wants the Python and the CUDA of its image; what it reads its options with does not.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

LOCKED = re.compile(r'name = "clap"\nversion = "(4[\d.]+)"')
CARGO = """
[package]
name = "tgi-parser"
version = "0.1.0"
edition = "2021"
[dependencies]
clap = {{ version = "={clap}", features = ["derive", "env"] }}
serde = {{ version = "1", features = ["derive"] }}
[workspace]
[profile.dev]
debug-assertions = false
"""
"""As released, clap takes it that two of the options have the same short name."""
PROGRAM = """#![allow(dead_code)]
use clap::{{Parser, ValueEnum}};
use serde::Deserialize;
{definition}
fn main() {{
    Args::parse();
}}
"""
NAME = re.compile(r"^ +(?:-\w, )?(--[\w-]+)", re.M)


def built(source: str, lock: str, folder: Path, run: Callable[..., str]) -> Path:
    """A program that takes what the launcher takes, and refuses what it refuses."""
    found = LOCKED.search(lock)
    assert found, "TGI's lock file names no clap"
    (folder / "src").mkdir(parents=True, exist_ok=True)
    (folder / "Cargo.toml").write_text(CARGO.format(clap=found[1]))
    (folder / "src" / "main.rs").write_text(PROGRAM.format(definition=definition(source)))
    run("cargo", "build", "--quiet", "--manifest-path", folder / "Cargo.toml")
    return folder / "target" / "debug" / "tgi-parser"


def definition(source: str) -> str:
    """`struct Args` and the types of its fields, which stand in one piece before it."""
    first = source.index("#[derive", source.index("ValueEnum, Deserialize)]") - 40)
    return source[first : source.index("\n}", source.index("\nstruct Args {")) + 2]


def names(printed: str) -> set[str]:
    """The options of which its help tells."""
    return set(NAME.findall(printed))
