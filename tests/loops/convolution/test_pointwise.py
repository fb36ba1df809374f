"""Convolutions of single pixels against the slow twin, as machine code and as plain Python."""

import pytest

from cnnkit.loops.convolution.layer import PIXELS, WIDE_BYTES
from cnnkit.loops.convolution.pointwise import BLOCK_VALUES
from tests.reference.in_place import check, drawn

TILE = WIDE_BYTES // 4


@pytest.mark.parametrize("kernels", [1, TILE // 2, TILE // 2 + 1, TILE, TILE + 1, 2 * TILE + 5])
@pytest.mark.parametrize("depth", [1, 3, 65, 130])
def test_kernels_and_depths(kernels: int, depth: int, engine: str) -> None:
    check((1, 3, 5, depth), drawn(0, 1, 1, depth, kernels))


@pytest.mark.parametrize("columns", [1, PIXELS - 1, PIXELS, PIXELS + 1, 2 * PIXELS + PIXELS // 2])
@pytest.mark.parametrize("threads", [1, 2, 3])
def test_pixels(columns: int, threads: int) -> None:
    check((2, 3, columns, 4), drawn(0, 1, 1, 4, 9), threads=threads)


def test_several_blocks_of_pixels() -> None:
    depth = 64
    rows = 3 * BLOCK_VALUES // (depth * PIXELS) + 1
    check((1, rows, PIXELS + 3, depth), drawn(0, 1, 1, depth, TILE + 2), has_join=False)
