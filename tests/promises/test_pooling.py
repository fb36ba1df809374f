"""What holds of poolings whatever the numbers: NaN, types, threads, memory, and how the kinds stand to each other."""

import tracemalloc
from itertools import product
from typing import Any

import numpy as np
import pytest

from cnnkit.operations.convolution.convolve import convolve
from cnnkit.operations.pooling.pool import pool
from tests.cases.layouts import samples
from tests.cases.pooling_types import types_of
from tests.reference.agreement import KINDS, assert_nearly_rounded, kind_of

FORMS: dict[str, dict[str, Any]] = {
    "3x3": {"size": 3, "stride": 2, "padding": 1},
    "31x3": {"size": (31, 3), "stride": 1},
    "global": {"size": "global"},
    "bins": {"adaptive": (7, 5)},
}
"""Windows, all of the image, and bins."""


# NaN and infinities.


@pytest.mark.parametrize("dtype", ["f2", "f4", "f8"])
@pytest.mark.parametrize("size", [3, 13])
@pytest.mark.parametrize("kind", KINDS)
def test_a_nan_touches_only_what_its_window_covers(kind: str, size: int, dtype: str) -> None:
    """README: The same input and settings give the same bits on any number of threads; a NaN affects only the results
    whose window covers it, whatever algorithm is chosen.
    """
    image, half = samples(0, (40, 40), dtype), size // 2
    clean = pool(image, size, stride=1, padding=half, **kind_of(kind))
    for y, x in ((20, 17), (0, 0), (39, 22), (6, 39)):
        marked = image.copy()
        marked[y, x] = np.nan
        around = np.zeros((40, 40), dtype=bool)
        around[max(y - half, 0) : y + half + 1, max(x - half, 0) : x + half + 1] = True
        found = pool(marked, size, stride=1, padding=half, **kind_of(kind))
        np.testing.assert_array_equal(np.isnan(found), around)
        np.testing.assert_allclose(found[~around], clean[~around], rtol=1e-5, atol=1e-5)
        found = pool(marked, size, stride=1, padding=half, nan="ignore", **kind_of(kind))
        assert not np.isnan(found).any()


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("kind", ["max", "min", "median", "average", "lp"])
def test_without_a_nan_there_is_nothing_to_ignore(kind: str, form: str) -> None:
    for dtype in types_of(kind, bins=form in ("global", "bins")):
        image = samples(1, (40, 41, 2), dtype)
        found = pool(image, nan="ignore", kind=kind, **FORMS[form])
        np.testing.assert_array_equal(found, pool(image, kind=kind, **FORMS[form]))


def test_infinities_are_numbers() -> None:
    image = np.array([[-np.inf, -np.inf, 1.0, np.inf]])
    for kind, expected in (("max", np.inf), ("min", 1), ("median", 1), ("average", np.inf), ("lp", np.inf)):
        first = np.inf if kind == "lp" else -np.inf
        assert pool(image, (1, 2), kind=kind).tolist() == [[first, expected]], kind


# Types.


@pytest.mark.parametrize(
    ("kind", "dtype", "expected"), [("max", "i8", [1, 3]), ("min", "u8", [0, 2]), ("median", "i8", [0, 2])]
)
def test_64_bits_are_exact(kind: str, expected: list[int], dtype: str) -> None:
    top = int(np.iinfo(dtype).max) - 3
    image = np.array([[top, top + 1, top + 3, top + 2]], dtype)
    for options in ({}, {"dtype": dtype}):
        assert pool(image, (1, 2), kind=kind, **options).tolist() == [[top + number for number in expected]]


@pytest.mark.parametrize("kind", KINDS)
def test_32_and_64_bits_do_not_overflow(kind: str) -> None:
    for dtype in {"i4", "u4", "i8", "u8"} & {*types_of(kind)}:
        for end in (np.iinfo(dtype).min, np.iinfo(dtype).max):
            found = pool(np.full((8, 8), end, dtype), 8, **kind_of(kind))
            expected = abs(float(end)) * 8 if kind == "lp" else float(end)  # sqrt(64 x^2)
            np.testing.assert_allclose(found, [[expected]], rtol=1e-6)


@pytest.mark.parametrize("value", [1, 6, 255])
@pytest.mark.parametrize("dtype", ["u1", "u2", "i4", "f4", "f8"])
def test_a_mean_of_many_samples_is_their_mean(dtype: str, value: int) -> None:
    # More samples than float32 can count: a sum of ones in float32 stands still at 2**24.
    image = np.full((4200, 4100), value, dtype=dtype)
    for options in ({"size": (4200, 4100)}, {"size": "global"}, {"adaptive": 1}):
        np.testing.assert_allclose(pool(image, kind="average", **options), [[value]], rtol=2e-6)


