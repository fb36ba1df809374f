"""Filters against SciPy, OpenCV and scikit-image: random settings, kernels of every make and up to 65 samples wide.

The peers compute in float64, so that what is measured is this package's error and not theirs.
"""

from typing import Any

import cv2
import numpy as np
import numpy.typing as npt
import pytest
import scipy.ndimage
import scipy.signal
import skimage.filters
from hypothesis import example, given, settings
from hypothesis import strategies as st

from cnnkit import convolve
from tests.cases.layouts import samples
from tests.reference.tolerance import allowed, assert_within

Array = npt.NDArray[Any]

TYPES = ("u1", "i2", "u2", "f4", "f8")
OFF_BY_FOURIER = 1e-13
"""What peers that take a Fourier transform in float64 may be off."""
MAKES = ("dense", "separable", "constant", "gaussian", "sparse")
SCIPY_MODES = {
    "constant": "constant=",
    "grid-constant": "constant=",
    "nearest": "replicate",
    "mirror": "reflect",
    "reflect": "symmetric",
    "grid-mirror": "symmetric",
    "wrap": "wrap",
    "grid-wrap": "wrap",
}
CV2_MODES = {
    "zero": cv2.BORDER_CONSTANT,
    "replicate": cv2.BORDER_REPLICATE,
    "reflect": cv2.BORDER_REFLECT_101,
    "symmetric": cv2.BORDER_REFLECT,
}


def bell(size: int) -> Array:
    """A Gaussian that has fallen to 1 % at its ends."""
    taps: Array = np.exp(-4.6 * ((np.arange(size) - (size - 1) / 2) / max(size / 2, 1)) ** 2)
    return taps


def grid_of(make: str, shape: tuple[int, int], *, whole: bool, seed: int) -> Array:
    """Weights of a make that an implementation may treat by itself; whole ones where wanted."""
    rng = np.random.default_rng(seed)
    if make == "constant":
        return np.full(shape, 3.0 if whole else 1 / (shape[0] * shape[1]))
    if make == "gaussian":
        weights = np.outer(*map(bell, shape))
        return np.rint(9 * weights) if whole else np.asarray(weights / weights.sum())
    weights = np.outer(*(rng.normal(0, 3, size) for size in shape)) if make == "separable" else rng.normal(0, 3, shape)
    if make == "sparse":
        weights = np.where(rng.random(shape) < 0.1, weights, 0)
    if whole and make == "separable":
        return np.outer(*(rng.integers(-3, 4, size) for size in shape)).astype(np.float64)
    return np.rint(weights) if whole else weights


def assert_agrees(
    image: Array, weights: Array, peer: Any, outside: float = 0.0, off: float = 0.0, **options: Any
) -> None:
    """Hold a filter against `peer(image, weights)`: whole sums to the bit, others to the tolerance of their type.

    `off` is what the peer itself may be off, as a share of sum |w| max |x|.
    """
    doubles = image.astype(np.float64)
    expected = peer(doubles, weights, outside)
    if image.dtype.kind != "f" and not np.any(weights % 1) and outside % 1 == 0:
        expected = np.rint(expected)  # of a peer that took a Fourier transform
        np.testing.assert_array_equal(convolve(image, weights, **options, dtype="f8"), expected)
        np.testing.assert_array_equal(convolve(image, weights, **options), expected.astype(np.float32))
        return
    magnitude = np.abs(peer(np.abs(doubles), np.abs(weights), abs(outside)))
    bound = allowed(image, weights, magnitude, outside=outside) + off * np.abs(weights).sum() * np.abs(doubles).max()
    found = convolve(image, weights, **options)
    assert found.dtype == ("f8" if image.dtype == "f8" else "f4")
    assert_within(found, expected, bound)


@st.composite
def questions(draw: st.DrawFn, widest: int, depths: tuple[int, ...]) -> tuple[Array, Array]:
    """An image of any type and size, and a kernel of any make."""
    whole = st.integers
    width = st.one_of(whole(1, 7), whole(1, widest), st.sampled_from((3, 5, 7, 9, 13, 15)))
    shape = draw(st.one_of(st.tuples(width, width), width.map(lambda size: (size, size))))
    weights = grid_of(draw(st.sampled_from(MAKES)), shape, whole=draw(st.booleans()), seed=draw(whole(0, 999)))
    size = draw(st.tuples(whole(1, 40), whole(1, 40))) + (
        (draw(st.sampled_from(depths)),) if draw(st.booleans()) else ()
    )
    return samples(draw(whole(0, 999)), size, draw(st.sampled_from(TYPES))), weights


