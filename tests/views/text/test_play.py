"""The screens of a run, to the letter: the lecture's grid, worked by hand."""

from __future__ import annotations

from typing import Any

import numpy as np

from cnnkit.data.raster import Raster
from cnnkit.geometry.look import read_look
from cnnkit.operations.convolution.raster import convolve_raster
from cnnkit.operations.convolution.settings import read_convolution
from cnnkit.operations.convolution.trace import convolution_trace
from cnnkit.operations.pooling.raster import pool_raster
from cnnkit.operations.pooling.settings import read_pooling
from cnnkit.operations.pooling.trace import pooling_trace
from cnnkit.views.text.play import Detail, Film, Line

LECTURE = Raster(np.array([[5, 3, 1, 0], [2, 6, 4, 1], [0, 8, 7, 2]], np.uint8)[..., None])


def convolved(image: Raster, kernel: Any, detail: Detail = Detail(), **settings: Any) -> Film:  # noqa: B008
    convolution = read_convolution(kernel, **settings)
    result = convolve_raster(convolution, image)
    return Film(convolution_trace(convolution, image, result, read_look(["all"])), detail)


def pooled(image: Raster, detail: Detail = Detail(), **settings: Any) -> Film:  # noqa: B008
    pooling = read_pooling(**settings)
    return Film(pooling_trace(pooling, image, pool_raster(pooling, image), read_look(["all"])), detail)


def plain(lines: list[Line]) -> list[str]:
    """The text of a screen, what is highlighted in brackets."""
    marks = {"window": "[]", "mark": "{}", "result": "<>", "padding": "()"}
    found = []
    for line in lines:
        text = "".join(marks[s][0] + t[1:-1] + marks[s][1] if s in marks else t for t, s in line)
        found.append(text.rstrip())
    return found


def test_the_lectures_eighteen() -> None:
    film = convolved(LECTURE, "1 0 0; 0 1 0; 0 0 1")
    assert len(film.spots) == 12
    assert plain(film.frame(5)) == [
        "kernel k3x3-c4f4 3x3",
        "6 of 12: row 1, column 1: window over rows 0 to 2, columns 0 to 2",
        "",
        " image               weights    products   result",
        "(0)(0)(0)(0)(0)(0)   1  0  0    5  0  0    11   7   2   0",
        "(0)[5][3][1] 0 (0)   0  1  0    0  6  0    10 <18>  .   .",
        "(0)[2][6][4] 1 (0)   0  0  1    0  0  7     .   .   .   .",
        "(0)[0][8][7] 2 (0)",
        "(0)(0)(0)(0)(0)(0)",
        "",
        "9 products: 5 + 0 + 0 + 0 + 6 + 0 + 0 + 0 + 7 = 18",
    ]


def test_the_window_moves_right_then_down_and_the_results_fill() -> None:
    film = convolved(LECTURE, "1 0 0; 0 1 0; 0 0 1", padding="valid")
    first, second = (plain(film.frame(step)) for step in (0, 1))
    assert first[4:7] == [
        "[5][3][1] 0    1  0  0    5  0  0   <18>  .",
        "[2][6][4] 1    0  1  0    0  6  0",
        "[0][8][7] 2    0  0  1    0  0  7",
    ]
    assert second[4].startswith(" 5 [3][1][0]")
    assert second[4].endswith("18 < 9>")


def test_strides_skip_and_dilation_leaves_gaps() -> None:
    film = convolved(LECTURE, "1 1; 1 1", padding="valid", stride="1x2", dilation="2x1")
    assert [plain(film.frame(step))[4][:12] for step in (0, 1)] == ["[5][3] 1  0 ", " 5  3 [1][0]"]
    assert plain(film.frame(0))[5][:12] == " 2  6  4  1 "
    assert plain(film.frame(0))[6][:6] == "[0][8]"
    assert plain(film.frame(0))[1].endswith("rows 0 to 2 in steps of 2, columns 0 to 1")


def test_the_largest_sample_is_marked_and_padding_is_no_sample() -> None:
    film = pooled(LECTURE, size="2", padding="same")
    assert plain(film.frame(0))[3:8] == [
        " image         result",
        "[5][3] 1  0   <6> .",
        "[2]{6} 4  1    .  .",
        " 0  8  7  2",
        "(.)(.)(.)(.)",
    ]
    assert plain(film.frame(3))[-1] == "largest of 7, 2 = 7"
    assert plain(film.frame(3))[6:8] == [" 0  8 {7}[2]", "(.)(.)[.][.]"]
    mean = pooled(LECTURE, size="2", kind="average")
    assert plain(mean.frame(0))[-1] == "(5 + 3 + 2 + 6) / 4 = 4"


def test_colours_have_a_grid_each_and_one_sum() -> None:
    image = Raster(np.arange(12, dtype=np.uint8).reshape(2, 2, 3))
    film = convolved(image, "1 2", depth="sum", padding="valid")
    assert plain(film.frame(0))[3:] == [
        " R image   G image   B image   R weights    G weights    B weights    result",
        "[ 0][ 3]  [ 1][ 4]  [ 2][ 5]   1  2         1  2         1  2        <27>",
        "  6   9     7  10     8  11                                            .",
        "                               R products   G products   B products",
        "                                0   6        1   8        2  10",
        "",
        "6 products in all, 2 for each of 3 channels: 6 + 9 + 12 = 27",
    ]


def test_holes_are_no_numbers() -> None:
    image = Raster(np.array([[1, np.nan], [3, 4]])[..., None])
    film = convolved(image, "1 1", padding="valid", nan="ignore")
    assert plain(film.frame(0))[4] == "[1][?]   1  1      1  0      <2>"
    assert plain(film.frame(0))[-2] == "2 products: (1 + 0) * 2 = 2"


def test_windows_by_themselves() -> None:
    image = Raster(np.arange(49, dtype=np.uint8).reshape(7, 7, 1))
    film = convolved(image, np.ones((5, 5)), Detail(side=3), padding="valid")
    lines = plain(film.frame(0))
    assert lines[4:7] == [
        " ...  ...  ...    ...  ...  ...    ...  ...  ...   <400>   .    .",
        " ... [ 16] ...    ...    1  ...    ...   16  ...      .    .    .",
        " ...  ...  ...    ...  ...  ...    ...  ...  ...      .    .    .",
    ]
    assert lines[-1].endswith("= 400")
