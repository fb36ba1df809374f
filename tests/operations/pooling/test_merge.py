"""Which way windows are merged, tall ones in parts, and what is kept for images of a size."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from cnnkit.geometry.window import Window, place
from cnnkit.loops.pooling.windows import pool_bins, pool_rows, pool_strips
from cnnkit.operations.pooling import merge as room
from cnnkit.operations.pooling.merge import adaptive, in_parts, moved, widest
from cnnkit.operations.pooling.pool import pool
from cnnkit.operations.pooling.settings import read_pooling
from tests.cases.layouts import samples
from tests.reference.agreement import check


@pytest.mark.parametrize(
    ("size", "asked", "depth", "way"),
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
def test_the_way_is_chosen(
    size: Any, asked: dict[str, Any], depth: int, way: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    made_of, taken = room._made_of, []

    def note(loop: Any, kind: str) -> Any:
        taken.append(loop)
        return made_of(loop, kind)

    monkeypatch.setattr(room, "_made_of", note)
    monkeypatch.setattr(room, "_ready", room._ready.__wrapped__)
    pool(samples(1, (40, 50, depth), "u1"), size, **asked)
    assert taken == [way]


@pytest.mark.parametrize("kind", ["max", "average"])
@pytest.mark.parametrize("count", [(1, 1), (2, 3), (5, 300), (31, 1)])
def test_tall_windows_in_parts_are_as_whole_ones(
    kind: str, count: tuple[int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    image = samples(2, (2003, 37, 3), "u1")
    windows = adaptive((2003, 37), count)
    parts = in_parts(windows, (2003, 37), 1)
    assert (parts is not None) == (windows.rows.most >= room.TALL)
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
    for asked in ({"dilation": (2, 1)}, {"padding": (90, 0, 1, 0), "stride": (50, 1)}, {"dilation": (3, 2)}):
        for kind in ("max", "average"):
            for nan in ("propagate", "ignore"):
                check(image, (80, 2), kind=kind, nan=nan, **asked)
    check(image, (80, 2), kind="average", count_padding=True, padding=(90, 7, 1, 0), stride=(50, 1))


def test_parts_are_for_few_tall_windows_alone() -> None:
    tall = adaptive((1000, 40), (1, 1))
    parts = in_parts(tall, (1000, 40), 1)
    assert parts is not None
    assert parts[0].columns.are_alone
    assert parts[0].rows.most <= room.PART
    assert parts[1].output == (1, 1)
    assert in_parts(tall, (1000, 40), room.FEW) is None
    assert in_parts(adaptive((room.TALL - 1, 40), (1, 1)), (room.TALL - 1, 40), 1) is None
    assert in_parts(adaptive((5000, 40), (room.FEW, 1)), (5000, 40), 1) is None


def test_what_windows_are_told_to_hold() -> None:
    windows = moved(place((4, 5), Window((2, 2), (2, 2)), (2, 0, 0, 3)))
    assert windows.output == (3, 4)
    np.testing.assert_array_equal(windows.hold_samples, np.outer([0, 1, 1], [1, 1, 1, 0]) > 0)
    assert windows.largest == 4
    assert windows.taps == 4 * 5
    assert windows.undivided.rows.divisors.tolist() == [1, 1, 1]
    assert windows.undivided is windows.undivided
    asked = read_pooling(2)
    assert asked.windows((4, 5)) is asked.windows((4, 5))
    assert asked.windows((4, 5)) is not read_pooling(2, kind="average", count_padding=True).windows((4, 5))
    long = read_pooling((1, 2))
    assert long.windows((1, room.LONG)) is not long.windows((1, room.LONG))  # nothing is kept of what is long


def test_how_wide_some_windows_are() -> None:
    windows = moved(place((1, 20), Window((1, 3), (1, 4)), (0, 0, 2, 6)))
    held = [[x for x in range(j * 4 - 2, j * 4 + 1) if 0 <= x < 20] for j in range(windows.output[1])]
    for width in range(1, windows.output[1] + 1):
        groups = [sum(held[j : j + width], []) for j in range(0, len(held), width)]  # noqa: RUF017
        assert widest(windows, width) == max(max(one) - min(one) + 1 for one in groups if one)


def test_one_size_after_another_and_the_first_again() -> None:
    """What is kept for a size and a type is not taken for another."""
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
