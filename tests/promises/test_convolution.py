"""What no plan may change: the bits by layout or threads, where NaN and Inf land, and how integers are made.

Each promise is held on kernels that an implementation may treat by themselves: small and large, dense, separable,
boxes and Gaussians, and layers of many widths.
"""

from fractions import Fraction
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from cnnkit import convolve
from tests.cases.layouts import LAYOUTS, samples
from tests.reference.tolerance import allowed, assert_within

Array = npt.NDArray[Any]


def bell(size: int, sigma: float) -> Array:
    taps: Array = np.exp(-0.5 * ((np.arange(size) - size // 2) / sigma) ** 2)
    return np.asarray(np.outer(taps, taps) / taps.sum() ** 2)


def dense(*shape: int) -> Array:
    return samples(sum(shape), shape, "f8")


GRIDS = {
    "dense 3x3": dense(3, 3),
    "dense 7x7": dense(7, 7),
    "dense 13x13": dense(13, 13),
    "dense 15x15": dense(15, 15),
    "dense 31x31": dense(31, 31),
    "separable 9x9": np.outer(*dense(2, 9)),
    "separable 21x21": np.outer(*dense(2, 21)),
    "box 3x3": np.full((3, 3), 1 / 9),
    "box 9x9": np.full((9, 9), 1 / 81),
    "box 31x31": np.full((31, 31), 1 / 961),
    "gaussian 7x7": bell(7, 1.2),
    "gaussian 25x25": bell(25, 4.5),
}
LAYERS: dict[str, tuple[Array, dict[str, Any]]] = {
    "3x3, 32 to 32": (dense(3, 3, 32, 32), {}),
    "3x3, 48 to 40": (dense(3, 3, 48, 40), {}),
    "3x3, 32 to 32 at stride 2": (dense(3, 3, 32, 32), {"stride": 2}),
    "3x3, 3 to 64": (dense(3, 3, 3, 64), {}),
    "1x1, 64 to 32": (dense(1, 1, 64, 32), {}),
    "7x7, 3 to 16 at stride 2": (dense(7, 7, 3, 16), {"stride": 2}),
    "5x5, 8 to 12": (dense(5, 5, 8, 12), {}),
    "depthwise 3x3 of 32": (dense(3, 3, 1, 32), {"groups": 32}),
    "depthwise 15x15 of 8": (dense(15, 15, 1, 8), {"groups": 8}),
    "3x3, 64 to 64 in 2 groups": (dense(3, 3, 32, 64), {"groups": 2}),
}
PLANS: dict[str, tuple[Array, dict[str, Any]]] = {**{name: (grid, {}) for name, grid in GRIDS.items()}, **LAYERS}


def depth_of(weights: Array, options: dict[str, Any]) -> int:
    return weights.shape[2] * options.get("groups", 1) if weights.ndim == 4 else 3


def image_for(weights: Array, options: dict[str, Any], dtype: str, size: tuple[int, int] = (37, 41)) -> Array:
    return samples(7, (*size, depth_of(weights, options)), dtype)


# Memory layout.


def turned(values: Array) -> Array:
    """Columns and rows changed over in memory: what `image.transpose(1, 0, 2)` gives."""
    return np.asarray(np.ascontiguousarray(values.swapaxes(0, 1)).swapaxes(0, 1))


def channels_first(values: Array) -> Array:
    return np.moveaxis(np.ascontiguousarray(np.moveaxis(values, -1, 0)), 0, -1)


MORE_LAYOUTS = {**LAYOUTS, "turned": turned, "channels first": channels_first}


@pytest.mark.parametrize("layout", MORE_LAYOUTS)
@pytest.mark.parametrize("name", PLANS)
def test_no_layout_of_the_image_changes_a_bit(name: str, layout: str) -> None:
    weights, options = PLANS[name]
    for dtype in ("u1", "f4"):
        image = image_for(weights, options, dtype)
        stored = MORE_LAYOUTS[layout](image)
        np.testing.assert_array_equal(stored, image)
        np.testing.assert_array_equal(convolve(stored, weights, **options), convolve(image, weights, **options))


@pytest.mark.parametrize("layout", MORE_LAYOUTS)
@pytest.mark.parametrize("name", PLANS)
def test_no_layout_of_the_weights_changes_a_bit(name: str, layout: str) -> None:
    weights, options = PLANS[name]
    image = image_for(weights, options, "f4")
    np.testing.assert_array_equal(
        convolve(image, MORE_LAYOUTS[layout](weights), **options), convolve(image, weights, **options)
    )


@pytest.mark.parametrize("name", PLANS)
def test_an_image_that_repeats_one_row_in_memory(name: str) -> None:
    weights, options = PLANS[name]
    image = np.broadcast_to(image_for(weights, options, "f4")[:1], (37, 41, depth_of(weights, options)))
    np.testing.assert_array_equal(convolve(image, weights, **options), convolve(image.copy(), weights, **options))


# Threads.


@pytest.mark.parametrize("dtype", ["u1", "f4", "f8"])
@pytest.mark.parametrize("name", GRIDS)
def test_threads_never_change_a_bit_of_an_image(name: str, dtype: str) -> None:
    """README: The same input and settings give the same bits on any number of threads; a NaN affects only the results
    whose window covers it, whatever algorithm is chosen.
    """
    image = samples(16, (700, 500, 3), dtype)
    one = convolve(image, GRIDS[name], threads=1)
    for threads in (2, 3):
        np.testing.assert_array_equal(convolve(image, GRIDS[name], threads=threads), one)


@pytest.mark.parametrize("dtype", ["u1", "f4"])
@pytest.mark.parametrize("name", LAYERS)
def test_threads_never_change_a_bit_of_a_layer(name: str, dtype: str) -> None:
    weights, options = LAYERS[name]
    image = image_for(weights, options, dtype, (131, 67))
    one = convolve(image, weights, threads=1, **options)
    for threads in (2, 3):
        np.testing.assert_array_equal(convolve(image, weights, threads=threads, **options), one)


# What is no number, or nearly none.


def covered(shape: tuple[int, ...], y: int, x: int, weights: Array, options: dict[str, Any]) -> Array:
    """Which results have (y, x) under their window, of a stride and odd weights padded to the same size."""
    step, (rows, columns) = options.get("stride", 1), weights.shape[:2]
    out = np.zeros([-(-length // step) for length in shape[:2]], dtype=bool)
    for i, j in np.ndindex(*out.shape):
        top, left = (place * step - before for place, before in zip((i, j), befores(shape, weights, step), strict=True))
        out[i, j] = top <= y < top + rows and left <= x < left + columns
    return out


def befores(shape: tuple[int, ...], weights: Array, step: int) -> list[int]:
    return [
        max((-(-length // step) - 1) * step + size - length, 0) // 2
        for length, size in zip(shape, weights.shape[:2], strict=False)
    ]


def spoil(name: str, value: float, place: tuple[int, int], dtype: str) -> tuple[Array, Array, Array, Array]:
    """What comes out with and without `value` in one channel, which results it may touch, and their bounds."""
    weights, options = PLANS[name]
    image = image_for(weights, options, dtype)
    clean = convolve(image, weights, **options)
    spoiled = image.copy()
    spoiled[place[0], place[1], 1] = value
    touched = np.repeat(covered(image.shape, *place, weights, options)[..., None], clean.shape[2], axis=2)
    if weights.ndim == 2 or options.get("groups", 1) > 1:  # kernels that do not see channel 1 are not touched
        groups = image.shape[2] if weights.ndim == 2 else options["groups"]
        touched &= np.arange(clean.shape[2]) * groups // clean.shape[2] == groups // image.shape[2]
    magnitude = convolve(np.abs(image), np.abs(weights), **options)
    return convolve(spoiled, weights, **options), clean, touched, 2 * allowed(image, weights, magnitude)


PLACES = [(18, 20), (0, 0), (36, 40), (5, 33)]


@pytest.mark.parametrize("dtype", ["f4", "f8"])
@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("name", PLANS)
def test_a_nan_stays_under_its_windows(name: str, place: tuple[int, int], dtype: str) -> None:
    """README: The same input and settings give the same bits on any number of threads; a NaN affects only the results
    whose window covers it, whatever algorithm is chosen.
    """
    found, clean, touched, bound = spoil(name, np.nan, place, dtype)
    np.testing.assert_array_equal(np.isnan(found), touched)
    assert_within(np.where(touched, 0, found), np.where(touched, 0, clean), bound)


@pytest.mark.parametrize("value", [np.inf, -np.inf])
@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("name", PLANS)
def test_an_infinity_stays_under_its_windows_and_keeps_its_sign(
    name: str, place: tuple[int, int], value: float
) -> None:
    found, clean, touched, bound = spoil(name, value, place, "f4")
    sign = spoil(name, np.copysign(1e30, value), place, "f8")[0]  # no weight is zero: it decides every window it is in
    np.testing.assert_array_equal(found[touched], np.copysign(np.inf, sign[touched]))
    assert_within(np.where(touched, 0, found), np.where(touched, 0, clean), bound)


@pytest.mark.parametrize("name", PLANS)
def test_opposite_infinities_are_nothing_where_they_meet(name: str) -> None:
    weights, options = PLANS[name]
    image = image_for(weights, options, "f4")
    image[10, 12, 0], image[12, 12, 0] = np.inf, -np.inf
    up, down = (covered(image.shape, y, 12, weights, options) for y in (10, 12))
    found = convolve(image, np.abs(weights), **options)[..., 0]
    expected = np.where(up & down, np.nan, np.where(up, np.inf, -np.inf))[up | down]
    np.testing.assert_array_equal(found[up | down], expected)
    assert np.isfinite(found[~(up | down)]).all()


@pytest.mark.parametrize("value", [1e38, -1e38])
@pytest.mark.parametrize("place", PLACES[:2])
@pytest.mark.parametrize("name", PLANS)
def test_a_huge_sample_spoils_no_window_it_is_not_in(name: str, place: tuple[int, int], value: float) -> None:
    found, clean, touched, bound = spoil(name, value, place, "f4")
    assert_within(np.where(touched, 0, found), np.where(touched, 0, clean), bound)


@pytest.mark.parametrize("value", [1e38, -3e38])
@pytest.mark.parametrize("name", PLANS)
def test_a_mean_of_huge_samples_is_no_infinity(name: str, value: float) -> None:
    weights, options = PLANS[name]
    means = np.abs(weights) / np.abs(weights).sum(axis=tuple(range(min(weights.ndim, 3))))
    image = np.full((37, 41, depth_of(weights, options)), value, dtype=np.float32)
    found = convolve(image, means, padding="valid", **options)
    np.testing.assert_allclose(found, np.full(found.shape, value), rtol=2e-5)


# Integer results.


def rounded(values: Array, dtype: str) -> Array:
    """Half away from zero, held to the type: in fractions, so that nothing is lost."""
    limits = np.iinfo(dtype)

    def one(value: float) -> int:
        exact = Fraction(value)
        whole = int(abs(exact) + Fraction(1, 2)) * (1 if exact > 0 else -1)
        return min(max(whole, limits.min), limits.max)

    return np.array([one(float(value)) for value in values.ravel()], dtype=dtype).reshape(values.shape)


ASKED = ("uint8", "int8", "uint16", "int16", "int32")
HARD = [
    *(0.5, 1.5, 2.5, -0.5, -1.5, 0.49999997, -0.49999997, 8388609, -8388609, 127.5, 128.5, -128.5, 255.5, 254.5, -0.25),
    *(32767.5, -32768.5, 65535.5, 65534.5, 2147483520, -2147483648, 2147483648, 4294967296, 1e10, -1e10, 3e38, -3e38),
]


@pytest.mark.parametrize("dtype", ASKED)
def test_float32_samples_round_and_saturate(dtype: str) -> None:
    image = np.array([HARD], dtype=np.float32)
    np.testing.assert_array_equal(convolve(image, [[1]], dtype=dtype), rounded(image, dtype))


@pytest.mark.parametrize("dtype", ASKED)
def test_float64_samples_round_and_saturate(dtype: str) -> None:
    more = (0.49999999999999994, 2147483646.5, 2147483647.4, 2147483647.5, -2147483648.5, 4503599627370497.5, 1e300)
    image = np.array([[*HARD, *more]])
    np.testing.assert_array_equal(convolve(image, [[1]], dtype=dtype), rounded(image, dtype))


@pytest.mark.parametrize("dtype", ASKED)
@pytest.mark.parametrize("kind", ["f4", "f8"])
def test_what_is_no_number_becomes_none_or_the_limit(kind: str, dtype: str) -> None:
    image = np.array([[np.nan, 0, 0, np.inf, 0, 0, -np.inf]], dtype=kind)
    limits = np.iinfo(dtype)
    found = convolve(image, [[1, 1]], dtype=dtype)
    np.testing.assert_array_equal(found, [[0, 0, limits.max, limits.max, 0, limits.min, limits.min]])


MADE_OF = [
    (make, kind, ASKED[(turn + 2 * place + other) % len(ASKED)])
    for turn, make in enumerate(("dense", "box", "layer"))
    for place, kind in enumerate(("u1", "i1", "u2", "i2", "i4", "f4"))
    for other in range(2)
]
"""Each make of weights with each type of samples and each of results; a loop is compiled for every three of them."""


@pytest.mark.parametrize("size", [1, 3, 15])
@pytest.mark.parametrize(("make", "kind", "dtype"), MADE_OF)
def test_whole_and_half_sums_round_and_saturate(make: str, size: int, kind: str, dtype: str) -> None:
    image = samples(5, (40, 36, 2), kind)
    if kind in ("i4", "f4"):
        image = np.rint(image.astype(np.float64) / (2**22 if kind == "i4" else 0.01)).astype(kind)
    weights = np.rint(dense(size, size)) if make == "dense" else np.ones((size, size))
    weights = np.stack([weights, -weights], axis=2)[..., None] if make == "layer" else weights
    exact = convolve(image.astype(np.float64), weights)  # all sums and halves fit float64
    image_sums = convolve(image, weights, dtype=dtype)
    np.testing.assert_array_equal(image_sums, rounded(np.rint(exact), dtype))
    if abs(exact).max() < 2**23:
        np.testing.assert_array_equal(convolve(image, weights / 2, dtype=dtype), rounded(np.rint(exact) / 2, dtype))
