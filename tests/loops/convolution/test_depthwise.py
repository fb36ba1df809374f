"""Depthwise convolutions against the slow twin, as machine code and as plain Python."""

from itertools import product

import numpy as np
import pytest

from cnnkit.data.network.graph import Convolve, Graph, Node
from cnnkit.geometry.padding import Padding
from cnnkit.geometry.window import Window
from cnnkit.loops.convolution.depthwise import PIXELS
from cnnkit.loops.machine.processor import VECTOR_BYTES
from cnnkit.operations.network.program import Program
from tests.reference.in_place import check, drawn

LANES = VECTOR_BYTES // 4


@pytest.mark.parametrize("depth", [2, LANES - 1, LANES, LANES + 1, 2 * LANES + 3])
@pytest.mark.parametrize("size", [(3, 3), (5, 5), (2, 4)])
def test_depths_and_sizes(depth: int, size: tuple[int, int], engine: str) -> None:
    check((2, 6, 9, depth), drawn(0, *size, 1, depth), (1, 1, 1, 1), groups=depth)


@pytest.mark.parametrize("size", [(3, 3), (1, 5), (5, 3), (2, 2)])
@pytest.mark.parametrize("stride", [(1, 1), (2, 2), (1, 2), (3, 1), (2, 3)])
def test_strides_paddings_and_dilations(size: tuple[int, int], stride: tuple[int, int]) -> None:
    for padding, dilation in product([(0, 0, 0, 0), (1, 2, 3, 0), (4, 5, 6, 7)], [(1, 1), (2, 1), (1, 3)]):
        check((1, 9, 14, 3), drawn(0, *size, 1, 3), padding, groups=3, stride=stride, dilation=dilation)


@pytest.mark.parametrize("columns", [*range(3, 10), 2 * PIXELS + 1, 3 * PIXELS + 2])
@pytest.mark.parametrize("threads", [1, 2])
def test_every_number_of_columns(columns: int, threads: int) -> None:
    for size in (3, 5):
        check(
            (1, 4, columns, LANES + 2),
            drawn(0, size, size, 1, LANES + 2),
            (2, 2, 2, 2),
            groups=LANES + 2,
            threads=threads,
        )


def test_windows_in_the_padding_alone_are_the_bias(engine: str) -> None:
    check((1, 2, 2, 2), drawn(0, 3, 3, 1, 2), (5, 5, 5, 5), groups=2)


@pytest.mark.parametrize("column", [0, 9, 19])
def test_a_nan_touches_the_windows_that_cover_it_and_no_other(column: int, engine: str) -> None:
    image = np.zeros((1, 8, 20, LANES + 1), np.float32)
    image[0, 3, column, 1] = np.nan  # beside the padding of the next row too, where the image lies
    operation = Convolve(drawn(0, 3, 3, 1, LANES + 1), None, Window((3, 3)), Padding(1, 1, 1, 1), LANES + 1)
    graph = Graph(image.shape, (Node(operation, (0,), image.shape),), 1)
    found = np.argwhere(np.isnan(Program(graph, threads=1).run(image)[1]))
    touched = [j for j in (column - 1, column, column + 1) if 0 <= j < 20]
    assert found.tolist() == [[0, i, j, 1] for i in (2, 3, 4) for j in touched]
