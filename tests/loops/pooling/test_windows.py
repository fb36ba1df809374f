"""The three ways of merging against the slow twin, as machine code and as plain Python, and block by block."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from cnnkit.loops.pooling.windows import pool_bins, pool_rows, pool_strips
from cnnkit.operations.pooling import merge as room
from cnnkit.operations.pooling.pool import pool
from tests.cases.layouts import samples
from tests.reference.agreement import check, kind_of
from tests.reference.guards import linux_only, run_guarded
from tests.reference.loop_agreement import assert_units_are_apart, units_apart

WAYS = {"rows": pool_rows, "strips": pool_strips, "bins": pool_bins}


def force(monkeypatch: pytest.MonkeyPatch, way: str) -> list[Any]:
    """Pool by one way wherever it can be; the list tells the ways that were taken."""
    taken: list[Any] = []
    made_of = room._loop_for

    def note(loop: Any, kind: str) -> Any:
        taken.append(loop)
        return made_of(loop, kind)

    monkeypatch.setattr(room, "_loop_for", note)
    monkeypatch.setattr(room, "_prepared", room._prepared.__wrapped__)
    monkeypatch.setattr(room, "_shares_many_rows", lambda size, stride: way == "strips")
    monkeypatch.setattr(room, "WIDE_PIXEL_BYTES", 0 if way == "bins" else 1 << 40)
    return taken


@pytest.fixture(params=WAYS)
def way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Run a test by each of the ways, which must be the one that is taken."""
    taken = force(monkeypatch, request.param)
    yield request.param
    assert set(taken) == {WAYS[request.param]}


SETTINGS: list[tuple[Any, dict[str, Any]]] = [
    (2, {}),
    (3, {"stride": 2, "padding": 1}),
    ((4, 5), {"stride": (1, 2), "padding": "full"}),
    ((1, 2), {"stride": (3, 2), "ceil": True}),
    ((5, 2), {"stride": 2, "dilation": (1, 3), "padding": (4, 0, 1, 6)}),
    ((2, 7), {"stride": (5, 3), "dilation": (4, 1), "padding": (6, 9, 20, 11), "ceil": True}),
]
"""Windows that every way can merge."""


@pytest.mark.parametrize("kind", ["max", "counted", "lp"])
def test_settings(kind: str, way: str, engine: str) -> None:
    for size, asked in SETTINGS:
        for dtype, depth in (("u1", 1), ("f4", 3))[kind == "lp" :]:
            check(samples(1, (2, 9, 11, depth), dtype), size, **asked, **kind_of(kind))


@pytest.mark.parametrize(("dtype", "kind"), [("i8", "max"), ("i4", "average"), ("f8", "average")])
def test_types(dtype: str, kind: str, way: str, engine: str) -> None:
    check(samples(2, (1, 7, 9, 2), dtype), (3, 4), stride=(1, 2), padding=2, kind=kind)


def test_rounded_means(way: str, engine: str) -> None:
    image = samples(3, (9, 11, 3), "u1")
    for size, asked in SETTINGS:
        mean = pool(image, size, kind="average", dtype="f8", **asked)
        rounded = pool(image, size, kind="average", dtype="u1", **asked)
        expected = np.nan_to_num(np.floor(mean + 0.5)).astype("u1")
        np.testing.assert_array_equal(rounded, expected)


@pytest.mark.parametrize("kind", ["max", "average"])
def test_nan_and_infinities_stay_in_their_windows(kind: str, way: str, engine: str) -> None:
    image = samples(4, (8, 12, 1), "f4")
    image[3, 4], image[5, 9], image[7, 1] = np.nan, np.inf, -np.inf
    check(image, (3, 2), stride=(1, 2), padding=1, kind=kind)
    check(image, (4, 4), stride=(2, 4), padding=1, kind=kind)


