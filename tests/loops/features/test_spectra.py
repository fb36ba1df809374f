"""What is done to frames side by side: by hand, against NumPy, as machine code and as plain Python."""

from __future__ import annotations

import math
from decimal import Decimal, getcontext
from typing import Any

import numpy as np
import pytest

from cnnkit.loops.features.spectra import logarithm, power, shape, sums
from cnnkit.loops.machine import processor
from cnnkit.loops.machine.compile import compiled
from tests.cases.layouts import samples

UNTOUCHED = 77.0
EXACT = {"f4": 3e-7, "f8": 1e-15}


@compiled("S[1], i8, S[1], S[1], S[1], S[1]", S=("f4", "f8"))
def shape_frames(plane: Any, length: int, taper: Any, numbers: Any, mean: Any, energy: Any) -> None:
    """Shape the frames of a plane."""
    shape(plane, length, taper, numbers, mean, energy)


@compiled("S[1], S[1], S[1], i8[1], S[1], i8, S[1]", S=("f4", "f8"))
def take_power(real: Any, imaginary: Any, out: Any, places: Any, roots: Any, half: int, numbers: Any) -> None:
    """Take the power of the bins of a transform."""
    power(real, imaginary, out, places, roots, half, numbers)


@compiled("S[1], S[1], S[1], i8[1], i8[1], i8", S=("f4", "f8"))
def sum_rows(rows: Any, out: Any, weights: Any, firsts: Any, starts: Any, count: int) -> None:
    """Sum rows in bands."""
    sums(rows, out, weights, firsts, starts, count)


@compiled("S[1], i8", S=("f4", "f8"))
def take_logarithm(rows: Any, count: int) -> None:
    """Take logarithms in place."""
    logarithm(rows, count)


def lanes_of(dtype: str) -> int:
    return processor.VECTOR_BYTES // np.dtype(dtype).itemsize


# The shape of frames.


def shaped(frames: Any, taper: Any, k: float, mean: Any) -> tuple[Any, Any]:
    """Shape frames, (length, lanes), below which lies a row that is left alone; and their energies."""
    length, lanes = frames.shape
    plane = np.concatenate([frames, np.full((1, lanes), UNTOUCHED, frames.dtype)]).reshape(-1)
    energy = np.full(lanes + 1, UNTOUCHED, frames.dtype)
    numbers = np.array([k, UNTOUCHED], frames.dtype)
    shape_frames(plane, length, np.array(taper, frames.dtype), numbers, np.array(mean, frames.dtype), energy)
    np.testing.assert_array_equal([*plane[length * lanes :], energy[lanes]], UNTOUCHED)
    return plane[: length * lanes].reshape(length, lanes), energy[:lanes]


@pytest.mark.parametrize("dtype", ["f4", "f8"])
def test_a_frame_shaped_by_hand(dtype: str, engine: str) -> None:
    # 3 5 4 less 2 is 1 3 2, its energy 1 + 9 + 4; half of the one before taken away, .5 2.5 .5; times 1 2 4.
    lanes = lanes_of(dtype)
    frames = np.repeat(np.array([[3], [5], [4]], dtype), lanes, axis=1)
    found, energy = shaped(frames, [1, 2, 4], 0.5, [2] * lanes)
    np.testing.assert_array_equal(found, np.repeat([[0.5], [5], [2]], lanes, axis=1))
    np.testing.assert_array_equal(energy, 14)


@pytest.mark.parametrize("dtype", ["f4", "f8"])
@pytest.mark.parametrize("length", [1, 2, 3, 8, 401])
def test_shapes_against_numpy(length: int, dtype: str, engine: str) -> None:
    lanes = lanes_of(dtype)
    frames, taper, mean = samples(0, (length, lanes), dtype), samples(1, (length,), dtype), samples(2, (lanes,), dtype)
    found, energy = shaped(frames, taper, 0.97, mean)
    bare = frames.astype(float) - mean
    expected = (bare - 0.97 * np.concatenate([bare[:1], bare[:-1]])) * taper[:, None]
    np.testing.assert_allclose(found, expected, rtol=0, atol=EXACT[dtype] * 40)
    np.testing.assert_allclose(energy, np.square(bare).sum(axis=0), rtol=EXACT[dtype] * 20)


