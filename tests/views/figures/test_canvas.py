"""What every figure has in common: the same bytes whatever a user's settings, and who made it."""

from __future__ import annotations

import io
import logging
import os
import re
import subprocess
import sys
from pathlib import Path

import matplotlib as mpl
import numpy as np
import pytest
from matplotlib.figure import Figure
from PIL import Image

from cnnkit.data.recipes.columns import Columns
from cnnkit.views.figures.canvas import FIGURE_FORMATS, entitle
from cnnkit.views.figures.features import FeatureMap, draw_features

NOTE = "made by cnnkit 0.1.0: cnnkit mfcc ümlaut.wav -o song.png"

PROGRAM = """
import sys
import numpy as np
from cnnkit.data.recipes.columns import Columns
from cnnkit.views.figures.features import FeatureMap, draw_features
columns = Columns([""] * 13, "frequency", "Hz", [100.0 * k for k in range(13)], "dB")
features = FeatureMap(np.eye(13), columns, "a $1 $title\\u65e5", 0.01, 0.0, "dB", "mean")
draw_features(features, sys.argv[1], "made by cnnkit")(sys.stdout.buffer)
assert "matplotlib.pyplot" not in sys.modules
"""


def drawn(kind: str = "png") -> bytes:
    stream = io.BytesIO()
    columns = Columns([""] * 3, "coefficient", "", [0, 1, 2], "")
    features = FeatureMap(np.eye(3), columns, "song.wav", 0.01, 0.0, "value", "maximum")
    draw_features(features, kind, NOTE)(stream)
    return stream.getvalue()


@pytest.mark.parametrize("kind", FIGURE_FORMATS)
def test_the_same_input_gives_the_same_bytes_and_nothing_is_said(tmp_path: Path, kind: str) -> None:
    plainly, odd = tmp_path / "none", tmp_path / "odd"
    for folder in (plainly, odd):
        folder.mkdir()
    (odd / "matplotlibrc").write_text(
        "font.size: 30\naxes.facecolor: red\ntext.usetex: True\nno.such.setting: 1\nsvg.fonttype: none\n"
        "pdf.compression: 0\nxtick.labelsize: 3\nimage.cmap: hot\nsavefig.dpi: 10\n"
    )
    runs = []
    for folder in (plainly, plainly, odd):
        environment = {**os.environ, "MPLCONFIGDIR": str(folder)}
        words = [sys.executable, "-c", PROGRAM, kind]
        runs.append(subprocess.run(words, capture_output=True, env=environment, check=True))
    assert len({run.stdout for run in runs}) == 1
    assert {run.stderr for run in runs} == {b""}
    assert runs[0].stdout.startswith({"png": b"\x89PNG", "svg": b"<?xml", "pdf": b"%PDF"}[kind])


def test_nothing_of_matplotlib_is_changed() -> None:
    before = dict(mpl.rcParams), logging.getLogger("matplotlib").level
    drawn()
    assert before == (dict(mpl.rcParams), logging.getLogger("matplotlib").level)


def test_a_png_says_who_made_it() -> None:
    with Image.open(io.BytesIO(drawn())) as image:
        assert image.info["Software"] == NOTE.replace("ü", "\\xfc")


def test_an_svg_needs_no_font() -> None:
    text = drawn("svg").decode()
    assert "<text" not in text
    assert re.search(r"<svg[^>]*width=\"576pt\"", text)


def test_lines_of_a_title_are_shortened_each() -> None:
    axes = Figure().add_subplot()
    entitle(axes, "a" * 100, 0.5, "short\n", size=8, longest=20)
    assert axes.get_title(loc="left") == f"{'a' * 8}...{'a' * 8}\nshort\\n"
