"""Pooling against cases by hand, the slow twin, other libraries, and everything that can be asked wrongly."""

from itertools import product
from typing import Any

import numpy as np
import pytest
import scipy.ndimage
import skimage.measure
from hypothesis import given, settings
from hypothesis import strategies as st

from cnnkit.errors import ArgumentError, CnnkitError, SizeError
from cnnkit.operations.convolution import convolve
from cnnkit.operations.pooling import pool, read_pooling
from tests.cases.layouts import LAYOUTS, REAL_TYPES, samples
from tests.cases.pooling_by_hand import CASES, Case
from tests.reference import pooling as twin


def both(value: Any) -> tuple[int, int]:
    """A pair in any of its forms, for the twin."""
    numbers = tuple(map(int, value.split("x"))) if isinstance(value, str) else tuple(np.atleast_1d(value))
    return numbers if len(numbers) == 2 else numbers * 2


def assert_pooled(found: Any, image: Any, size: Any, **settings: Any) -> None:
    """Hold a result against the twin: a maximum to the bit, a mean within the tolerance of its type."""
    for name in {"stride", "dilation"} & set(settings):
        settings[name] = both(settings[name])
    expected = twin.pool(image, both(size), **settings)
    found = found.reshape(expected.shape)
    if settings.get("kind", "max") == "max":
        assert found.dtype == image.dtype
        if image.dtype.kind in "bui":
            lowest = 0 if image.dtype.kind == "b" else np.iinfo(image.dtype).min
            expected = np.where(np.isneginf(expected), lowest, expected)
        np.testing.assert_array_equal(found.astype(np.float64), expected)
        return
    is_double = image.dtype.kind == "f" and image.dtype.itemsize == 8
    assert found.dtype == (np.float64 if is_double else np.float32)
    held = twin.pool(np.abs(image.astype(np.float64)), both(size), **settings)  # what the error is measured by
    worst = np.abs(found - expected) - (1e-14 if is_double else 2e-6) * held
    np.testing.assert_array_equal(np.isnan(found), np.isnan(expected))
    assert not (worst > 0).any()


# Worked by hand.


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
@pytest.mark.parametrize("dtype", ["i1", "i4", "f2", "f4", "f8"])
def test_by_hand(case: Case, dtype: str) -> None:
    image = np.asarray(case.image, dtype=dtype)
    found = pool(image, case.size, **case.settings)
    mean = "f8" if dtype == "f8" else "f4"
    assert found.dtype == (mean if case.settings.get("kind") == "average" else dtype)
    assert found.shape == np.shape(case.expected)
    np.testing.assert_allclose(found, case.expected, rtol=1e-7)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_the_twin_by_hand(case: Case) -> None:
    image = np.asarray(case.image)
    settings = {name: both(value) if name in ("stride", "dilation") else value for name, value in case.settings.items()}
    found = twin.pool(image.reshape(*image.shape[:2], -1), both(case.size), **settings)
    np.testing.assert_allclose(found.ravel(), np.ravel(case.expected), rtol=1e-15)


def test_a_window_of_padding_alone_has_no_maximum() -> None:
    assert pool(np.array([[5.0]]), 1, padding="1x0x0x0").tolist() == [[-np.inf], [5.0]]
    assert pool(np.array([[5]], np.int16), 1, padding="1x0x0x0").tolist() == [[-32768], [5]]
    assert pool(np.array([[5]], np.uint8), 1, padding="1x0x0x0").tolist() == [[0], [5]]


@pytest.mark.parametrize("dtype", ["u1", "f4", "f8"])
def test_a_window_of_padding_alone_has_no_mean(dtype: str) -> None:
    found = pool(np.array([[5]], dtype), 1, padding="1x0x0x0", kind="average")
    np.testing.assert_array_equal(found, [[np.nan], [5]])
    found = pool(np.array([[5]], dtype), 1, padding="1x0x0x0", kind="average", count_padding=True)
    np.testing.assert_array_equal(found, [[0], [5]])


@pytest.mark.parametrize("kind", ["max", "average"])
def test_a_nan_touches_only_what_its_window_covers(kind: str) -> None:
    image = np.random.default_rng(0).normal(size=(20, 20))
    for y, x in ((9, 7), (0, 0), (19, 10)):
        marked = image.copy()
        marked[y, x] = np.nan
        lost = np.isnan(pool(marked, 3, stride=1, padding=1, kind=kind))
        around = np.zeros((20, 20), dtype=bool)
        around[max(y - 1, 0) : y + 2, max(x - 1, 0) : x + 2] = True
        np.testing.assert_array_equal(lost, around)


