"""What is said of a kernel that was learned."""

from __future__ import annotations

import io
import sys
from typing import Any

import numpy as np
import pytest

from cnnkit.cli import report
from cnnkit.cli.learning import text as room
from cnnkit.cli.learning.text import Live, learned_text, like_preset, numbers_text
from cnnkit.cli.report import Report
from cnnkit.data.kernels.kernel import Kernel
from cnnkit.operations.learning.descent import Point
from cnnkit.operations.learning.learn import Learned


def learned(weights: Any, *, bias: tuple[float, ...] = (), offset: float = 0.0, left_out: int = 0) -> Learned:
    kernel = Kernel(np.asarray(weights, float), "learned", bias=bias)
    flat = kernel.weights.reshape(-1, 1)
    path = tuple(Point(step, flat, 100 / (step + 1)) for step in range(0, 1000, 10))
    return Learned(kernel, path, 0.25, kernel.weights + 1e-6, (offset,), 1234, left_out)


def test_all_of_it() -> None:
    text = learned_text(learned([[0, -1, 0], [-1, 5.0004, -1], [0, -1, -0.0]], left_out=5600), is_descent=True)
    lines = text.splitlines()
    assert lines[0] == "a 3x3 kernel, learned from 1,234 windows; 5,600 clipped or missing results are left out"
    assert lines[2].split() == ["step", "error"]
    assert lines[3].split() == ["0", "100"]
    assert lines[11].split() == ["990", "0.1009"]
    assert lines[13:16] == [" 0  -1   0", "-1   5  -1", " 0  -1   0"]
    assert lines[-3:] == [
        "error 0.25: the root of the mean squared difference",
        "this is sharpen, to 0.0004",
        "least squares gives the same weights to 1e-06",
    ]


def test_offsets_and_biases() -> None:
    said = "results are 0.24 above the sums on average: --bias learns that"
    assert said in learned_text(learned([[1.0]], offset=0.24), is_descent=False)
    text = learned_text(learned([[1.0]], offset=0.24, bias=(0.24,)), is_descent=False)
    assert said not in text
    assert "bias 0.24" in text.splitlines()


def test_many_grids_and_large_ones() -> None:
    text = learned_text(learned(np.ones((3, 3, 3, 5))), is_descent=False)
    assert "channel 0, kernel 0" in text
    assert "and 3 more grids" in text
    assert max(map(len, text.splitlines())) < 80
    assert "weights from 1 to 1" in learned_text(learned(np.ones((17, 17))), is_descent=False)


def test_the_numbers_alone_are_a_grid_for_each_channel_and_kernel() -> None:
    weights = np.arange(8.0).reshape(1, 2, 2, 2) / 8
    lines = numbers_text(Kernel(weights, bias=(1 / 4, -2))).splitlines()
    assert lines == ["0 0.5", "", "0.25 0.75", "", "0.125 0.625", "", "0.375 0.875", "bias 0.25 -2"]
    assert numbers_text(Kernel(np.full((1, 2, 2), 0.5))) == "0.5 0.5\n\n0.5 0.5"


def test_presets_are_told_by_their_weights() -> None:
    assert like_preset(np.array([[-1, 0, 1], [-2, 0, 2], [-1, 0, 1.0]])) == "this is sobel, to 0"
    assert like_preset(np.full((3, 3), 0.3)) == ""
    assert like_preset(np.ones((3, 3, 1))) == ""


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_it_is_shown_live_on_a_terminal_and_wiped_away(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    monkeypatch.setattr(report, "takes_escapes", lambda stream: stream.isatty())
    monkeypatch.setattr(room, "SECONDS_BETWEEN", 0)
    with Live(Report("learn")) as live:
        live.show(Point(0, np.eye(3).reshape(9, 1), 41.5))
        live.show(Point(1200, np.ones((9, 1)), 2.5))
    shown = terminal.getvalue()
    assert "step 0  error 41.5\n1  0  0\n" in shown
    assert "\x1b[3A\r\x1b[Jstep 1,200  error 2.5\n1  1  1\n" in shown
    assert shown.endswith("\x1b[3A\r\x1b[J")
    quiet = Terminal()
    monkeypatch.setattr(sys, "stderr", quiet)
    with Live(Report("learn", quiet=True)) as live:
        live.show(Point(0, np.ones((9, 1)), 1.0))
    assert quiet.getvalue() == ""