# Power.


def powers(frames: Any, gain: float, order: Any) -> Any:
    """The power of frames, (2 half, lanes), whose transform stands in some order."""
    dtype, (size, lanes) = frames.dtype, frames.shape
    half = size // 2
    z = np.fft.fft(frames[0::2].astype(float) + 1j * frames[1::2], axis=0)[order]
    turn = np.pi * np.arange(half) / half
    out = np.full((half + 2) * lanes, UNTOUCHED, dtype)
    take_power(
        z.real.astype(dtype).reshape(-1),
        z.imag.astype(dtype).reshape(-1),
        out,
        np.argsort(order),
        np.stack([np.cos(turn), np.sin(turn)], axis=1).reshape(-1).astype(dtype),
        half,
        np.array([UNTOUCHED, gain], dtype),
    )
    np.testing.assert_array_equal(out[(half + 1) * lanes :], UNTOUCHED)
    return out[: (half + 1) * lanes].reshape(half + 1, lanes)


@pytest.mark.parametrize("dtype", ["f4", "f8"])
def test_power_by_hand(dtype: str, engine: str) -> None:
    # An impulse has |X| of 1 in every bin; 1 -1 1 -1 is all in the last one, 4; 1 1 1 1 in the first.
    lanes = lanes_of(dtype)
    frames = np.zeros((4, lanes), dtype)
    frames[:, 0], frames[:, 1], frames[:, 2] = [1, 0, 0, 0], [1, -1, 1, -1], [1, 1, 1, 1]
    found = powers(frames, 0.25, np.arange(2))
    np.testing.assert_allclose(found[:, :3].T, [[1, 1, 1], [0, 0, 16], [16, 0, 0]], rtol=1e-6, atol=1e-15)
    np.testing.assert_array_equal(found[:, 3:], 0)


@pytest.mark.parametrize("dtype", ["f4", "f8"])
@pytest.mark.parametrize("half", [2, 3, 4, 5, 9, 12, 25, 64])
def test_power_against_numpy(half: int, dtype: str, engine: str) -> None:
    frames = samples(half, (2 * half, lanes_of(dtype)), dtype)
    order = np.random.default_rng(half).permutation(half)
    expected = np.abs(np.fft.rfft(frames.astype(float), axis=0)) ** 2
    found = powers(frames, 0.25 / 7, order)
    np.testing.assert_allclose(found * 7, expected, rtol=0, atol=EXACT[dtype] * 4 * expected.max())


# Sums.


def summed(rows: Any, bands: list[tuple[int, list[float]]]) -> Any:
    """The sums of bands: where each begins, and its weights."""
    lanes, dtype = rows.shape[1], rows.dtype
    out = np.full((len(bands) + 1) * lanes, UNTOUCHED, dtype)
    sum_rows(
        rows.reshape(-1),
        out,
        np.array([weight for _, weights in bands for weight in weights], dtype),
        np.array([first for first, _ in bands], dtype=np.int64),
        np.cumsum([0, *(len(weights) for _, weights in bands)], dtype=np.int64),
        len(bands),
    )
    np.testing.assert_array_equal(out[len(bands) * lanes :], UNTOUCHED)
    return out[: len(bands) * lanes].reshape(-1, lanes)


@pytest.mark.parametrize("dtype", ["f4", "f8"])
def test_sums_by_hand(dtype: str, engine: str) -> None:
    lanes = lanes_of(dtype)
    rows = np.arange(1, 7, dtype=dtype)[:, None] * np.arange(lanes, dtype=dtype)
    found = summed(rows, [(0, [1, 1]), (1, [0.5, 2, 1]), (0, []), (5, [3])])
    # 1 + 2; 1 + 6 + 4; nothing; 18; each times the number of the lane.
    np.testing.assert_array_equal(found, np.array([[3], [11], [0], [18]]) * np.arange(lanes))


@pytest.mark.parametrize("dtype", ["f4", "f8"])
def test_sums_of_any_length(dtype: str, engine: str) -> None:
    rows = np.abs(samples(1, (60, lanes_of(dtype)), dtype))
    bands = [(length, np.abs(samples(length, (length,), "f8")).tolist()) for length in range(30)]
    expected = [
        np.array(weights).astype(dtype).astype(float) @ rows[first : first + len(weights)].astype(float)
        for first, weights in bands
    ]
    np.testing.assert_allclose(summed(rows, bands), expected, rtol=EXACT[dtype] * 20)


