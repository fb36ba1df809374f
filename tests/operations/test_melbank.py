"""Bands, cosines and lifter by hand, against the twin, and summed in one order."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnnkit.geometry.mel import bin_edges
from cnnkit.operations.melbank import bin_bands, cosine_transform, lifter, transform
from tests.reference import features as twin


def test_a_band_by_hand() -> None:
    # Rises over bins 2, 3, 4 (0, 1/2, 1) and falls over 4, 5, 6, 7 (1, 2/3, 1/3, 0).
    bands = bin_bands((2, 4, 7))
    assert bands.bins.tolist() == [3, 4, 5, 6]
    np.testing.assert_allclose(bands.weights, [1 / 2, 1, 2 / 3, 1 / 3])
    power = np.array([[9, 9, 9, 2, 5, 3, 6, 9, 9.0]])
    np.testing.assert_allclose(bands.sums(power), [[1 + 5 + 2 + 2]])


def test_no_edges_are_no_bands() -> None:
    bands = bin_bands(())
    assert [len(part) for part in (bands.bins, bands.weights, bands.starts)] == [0, 0, 0]


@given(n_mels=st.integers(1, 30), rate=st.integers(8000, 48000), low=st.floats(0, 0.5))
def test_bands_against_the_twin(n_mels: int, rate: int, low: float) -> None:
    fmin, fmax = low * rate / 2, rate / 2
    dense = np.array(twin.triangles(n_mels, 2048, rate, fmin, fmax))
    bands = bin_bands(bin_edges(n_mels, 2048, rate, fmin, fmax))
    np.testing.assert_allclose(bands.sums(np.eye(1025)), dense.T, rtol=0, atol=1e-15)


@pytest.mark.parametrize(("n_mels", "n_mfcc"), [(1, 1), (2, 2), (26, 13), (40, 40)])
def test_cosines_against_the_twin_and_orthonormal(n_mels: int, n_mfcc: int) -> None:
    matrix = cosine_transform(n_mels, n_mfcc)
    expected = [[twin.cosine_sum(row, c) for c in range(n_mfcc)] for row in np.eye(n_mels)]
    np.testing.assert_allclose(matrix, expected, rtol=0, atol=1e-14)
    np.testing.assert_allclose(matrix.T @ matrix, np.eye(n_mfcc), rtol=0, atol=1e-13)


def test_lifter_by_hand() -> None:
    # Its top is at n = Q / 2: 1 + Q / 2.
    assert lifter(12, 22)[11] == pytest.approx(12)
    assert lifter(3, 0).tolist() == [1, 1, 1]


def test_a_transform_is_the_product_whatever_is_beside_it() -> None:
    rng = np.random.default_rng(1)
    logarithms, matrix = rng.normal(size=(50, 26)), rng.normal(size=(26, 13))
    together = transform(logarithms, matrix)
    np.testing.assert_allclose(together, logarithms @ matrix, rtol=0, atol=1e-12)
    for row in range(50):
        np.testing.assert_array_equal(transform(logarithms[row : row + 1], matrix), together[row : row + 1])
