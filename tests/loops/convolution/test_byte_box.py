"""Boxes over bytes against the slow twin, as machine code and as plain Python, and their totals alone."""

from __future__ import annotations

import numpy as np
import pytest

from cnnkit.loops.convolution.byte_box import add_row, convolve_bytes, move
from cnnkit.loops.convolution.totals import WIDE_BYTES
from cnnkit.operations.convolution import box as room
from cnnkit.operations.convolution.convolve import convolve
from tests.cases.layouts import samples
from tests.reference.guards import linux_only, run_guarded
from tests.reference.loop_agreement import assert_agrees, assert_units_are_apart, units_apart


def test_rows_of_sums() -> None:
    with np.errstate(over="ignore"):
        column = np.array([1, 65535, 9], np.uint16)
        add_row(column, np.array([255, 0, 1], np.uint8), 2)
        assert column.tolist() == [256, 65535, 9]
        move(column, np.array([1, 2, 3], np.uint8), np.array([2, 1, 0], np.uint8), 2)
        assert column.tolist() == [255, 0, 9]


@pytest.mark.parametrize(
    "grid", [(1, 1), (1, 2), (3, 3), (2, 5), (5, 4), (1, 31), (17, 1), (9, 70), (31, 31), (257, 3)]
)
@pytest.mark.parametrize("depth", [1, 3])
def test_sizes(grid: tuple[int, int], depth: int) -> None:
    images = samples(grid[1], (2, 5, 37, depth), "u1")
    for weight in (1.0, 1 / (grid[0] * grid[1]), -0.3):
        found = convolve(images, np.full(grid, weight), algorithm="box", padding="full", bias=2, dtype="f8")
        expected = convolve(images.astype("f8"), np.full(grid, weight), algorithm="direct", padding="full", bias=2)
        np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-3)


@pytest.mark.parametrize("mode", ["zero", "constant=255", "constant=7", "replicate", "reflect", "symmetric", "wrap"])
def test_padding_of_every_kind(mode: str, engine: str) -> None:
    for padding in ("same-lower", "full", (3, 0, 1, 5)):
        assert_agrees(samples(0, (1, 4, 5, 2), "u1"), np.full((3, 4), 0.3), "box", padding=padding, pad_mode=mode)


@pytest.mark.parametrize("mode", ["constant=256", "constant=-1", "constant=0.5"])
def test_padding_that_is_no_byte(mode: str) -> None:
    assert_agrees(samples(0, (1, 4, 5, 2), "u1"), np.full((3, 4), 0.3), "box", padding="full", pad_mode=mode)


def test_every_width() -> None:
    for width in (*range(1, WIDE_BYTES + 3), 300, 1000):
        image = samples(width, (3, width), "u1")
        found = convolve(image, np.full((3, 3), 1 / 9), algorithm="box", dtype="u1")
        padded = np.pad(image.astype(int), 1)
        sums = sum(padded[y : y + 3, x : x + width] for y in range(3) for x in range(3))
        np.testing.assert_array_equal(found, (2 * sums + 9) // 18, err_msg=f"{width} columns")


@pytest.mark.parametrize("size", [2, 3, 4, 6, 8, 15, 16])
def test_bytes_of_bytes_are_rounded_half_away_from_zero(size: int) -> None:
    image = samples(size, (40, 50), "u1")
    found = convolve(image, np.full((size, size), 1 / size**2), algorithm="box", dtype="u1", padding="valid")
    windows = np.lib.stride_tricks.sliding_window_view(image, (size, size)).astype(np.int64)
    mean = windows.sum(axis=(2, 3)).astype(np.float32) * np.float32(1 / size**2)
    np.testing.assert_array_equal(found, np.floor(mean.astype(float) + 0.5))


def test_images_wider_and_taller_than_a_block() -> None:
    image = samples(1, (900, 5003), "u1")
    found = convolve(image, np.ones((31, 31)), algorithm="box", dtype="f4", padding="valid")
    sums = np.pad(image.astype(np.int64).cumsum(0).cumsum(1), ((1, 0), (1, 0)))
    expected = sums[31:, 31:] - sums[:-31, 31:] - sums[31:, :-31] + sums[:-31, :-31]
    np.testing.assert_array_equal(found, expected)


@pytest.mark.parametrize("rows", [1, 3, 5, 40])
def test_strips_are_apart(rows: int, monkeypatch: pytest.MonkeyPatch) -> None:
    images = samples(0, (3, rows, 9, 2), "u1")
    whole, alone = units_apart(monkeypatch, room, lambda: convolve(images, np.full((5, 5), 0.1), algorithm="box"))
    assert_units_are_apart(whole, alone)


@pytest.mark.parametrize("threads", [2, 3])
def test_threads_change_no_bit(threads: int) -> None:
    image = samples(0, (301, 203, 3), "u1")
    for size in (5, 31):
        one = convolve(image, np.full((size, size), size**-2), threads=1, algorithm="box", dtype="u1")
        found = convolve(image, np.full((size, size), size**-2), threads=threads, algorithm="box", dtype="u1")
        np.testing.assert_array_equal(found, one)


@linux_only
def test_nothing_is_read_beyond_the_buffers() -> None:
    run_guarded(
        "def image(*shape):",
        "    found = guarded(int(np.prod(shape)), np.uint8).reshape(shape)",
        "    found[:] = 3",
        "    return found",
        "for width in (*range(1, 70), 127, 128, 129, 300):",
        "    for size in ((3, 3), (9, 5), (2, 40), (31, 31)):",
        "        weights = np.full(size, 1 / (size[0] * size[1]))",
        "        convolve(image(5, width), weights, algorithm='box', dtype=np.uint8)",
        "        convolve(image(5, width, 3), weights, algorithm='box', dtype=np.float32)",
    )


def test_it_is_the_loop_of_bytes(monkeypatch: pytest.MonkeyPatch) -> None:
    assert {loop.function for loop in room.BYTE_LOOPS} == {convolve_bytes.function}
    ran = []
    run = room.run_bytes
    monkeypatch.setattr(room, "run_bytes", lambda problem: ran.append(run(problem)))
    box = np.full((3, 3), 0.1)
    convolve(np.ones((4, 4), np.uint8), box, algorithm="box")
    assert len(ran) == 1
    for image, weights, mode in (
        (np.ones((4, 4), np.float32), box, "zero"),
        (np.ones((4, 4), np.uint16), box, "zero"),
        (np.ones((4, 4), np.uint8), box, "constant=300"),
        (np.ones((300, 4), np.uint8), np.full((258, 3), 0.1), "zero"),
        (np.ones((200, 200), np.uint8), np.full((101, 101), 0.1), "zero"),
    ):
        convolve(image, weights, algorithm="box", pad_mode=mode)
    assert len(ran) == 1
