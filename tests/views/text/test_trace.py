"""A run in words: every number in it is right, whatever the settings, and it fits a terminal."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pytest

from cnnkit.data.raster import Raster
from cnnkit.geometry.look import read_look
from cnnkit.operations.convolution.raster import convolve_raster
from cnnkit.operations.convolution.settings import read_convolution
from cnnkit.operations.convolution.trace import convolution_trace
from cnnkit.operations.pooling.raster import pool_raster
from cnnkit.operations.pooling.settings import read_pooling
from cnnkit.operations.pooling.trace import pooling_trace
from cnnkit.views.text.trace import trace_text

LECTURE = Raster(np.array([[5, 3, 1, 0], [2, 6, 4, 1], [0, 8, 7, 2]], np.uint8)[..., None])
COLOURS = Raster(np.random.default_rng(0).integers(0, 256, (5, 6, 3), dtype=np.uint8))


def convolved(image: Raster, kernel: Any, at: str = "", crop: str | None = None, **settings: Any) -> str:
    convolution = read_convolution(kernel, **settings)
    result = convolve_raster(convolution, image)
    return trace_text(convolution_trace(convolution, image, result, read_look([at] if at else [], crop)))


def pooled(image: Raster, at: str = "", **settings: Any) -> str:
    pooling = read_pooling(**settings)
    return trace_text(pooling_trace(pooling, image, pool_raster(pooling, image), read_look([at] if at else [])))


def test_the_lectures_grid_to_the_letter() -> None:
    assert convolved(LECTURE, "1 0 0; 0 1 0; 0 0 1").splitlines()[1:] == [
        "padding: 1 above, 1 below, 1 left, 1 right, filled with 0",
        "size: floor((input + before + after - reach) / stride) + 1,",
        "  where reach = dilation * (size - 1) + 1",
        "  rows: floor((3 + 1 + 1 - 3) / 1) + 1 = 3",
        "  columns: floor((4 + 1 + 1 - 3) / 1) + 1 = 4",
        "anchor: row 1, column 1 of the kernel lies over the place of the result",
        "",
        "image 3x4             kernel 3x3    result 3x4",
        "0 | 0  0  0  0 | 0    1  0  0       11   7   2  0",
        "--+------------+--    0  1  0       10  18   9  2",
        "0 | 5  3  1  0 | 0    0  0  1        0  10  13  6",
        "0 | 2  6  4  1 | 0",
        "0 | 0  8  7  2 | 0",
        "--+------------+--",
        "0 | 0  0  0  0 | 0",
        "",
        "Outside the lines is padding.",
        "",
        "row 1, column 1: window over rows 0 to 2, columns 0 to 2",
        "  samples    weights    products",
        "  5  3  1    1  0  0    5  0  0",
        "  2  6  4    0  1  0    0  6  0",
        "  0  8  7    0  0  1    0  0  7",
        "9 products: 5 + 0 + 0 + 0 + 6 + 0 + 0 + 0 + 7 = 18",
        "",
        "computed: direct, sums in int16; 3x3 weights: 9 products a sum",
    ]


def test_a_window_over_the_edge_marks_its_padding() -> None:
    lines = convolved(LECTURE, "1 0 0; 0 1 0; 0 0 1", "2,3").splitlines()
    start = lines.index("row 2, column 3: window over rows 1 to 3, columns 2 to 4")
    assert lines[start + 1 : start + 7] == [
        "  samples          weights    products",
        "    4    1  [0]    1  0  0    4  0  0",
        "    7    2  [0]    0  1  0    0  2  0",
        "  [0]  [0]  [0]    0  0  1    0  0  0",
        "[ ] is padding",
        "9 products: 4 + 0 + 0 + 0 + 2 + 0 + 0 + 0 + 0 = 6",
    ]


def test_three_channels_have_27_products_and_one_sum() -> None:
    text = convolved(COLOURS, np.arange(27.0).reshape(3, 3, 3) - 13, "2,2")
    found = re.search(r"27 products in all, 9 for each of 3 channels: (.*) = (\S+)\n", text)
    assert found
    expected = (COLOURS.samples[1:4, 1:4].astype(float) * (np.arange(27.0).reshape(3, 3, 3) - 13)).sum()
    assert float(found[2]) == expected == eval(found[1])
    for name in "RGB":
        assert f"  {name} samples" in text


def test_a_bias_and_the_factor_of_holes_are_written_out() -> None:
    assert "= 20.5\n" in convolved(LECTURE, "1 0 0; 0 1 0; 0 0 1", "1,1", bias=2.5)
    text = convolved(LECTURE, "1/9 * (1 1 1; 1 1 1; 1 1 1)", "1,1", nodata=0)
    assert "? is a hole" in text
    assert "* 1.125: times sum of weights / sum of those over known samples" in text


@pytest.mark.parametrize("kernel", ["edge", "gaussian:sigma=1", "gaussian:sigma=4", "1.23456 -2.3456 1e-7"])
@pytest.mark.parametrize("image", [LECTURE, COLOURS, Raster(COLOURS.samples / 3.0)])
def test_no_line_is_wider_than_a_terminal(kernel: str, image: Raster) -> None:
    for settings in ({}, {"depth": "sum"}, {"padding": "full"}):
        convolution = read_convolution(kernel, **settings)  # type: ignore[arg-type]
        result = convolve_raster(convolution, image)
        trace = convolution_trace(convolution, image, result, read_look(["0,0"]))
        lines = trace_text(trace).split("\n")
        assert max(map(len, lines)) <= 80, "\n".join(lines)


def test_kernels_that_fit_no_page_are_described() -> None:
    image = Raster(np.ones((60, 60, 1), np.float32))
    text = convolved(image, "box:25", "30,30")
    assert "  weights\n  from 0.0016 to 0.0016, too wide to write out\n" in text
    assert "625 products: 1\n" in text


def test_a_crop_says_where_it_lies() -> None:
    image = Raster(np.arange(900.0).reshape(30, 30, 1))
    text = convolved(image, "edge", "10,10", "10,12,4x5")
    assert "image 4x5, from row 10, column 12" in text
    assert "result 2x3, from row 11, column 13" in text
    assert "no window lies in this part" in convolved(image, "edge", "10,10", "10,12,2x2")


@pytest.mark.parametrize(
    ("settings", "line"),
    [
        ({"size": 2}, "largest of 5, 3, 2, 6 = 6"),
        ({"size": 2, "kind": "min"}, "smallest of 5, 3, 2, 6 = 2"),
        ({"size": 2, "kind": "average"}, "(5 + 3 + 2 + 6) / 4 = 4"),
        ({"size": 2, "kind": "median"}, "in order 2, 3, 5, 6: number 2 of 4 = 3"),
        ({"size": 2, "kind": "lp"}, "(|5|^2 + |3|^2 + |2|^2 + |6|^2)^(1/2) = 8.60233"),
        ({"size": 2, "padding": 1, "kind": "average"}, "(5) / 1 = 5"),
        ({"size": 2, "padding": 1, "kind": "average", "count_padding": True}, "(5) / 4, 3 of them padding = 1.25"),
        ({"size": 2, "padding": 2}, "padding or holes alone, no sample = 0"),
        ({"size": "global", "kind": "min"}, "smallest of 5, 3, 1, 0, 2, 6, 4, 1, 0, 8, 7, 2 = 0"),
        ({"adaptive": (2, 3), "kind": "average"}, "(5 + 3 + 2 + 6) / 4 = 4"),
        ({"size": 2, "kind": "average", "nodata": 3}, "(5 + 2 + 6) / 3 = 4.33333"),
    ],
    ids=str,
)
def test_what_became_of_a_window(settings: dict[str, Any], line: str) -> None:
    assert line in pooled(LECTURE, "0,0", **settings).splitlines()


def test_padding_of_a_pooling_is_no_sample_unless_it_is_counted() -> None:
    text = pooled(LECTURE, "0,0", size=2, padding=1)
    assert "Outside the lines is padding, which is no sample." in text
    assert ". is padding, which is no sample" in text
    counted = pooled(LECTURE, "0,0", size=2, padding=1, kind="average", count_padding=True)
    assert "[0]" in counted
    assert "no sample" not in counted


def test_windows_that_share_nothing_stand_apart() -> None:
    image = Raster(np.arange(16.0).reshape(4, 4, 1))
    assert " 0   1    2   3     5   7\n 4   5    6   7    13  15\n\n 8   9" in pooled(image, size=2)
    assert " 0   1   2   3 " in pooled(image, size=2, stride=1)


def test_bins_are_shown_by_their_ends() -> None:
    text = pooled(Raster(np.zeros((20, 31, 1))), adaptive=(3, 5))
    assert "rows: 3 windows over 20: 0 to 6, 6 to 13, 13 to 19" in text
    assert "columns: 5 windows over 31: 0 to 6, 6 to 12, 12 to 18, ..." in text