@pytest.mark.parametrize("size", [*range(1, 12), 17, 26, 28])
def test_windows_of_every_size(size: int, way: str) -> None:
    """Every size has passes of its own, down and across."""
    image = samples(size, (31, 30, 1), "u1")
    for kind in ("max", "average"):
        check(image, size, stride=(1, max(2, -(-size // 4))), padding=min(size // 2, 3), kind=kind)
        if way != "bins":
            check(image, size, stride=1, kind=kind)


@pytest.mark.parametrize("stride", [(1, 2), (2, 3), (3, 4)])
@pytest.mark.parametrize("depth", [1, 2, 3, 5, 17])
def test_strides_take_pixels_of_every_width(depth: int, stride: Any, way: str) -> None:
    for dtype in ("u1", "f4"):
        for columns in (9, 40, 71):
            check(samples(depth, (9, columns, depth), dtype), (3, 2), stride=stride, padding=1)


def windows_of(image: Any, size: tuple[int, int], stride: tuple[int, int]) -> Any:
    """All windows of a large image without padding, by the way NumPy has."""
    view = np.lib.stride_tricks.sliding_window_view(image, size, axis=(0, 1))
    return view[:: stride[0], :: stride[1]]


@pytest.mark.parametrize("depth", [1, 3, 17, 64])
@pytest.mark.parametrize("shape", [(3, 40_000), (2000, 7)])
def test_images_cut_into_several_blocks(shape: tuple[int, int], depth: int, way: str) -> None:
    image = samples(depth, (*shape, depth), "u1")
    for size, stride in (((2, 3), (1, 2)), ((3, 4), (2, 3))):
        windows = windows_of(image, size, stride)
        np.testing.assert_array_equal(pool(image, size, stride=stride), windows.max(axis=(3, 4)))
        sums = windows.sum(axis=(3, 4), dtype=np.int64)
        found = pool(image, size, stride=stride, kind="average", dtype="u1")
        area = size[0] * size[1]
        np.testing.assert_array_equal(found, (2 * sums + area) // (2 * area))


@pytest.mark.parametrize("depth", [1, 3, 17])
def test_windows_side_by_side_in_several_blocks(depth: int, monkeypatch: pytest.MonkeyPatch) -> None:
    for way in ("rows", "strips"):
        with monkeypatch.context() as patched:
            force(patched, way)
            image = samples(depth, (12, 9_001, depth), "u1")
            found = pool(image, (5, 9), stride=1)
            np.testing.assert_array_equal(found, windows_of(image, (5, 9), (1, 1)).max(axis=(3, 4)))
            found = pool(image, (11, 20), stride=1, padding=3)
            padded = np.pad(image, ((3, 3), (3, 3), (0, 0)))
            columns = np.maximum.reduce([padded[:, x : x + padded.shape[1] - 19] for x in range(20)])
            expected = np.maximum.reduce([columns[y : y + padded.shape[0] - 10] for y in range(11)])
            np.testing.assert_array_equal(found, expected)


def test_padding_wider_than_blocks(way: str) -> None:
    image = np.array([[3, -2]], "f4")
    for left in (1, 5_000, 40_000):
        found = pool(image, (1, 2), stride=(1, 2), padding=(0, 2, left, 30_001 - left % 2))
        held = np.full((3, left + 2 + 30_001 - left % 2), -np.inf, "f4")
        held[0, left : left + 2] = image
        pairs = held[:, : held.shape[1] // 2 * 2].reshape(3, -1, 2)
        np.testing.assert_array_equal(found, pairs.max(axis=2))


@pytest.mark.parametrize("count", [(1, 1), (3, 4), (7, 11), (9, 30), (5, 2)])
def test_bins_that_differ(count: tuple[int, int], engine: str) -> None:
    for kind in ("max", "average"):
        check(samples(5, (2, 7, 11, 3), "f4"), adaptive=count, kind=kind)


@pytest.mark.parametrize("kind", ["max", "average"])
def test_a_unit_writes_its_own_strips_alone(kind: str, way: str, engine: str, monkeypatch: pytest.MonkeyPatch) -> None:
    images = samples(6, (3, 40, 9, 2), "f4")
    whole, alone = units_apart(monkeypatch, room, lambda: pool(images, 3, stride=(2, 2), kind=kind, threads=1))
    assert len(alone) > 3
    assert_units_are_apart(whole, alone)


@pytest.mark.parametrize("threads", [2, 3, None])
@pytest.mark.parametrize("kind", ["max", "average", "lp"])
def test_threads_change_no_bit(kind: str, threads: int | None, way: str) -> None:
    image = samples(7, (901, 601, 3), "f4")
    for size, asked in ((3, {"stride": 2}), ((9, 4), {"stride": (1, 2), "padding": "same"})):
        one = pool(image, size, kind=kind, threads=1, **asked)
        np.testing.assert_array_equal(pool(image, size, kind=kind, threads=threads, **asked), one)


def test_inputs_are_only_read(way: str, engine: str) -> None:
    image = samples(8, (7, 8, 2), "f4")
    before = image.copy()
    image.setflags(write=False)
    for kind in ("max", "lp"):
        pool(image, 3, stride=2, padding=1, kind=kind)
    np.testing.assert_array_equal(image, before)


GUARDED = """
from cnnkit import arrays
from cnnkit.operations.pooling import merge as room
from cnnkit.operations.pooling.pool import pool
arrays.allocate = lambda shape, kind: guarded(int(np.prod(shape)), kind).reshape(shape)
def at_the_end(*shape):
    image = guarded(int(np.prod(shape)), np.float32).reshape(shape)
    image[:] = 1
    return image
def both(image, *size, **asked):
    for kind in ('max', 'average'):
        pool(image, *size, kind=kind, **asked)
"""
"""The image and the result end where memory does, too."""


@linux_only
@pytest.mark.parametrize("forced", WAYS)
def test_nothing_is_read_beyond_the_buffers(forced: str) -> None:
    run_guarded(
        GUARDED,
        f"room._shares_many_rows = lambda size, stride: {forced == 'strips'}",
        f"room.WIDE_PIXEL_BYTES = {0 if forced == 'bins' else 1 << 40}",
        "for width in (*range(5, 40), 300):",
        "    for depth in (1, 3, 5):",
        "        image = at_the_end(1, 9, width, depth)",
        "        both(image, (4, 5), stride=(1, 2))",
        "        both(image, 3, stride=(2, 3), padding=1)",
        "        both(image, (2, 3), stride=1)",
        "        both(image, 1, stride=2)",
        "        both(image, adaptive=(4, width // 2))",
        "        del mappings[:-40]",
    )
