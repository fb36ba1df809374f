"""Squares of samples transposed and spectra multiplied, as machine code and as plain Python."""

from typing import Any

import numpy as np
import pytest

from cnnkit.loops.convolution.fourier import multiply
from cnnkit.loops.lanes import transpose
from cnnkit.loops.machine.compile import compiled
from cnnkit.loops.machine.processor import VECTOR_BYTES
from tests.cases.layouts import samples


@compiled("S[1], S[1], i8", S=("f4", "f8"))
def transpose_two(values: Any, out: Any, lanes: int) -> None:
    """Transpose two squares that are below each other, and write them beside each other."""
    transpose(values, 0, lanes, lanes * lanes, out, 0, 2 * lanes, lanes, 2)


@compiled("S[1], S[1], S[1], S[1], i8, i8", S=("f4", "f8"))
def multiply_some(real: Any, imaginary: Any, by_real: Any, by_imaginary: Any, lanes: int, count: int) -> None:
    """Multiply `count` vectors from the second on by those from the first on."""
    multiply(real, imaginary, lanes, by_real, by_imaginary, 0, count)


@pytest.mark.parametrize("dtype", ["f4", "f8"])
def test_transpose(dtype: str, engine: str) -> None:
    lanes = VECTOR_BYTES // np.dtype(dtype).itemsize
    values = samples(2, (2, lanes, lanes), dtype)
    out = np.zeros((lanes, 2, lanes), dtype=dtype)
    transpose_two(values.reshape(-1), out.reshape(-1), lanes)
    np.testing.assert_array_equal(out, values.transpose(2, 0, 1))


@pytest.mark.parametrize("dtype", ["f4", "f8"])
def test_product(dtype: str, engine: str) -> None:
    lanes = VECTOR_BYTES // np.dtype(dtype).itemsize
    parts = samples(3, (4, 4 * lanes), dtype)
    before, by = parts[0] + 1j * parts[1], parts[2] + 1j * parts[3]
    multiply_some(*parts, lanes, 2)
    expected = before.copy()
    expected[lanes : 3 * lanes] *= by[: 2 * lanes]
    np.testing.assert_allclose(parts[0] + 1j * parts[1], expected, rtol=1e-5 if dtype == "f4" else 1e-13)
