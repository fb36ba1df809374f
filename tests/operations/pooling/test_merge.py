"""Which loop windows are merged by, tall ones in parts, and what is cached for images of a size."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from cnnkit.loops.pooling.windows import pool_bins, pool_rows, pool_strips
from cnnkit.operations.pooling import merge as room
from cnnkit.operations.pooling.pool import pool
from cnnkit.operations.pooling.windows import TALL_ROWS, adaptive_windows, in_parts
from tests.cases.layouts import samples
from tests.reference.agreement import check


@pytest.mark.parametrize(
    ("size", "settings", "depth", "way"),
    [
        (2, {}, 3, pool_rows),
        (3, {"stride": 1}, 1, pool_rows),
        (7, {"stride": 1}, 1, pool_rows),
        (8, {"stride": 1}, 1, pool_strips),
        (31, {"stride": 1}, 3, pool_strips),
        (31, {"stride": 4}, 3, pool_rows),
        (3, {"stride": 2}, 64, pool_bins),
        (3, {"stride": 2}, 63, pool_rows),
        (3, {"stride": 1}, 64, pool_rows),
        ((3, 9), {"stride": 2}, 64, pool_rows),
        (None, {"adaptive": 7}, 3, pool_bins),
        (None, {"adaptive": (4, 50)}, 3, pool_rows),
    ],
    ids=str,
)
def test_the_loop_is_chosen(
    size: Any, settings: dict[str, Any], depth: int, way: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    loop_for, taken = room._loop_for, []

    def note(loop: Any, kind: str) -> Any:
        taken.append(loop)
        return loop_for(loop, kind)

    monkeypatch.setattr(room, "_loop_for", note)
    monkeypatch.setattr(room, "_prepared", room._prepared.__wrapped__)
    pool(samples(1, (40, 50, depth), "u1"), size, **settings)
    assert taken == [way]


@pytest.mark.parametrize("kind", ["max", "average"])
@pytest.mark.parametrize("count", [(1, 1), (2, 3), (5, 300), (31, 1)])
def test_tall_windows_in_parts_are_as_whole_ones(
    kind: str, count: tuple[int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    image = samples(2, (2003, 37, 3), "u1")
    windows = adaptive_windows((2003, 37), count)
    parts = in_parts(windows, (2003, 37), 1)
    assert (parts is not None) == (windows.rows.most >= TALL_ROWS)
    found = pool(image, adaptive=count, kind=kind)
    rows, columns = (bins.table.T.tolist() for bins in windows.axes)
    held = [[image[y : y + tall, x : x + wide].astype(int) for x, wide in columns] for y, tall in rows]
    how = np.max if kind == "max" else np.mean
    expected = np.array([[how(one, axis=(0, 1)) for one in row] for row in held])
    np.testing.assert_array_equal(found, expected.astype(found.dtype))


@pytest.mark.parametrize("threads", [1, 2, 3])
@pytest.mark.parametrize("dtype", ["u1", "f4"])
def test_the_whole_image_is_one_window(dtype: str, threads: int) -> None:
    image = samples(3, (900, 301, 2), dtype)
    np.testing.assert_array_equal(pool(image, "global", threads=threads)[0, 0], image.max(axis=(0, 1)))
    mean = pool(image, "global", kind="average", threads=threads)
    one = pool(image, "global", kind="average", threads=1)
    np.testing.assert_array_equal(mean, one)
    scale = np.abs(image.astype("f8")).mean(axis=(0, 1))
    error = np.abs(mean[0, 0] - image.astype("f8").mean(axis=(0, 1)))
    assert (error <= 2e-6 * scale).all()


def test_tall_windows_with_dilation_padding_and_nan_in_parts() -> None:
    image = samples(4, (260, 5, 2), "f4")
    image[100, 2, 0] = np.nan
    for settings in ({"dilation": (2, 1)}, {"padding": (90, 0, 1, 0), "stride": (50, 1)}, {"dilation": (3, 2)}):
        for kind in ("max", "average"):
            for nan in ("propagate", "ignore"):
                check(image, (80, 2), kind=kind, nan=nan, **settings)
    check(image, (80, 2), kind="average", count_padding=True, padding=(90, 7, 1, 0), stride=(50, 1))


def test_one_size_after_another_and_the_first_again() -> None:
    """What is cached for a size and a dtype is not used for another."""
    for shape in ((9, 9, 1), (9, 10, 1), (9, 9, 3), (9, 9, 1)):
        for dtype in ("u1", "f4"):
            for kind in ("max", "average"):
                for size in (2, 3):
                    image = samples(5, shape, dtype)
                    check(image, size, kind=kind)
                    check(image, size, kind=kind, padding=1)
    check(samples(5, (9, 9, 1), "f4"), 2, kind="average", padding=1, count_padding=True)
    check(samples(5, (9, 9, 1), "f4"), 2, kind="average", padding=1)
    for p in (1, 2, 3):
        check(samples(5, (9, 9, 1), "f4"), 2, kind="lp", p=p)
