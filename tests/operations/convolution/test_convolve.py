"""Convolution against cases by hand, the slow twin, other libraries, and every wrong setting."""

from itertools import product
from typing import Any

import cv2
import numpy as np
import pytest
import scipy.ndimage
import scipy.signal
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.lib.stride_tricks import sliding_window_view

from cnnkit.data.kernels.kernel import Kernel
from cnnkit.errors import ArgumentError, CnnkitError, SizeError
from cnnkit.geometry.padding import Padding
from cnnkit.operations.convolution.convolve import convolve
from tests.cases.convolution_by_hand import CASES, EDGE, SOBEL, Case
from tests.cases.layouts import LAYOUTS, REAL_TYPES, samples
from tests.reference import convolution as twin

MODES = ("zero", "constant=-1.5", "replicate", "reflect", "symmetric", "wrap")
TOLERANCE = {"f4": 2e-6, "f8": 1e-14}
"""What a sum may be off, as a share of sum |w| |x|: float32 and float64."""


def assert_sums(found: Any, image: Any, kernel: Any, **settings: Any) -> None:
    """Hold a result against the twin, within the tolerance of its type."""
    expected = twin.convolve(image, kernel, **settings)
    scale = twin.magnitude(image, kernel, **settings)
    found = found.reshape(expected.shape).astype(np.float64)
    allowed = TOLERANCE["f8" if image.dtype.itemsize == 8 and image.dtype.kind == "f" else "f4"] * scale
    worst = np.abs(found - expected) - allowed
    assert worst.max() <= 0, (
        f"off by {worst.max()} more than allowed at {np.unravel_index(worst.argmax(), worst.shape)}"
    )


# Worked by hand.


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
@pytest.mark.parametrize("dtype", ["f4", "f8", None])
def test_by_hand(case: Case, dtype: str | None) -> None:
    image = case.image if dtype is None else np.asarray(case.image, dtype=dtype)
    found = convolve(image, case.kernel, **case.settings)
    assert found.dtype == ("f8" if np.asarray(image).dtype == "f8" else "f4")
    assert found.shape == np.shape(case.expected)
    np.testing.assert_allclose(found, case.expected, rtol=1e-6, atol=0)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_the_twin_by_hand(case: Case) -> None:
    if isinstance(case.kernel, str) or case.settings.get("depth"):
        pytest.skip("the twin knows arrays only")
    image, kernel = np.asarray(case.image), np.asarray(case.kernel)
    settings = dict(case.settings)
    for name in {"stride", "dilation"} & set(settings):
        value = settings[name]
        settings[name] = tuple(map(int, value.split("x"))) if isinstance(value, str) else np.broadcast_to(value, 2)
    found = twin.convolve(image.reshape(*image.shape[:2], -1), kernel, **settings)
    np.testing.assert_array_equal(found.ravel(), np.ravel(case.expected))


def test_a_nan_touches_only_what_its_window_covers() -> None:
    image = np.random.default_rng(0).normal(size=(40, 40)).astype(np.float32)
    image[20, 17] = np.nan
    lost = np.isnan(convolve(image, np.random.default_rng(1).normal(size=(13, 13))))
    assert lost.sum() == 169
    assert lost[14:27, 11:24].all()


@pytest.mark.parametrize("mode", ["replicate", "wrap"])
def test_a_nan_at_the_border_is_copied_like_any_sample(mode: str) -> None:
    image = np.zeros((6, 6))
    image[0, 2] = np.nan
    found = np.isnan(convolve(image, np.ones((3, 3)), pad_mode=mode))
    rows = [0, 1] if mode == "replicate" else [0, 1, 5]
    assert found.sum() == 3 * len(rows)
    assert found[rows, 1:4].all()


def test_an_infinity_stays_one() -> None:
    image = np.array([[1.0, np.inf, 1.0, 1.0, 1.0]])
    np.testing.assert_array_equal(convolve(image, [[1, 1, 1]]), [[np.inf, np.inf, np.inf, 3, 2]])


