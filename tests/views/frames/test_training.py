"""Frames of a first layer that learns: its kernels, their colours, the epoch, loss and accuracy, and bounds."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from cnnkit.data.learning.first_layer import Kernels
from cnnkit.views.frames.glyphs import drawn
from cnnkit.views.frames.learning import FIRST_MS, MOST_FRAMES, PAUSE_MS, TINTS
from cnnkit.views.frames.page import MARGIN, PALETTE, SCALE, TALLEST, WIDEST, Colour
from cnnkit.views.frames.training import MOST_KERNELS, animate_training

MIDDLE = len(PALETTE) + TINTS
Frame = npt.NDArray[np.uint8]


def layer(weights: Any, epoch: int = 0, loss: float = 1.0, accuracy: float = 0.5) -> Kernels:
    return Kernels(epoch, np.asarray(weights, float), loss, accuracy)


def random_layers(shape: tuple[int, ...], count: int = 2) -> list[Kernels]:
    random = np.random.default_rng(1)
    return [layer(random.normal(size=shape), epoch, 2.0 / (1 + epoch)) for epoch in range(count)]


def holds(frame: Frame, text: str) -> bool:
    """Whether a text is drawn anywhere."""
    ink, dots = frame == Colour.INK, drawn(text, SCALE)[: 7 * SCALE]
    windows = np.lib.stride_tricks.sliding_window_view(ink, dots.shape)
    places = np.argwhere(windows[..., 0, :].sum(axis=-1) == dots[0].sum())
    return any(bool((windows[row, column] == dots).all()) for row, column in places)


def cells(frame: Frame, rows: int, columns: int) -> Frame:
    """The colours of the one kernel of a frame."""
    places = np.argwhere(frame >= len(PALETTE))
    (top, left), (bottom, right) = places.min(axis=0), places.max(axis=0) + 1
    down, across = (bottom - top) // rows, (right - left) // columns
    assert down == across
    found: Frame = frame[top:bottom:down, left:right:across]
    return found


class TestKernels:
    def test_tints_say_sign_and_size_on_the_scale_of_the_kernel(self) -> None:
        start, end = np.zeros((2, 2, 1, 1)), np.array([[4.0, -4], [-1, 0]]).reshape(2, 2, 1, 1)
        animation = animate_training("t", [layer(start), layer(end / 2, 1), layer(end, 2)])
        for frame, expected in zip(
            animation.frames, ([[0, 0], [0, 0]], [[6, -6], [-2, 0]], [[12, -12], [-3, 0]]), strict=True
        ):
            found = cells(frame, 2, 2).astype(int) - MIDDLE
            np.testing.assert_allclose(found, expected, atol=0.5)
        palette = animation.palette.astype(int)
        assert palette[MIDDLE - TINTS, 2] > palette[MIDDLE - TINTS, 0]
        np.testing.assert_array_equal(palette[MIDDLE], 255)

    def test_three_channels_are_colours_around_grey(self) -> None:
        end = np.zeros((1, 3, 3, 1))
        end[0, 0, :, 0], end[0, 1, :, 0] = (2, -2, 2), (-2, 2, -1)
        animation = animate_training("t", [layer(0 * end), layer(end, 1)])
        assert len(animation.palette) <= 256
        found = animation.palette[cells(animation.frames[1], 1, 3)[0]].astype(int)
        np.testing.assert_allclose(found, [[255, 0, 255], [0, 255, 64], [128, 128, 128]], atol=1)
        np.testing.assert_allclose(animation.palette[cells(animation.frames[0], 1, 3)[0]].astype(int), 128, atol=1)

    def test_other_channels_are_summed_and_that_is_said(self) -> None:
        frame = animate_training("t", [layer(np.zeros((1, 2, 2, 1))), layer([[[[1], [1]], [[1], [-1]]]], 1)]).frames[1]
        assert cells(frame, 1, 2).tolist() == [[MIDDLE + TINTS, MIDDLE]]
        assert holds(frame, "sums of the channels")

    def test_of_many_those_that_changed_most_are_shown(self) -> None:
        first, last = random_layers((3, 3, 1, 2 * MOST_KERNELS))
        frame = animate_training("t", [first, last]).frames[1]
        assert holds(frame, f"the {MOST_KERNELS} that changed most are shown")
        assert not holds(animate_training("t", random_layers((3, 3, 1, 8))).frames[1], "changed most")


class TestText:
    def test_each_frame_has_its_epoch_loss_and_accuracy(self) -> None:
        first, *others = random_layers((3, 3, 1, 4), 11)
        points = [first._replace(loss=math.nan, accuracy=math.nan), *others]
        points[5] = points[5]._replace(loss=0.25, accuracy=0.913)
        frames = animate_training("digits", points).frames
        assert len(frames) == 11
        assert holds(frames[5], "epoch 5 of 10, accuracy 91.3%")
        assert holds(frames[5], "loss 0.25 (logarithmic curve)")
        assert holds(frames[0], "epoch 0 of 10")
        assert not holds(frames[0], "accuracy")
        assert all(holds(frame, "digits") for frame in frames)

    def test_the_curve_grows_to_the_epoch(self) -> None:
        frames = animate_training("t", random_layers((3, 3, 1, 4), 5)).frames
        ends = [int(np.flatnonzero((frame == Colour.WINDOW).any(axis=0)).max()) for frame in frames]
        assert ends == sorted(set(ends))


SHAPES = [
    (1, 1, 1, 1),
    (3, 3, 1, 1),
    (3, 3, 3, 8),
    (7, 7, 3, 64),
    (11, 11, 3, 96),
    (300, 2, 1, 3),
    (1, 900, 1, 64),
    (900, 1, 1, 64),
    (224, 224, 3, 64),
]


@pytest.mark.parametrize("shape", SHAPES)
def test_frames_are_no_larger_than_a_page(shape: tuple[int, ...]) -> None:
    frames = animate_training("a long title " * 40, random_layers(shape)).frames
    rows, columns = frames[0].shape
    assert {frame.shape for frame in frames} == {(rows, columns)}
    assert rows <= TALLEST
    assert columns <= WIDEST + 2 * MARGIN
    places = np.argwhere(frames[1] >= len(PALETTE))
    assert (np.ptp(places, axis=0) > 2).all()
    short = animate_training("t", random_layers(shape)).frames[0]
    assert holds(short, "weights one is shown") == (max(shape[:2]) > 200)


@pytest.mark.parametrize("value", [0.0, 5e-324, 1e300, -1.7e308, math.nan, math.inf])
@pytest.mark.parametrize("depth", [1, 2, 3])
def test_any_numbers_can_be_drawn(value: float, depth: int) -> None:
    points = [layer(np.full((3, 3, depth, 2), value), epoch, value, value) for epoch in range(2)]
    animation = animate_training("t", points)
    assert max(frame.max() for frame in animation.frames) < len(animation.palette) <= 256


def test_of_a_long_training_some_epochs_are_shown() -> None:
    animation = animate_training("t", random_layers((1, 1, 1, 1), 301))
    assert 50 <= len(animation.frames) == len(animation.milliseconds) <= MOST_FRAMES
    assert holds(animation.frames[-1], "epoch 300 of 300")
    assert (animation.milliseconds[0], animation.milliseconds[-1]) == (FIRST_MS, PAUSE_MS)


def test_one_point_is_one_frame() -> None:
    animation = animate_training("t", random_layers((3, 3, 1, 2), 1))
    assert (len(animation.frames), animation.milliseconds) == (1, [PAUSE_MS])
