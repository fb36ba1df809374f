"""Steps of transforms by hand, and whole transforms, forth and back, against NumPy's."""

from typing import Any

import numpy as np
import pytest

from cnnkit.loops.butterflies import Butterfly, forth_2, forth_3, forth_5
from cnnkit.loops.convolution.fourier import transform_back, transform_forth
from cnnkit.loops.features.frames import transform
from cnnkit.loops.machine.compile import compiled
from cnnkit.loops.machine.processor import VECTOR_BYTES
from cnnkit.operations.fourier_steps import transform_factors, transform_order, transform_steps
from tests.cases.layouts import samples

back_2, back_3, back_5 = (Butterfly(radix, is_forth=False) for radix in (2, 3, 5))
UNTOUCHED = 77.0


@compiled("S[1], S[1], i8, i8, S[1], S[1], i8, i8, S[1], i8, i8, i8, i8, i8", S=("f4", "f8"))
def step(
    real: Any, imaginary: Any, at: int, spacing: int, out_real: Any, out_imaginary: Any, out_at: int, out_spacing: int,
    factors: Any, place: int, length: int, size: int, radix: int, is_forth: int,
) -> None:  # fmt: skip
    """Take one step of a small radix."""
    if radix == 2 and is_forth:
        forth_2(
            real, imaginary, at, spacing, out_real, out_imaginary, out_at, out_spacing, factors, place, length, size
        )
    elif radix == 2:
        back_2(real, imaginary, at, spacing, out_real, out_imaginary, out_at, out_spacing, factors, place, length, size)
    elif radix == 3 and is_forth:
        forth_3(
            real, imaginary, at, spacing, out_real, out_imaginary, out_at, out_spacing, factors, place, length, size
        )
    elif radix == 3:
        back_3(real, imaginary, at, spacing, out_real, out_imaginary, out_at, out_spacing, factors, place, length, size)
    elif is_forth:
        forth_5(
            real, imaginary, at, spacing, out_real, out_imaginary, out_at, out_spacing, factors, place, length, size
        )
    else:
        back_5(real, imaginary, at, spacing, out_real, out_imaginary, out_at, out_spacing, factors, place, length, size)


@compiled("S[1], S[1], S[1], i8, S[1], i8[1]", S=("f4", "f8"))
def transform_pairs(plane: Any, work_real: Any, work_imaginary: Any, lanes: int, factors: Any, turns: Any) -> None:
    """Transform the rows of a plane, taken in pairs."""
    transform(plane, work_real, work_imaginary, lanes, factors, turns)


@compiled("S[1], S[1], S[1], S[1], S[1], i8[1], i8", S=("f4", "f8"))
def there_and_back(
    real: Any, imaginary: Any, out_real: Any, out_imaginary: Any, factors: Any, steps: Any, lanes: int
) -> None:
    """Transform one vector of columns, then put it back where it came from."""
    transform_forth(real, imaginary, 0, lanes, out_real, out_imaginary, lanes, factors, steps)
    for x in range(real.shape[0]):
        real[x] = out_real[x]
        imaginary[x] = out_imaginary[x]
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


def take_step(z: Any, radix: int, length: int, factors: Any, is_forth: bool, dtype: str) -> Any:
    """Take a step over the rows of z, (size, lanes), two apart from the third on, into rows three apart."""
    size, lanes = z.shape
    given = np.full((2, 2 * size + 3, lanes), UNTOUCHED, dtype)
    out = np.full((2, 3 * size + 3, lanes), UNTOUCHED, dtype)
    given[0, 3 : 3 + 2 * size : 2], given[1, 3 : 3 + 2 * size : 2] = z.real, z.imag
    place, table = (-1, [0.0]) if factors is None else (2, [UNTOUCHED] * 2 + factors.view(float).ravel().tolist())
    step(
        *given.reshape(2, -1), 3 * lanes, 2 * lanes, *out.reshape(2, -1), 2 * lanes, 3 * lanes,
        np.array(table, dtype), place, length, size, radix, int(is_forth),
    )  # fmt: skip
    found = out[0, 2 : 2 + 3 * size : 3] + 1j * out[1, 2 : 2 + 3 * size : 3]
    out[:, 2 : 2 + 3 * size : 3] = UNTOUCHED
    np.testing.assert_array_equal(out, UNTOUCHED)
    return found