def test_what_is_no_number_stays_in_its_band_and_lane(engine: str) -> None:
    rows = np.ones((6, lanes_of("f4")), np.float32)
    rows[3, 1] = np.nan
    found = summed(rows, [(0, [1, 1, 1]), (2, [1, 1, 1]), (4, [1, 1])])
    lost = np.zeros(found.shape, dtype=bool)
    lost[1, 1] = True
    np.testing.assert_array_equal(np.isnan(found), lost)


# Logarithms.


def logarithms(numbers: Any) -> Any:
    """The logarithms of as many numbers as there are, filled up to whole vectors; the row after them stays."""
    lanes = processor.VECTOR_BYTES // numbers.itemsize
    count = -(-len(numbers) // lanes)
    rows = np.full((count + 1) * lanes, UNTOUCHED, numbers.dtype)
    rows[: len(numbers)] = numbers
    take_logarithm(rows, count)
    np.testing.assert_array_equal(rows[count * lanes :], UNTOUCHED)
    return rows[: len(numbers)]


def numbers_of_every_size(dtype: str) -> Any:
    """Numbers over the whole range of a float type, and where a logarithm is hard: around 1 and where cases meet."""
    limits = np.finfo(dtype)
    rng = np.random.default_rng(0)
    exponents = np.arange(np.log2(limits.smallest_subnormal), np.log2(float(limits.max)))
    near = 1 + np.arange(-100, 101) * float(limits.eps) / 2
    wide = [np.exp2(exponents), np.exp2(exponents) * rng.uniform(1, 2, len(exponents)), rng.uniform(0.5, 2, 4000)]
    ends = [limits.smallest_subnormal, 3 * limits.smallest_subnormal, limits.tiny, limits.max]
    ends += [np.nextafter(limits.tiny, limits.dtype.type(0)), np.nextafter(limits.tiny, limits.dtype.type(1))]
    meet = (math.sqrt(0.5) * np.exp2(np.arange(-3, 4)))[:, None] * (1 + np.arange(-8, 9) * float(limits.eps))
    return np.concatenate([near, *wide, np.array(ends, float), meet.reshape(-1)]).astype(dtype)


def true_logarithm(value: float) -> Decimal:
    getcontext().prec = 40
    return Decimal(value).ln()


@pytest.mark.parametrize("dtype", ["f4", "f8"])
def test_logarithms_are_less_than_two_units_off(dtype: str, engine: str) -> None:
    given = numbers_of_every_size(dtype)
    found = logarithms(given)
    exact = [true_logarithm(value) for value in given.tolist()]
    unit = np.spacing(np.abs(np.array(exact, dtype=dtype)))
    off = [abs(float(Decimal(value) - true)) for value, true in zip(found.tolist(), exact, strict=True)]
    # NumPy's own, of which the plain Python is made, are up to 4 off in float32.
    most = 4 if (dtype, engine) == ("f4", "plain") else 2
    worst = int(np.argmax(off / unit))
    assert off[worst] < most * unit[worst], (given[worst], found[worst], exact[worst])


@pytest.mark.parametrize("dtype", ["f4", "f8"])
def test_the_logarithm_of_1_is_0_and_it_rises(dtype: str, engine: str) -> None:
    np.testing.assert_array_equal(logarithms(np.ones(3, dtype)), 0)
    rising = np.sort(numbers_of_every_size(dtype))
    found = logarithms(rising)
    assert (np.diff(found) >= -2 * np.spacing(np.abs(found[1:]))).all()


@pytest.mark.parametrize("dtype", ["f4", "f8"])
def test_a_logarithm_does_not_depend_on_its_lane(dtype: str, engine: str) -> None:
    lanes = lanes_of(dtype)
    given = np.abs(samples(0, (40,), dtype)) + np.dtype(dtype).type(1e-30)
    whole = logarithms(np.repeat(given, lanes)).reshape(-1, lanes)
    np.testing.assert_array_equal(whole, np.repeat(whole[:, :1], lanes, axis=1))
    np.testing.assert_array_equal(whole[1:, 0], logarithms(given[1:]))