def test_infinities_are_numbers() -> None:
    image = np.array([[-np.inf, -np.inf, 1.0, np.inf]])
    assert pool(image, (1, 2)).tolist() == [[-np.inf, np.inf]]
    assert pool(image, (1, 2), kind="average").tolist() == [[-np.inf, np.inf]]


@pytest.mark.parametrize("dtype", ["i8", "u8"])
def test_the_maximum_of_64_bits_is_exact(dtype: str) -> None:
    top = np.iinfo(dtype).max
    image = np.array([[top - 2, top - 1, 0, top]], dtype=dtype)
    assert pool(image, (1, 2)).tolist() == [[top - 1, top]]


@pytest.mark.parametrize("value", [1, 6, 255])
@pytest.mark.parametrize("dtype", ["u1", "u2", "i4", "f4", "f8"])
def test_a_mean_of_many_samples_is_their_mean(dtype: str, value: int) -> None:
    # More samples than float32 can count: a sum of ones in float32 stands still at 2**24.
    image = np.full((4200, 4100), value, dtype=dtype)
    np.testing.assert_allclose(pool(image, (4200, 4100), kind="average"), [[value]], rtol=2e-6)


# Agreement with the slow twin over a full grid.


@pytest.mark.parametrize("padding", ["valid", "same", "same-lower", "full", 1, "2x0x1x1", "0x2x0x0"])
@pytest.mark.parametrize("ceil", [False, True])
@pytest.mark.parametrize("kind", ["max", "average", "counted"])
def test_a_full_grid(padding: Any, ceil: bool, kind: str) -> None:
    for length, size, stride, dilation in product((1, 2, 3, 5, 8), (1, 2, 3, 4), (1, 2, 3, 5), (1, 2)):
        reach = dilation * (size - 1) + 1
        after = twin.ends(padding, 0, length, size, stride, dilation)[1]
        if ceil and (after >= reach or length < reach):
            continue  # windows wholly in the padding, images smaller than the window: tested by themselves
        image = samples(length, (length, 5, 2), "f4")
        settings: dict[str, Any] = {"stride": (stride, 2), "dilation": (dilation, 1), "padding": padding, "ceil": ceil}
        settings |= {"kind": "average", "count_padding": True} if kind == "counted" else {"kind": kind}
        window = (size, 2)
        try:
            found = pool(image, window, **settings)
        except SizeError:
            assert twin.pool(image, window, **settings).size == 0
        else:
            assert_pooled(found, image, window, **settings)


@pytest.mark.parametrize("kind", ["max", "average"])
def test_ceil_never_takes_a_window_away(kind: str) -> None:
    # Nothing hangs over at stride 1, so ceil has nothing to say, however wide the padding.
    image = samples(0, (4, 5, 1), "f4")
    found = pool(image, 2, stride=1, padding=3, ceil=True, kind=kind)
    np.testing.assert_array_equal(found, pool(image, 2, stride=1, padding=3, kind=kind))


def test_ceil_on_an_image_smaller_than_the_window() -> None:
    # ceil((P - e) / s) + 1 = 1 along both axes, as ONNX and PyTorch: three halvings of 3x3 end in 1x1.
    image = samples(1, (3, 3), "f4")
    for _ in range(3):
        image = pool(image, 2, ceil=True)
    assert image.shape == (1, 1)


@st.composite
def questions(draw: st.DrawFn) -> tuple[Any, tuple[int, int], dict[str, Any]]:
    """An image of any type and layout, a window and settings."""
    whole = st.integers
    shape = draw(whole(1, 2)), draw(whole(4, 9)), draw(whole(4, 9)), draw(whole(1, 3))
    dtype = draw(st.sampled_from(REAL_TYPES))
    layout = draw(st.sampled_from([name for name in LAYOUTS if name != "unaligned"]))  # which has its own tests
    image = LAYOUTS[layout](samples(draw(whole(0, 99)), shape, dtype))
    size = draw(whole(1, 4)), draw(whole(1, 4))
    sides = st.tuples(*(whole(0, size[axis] - 1) for axis in (0, 0, 1, 1)))
    kind = draw(st.sampled_from(("max", "average")))
    settings = {
        "kind": kind,
        "count_padding": kind == "average" and draw(st.booleans()),
        "ceil": draw(st.booleans()),
        "stride": draw(st.sampled_from((None, (1, 1), (2, 3), (5, 1)))),
        "dilation": draw(st.sampled_from(((1, 1), (1, 1), (2, 1)))) if max(size) <= 2 else (1, 1),
        "padding": draw(st.one_of(st.sampled_from(("valid", "same", "same-lower")), sides)),
    }
    settings["stride"] = settings["stride"] or size
    return image, size, settings


