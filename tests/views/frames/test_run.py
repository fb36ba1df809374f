"""Frames of runs: each window lies where the trace says, and the numbers in them are those of the run."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from cnnkit.data.raster import Raster
from cnnkit.data.trace import Trace
from cnnkit.files.kernels import read_kernel
from cnnkit.geometry.look import Crop, Look
from cnnkit.operations.convolution.raster import convolve_raster
from cnnkit.operations.convolution.settings import read_convolution
from cnnkit.operations.convolution.trace import convolution_trace
from cnnkit.operations.pooling.raster import pool_raster
from cnnkit.operations.pooling.settings import read_pooling
from cnnkit.operations.pooling.trace import pooling_trace
from cnnkit.views.frames.glyphs import drawn
from cnnkit.views.frames.page import CELL_HEIGHT, LETTER, MARGIN, PALETTE, SCALE, WIDEST, Colour
from cnnkit.views.frames.run import PAUSE_MS, STEP_MS, Animation, Layout, animate, scenes_of
from cnnkit.views.text.grids import number_text

LECTURE = np.array([[5, 3, 1, 0], [2, 6, 4, 1], [0, 8, 7, 2]], float)
DIAGONAL = "1 0 0; 0 1 0; 0 0 1"
DIGITS = np.random.default_rng(3).integers(0, 10, (6, 7)).astype(float)

Mask = npt.NDArray[np.bool_]


def grid(values: Any) -> Raster:
    values = np.asarray(values)
    return Raster(values if values.ndim == 3 else values[..., None])


def convolved(image: Raster, kernel: Any = DIAGONAL, crop: Crop | None = None, **settings: Any) -> Trace:
    convolution = read_convolution(read_kernel(kernel) if isinstance(kernel, str) else kernel, **settings)
    result = convolve_raster(convolution, image, 1).whole()
    return convolution_trace(convolution, image, result, Look(is_all=True, crop=crop))


def pooled(image: Raster, **settings: Any) -> Trace:
    pooling = read_pooling(**settings)
    return pooling_trace(pooling, image, pool_raster(pooling, image, 1).whole(), Look(is_all=True))


def box_of(mask: Mask) -> tuple[int, int, int, int]:
    """Top, left, bottom, right of what is drawn."""
    places = np.argwhere(mask)
    return (*places.min(axis=0).tolist(), *(places.max(axis=0) + 1).tolist())


def trimmed(mask: Mask) -> Mask:
    top, left, bottom, right = box_of(mask)
    return mask[top:bottom, left:right]


def holds(frame: npt.NDArray[np.uint8], text: str) -> bool:
    """Whether a line of text begins or goes on anywhere with `text`."""
    ink, dots = frame == Colour.INK, drawn(text, SCALE)
    rows, columns = dots.shape
    return any(
        bool((ink[top : top + rows, left : left + columns] == dots).all())
        for left in range(MARGIN, frame.shape[1] - columns, LETTER)
        for top in range(frame.shape[0] - rows)
    )


def check(animation: Animation, trace: Trace) -> None:
    """Frame by frame: the framed result is that of its window, which moves by as much as in the trace."""
    spots = trace.spots
    assert len(animation.frames) == len(spots)
    assert {frame.shape for frame in animation.frames} == {animation.frames[0].shape}
    boxes = [box_of(frame == Colour.WINDOW) for frame in animation.frames]
    step = trace.placement.window.dilation if trace.placement else (1, 1)
    for frame, box, spot in zip(animation.frames, boxes, spots, strict=True):
        top, left, bottom, right = box_of(frame == Colour.RESULT)
        cell = frame[top + 4 : bottom - 4, left + 4 : right - 4]
        assert set(np.unique(cell)) == {Colour.INK, Colour.FILLED}
        np.testing.assert_array_equal(trimmed(cell == Colour.INK), trimmed(drawn(number_text(spot.value), SCALE)))
        for axis in (0, 1):
            moved, expected = box[axis] - boxes[0][axis], spot.corner[axis] - spots[0].corner[axis]
            assert moved == expected * CELL_HEIGHT  # cells of one digit are square
            cells = (spot.is_padding.shape[axis] - 1) * step[axis] + 1
            assert box[axis + 2] - box[axis] == cells * CELL_HEIGHT + 1 + 4


@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"padding": "valid"},
        {"stride": "2x1"},
        {"dilation": 2},
        {"padding": "full", "pad_mode": "wrap"},
        {"padding": "0x1x2x0", "stride": "1x3", "dilation": "1x2"},
    ],
)
def test_windows_of_a_kernel_lie_where_they_should(settings: dict[str, Any]) -> None:
    trace = convolved(grid(DIGITS), **settings)
    check(animate(Layout(scenes_of(trace))), trace)


@pytest.mark.parametrize(
    "settings",
    [
        {"size": 2},
        {"size": 3, "stride": 2, "padding": 1, "kind": "average"},
        {"size": 2, "ceil": True, "kind": "min"},
        {"size": "2x3", "dilation": "2x1", "stride": 1, "kind": "median"},
        {"adaptive": "3x2"},
        {"size": "global", "kind": "lp"},
    ],
)
def test_windows_of_a_pooling_lie_where_they_should(settings: dict[str, Any]) -> None:
    trace = pooled(grid(DIGITS), **settings)
    check(animate(Layout(scenes_of(trace))), trace)


def test_the_lectures_sum_is_written_out() -> None:
    animation = animate(Layout(scenes_of(convolved(grid(LECTURE)))))
    frame = animation.frames[5]
    for text in ("image 3x4, result 3x4", "stride 1, padding 1 filled with 0", "row 1, column 1: 6 of 12", "= 18"):
        assert holds(frame, text), text
    assert holds(frame, "9 products: 5 + 0 + 0 + 0 + 6 + 0")
    assert not holds(animation.frames[4], "= 18")


def test_samples_under_the_window_are_tinted_and_others_between_them_not() -> None:
    trace = convolved(grid(np.ones((6, 6))), "1 1; 1 1", dilation=2, padding="valid")
    frame = animate(Layout(scenes_of(trace))).frames[0]
    top, left, bottom, right = box_of(frame == Colour.WINDOW)
    centres = frame[top + 6 : bottom : CELL_HEIGHT, left + 6 : right : CELL_HEIGHT]  # in cells, beside the numbers
    np.testing.assert_array_equal(centres == Colour.UNDER, [[1, 0, 1], [0, 0, 0], [1, 0, 1]])


def test_padding_is_shaded_and_holds_what_it_counts_as() -> None:
    zero = animate(Layout(scenes_of(convolved(grid(LECTURE))))).frames[-1]
    blank = animate(Layout(scenes_of(pooled(grid(LECTURE), size=3, stride=1, padding=1)))).frames[-1]
    for frame, has_numbers in ((zero, True), (blank, False)):
        top, left, *_ = box_of(frame == Colour.SHADE)
        corner = frame[top : top + CELL_HEIGHT - 4, left : left + CELL_HEIGHT - 4]
        assert (Colour.INK in corner) == has_numbers
    assert (zero == Colour.UNDER_SHADE).any()
    none = animate(Layout(scenes_of(pooled(grid(LECTURE), size=2)))).frames[-1]
    assert not (none == Colour.SHADE).any()


def test_results_stay_and_fill_up() -> None:
    frames = animate(Layout(scenes_of(convolved(grid(DIGITS))))).frames
    filled = [int((frame == Colour.FILLED).sum()) for frame in frames]
    assert filled == sorted(filled)
    assert len(set(filled)) == len(filled)


def test_a_kernel_for_three_channels_has_27_products_in_each_frame() -> None:
    image = Raster(np.random.default_rng(4).integers(0, 9, (5, 5, 3), dtype=np.uint8))
    trace = convolved(image, "sharpen", depth="sum", padding="valid")
    (scene,) = scenes_of(trace)
    animation = animate(Layout([scene]))
    assert len(animation.frames) == 9
    assert all(len(step) == 1 for step in scene.steps)
    assert holds(animation.frames[0], "27 products in all, 9 for each of")
    for title in ("image R", "image G", "image B"):
        assert holds(animation.frames[0], title)
    tinted = [box_of(frame == Colour.WINDOW) for frame in animation.frames]
    assert tinted[0][2] - tinted[0][0] > 3 * 3 * CELL_HEIGHT  # a window in each of the three, from above


def test_channels_by_themselves_move_together_each_with_its_result() -> None:
    image = Raster(np.random.default_rng(4).integers(0, 9, (4, 4, 3), dtype=np.uint8))
    (scene,) = scenes_of(pooled(image, size=2))
    assert [[spot.feature_map for spot in step] for step in scene.steps] == [[0, 1, 2]] * 4
    (frame, *_) = animate(Layout([scene])).frames
    assert all(holds(frame, f"{name}: largest of") for name in "RGB")


def test_kernels_come_one_after_another_and_their_results_stay() -> None:
    scenes = [*scenes_of(convolved(grid(LECTURE))), *scenes_of(convolved(grid(LECTURE), "1 1; 1 1"))]
    animation = animate(Layout(scenes))
    assert len(animation.frames) == 24
    assert animation.milliseconds == ([STEP_MS] * 11 + [PAUSE_MS]) * 2
    assert len({frame.shape for frame in animation.frames}) == 1
    first, last = ((frame == Colour.FILLED).sum() for frame in (animation.frames[11], animation.frames[-1]))
    assert last > 1.5 * first
    assert holds(animation.frames[0], "kernel k3x3-c4f4 3x3")
    assert not holds(animation.frames[12], "kernel k3x3-c4f4 3x3")


def test_maps_of_one_kernel_come_one_after_another() -> None:
    from cnnkit.data.kernels.kernel import layer

    image = Raster(np.random.default_rng(4).integers(0, 9, (4, 4, 3), dtype=np.uint8))
    scenes = scenes_of(convolved(image, layer([read_kernel("edge"), read_kernel("box")]), depth="sum"))
    assert [(scene.name, len(scene.steps)) for scene in scenes] == [("edge", 16), ("box", 16)]


def test_many_channels_are_shown_as_far_as_there_is_room() -> None:
    image = grid(np.random.default_rng(4).integers(0, 9, (4, 4, 9)).astype(float))
    frame = animate(Layout(scenes_of(convolved(image, depth="sum")))).frames[0]
    assert holds(frame, "4 of 9 channels are shown")
    frame = animate(Layout(scenes_of(convolved(image)))).frames[0]  # of each by itself, the strongest
    assert holds(frame, "1 of 9 channels are shown")
    assert (frame == Colour.WINDOW).any()


def test_holes_are_question_marks() -> None:
    values = LECTURE.copy()
    values[1, 1] = np.nan
    for trace in (convolved(grid(values), "box", nan="ignore"), pooled(grid(values), size=2, nan="ignore")):
        frame = animate(Layout(scenes_of(trace))).frames[0]
        _, _, bottom, right = box_of(frame == Colour.WINDOW)
        cell = frame[bottom - 3 - CELL_HEIGHT + 2 : bottom - 4, right - 3 - CELL_HEIGHT + 2 : right - 4]
        np.testing.assert_array_equal(trimmed(cell == Colour.INK), trimmed(drawn("?", SCALE)))


def test_long_numbers_get_fewer_digits_before_they_get_too_wide() -> None:
    values = np.random.default_rng(5).normal(size=(6, 6))
    animation = animate(Layout(scenes_of(convolved(grid(values), "1/3 1/7; 1 2", padding="valid"))))
    assert animation.frames[0].shape[1] <= WIDEST + 2 * MARGIN
    assert animation.frames[0].max() < len(PALETTE)


def test_a_part_is_said() -> None:
    trace = convolved(grid(DIGITS), crop=Crop(1, 2, 3, 3), padding="valid")
    assert trace.part is not None
    spot = next(one for one in trace.spots if one.place == trace.part.first)
    animation = animate(Layout(scenes_of(trace._replace(spots=(spot,))), "part: rows 1 to 3, columns 2 to 4"))
    assert holds(animation.frames[0], "part: rows 1 to 3, columns 2 to 4")


def test_of_many_maps_the_strongest_is_shown_and_that_is_said() -> None:
    weights = np.random.default_rng(1).integers(-3, 4, (3, 3, 1, 6)).astype(float)
    weights[..., 4] *= 9
    layout = Layout(scenes_of(convolved(grid(DIGITS), weights, depth="sum")))
    assert holds(animate(layout).frames[0], "map 4, the strongest there, of 6")


def test_text_follows_the_grids_of_small_kernels_too() -> None:
    small = [*scenes_of(convolved(grid(LECTURE), "1 1", padding="valid"))]
    large = [*scenes_of(convolved(grid(LECTURE), "1 1 1; 1 1 1; 1 1 1", padding="valid"))]
    frames = animate(Layout([*small, *large])).frames
    ends = [box_of(frame != Colour.WHITE)[2] for frame in frames]
    assert ends[0] < ends[-1] - CELL_HEIGHT
