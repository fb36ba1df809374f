"""Transformed kernels against the product of three matrices."""

import numpy as np

from cnnkit.loops.convolution.winograd import PLACES, WEIGHTS
from cnnkit.operations.convolution.winograd_weights import transformed
from tests.cases.layouts import samples


def test_transformed_kernels() -> None:
    weights = samples(1, (3, 3, 2, 5), "f8")
    found = transformed(weights, 4, 1)
    np.testing.assert_array_equal(found, transformed(weights, 4, 2))
    assert found.dtype == np.float32
    assert found.shape == (PLACES, 2, 2, 4)
    matrix = np.array(WEIGHTS)
    for c in range(2):
        for k in range(5):
            expected = matrix @ weights[:, :, c, k] @ matrix.T
            np.testing.assert_allclose(found[:, k // 4, c, k % 4], expected.ravel(), rtol=1e-7, atol=1e-7)
    np.testing.assert_array_equal(found[:, 1, :, 1:], np.zeros((PLACES, 2, 3)))
