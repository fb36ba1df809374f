"""Middles by networks, in registers and by looking, each forced, against the slow twin and each other."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from cnnkit.loops.machine.compile import compiled
from cnnkit.loops.pooling.median import MAX_INSERTION_SORTED, compare_lines, copy_row, pick_middle
from cnnkit.loops.pooling.median_network import middle
from cnnkit.operations.pooling import median as room
from cnnkit.operations.pooling.pool import pool
from tests.cases.layouts import samples
from tests.reference.agreement import check
from tests.reference.guards import linux_only, run_guarded
from tests.reference.loop_agreement import assert_units_are_apart, units_apart


@compiled("T[1], T[1], i8", T=("u1", "f4"))
def pick(held: Any, out: Any, count: int) -> None:
    """The middle of some samples."""
    out[0] = pick_middle(held, count)


@compiled("T[1], T[1], i8[1]", T=("u1", "f4"))
def copy(source: Any, target: Any, found: Any) -> None:
    """A row, and whether it holds NaN."""
    found[0] = copy_row(source, target)


@compiled("i8[2], T[1], i8, i8, i8", T=("u1", "f4"))
def compare(comparisons: Any, lines: Any, line_length: int, step: int, length: int) -> None:
    """A network."""
    compare_lines(comparisons, lines, line_length, step, length)


@pytest.mark.parametrize("most", [0, 1, 3, 250])
@pytest.mark.parametrize("dtype", ["u1", "f4"])
def test_the_lower_middle_of_any_number_of_samples(dtype: str, most: int, engine: str) -> None:
    drawn = np.random.default_rng(most)
    most = MAX_INSERTION_SORTED
    for count in (1, 2, 3, 4, 9, most - 1, most, most + 1, most + 2, 40, 99, 500):
        for held in (drawn.integers(0, most + 1, count), np.arange(count) % 251, -np.arange(count) % 251):
            given, out = np.append(held, [255, 0]).astype(dtype), np.zeros(1, dtype)
            pick(given, out, count)
            assert out[0] == sorted(held)[(count - 1) // 2]
            assert sorted(given[:count]) == sorted(held)
            assert given[count:].tolist() == [255, 0]


def test_a_row_tells_whether_it_holds_nan(engine: str) -> None:
    source, target, found = np.arange(50, dtype="f4"), np.full(40, 77, "f4"), np.zeros(1, np.int64)
    for place, expected in ((45, 0), (39, 1), (0, 1)):
        source[place] = np.nan
        copy(source, target[:40], found)
        assert found[0] == expected
    np.testing.assert_array_equal(target, source[:40])


@pytest.mark.parametrize("size", [(1, 2), (2, 2), (3, 3), (4, 5), (7, 2)])
@pytest.mark.parametrize("step", [1, 3])
def test_a_network_on_lines(size: tuple[int, int], step: int, engine: str) -> None:
    network = middle(*size)
    table = np.array(network.comparisons, np.int64)
    reach = (size[1] - 1) * step + 1
    count = 23
    positions = count + reach - 1
    line_length = positions + reach
    image = samples(1, (size[0], positions), "f4")
    lines = np.zeros((network.lines, line_length), "f4")
    lines[: size[0], :positions] = image
    compare(table, lines.reshape(-1), line_length, step, positions)
    found = lines[network.result, network.shift * step :][:count]
    windows = [image[:, x : x + reach : step] for x in range(count)]
    np.testing.assert_array_equal(found, [np.sort(one.ravel())[(one.size - 1) // 2] for one in windows])


def force(monkeypatch: pytest.MonkeyPatch, way: str) -> None:
    """Find every middle by one way, wherever it can be."""
    monkeypatch.setattr(room, "is_counted", lambda windows, kind: False)
    monkeypatch.setattr(room, "ready_network", room.ready_network.__wrapped__)
    monkeypatch.setattr(room, "MAX_NETWORK_SAMPLES", 0 if way == "looking" else 1 << 20)
    if way != "registers":
        monkeypatch.setattr(room, "IN_REGISTERS", {})


@pytest.mark.parametrize("way", ["lines", "registers", "looking"])
@pytest.mark.parametrize("dtype", ["u1", "f4"])
def test_each_way_finds_the_same(way: str, dtype: str, engine: str, monkeypatch: pytest.MonkeyPatch) -> None:
    force(monkeypatch, way)
    image = samples(2, (2, 9, 23, 2), dtype)
    for size, asked in (
        (3, {"stride": 1}), (3, {"stride": (2, 1), "padding": 2}), (5, {"stride": 1, "padding": "same"}),
        (3, {"stride": 1, "dilation": (2, 3)}), ((2, 4), {"stride": (1, 3), "padding": 1}), (1, {}), ((2, 2), {}),
    ):  # fmt: skip
        check(image, size, kind="median", **asked)
    check(image, adaptive=(3, 5), kind="median")


@pytest.mark.parametrize("dtype", ["i2", "u8", "f8"])
def test_types(dtype: str, engine: str) -> None:
    for size in (3, (4, 3)):
        check(samples(3, (8, 40, 1), dtype), size, stride=1, padding=1, kind="median")


@pytest.mark.parametrize("nan", ["propagate", "ignore"])
@pytest.mark.parametrize("way", ["lines", "registers", "looking"])
def test_nan_and_infinities(way: str, nan: str, engine: str, monkeypatch: pytest.MonkeyPatch) -> None:
    force(monkeypatch, way)
    image = samples(4, (12, 50, 1), "f4")
    image[3, 4], image[5, 30], image[6, 31], image[:, 45] = np.nan, np.inf, -np.inf, np.nan
    for size in (3, 5, (2, 3)):
        check(image, size, stride=1, padding=1, kind="median", nan=nan)
    check(np.full((4, 40, 1), np.nan, "f4"), 3, stride=1, padding=1, kind="median", nan=nan)


@pytest.mark.parametrize("width", [*range(3, 24), 31, 32, 33, 34, 63, 64, 65, 66, 67, 130])
def test_widths(width: int) -> None:
    """Narrower than a register, as wide as one, and the last one overlapping the one before."""
    for depth in (1, 3):
        for dtype in ("u1", "f4"):
            check(samples(width, (4, width, depth), dtype), 3, stride=1, kind="median")


def lower_middles(image: Any, size: tuple[int, int], stride: tuple[int, int] = (1, 1)) -> Any:
    view = np.lib.stride_tricks.sliding_window_view(image, size, axis=(0, 1))[:: stride[0], :: stride[1]]
    flat = np.sort(view.reshape(*view.shape[:3], -1), axis=-1)
    return flat[..., (flat.shape[-1] - 1) // 2]


@pytest.mark.parametrize("depth", [1, 3, 17])
def test_rows_cut_into_several_blocks(depth: int) -> None:
    for columns, rows in ((20_000 // depth, 6), (7, 500)):
        image = samples(depth, (rows, columns, depth), "f4")
        for size, stride in (((3, 3), (1, 1)), ((5, 5), (1, 1)), ((4, 3), (1, 2)), ((2, 5), (2, 3))):
            found = pool(image, size, stride=stride, kind="median")
            np.testing.assert_array_equal(found, lower_middles(image, size, stride), str((size, stride)))


@pytest.mark.parametrize("size", [(3, 3), (4, 4)])
def test_a_unit_writes_its_own_rows_alone(size: tuple[int, int], engine: str, monkeypatch: pytest.MonkeyPatch) -> None:
    images = samples(5, (2, 9, 30, 1), "f4")
    whole, alone = units_apart(monkeypatch, room, lambda: pool(images, size, stride=1, kind="median", threads=1))
    assert len(alone) == 2 * (10 - size[0])
    assert_units_are_apart(whole, alone)


GUARDED = """
from cnnkit import arrays
from cnnkit.operations.pooling.pool import pool
arrays.allocate = lambda shape, kind: guarded(int(np.prod(shape)), kind).reshape(shape)
def middles(image, *size, **asked):
    pool(image, *size, kind='median', **asked)
"""


@linux_only
def test_nothing_is_read_beyond_the_buffers() -> None:
    run_guarded(
        GUARDED,
        "for kind in (np.uint8, np.float32):",
        "    for width in (*range(5, 40), 64, 65, 300):",
        "        for depth in (1, 3):",
        "            image = guarded(9 * width * depth, kind).reshape(9, width, depth)",
        "            image[:] = 1",
        "            for size in (3, 5, (4, 2)):",
        "                for stride in (1, 2, (1, 3)):",
        "                    middles(image, size, stride=stride, padding=width % 2)",
        "            middles(image, 2, stride=1, dilation=(3, 2))",
        "            middles(image, 'global')",
        "            middles(image, adaptive=(2, 3))",
        "            del mappings[:-40]",
    )
