"""Which way the middle is found, and that every way finds the same."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from cnnkit.loops.pooling.median_counts import pool_median_levels
from cnnkit.operations.pooling import median as room
from cnnkit.operations.pooling.median import BY_LINES, IN_REGISTERS
from cnnkit.operations.pooling.pool import pool
from tests.cases.layouts import samples
from tests.reference.agreement import check

IN_3X3, IN_5X5 = IN_REGISTERS[3, 3], IN_REGISTERS[5, 5]


@pytest.mark.parametrize(
    ("dtype", "size", "settings", "way"),
    [
        ("u1", 3, {"stride": 1}, IN_3X3),
        ("u1", 5, {"stride": (4, 1)}, IN_5X5),
        ("f4", 3, {"stride": 1, "padding": 1}, IN_3X3),
        ("f4", 3, {"stride": 1, "nan": "ignore"}, IN_3X3),  # there is no NaN
        ("u1", 3, {"stride": 1, "nan": "ignore"}, IN_3X3),
        ("u1", 3, {}, BY_LINES),
        ("u1", (3, 5), {"stride": 1}, BY_LINES),
        ("u1", (8, 16), {}, BY_LINES),
        ("u1", (3, 43), {}, pool_median_levels),
        ("u1", 13, {"dilation": 2}, BY_LINES),
        ("i2", 13, {}, BY_LINES),
        ("?", 13, {}, pool_median_levels),
        ("u1", "global", {}, pool_median_levels),
        ("f4", "global", {}, BY_LINES),
        ("u1", None, {"adaptive": 3}, pool_median_levels),
        ("u1", None, {"adaptive": 9}, BY_LINES),
    ],
    ids=str,
)
def test_the_way_is_chosen(dtype: str, size: Any, settings: dict[str, Any], way: Any, monkeypatch: Any) -> None:
    run_bands, taken = room.run_bands, []

    def note(loop: Any, *given: Any, **settings: Any) -> None:
        taken.append(loop)
        run_bands(loop, *given, **settings)

    monkeypatch.setattr(room, "run_bands", note)
    pool(samples(1, (43, 45), dtype), size, kind="median", **settings)
    assert taken == [way]


@pytest.mark.parametrize("size", [(2, 3), (5, 5), (10, 12), (11, 12), (16, 16), (16, 17)])
@pytest.mark.parametrize("stride", [1, 3])
def test_the_same_by_every_way(size: tuple[int, int], stride: int, monkeypatch: pytest.MonkeyPatch) -> None:
    image = np.random.default_rng(1).integers(0, 30, (40, 50, 2)).astype("u1")
    settings: dict[str, Any] = {"stride": stride, "padding": 1, "kind": "median"}
    found = [pool(image, size, **settings), pool(image.astype("f4"), size, **settings)]
    monkeypatch.setattr(room, "ready_network", room.ready_network.__wrapped__)
    monkeypatch.setattr(room, "IN_REGISTERS", {})
    for counted, most in ((True, 0), (False, 1 << 20), (False, 0)):
        monkeypatch.setattr(room, "is_counted", lambda windows, kind, counted=counted: counted)
        monkeypatch.setattr(room, "MAX_NETWORK_SAMPLES", most)
        found.append(pool(image, size, **settings))
    for one in found[1:]:
        np.testing.assert_array_equal(one, found[0])


@pytest.mark.parametrize("threads", [1, 2, 3])
def test_threads_change_no_bit(threads: int) -> None:
    image = samples(2, (150, 301, 2), "f4")
    image[7, 8] = np.nan
    for size in (3, (4, 6), 17):
        one = pool(image, size, stride=1, kind="median", threads=1)
        np.testing.assert_array_equal(pool(image, size, stride=1, kind="median", threads=threads), one)


def test_networks_at_the_largest_windows_and_beyond() -> None:
    for size in (16, (16, 17), (1, 256), (257, 1)):
        image = samples(3, (260, 258), "i2")
        tall, wide = (size, size) if isinstance(size, int) else size
        found = pool(image, size, stride=(97, 83), kind="median")
        view = np.lib.stride_tricks.sliding_window_view(image, (tall, wide))[::97, ::83]
        held = np.sort(view.reshape(*view.shape[:2], -1), axis=2)
        np.testing.assert_array_equal(found, held[:, :, (tall * wide - 1) // 2])


def test_windows_wider_than_the_image() -> None:
    for dtype in ("u1", "f4"):
        for size in (3, 5, (4, 20)):
            for shape in ((1, 1), (2, 3), (1, 9)):
                check(samples(4, shape, dtype), size, stride=1, padding="full", kind="median")


def test_small_types_come_back_as_they_were() -> None:
    assert pool(np.array([[True, False, True]]), (1, 3), kind="median").tolist() == [[True]]
    half = pool(np.array([[1.5, 65504, -2]], "f2"), (1, 3), kind="median")
    assert (half.dtype, half.tolist()) == (np.float16, [[1.5]])
