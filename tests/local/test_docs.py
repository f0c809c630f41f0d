"""The programs of the pages and the notebook do what they show."""

from __future__ import annotations

import subprocess
import sys

import nbformat
import pytest
from nbclient import NotebookClient

from docs.pages import ROOT, Block, all_blocks

PROGRAMS = [block for block in all_blocks() if block.language == "python"]


@pytest.mark.parametrize("block", PROGRAMS, ids=[block.place for block in PROGRAMS])
def test_program_of_a_page_runs(block: Block) -> None:
    done = subprocess.run([sys.executable, "-c", block.text], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip()


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
