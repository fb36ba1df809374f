"""Steps of a transform: which, in which order frequencies come, and that with their factors they are a transform."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from cnnkit.operations.fourier_steps import transform_factors, transform_order, transform_steps

SMOOTH = sorted(2**a * 3**b * 5**c for a in range(13) for b in range(8) for c in range(6) if 2**a * 3**b * 5**c <= 4096)


# Worked by hand.


@pytest.mark.parametrize(
    ("size", "radices"),
    [
        (1, []), (2, [2]), (4, [4]), (8, [8]), (16, [4, 4]), (32, [8, 4]), (64, [8, 8]), (128, [8, 4, 4]),
        (1024, [8, 8, 4, 4]), (3, [3]), (5, [5]), (6, [2, 3]), (15, [5, 3]), (12, [4, 3]), (200, [8, 5, 5]),
        (240, [4, 4, 5, 3]), (750, [2, 5, 5, 5, 3]), (7, []), (14, []), (203, []), (1009, []), (11 * 4096, []),
    ],
)  # fmt: skip
def test_steps(size: int, radices: list[int]) -> None:
    assert transform_steps(size) == radices


@pytest.mark.parametrize(
    ("radices", "order"),
    [([], [0]), ([3], [0, 1, 2]), ([2, 3], [0, 2, 4, 1, 3, 5]), ([3, 2], [0, 3, 1, 4, 2, 5]),
     ([2, 2, 2], [0, 4, 2, 6, 1, 5, 3, 7])],
)  # fmt: skip
def test_order(radices: list[int], order: list[int]) -> None:
    assert transform_order(radices).tolist() == order


def test_factors() -> None:
    steps, factors = transform_factors([2, 2])
    # exp(-2 pi i y / 4) for y of 0 and 1; the last step has none.
    assert steps.tolist() == [2, 4, 0, 2, 2, -1]
    np.testing.assert_allclose(factors, [1, 0, 0, -1], atol=1e-16)
    steps, factors = transform_factors([3, 2])
    half = math.sqrt(3) / 2
    assert steps.tolist() == [3, 6, 0, 2, 2, -1]
    np.testing.assert_allclose(factors, [1, 0, 1, 0, 0.5, -half, -0.5, -half], atol=1e-15)
    steps, factors = transform_factors([2, 2, 2])
    assert steps.tolist() == [2, 8, 0, 2, 4, 8, 2, 2, -1]
    np.testing.assert_allclose(factors[8:], [1, 0, 0, -1], atol=1e-16)


@pytest.mark.parametrize("radices", [[], [5]])
def test_nothing_to_join(radices: list[int]) -> None:
    steps, factors = transform_factors(radices)
    assert (steps.dtype, factors.dtype, factors.size) == (np.int64, np.float64, 0)
    assert steps.tolist() == ([5, 5, -1] if radices else [])


# What holds for every size.


@pytest.mark.parametrize("start", range(0, len(SMOOTH), 40))
def test_steps_multiply_to_the_size_and_are_few(start: int) -> None:
    for size in SMOOTH[start : start + 40]:
        radices = transform_steps(size)
        assert math.prod(radices) == size
        assert set(radices) <= {2, 3, 4, 5, 8}
        assert radices.count(2) <= 1
        twos = [radix for radix in radices if radix % 2 == 0]
        assert len(twos) == math.ceil(math.log2(math.prod(twos)) / 3)


def test_other_sizes_have_no_steps() -> None:
    assert [size for size in range(2, 4097) if size not in SMOOTH and transform_steps(size)] == []


def apply(z: Any, radices: list[int]) -> Any:
    """The steps as they are defined: small transforms of rows evenly apart, each times its factor."""
    steps, factors = transform_factors(radices)
    size = len(z)
    for radix, length, place in steps.reshape(-1, 3):
        part = length // radix
        roots = np.exp(-2j * np.pi * np.outer(np.arange(radix), np.arange(radix)) / radix)
        z = np.einsum("mk,sky->smy", roots, z.reshape(size // length, radix, part))
        if place >= 0:
            numbers = factors[place : place + 2 * (radix - 1) * part].view(complex).reshape(part, radix - 1)
            z[:, 1:] *= numbers.T
    return z.reshape(size)


@pytest.mark.parametrize("start", range(0, len(SMOOTH), 40))
def test_steps_are_a_transform_in_their_order(start: int) -> None:
    for size in SMOOTH[start : start + 40]:
        radices = transform_steps(size)
        order = transform_order(radices)
        np.testing.assert_array_equal(np.sort(order), np.arange(size))
        rng = np.random.default_rng(size)
        z = rng.normal(size=size) + 1j * rng.normal(size=size)
        expected = np.fft.fft(z)[order]
        np.testing.assert_allclose(apply(z, radices), expected, rtol=0, atol=1e-14 * np.abs(expected).max())


def test_any_order_of_radices_is_a_transform() -> None:
    z = np.random.default_rng(0).normal(size=120) + 0j
    for radices in ([2, 3, 4, 5], [5, 4, 3, 2], [3, 8, 5], [5, 8, 3]):
        expected = np.fft.fft(z)[transform_order(radices)]
        np.testing.assert_allclose(apply(z, radices), expected, rtol=0, atol=1e-13)
