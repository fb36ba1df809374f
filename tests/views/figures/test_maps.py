"""What is drawn of an image: merged to pixels without a copy of it, in the right colours, and its place in a figure."""

from __future__ import annotations

import tracemalloc
from typing import Any

import numpy as np
import pytest

from cnnkit.data.raster import Raster
from cnnkit.views.figures import maps
from cnnkit.views.figures.canvas import _default_settings
from cnnkit.views.figures.maps import BAR_ROOM, SIGNED, Cells, Map, cells_of, figure_of, number_texts


def raster(values: Any) -> Raster:
    values = np.asarray(values)
    return Raster(values if values.ndim == 3 else values[..., None])


class TestCells:
    def test_blocks_are_means_over_all_bands(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(maps, "BAND_SAMPLES", 1000)
        values = np.random.default_rng(1).integers(0, 256, (95, 130, 3)).astype(np.uint8)
        cells = cells_of(raster(values), (0.2, 0.2), (0, 255), is_colour=True)
        expected = [[values[i : i + 4, j : j + 5].mean(axis=(0, 1)) for j in range(0, 130, 5)] for i in range(0, 95, 4)]
        np.testing.assert_allclose(cells.values * 255, expected)
        assert cells.note == "shown: mean of 4x5 samples"
        assert cells.extremes == (values.min(), values.max())

    def test_of_differences_the_strongest_is_kept(self) -> None:
        values = np.zeros((60, 60))
        values[7, 8], values[7, 9], values[31, 31] = -9, 7, 3
        cells = cells_of(raster(values), (0.2, 0.2), is_signed=True)
        assert cells.values.shape == (30, 30)
        assert (cells.values[3, 4], cells.values[15, 15], np.count_nonzero(cells.values)) == (-9, 3, 2)
        assert cells.colours == SIGNED

    def test_what_padding_makes_does_not_decide_the_scale(self) -> None:
        values = np.full((6, 7), 2.0)
        values[0] = 100
        cells = cells_of(raster(values), (1, 1), is_signed=True, inside=(range(1, 6), range(7)))
        assert (cells.low, cells.high, cells.extend) == (0, 2, "max")

    def test_grey_values_within_a_scale_have_it_and_others_their_own(self) -> None:
        inside, beyond = raster([[1.0, 200.0]]), raster([[1.0, 300.0]])
        assert cells_of(inside, (1, 1), (0, 255))[2:4] == (0, 255)
        assert cells_of(beyond, (1, 1), (0, 255))[2:4] == (1, 300)
        assert cells_of(inside, (1, 1))[2:4] == (1, 200)

    def test_a_few_outliers_leave_the_others_their_contrast(self) -> None:
        values = np.linspace(0, 255, 10_000).reshape(100, 100)
        values[0, 0], values[99, 99] = -9000, 9000
        cells = cells_of(raster(values), (1, 1), (0, 255))
        assert cells.low == pytest.approx(0, abs=2)
        assert cells.high == pytest.approx(255, abs=2)
        assert cells.extend == "both"

    def test_channels_that_are_no_colours_are_one_number(self) -> None:
        values = np.array([[[1.0, -5.0], [2.0, 4.0]]])
        mean, signed = cells_of(raster(values), (1, 1)), cells_of(raster(values), (1, 1), is_signed=True)
        assert mean.values.tolist() == [[-2, 3]]
        assert signed.values.tolist() == [[-5, 4]]
        assert signed.note == "shown: strongest of 2 channels"

    def test_alpha_is_drawn_and_no_value(self) -> None:
        values = np.full((2, 2, 4), 100, np.uint8)
        values[..., 3] = 255
        cells = cells_of(Raster(values, has_alpha=True), (1, 1), (0, 255), is_colour=True)
        assert cells.values[0, 0].tolist() == [100 / 255] * 3 + [1]
        assert cells.extremes == (100, 100)

    def test_a_large_image_is_never_copied(self) -> None:
        image = raster(np.zeros((2000, 3000, 3), np.float32))
        tracemalloc.start()
        cells_of(image, (2.9, 1.9), (0, 255), is_colour=True)
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert peak < image.samples.nbytes / 2


class TestFigure:
    def test_maps_side_by_side_begin_below_titles_of_any_length(self) -> None:
        square = Cells(np.eye(3), (3, 3), 0, 1)
        rows = [[(0.15, [Map(("a",), (1, 1), square)]), (3.0, [Map(("b", "c", "d"), (2, 2), square, has_bar=True)])]]
        with _default_settings():
            figure = figure_of([*rows, [(0.15, [Map(("below",), (1, 1), square)])]])
        left, right, bar, below = (axes.get_position() for axes in figure.axes)
        assert left.y1 == pytest.approx(right.y1)
        assert right.y0 > below.y1
        assert right.x1 < bar.x0 < bar.x1 < right.x1 + BAR_ROOM / 8

    def test_numbers_that_do_not_fit_are_left_out(self) -> None:
        values = np.full((10, 10), 1234.0)
        cells = cells_of(raster(values), (1, 1))
        counts = []
        for inches in (1, 4):
            with _default_settings():
                figure = figure_of([[(0.15, [Map(("a",), (inches, inches), cells, number_texts(values))])]])
            counts.append(len(figure.axes[0].texts))
        assert counts == [0, 100]

    def test_letters_are_dark_on_light_cells_and_light_on_dark_ones(self) -> None:
        cells = Cells(np.array([[0.0, 1.0]]), (1, 2), 0, 1)
        with _default_settings():
            figure = figure_of([[(0.15, [Map(("a",), (1, 1), cells, number_texts(cells.values))])]])
        assert [text.get_color() for text in figure.axes[0].texts] == ["white", "black"]


def test_numbers_are_short_and_what_is_none_is_a_hole() -> None:
    assert number_texts(np.array([[1 / 3, -0.0, np.nan], [255, 1e9, np.inf]])).tolist() == [
        ["0.333", "0", "hole"],
        ["255", "1000000000", "inf"],
    ]
