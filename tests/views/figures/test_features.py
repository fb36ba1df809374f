"""Figures of features: the right way up, every cell in its colour, and the same bytes whatever a user's settings."""

from __future__ import annotations

import io
from typing import Any

import numpy as np
import pytest
from matplotlib import colormaps
from matplotlib.backends.backend_agg import FigureCanvasAgg
from PIL import Image

from cnnkit.data.recipes.columns import Columns
from cnnkit.data.recipes.dialects import read_recipe
from cnnkit.operations.features.features import features
from cnnkit.views.figures import canvas
from cnnkit.views.figures import features as room
from cnnkit.views.figures.features import FeatureMap, draw_features, merged

RATE = 16000
NOTE = "made by cnnkit 0.1.0: cnnkit mfcc ümlaut.wav -o song.png"
VIRIDIS = (colormaps["viridis"](np.arange(256))[:, :3] * 255).round().astype(int)


def feature_map(values: Any, **changes: Any) -> FeatureMap:
    values = np.asarray(values)
    n = values.shape[1]
    columns = Columns([""] * n, "coefficient", "", list(range(n)), "")
    return FeatureMap(values, columns, "song.wav", 0.01, 0.0, "value", "maximum")._replace(**changes)


def drawn(values: FeatureMap, kind: str = "png") -> bytes:
    stream = io.BytesIO()
    draw_features(values, kind, NOTE)(stream)
    return stream.getvalue()


def figure_of(values: FeatureMap) -> tuple[Any, Any, Any]:
    """The figure, drawn, its axes and its pixels."""
    with canvas._default_settings():
        figure = room._figure(values)
        figure.set_dpi(canvas.DOTS_PER_INCH)
        drawing = FigureCanvasAgg(figure)
        drawing.draw()
    return figure, figure.axes[0], np.asarray(drawing.buffer_rgba())[..., :3].astype(int)


def map_of(values: FeatureMap) -> Any:
    """The pixels of the map, without the line around it."""
    _, axes, pixels = figure_of(values)
    box = axes.get_window_extent()
    height = pixels.shape[0]
    return pixels[height - int(box.y1) + 2 : height - int(box.y0) - 2, int(box.x0) + 3 : int(box.x1) - 2]


def labels(axis: Any) -> list[str]:
    return [label.get_text() for label in axis.get_ticklabels()]


def marks(axis: Any) -> list[str]:
    """The labels of the marks that lie within the axis."""
    low, high = axis.get_view_interval()
    return [text for place, text in zip(axis.get_ticklocs(), labels(axis), strict=True) if low <= place <= high]


class TestMap:
    @pytest.mark.parametrize("hertz", [1000, 6000])
    def test_a_tone_is_a_bright_line_at_its_height(self, hertz: int) -> None:
        tone = np.sin(2 * np.pi * hertz * np.arange(RATE) / RATE)
        values = features(tone, RATE, "spectrogram", dialect="psf", taper="hann")[:, :, 0]
        inside = map_of(feature_map(values))
        brightest = inside.sum(axis=2).mean(axis=1).argmax()
        assert abs((1 - brightest / len(inside)) * RATE / 2 - hertz) < 60

    def test_a_rising_tone_rises_to_the_right(self) -> None:
        seconds = np.arange(RATE) / RATE
        chirp = np.sin(2 * np.pi * (500 * seconds + 3000 * seconds**2))
        inside = map_of(feature_map(features(chirp, RATE, "spectrogram", dialect="psf", taper="hann")[:, :, 0]))
        brightest = inside.sum(axis=2).argmax(axis=0)
        quarters = [int(np.median(part)) for part in np.array_split(brightest, 4)]
        assert quarters == sorted(quarters, reverse=True)
        assert quarters[0] - quarters[-1] > inside.shape[0] // 2

    def test_every_cell_has_its_colour(self) -> None:
        inside = map_of(feature_map([[0, 1, np.nan], [0.5, np.inf, -np.inf]]))
        rows, columns = inside.shape[0] // 3, inside.shape[1] // 2
        grey = np.full(3, 161)
        bottom_up = [[VIRIDIS[0], VIRIDIS[128]], [VIRIDIS[255], VIRIDIS[255]], [grey, VIRIDIS[0]]]
        for row, colours in enumerate(bottom_up[::-1]):
            for column, colour in enumerate(colours):
                cell = inside[rows * row + 5 : rows * (row + 1) - 5, columns * column + 5 : columns * (column + 1) - 5]
                np.testing.assert_allclose(cell, np.broadcast_to(colour, cell.shape), atol=1)

    def test_the_colour_bar_runs_upwards_over_the_range_of_the_values(self) -> None:
        figure, _, _ = figure_of(feature_map(np.arange(20.0).reshape(10, 2), value_name="dB"))
        bar = figure.axes[1]
        assert bar.get_ylim() == (0.0, 19.0)
        assert bar.get_ylabel() == "dB"

    @pytest.mark.parametrize("shape", [(1, 1), (1, 128), (500, 1), (3, 5000)])
    @pytest.mark.parametrize("value", [0, 1.5, np.nan, np.inf, -1e308])
    def test_odd_values_and_shapes_are_drawn(self, shape: tuple[int, int], value: float) -> None:
        with Image.open(io.BytesIO(drawn(feature_map(np.full(shape, value))))) as image:
            assert image.size == (1200, 600)
            assert np.asarray(image.convert("L")).std() > 0

    def test_a_click_in_a_long_sound_is_seen(self) -> None:
        values = np.zeros((100_000, 128), np.float32)
        values[50_000, 64] = 1
        inside = map_of(feature_map(values))
        assert (inside[..., 0] > 200).any()
        _, axes, _ = figure_of(feature_map(values))
        assert axes.get_xlabel() == "time (s), maximum of every 125 frames"

    def test_merged_columns_are_named_on_their_own_axis(self) -> None:
        columns = Columns([""] * 1025, "frequency", "Hz", [10.0 * k for k in range(1025)], "dB")
        _, axes, _ = figure_of(feature_map(np.zeros((5, 1025)), columns=columns))
        assert axes.get_xlabel() == "time (s)"
        assert axes.get_ylabel() == "frequency (Hz), maximum of every 3"

    def test_cells_are_never_smaller_than_pixels(self) -> None:
        for shape in ((800, 400), (801, 401), (5000, 5000)):
            _, axes, _ = figure_of(feature_map(np.zeros(shape)))
            rows, columns = axes.images[0].get_array().shape
            box = axes.get_window_extent()
            assert columns <= box.width
            assert rows <= box.height


