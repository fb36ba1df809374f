"""The file of ``--report``: a line of JSON for each input."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

Run = Callable[..., Any]
Start = Callable[..., "subprocess.Popen[str]"]


def test_a_report_has_a_line_for_each_input(run: Run, two: list[str], tmp_path: Path) -> None:
    log = tmp_path / "report.jsonl"
    ran = run("pool", *two, "none.png", "--stride", "3", "--report", log)
    assert ran.code == 1
    first, second, none = map(json.loads, log.read_text().splitlines())
    assert (first["input"], second["input"], none["input"]) == (*two, "none.png")
    (output,) = first["outputs"]
    assert output["action"] == "wrote"
    assert output["shape"] == list(np.asarray(Image.open(output["output"])).shape)
    assert first["settings"]["stride"] == "3"
    assert first["seconds"] > 0
    assert (first["error"], none["outputs"]) == (None, [])
    assert "no such file" in none["error"]["problem"]
    assert run("pool", two[0], "--report", log).code == 0  # it may replace its own
    assert len(log.read_text().splitlines()) == 1
    log.write_text("mine\n")
    ran = run("pool", two[0], "--report", log)
    assert ran.code == 1
    assert log.read_text() == "mine\n"
    assert run("pool", two[0], "--report", tmp_path / "report.txt").code == 2
