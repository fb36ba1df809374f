"""Where windows are framed."""

from __future__ import annotations

import numpy as np

from cnnkit.data.raster import Raster
from cnnkit.data.trace import Trace
from cnnkit.geometry.look import Look
from cnnkit.operations.pooling.raster import pool_raster
from cnnkit.operations.pooling.settings import read_pooling
from cnnkit.operations.pooling.trace import pooling_trace
from cnnkit.views.figures.windows import FIRST, OTHERS, first_frames, frames_of, middle_windows, windows_along


def trace_of(rows: int, columns: int, *places: tuple[int, int], **settings: object) -> Trace:
    image, pooling = Raster(np.zeros((rows, columns, 1), np.uint8)), read_pooling(**settings)  # type: ignore[arg-type]
    if not places:
        return pooling_trace(pooling, image)
    return pooling_trace(pooling, image, pool_raster(pooling, image, 1).whole(), Look(places))


def test_windows_begin_in_the_padding() -> None:
    trace = trace_of(6, 9, size=3, stride=2, padding="1")
    assert windows_along(trace, 0) == [(-1, 3), (1, 3), (3, 3)]
    assert windows_along(trace, 1) == [(-1, 3), (1, 3), (3, 3), (5, 3), (7, 3)]


def test_windows_of_bins_are_those_that_are_told() -> None:
    assert windows_along(trace_of(10, 9, size=None, adaptive="2x1"), 0) == [(0, 5), (5, 5)]


def test_those_in_the_middle_see_no_padding() -> None:
    trace = trace_of(100, 7, size=3, stride=2, padding="1")
    down, across = middle_windows(trace, 0), middle_windows(trace, 1)
    assert len(down) == 7
    assert abs((down.start + down.stop) / 2 - 25) <= 1
    assert across == range(1, 3)


def test_those_around_a_result_that_is_looked_at() -> None:
    trace = trace_of(100, 100, (40, 2), size=2)
    assert 40 in middle_windows(trace, 0)
    assert middle_windows(trace, 1) == range(8)


def test_windows_that_lie_apart_all_have_a_frame_and_the_first_is_on_top() -> None:
    assert frames_of([(0, 2), (2, 2)], [(0, 3)]) == [(2, 0, 2, 3, OTHERS), (0, 0, 2, 3, FIRST)]


def test_of_windows_over_each_other_the_first_has_a_frame() -> None:
    assert frames_of([(0, 3), (2, 3)], [(0, 3)]) == [(0, 0, 3, 3, FIRST)]


def test_the_window_of_a_grid_and_its_result() -> None:
    trace = trace_of(6, 6, (1, 2), size=2, padding="1")
    assert first_frames(trace, (-1, -1)) == [(2, 4, 2, 2, FIRST), (1, 2, 1, 1, FIRST)]