# Agreement with the slow twin over a full grid.


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("padding", ["same", "same-lower", "valid", "full", 1, (4, 0), "0x1x2x0", "7x0x0x5"])
def test_a_full_grid_of_rows(padding: Any, mode: str) -> None:
    for size, kernel, stride, dilation in product((1, 2, 3, 5), (1, 2, 3, 4), (1, 2, 3), (1, 2)):
        image = samples(size, (size, 4, 2), "f4")
        weights = samples(kernel, (kernel, 3), "f8")
        settings: dict[str, Any] = {"stride": (stride, 2), "dilation": (dilation, 1), "padding": padding}
        try:
            found = convolve(image, weights, pad_mode=mode, **settings)
        except SizeError:
            assert twin.convolve(image, weights, pad_mode=mode, **settings).size == 0
        else:
            assert_sums(found, image, weights, pad_mode=mode, **settings)


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("padding", ["same", "same-lower", "valid", "full", 2, "1x0x0x3"])
def test_a_full_grid_of_columns_and_kernels(padding: Any, mode: str) -> None:
    for size, kernel, stride, dilation in product((1, 3, 6), (1, 2, 3), (1, 2, 4), (1, 3)):
        image = samples(size, (3, size, 4), "f4")
        weights = samples(kernel, (2, kernel, 2, 6), "f8")
        settings: dict[str, Any] = {"stride": (1, stride), "dilation": (1, dilation), "padding": padding, "groups": 2}
        settings |= {"pad_mode": mode, "bias": np.arange(6) - 2.5, "flip_kernel": size == 3}
        try:
            found = convolve(image, weights, **settings)
        except SizeError:
            assert twin.convolve(image, weights, **settings).size == 0
        else:
            assert_sums(found, image, weights, **settings)


@st.composite
def questions(draw: st.DrawFn) -> tuple[Any, Any, dict[str, Any]]:
    """An image of any type and layout, weights of any rank that fit it, and settings."""
    whole = st.integers
    dtype = draw(st.sampled_from([kind for kind in REAL_TYPES if kind not in ("u4", "u8")]))
    groups = draw(whole(1, 3))
    rank = draw(st.sampled_from((2, 3, 4)))
    groups = groups if rank == 4 else 1
    group_depth = draw(whole(1, 2))
    shape = draw(whole(1, 2)), draw(whole(1, 7)), draw(whole(1, 7)), groups * group_depth
    grid = draw(whole(1, 4)), draw(whole(1, 4))
    weights = samples(draw(whole(0, 99)), (*grid, group_depth, groups * draw(whole(1, 2)))[:rank], "f8")
    if draw(st.booleans()):
        weights = np.rint(weights)
    layout = draw(st.sampled_from([name for name in LAYOUTS if name != "unaligned"]))  # which has its own tests
    image = LAYOUTS[layout](samples(draw(whole(0, 99)), shape, dtype))
    sides = st.tuples(whole(0, 6), whole(0, 6), whole(0, 6), whole(0, 6))
    settings = {
        "stride": (draw(whole(1, 3)), draw(whole(1, 3))),
        "dilation": (draw(whole(1, 3)), draw(whole(1, 3))),
        "padding": draw(st.one_of(st.sampled_from(("same", "same-lower", "full")), sides)),
        "pad_mode": draw(st.sampled_from(MODES)),
        "flip_kernel": draw(st.booleans()),
        "bias": draw(st.sampled_from((0.0, -3.0, 0.25))),
        "groups": groups,
    }
    return image, weights, settings


@settings(max_examples=300)
@given(questions())
def test_any_type_layout_and_setting(question: tuple[Any, Any, dict[str, Any]]) -> None:
    image, weights, settings = question
    before = image.copy()
    try:
        found = convolve(image, weights, **settings)
    except SizeError:
        assert twin.convolve(image[0], weights, **settings).size == 0
        return
    assert found.ndim == 4
    assert found.dtype == ("f8" if image.dtype.kind == "f" and image.dtype.itemsize == 8 else "f4")
    np.testing.assert_array_equal(image, before)
    for n, one in enumerate(image):
        assert_sums(found[n], one, weights, **settings)


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("dtype", REAL_TYPES)
@pytest.mark.parametrize("padding", ["same", "valid"])
def test_no_layout_changes_a_bit(layout: str, dtype: str, padding: str) -> None:
    image = samples(5, (6, 7, 3), dtype)
    weights = samples(6, (3, 2), "f8")
    found = convolve(LAYOUTS[layout](image), weights, padding=padding)
    np.testing.assert_array_equal(found, convolve(image, weights, padding=padding))
    found = convolve(LAYOUTS[layout](image), weights[:, :, None].repeat(3, 2), padding=padding)
    np.testing.assert_array_equal(found, convolve(image, weights, depth="sum", padding=padding))


