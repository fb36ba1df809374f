"""Grids of numbers as text."""

from __future__ import annotations

import numpy as np
import pytest

from cnnkit.views.text.grids import beside, grid_lines, number_format, number_text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0, "0"), (-0.0, "0"), (1, "1"), (-12.0, "-12"), (0.5, "0.5"), (1 / 3, "0.3333"), (123456, "123456"),
        (1e-7, "1e-07"), (float("nan"), "nan"), (float("inf"), "inf"), (-2.00001, "-2"), (np.float32(0.1), "0.1"),
        (np.uint8(255), "255"),
    ],
)  # fmt: skip
def test_numbers_are_short(value: float, text: str) -> None:
    assert number_text(value) == text


def test_columns_are_aligned_right() -> None:
    assert grid_lines(np.array([[1, -20], [300, 4]])) == ["  1  -20", "300    4"]
    assert grid_lines(np.array([[0.5]])) == ["0.5"]


def test_windows_are_set_off() -> None:
    assert grid_lines(np.arange(16).reshape(4, 4), gaps=(2, 2)) == [
        " 0   1    2   3",
        " 4   5    6   7",
        "",
        " 8   9   10  11",
        "12  13   14  15",
    ]


def test_blocks_side_by_side() -> None:
    assert beside(["image", "1", "2"], ["result", "3"], gap=3) == ["image   result", "1       3", "2"]
    assert beside(["alone"]) == ["alone"]


@pytest.mark.parametrize(
    ("numbers", "texts"),
    [
        ([0.5, 2e-5, 0, 3], ["0.500", "0.000", "0", "3"]),
        ([0.00015, 2e-5], ["0.0001500", "0.0000200"]),
        ([2e-5, 3e-7, 0], ["2e-05", "3e-07", "0"]),  # all alike already
        ([12345.6, 1.25, -7], ["12346", "1", "-7"]),
        ([1.5e9 + 0.5, 0.25, np.nan], ["1.500e+09", "2.500e-01", "nan"]),
        ([255, 1e6, 0.1], ["255", "1000000", "0.1"]),
    ],
)
def test_numbers_of_one_grid_are_written_alike(numbers: list[float], texts: list[str]) -> None:
    assert list(map(number_format(numbers), numbers)) == texts
