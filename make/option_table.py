"""Prints the option table of an engine, read from the parser of the engine in this Python's environment.

That parser must also take each command line on standard input, a JSON list of words a line.
`make engines-catalogue ENGINE=vllm` makes that environment and keeps what is printed.
"""

import argparse
import inspect
import json
import sys
from collections.abc import Iterable
from importlib import import_module
from typing import Any

from option_file import text

HOLDS = {
    "int": "integer",
    "float": "number",
    "str": "text",
    "loads": "json",
    "parse_dataclass": "json-object",
    "union_dict_and_str": "json-or-text",
    "human_readable_int": "size",
    # SGLang's own of that name takes `1Ki` and no `1K`.
    "sglang.srt.utils.common.human_readable_int": "text",
    "json_list_type": "json",
    "nullable_str": "text",
    "parse_cuda_graph_backend_arg": "text",
    "parse_cuda_graph_config_arg": "text",
    "human_readable_int_or_auto": "size-or-auto",
}
KINDS = {None: "value", "+": "list", "*": "list", "?": "optional"}


def vllm() -> tuple[argparse.ArgumentParser, str, str]:
    """`vllm serve`. Its parser bends Python's: `flexible`."""
    flexible = import_module("vllm.utils.argparse_utils").FlexibleArgumentParser
    parser = import_module("vllm.entrypoints.launchers.cli_args").make_arg_parser(flexible(prog="vllm serve"))
    return parser, import_module("vllm").__version__.partition("+")[0], "flexible"


def mock() -> tuple[argparse.ArgumentParser, str, str]:
    return import_module("mock_server.knobs").parser(), import_module("mock_server").VERSION, "argparse"


def sglang() -> tuple[argparse.ArgumentParser, str, str]:
    """Its wheel is enough, with torch and what else its imports ask for; no GPU is needed."""
    parser = argparse.ArgumentParser()
    import_module("sglang.srt.server_args").ServerArgs.add_cli_args(parser)
    return parser, import_module("importlib.metadata").version("sglang"), "argparse"


def aphrodite() -> tuple[argparse.ArgumentParser, str, str]:
    """`aphrodite serve`, a descendant of vLLM's."""
    flexible = import_module("aphrodite.utils.argparse_utils").FlexibleArgumentParser
    parser = import_module("aphrodite.entrypoints.launchers.cli_args").make_arg_parser(flexible(prog="aphrodite serve"))
    return parser, import_module("importlib.metadata").version("aphrodite-engine"), "flexible"


BY_PLUGINS = ("bitsandbytes", "gguf")
"""Methods that vLLM's own project has moved into plugins, which an image may hold."""


def quantizations(engine: str) -> dict[str, object]:
    """What vLLM and its descendant know: their parsers take any word, and their servers end at one that is none."""
    methods = import_module(f"{engine}.model_executor.layers.quantization").QUANTIZATION_METHODS
    return {"choices": sorted({*methods, *BY_PLUGINS}), "lowered": True}


def tool_parsers(engine: str) -> dict[str, object]:
    known = import_module(f"{engine}.tool_parsers").ToolParserManager.list_registered()
    return {"choices": sorted(known), "unless": "--tool-parser-plugin"}


def reasoning_parsers(engine: str) -> dict[str, object]:
    known = import_module(f"{engine}.reasoning").ReasoningParserManager.list_registered()
    return {"choices": sorted(known), "unless": "--reasoning-parser-plugin"}


CLOSED = {
    "--quantization": quantizations,
    "--tool-call-parser": tool_parsers,
    "--reasoning-parser": reasoning_parsers,
}
"""Options of vLLM and its descendant whose choices the parser leaves to what comes after it."""
ENGINES = {"vllm": vllm, "sglang": sglang, "aphrodite": aphrodite, "mock": mock}


def table(engine: str, lines: Iterable[list[str]]) -> str:
    """The file's text. A line that the parser does not take ends the program with what the parser says."""
    if engine == "infinity":
        version = import_module("importlib.metadata").version("infinity-emb")
        for words in lines:
            infinity().make_context("v2", words)
        return text(engine, version, "click", [click_option(parameter) for parameter in infinity_options()])
    parser, version, dialect = ENGINES[engine]()
    for words in lines:
        parser.parse_args(words)
    rows = [option(action) for action in parser._actions if action.option_strings]
    return text(engine, version, dialect, [closed(engine, row) for row in rows])


def closed(engine: str, row: dict[str, Any]) -> dict[str, Any]:
    choices = CLOSED.get(row["names"][0]) if engine in ("vllm", "aphrodite") else None
    return {**row, **choices(engine)} if choices else row


def infinity() -> Any:
    """`infinity_emb v2`, which typer builds on click."""
    return import_module("typer.main").get_command(import_module("infinity_emb.cli").tp).commands["v2"]


def infinity_options() -> list[Any]:
    command = infinity()
    return command.get_params(import_module("click").Context(command))


def click_option(parameter: Any) -> dict[str, object]:
    """One row. Options that may be said again stand for further models: with one model each has one value."""
    row: dict[str, object] = {"names": [*parameter.opts, *parameter.secondary_opts]}
    if parameter.is_flag:
        return {**row, "kind": "boolean" if parameter.secondary_opts else "flag"}
    choices = getattr(parameter.type, "choices", None)
    holds = {"integer": "integer", "float": "number"}.get(parameter.type.name, "text")
    return {**row, "kind": "value", "holds": holds, **({"choices": list(choices)} if choices else {})}


def option(action: argparse.Action) -> dict[str, object]:
    """One row: names, kind, what a value holds, the choices, and whether an empty value or `None` is one."""
    row: dict[str, object] = {"names": sorted(action.option_strings, key=lambda name: not name.startswith("--"))}
    row["kind"] = kind(action)
    if row["kind"] in ("flag", "boolean"):
        return row
    convert = action.type
    if getattr(convert, "__name__", "") == "_optional_type":
        row["none"] = True
        convert = inner(convert)
    if getattr(convert, "__name__", "") == "_parse_type":
        convert = inner(convert)
    name = getattr(convert, "__name__", "str")
    if name == "<lambda>":
        name = "str"
        row["folded"] = action.choices is not None
    row["holds"] = HOLDS.get(f"{getattr(convert, '__module__', '')}.{name}") or HOLDS[name]
    if action.choices:
        found = [str(choice) for choice in action.choices if choice is not None]
        row["choices"] = sorted(found) if isinstance(action.choices, set) else found
    return row


def kind(action: argparse.Action) -> str:
    if isinstance(action, argparse.BooleanOptionalAction):
        return "boolean"
    if isinstance(action, argparse._AppendAction):
        return "append"
    return "flag" if action.nargs == 0 else KINDS[action.nargs]


def inner(convert: object) -> object:
    """vLLM wraps the type that converts a value."""
    return inspect.getclosurevars(convert).nonlocals["return_type"]


if __name__ == "__main__":
    print(table(sys.argv[1], map(json.loads, sys.stdin)), end="")