class TestAxes:
    def test_time_is_in_seconds_from_where_the_first_frame_lies(self) -> None:
        _, axes, _ = figure_of(feature_map(np.zeros((100, 13)), frame_seconds=0.02, first_time=0.01))
        np.testing.assert_allclose(axes.get_xlim(), (0.0, 2.0))
        assert axes.get_xlabel() == "time (s)"

    def test_coefficients_are_counted(self) -> None:
        _, axes, _ = figure_of(feature_map(np.zeros((5, 13))))
        assert labels(axes.yaxis) == [str(number) for number in range(13)]
        assert axes.get_ylabel() == "coefficient"

    def test_an_energy_behind_the_others_keeps_its_number(self) -> None:
        columns = Columns([""] * 4, "coefficient", "", [1.0, 2.0, 3.0, 0.0], "")
        _, axes, _ = figure_of(feature_map(np.zeros((5, 4)), columns=columns))
        assert labels(axes.yaxis) == ["1", "2", "3", "0"]

    def test_frequencies_are_round_numbers_where_they_belong(self) -> None:
        columns = Columns([""] * 257, "frequency", "Hz", [k * RATE / 512 for k in range(257)], "dB")
        _, axes, _ = figure_of(feature_map(np.zeros((5, 257)), columns=columns))
        assert labels(axes.yaxis) == [f"{hertz}" for hertz in range(0, 8001, 1000)]
        np.testing.assert_allclose(axes.yaxis.get_ticklocs(), np.arange(9) * 32.0)
        assert axes.get_ylabel() == "frequency (Hz)"

    def test_mel_bands_are_marked_with_round_frequencies(self) -> None:
        bands = read_recipe("librosa", "logmel").plan(RATE, RATE).mel.edges[1:-1]
        columns = Columns([""] * len(bands), "mel band", "Hz", list(bands), "dB")
        _, axes, _ = figure_of(feature_map(np.zeros((5, len(bands))), columns=columns))
        assert labels(axes.yaxis) == ["200", "500", "1000", "2000", "5000"]
        assert np.diff(axes.yaxis.get_ticklocs()).min() > 5  # of 128 rows: no label hides another
        for place, text in zip(axes.yaxis.get_ticklocs(), labels(axes.yaxis), strict=True):
            assert np.interp(place, np.arange(len(bands)), bands) == pytest.approx(float(text))

    def test_names_are_no_formulas_and_no_escapes(self) -> None:
        title = "$\\broken$ {\x1b[31m\n日本"
        figure, axes, _ = figure_of(feature_map(np.eye(3), title=title, value_name=r"$\z$"))
        assert axes.get_title(loc="left") == "$\\broken$ {\\x1b[31m\\n日本"
        assert figure.axes[1].get_ylabel() == r"$\z$"

    def test_a_long_title_stays_within_the_picture(self) -> None:
        figure, axes, _ = figure_of(feature_map(np.eye(3), title="W" * 500))
        title = axes._left_title
        assert title.get_window_extent().x1 <= figure.bbox.x1


class TestMerged:
    def test_maximum_and_mean_by_hand(self) -> None:
        values = np.array([[1.0, 2.0, 3.0], [4.0, np.nan, 0.0], [np.nan, np.nan, -1.0]])
        np.testing.assert_array_equal(merged(values, 2, 2, "maximum"), [[4, 3], [np.nan, -1]])
        np.testing.assert_allclose(merged(values, 2, 2, "mean"), [[7 / 3, 1.5], [np.nan, -1]])

    @pytest.mark.parametrize("merge", ["maximum", "mean"])
    @pytest.mark.parametrize("dtype", ["f4", "f8", "i2"])
    def test_against_the_plain_statement(self, merge: str, dtype: str) -> None:
        random = np.random.default_rng(1)
        values = (random.normal(size=(23, 17)) * 100).astype(dtype)
        function = np.max if merge == "maximum" else lambda block: np.mean(block, dtype=np.float64)
        expected = [[function(values[i : i + 5, j : j + 4]) for j in range(0, 17, 4)] for i in range(0, 23, 5)]
        np.testing.assert_allclose(merged(values, 5, 4, merge), expected, rtol=1e-6)

    def test_infinities_that_cancel_are_no_number(self) -> None:
        assert np.isnan(merged(np.array([[np.inf], [-np.inf]]), 2, 1, "mean")).all()
        assert merged(np.array([[1.0], [np.inf]]), 2, 1, "mean").tolist() == [[np.inf]]

    def test_the_strongest_keeps_its_sign(self) -> None:
        values = np.array([[1, -5, 2], [4, np.nan, -1], [np.nan, np.nan, 3]])
        np.testing.assert_array_equal(merged(values, 2, 2, "strongest"), [[-5, 2], [np.nan, 3]])
