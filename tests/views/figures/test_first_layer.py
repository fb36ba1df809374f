"""The figure of a first layer: its kernels after and before, what they are like, and the presets."""

from __future__ import annotations

import io
import warnings
from typing import Any

import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from PIL import Image

from cnnkit.data.learning.likeness import references
from cnnkit.views.figures import first_layer
from cnnkit.views.figures.canvas import _default_settings
from cnnkit.views.figures.first_layer import MOST_KERNELS, draw_first_layer

RANDOM = np.random.default_rng(1)


def figure_and_texts(start: Any, end: Any) -> tuple[Any, list[str]]:
    with _default_settings():
        figure = first_layer._figure("digits", np.asarray(start, float), np.asarray(end, float))
        FigureCanvasAgg(figure).draw()
    return figure, [text.get_text() for text in figure.axes[0].texts]


def layers(*shape: int) -> tuple[Any, Any]:
    return 0.1 * RANDOM.normal(size=shape), RANDOM.normal(size=shape)


class TestKernels:
    def test_a_kernel_has_one_scale_after_and_before(self) -> None:
        end = np.array([[-4.0, 2, 0], [1, 0, 0], [0, 0, 0]])[..., None, None]
        figure, said = figure_and_texts(end / 2, end)
        after, before = figure.axes[0].images[:2]
        np.testing.assert_allclose(after.get_array(), end[..., 0, 0] / 4)
        np.testing.assert_allclose(before.get_array(), end[..., 0, 0] / 8)
        red, _, blue = after.to_rgba(np.array([[-1.0]]))[0, 0, :3]
        assert blue > red
        assert "0: ±4" in said
        assert after.get_extent()[1] - after.get_extent()[0] > before.get_extent()[1] - before.get_extent()[0]

    def test_three_channels_are_colours_around_grey(self) -> None:
        end = np.zeros((3, 3, 3, 1))
        end[0, 0, :, 0] = 2, -2, 1
        figure, said = figure_and_texts(np.zeros(end.shape), end)
        cells = figure.axes[0].images[0].get_array()
        np.testing.assert_allclose(cells[0, 0], [1, 0, 0.75])
        np.testing.assert_allclose(cells[1:], 0.5)
        assert "grey is 0" in said[1]

    def test_other_channels_are_summed(self) -> None:
        figure, said = figure_and_texts(np.zeros((3, 3, 4, 1)), np.ones((3, 3, 4, 1)))
        np.testing.assert_allclose(figure.axes[0].images[0].get_array(), 1)
        assert "0: ±4" in said
        assert "sum of the 4 channels" in " ".join(said[1].split())

    @pytest.mark.parametrize("count", [1, 8, 64])
    def test_of_many_those_that_changed_most_are_drawn(self, count: int) -> None:
        start, end = layers(3, 3, 1, count)
        end[..., -1] += 9
        figure, said = figure_and_texts(start, end)
        shown = min(count, MOST_KERNELS)
        assert len(figure.axes[0].images) == 2 * shown + len(references((3, 3)))
        assert any(text.startswith(f"{count - 1}: ±") for text in said)
        assert ("the 32 that changed most are drawn" in " ".join(said[1].split())) == (count > shown)


class TestLikeness:
    def test_the_preset_is_named_with_its_cosine_and_sign(self) -> None:
        sobel, gabor = references((5, 5))["sobel-x"], references((5, 5))["gabor:angle=45"]
        end = np.stack([-3 * sobel, gabor + 7], axis=-1)[:, :, None]
        said = figure_and_texts(np.zeros(end.shape), end)[1]
        assert "-sobel-x 1.00" in said
        assert "gabor:angle=45 1.00" in said
        assert "On average it is 1.00, and was 0.00 before learning" in " ".join(said[1].split())

    def test_presets_stand_below_with_their_names(self) -> None:
        figure, said = figure_and_texts(*layers(5, 5, 1, 2))
        presets = references((5, 5))
        assert set(presets) <= set(said)
        last = figure.axes[0].images[-1].get_array()
        expected = presets["gaussian"] - presets["gaussian"].mean()
        np.testing.assert_allclose(last, expected / np.abs(expected).max())
        assert any("wavelength=3.5" in text for text in said)

    def test_single_weights_have_no_presets(self) -> None:
        figure, said = figure_and_texts(*layers(1, 1, 3, 5))
        assert len(figure.axes[0].images) == 10
        assert not any("preset" in text.lower() for text in said)


@pytest.mark.parametrize(
    "shape", [(1, 1, 1, 1), (2, 2, 1, 3), (1, 7, 1, 9), (9, 1, 3, 40), (11, 11, 3, 32), (4, 4, 9, 2)]
)
def test_all_lies_within_the_figure(shape: tuple[int, ...]) -> None:
    figure, _ = figure_and_texts(*layers(*shape))
    width, height = figure.get_size_inches()
    assert width == pytest.approx(8)
    for text in figure.axes[0].texts:
        box = text.get_window_extent()
        assert 0 <= box.x0 <= box.x1 <= width * figure.dpi
        assert 0 <= box.y0 <= box.y1 <= height * figure.dpi
    for image in figure.axes[0].images:
        left, right, bottom, top = image.get_extent()
        assert 0 <= left < right <= width
        assert 0 <= top < bottom <= height


@pytest.mark.parametrize("value", [0.0, np.nan, np.inf, -1e308, 5e-324])
@pytest.mark.parametrize("depth", [1, 2, 3])
def test_any_weights_can_be_drawn(value: float, depth: int) -> None:
    weights = np.full((3, 3, depth, 2), value)
    weights[0, 0, 0, 1] = 1
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        figure, _ = figure_and_texts(np.zeros(weights.shape), weights)
    for image in figure.axes[0].images:
        assert np.isfinite(np.ma.getdata(image.get_array())).all()


def test_it_is_encoded() -> None:
    stream = io.BytesIO()
    draw_first_layer("a$b$\x1b", *layers(3, 3, 1, 4), "png", "made by cnnkit")(stream)
    image = Image.open(stream)
    assert image.info["Software"] == "made by cnnkit"
    assert image.size[0] == 1200
