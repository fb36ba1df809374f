"""What is laid in a buffer, against the padded image written out."""

from itertools import product
from typing import Any

import numpy as np
import pytest

from cnnkit import arrays
from cnnkit.geometry.blocks import Blocks, cut
from cnnkit.geometry.padding import Padding, pad_mode
from cnnkit.geometry.window import Window, place
from cnnkit.loops.convolution.direct import SOURCES, SUMS
from cnnkit.loops.laying import lay
from cnnkit.loops.machine.compile import compiled
from cnnkit.operations.convolution.problem import outside
from tests.cases.layouts import samples
from tests.reference import convolution as twin


@compiled("T[1], i8[1], i8[1], f8, S[1], Blocks" + 5 * ", i8", T=SOURCES, S=SUMS, Blocks=Blocks)
def lay_block(
    image: Any, outside_rows: Any, outside_columns: Any, constant: float, laid: Any, blocks: Blocks,
    at: int, y0: int, y1: int, x0: int, x1: int,
) -> None:  # fmt: skip
    """Lay one block."""
    lay(image, at, blocks, outside_rows, outside_columns, constant, y0, y1, x0, x1, laid)


def check(image: Any, kind: str, blocks: Blocks, padding: Padding, mode: str, area: tuple[int, int, int, int]) -> None:
    """Lay padded rows and columns `area` of the second image of a batch, and hold them against the twin's."""
    y0, y1, x0, x1 = area
    n, rows, columns, depth = image.shape
    read = pad_mode(mode)
    laid = np.full(blocks.buffer_size, 77, dtype=kind)
    lay_block(
        image.reshape(-1),
        outside(rows, padding.top, padding.bottom, read),
        outside(columns, padding.left, padding.right, read),
        read.value, laid, blocks, (n - 1) * rows * columns * depth, y0, y1, x0, x1,
    )  # fmt: skip
    from_rows = twin.extended(rows, padding.top, padding.bottom, mode)
    from_columns = twin.extended(columns, padding.left, padding.right, mode)
    expected = np.full(blocks.buffer_size, 77, dtype=kind)
    for y, x, c in product(range(y0, y1), range(x0, x1), range(depth)):
        row, column = from_rows[y], from_columns[x]
        sample = twin.constant_of(mode) if row is None or column is None else image[n - 1, row, column, c]
        expected[blocks.offset(y - y0, x - x0, c)] = sample
    np.testing.assert_array_equal(laid, expected)


def cut_of(image: Any, padding: Padding, stride: int, kind: str, **how: bool) -> Blocks:
    placement = place(image.shape[1:3], Window((3, 3), (1, stride)), padding)
    return cut(placement, image.shape[3], np.dtype(kind).itemsize, **how)  # type: ignore[arg-type]


def wide(blocks: Blocks) -> int:
    """Padded columns that lie under windows."""
    return (blocks.out_columns - 1) * blocks.stride_columns + blocks.reach_columns


@pytest.mark.parametrize("mode", ["zero", "constant=-3", "replicate", "reflect", "symmetric", "wrap"])
@pytest.mark.parametrize("how", [{}, {"planar": True, "sorted_columns": True}, {"sorted_columns": True}])
def test_padding_of_every_kind(mode: str, how: dict[str, bool], engine: str) -> None:
    padding = Padding(4, 1, 2, 7)
    for stride, depth in product((1, 2, 3), (1, 2, 3)):
        image = samples(depth, (2, 4, 5, depth), "f4")
        blocks = cut_of(image, padding, stride, "f4", **how)
        check(image, "f4", blocks, padding, mode, (0, 9, 0, wide(blocks)))


@pytest.mark.parametrize("how", [{}, {"planar": True, "sorted_columns": True}, {"sorted_columns": True}])
def test_any_part_of_the_padded_image(how: dict[str, bool], engine: str) -> None:
    padding = Padding(1, 2, 3, 2)
    for stride, depth in product((1, 2, 3), (1, 3)):
        image = samples(stride, (2, 3, 6, depth), "f4")
        blocks = cut_of(image, padding, stride, "f4", **how)
        for x0 in range(0, wide(blocks), stride):
            for x1 in {x0 + 1, min(x0 + 4, wide(blocks)), wide(blocks)}:
                check(image, "f4", blocks, padding, "reflect", (2, 5, x0, x1))


@pytest.mark.parametrize(
    ("source", "kind"), [(source, kind) for source in SOURCES for kind in SUMS if kind != "i2" or source == "u1"]
)
def test_every_type_into_every_other(source: str, kind: str) -> None:
    image = samples(1, (2, 5, 9, 3), source)
    padding = Padding(1, 1, 1, 1)
    for how in ({}, {"planar": True, "sorted_columns": True}):
        check(image, kind, cut_of(image, padding, 1, kind, **how), padding, "zero", (0, 7, 0, 11))


def test_rows_of_padding_alone(engine: str) -> None:
    image, padding = samples(1, (1, 2, 3, 2), "u1"), Padding(5, 5, 6, 6)
    blocks = cut_of(image, padding, 1, "f4")
    check(image, "f4", blocks, padding, "constant=9", (0, 3, 0, 15))
    check(image, "f4", blocks, padding, "constant=9", (3, 8, 0, 4))
    check(image, "f4", blocks, padding, "wrap", (9, 12, 10, 15))


def test_a_batch_of_wide_images(engine: str) -> None:
    """Hundreds of columns, for the vectors the compiler makes of them."""
    image, padding = samples(1, (3, 2, 301, 3), "u1"), Padding(0, 1, 1, 1)
    for how in ({}, {"planar": True, "sorted_columns": True}):
        check(image, "f4", cut_of(image, padding, 1, "f4", **how), padding, "zero", (0, 3, 0, 303))
        check(image, "f4", cut_of(image, padding, 1, "f4", **how), padding, "zero", (1, 3, 100, 290))


def test_is_the_padded_image_of_other_rooms() -> None:
    """`arrays.pad` lays the same samples."""
    image = samples(2, (1, 4, 5, 1), "f4")
    for mode in ("zero", "reflect", "wrap"):
        placement = place((4, 5), Window((3, 3)), "same")
        blocks = cut(placement, 1, 4)
        laid = np.zeros(blocks.buffer_size, np.float32)
        read, padding = pad_mode(mode), placement.padding
        lay_block(
            image.reshape(-1), outside(4, padding.top, padding.bottom, read),
            outside(5, padding.left, padding.right, read), read.value, laid, blocks, 0, 0, 6, 0, 7,
        )  # fmt: skip
        np.testing.assert_array_equal(
            laid[:42].reshape(6, 7), arrays.pad(image, placement, read, np.float32)[0, ..., 0]
        )
