"""What a notebook shows of results, in a real kernel of Jupyter, started once."""

from __future__ import annotations

from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

from tests.conftest import environment

CELLS = {
    "import cnnkit, numpy": "",
    "cnnkit.shape('28x28 conv3-8 maxpool2')": '<th style="text-align:left">maxpool2</th><td>14x14x8</td>',
    "cnnkit.plan(numpy.zeros((20, 30), 'u1'), 'edge')": '<th style="text-align:left">algorithm</th>',
}
"""Cells, and a part of what is shown below each."""


@pytest.mark.filterwarnings("default")  # Jupyter's own
def test_results_show_themselves(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONPATH", environment()["PYTHONPATH"])
    for name in ("IPYTHONDIR", "JUPYTER_RUNTIME_DIR", "JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR"):
        monkeypatch.setenv(name, str(tmp_path))
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in CELLS])
    NotebookClient(notebook, timeout=60, kernel_name="python3").execute()
    for cell, part in zip(notebook.cells, CELLS.values(), strict=True):
        shown = [output["data"] for output in cell["outputs"]]
        assert [part in data["text/html"] for data in shown] == [True] * bool(part), cell["source"]
        assert all(data["text/plain"] for data in shown)  # for what shows no HTML
