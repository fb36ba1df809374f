"""The figure of a learned kernel: what the images, the grids and the curve of it hold, whatever the numbers."""

from __future__ import annotations

import io
from typing import Any

import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from PIL import Image

from cnnkit.data.kernels.course import Course
from cnnkit.data.raster import Raster
from cnnkit.views.figures import learning
from cnnkit.views.figures.canvas import _default_settings
from cnnkit.views.figures.learning import MOST_GRIDS, Example, draw_learning, log_ticks
from cnnkit.views.figures.maps import SIGNED, figure_of

LEVELS = np.random.default_rng(1).integers(0, 256, (20, 30, 3), dtype=np.uint8)


def course(shape: tuple[int, ...] = (3, 3), losses: Any = (8.0, 2.0, 0.5), scale: float = 1.0) -> Course:
    """Weights that go from 0 to -4, -3, ... (times a scale) in equal steps."""
    last = scale * (np.arange(float(np.prod(shape))).reshape(shape) - 4)
    shares = np.linspace(0, 1, len(losses)) if len(losses) > 1 else [1.0]
    return Course(shape, np.arange(len(losses)) * 10, np.array([share * last for share in shares]), np.array(losses))


def example(before: Any = LEVELS, after: Any = LEVELS, made: Any = None) -> Example:
    return Example(Raster(before), Raster(after), np.asarray(after if made is None else made, float))


def figure_and_texts(one: Example, way: Course, error: float = 0.25) -> tuple[Any, list[str]]:
    with _default_settings():
        figure = figure_of(learning._rows("photo.png", one, way, error))
        FigureCanvasAgg(figure).draw()
    said = [axes.get_title(loc="left") for axes in figure.axes]
    return figure, [line for title in said for line in title.split("\n") if line]


class TestImages:
    def test_each_has_its_name_size_and_range(self) -> None:
        made = LEVELS - 1.0
        made[4, 5, 1] += 31
        figure, said = figure_and_texts(example(made=made), course())
        for line in ("before: photo.png", "after", "made by the kernel", "difference: made - after", "at most 30"):
            assert line in said
        assert said.count("20x30x3, 0 to 255") == 2
        before, after, result, difference = (axes.images[0] for axes in figure.axes[:4])
        np.testing.assert_allclose(before.get_array(), LEVELS / 255)
        np.testing.assert_allclose(after.get_array(), LEVELS / 255)
        np.testing.assert_allclose(result.get_array(), (made / 255).clip(0, 1))
        assert difference.get_cmap().name == SIGNED
        low, high = difference.get_clim()
        assert low == -high

    def test_a_difference_is_blue_below_and_red_above(self) -> None:
        after = np.zeros((2, 2, 1))
        figure, said = figure_and_texts(example(after, after, [[[-2.0], [1.0]], [[0.0], [np.nan]]]), course())
        image = figure.axes[3].images[0]
        red, _, blue = image.to_rgba(np.array([[-2.0, 1.0, 0.0]]))[0, 0, :3]
        assert blue > red
        assert image.get_clim() == (-2, 2)
        np.testing.assert_array_equal(np.ma.filled(image.get_array(), 9), [[-2, 1], [0, 9]])
        assert "blue -2, red 2" in said

    def test_differences_above_zero_alone_are_red_too(self) -> None:
        figure, _ = figure_and_texts(example(made=LEVELS + 1.0), course())
        assert figure.axes[3].images[0].get_clim() == (-1, 1)

    @pytest.mark.parametrize(("made", "said"), [(LEVELS, "none"), (np.full(LEVELS.shape, np.nan), "no numbers")])
    def test_no_difference_is_said(self, made: Any, said: str) -> None:
        assert said in figure_and_texts(example(made=made), course())[1]

    def test_results_below_zero_have_the_colours_of_the_image_after(self) -> None:
        after = np.linspace(-3, 3, 24).reshape(4, 6, 1)
        figure, _ = figure_and_texts(example(LEVELS, after, 2 * after), course())
        for axes in figure.axes[1:3]:
            assert axes.images[0].get_clim() == (-3, 3)
            assert axes.images[0].get_cmap().name == SIGNED

    def test_a_few_results_below_zero_leave_an_image_grey(self) -> None:
        after = np.linspace(-1, 30, 24).reshape(4, 6, 1)
        figure, _ = figure_and_texts(example(LEVELS, after, 2 * after), course())
        assert [axes.images[0].get_cmap().name for axes in figure.axes[1:4]] == ["gray", "gray", SIGNED]
        assert figure.axes[2].images[0].get_clim() == (-1, 30)

    def test_a_smaller_image_after_is_compared_in_its_size(self) -> None:
        figure, said = figure_and_texts(example(LEVELS, LEVELS[2:, 2:], LEVELS[2:, 2:] + 1.0), course())
        assert "18x28x3, 0 to 255" in said
        assert figure.axes[3].images[0].get_array().shape == (18, 28)


