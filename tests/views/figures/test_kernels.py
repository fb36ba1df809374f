"""Kernels as heat maps: the weights in their cells, 0 in the middle of the colours."""

from __future__ import annotations

import numpy as np
import pytest

from cnnkit.views.figures.kernels import kernel_maps, kernel_strip, weight_texts


class TestMaps:
    def test_each_grid_has_its_name_and_the_first_says_what_it_is(self) -> None:
        weights = np.arange(-9.0, 9.0).reshape(3, 3, 2)
        first, second = kernel_maps(weights, ("R", "G"), ("edge", "kernel 3x3x2"), (1, 1))
        assert first.lines == ("edge", "kernel 3x3x2", "R")
        assert second.lines == ("G",)
        assert first.texts is not None
        assert first.texts.tolist() == [["-9", "-7", "-5"], ["-3", "-1", "1"], ["3", "5", "7"]]
        assert first.cells is not None
        assert (first.cells.low, first.cells.high) == (-9, 9)

    def test_all_grids_are_over_one_number(self) -> None:
        weights = np.full((1, 2, 2), [1 / 16, 1 / 3])
        first, second = kernel_maps(weights, ("R", "G"), ("k",), (1, 1))
        assert first.lines[1] == "numbers / 48"
        assert first.texts is not None
        assert second.texts is not None
        assert first.texts.tolist() == [["3", "3"]]
        assert second.texts.tolist() == [["16", "16"]]

    def test_of_many_channels_four_are_drawn_and_that_is_said(self) -> None:
        maps = kernel_maps(np.ones((3, 3, 64)), [f"channel {c}" for c in range(64)], ("conv",), (1, 1))
        assert [one.lines[-1] for one in maps] == ["channel 0", "channel 1", "channel 2", "channel 3"]
        assert "4 of 64 channels" in maps[0].lines

    def test_a_kernel_of_zeros_has_a_scale(self) -> None:
        cells = kernel_maps(np.zeros((3, 3, 1)), ("",), ("k",), (1, 1))[0].cells
        assert cells is not None
        assert cells.low < 0 < cells.high


class TestStrip:
    def test_grids_stand_side_by_side_in_frames(self) -> None:
        weights = np.arange(1.0, 13.0).reshape(2, 2, 3)
        strip = kernel_strip(weights)
        assert strip.cells is not None
        np.testing.assert_array_equal(strip.cells.values, [[1, 4, 0, 2, 5, 0, 3, 6], [7, 10, 0, 8, 11, 0, 9, 12]])
        assert [frame[:4] for frame in strip.frames] == [(0, 0, 2, 2), (0, 3, 2, 2), (0, 6, 2, 2)]


@pytest.mark.parametrize(
    ("weights", "factor", "texts"),
    [
        ([[-1, 0, 1]], "", ["-1", "0", "1"]),
        ([[0.5, 0.25, 0.1]], "", ["0.5", "0.25", "0.1"]),
        ([[1 / 16, 1 / 8]], "numbers / 16", ["1", "2"]),
        ([[1 / 9, 2 / 9]], "numbers / 9", ["1", "2"]),
        ([[np.pi, np.sqrt(2)]], "", ["3.14", "1.41"]),
    ],
)
def test_weights_are_short_numbers(weights: list[list[float]], factor: str, texts: list[str]) -> None:
    found, numbers = weight_texts(np.array(weights))
    assert found == factor
    assert numbers[0].tolist() == texts
