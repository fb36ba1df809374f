"""Features drawn by matplotlib: the same picture whatever a user's settings, and no trace of having drawn it."""

from __future__ import annotations

import io
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

pytest.importorskip("matplotlib")

from PIL import Image

from cnnkit.data.heatmap import HeatmapAxes, lay_out_heatmap
from cnnkit.data.viridis import VIRIDIS
from cnnkit.views import figure as plot

PROGRAM = """
import sys
import numpy as np
from cnnkit.data.heatmap import HeatmapAxes
from cnnkit.files.heatmap import encode_heatmap
encode_heatmap(np.eye(13), HeatmapAxes("a $1 $title\\u65e5", 0.01), "made by cnnkit")(sys.stdout.buffer)
assert "matplotlib" in sys.modules
assert "matplotlib.pyplot" not in sys.modules
"""


def drawn(values: Any, axes: HeatmapAxes) -> bytes:
    stream = io.BytesIO()
    plot.write_plot(stream, lay_out_heatmap(values, axes), "made by cnnkit")
    return stream.getvalue()


def run(settings: Path) -> subprocess.CompletedProcess[bytes]:
    environment = {**os.environ, "MPLCONFIGDIR": str(settings)}
    return subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, env=environment, check=True)


def test_cells_are_whole_pixels_in_the_right_colours() -> None:
    with Image.open(io.BytesIO(drawn(np.arange(6.0).reshape(3, 2), HeatmapAxes("", 1.0)))) as image:
        pixels = np.asarray(image.convert("RGB"))
    colours = [[VIRIDIS[min(int(value / 5 * 256), 255)] for value in row] for row in ([1, 3, 5], [0, 2, 4])]
    corner = next(zip(*np.nonzero((pixels == colours[0][0]).all(axis=2)), strict=True))
    top, left = corner
    for row in range(2):
        for column in range(3):
            y, x = top + 200 * row, left + 320 * column
            inside = pixels[y + 3 : y + 197, x + 3 : x + 317]  # the line around the map lies upon its edge
            np.testing.assert_array_equal(inside, np.broadcast_to(colours[row][column], inside.shape))


def test_the_same_input_gives_the_same_bytes_and_nothing_is_said(tmp_path: Path) -> None:
    plainly, odd = tmp_path / "none", tmp_path / "odd"
    for folder in (plainly, odd):
        folder.mkdir()
    (odd / "matplotlibrc").write_text("font.size: 30\naxes.facecolor: red\ntext.usetex: True\nno.such.setting: 1\n")
    first, second, third = run(plainly), run(plainly), run(odd)
    assert first.stdout == second.stdout == third.stdout
    assert first.stdout[:4] == b"\x89PNG"
    assert first.stderr == second.stderr == third.stderr == b""


def test_nothing_of_matplotlib_is_changed() -> None:
    import logging

    import matplotlib

    before = dict(matplotlib.rcParams), logging.getLogger("matplotlib").level
    drawn(np.eye(3), HeatmapAxes("title", 1.0))
    assert before == (dict(matplotlib.rcParams), logging.getLogger("matplotlib").level)


def test_dollars_are_no_formula() -> None:
    drawn(np.eye(3), HeatmapAxes(r"$\broken$ {", 1.0, 0.0, r"$\x$", r"$\y$", None, r"$\z$"))


def test_a_broken_matplotlib_is_as_good_as_none(monkeypatch: pytest.MonkeyPatch) -> None:
    assert plot.is_installed()
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    assert not plot.is_installed()