class TestKernels:
    def test_weights_stand_in_their_cells_on_one_scale(self) -> None:
        figure, said = figure_and_texts(example(), course(losses=np.geomspace(8, 0.5, 21)))
        assert "kernel 3x3: blue below 0, red above it, up to 4" in said
        titles = [line for line in said if "step" in line and "error" in line]
        assert titles[:4] == [
            "step 0, error 8",
            "step 100, error 2",
            "step 180, error 0.66",
            "last step 200, error 0.5",
        ]
        grids = [axes for axes in figure.axes if axes.images and axes.images[0].get_array().shape == (3, 3)]
        assert len(grids) == 4
        np.testing.assert_allclose(grids[1].images[0].get_array(), np.arange(-2, 2.5, 0.5).reshape(3, 3))
        assert {axes.images[0].get_clim() for axes in grids} == {(-4.0, 4.0)}
        assert [text.get_text().strip() for text in grids[-1].texts] == [
            "-4",
            "-3",
            "-2",
            "-1",
            "0",
            "1",
            "2",
            "3",
            "4",
        ]
        assert [text.get_text().strip() for text in grids[2].texts][:2] == ["-3.60", "-2.70"]
        assert len({text.get_fontsize() for axes in grids for text in axes.texts}) == 1

    @pytest.mark.parametrize(
        ("shape", "shown", "left_out"),
        [((3, 3, 3), 3, ""), ((3, 3, 3, 4), 6, "not drawn: 6 more grids"), ((2, 2, 7), 6, "not drawn: 1 more grid")],
    )
    def test_of_many_grids_the_first_are_drawn_and_that_is_said(
        self, shape: tuple[int, ...], shown: int, left_out: str
    ) -> None:
        figure, said = figure_and_texts(example(), course(shape, losses=(8.0, 1.0)))
        grids = [axes for axes in figure.axes if axes.images and axes.images[0].get_array().shape == shape[:2]]
        assert len(grids) == 2 * shown
        assert shown <= MOST_GRIDS
        assert [line for line in said if line.startswith("not drawn")] == [left_out] * bool(left_out)

    def test_numbers_too_small_to_read_are_left_out(self) -> None:
        figure, _ = figure_and_texts(example(), course((15, 15), scale=0.01))
        grids = [axes for axes in figure.axes if axes.images and axes.images[0].get_array().shape == (15, 15)]
        assert grids
        assert not any(axes.texts for axes in grids)

    def test_least_squares_are_one_kernel_and_no_curve(self) -> None:
        figure, said = figure_and_texts(example(), course(losses=(0.25,)))
        assert "least squares" in said
        assert "error of all results: 0.25 (root of the mean square)" in said
        assert not any(axes.lines for axes in figure.axes)


class TestCurve:
    def test_it_holds_the_errors_and_dots_for_the_kernels(self) -> None:
        figure, said = figure_and_texts(example(), course(losses=(800.0, 3.0, 0.002)), 0.003)
        axes = figure.axes[-1]
        line, dots = axes.lines
        np.testing.assert_array_equal(line.get_xydata(), [[0, 800], [10, 3], [20, 0.002]])
        np.testing.assert_array_equal(dots.get_xdata(), [0, 10, 20])
        assert axes.get_yscale() == "log"
        assert [text.get_text() for text in axes.get_yticklabels()] == ["0.01", "0.1", "1", "10", "100"]
        assert any(line.endswith("error of all results: 0.003 (root of the mean square)") for line in said)

    def test_errors_that_have_no_logarithm_are_left_out(self) -> None:
        figure, _ = figure_and_texts(example(), course(losses=(8.0, np.nan, 0.0, 1.0, np.inf, 0.0)))
        np.testing.assert_array_equal(figure.axes[-1].lines[0].get_ydata(), [8, 1])

    @pytest.mark.parametrize("power", range(-320, 300, 37))
    def test_ticks_lie_within(self, power: int) -> None:
        for low, high in ((1.0, 1.0), (1.0, 1.2), (3.0, 70.0), (0.2, 3e7)):
            ends = [max(float(f"{end}e{power}"), 5e-324) for end in (low, high)]
            ticks = log_ticks(*ends)
            assert ends[0] <= ticks[0] <= ticks[-1] <= ends[1]
            assert ticks == sorted(set(ticks))
            assert len(ticks) <= 9


@pytest.mark.parametrize(
    ("shape", "losses", "scale"),
    [
        ((1, 1), (1.0, 1.0), 1.0),
        ((3, 3), (0.0, 0.0), 0.0),
        ((3, 3), (-0.0, 5e-324, 1e308), -0.0),
        ((2, 3), (1e300, 1e-300), 1e299),
        ((2, 3), (2.0, 1.0), 1e-300),
        ((3, 3), (np.nan, np.inf), np.nan),
        ((1, 300), (3.0, 1.0), 1.0),
    ],
)
def test_any_numbers_can_be_drawn_within_the_figure(shape: tuple[int, ...], losses: Any, scale: float) -> None:
    figure, said = figure_and_texts(example(), course(shape, losses, scale), losses[-1])
    assert all("-0" not in text.get_text().split() for axes in figure.axes for text in axes.texts)
    for axes in figure.axes:
        box = axes.get_position()
        assert -1e-9 <= box.x0 < box.x1 <= 1
        assert -1e-9 <= box.y0 < box.y1 <= 1
    assert said


@pytest.mark.parametrize("made", [np.full((1, 1, 1), 1e308), np.zeros((1, 1, 1)), np.full((1, 1, 1), np.inf)])
def test_one_sample_is_an_image(made: Any) -> None:
    stream = io.BytesIO()
    draw_learning("a$b$.png", example(made, -made, made), course((1, 1)), 0.0, "png", "made by cnnkit")(stream)
    image = Image.open(stream)
    assert image.info["Software"] == "made by cnnkit"
    assert image.size[0] == 1200
