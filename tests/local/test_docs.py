"""The programs of the pages, the notebook and the examples of `run` do what they show."""

from __future__ import annotations

import json
import subprocess
import sys
import urllib.request
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

from docs.examples import Place, lay_files, typed
from docs.pages import ROOT, Block, all_blocks
from docs.shell import STOPPED, Terminal, first_line
from lab import models
from lab.hub import Hub
from modelservice.cli.registry import Example

PROGRAMS = [block for block in all_blocks() if block.language == "python"]


@pytest.mark.parametrize("block", PROGRAMS, ids=[block.place for block in PROGRAMS])
def test_program_of_a_page_runs(block: Block) -> None:
    done = subprocess.run([sys.executable, "-c", block.text], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip()


@pytest.mark.usefixtures("llama_server")
@pytest.mark.parametrize("example", typed(Place.ENGINES), ids=lambda example: example.line)
def test_example_of_run_serves_until_it_is_stopped(tmp_path: Path, example: Example) -> None:
    terminal = Terminal(tmp_path)
    lay_files(terminal.folder)
    with Hub() as hub:
        hub.add("Qwen/Qwen2.5-0.5B-Instruct-GGUF", models.tiny_gguf())
        terminal.environment |= {"HF_ENDPOINT": hub.url, "HOME": str(tmp_path)}
        with (tmp_path / "log").open("w") as log, terminal.going_on(example.line, stderr=log) as process:
            url = first_line(process).strip()
            assert url.startswith("http://127.0.0.1:"), (tmp_path / "log").read_text()
            assert json.load(urllib.request.urlopen(f"{url}/models"))["data"]
    assert process.returncode in STOPPED


def test_notebook_runs_and_shows_its_progress_in_the_cell() -> None:
    notebook = nbformat.read(ROOT / "examples" / "sdk.ipynb", as_version=4)
    seen: list[str] = []

    def note(cell: nbformat.NotebookNode, cell_index: int, execute_reply: object) -> None:  # noqa: ARG001
        seen.extend(output.get("text", "") for output in cell.outputs)

    NotebookClient(notebook, timeout=120, kernel_name="python3", on_cell_executed=note).execute()
    whole = "".join(seen)
    assert "running http://127.0.0.1:" in whole
    assert "Say this is a test." in whole
    assert whole.endswith("stopped\n")
    first = next(cell for cell in notebook.cells if cell.cell_type == "code")
    assert [output.output_type for output in first.outputs] == ["display_data"]