@settings(max_examples=300)
@given(questions())
def test_any_type_layout_and_setting(question: tuple[Any, tuple[int, int], dict[str, Any]]) -> None:
    image, size, settings = question
    before = image.copy()
    found = pool(image, size, **settings)
    np.testing.assert_array_equal(image, before)
    for n, one in enumerate(image):
        assert_pooled(found[n], one, size, **settings)


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("dtype", REAL_TYPES)
def test_no_layout_changes_a_bit(layout: str, dtype: str) -> None:
    image = samples(5, (6, 7, 3), dtype)
    for kind in ("max", "average"):
        found = pool(LAYOUTS[layout](image), 3, stride=2, padding=1, kind=kind)
        np.testing.assert_array_equal(found, pool(image, 3, stride=2, padding=1, kind=kind))


@pytest.mark.parametrize(
    ("image", "expected"),
    [((4, 6), (2, 3)), ((4, 6, 1), (2, 3, 1)), ((5, 7, 3), (2, 3, 3)), ((2, 4, 6, 3), (2, 2, 3, 3))],
)
def test_shapes(image: Any, expected: Any) -> None:
    assert pool(np.ones(image), 2).shape == expected


# Agreement with other libraries.


@pytest.mark.parametrize("size", [(1, 1), (3, 3), (5, 3), (2, 2), (4, 1)])
@pytest.mark.parametrize("dtype", ["u1", "i2", "f4", "f8"])
def test_scipy_maximum_filter(size: tuple[int, int], dtype: str) -> None:
    image = samples(6, (11, 9), dtype)
    lowest = -np.inf if dtype[0] == "f" else np.iinfo(dtype).min
    expected = scipy.ndimage.maximum_filter(image, size, mode="constant", cval=lowest)
    np.testing.assert_array_equal(pool(image, size, stride=1, padding="same-lower"), expected)


@pytest.mark.parametrize("size", [(3, 3), (5, 3), (2, 2), (4, 1)])
def test_scipy_uniform_filter(size: tuple[int, int]) -> None:
    image = samples(7, (11, 9), "f8")
    settings: dict[str, Any] = {"stride": 1, "padding": "same-lower", "kind": "average"}
    expected = scipy.ndimage.uniform_filter(image, size, mode="constant")
    share = scipy.ndimage.uniform_filter(np.ones((11, 9)), size, mode="constant")
    np.testing.assert_allclose(pool(image, size, count_padding=True, **settings), expected, atol=1e-12)
    np.testing.assert_allclose(pool(image, size, **settings), expected / share, atol=1e-12)


@pytest.mark.parametrize(("kind", "function"), [("max", np.max), ("average", np.mean)])
@pytest.mark.parametrize("size", [(2, 2), (3, 2), (1, 4), (6, 8)])
def test_skimage_block_reduce_where_blocks_are_whole(kind: str, function: Any, size: tuple[int, int]) -> None:
    image = samples(8, (6, 8, 3), "f8")
    expected = skimage.measure.block_reduce(image, (*size, 1), function)
    np.testing.assert_allclose(pool(image, size, kind=kind), expected, rtol=1e-13)


# Properties.


@pytest.mark.parametrize("dtype", ["u1", "f4", "f8"])
def test_a_maximum_is_not_below_the_mean(dtype: str) -> None:
    image = samples(9, (20, 21, 2), dtype)
    settings: dict[str, Any] = {"stride": 2, "padding": 1, "ceil": True}
    assert (pool(image, 3, **settings) >= pool(image, 3, kind="average", **settings)).all()


@pytest.mark.parametrize("kind", ["max", "average"])
@pytest.mark.parametrize("value", [-5.0, 0.0, 6.0])
def test_a_flat_image_stays_flat(kind: str, value: float) -> None:
    for length, size, stride, ceil in product(range(3, 9), (1, 2, 3), (1, 2, 3), (False, True)):
        image = np.full((length, 4), value)
        found = pool(image, (size, 2), stride=(stride, 1), padding=(size - 1, 1), ceil=ceil, kind=kind)
        np.testing.assert_array_equal(found, np.full(found.shape, value))


@pytest.mark.parametrize("kind", ["max", "average"])
@pytest.mark.parametrize("dtype", ["u1", "i2", "f2", "f4", "f8"])
def test_a_window_of_one_sample_is_the_image(kind: str, dtype: str) -> None:
    image = samples(10, (5, 6, 3), dtype)
    np.testing.assert_array_equal(pool(image, 1, kind=kind), image)


def test_a_mean_is_a_convolution_with_a_box() -> None:
    image = samples(11, (9, 10, 3), "f8")
    found = pool(image, (3, 2), stride=2, padding=1, kind="average", count_padding=True)
    expected = convolve(image, np.full((3, 2), 1 / 6), stride=2, padding=1)
    np.testing.assert_allclose(found, expected, atol=1e-14)


