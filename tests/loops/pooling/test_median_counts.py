"""Middles by counting levels against sorted windows: counts that grow, shrink, begin anew and go beyond 65535."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from cnnkit.loops.machine.compile import compiled
from cnnkit.loops.pooling.median_counts import COUNTS, count_row, middle_level
from cnnkit.operations.pooling import median as room
from cnnkit.operations.pooling.pool import pool
from tests.cases.layouts import samples
from tests.loops.pooling.test_median import GUARDED, lower_middles
from tests.reference.agreement import check
from tests.reference.guards import linux_only, run_guarded
from tests.reference.loop_agreement import assert_units_are_apart, units_apart


@pytest.fixture(autouse=True)
def counted(monkeypatch: pytest.MonkeyPatch) -> None:
    """Count levels wherever windows have no gaps, however small they are."""
    monkeypatch.setattr(room, "is_counted", lambda windows, kind: windows.rows.step == windows.columns.step == 1)


@compiled("u1[1], u2[1], u1[1], i8")
def middle_of_row(image: Any, counts: Any, out: Any, before: int) -> None:
    """Count a row as one column's, and find the sample that has so many before it."""
    for x in range(image.shape[0]):
        count_row(image, x, 1, 1, 1, counts)
    out[0] = middle_level(counts, before)
    for x in range(image.shape[0]):
        count_row(image, x, 1, 1, -1, counts)


@pytest.mark.parametrize("levels", [[7], [0, 255], [15, 16, 17], [3, 3, 3, 250, 250], list(range(256))])
def test_levels_are_found_by_how_many_stand_before_them(levels: list[int], engine: str) -> None:
    counts, out = np.zeros(COUNTS, "u2"), np.zeros(1, "u1")
    image = np.random.default_rng(0).permutation(levels).astype("u1")
    for before, level in enumerate(sorted(levels)):
        middle_of_row(image, counts, out, before)
        assert out[0] == level
        assert not counts.any()


SETTINGS: list[tuple[Any, dict[str, Any]]] = [
    (1, {}), (3, {"stride": 1}), ((2, 4), {"stride": 1, "padding": "full"}), (3, {"stride": (1, 2), "padding": 2}),
    (2, {"stride": 3}), ((5, 2), {"stride": (2, 5), "ceil": True}), ((9, 8), {"stride": 1}), ("global", {}),
    (2, {"stride": 2, "padding": (7, 0, 0, 9)}), (None, {"adaptive": (3, 4)}), (None, {"adaptive": (11, 14)}),
]  # fmt: skip


@pytest.mark.parametrize(("size", "asked"), SETTINGS, ids=str)
def test_settings(size: Any, asked: dict[str, Any], engine: str) -> None:
    for depth in (1, 3):
        check(samples(1, (2, 9, 11, depth), "u1"), size, kind="median", **asked)


@pytest.mark.parametrize(("size", "asked"), SETTINGS, ids=str)
def test_the_same_as_by_networks_and_by_looking(
    size: Any, asked: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    image = np.random.default_rng(2).integers(0, 9, (30, 41, 2)).astype("u1")
    found = pool(image, size, kind="median", **asked)
    monkeypatch.setattr(room, "is_counted", lambda windows, kind: False)
    np.testing.assert_array_equal(found, pool(image, size, kind="median", **asked))
    monkeypatch.setattr(room, "ready_network", room.ready_network.__wrapped__)
    monkeypatch.setattr(room, "MAX_NETWORK_SAMPLES", 0)
    monkeypatch.setattr(room, "IN_REGISTERS", {})
    np.testing.assert_array_equal(found, pool(image, size, kind="median", **asked))


@pytest.mark.parametrize("shape", [(300, 221, 1), (257, 256, 1), (260, 500, 2)])
def test_counts_beyond_65535(shape: tuple[int, int, int]) -> None:
    image = np.full(shape, 200, "u1")
    image[: shape[0] // 3] = 10
    assert pool(image, "global", kind="median").tolist() == [[[200] * shape[2]]]
    image[: shape[0] // 2 + 1] = 10
    assert pool(image, "global", kind="median").tolist() == [[[10] * shape[2]]]
    image = samples(3, shape, "u1")
    ordered = np.sort(image.reshape(-1, shape[2]), axis=0)
    np.testing.assert_array_equal(pool(image, "global", kind="median")[0, 0], ordered[(len(ordered) - 1) // 2])


def test_counts_of_exactly_65535_of_one_level() -> None:
    image = np.full((255, 257), 3, "u1")
    assert pool(image, "global", kind="median") == 3
    assert (pool(np.full((260, 260), 9, "u1"), (255, 257), stride=1, kind="median") == 9).all()


@pytest.mark.parametrize("depth", [1, 3, 17])
def test_rows_cut_into_several_blocks(depth: int) -> None:
    for shape in ((12, 9_000 // depth), (400, 13)):
        image = samples(depth, (*shape, depth), "u1")
        for size, stride in (((9, 11), (1, 1)), ((12, 13), (3, 5))):
            found = pool(image, size, stride=stride, kind="median")
            np.testing.assert_array_equal(found, lower_middles(image, size, stride))


@pytest.mark.parametrize("threads", [2, 3])
def test_threads_change_no_bit(threads: int) -> None:
    image = samples(4, (200, 150, 2), "u1")
    one = pool(image, 15, stride=1, kind="median", threads=1)
    np.testing.assert_array_equal(pool(image, 15, stride=1, kind="median", threads=threads), one)


def test_a_unit_writes_its_own_strips_alone(engine: str) -> None:
    images = np.random.default_rng(5).integers(0, 77, (2, 20, 9, 2)).astype("u1")
    patched = pytest.MonkeyPatch()  # one of its own, which is undone before this test ends
    whole, alone = units_apart(patched, room, lambda: pool(images, 3, stride=1, kind="median", threads=1), untouched=99)
    assert len(alone) > 4
    assert_units_are_apart(whole, alone, untouched=99)


@linux_only
def test_nothing_is_read_beyond_the_buffers() -> None:
    run_guarded(
        GUARDED,
        "from cnnkit.operations.pooling import median as room",
        "room.is_counted = lambda windows, kind: True",
        "for width in (*range(5, 40), 300):",
        "    for depth in (1, 3):",
        "        image = guarded(9 * width * depth, np.uint8).reshape(9, width, depth)",
        "        image[:] = 1",
        "        middles(image, 5, stride=1, padding=width % 3)",
        "        middles(image, (3, 2), stride=(2, 3))",
        "        middles(image, adaptive=(2, 3))",
        "        del mappings[:-40]",
    )