@pytest.mark.parametrize(
    ("image", "kernel", "settings", "expected"),
    [
        ((5, 6), (3, 3), {}, (5, 6)),
        ((5, 6, 1), (3, 3), {}, (5, 6, 1)),
        ((5, 6, 3), (3, 3), {}, (5, 6, 3)),
        ((2, 5, 6, 3), (3, 3), {}, (2, 5, 6, 3)),
        ((5, 6), (3, 3), {"depth": "sum"}, (5, 6)),
        ((5, 6, 3), (3, 3), {"depth": "sum"}, (5, 6, 1)),
        ((5, 6, 3), (3, 3), {"depth": "grey"}, (5, 6, 1)),
        ((2, 5, 6, 3), (3, 3), {"depth": "grey"}, (2, 5, 6, 1)),
        ((5, 6, 3), (3, 3, 3), {}, (5, 6, 1)),
        ((5, 6, 3), (3, 3, 3, 8), {}, (5, 6, 8)),
        ((2, 5, 6, 3), (3, 3, 3, 8), {"stride": 2}, (2, 3, 3, 8)),
        ((5, 6), (3, 3, 1, 8), {}, (5, 6, 8)),
        ((5, 6, 4), (3, 3, 1, 4), {"groups": 4}, (5, 6, 4)),
        ((5, 6, 4), (3, 3, 2, 6), {"groups": 2}, (5, 6, 6)),
    ],
)
def test_shapes(image: Any, kernel: Any, settings: dict[str, Any], expected: Any) -> None:
    assert convolve(np.ones(image), np.ones(kernel), **settings).shape == expected


def test_names_texts_arrays_and_kernels_are_kernels() -> None:
    image = samples(7, (5, 6), "f4")
    found = [convolve(image, kernel) for kernel in ("sobel", "-1 0 1; -2 0 2; -1 0 1", SOBEL, Kernel(np.array(SOBEL)))]
    for other in found[1:]:
        np.testing.assert_array_equal(other, found[0])


def test_padding_can_be_an_object() -> None:
    image = samples(7, (5, 6), "f4")
    np.testing.assert_array_equal(
        convolve(image, EDGE, padding=Padding(1, 0, 2, 3)), convolve(image, EDGE, padding="1x0x2x3")
    )


# Agreement with other libraries.

SCIPY_MODES = {"zero": "constant", "replicate": "nearest", "reflect": "mirror", "symmetric": "reflect", "wrap": "wrap"}
CV2_MODES = {
    "zero": cv2.BORDER_CONSTANT,
    "replicate": cv2.BORDER_REPLICATE,
    "reflect": cv2.BORDER_REFLECT_101,
    "symmetric": cv2.BORDER_REFLECT,
}
GRIDS = ((1, 1), (1, 2), (2, 2), (3, 3), (2, 5), (5, 4), (7, 7), (9, 3))


@pytest.mark.parametrize("mode", SCIPY_MODES)
@pytest.mark.parametrize("grid", GRIDS)
def test_scipy_correlate(mode: str, grid: tuple[int, int]) -> None:
    image, weights = samples(8, (11, 13), "f8"), samples(9, grid, "f8")
    expected = scipy.ndimage.correlate(
        image, weights, mode=SCIPY_MODES[mode]
    )  # anchors an even kernel after its middle
    np.testing.assert_allclose(convolve(image, weights, padding="same-lower", pad_mode=mode), expected, atol=1e-12)


@pytest.mark.parametrize("mode", SCIPY_MODES)
def test_scipy_correlate_wider_than_the_image(mode: str) -> None:
    image, weights = samples(8, (3, 2), "f8"), samples(9, (11, 9), "f8")
    expected = scipy.ndimage.correlate(image, weights, mode=SCIPY_MODES[mode])
    np.testing.assert_allclose(convolve(image, weights, pad_mode=mode), expected, atol=1e-12)


