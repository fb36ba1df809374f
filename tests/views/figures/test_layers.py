"""The figure of a run: every layer has its row, nothing lies outside, whatever the stack and the values."""

from __future__ import annotations

import io
from typing import Any

import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from PIL import Image

import cnnkit
from cnnkit.data.raster import Raster, SoundOrigin
from cnnkit.network.shape import shape
from cnnkit.views.figures import canvas, layers
from cnnkit.views.figures.layers import ACROSS, MOST_ROWS, LayerMaps, draw_layers, drawn_layers, strongest

COLOUR = np.random.default_rng(1).integers(0, 256, (20, 30, 3), dtype=np.uint8)


def rows_of(words: str, given: Any = COLOUR) -> list[LayerMaps]:
    found = [*cnnkit.run(given, words, layers=True).values()]
    start = f"{len(given[0])}@{given[1]}" if isinstance(given, tuple) else "x".join(map(str, given.shape))
    return [LayerMaps(row, found[row.number - 1]) for row in drawn_layers(shape(start, words))]


def figure_of(rows: list[LayerMaps], image: Raster) -> Any:
    with canvas._default_settings():
        figure = layers._figure("photo.png", "conv3-8 relu", image, rows)
        FigureCanvasAgg(figure).draw()
    return figure


def texts(figure: Any) -> list[str]:
    return [text.get_text() for text in figure.axes[0].texts]


def test_each_layer_has_a_row_with_its_size_and_range() -> None:
    rows = rows_of("conv3-12 relu maxpool2 gap fc4")
    figure = figure_of(rows, Raster(COLOUR))
    said = texts(figure)
    for words, size in (
        ("1  conv3-12", "20x30x12"),
        ("2  relu", "20x30x12"),
        ("3  maxpool2", "10x15x12"),
        ("5  fc4", "4"),
    ):
        assert said[said.index(words) + 1] == size
    assert said.count("the strongest 8 of 12") == 3
    assert len([text for text in said if text.startswith("map ")]) == 3 * ACROSS
    width, height = figure.get_size_inches()
    for artist in figure.axes[0].images:
        left, right, bottom, top = artist.get_extent()
        assert 0 <= left < right <= width
        assert 0 <= top < bottom <= height


def test_the_strongest_maps_are_those_of_the_largest_mean_magnitude() -> None:
    values = np.zeros((2, 2, 10))
    values[..., 3], values[..., 7], values[0, 0, 1], values[0, 0, 5] = -2, 1, 100, np.nan
    assert strongest(values, 3) == [1, 3, 7]
    assert strongest(np.zeros((1, 1, 3)), 8) == [0, 1, 2]


def test_of_many_layers_activations_stand_with_what_they_follow_and_some_are_left_out() -> None:
    rows = drawn_layers(shape("vgg16"))
    assert rows[0] == (2, "1  conv3-64 relu", "224x224x64")
    assert rows[-1].words.endswith("fc1000")
    assert not any("flatten" in row.words for row in rows)
    many = drawn_layers(shape("densenet121"))
    assert len(many) == MOST_ROWS
    assert (many[0].words, many[-1].size) == ("1  conv7-64:s2:p3:nobias bn relu", "1000")
    assert [row.words for row in drawn_layers(shape("8x8 conv3-2 relu dropout gap"))] == [
        "1  conv3-2",
        "2  relu",
        "4  gap",
    ]


def test_scales_begin_at_black_or_lie_around_zero() -> None:
    rows = [LayerMaps(layers.Drawn(1, "1  a", "2x2x1"), np.array([[[1.0], [2.0]], [[3.0], [4.0]]])),
            LayerMaps(layers.Drawn(2, "2  b", "2x2x1"), np.array([[[-1.0], [2.0]], [[3.0], [4.0]]]))]  # fmt: skip
    _, first, second = figure_of(rows, Raster(COLOUR)).axes[0].images
    assert (first.get_clim(), first.get_cmap().name) == ((1, 4), "gray")
    assert (second.get_clim(), second.get_cmap().name) == ((-4, 4), "RdBu_r")


def test_what_is_no_number_is_told_from_black_and_white() -> None:
    values = np.array([[[0.0], [np.nan]], [[3.0], [4.0]]])
    rows = [LayerMaps(layers.Drawn(1, "1  a", "2x2x1"), values),
            LayerMaps(layers.Drawn(2, "2  b", "3"), np.full(3, np.nan))]  # fmt: skip
    figure = figure_of(rows, Raster(values))
    for image in figure.axes[0].images:
        assert image.get_cmap().get_bad().tolist() == [240 / 255, 228 / 255, 66 / 255, 1.0]
        assert np.isnan(image.get_array()[0, 1].filled(np.nan))
    said = texts(figure)
    assert any("Yellow is no number" in text for text in said)
    assert said[said.index("2  b") + 2] == "no finite number"
    assert not any("Yellow" in text for text in texts(figure_of(rows_of("relu"), Raster(COLOUR))))


def test_grey_levels_are_as_dark_as_they_are() -> None:
    image = figure_of(rows_of("relu"), Raster(np.full((4, 6, 1), 51, np.uint8))).axes[0].images[0]
    assert (image.get_clim(), image.get_array().max()) == ((0, 1), 0.2)


@pytest.mark.parametrize(
    ("words", "given"),
    [
        ("conv3-3 conv1-1:s40", COLOUR),
        ("mfcc13 conv3-2 gap", (np.arange(4096.0), 8000)),
        ("waveform conv1x8-3:s1x4 relu gap", (np.sin(np.arange(4096.0)), 8000)),
        ("relu", np.full((5, 7, 2), np.nan, np.float32)),
        ("relu", np.zeros((1, 9, 1), np.float32)),
        ("flatten", np.arange(3000.0).reshape(50, 60, 1)),
        ("softmax", np.array([[[np.inf, 0.0]]])),
    ],
)
@pytest.mark.parametrize("kind", ["png"])
def test_any_values_can_be_drawn(words: str, given: Any, kind: str) -> None:
    image = Raster(given if not isinstance(given, tuple) else np.asarray(given[0])[None, :, None])
    if isinstance(given, tuple):
        image = Raster(image.source, sound=SoundOrigin("waveform", 8000, None, {}))
    stream = io.BytesIO()
    with np.errstate(all="ignore"):
        rows = rows_of(words, given)
    draw_layers("a$b$\n.png", words, image, rows, kind, "made by cnnkit")(stream)
    assert Image.open(stream).info["Software"] == "made by cnnkit"
