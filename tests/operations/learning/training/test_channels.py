"""Sums and blends of channels as training has them done, whatever the number of threads."""

from typing import Any

import numpy as np
import pytest

from cnnkit.loops.learning.channels import LINE
from cnnkit.operations.learning.training.channels import Blend, line_length, sum_bias, with_sums
from cnnkit.operations.learning.training.rooms import Room
from cnnkit.operations.network.work import WorkList


def drawn(seed: int, *shape: int) -> Any:
    return np.random.default_rng(seed).normal(size=shape).astype(np.float32)


def done(work: WorkList) -> None:
    for one in work.work:
        one()


def test_a_line_is_whole_places() -> None:
    for depth in (1, 2, 3, 40, LINE, LINE + 1, 1000):
        assert line_length(depth) % depth == 0
        assert line_length(depth) >= LINE
        assert line_length(depth) - depth < LINE


@pytest.mark.parametrize("shape", [(2, 3, 4, 5), (7, 1), (3, 100), (40, 30, 30, 3)])
def test_sums(shape: tuple[int, ...], engine: str) -> None:
    if engine == "plain" and shape[0] == 40:
        shape = (3, *shape[1:])
    a, b, found = drawn(0, *shape), drawn(1, *shape), []
    for threads in (1, 2, 3):
        work = WorkList(threads)
        with_sums(work, a, b, lambda sums: found.append(sums.copy()))
        done(work)
        done(work)
    over = tuple(range(len(shape) - 1))
    expected = np.stack([a.sum(axis=over, dtype=float), (a.astype(float) * b).sum(axis=over)])
    np.testing.assert_allclose(found[0], expected, atol=1e-9)
    for other in found[1:]:
        np.testing.assert_array_equal(other, found[0])


def test_slopes_of_biases_are_sums_over_all_places() -> None:
    slope, out = Room.of((2, 3, 3, 4)), np.full(4, np.nan, np.float32)
    slope.array[...] = drawn(0, 2, 3, 3, 4)
    work = WorkList(1)
    sum_bias(work, slope, out)
    done(work)
    np.testing.assert_allclose(out, slope.array.sum(axis=(0, 1, 2)), rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("depth", [1, 3, LINE, LINE + 7])
def test_blends_with_factors_that_change(depth: int) -> None:
    a, b, out = drawn(0, 5, 4, depth), drawn(1, 5, 4, depth), np.full((5, 4, depth), np.nan, np.float32)
    blend, work = Blend(depth), WorkList(2)
    blend.work(work, a, b, out)
    for seed in (2, 3):
        factors = drawn(seed, 3, depth).astype(float)
        blend.set(*factors)
        done(work)
        np.testing.assert_allclose(out, a * factors[0] + b * factors[1] + factors[2], rtol=1e-5, atol=1e-5)
