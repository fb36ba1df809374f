"""What a notebook shows of a kernel: its weights as fractions where they are, nothing unescaped, never a long page."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import numpy as np
import pytest

from cnnkit.data.kernels.kernel import Kernel
from cnnkit.data.kernels.notebook import MAX_GRIDS, MAX_SIDE, kernel_html
from cnnkit.data.kernels.presets import PRESETS


class Cells(HTMLParser):
    """The texts of the cells, and how many tags are open."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.cells: list[str] = []
        self.feed(text)
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: object) -> None:
        self.open += [tag] * (tag != "br")

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open[-1] == "td":
            self.cells.append(data)


def test_sobel_by_hand() -> None:
    text = kernel_html(PRESETS["sobel-x"].kernel())
    assert Cells(text).cells == ["-1", "0", "1", "-2", "0", "2", "-1", "0", "1"]
    assert text.startswith("<div><b>sobel-x</b> 3x3, sum 0<table>")
    assert "vertical edges: brightness that rises to the right<br>source: I. Sobel" in text
    shades = re.findall(r"rgba\((\d+,\d+,\d+),([\d.]+)\)", text)
    assert [float(shade) for _, shade in shades] == [0.3, 0, 0.3, 0.6, 0, 0.6, 0.3, 0, 0.3]
    assert shades[3][0] != shades[5][0]


def test_fractions_stand_over_their_denominator() -> None:
    text = kernel_html(PRESETS["box"].kernel())
    assert "<br>1/9 times<table>" in text
    assert Cells(text).cells == ["1"] * 9
    assert Cells(kernel_html(Kernel(np.array([[np.pi, -0.0]])))).cells == ["3.142", "0"]


def test_the_middle_of_a_large_grid_is_shown() -> None:
    weights = np.zeros((31, 1001))
    weights[15, 500] = 7
    text = kernel_html(Kernel(weights))
    assert f"the middle {MAX_SIDE}x{MAX_SIDE} of each grid" in text
    assert Cells(text).cells[MAX_SIDE**2 // 2] == "7"


@pytest.mark.parametrize("shape", [(2, 2, 3), (2, 2, 3, 4), (3, 3, 64, 64)])
def test_a_layer_shows_its_first_grids_channel_by_channel(shape: tuple[int, ...]) -> None:
    weights = np.arange(float(np.prod(shape))).reshape(shape)
    text = kernel_html(Kernel(weights, "layer"))
    cells = np.array(Cells(text).cells, float).reshape(-1, *shape[:2])
    layer = weights.reshape(*shape[:3], -1)
    np.testing.assert_allclose(cells[2 % len(cells)], layer[:, :, 2, 0], rtol=1e-3)
    assert ("the first" in text) == (layer[0, 0].size > MAX_GRIDS)
    assert len(cells) == min(layer[0, 0].size, MAX_GRIDS)
    assert len(text) < 20_000


def test_foreign_text_is_escaped() -> None:
    text = kernel_html(Kernel(np.eye(2), "<b>", 'a & "b"', "<script>alert(1)</script>"))
    assert "<script" not in text
    assert "<b>&lt;b&gt;</b>" in text
    assert "a &amp; " in text
