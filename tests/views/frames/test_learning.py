"""Frames of a kernel that is learned: its numbers, tints of their sign and size, the error so far, and bounds."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from cnnkit.data.kernels.course import Course
from cnnkit.views.frames.glyphs import drawn
from cnnkit.views.frames.learning import (
    CURVE,
    FAST_MS,
    FIRST_MS,
    MOST_FRAMES,
    PAUSE_MS,
    SLOW_MS,
    TINTS,
    animate_learning,
)
from cnnkit.views.frames.page import CELL_HEIGHT, MARGIN, PALETTE, SCALE, TALLEST, WIDEST, Colour

MIDDLE = len(PALETTE) + TINTS
Frame = npt.NDArray[np.uint8]


def course(weights: Any, losses: Any = None, shape: tuple[int, ...] | None = None) -> Course:
    weights = np.asarray(weights, float)
    losses = np.geomspace(100, 1, len(weights)) if losses is None else np.asarray(losses, float)
    return Course(shape or weights.shape[1:], 10 * np.arange(len(weights)), weights, losses)


def holds(frame: Frame, text: str) -> bool:
    """Whether a text is drawn anywhere."""
    ink, dots = frame == Colour.INK, drawn(text, SCALE)[: 7 * SCALE]
    windows = np.lib.stride_tricks.sliding_window_view(ink, dots.shape)
    places = np.argwhere(windows[..., 0, :].sum(axis=-1) == dots[0].sum())
    return any(bool((windows[row, column] == dots).all()) for row, column in places)


def curve(frame: Frame) -> Frame:
    """The columns in which the error is drawn, from the first column of the page."""
    found: Frame = np.flatnonzero((frame == Colour.RESULT).any(axis=0)) - MARGIN
    return found


class TestNumbers:
    def test_each_frame_has_the_weights_the_step_and_the_error(self) -> None:
        weights = np.array([[[0, 0], [0, 0]], [[1.5, -2], [0.25, 0]], [[2.5, -4], [0.5, -0.0004]]])
        frames = animate_learning("a.png to b.png", course(weights, [30, 4, 0.5])).frames
        assert len(frames) == 3
        assert all(holds(frame, "a.png to b.png") and holds(frame, "kernel 2x2") for frame in frames)
        for text in ("1.500", "-2", "0.250", "step 10 of 20", "error 4 (logarithmic curve)"):
            assert holds(frames[1], text), text
        assert holds(frames[2], "step 20 of 20")
        assert holds(frames[2], "0.500")
        assert not holds(frames[2], "-0.000")
        assert not holds(frames[1], "step 20 of 20")

    def test_tints_say_sign_and_size_on_one_scale(self) -> None:
        animation = animate_learning("t", course([[[2.0, -2.0, 0.0]], [[4.0, -1.0, -0.0]]]))
        for frame, tints in zip(animation.frames, ([6, -6, 0], [12, -3, 0]), strict=True):
            cells = frame >= len(PALETTE)
            row = np.flatnonzero(cells.any(axis=1))[0] + 1  # above the numbers
            places = np.flatnonzero(cells[row])
            assert list(dict.fromkeys(frame[row, places].tolist())) == [MIDDLE + tint for tint in tints]
            assert len(places) > 3 * (CELL_HEIGHT - 2)
        palette = animation.palette.astype(int)
        np.testing.assert_array_equal(palette[MIDDLE], 255)
        assert palette[MIDDLE - TINTS, 2] > palette[MIDDLE - TINTS, 0]
        assert palette[MIDDLE + TINTS, 0] > palette[MIDDLE + TINTS, 2]
        assert max(frame.max() for frame in animation.frames) < len(palette)

    def test_channels_have_their_names_and_all_numbers(self) -> None:
        weights = np.arange(24.0).reshape(2, 2, 2, 3)
        way = course(weights)._replace(channels=("R", "G", "B"))
        frame = animate_learning("t", way).frames[1]
        assert all(holds(frame, text) for text in ("kernel 2x2x3", "R", "G", "B", "12", "17", "23"))
        assert not holds(frame, "11")


class TestSquares:
    def test_large_kernels_have_tints_alone(self) -> None:
        weights = np.zeros((2, 15, 15))
        weights[1, 3, 7], weights[1, 14, 0] = 5, -5
        frame = animate_learning("t", course(weights)).frames[1]
        (top, left), (bottom, right) = (edge(np.argwhere(frame >= len(PALETTE)), axis=0) for edge in (np.min, np.max))
        side = (bottom + 1 - top) // 15
        assert (right + 1 - left) == side * 15
        assert side >= 20
        cells = frame[top + 1 : bottom : side, left + 1 : right : side]
        np.testing.assert_array_equal(cells, MIDDLE + np.sign(weights[1]) * TINTS)

    @pytest.mark.parametrize(
        ("shape", "said"),
        [
            ((3, 3, 3, 4), ""),
            ((3, 3, 1, 64), "of 64 grids are shown"),
            ((21, 21, 3, 8), "of 24 grids are shown"),
            ((1, 2000), "of every 4 weights one is shown"),
            ((1000, 1), "of every 3 weights one is shown"),
            ((100, 100), ""),
            ((9, 9), ""),
            ((1, 600, 2), ""),
        ],
    )
    def test_frames_are_no_larger_than_a_page(self, shape: tuple[int, ...], said: str) -> None:
        weights = np.random.default_rng(1).normal(size=(2, *shape))
        frames = animate_learning("a long title " * 40, course(weights)).frames
        rows, columns = frames[0].shape
        assert {frame.shape for frame in frames} == {(rows, columns)}
        assert rows <= TALLEST
        assert columns <= WIDEST + 2 * MARGIN
        cells = np.argwhere(frames[1] >= len(PALETTE))
        assert (np.ptp(cells, axis=0) > 12).all()  # none too thin to see
        assert not (frames[1][:, 4 - MARGIN :] != Colour.WHITE).any()  # beside the square at the end of the curve
        short = animate_learning("t", course(weights)).frames[0]
        assert holds(short, said or "shown") == bool(said)


class TestCurve:
    def test_it_grows_to_the_step_and_falls_to_the_last_error(self) -> None:
        frames = animate_learning("t", course(np.ones((5, 1, 1)), [100, 10, 1, 0.1, 0.01])).frames
        ends = [int(curve(frame).max(initial=0)) for frame in frames[1:]]
        assert ends == sorted(ends)
        assert len(set(ends)) == 4
        assert (np.diff(curve(frames[-1])) == 1).all()
        squares = [np.argwhere(frame == Colour.WINDOW) for frame in frames]
        tops = [int(places[:, 0].min()) for places in squares]
        assert np.diff(tops).tolist() == [CURVE // 4] * 4  # equal ratios are equal steps down

    @pytest.mark.parametrize("losses", [[1, 1], [0, 0], [np.nan, np.inf], [-0.0, 5e-324], [1e308, 1e-308], [2, 0]])
    def test_any_errors_can_be_drawn(self, losses: list[float]) -> None:
        frames = animate_learning("t", course(np.ones((2, 1, 1)), losses)).frames
        assert len(frames) == 2
        assert all((frame == Colour.WINDOW).any() for frame in frames)


@pytest.mark.parametrize("value", [0.0, -0.0, 5e-324, 1e-300, 1e300, -1.7e308, np.nan, np.inf])
@pytest.mark.parametrize("side", [1, 3, 10])
def test_any_weights_can_be_drawn(value: float, side: int) -> None:
    frames = animate_learning("t", course(np.full((2, side, side), value))).frames
    assert frames[0].shape[1] <= WIDEST + 2 * MARGIN
    if side == 3 and value == 0:
        assert set(np.unique(frames[1][frames[1] >= len(PALETTE)])) == {MIDDLE}
        assert not holds(frames[1], "-0")


def test_least_squares_are_one_frame() -> None:
    animation = animate_learning("t", course(np.ones((1, 3, 3)), [0.125]))
    assert (len(animation.frames), animation.milliseconds) == (1, [PAUSE_MS])
    assert holds(animation.frames[0], "least squares")
    assert holds(animation.frames[0], "error 0.125")


def test_of_a_long_way_the_first_steps_are_shown_and_slowly() -> None:
    animation = animate_learning("t", course(np.linspace(0, 1, 6001)[:, None, None]))
    assert 50 <= len(animation.frames) == len(animation.milliseconds) <= MOST_FRAMES
    assert holds(animation.frames[1], "step 10 of 60000")
    assert holds(animation.frames[-1], "step 60000 of 60000")
    first, *middle, last = animation.milliseconds
    assert (first, last) == (FIRST_MS, PAUSE_MS)
    assert middle == sorted(middle, reverse=True)
    assert (middle[-1], middle[0] > SLOW_MS - 100) == (FAST_MS, True)
