"""The runs of products a tile sums: each weight meets each sample once, and long sums are put aside."""

from itertools import product
from typing import Any

import numpy as np
import pytest

from cnnkit.geometry.blocks import Blocks, cut
from cnnkit.geometry.window import Window, place
from cnnkit.loops.convolution.segments import MAX_PRODUCTS_PER_SEGMENT, Run, Sum, as_sum, pixel, row, row_pair
from cnnkit.loops.convolution.tile import SEGMENT
from cnnkit.operations.convolution.direct import run_step


def runs_of(given: Sum) -> list[Run]:
    return [Run(*map(int, numbers)) for numbers in given.segments.reshape(-1, SEGMENT)]


def products(given: Sum, step: int, scalar_step: int) -> list[tuple[int, int, int, int]]:
    """Each product: where its vector and its scalar stand, and which scalars it is for."""
    return [
        (run.vectors + t * step, run.scalars + t * scalar_step, run.lowest, run.highest)
        for run in runs_of(given)
        for t in range(run.products)
    ]


def blocks_of(window: Window, depth: int = 1, **how: bool) -> Blocks:
    return cut(place((20, 40), window, "same"), depth, 4, **how)  # type: ignore[arg-type]


class TestAsSum:
    def test_chunks_hold_few_products_and_are_few(self) -> None:
        for lengths in (
            [1],
            [64],
            [63, 1],
            [63, 2],
            [63, 63],
            [30, 40, 10],
            [1] * 200,
            [64] * 5,
            [64] * 1024,
            [3] * 9000,
        ):
            given = as_sum([Run(0, 0, length, 0, 1) for length in lengths])
            ends = given.chunks.tolist()
            assert ends == sorted(set(ends))
            assert ends[0] > 0
            assert ends[-1] == len(lengths)
            sums = [sum(lengths[begin:end]) for begin, end in zip([0, *ends], ends, strict=False)]
            most = max(64, sum(lengths) ** 0.5)
            assert max(sums) <= most
            assert len(sums) <= 2 * sum(lengths) / most + 1

    def test_runs_are_five_numbers_each(self) -> None:
        assert as_sum([Run(1, 2, 3, 4, 5), Run(6, 7, 8, 9, 10)]).segments.tolist() == list(range(1, 11))


class TestRowPair:
    @pytest.mark.parametrize("stride", [(1, 1), (2, 1), (3, 2), (5, 3)])
    @pytest.mark.parametrize("dilation", [(1, 1), (2, 3)])
    @pytest.mark.parametrize(("size", "depth"), [((1, 1), 1), ((3, 3), 1), ((4, 2), 3), ((2, 5), 2)])
    @pytest.mark.parametrize("planar", [False, True])
    def test_each_weight_meets_its_sample_in_both_rows(
        self, size: Any, stride: Any, dilation: Any, depth: int, planar: bool
    ) -> None:
        window = Window(size, stride, dilation)
        blocks = blocks_of(window, depth, planar=planar, sorted_columns=True)
        step = run_step(window, blocks)
        weights = np.arange(1.0, 1 + np.prod(size) * depth).reshape(*size, depth)
        given, table = row_pair(weights, window, blocks, step, skip_zeros=False)
        flat = table.reshape(-1)
        for m in range(2):
            found = sorted((v, flat[s + m]) for v, s, low, high in products(given, step, 2) if low <= m < high)
            expected = sorted(
                (blocks.offset(m * stride[0] + a * dilation[0], b * dilation[1], c), weights[a, b, c])
                for a, b, c in product(range(size[0]), range(size[1]), range(depth))
            )
            assert found == expected

    def test_a_row_under_one_of_the_two_is_for_that_one_alone(self) -> None:
        window = Window((3, 3))
        given, _ = row_pair(np.ones((3, 3, 1)), window, blocks_of(window), 1, skip_zeros=False)
        assert [(run.lowest, run.highest) for run in runs_of(given)] == [(0, 1), (0, 2), (0, 2), (1, 2)]

    def test_products_along_a_row_are_one_run(self) -> None:
        window = Window((2, 50))
        given, _ = row_pair(np.ones((2, 50, 1)), window, blocks_of(window), 1, skip_zeros=False)
        assert [run.products for run in runs_of(given)] == [50, 50, 50]
        window = Window((1, 150))
        given, _ = row_pair(np.ones((1, 150, 1)), window, blocks_of(window), 1, skip_zeros=False)
        assert max(run.products for run in runs_of(given)) == MAX_PRODUCTS_PER_SEGMENT

    def test_zeros_are_left_out_where_they_may(self) -> None:
        window = Window((3, 3))
        weights = np.array([[0.0, 1, 0], [1, -4, 1], [0, 1, 0]])[..., None]
        blocks = blocks_of(window)
        kept, kept_table = row_pair(weights, window, blocks, 1, skip_zeros=False)
        left, left_table = row_pair(weights, window, blocks, 1, skip_zeros=True)
        assert (len(kept_table), len(left_table)) == (12, 8)
        assert len(products(kept, 1, 2)) == 12
        assert len(products(left, 1, 2)) == 8
        assert (left_table != 0).any(axis=1).all()

    def test_nothing_but_zeros_is_an_empty_run(self) -> None:
        window = Window((2, 2))
        given, table = row_pair(np.zeros((2, 2, 1)), window, blocks_of(window), 1, skip_zeros=True)
        assert [run.products for run in runs_of(given)] == [0]
        assert table.shape == (0, 2)
        assert given.chunks.tolist() == [1]


class TestRow:
    @pytest.mark.parametrize("stride", [1, 2, 3])
    @pytest.mark.parametrize("dilation", [1, 2])
    def test_each_weight_meets_its_sample(self, stride: int, dilation: int) -> None:
        window = Window((1, 5), (1, stride), (1, dilation))
        blocks = blocks_of(window, 3, sorted_columns=True)
        step = run_step(window, blocks)
        weights = np.arange(1.0, 6)
        given, table = row(weights, window, blocks, step)
        found = [(v, table[s]) for v, s, low, high in products(given, step, 1) if (low, high) == (0, 1)]
        assert found == [(blocks.offset(0, b * dilation), weights[b]) for b in range(5)]


class TestPixel:
    @pytest.mark.parametrize("size", [(1, 1), (3, 3), (2, 5)])
    @pytest.mark.parametrize("dilation", [(1, 1), (2, 1), (1, 3)])
    @pytest.mark.parametrize("group_depth", [1, 2, 6, 150])
    def test_weights_come_in_order_and_samples_where_they_stand(
        self, size: Any, dilation: Any, group_depth: int
    ) -> None:
        for depth in (group_depth, 3 * group_depth):
            window = Window(size, (2, 2), dilation)
            blocks = blocks_of(window, depth)
            given = pixel(window, blocks, group_depth, 32, 14)
            found = products(given, 32, 1)
            assert [v for v, *_ in found] == [32 * n for n in range(len(found))]
            assert [s for _, s, *_ in found] == [
                blocks.offset(a * dilation[0], b * dilation[1], c)
                for a, b, c in product(range(size[0]), range(size[1]), range(group_depth))
            ]
            assert {(low, high) for *_, low, high in found} == {(0, 14)}
            assert max(run.products for run in runs_of(given)) <= MAX_PRODUCTS_PER_SEGMENT