def test_scipy_correlate_with_a_constant() -> None:
    image, weights = samples(8, (6, 7), "f8"), samples(9, (3, 5), "f8")
    expected = scipy.ndimage.correlate(image, weights, mode="constant", cval=-7.25)
    np.testing.assert_allclose(convolve(image, weights, pad_mode="constant=-7.25"), expected, atol=1e-12)


@pytest.mark.parametrize("mode", CV2_MODES)
@pytest.mark.parametrize("grid", GRIDS)
@pytest.mark.parametrize("dtype", ["u1", "u2", "i2", "f4", "f8"])
def test_opencv_filter2d(mode: str, grid: tuple[int, int], dtype: str) -> None:
    image = samples(10, (12, 10, 3), dtype)
    weights = np.rint(samples(11, grid, "f8") * 4)
    expected = cv2.filter2D(image.astype(np.float64), cv2.CV_64F, weights, borderType=CV2_MODES[mode])
    found = convolve(image, weights, padding="same-lower", pad_mode=mode, dtype="f8")
    tolerance = 0 if dtype[0] in "ui" else 1e-4 if dtype == "f4" else 1e-11
    np.testing.assert_allclose(found, expected, rtol=0, atol=tolerance)


@pytest.mark.parametrize("grid", GRIDS)
@pytest.mark.parametrize("words", [("full", "full"), ("same-lower", "same"), ("valid", "valid")])
def test_scipy_convolve2d(grid: tuple[int, int], words: tuple[str, str]) -> None:
    image, weights = samples(12, (10, 12), "f8"), samples(13, grid, "f8")
    expected = scipy.signal.convolve2d(image, weights, mode=words[1])
    if words[1] == "same":  # SciPy cuts its full result from (k - 1) // 2 on: k - 1 - (k - 1) // 2 samples before
        padding: Any = (grid[0] // 2, (grid[0] - 1) // 2, grid[1] // 2, (grid[1] - 1) // 2)
    else:
        padding = words[0]
    np.testing.assert_allclose(convolve(image, weights, flip_kernel=True, padding=padding), expected, atol=1e-12)


def test_numpy_einsum_for_a_layer() -> None:
    image, weights = samples(14, (2, 9, 8, 5), "f8"), samples(15, (3, 2, 5, 7), "f8")
    windows = sliding_window_view(image, (3, 2), axis=(1, 2))[:, ::2]
    expected = np.einsum("nijcab,abck->nijk", windows, weights)
    np.testing.assert_allclose(convolve(image, weights, padding="valid", stride=(2, 1)), expected, atol=1e-12)


# Exactness.


def whole_sums(image: Any, kernel: Any) -> Any:
    windows = sliding_window_view(image.astype(np.int64), kernel.shape, axis=(0, 1))
    return np.einsum("ijcab,ab->ijc", windows, kernel.astype(np.int64))


@pytest.mark.parametrize("seed", range(20))
def test_5x5_whole_kernels_on_8_bits_are_exact(seed: int) -> None:
    rng = np.random.default_rng(seed)
    image = samples(seed, (30, 31, 3), "u1")
    kernel = rng.integers(-20, 21, (5, 5))
    expected = whole_sums(image, kernel)
    np.testing.assert_array_equal(convolve(image, kernel, padding="valid"), expected)
    np.testing.assert_array_equal(convolve(image, kernel, padding="valid", dtype="int32"), expected)
    rounded = expected.clip(0, 255)
    np.testing.assert_array_equal(convolve(image, kernel, padding="valid", dtype="uint8"), rounded)


@pytest.mark.parametrize("dtype", ["u1", "i1", "u2", "i2", "?"])
@pytest.mark.parametrize("largest", [1, 100, 10**4, 10**9])
@pytest.mark.parametrize("extreme", [False, True])
def test_sums_of_whole_numbers_are_exact_beyond_float32(dtype: str, largest: int, extreme: bool) -> None:
    kernel = np.random.default_rng(3).integers(-largest, largest + 1, (5, 3))
    if extreme:  # the largest sums there are
        kernel = np.full((5, 3), largest - 1 if largest > 1 else 1)
    image = samples(4, (9, 10, 2), dtype)
    if extreme:
        image[...] = image.max()
    expected = whole_sums(image, kernel)
    np.testing.assert_array_equal(convolve(image, kernel, padding="valid", dtype="float64"), expected)
    np.testing.assert_array_equal(convolve(image, kernel, padding="valid", dtype="int64"), expected)
    np.testing.assert_array_equal(convolve(image, kernel, padding="valid"), expected.astype(np.float32))
    grids = np.stack([kernel, -kernel], axis=2)[..., None]
    summed = whole_sums(image[..., :1], kernel) - whole_sums(image[..., 1:], kernel)
    np.testing.assert_array_equal(convolve(image, grids, padding="valid", dtype="float64"), summed)


def test_a_bias_and_a_pad_value_keep_sums_exact() -> None:
    image = np.full((3, 3), 255, dtype=np.uint8)
    found = convolve(image, np.ones((3, 3)), bias=2**24, dtype="float64")
    assert found[1, 1] == 9 * 255 + 2**24
    found = convolve(image, np.ones((3, 3)), pad_mode=f"constant={2**24 + 1}", dtype="float64")
    assert found[0, 0] == 4 * 255 + 5 * (2**24 + 1)


def test_big_integers_are_summed_in_float64() -> None:
    image = np.array([[2**31 - 1, -(2**31), 12345]], dtype=np.int32)
    np.testing.assert_array_equal(convolve(image, [[3, 5]], padding="valid", dtype="float64"),
                                  [[3 * (2**31 - 1) - 5 * 2**31, -3 * 2**31 + 5 * 12345]])  # fmt: skip


@pytest.mark.parametrize("grid", [(3, 3), (7, 7), (13, 13), (31, 31)])
@pytest.mark.parametrize("make", [lambda s: samples(1, s, "f4"), np.ones, lambda s: np.full(s, 0.1, dtype=np.float32)])
def test_float32_sums_are_within_the_tolerance(grid: tuple[int, int], make: Any) -> None:
    image = make((40, 42)).astype(np.float32)
    for kernel in (samples(2, grid, "f8"), np.full(grid, 1 / (grid[0] * grid[1])), np.abs(samples(3, grid, "f8"))):
        windows = sliding_window_view(image.astype(np.float64), grid)
        expected = np.einsum("ijab,ab->ij", windows, kernel)
        scale = np.einsum("ijab,ab->ij", np.abs(windows), np.abs(kernel))
        found = convolve(image, kernel, padding="valid")
        assert (np.abs(found - expected) / scale).max() <= 2e-6


@pytest.mark.parametrize("depth", [16, 128, 512])
def test_float32_sums_over_a_deep_image_are_within_the_tolerance(depth: int) -> None:
    image, weights = samples(1, (8, 8, depth), "f4"), samples(2, (3, 3, depth, 4), "f8")
    windows = sliding_window_view(image.astype(np.float64), (3, 3), axis=(0, 1))
    expected = np.einsum("ijcab,abck->ijk", windows, weights)
    scale = np.einsum("ijcab,abck->ijk", np.abs(windows), np.abs(weights))
    found = convolve(image, weights, padding="valid")
    assert (np.abs(found - expected) / scale).max() <= 2e-6


@pytest.mark.parametrize("dtype", ["u1", "f4", "f8"])
@pytest.mark.parametrize("threads", [2, 3, 5, None])
def test_threads_never_change_a_bit(dtype: str, threads: int | None) -> None:
    image = samples(16, (301, 203, 3), dtype)
    for kernel in (samples(17, (7, 5), "f8"), samples(18, (3, 3, 3, 4), "f8")):
        one = convolve(image, kernel, threads=1, stride=(1, 2))
        np.testing.assert_array_equal(convolve(image, kernel, threads=threads, stride=(1, 2)), one)


@pytest.mark.parametrize(
    ("dtype", "expected"),
    [
        ("uint8", [[0, 0, 1, 2, 255]]),
        ("int8", [[-128, -1, 1, 2, 127]]),
        ("int16", [[-300, -1, 1, 2, 300]]),
        ("uint16", [[0, 0, 1, 2, 300]]),
        ("float64", [[-300.5 + 1 / 8, -0.5, 0.5, 1.5, 300]]),
    ],
)
def test_another_type_of_result(dtype: str, expected: Any) -> None:
    image = np.array([[-300.375, -0.5, 0.5, 1.5, 300]], dtype=np.float32)
    found = convolve(image, [[1]], dtype=dtype)
    assert found.dtype == np.dtype(dtype)
    np.testing.assert_array_equal(found, expected)


def test_what_is_no_number_saturates_without_a_warning() -> None:
    image = np.array([[np.nan, np.inf, -np.inf, 7.5]])
    np.testing.assert_array_equal(convolve(image, [[1]], dtype="uint8"), [[0, 255, 0, 8]])


@pytest.mark.parametrize("kernel", [np.ones((1, 1)), np.ones((3, 3)), np.ones((1, 1, 2, 2)), "identity"])
@pytest.mark.parametrize("padding", ["valid", "same"])
def test_neither_image_nor_weights_are_changed_or_handed_back(kernel: Any, padding: str) -> None:
    image = samples(19, (5, 6, 2), "f4")
    image_before, kernel_before = image.copy(), np.array(kernel)
    found = convolve(image, kernel, padding=padding, bias=1)
    found[...] = -99
    np.testing.assert_array_equal(image, image_before)
    np.testing.assert_array_equal(kernel, kernel_before)


# Properties.


@pytest.mark.parametrize("grid", GRIDS)
@pytest.mark.parametrize("mode", MODES[:1])
def test_an_impulse_gives_the_kernel(grid: tuple[int, int], mode: str) -> None:
    image = np.zeros((21, 21))
    image[10, 10] = 1
    weights = samples(20, grid, "f8")
    before = (grid[0] - 1) // 2, (grid[1] - 1) // 2
    top, left = 10 - (grid[0] - 1) + before[0], 10 - (grid[1] - 1) + before[1]
    around = slice(top, top + grid[0]), slice(left, left + grid[1])
    for flip_kernel, expected in ((True, weights), (False, weights[::-1, ::-1])):
        found = convolve(image, weights, flip_kernel=flip_kernel, pad_mode=mode)
        np.testing.assert_array_equal(found[around], expected)
        assert np.count_nonzero(found) == np.count_nonzero(weights)


@pytest.mark.parametrize("mode", ["zero", *MODES[2:]])
@pytest.mark.parametrize("shape", [(3, 2), (3, 2, 2), (3, 2, 2, 3)])
def test_linearity(mode: str, shape: tuple[int, ...]) -> None:
    one, other = samples(21, (7, 8, 2), "f8"), samples(22, (7, 8, 2), "f8")
    weights, more = samples(23, shape, "f8"), samples(24, shape, "f8")
    settings: dict[str, Any] = {"pad_mode": mode, "stride": 2}
    summed = convolve(3 * one - other, weights, **settings)
    parts = 3 * convolve(one, weights, **settings) - convolve(other, weights, **settings)
    np.testing.assert_allclose(summed, parts, atol=1e-12)
    both = convolve(one, weights - 2 * more, **settings)
    parts = convolve(one, weights, **settings) - 2 * convolve(one, more, **settings)
    np.testing.assert_allclose(both, parts, atol=1e-12)


@pytest.mark.parametrize("shift", [(1, 0), (0, 2), (-3, 5)])
def test_a_shifted_image_gives_a_shifted_result(shift: tuple[int, int]) -> None:
    image, weights = samples(25, (9, 10, 2), "f8"), samples(26, (4, 3), "f8")
    rolled = np.roll(image, shift, axis=(0, 1))
    found = convolve(rolled, weights, pad_mode="wrap")
    np.testing.assert_array_equal(found, np.roll(convolve(image, weights, pad_mode="wrap"), shift, axis=(0, 1)))


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("dtype", ["u1", "i2", "f2", "f4", "f8"])
def test_identity(mode: str, dtype: str) -> None:
    image = samples(27, (5, 6, 3), dtype)
    np.testing.assert_array_equal(convolve(image, "identity", pad_mode=mode), image)
    np.testing.assert_array_equal(convolve(image, [[1]], pad_mode=mode, dtype=dtype), image)


@pytest.mark.parametrize("mode", MODES[2:])
def test_a_flat_image_stays_flat_under_copies_of_itself(mode: str) -> None:
    weights = np.array([[0.25, 0.5, 0.25], [-1, 3, -1]])
    found = convolve(np.full((4, 5), 8.0), weights, pad_mode=mode, padding=9)
    np.testing.assert_array_equal(found, np.full((21, 21), 16.0))


def test_a_stride_keeps_every_second_result() -> None:
    image, weights = samples(28, (9, 10, 2), "f4"), samples(29, (3, 3), "f8")
    dense = convolve(image, weights, padding=1)
    np.testing.assert_array_equal(convolve(image, weights, padding=1, stride=(2, 3)), dense[::2, ::3])


def test_dilation_is_a_kernel_with_holes() -> None:
    image, weights = samples(30, (9, 10, 2), "f4"), samples(31, (3, 2), "f8")
    holes = np.zeros((7, 3))
    holes[::3, ::2] = weights
    np.testing.assert_array_equal(convolve(image, weights, dilation=(3, 2)), convolve(image, holes))


def test_groups_are_layers_side_by_side() -> None:
    image, weights = samples(32, (6, 7, 6), "f4"), samples(33, (3, 3, 2, 9), "f8")
    parts = [convolve(image[..., 2 * g : 2 * g + 2], weights[..., 3 * g : 3 * g + 3]) for g in range(3)]
    np.testing.assert_array_equal(convolve(image, weights, groups=3), np.concatenate(parts, axis=2))


def test_a_batch_is_its_images() -> None:
    images, weights = samples(34, (3, 6, 7, 2), "u1"), samples(35, (3, 3), "f8")
    np.testing.assert_array_equal(convolve(images, weights), [convolve(image, weights) for image in images])


def test_of_grey_the_luminance_is_convolved() -> None:
    image = samples(36, (5, 6, 3), "u1")
    found = convolve(image, SOBEL, depth="grey")
    np.testing.assert_allclose(found, convolve(image @ np.array([0.299, 0.587, 0.114]), SOBEL)[..., None], atol=1e-3)


# Every error.

IMAGE = np.ones((4, 5, 3))


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"padding": "sme"}, r"unknown padding 'sme' \(did you mean same\?\)"),
        ({"padding": (1, 2, 3)}, "padding has 3 numbers, not 1, 2 or 4"),
        ({"padding": float("inf")}, "padding inf"),
        ({"pad_mode": "reflct"}, r"unknown pad mode 'reflct' \(did you mean reflect\?\)"),
        ({"pad_mode": "constant=nan"}, "needs a finite value"),
        ({"stride": 0}, "stride 0 is below 1"),
        ({"stride": -2}, "stride -2 is below 1"),
        ({"stride": 1.5}, r"stride 1\.5 is not whole numbers"),
        ({"stride": (1, 2, 3)}, "stride has 3 numbers, not 1 or 2"),
        ({"stride": 2**31}, "stride 2147483648 is too large"),
        ({"dilation": 0}, "dilation 0 is below 1"),
        ({"dilation": (1, -1)}, "dilation -1 is below 1"),
        ({"dilation": "two"}, "dilation 'two' is not whole numbers"),
        ({"dilation": 10**20}, "dilation 1{1}0{20} is too large"),
        ({"groups": 0}, "groups 0"),
        ({"groups": -1}, "groups -1"),
        ({"groups": 3}, "groups 3 do not go with weights of 2 dimensions"),
        ({"groups": 1.5}, r"groups 1\.5"),
        ({"groups": "2"}, "groups '2'"),
        ({"bias": [1, 2]}, r"bias has shape \(2,\), the layer has 1 kernels"),
        ({"bias": [[1]]}, r"bias has shape \(1, 1\)"),
        ({"bias": float("nan")}, r"bias is not finite \(replace NaN and Inf\)"),
        ({"bias": np.inf}, "bias is not finite"),
        ({"bias": "much"}, "bias"),
        ({"bias": 1j}, "bias"),
        ({"depth": "all"}, r"unknown depth 'all' \(use one of each, sum, grey\)"),
        ({"threads": 0}, "threads 0 is below 1"),
        ({"dtype": "complex64"}, "dtype 'complex64' is not a real type"),
        ({"dtype": object}, "is not a real type"),
        ({"dtype": "colour"}, "dtype 'colour' is not a real type"),
    ],
)
def test_settings_that_no_image_makes_right(settings: dict[str, Any], message: str) -> None:
    with pytest.raises(ArgumentError, match=message):
        convolve(IMAGE, EDGE, **settings)


