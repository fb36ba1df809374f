"""A picture of features, laid out: cells, their size and values, marks and words."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from cnnkit.data.heatmap import MOST_ACROSS, MOST_UP, HeatmapAxes, lay_out_heatmap, shortened
from cnnkit.errors import ArgumentError

AXES = HeatmapAxes("song.wav", 0.01)


def labels(ticks: Any) -> list[str]:
    return [tick.label for tick in ticks]


def test_time_runs_to_the_right_and_columns_upwards() -> None:
    values = np.arange(6.0).reshape(3, 2)
    np.testing.assert_array_equal(lay_out_heatmap(values, AXES).cells, [[1, 3, 5], [0, 2, 4]])


@pytest.mark.parametrize("frames", [1, 2, 640, 641, 1400, 1401, 5000])
@pytest.mark.parametrize("columns", [1, 13, 266, 267, 600, 601, 1025])
def test_cells_are_whole_pixels_and_the_map_neither_small_nor_large(frames: int, columns: int) -> None:
    heatmap = lay_out_heatmap(np.zeros((frames, columns), np.float32), AXES)
    rows, width = heatmap.size
    assert 640 < width <= MOST_ACROSS
    assert 266 < rows <= MOST_UP
    assert (rows, width) == (
        heatmap.cells.shape[0] * heatmap.cell_rows,
        heatmap.cells.shape[1] * heatmap.cell_columns,
    )


@pytest.mark.filterwarnings("ignore:Mean of empty slice", "ignore:All-NaN")
@pytest.mark.parametrize("shape", [(1401, 3), (4203, 2), (3, 601), (3001, 1300), (2800, 601)])
@pytest.mark.parametrize("merged_by", ["mean", "maximum"])
def test_cells_are_what_their_numbers_make(shape: tuple[int, int], merged_by: str) -> None:
    values = np.random.default_rng(0).standard_normal(shape).astype(np.float32)
    values[0, 0] = values[-1, -1] = values[:4, -2:] = np.nan
    across, up = math.ceil(shape[0] / MOST_ACROSS), math.ceil(shape[1] / MOST_UP)
    filled = np.pad(
        values.astype(float), ((0, -shape[0] % across), (0, -shape[1] % up)), constant_values=np.nan
    ).reshape(-(-shape[0] // across), across, -(-shape[1] // up), up)
    expected = np.nanmean(filled, axis=(1, 3)) if merged_by == "mean" else np.nanmax(filled, axis=(1, 3))
    heatmap = lay_out_heatmap(values, AXES._replace(merged_by=merged_by))
    np.testing.assert_allclose(heatmap.cells, expected.T[::-1], rtol=1e-12, atol=1e-12)


def test_merging_is_told() -> None:
    def told(frames: int, columns: int, merged_by: str = "mean") -> str:
        return lay_out_heatmap(np.zeros((frames, columns)), AXES._replace(merged_by=merged_by)).time_name

    assert told(1400, 600) == "time (s)"
    assert told(4201, 600) == "time (s); each cell is the mean of 4 frames"
    assert told(1400, 1025, "maximum") == "time (s); each cell is the maximum of 2 columns"
    assert told(2801, 601) == "time (s); each cell is the mean of 3 frames x 2 columns"


def test_marks_stand_at_the_middle_of_their_cells() -> None:
    heatmap = lay_out_heatmap(np.zeros((10, 4)), HeatmapAxes("", 1.0))
    assert (heatmap.cell_columns, heatmap.cell_rows) == (96, 100)
    assert labels(heatmap.times) == [f"{i}" for i in range(10)]
    np.testing.assert_allclose([tick.place for tick in heatmap.times], 96 * (np.arange(10) + 0.5))
    assert labels(heatmap.columns) == ["0", "1", "2", "3"]
    np.testing.assert_allclose([tick.place for tick in heatmap.columns], [50, 150, 250, 350])


def test_marks_keep_their_places_when_cells_are_merged() -> None:
    heatmap = lay_out_heatmap(np.zeros((2801, 1025)), HeatmapAxes("", 0.01, 0.5))
    assert heatmap.times[0].label == "5"
    assert heatmap.times[0].place == pytest.approx(((5 - 0.5) / 0.01 + 0.5) / 3 * heatmap.cell_columns)
    assert heatmap.columns[-1].label == "1000"
    assert heatmap.columns[-1].place == pytest.approx(1000.5 / 2 * heatmap.cell_rows)


def test_bins_of_a_spectrogram_get_round_numbers() -> None:
    bins = [k * 22050 / 512 for k in range(257)]
    heatmap = lay_out_heatmap(np.zeros((10, 257)), AXES._replace(column_places=bins))
    assert labels(heatmap.columns) == [f"{hertz}" for hertz in range(0, 11001, 1000)]
    assert heatmap.columns[1].place == pytest.approx((1000 / 22050 * 512 + 0.5) * heatmap.cell_rows)


def test_other_places_are_written_out() -> None:
    heatmap = lay_out_heatmap(np.zeros((10, 4)), AXES._replace(column_places=(77.4, 164.2, 261.7, 1371.1)))
    assert labels(heatmap.columns) == ["77", "164", "262", "1371"]
    heatmap = lay_out_heatmap(np.zeros((10, 3)), AXES._replace(column_places=(77.4, 77.9, 79)))
    assert labels(heatmap.columns) == ["77.4", "77.9", "79.0"]
    heatmap = lay_out_heatmap(np.zeros((10, 4)), AXES._replace(column_places=(1, 2, 3, 0)))
    assert labels(heatmap.columns) == ["1", "2", "3", "0"]
    heatmap = lay_out_heatmap(np.zeros((10, 26)), AXES._replace(column_places=[k * k for k in range(26)]))
    assert labels(heatmap.columns) == ["0", "9", "36", "81", "144", "225", "324", "441", "576"]
    assert heatmap.columns[1].place == 3.5 * heatmap.cell_rows
    assert labels(lay_out_heatmap(np.zeros((10, 1)), AXES._replace(column_places=[440])).columns) == ["440"]


@pytest.mark.parametrize(
    ("values", "low", "high"),
    [
        ([[1, 2], [3, 4]], 1, 4),
        ([[7, 7]], 6.5, 7.5),
        ([[0.0]], -0.5, 0.5),
        ([[1e9, 1e9 + 0.1]], 1e9 - 1e6, 1e9 + 1e6),
        ([[1e-310, 2e-310]], -0.5, 0.5),
        ([[np.nan, np.nan]], 0, 1),
        ([[np.inf, -np.inf]], 0, 1),
        ([[np.nan, 1, np.inf, 3, -np.inf]], 1, 3),
        ([[1.7e308, -1.7e308]], -1e300, 1e300),
        ([[False, True]], 0, 1),
    ],
)
def test_colours_run_from_the_smallest_to_the_largest_finite_value(values: Any, low: float, high: float) -> None:
    heatmap = lay_out_heatmap(np.array(values), AXES)
    assert (heatmap.low, heatmap.high) == pytest.approx((low, high), rel=1e-6)
    numbers = heatmap.cells[~np.isnan(heatmap.cells)]
    assert ((numbers >= heatmap.low) & (numbers <= heatmap.high)).all()
    assert np.isnan(heatmap.cells).sum() == np.isnan(np.array(values, float)).sum()
    assert all(0 <= tick.place <= heatmap.size[0] + 1e-6 for tick in heatmap.values)
    assert heatmap.values


def test_words_are_printable() -> None:
    axes = HeatmapAxes("a\nb\udc80 ü", 1.0, 0.0, "frequency", "Hz", None, "dB\t")
    heatmap = lay_out_heatmap(np.zeros((2, 2)), axes)
    assert heatmap.title == "a?b? ü"
    assert (heatmap.column_name, heatmap.value_name) == ("frequency (Hz)", "dB?")


def test_a_long_text_loses_its_middle() -> None:
    assert shortened("abcdefgh", 8, len) == "abcdefgh"
    assert shortened("abcdefgh", 7, len) == "ab...gh"
    assert shortened("abcdefgh", 1, len) == "a...h"
    assert shortened("", 0, len) == ""


@pytest.mark.parametrize(
    "values",
    [np.zeros(3), np.zeros((3, 2, 1)), np.zeros((0, 3)), np.zeros((3, 0)), np.zeros((3, 3), complex)],
    ids=lambda values: f"{values.shape} {values.dtype}",
)
def test_what_is_no_map_is_refused(values: Any) -> None:
    with pytest.raises(ArgumentError, match="is no map of features"):
        lay_out_heatmap(values, AXES)


def test_places_are_counted() -> None:
    with pytest.raises(ArgumentError, match="3 places for 2 columns"):
        lay_out_heatmap(np.zeros((4, 2)), AXES._replace(column_places=(1, 2, 3)))