@pytest.mark.parametrize("dtype", ["f4", "f8"])
@pytest.mark.parametrize("is_forth", [True, False])
def test_small_transforms_by_hand(is_forth: bool, dtype: str, engine: str) -> None:
    lanes = VECTOR_BYTES // np.dtype(dtype).itemsize
    turn = -1j if is_forth else 1j
    third = np.sqrt(3) / 2 * turn
    cases = [
        ([1, 5], [6, -4]),
        ([1, 2j], [1 + 2j, 1 - 2j]),
        ([1, 1, 1], [3, 0, 0]),
        ([0, 1, 0], [1, -0.5 + third, -0.5 - third]),
        ([0, 1j, 0], [1j, (-0.5 + third) * 1j, (-0.5 - third) * 1j]),
        ([2, 2, 2, 2, 2], [10, 0, 0, 0, 0]),
        ([0, 0, 1, 0, 0], [np.exp(turn * 4 * np.pi * m / 5) for m in range(5)]),
    ]
    for z, expected in cases:
        rows = np.repeat(np.array(z, complex)[:, None], lanes, axis=1)
        found = take_step(rows, len(z), len(z), None, is_forth, dtype)
        exact = 1e-6 if dtype == "f4" else 2e-15
        np.testing.assert_allclose(found, np.repeat(np.array(expected)[:, None], lanes, axis=1), rtol=0, atol=exact)


@pytest.mark.parametrize("dtype", ["f4", "f8"])
@pytest.mark.parametrize("radix", [2, 3, 5])
@pytest.mark.parametrize("is_forth", [True, False])
def test_steps_with_factors(is_forth: bool, radix: int, dtype: str, engine: str) -> None:
    """As the docstring says it: rows y, y + part ... of each stretch of `length`, each y with factors of its own."""
    lanes, part, stretches = VECTOR_BYTES // np.dtype(dtype).itemsize, 3, 2
    length = radix * part
    size = length * stretches
    z = samples(1, (size, lanes), "f8") + 1j * samples(2, (size, lanes), "f8")
    factors = samples(3, (part, radix - 1), "f8") + 1j * samples(4, (part, radix - 1), "f8")
    sign = -1 if is_forth else 1
    roots = np.exp(sign * 2j * np.pi * np.outer(np.arange(radix), np.arange(radix)) / radix)
    joints = np.hstack([np.ones((part, 1)), factors if is_forth else factors.conj()]).T[:, :, None]
    for wanted, given in ((joints, factors), (np.ones_like(joints), None)):
        expected = np.empty_like(z)
        for s in range(stretches):
            rows = z[s * length : (s + 1) * length].reshape(radix, part, lanes)
            rows = rows if is_forth else wanted * rows
            sums = np.einsum("mk,kyl->myl", roots, rows)
            expected[s * length : (s + 1) * length] = (wanted * sums if is_forth else sums).reshape(length, lanes)
        found = take_step(z, radix, length, given, is_forth, dtype)
        tolerance = (1e-6 if dtype == "f4" else 2e-15) * np.abs(expected).max()
        np.testing.assert_allclose(found, expected, rtol=0, atol=tolerance)


ODD = [2, 3, 5, 6, 9, 10, 12, 15, 18, 20, 24, 25, 27, 30, 36, 40, 45, 48, 50, 60, 75, 80, 90, 120, 125, 128, 200, 240]


@pytest.mark.parametrize("dtype", ["f4", "f8"])
def test_transforms_of_odd_radices(dtype: str, engine: str) -> None:
    lanes = VECTOR_BYTES // np.dtype(dtype).itemsize
    for size in ODD:
        real, imaginary = samples(size, (2, size, lanes), dtype)
        radices = transform_steps(size)
        steps, factors = transform_factors(radices)
        work = np.zeros((2, size * lanes), dtype)
        plane = np.stack([real, imaginary], axis=1).reshape(-1)
        transform_pairs(plane, work[0], work[1], lanes, factors.astype(dtype), steps)
        found = (work[0] + 1j * work[1]).reshape(size, lanes)
        expected = np.fft.fft(real.astype(float) + 1j * imaginary, axis=0)[transform_order(radices)]
        error = np.abs(found - expected).max() / np.abs(expected).max()
        assert error < (1e-6 if dtype == "f4" else 4e-15), (size, error)
