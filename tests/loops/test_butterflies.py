"""A transform forth and back, step by step, against NumPy's."""

from typing import Any

import numpy as np
import pytest

from cnnkit.loops.compile import compiled
from cnnkit.loops.fourier import VECTOR_BYTES, transform_back, transform_forth
from cnnkit.operations.factors import transform_factors, transform_order, transform_steps
from tests.cases.layouts import samples


@compiled("S[1], S[1], S[1], S[1], S[1], i8[1], i8", S=("f4", "f8"))
def there_and_back(
    real: Any, imaginary: Any, out_real: Any, out_imaginary: Any, factors: Any, steps: Any, lanes: int
) -> None:
    """Transform one vector of columns, then put it back where it came from."""
    transform_forth(real, imaginary, 0, lanes, out_real, out_imaginary, lanes, factors, steps)
    real[:] = out_real
    imaginary[:] = out_imaginary
    transform_back(real, imaginary, lanes, real, imaginary, 0, lanes, factors, steps)


@pytest.mark.parametrize("dtype", ["f4", "f8"])
@pytest.mark.parametrize("size", [4, 8, 16, 32, 64, 128])
def test_transform(size: int, dtype: str, engine: str) -> None:
    lanes = VECTOR_BYTES // np.dtype(dtype).itemsize
    real, imaginary = samples(0, (size * lanes,), dtype), samples(1, (size * lanes,), dtype)
    given = (real + 1j * imaginary).reshape(size, lanes).astype(complex)
    out = np.zeros((2, size * lanes), dtype=dtype)
    radices = transform_steps(size)
    steps, factors = transform_factors(radices)
    there_and_back(real, imaginary, out[0], out[1], factors.astype(dtype), steps, lanes)
    found = (out[0] + 1j * out[1]).reshape(size, lanes)
    tolerance = 1e-6 if dtype == "f4" else 4e-15
    expected = np.fft.fft(given, axis=0)[transform_order(radices)]
    np.testing.assert_allclose(found, expected, rtol=0, atol=tolerance * np.abs(expected).max() * 2)
    back = (real + 1j * imaginary).reshape(size, lanes) / size
    np.testing.assert_allclose(back, given, rtol=0, atol=tolerance * np.abs(given).max() * 2)
