"""Rounded means of four bytes against their definition, as machine code and as plain Python."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from cnnkit.loops.pooling.halves import MEANS, halve
from tests.cases.layouts import samples
from tests.reference.guards import linux_only, run_guarded

LOOPS = {depth: halve.of(means) for depth, means in MEANS.items()}


def halved(images: Any, out: Any, first: int, last: int) -> None:
    _, rows, columns, depth = images.shape
    LOOPS[depth](rows, columns, depth, MEANS[depth].written, images.reshape(-1), out.reshape(-1), first, last)


def expected(images: Any) -> Any:
    n, rows, columns, depth = images.shape
    even = images[:, : rows // 2 * 2, : columns // 2 * 2].astype(int)
    sums = even.reshape(n, rows // 2, 2, columns // 2, 2, depth).sum(axis=(2, 4))
    return (2 * sums + 4) // 8


def test_by_hand(engine: str) -> None:
    images = np.array([[[[0], [1], [255], [255], [9]], [[0], [1], [255], [254], [9]]]], np.uint8)
    out = np.zeros((1, 1, 2, 1), np.uint8)
    halved(images, out, 0, 1)
    assert out.ravel().tolist() == [1, 255]  # halves are rounded up, and an odd column is left out


@pytest.mark.parametrize("depth", MEANS)
def test_rows_of_every_length(depth: int, engine: str) -> None:
    for columns in (2, 3, 7, 16, 31, 32, 33, 34, 47, 64, 65, 90, 131, 260):
        images = samples(columns, (2, 5, columns, depth), "u1")
        out = np.zeros((2, 2, columns // 2, depth), np.uint8)
        halved(images, out, 0, 4)
        np.testing.assert_array_equal(out, expected(images), err_msg=f"{columns} columns")


@pytest.mark.parametrize("depth", MEANS)
def test_ends_of_the_type(depth: int, engine: str) -> None:
    for pattern in range(16):
        four = [255 * (pattern >> place & 1) for place in range(4)]
        images = np.tile(np.array(four, np.uint8).reshape(1, 2, 2, 1), (1, 1, 40, depth))
        out = np.zeros((1, 1, 40, depth), np.uint8)
        halved(images, out, 0, 1)
        assert set(out.ravel().tolist()) == {(2 * sum(four) + 4) // 8}


@pytest.mark.parametrize("depth", MEANS)
def test_nothing_else_is_written(depth: int, engine: str) -> None:
    images = samples(0, (2, 10, 77, depth), "u1")
    out = np.full((2, 5, 38, depth), 7, np.uint8)
    halved(images, out, 3, 8)
    whole = expected(images).reshape(10, 38, depth)
    rows = out.reshape(10, 38, depth)
    np.testing.assert_array_equal(rows[3:8], whole[3:8])
    assert (rows[:3] == 7).all()
    assert (rows[8:] == 7).all()


@linux_only
def test_nothing_is_read_beyond_the_image() -> None:
    run_guarded(
        "from cnnkit.loops.pooling.halves import MEANS, halve",
        "for depth, means in MEANS.items():",
        "    for columns in (3, 16, 32, 33, 64, 76, 130):",
        "        for at_end in (True, False):",
        "            image = guarded(5 * columns * depth, np.uint8, at_end)",
        "            out = guarded(2 * (columns // 2) * depth, np.uint8, at_end)",
        "            halve.of(means)(5, columns, depth, means.written, image, out, 0, 2)",
    )
