"""Prints the option table of TGI's launcher, read from its Rust source, where clap has it from.

python make/tgi_table.py 3.3.7 < launcher/src/main.rs > operator/modelservice/engines/data/tgi-3.3.7.json
"""

import re
import sys
from collections.abc import Iterator

from option_file import text

SOURCE = "launcher/src/main.rs"
FIELD = re.compile(r"#\[clap\((?P<says>[^\]]*)\)\]\s+(?P<name>\w+): (?P<type>[\w<>]+),")
ENUM = re.compile(r"#\[derive\([^\]]*ValueEnum[^\]]*\)\]\s+(?:#\[[^\]]*\]\s+)*(?:pub )?enum (\w+) \{(.*?)\n\}", re.S)
VARIANT = re.compile(r'(?:#\[clap\(name = "(?P<named>[^"]+)"\)\]\s+)?^    (?P<name>[A-Z]\w*),', re.M)
HOLDS = {"usize": "integer", "u16": "integer", "u32": "integer", "u64": "integer", "f32": "number", "String": "text"}
CLAPS_OWN = ({"names": ["--help", "-h"], "kind": "flag"}, {"names": ["--version", "-V"], "kind": "flag"})


def table(version: str, source: str) -> str:
    """The file's text."""
    return text("tgi", version, "clap", [*rows(source), *CLAPS_OWN])


def rows(source: str) -> Iterator[dict[str, object]]:
    """One for each field of `struct Args`. Of a short name that two fields have, the first has it."""
    body = source.partition("\nstruct Args {")[2].partition("\n}")[0]
    choices = {name: [variant(found) for found in VARIANT.finditer(inside)] for name, inside in ENUM.findall(source)}
    taken: set[str] = set()
    for field in FIELD.finditer(body):
        names = [f"--{field['name'].replace('_', '-')}"]
        short = f"-{field['name'][0]}"
        if re.search(r"\bshort\b", field["says"]) and short not in taken:
            names.append(short)
            taken.add(short)
        yield {"names": names, **kind(field["type"], "value_delimiter" in field["says"], choices)}


def kind(written: str, delimited: bool, choices: dict[str, list[str]]) -> dict[str, object]:
    """What follows the option. `Option<bool>` wants its value said; a list with a delimiter is one word."""
    if written == "bool":
        return {"kind": "flag"}
    many, inner = written.startswith(("Vec<", "Option<Vec<")), re.sub(r"^(Option<|Vec<)+|>+$", "", written)
    if inner == "bool":
        return {"kind": "value", "holds": "text", "choices": ["true", "false"]}
    if inner in choices:
        return {"kind": "value", "holds": "text", "choices": choices[inner]}
    if many and delimited:
        return {"kind": "value", "holds": "text"}
    return {"kind": "append" if many else "value", "holds": HOLDS[inner]}


def variant(found: re.Match[str]) -> str:
    """clap writes `BitsandbytesNf4` as `bitsandbytes-nf4`."""
    return found["named"] or re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "-", found["name"]).lower()


if __name__ == "__main__":
    print(table(sys.argv[1], sys.stdin.read()), end="")
