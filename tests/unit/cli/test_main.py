"""The command line itself: help, exit codes, errors in one sentence, and what completion offers."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from docs.pages import ROOT
from modelservice.cli.complete import complete
from modelservice.cli.exits import MEANINGS, Exit
from modelservice.cli.main import main
from modelservice.cli.parser import parser_of
from modelservice.cli.registry import COMMANDS, GROUPS, Command

HEAVY = ("pydantic", "aiohttp", "yaml", "asyncio", "argparse")


@pytest.mark.parametrize("command", COMMANDS.values(), ids=COMMANDS)
def test_each_command_has_help_with_examples(command: Command, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="0"):
        main([command.name, "--help"])
    text = capsys.readouterr().out
    assert text.startswith(f"usage: modelservice {command.name}")
    assert "examples:\n" in text
    assert all(example.line in text and example.about for example in command.load().EXAMPLES)


@pytest.mark.parametrize("command", COMMANDS.values(), ids=COMMANDS)
def test_each_argument_of_a_command_is_explained(command: Command) -> None:
    for action in parser_of(command)._actions:
        assert action.help, f"{command.name} {action.dest}"


def test_help_lists_every_command_once(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--help"]) == Exit.DONE
    listed = [line.split()[0] for line in capsys.readouterr().out.splitlines() if line.startswith("  ")]
    assert listed == [command.name for group in GROUPS.values() for command in group]


def test_help_imports_nothing_that_is_slow_to_import() -> None:
    ask = "import sys; from modelservice.cli.main import main; main(['--help']); print(*sys.modules, file=sys.stderr)"
    modules = subprocess.run([sys.executable, "-c", ask], capture_output=True, text=True, check=True).stderr.split()
    assert not set(HEAVY) & set(modules)


def test_no_command_at_all_is_a_usage_error(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([]) == Exit.USAGE
    assert "render" in capsys.readouterr().out


def test_unknown_command_names_the_nearest(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["rendr"]) == Exit.USAGE
    error = capsys.readouterr().err
    assert error.startswith("error: there is no command rendr\n\nhint: did you mean render? ")


def test_wrong_option_is_one_sentence_and_a_next_step(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["render", "a.yaml", "--outptu", "json"]) == Exit.USAGE
    assert capsys.readouterr().err == (
        "error: unrecognized arguments: --outptu json\n\nhint: `modelservice render --help` tells what it takes\n"
    )


def test_kubectl_plugin_speaks_of_kubectl(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(sys, "argv", ["/usr/local/bin/kubectl-msvc"])
    main(["--help"])
    with pytest.raises(SystemExit):
        main(["render", "--help"])
    text = capsys.readouterr().out
    assert "usage: kubectl msvc COMMAND" in text
    assert "kubectl msvc render qwen.yaml" in text
    assert "modelservice " not in text.replace("ModelService", "")


OF_OTHERS = {"aiohttp", "asyncio", "cel.cli", "kopf", "openai", "prometheus_client", "rich", "typer"}


@pytest.mark.parametrize("command", ["render", "validate"])
def test_commands_without_a_cluster_import_nothing_heavy(command: str) -> None:
    words = [command, str(ROOT / "examples" / "one-gpu.yaml")]
    ask = f"import sys; from modelservice.cli.main import main; main({words}); print(*sys.modules, file=sys.stderr)"
    done = subprocess.run([sys.executable, "-c", ask], capture_output=True, text=True)
    assert not OF_OTHERS & set(done.stderr.split())


def test_every_exit_code_has_its_meaning() -> None:
    assert set(MEANINGS) == set(Exit)
    assert [int(code) for code in MEANINGS] == [0, 1, 2, 3, 4, 5, 6, 130]


def test_missing_kubeconfig_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    from modelservice.cli.cluster import credentials
    from modelservice.cli.exits import CommandError

    with pytest.raises(CommandError, match=r"there is no kubeconfig .*gone") as refused:
        credentials(tmp_path / "gone")
    assert refused.value.exit_code == Exit.CLUSTER
    assert capsys.readouterr().err == ""


COMPLETIONS = {
    "commands": (["re"], ["render"]),
    "options": (["render", "--o"], ["--output"]),
    "values of an option": (["render", "-o", ""], ["json", "yaml"]),
    "values of an argument": (["completion", "z"], ["zsh"]),
    "reasons": (["explain", "CrashL"], ["CrashLoop"]),
    "files are the shell's": (["render", "ex"], []),
    "nothing of an unknown command": (["nonsense", ""], []),
}


@pytest.mark.parametrize(("words", "offered"), COMPLETIONS.values(), ids=COMPLETIONS)
def test_completion_offers_what_the_parser_takes(words: list[str], offered: list[str]) -> None:
    assert [offer for offer in complete(words) if offer in offered or not offered] == offered


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_script_asks_the_program(shell: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["completion", shell]) == Exit.DONE
    assert "modelservice __complete" in capsys.readouterr().out


def test_output_that_cannot_be_written_is_one_sentence() -> None:
    """A full disk behind `>`."""
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [sys.executable, "-m", "modelservice", "explain"], stdout=full, stderr=subprocess.PIPE, text=True
        )
    assert (done.returncode, done.stderr) == (1, "error: standard output: No space left on device\n")