@pytest.mark.parametrize("dtype", ["u1", "u2", "i2"])
@pytest.mark.parametrize("size", [(2, 2), (3, 3), (16, 16), (61, 67)])
def test_means_of_8_and_16_bits_are_rounded_once(size: tuple[int, int], dtype: str) -> None:
    image = samples(2, (61 * 4, 67 * 3), dtype)
    rows, columns = (length // of * of for length, of in zip(image.shape, size, strict=True))
    blocks = image[:rows, :columns].astype(np.int64).reshape(rows // size[0], size[0], columns // size[1], size[1])
    exact = blocks.sum(axis=(1, 3)) / (size[0] * size[1])
    assert_nearly_rounded(pool(image, size, kind="average"), exact, f"{size} of {dtype}")


def test_a_mean_of_8_bits_as_8_bits() -> None:
    image = samples(3, (128, 130, 3), "u1")
    a, b, c, d = (image[y::2, x::2].astype(int) for y in (0, 1) for x in (0, 1))
    found = pool(image, 2, kind="average", dtype=np.uint8)
    assert found.dtype == np.uint8
    np.testing.assert_array_equal(found, (a + b + c + d + 2) >> 2)


@pytest.mark.parametrize("dtype", ["u1", "u2", "i1", "i2"])
@pytest.mark.parametrize("size", [(1, 2), (3, 3), (2, 4), (7, 6)])
def test_means_in_their_own_type_round_half_away_from_zero(size: tuple[int, int], dtype: str) -> None:
    image, count = samples(4, (61, 67, 2), dtype), size[0] * size[1]
    windows = np.lib.stride_tricks.sliding_window_view(image.astype(np.int64), size, axis=(0, 1))
    sums = windows.sum(axis=(-2, -1))
    expected = np.sign(sums) * ((2 * np.abs(sums) + count) // (2 * count))
    np.testing.assert_array_equal(pool(image, size, stride=1, kind="average", dtype=dtype), expected)


@pytest.mark.parametrize(
    ("image", "options", "dtype", "expected"),
    [
        ([[-1, 0, -1, -2, 1, 2]], {"size": (1, 2), "kind": "average"}, "int8", [[-1, -2, 2]]),
        ([[-3.5, 300.7, 2.5, np.nan, np.inf, -np.inf]], {"size": 1}, "uint8", [[0, 255, 3, 0, 255, 0]]),
        ([[-3.5, 300.7, -2.5, np.nan]], {"size": 1, "kind": "min"}, "int16", [[-4, 301, -3, 0]]),
        ([[70000, -70000, 5]], {"size": 1, "kind": "median"}, "int16", [[32767, -32768, 5]]),
        ([[3, 4, 200, 200]], {"size": (1, 2), "kind": "lp"}, "uint8", [[5, 255]]),
        ([[1, 1]], {"size": (1, 2), "kind": "lp"}, "uint8", [[1]]),  # 1.414
        ([[True, False]], {"size": 1}, "uint8", [[1, 0]]),
        ([[2**62]], {"size": 1}, "uint8", [[255]]),
        ([[5.0]], {"size": 1, "padding": "1x0x0x0"}, "int8", [[-128], [5]]),
        ([[5.0]], {"size": 1, "padding": "1x0x0x0", "kind": "average"}, "int8", [[0], [5]]),
        ([[0.4, 0.6]], {"adaptive": 2}, "int32", [[0, 1], [0, 1]]),
    ],
)
def test_requested_dtypes(image: Any, options: dict[str, Any], dtype: str, expected: Any) -> None:
    found = pool(image, **options, dtype=dtype)
    assert found.dtype == dtype
    assert found.tolist() == expected


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("dtype", ["f2", "f4", "f8"])
def test_requested_floats(dtype: str, kind: str) -> None:
    for given in ("u1", "f4", "f8"):
        image = samples(5, (9, 11, 3), given)
        found = pool(image, 3, dtype=dtype, **kind_of(kind))
        assert found.dtype == dtype
        with np.errstate(over="ignore"):
            expected = pool(image, 3, **kind_of(kind)).astype(dtype)
        np.testing.assert_allclose(found, expected, rtol=2e-3 if dtype == "f2" else 2e-6, atol=1e-6)


# Threads, memory, the image itself.


@pytest.mark.parametrize("shape", [(203, 301, 3), (150, 131), (3, 91, 80, 2)])
@pytest.mark.parametrize("dtype", ["u1", "f4"])
@pytest.mark.parametrize("kind", KINDS)
def test_threads_never_change_a_bit(kind: str, dtype: str, shape: tuple[int, ...]) -> None:
    image = samples(6, shape, dtype)
    for name, options in {**FORMS, "9x9": {"size": 9, "stride": 1, "padding": "same"}}.items():
        if kind == "counted" and name in ("global", "bins"):
            continue
        one = pool(image, threads=1, **options, **kind_of(kind))
        for threads in (2, 3, None):
            np.testing.assert_array_equal(pool(image, threads=threads, **options, **kind_of(kind)), one)


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("kind", ["max", "min", "median", "average", "lp"])
def test_images_and_channels_are_pooled_each_by_itself(kind: str, form: str) -> None:
    for dtype in ("u1", "f4"):
        images = samples(7, (3, 37, 31, 5), dtype)
        found = pool(images, kind=kind, **FORMS[form])
        for n in range(3):
            np.testing.assert_array_equal(pool(images[n], kind=kind, **FORMS[form]), found[n])
        for c in range(5):
            np.testing.assert_array_equal(pool(images[1, :, :, c], kind=kind, **FORMS[form]), found[1, :, :, c])


@pytest.mark.parametrize("kind", ["max", "min", "median", "average", "lp"])
@pytest.mark.parametrize("options", [{"size": 1}, {"size": 2}, {"adaptive": (4, 6)}, {"size": "global"}])
def test_the_image_is_not_changed_or_handed_back(kind: str, options: dict[str, Any]) -> None:
    for dtype in ("f4", "u1"):
        image = samples(8, (4, 6, 2), dtype)
        before = image.copy()
        pool(image, kind=kind, **options)[...] = 99
        np.testing.assert_array_equal(image, before)


@pytest.mark.parametrize("kind", ["max", "average", "lp"])
@pytest.mark.parametrize("dtype", ["u1", "f4"])
def test_large_windows_take_no_memory_by_their_size(dtype: str, kind: str) -> None:
    image = samples(9, (300, 200, 3), dtype)
    for options in ({"size": 31, "stride": 1}, {"size": (1, 63), "stride": 1}, {"size": 15, "stride": 1, "padding": 7}):
        pool(image, kind=kind, threads=1, **options)  # what is made once: loops
        tracemalloc.start()
        pool(image, kind=kind, threads=1, **options)
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert peak < 24 * 4 * image.size  # all windows written out would be 225 times and more


# How the kinds stand to each other, and to themselves.


@pytest.mark.parametrize("dtype", ["u1", "f4", "f8"])
@pytest.mark.parametrize("form", FORMS)
def test_kinds_stand_in_order(form: str, dtype: str) -> None:
    image = samples(10, (40, 41, 2), dtype)
    low, middle, mean, high = (pool(image, kind=kind, **FORMS[form]) for kind in ("min", "median", "average", "max"))
    assert (low <= middle).all()
    assert (middle <= high).all()
    slack = 1e-6 * np.abs(mean)
    assert (low <= mean + slack).all()
    assert (mean - slack <= high).all()
    powers = [pool(image, kind="lp", p=p, **FORMS[form]) for p in (1, 2, 3, 8)]
    for higher, lower in zip(powers[1:], powers, strict=False):
        assert (higher <= lower * (1 + 1e-5)).all()
    assert (np.maximum(np.abs(high.astype("f8")), np.abs(low.astype("f8"))) <= powers[-1] * (1 + 1e-5)).all()


@pytest.mark.parametrize("kind", ["max", "min", "median", "average", "lp"])
@pytest.mark.parametrize("form", FORMS)
def test_signs_and_scales_come_out(form: str, kind: str) -> None:
    image = samples(11, (40, 41, 2), "f8")
    mirror = {"max": "min", "min": "max", "average": "average"}
    if kind in mirror:
        expected = -pool(image, kind=mirror[kind], **FORMS[form])
        np.testing.assert_array_equal(pool(-image, kind=kind, **FORMS[form]), expected)
    if kind == "lp":
        np.testing.assert_array_equal(pool(-image, kind=kind, **FORMS[form]), pool(image, kind=kind, **FORMS[form]))
    found = pool(4 * image, kind=kind, **FORMS[form])
    np.testing.assert_allclose(found, 4 * pool(image, kind=kind, **FORMS[form]), rtol=1e-13)
    if kind in ("max", "min", "median"):
        expected = np.exp(pool(image, kind=kind, **FORMS[form]))
        np.testing.assert_array_equal(pool(np.exp(image), kind=kind, **FORMS[form]), expected)


@pytest.mark.parametrize("kind", ["max", "min"])
@pytest.mark.parametrize("dtype", ["u1", "f4"])
def test_extremes_of_extremes(dtype: str, kind: str) -> None:
    image = samples(12, (60, 71, 3), dtype)
    options: dict[str, Any] = {"stride": 1, "padding": "same", "kind": kind}
    rows_first = pool(pool(image, (1, 9), **options), (5, 1), **options)
    np.testing.assert_array_equal(pool(image, (5, 9), **options), rows_first)
    np.testing.assert_array_equal(pool(image, 5, **options), pool(pool(image, 3, **options), 3, **options))
    blocks = pool(image, 7, ceil=True, kind=kind)
    np.testing.assert_array_equal(pool(image, "global", kind=kind), pool(blocks, "global", kind=kind))


@pytest.mark.parametrize("kind", KINDS)
def test_a_dilated_window_is_a_window_on_every_second_sample(kind: str) -> None:
    image = samples(13, (41, 51, 2), "f4")
    for y, x in product((0, 1), (0, 2)):
        apart = pool(image[y:, x:], (3, 4), stride=(2, 3), dilation=(2, 3), **kind_of(kind))
        expected = pool(image[y::2, x::3], (3, 4), stride=1, **kind_of(kind))
        np.testing.assert_allclose(apart, expected, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("kind", ["max", "min", "median", "average", "lp"])
def test_bins_of_whole_blocks_are_windows(kind: str) -> None:
    image = samples(14, (24, 30, 2), "f8")
    for bins in ((1, 1), (4, 5), (24, 30), (8, 1), (12, 10)):
        size = image.shape[0] // bins[0], image.shape[1] // bins[1]
        found = pool(image, adaptive=bins, kind=kind)
        np.testing.assert_allclose(found, pool(image, size, kind=kind), rtol=1e-12, atol=1e-14)
    np.testing.assert_allclose(
        pool(image, "global", kind=kind), pool(image, (24, 30), kind=kind), rtol=1e-12, atol=1e-14
    )
    doubled = (np.abs(image) if kind == "lp" else image).repeat(2, 0).repeat(2, 1)
    np.testing.assert_allclose(pool(image, adaptive=(48, 60), kind=kind), doubled, rtol=1e-14)


@pytest.mark.parametrize("kind", ["max", "min", "median", "average"])
@pytest.mark.parametrize("value", [-5.0, 0.0, 6.0])
def test_a_flat_image_stays_flat(kind: str, value: float) -> None:
    for length, size, stride, ceil in product(range(3, 9), (1, 2, 3), (1, 2, 3), (False, True)):
        image = np.full((length, 4), value)
        found = pool(image, (size, 2), stride=(stride, 1), padding=(size - 1, 1), ceil=ceil, kind=kind)
        np.testing.assert_array_equal(found, np.full(found.shape, value))
        found = pool(image, adaptive=(size, 7), kind=kind)
        np.testing.assert_array_equal(found, np.full((size, 7), value))


@pytest.mark.parametrize("kind", ["max", "min", "median", "average", "lp"])
@pytest.mark.parametrize("dtype", ["u1", "i2", "f2", "f4", "f8"])
def test_a_window_of_one_sample_is_the_image(kind: str, dtype: str) -> None:
    image = samples(15, (5, 6, 3), dtype)
    expected = np.abs(image.astype("f8")) if kind == "lp" else image
    for options in ({"size": 1}, {"adaptive": (5, 6)}):
        if dtype in types_of(kind, bins="adaptive" in options):
            np.testing.assert_allclose(pool(image, kind=kind, **options), expected, rtol=5e-7)


def test_a_mean_is_a_convolution_with_a_box() -> None:
    image = samples(16, (9, 10, 3), "f8")
    found = pool(image, (3, 2), stride=2, padding=1, kind="average", count_padding=True)
    expected = convolve(image, np.full((3, 2), 1 / 6), stride=2, padding=1)
    np.testing.assert_allclose(found, expected, atol=1e-14)
    total = pool(np.abs(image), (3, 2), stride=2, padding=1, kind="lp", p=1)
    np.testing.assert_allclose(total, convolve(np.abs(image), np.ones((3, 2)), stride=2, padding=1), rtol=1e-13)