# SciPy.


def scipy_correlate(mode: str, origin: tuple[int, int], step: tuple[int, int] = (1, 1)) -> Any:
    def answer(image: Array, weights: Array, outside: float) -> Array:
        around = [(0, 0)] * image.ndim
        if SCIPY_MODES[mode] == "symmetric":  # SciPy 1.17 errs where a kernel reaches over the image four times
            wide = [(size // 2) // length >= 4 for size, length in zip(weights.shape, image.shape, strict=False)]
            around[:2] = [(size, size) if wide[axis] else (0, 0) for axis, size in enumerate(weights.shape)]
        grid, middle = (weights, origin) if image.ndim == 2 else (weights[..., None], (*origin, 0))
        padded = np.pad(image, around, mode="symmetric")
        found = scipy.ndimage.correlate(padded, grid, mode=mode, cval=outside, origin=middle)
        (top, _), (left, _) = around[:2]
        return np.asarray(found[top : top + image.shape[0] : step[0], left : left + image.shape[1] : step[1]])

    return answer


@settings(max_examples=400)
@given(questions(33, (1, 2, 3, 5)), st.sampled_from(tuple(SCIPY_MODES)), st.sampled_from((0.0, 7.0, -300.0)))
@pytest.mark.parametrize("padding", ["same", "same-lower"])
def test_scipy_correlate(padding: str, question: tuple[Array, Array], mode: str, outside: float) -> None:
    image, weights = question
    outside = outside if "constant" in mode else 0.0
    # SciPy's middle is sample k // 2, which leaves the odd sample of padding before; an origin of -1 moves it after.
    origin = (0, 0) if padding == "same-lower" else tuple(-(1 - size % 2) for size in weights.shape)
    pad_mode = f"constant={outside}" if "constant" in mode else SCIPY_MODES[mode]
    assert_agrees(image, weights, scipy_correlate(mode, origin), outside, padding=padding, pad_mode=pad_mode)


@pytest.mark.parametrize("dtype", TYPES)
@pytest.mark.parametrize("outside", [0.25, -2.5, 1000.25, 3000.1])
@pytest.mark.parametrize("size", [3, 9, 13, 15, 31])
def test_scipy_correlate_with_a_constant_between_levels(dtype: str, outside: float, size: int) -> None:
    image = np.abs(samples(1, (40, 40), dtype).astype(np.float64)).clip(0, 30000).astype(dtype)
    options: dict[str, Any] = {"pad_mode": f"constant={outside}"}
    for make in ("dense", "constant"):
        weights = grid_of(make, (size, size), whole=True, seed=size)
        expected = scipy_correlate("constant", (0, 0))(image.astype(np.float64), weights, outside)
        magnitude = scipy_correlate("constant", (0, 0))(np.abs(image.astype(np.float64)), np.abs(weights), abs(outside))
        found = convolve(image, weights, **options)
        assert_within(found, expected, allowed(image, weights, magnitude, outside=outside))
        inside = (slice(size // 2, -(size // 2)),) * 2  # whole sums, which no constant touches
        if dtype[0] != "f":
            np.testing.assert_array_equal(found[inside], expected[inside].astype(np.float32))


@settings(max_examples=200)
@given(questions(33, (1, 3)), st.tuples(st.integers(1, 5), st.integers(1, 5)), st.sampled_from(tuple(SCIPY_MODES)[2:]))
def test_scipy_correlate_in_steps(question: tuple[Array, Array], stride: tuple[int, int], mode: str) -> None:
    image, weights = question
    padding = tuple(samples for size in weights.shape for samples in (size // 2, (size - 1) // 2))
    options: dict[str, Any] = {"padding": padding, "pad_mode": SCIPY_MODES[mode], "stride": stride}
    assert_agrees(image, weights, scipy_correlate(mode, (0, 0), stride), **options)


@settings(max_examples=100)
@given(questions(9, (1, 3)), st.tuples(st.integers(2, 4), st.integers(1, 4)), st.sampled_from(tuple(SCIPY_MODES)[2:]))
def test_scipy_correlate_with_holes(question: tuple[Array, Array], dilation: tuple[int, int], mode: str) -> None:
    image, weights = question
    reach = [step * (size - 1) + 1 for step, size in zip(dilation, weights.shape, strict=True)]

    def answer(image: Array, weights: Array, outside: float) -> Array:
        holes = np.zeros(reach)
        holes[:: dilation[0], :: dilation[1]] = weights
        return np.asarray(scipy_correlate(mode, (0, 0))(image, holes, outside))

    assert_agrees(image, weights, answer, padding="same-lower", pad_mode=SCIPY_MODES[mode], dilation=dilation)


LARGE = [(25, 25), (31, 31), (33, 47), (1, 65), (65, 1), (64, 64), (65, 65)]


@pytest.mark.parametrize("dtype", TYPES)
@pytest.mark.parametrize("grid", LARGE)
@pytest.mark.parametrize("make", ["dense", "separable", "constant"])
@pytest.mark.parametrize("words", ["full", "valid"])
def test_scipy_oaconvolve(dtype: str, grid: tuple[int, int], make: str, words: str) -> None:
    whole = dtype[0] != "f"
    image = samples(1, (97, 90, 2), dtype)
    weights = grid_of(make, grid, whole=whole, seed=2)

    def answer(image: Array, weights: Array, outside: float) -> Array:
        return np.asarray(scipy.signal.oaconvolve(image, weights[..., None], mode=words, axes=(0, 1)))

    assert_agrees(image, weights, answer, off=OFF_BY_FOURIER, padding=words, flip_kernel=True)


@settings(max_examples=60)
@given(questions(21, (1,)), st.sampled_from(("fill", "wrap", "symm")), st.sampled_from((0.0, 4.0, -1.5)))
@example((samples(1, (63, 70), "f4"), grid_of("dense", (35, 41), whole=False, seed=1)), "symm", 0.0)
@example((samples(2, (63, 70), "u2"), grid_of("dense", (35, 41), whole=True, seed=2)), "wrap", 0.0)
def test_scipy_convolve2d(question: tuple[Array, Array], boundary: str, outside: float) -> None:
    image, weights = question
    image = image.reshape(image.shape[:2])
    outside = outside if boundary == "fill" else 0.0
    pad_mode = {"fill": f"constant={outside}", "wrap": "wrap", "symm": "symmetric"}[boundary]

    def answer(image: Array, weights: Array, outside: float) -> Array:
        found = scipy.signal.convolve2d(image, weights, mode="full", boundary=boundary, fillvalue=outside)
        return np.asarray(found)

    assert_agrees(image, weights, answer, outside, padding="full", pad_mode=pad_mode, flip_kernel=True)


# OpenCV.


@settings(max_examples=300)
@given(questions(41, (1, 3, 4)), st.sampled_from(tuple(CV2_MODES)), st.tuples(st.floats(0, 1), st.floats(0, 1)))
def test_opencv_filter2d(question: tuple[Array, Array], mode: str, middle: tuple[float, float]) -> None:
    image, weights = question
    rows, columns = (round(share * (size - 1)) for share, size in zip(middle, weights.shape, strict=True))
    padding = rows, weights.shape[0] - 1 - rows, columns, weights.shape[1] - 1 - columns

    def answer(image: Array, weights: Array, outside: float) -> Array:
        found = cv2.filter2D(image, cv2.CV_64F, weights, anchor=(columns, rows), borderType=CV2_MODES[mode])
        return np.asarray(found).reshape(image.shape)

    assert_agrees(image, weights, answer, off=OFF_BY_FOURIER, padding=padding, pad_mode=mode)


@settings(max_examples=100)
@given(questions(1, (1, 3, 4)), st.tuples(st.integers(1, 41), st.integers(1, 41)), st.sampled_from(tuple(CV2_MODES)))
def test_opencv_sep_filter2d(question: tuple[Array, Array], shape: tuple[int, int], mode: str) -> None:
    image = question[0]
    rng = np.random.default_rng(shape)
    down, across = (rng.integers(-3, 4, size).astype(np.float64) for size in shape)

    def answer(image: Array, weights: Array, outside: float) -> Array:
        x, y = (across, down) if (weights < 0).any() else (np.abs(across), np.abs(down))
        found = cv2.sepFilter2D(image, cv2.CV_64F, x, y, borderType=CV2_MODES[mode])
        return np.asarray(found).reshape(image.shape)

    assert_agrees(image, np.outer(down, across), answer, padding="same-lower", pad_mode=mode)


@settings(max_examples=100)
@given(questions(1, (1, 3)), st.tuples(st.integers(1, 41), st.integers(1, 41)), st.sampled_from(tuple(CV2_MODES)))
@pytest.mark.parametrize("normalize", [True, False])
def test_opencv_boxes(normalize: bool, question: tuple[Array, Array], shape: tuple[int, int], mode: str) -> None:
    image = question[0]

    def answer(image: Array, weights: Array, outside: float) -> Array:
        size, border = shape[::-1], CV2_MODES[mode]
        if normalize:
            return np.asarray(cv2.blur(image, size, borderType=border)).reshape(image.shape)
        return np.asarray(cv2.boxFilter(image, -1, size, normalize=False, borderType=border)).reshape(image.shape)

    if image.dtype == "f8":  # whose sums OpenCV runs along the image, so that errors of large samples stay
        image = image.astype(np.float32)
    weights = np.full(shape, 1 / (shape[0] * shape[1]) if normalize else 1.0)
    assert_agrees(image, weights, answer, padding="same-lower", pad_mode=mode)


@settings(max_examples=100)
@given(questions(1, (1, 3, 4)), st.integers(0, 20), st.floats(0.3, 12), st.sampled_from(tuple(CV2_MODES)))
def test_opencv_gaussian_blur(question: tuple[Array, Array], radius: int, sigma: float, mode: str) -> None:
    image, size = question[0], 2 * radius + 1

    def answer(image: Array, weights: Array, outside: float) -> Array:
        found = cv2.GaussianBlur(image, (size, size), sigma, borderType=CV2_MODES[mode])
        return np.asarray(found).reshape(image.shape)

    taps = cv2.getGaussianKernel(size, sigma, cv2.CV_64F)
    assert_agrees(image, taps @ taps.T, answer, pad_mode=mode)


# scikit-image.


@settings(max_examples=60)
@given(questions(1, (1,)), st.floats(0.3, 8), st.sampled_from(("nearest", "mirror", "reflect", "wrap")))
def test_skimage_gaussian(question: tuple[Array, Array], sigma: float, mode: str) -> None:
    image = question[0].reshape(question[0].shape[:2])
    radius = int(4 * sigma + 0.5)
    taps = np.exp(-0.5 * (np.arange(-radius, radius + 1) / sigma) ** 2)
    taps /= taps.sum()

    def answer(image: Array, weights: Array, outside: float) -> Array:
        return np.asarray(skimage.filters.gaussian(image, sigma, mode=mode, truncate=4, preserve_range=True))

    assert_agrees(image, np.outer(taps, taps), answer, pad_mode=SCIPY_MODES[mode])


@settings(max_examples=60)
@given(questions(1, (1,)), st.tuples(st.integers(0, 20), st.integers(0, 20)), st.booleans())
def test_skimage_correlate_sparse(question: tuple[Array, Array], radius: tuple[int, int], whole: bool) -> None:
    image = question[0].reshape(question[0].shape[:2])
    weights = grid_of("sparse", (2 * radius[0] + 1, 2 * radius[1] + 1), whole=whole, seed=radius[0])
    weights[radius] = 1  # an empty kernel is none to scikit-image

    def answer(image: Array, weights: Array, outside: float) -> Array:
        return np.asarray(skimage.filters.correlate_sparse(image, weights, mode="reflect"))

    assert_agrees(image, weights, answer, pad_mode="symmetric")


@pytest.mark.parametrize("mode", ["constant", "nearest", "mirror", "reflect", "wrap"])
@pytest.mark.parametrize("dtype", ["u2", "f4", "f8"])
def test_normalised_convolution(mode: str, dtype: str) -> None:
    """Around holes, against two filters of SciPy: of values and of what is known."""
    rng = np.random.default_rng(len(mode))
    image = (rng.random((40, 50)) * 200 + 1).astype(dtype)
    image[rng.random(image.shape) < 0.3] = 0
    image[10:22, 8:25] = 0
    side = np.exp(-((np.arange(9) - 4.0) ** 2) / 4)
    for weights in (np.outer(side, side), rng.random((7, 5))):
        with np.errstate(invalid="ignore"):
            values = scipy.ndimage.correlate(image.astype(float), weights, mode=mode, cval=5)
            known = scipy.ndimage.correlate((image != 0).astype(float), weights, mode=mode, cval=1)
            expected = np.where(known > 0, values / known * weights.sum(), 0)
        pad_mode = {**SCIPY_MODES, "constant": "constant=5"}[mode]
        found = convolve(image, weights, nodata=0, pad_mode=pad_mode)
        np.testing.assert_allclose(found, expected, rtol=1e-12 if dtype == "f8" else 3e-6)