@pytest.mark.parametrize("groups", [1.5, "2"])
def test_groups_are_a_whole_number_for_layers_too(groups: Any) -> None:
    with pytest.raises(ArgumentError, match="groups"):
        convolve(np.ones((4, 5, 6)), np.ones((3, 3, 3, 4)), groups=groups)


@pytest.mark.parametrize(
    ("kernel", "message"),
    [
        (np.ones(3), "2, 3 or 4 dimensions, not 1"),
        (np.ones((1, 1, 1, 1, 1)), "2, 3 or 4 dimensions, not 5"),
        (np.ones((0, 3)), "kernel is empty"),
        ([[1, np.nan]], "1 of 2 kernel weights are not finite"),
        ([[1j]], "not real numbers"),
        ([[1, 2], [3]], "not real numbers in a full grid"),
        ("sobl", "did you mean sobel"),
        ("1 2; 3", "row"),
        ("", "empty"),
    ],
)
def test_what_is_no_kernel(kernel: Any, message: str) -> None:
    with pytest.raises(ArgumentError, match=message):
        convolve(IMAGE, kernel)


@pytest.mark.parametrize(
    ("image", "kernel", "settings", "message"),
    [
        (IMAGE, np.ones((3, 3, 4)), {}, "the kernel has depth 4, the image has 3 channels"),
        (np.ones((4, 5)), np.ones((3, 3, 3)), {}, "the kernel has depth 3, the image has 1 channels"),
        (IMAGE, np.ones((3, 3, 3, 6)), {"groups": 3}, "the kernel has depth 3, the image has 3 channels in 3 groups"),
        (IMAGE, np.ones((3, 3, 1, 4)), {"groups": 2}, "2 groups do not divide 3 channels and 4 kernels"),
        (np.ones((4, 5, 2)), np.ones((3, 3, 1, 3)), {"groups": 2}, "2 groups do not divide 2 channels and 3 kernels"),
        (IMAGE, np.ones((5, 3)), {"padding": "valid"}, "a window of 5x3 does not fit an input of 4x5"),
        (IMAGE, np.ones((3, 3)), {"padding": 0, "dilation": 2}, r"3x3 \(spanning 5x5\) does not fit an input of 4x5"),
        (np.ones((4, 5, 4)), EDGE, {"depth": "grey"}, "cannot make grey of 4 channels"),
        (np.ones((0, 5)), EDGE, {}, "the image has no samples"),
    ],
)
def test_kernels_that_do_not_fit_this_image(image: Any, kernel: Any, settings: Any, message: str) -> None:
    with pytest.raises(SizeError, match=message):
        convolve(image, kernel, **settings)


@pytest.mark.parametrize(
    ("image", "message"),
    [(np.ones(3), "not 1"), (np.ones((2, 2), complex), "complex128"), (np.ones((2, 2), object), "object")],
)
def test_what_is_no_image(image: Any, message: str) -> None:
    with pytest.raises(ArgumentError, match=message):
        convolve(image, EDGE)


@pytest.mark.parametrize(
    "settings", [{"padding": 2**31 - 1}, {"dilation": 2**31 - 1}, {"dilation": 2**31 - 1, "padding": "full"}]
)
def test_a_result_that_no_memory_holds_is_an_error_of_ours(settings: dict[str, Any]) -> None:
    with pytest.raises(CnnkitError, match=r"large|memory"):
        convolve(IMAGE, EDGE, **settings)
