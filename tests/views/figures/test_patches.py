"""The sheet of patches: each at its own scale, the box where the strongest lies, of sounds turned with the axes."""

from __future__ import annotations

import io
from typing import Any

import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.patches import Rectangle
from PIL import Image

from cnnkit.views.figures import canvas, patches
from cnnkit.views.figures.patches import WHOLE, Patch, draw_patches

WHOLE_IMAGE = np.zeros((40, 80, 3), np.uint8)


def figure_of(whole: Patch, box: tuple[int, int, int, int], some: list[Patch]) -> Any:
    with canvas._default_settings():
        figure = patches._figure(("layer 2", "conv3-8 relu"), whole, box, some)
        FigureCanvasAgg(figure).draw()
    return figure


def some(count: int) -> list[Patch]:
    return [Patch(np.full((5, 7, 1), 20 * n, np.uint8), (f"{n}.png", "1.5 at 2, 3")) for n in range(count)]


def boxes(figure: Any) -> list[Rectangle]:
    return [one for one in figure.axes[0].patches if isinstance(one, Rectangle)]


@pytest.mark.parametrize("count", [1, 3, 9])
def test_all_patches_and_their_lines_are_there(count: int) -> None:
    figure = figure_of(Patch(WHOLE_IMAGE, ("a.png",)), (10, 20, 5, 7), some(count))
    said = [text.get_text() for text in figure.axes[0].texts]
    assert all(f"{number}.png" in said for number in range(count))
    assert len(figure.axes[0].images) == count + 1
    width, height = figure.get_size_inches()
    for artist in figure.axes[0].images:
        left, right, bottom, top = artist.get_extent()
        assert 0 < left < right < width
        assert 0 < top < bottom < height


def test_the_box_lies_where_the_patch_was_cut() -> None:
    figure = figure_of(Patch(WHOLE_IMAGE, ("a.png",)), (10, 20, 5, 8), some(1))
    left, right, bottom, top = figure.axes[0].images[0].get_extent()
    unit = WHOLE / 80
    assert (right - left, bottom - top) == pytest.approx((80 * unit, 40 * unit))
    box = boxes(figure)[0]
    assert (box.get_x() - left, box.get_y() - top) == pytest.approx((20 * unit, 10 * unit))
    assert (box.get_width(), box.get_height()) == pytest.approx((8 * unit, 5 * unit))


def test_of_a_sound_time_runs_to_the_right_and_frequency_upwards() -> None:
    frames = np.zeros((80, 40, 1), np.uint8)
    frames[10, 39] = 255  # the highest band of frame 10
    figure = figure_of(Patch(frames, ("a.wav",), is_sound=True), (10, 30, 5, 10), some(1))
    image = figure.axes[0].images[0]
    assert np.argwhere(np.asarray(image.get_array()) == 255).tolist() == [[0, 10]]
    left, _, _, top = image.get_extent()
    box, unit = boxes(figure)[0], WHOLE / 80
    assert (box.get_x() - left, box.get_y() - top) == pytest.approx((10 * unit, 0))
    assert (box.get_width(), box.get_height()) == pytest.approx((5 * unit, 10 * unit))


def test_it_is_written_with_its_maker() -> None:
    stream = io.BytesIO()
    draw_patches("layer 2", "relu", Patch(WHOLE_IMAGE, ("a",)), (0, 0, 1, 1), some(2), "png", "made by cnnkit")(stream)
    assert Image.open(stream).info["Software"] == "made by cnnkit"
