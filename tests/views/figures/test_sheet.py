"""The sheet of kernels: every kernel and response is on it, whatever their sizes and names."""

from __future__ import annotations

import io
import re
from typing import Any

import numpy as np
import pytest
from matplotlib.figure import Figure
from PIL import Image

from cnnkit.data.kernels.kernel import Kernel
from cnnkit.data.kernels.presets import PRESETS
from cnnkit.views.figures import sheet
from cnnkit.views.figures.sheet import Response, draw_kernels

GREY = np.arange(64, dtype=np.uint8).reshape(8, 8, 1) * 4


def responses(*kernels: Kernel) -> list[Response]:
    return [Response(kernel, GREY) for kernel in kernels]


def drawn(*some: Kernel, image: Any = GREY, title: str = "picture", kind: str = "png") -> bytes:
    stream = io.BytesIO()
    draw_kernels(image, title, responses(*some), kind, "made by cnnkit")(stream)
    return stream.getvalue()


def figure_of(*some: Kernel, title: str = "picture") -> Figure:
    return sheet._figure(GREY, title, responses(*some))


def texts(figure: Figure) -> list[Any]:
    return list(figure.axes[0].texts)


@pytest.mark.parametrize("count", [1, 2, 3, 4, 7, len(PRESETS)])
def test_nothing_overlaps_and_nothing_leaves_the_sheet(count: int) -> None:
    some = [preset.kernel() for preset in PRESETS.values()][-count:]
    figure = figure_of(*some, title="a photograph with a long name, of which every square is a mean.jpg, means of 9x9")
    boxes = np.array([text.get_window_extent().extents for text in texts(figure)])
    assert boxes[:, 0].min() >= 0
    assert boxes[:, 2].max() <= figure.bbox.width
    low, high = boxes[:, None], boxes[None]
    overlap = ((low[..., :2] < high[..., 2:]) & (high[..., :2] < low[..., 2:])).all(axis=-1)
    assert overlap.sum() == len(boxes)  # each with itself
    panels = [image.get_window_extent() for image in figure.axes[0].images]
    assert len(panels) == (3 * count if count < 4 else 1 + 2 * count)
    for number, panel in enumerate(panels):
        assert 0 <= panel.x0 < panel.x1 <= figure.bbox.width
        assert 0 <= panel.y0 < panel.y1 <= figure.bbox.height
        assert not [other for other in panels[:number] if panel.overlaps(other)]


def test_titles_can_be_read_at_800_pixels() -> None:
    figure = figure_of(*(preset.kernel() for preset in PRESETS.values()))
    titles = [text for text in texts(figure) if re.match("[a-z]", text.get_text())]
    assert {text.get_text().split()[0] for text in titles} >= set(PRESETS)
    dots = 800 / figure.get_size_inches()[0] / 72
    assert min(text.get_fontsize() for text in titles) * dots > 8


def test_weights_are_written_into_small_grids_alone() -> None:
    words = [text.get_text() for text in texts(figure_of(PRESETS["box"].kernel()))]
    assert words.count("1") == 9
    assert "box   1/9 ×" in words
    words = [text.get_text() for text in texts(figure_of(Kernel(np.array([[np.pi, -0.5]]), "k")))]
    assert {"3.1", "-0.5"} <= set(words)
    assert len(texts(figure_of(PRESETS["gaussian"].kernel()))) == 3


def test_colours_are_even_around_zero() -> None:
    (heat,) = [image for image in figure_of(PRESETS["box"].kernel()).axes[0].images if image.get_cmap().name != "gray"]
    assert heat.get_clim() == (-1 / 9, 1 / 9)


@pytest.mark.parametrize(
    "weights", [np.zeros((3, 3)), np.ones((1, 40)), np.ones((40, 1)), np.full((2, 2), 1e300), np.full((3, 3), 1e-300)]
)
def test_any_weights(weights: np.ndarray) -> None:
    with Image.open(io.BytesIO(drawn(Kernel(weights, "a $1 $name\x1b")))) as image:
        assert image.size[0] == 1200


@pytest.mark.parametrize("kind", ["svg", "pdf"])
def test_other_formats_and_colour_images(kind: str) -> None:
    colours = np.repeat(GREY, 3, axis=2)[:3]
    content = drawn(PRESETS["edge"].kernel(), image=colours, kind=kind)
    assert content.startswith({"svg": b"<?xml", "pdf": b"%PDF"}[kind])