def test_a_maximum_commutes_with_what_keeps_order() -> None:
    image = samples(12, (9, 10, 3), "f8")
    np.testing.assert_array_equal(pool(np.exp(image), 3), np.exp(pool(image, 3)))


@pytest.mark.parametrize("kind", ["max", "average"])
@pytest.mark.parametrize("dtype", ["u1", "f4"])
@pytest.mark.parametrize("threads", [2, 3, 5, None])
def test_threads_never_change_a_bit(kind: str, dtype: str, threads: int | None) -> None:
    image = samples(13, (703, 401, 3), dtype)
    one = pool(image, 3, stride=1, kind=kind, threads=1)
    np.testing.assert_array_equal(pool(image, 3, stride=1, kind=kind, threads=threads), one)


@pytest.mark.parametrize("kind", ["max", "average"])
@pytest.mark.parametrize("size", [1, 2])
def test_the_image_is_not_changed_or_handed_back(kind: str, size: int) -> None:
    image = samples(14, (4, 6, 2), "f4")
    before = image.copy()
    pool(image, size, kind=kind)[...] = -99
    np.testing.assert_array_equal(image, before)


@pytest.mark.parametrize(
    ("size", "settings", "name"),
    [(2, {}, "maxpool2"), ((3, 2), {"stride": 1}, "maxpool3x2s1"), (3, {"kind": "average", "stride": 3}, "avgpool3")],
)
def test_names_for_files(size: Any, settings: dict[str, Any], name: str) -> None:
    assert read_pooling(size, **settings).name == name


# Every error.


@pytest.mark.parametrize(
    ("size", "settings", "message"),
    [
        (0, {}, "window size 0 is below 1"),
        (-3, {}, "window size -3 is below 1"),
        (2.5, {}, r"window size 2\.5 is not whole numbers"),
        ((2, 2, 2), {}, "window size has 3 numbers, not 1 or 2"),
        ("", {}, "window size '' is not whole numbers"),
        (None, {}, "window size None is not whole numbers"),
        (10**12, {}, "window size 1{1}0{12} is too large"),
        (2, {"stride": 0}, "stride 0 is below 1"),
        (2, {"stride": (1, 1.5)}, "is not whole numbers"),
        (2, {"dilation": 0}, "dilation 0 is below 1"),
        (2, {"dilation": [1, 2, 3]}, "dilation has 3 numbers"),
        (2, {"padding": "sam"}, r"unknown padding 'sam' \(did you mean same\?\)"),
        (2, {"padding": -1}, "-1"),
        (2, {"padding": "1x2x3"}, "padding has 3 numbers"),
        (2, {"kind": "mean"}, r"unknown kind of pooling 'mean' \(use max or average\)"),
        (2, {"count_padding": True}, "only an average can count padding"),
        (2, {"threads": 0}, "threads 0 is below 1"),
        (2, {"threads": 1.5}, r"threads 1\.5"),
    ],
)
def test_settings_that_no_image_makes_right(size: Any, settings: dict[str, Any], message: str) -> None:
    with pytest.raises(ArgumentError, match=message):
        pool(np.ones((4, 5)), size, **settings)


@pytest.mark.parametrize(
    ("size", "settings", "message"),
    [
        (5, {}, "a window of 5x5 does not fit an input of 4x5"),
        (3, {"dilation": 2, "padding": "0x0x1x1"}, r"3x3 \(spanning 5x5\) does not fit an input of 4x5, 4x7"),
        (2**31 - 1, {}, "a window of 2147483647x2147483647 does not fit"),
    ],
)
def test_windows_that_do_not_fit_this_image(size: Any, settings: dict[str, Any], message: str) -> None:
    with pytest.raises(SizeError, match=message):
        pool(np.ones((4, 5)), size, **settings)


@pytest.mark.parametrize(
    ("image", "kind", "message"),
    [
        (np.ones(3), ArgumentError, "not 1"),
        (np.ones((2, 2), complex), ArgumentError, "complex128"),
        (np.ones((2, 2), object), ArgumentError, "object"),
        (np.ones((0, 2)), SizeError, "no samples"),
    ],
)
def test_what_is_no_image(image: Any, kind: type[Exception], message: str) -> None:
    with pytest.raises(kind, match=message):
        pool(image, 2)


def test_a_result_that_no_memory_holds_is_an_error_of_ours() -> None:
    with pytest.raises(CnnkitError, match=r"large|memory"):
        pool(np.ones((4, 5)), 1, padding=2**31 - 1)
