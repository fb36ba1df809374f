"""Grids of numbers as text."""

from __future__ import annotations

import numpy as np
import pytest

import cnnkit
from cnnkit.data.kernels.kernel import Kernel
from cnnkit.views.text.grids import (
    MAX_COLUMNS,
    beside,
    common_denominator,
    grid_lines,
    kernel_text,
    number_text,
    preset_text,
)


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


def test_a_kernel_is_shown_with_its_sum() -> None:
    text = kernel_text(Kernel(np.array([[0, 0.1, -0.1]]), "mine", "a thing", "a book"))
    assert text.splitlines() == ["mine  1x3, sum 0", "  0  0.1  -0.1", "  a thing", "  source: a book"]


@pytest.mark.parametrize("shape", [(3, 3, 2), (1, MAX_COLUMNS + 1), (MAX_COLUMNS + 1, 1)])
def test_a_kernel_too_large_for_a_page_is_described_by_its_extent(shape: tuple[int, ...]) -> None:
    weights = np.arange(float(np.prod(shape))).reshape(shape)
    assert f"weights from 0 to {int(weights.max())}" in kernel_text(Kernel(weights))


def test_every_preset_shows_its_settings() -> None:
    for preset in cnnkit.kernels():
        text = preset_text(preset)
        assert text.startswith(f"{preset.name}  ")
        for name in preset.parameters:
            assert f"{name}=" in text


@pytest.mark.parametrize(
    ("weights", "expected"),
    [
        ([[1, 2], [3, 4]], 1),
        ([[1 / 9, 2 / 9]], 9),
        ([[1 / 3, 1 / 4]], 12),
        ([[0.0, 0.0]], 1),
        ([[np.pi, 1.0]], 1),
        ([[1 / 1024, 1.0]], 1024),
        ([[1 / 1025, 1.0]], 1),
        ([[-1 / 6, 1e-30]], 1),
    ],
)
def test_common_denominators(weights: list[list[float]], expected: int) -> None:
    assert common_denominator(np.array(weights)) == expected
