"""The array forms loops accept: one layout in, and the caller's given back."""

from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import numpy as np
import pytest

from cnnkit import arrays
from cnnkit.errors import ArgumentError, SizeError
from cnnkit.geometry.padding import Padding, pad_mode
from cnnkit.geometry.window import Window, place
from tests.cases.layouts import LAYOUTS, REAL_TYPES, samples
from tests.reference.convolution import constant_of, extended

MODES = ("zero", "constant=-2.5", "replicate", "reflect", "symmetric", "wrap")


# Batches.


@pytest.mark.parametrize(
    ("shape", "batch"),
    [((4, 5), (1, 4, 5, 1)), ((4, 5, 3), (1, 4, 5, 3)), ((2, 4, 5, 3), (2, 4, 5, 3)), ((1, 1), (1, 1, 1, 1))],
)
def test_every_image_is_a_batch(shape: tuple[int, ...], batch: tuple[int, ...]) -> None:
    image = np.arange(np.prod(shape)).reshape(shape)
    found = arrays.as_batch(image)
    assert found.samples.shape == batch
    assert found.depth == batch[3]
    np.testing.assert_array_equal(found.samples.ravel(), image.ravel())
    np.testing.assert_array_equal(found.like_input(found.samples), image)


def test_an_image_without_depth_gets_it_back_only_when_it_has_to() -> None:
    batch = arrays.as_batch(np.zeros((4, 5)))
    assert batch.like_input(np.zeros((1, 4, 5, 1))).shape == (4, 5)
    assert batch.like_input(np.zeros((1, 4, 5, 7))).shape == (4, 5, 7)


def test_samples_in_the_other_order_of_bytes_are_the_same() -> None:
    found = arrays.as_batch(np.arange(6, dtype=">u2").reshape(2, 3)).samples
    assert (found.dtype, found.ravel().tolist()) == (np.uint16, [*range(6)])


def test_lists_are_images() -> None:
    assert arrays.as_batch([[1, 2], [3, 4]]).samples.shape == (1, 2, 2, 1)


@pytest.mark.parametrize(
    ("image", "kind", "message"),
    [
        (np.zeros(3), ArgumentError, "an image has 2, 3 or 4 dimensions, not 1"),
        (5, ArgumentError, "an image has 2, 3 or 4 dimensions, not 0"),
        (np.zeros((1, 1, 1, 1, 1)), ArgumentError, "an image has 2, 3 or 4 dimensions, not 5"),
        (np.zeros((0, 5)), SizeError, r"the image has no samples: its shape is \(0, 5\)"),
        (np.zeros((5, 0, 3)), SizeError, r"no samples: its shape is \(5, 0, 3\)"),
        (np.zeros((0, 5, 5, 1)), SizeError, "no samples"),
        (np.zeros((2, 2), complex), ArgumentError, "type complex128 are not real"),
        (np.zeros((2, 2), object), ArgumentError, "type object are not real"),
        (np.array([["a", "b"]]), ArgumentError, "are not real"),
        (np.zeros((2, 2), "M8[s]"), ArgumentError, "are not real"),
        (np.zeros((2, 2), [("a", "f4")]), ArgumentError, "are not real"),
        ([[1, 2], [3]], ArgumentError, "ragged"),
        (None, ArgumentError, "are not real"),
        (np.ma.masked_equal([[1, 2]], 2), ArgumentError, r"some of the samples are masked .give samples.filled"),
    ],
)
def test_what_is_no_image(image: Any, kind: type[Exception], message: str) -> None:
    with pytest.raises(kind, match=message):
        arrays.as_batch(image)


# Padding.


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("sides", [(0, 0, 0, 0), (1, 2, 0, 3), (0, 0, 1, 0), (7, 9, 11, 5)])
@pytest.mark.parametrize("size", [(3, 4), (1, 1), (2, 1)])
def test_padding_agrees_with_the_signal_written_out(
    mode: str, sides: tuple[int, int, int, int], size: tuple[int, int]
) -> None:
    image = samples(0, (2, *size, 3), "f4")
    found = arrays.pad(image, place(size, Window((1, 1)), Padding(*sides)), pad_mode(mode), np.float64)
    ys, xs = extended(size[0], *sides[:2], mode), extended(size[1], *sides[2:], mode)
    expected = np.empty((2, len(ys), len(xs), 3))
    for y, source_y in enumerate(ys):
        for x, source_x in enumerate(xs):
            outside = source_y is None or source_x is None
            expected[:, y, x] = constant_of(mode) if outside else image[:, source_y, source_x]
    np.testing.assert_array_equal(found, expected)
    assert found.dtype == np.float64


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("padding", [0, 1])
def test_whatever_comes_in_a_loop_can_read_what_comes_out(layout: str, padding: int) -> None:
    plain = samples(1, (1, 4, 5, 2), "f4")
    image = LAYOUTS[layout](plain)
    found = arrays.pad(image, place((4, 5), Window((1, 1)), padding), pad_mode("zero"), np.float32)
    assert found.flags.c_contiguous
    assert found.flags.aligned
    assert found.dtype.isnative
    np.testing.assert_array_equal(
        found, arrays.pad(plain, place((4, 5), Window((1, 1)), padding), pad_mode("zero"), "f4")
    )


# Rounding and saturation.


def half_away(value: float) -> int:
    """Round as taught at school, in decimal: no float arithmetic to go wrong."""
    return int(Decimal(value).quantize(Decimal(1), rounding=ROUND_HALF_UP))


@pytest.mark.parametrize(
    ("value", "kind", "expected"),
    [
        (0.5, "i2", 1),
        (1.5, "i2", 2),
        (2.5, "i2", 3),  # half to even would give 2
        (-0.5, "i2", -1),
        (-2.5, "i2", -3),
        (0.49999999999999994, "i2", 0),  # the float64 before 0.5; adding 0.5 gives 1
        (-0.49999999999999994, "i2", 0),
        (4503599627370497.0, "i8", 4503599627370497),  # 2**52 + 1: adding 0.5 gives 2**52 + 2
        (255.4, "u1", 255),
        (255.5, "u1", 255),
        (1e300, "u1", 255),
        (-1.0, "u1", 0),
        (-0.4, "u1", 0),
        (127.5, "i1", 127),
        (-128.5, "i1", -128),
        (70000.0, "u2", 65535),
        (2.0**31, "i4", 2**31 - 1),
        (-(2.0**31), "i4", -(2**31)),
        (2.0**63, "i8", 2**63 - 1),
        (1e30, "i8", 2**63 - 1),
        (-(2.0**63), "i8", -(2**63)),
        (-1e30, "i8", -(2**63)),
        (2.0**63 - 1024, "i8", 2**63 - 1024),  # the largest float64 that int64 holds
        (2.0**64, "u8", 2**64 - 1),
        (2.0**64 - 2048, "u8", 2**64 - 2048),
        (2.0**63, "u8", 2**63),
        (-1e30, "u8", 0),
        (float("nan"), "u1", 0),
        (float("nan"), "i8", 0),
        (float("inf"), "u1", 255),
        (float("-inf"), "u1", 0),
        (float("inf"), "i8", 2**63 - 1),
        (float("-inf"), "i8", -(2**63)),
        (float("inf"), "u8", 2**64 - 1),
    ],
)
def test_whole_numbers_by_hand(value: float, kind: str, expected: int) -> None:
    found = arrays.saturate(np.array([[value]]), kind)
    assert found.dtype == np.dtype(kind)
    assert int(found[0, 0]) == expected


@pytest.mark.parametrize("kind", ["u1", "i1", "u2", "i2", "u4", "i4", "u8", "i8"])
@pytest.mark.parametrize("source", ["f4", "f8"])
def test_whole_numbers_agree_with_decimals(kind: str, source: str) -> None:
    rng = np.random.default_rng(2)
    values = np.concatenate([rng.normal(0, 400, 200), np.arange(-300, 300) / 2, [1e9, -1e9, 1e25]]).astype(source)
    limits = np.iinfo(kind)
    expected = [min(max(half_away(float(value)), limits.min), limits.max) for value in values]
    assert arrays.saturate(values, kind).tolist() == expected


@pytest.mark.parametrize("kind", ["u1", "i4", "u4", "i8", "u8"])
@pytest.mark.parametrize("source", ["f4", "f8"])
def test_the_neighbourhood_of_the_ends(kind: str, source: str) -> None:
    limits = np.iinfo(kind)
    values = [np.dtype(source).type(end) for end in (limits.min, limits.max)]
    values += [np.nextafter(value, type(value)(direction)) for value in values for direction in (-np.inf, np.inf)]
    expected = [min(max(half_away(float(value)), limits.min), limits.max) for value in values]
    assert arrays.saturate(np.array(values, dtype=source), kind).tolist() == expected


def test_saturating_leaves_its_input_alone() -> None:
    values = np.array([0.5, 300.0, np.nan])
    arrays.saturate(values, np.uint8)
    np.testing.assert_array_equal(values, [0.5, 300.0, np.nan])


@pytest.mark.parametrize("kind", ["f4", "?", "c8"])
def test_only_integers_saturate(kind: str) -> None:
    with pytest.raises(ArgumentError, match="is not an integer type"):
        arrays.saturate(np.zeros(1), kind)


# Types of results.


@pytest.mark.parametrize("dtype", REAL_TYPES)
def test_a_result_is_float32_but_float64_for_float64(dtype: str) -> None:
    assert arrays.result_type(np.dtype(dtype), None) == ("f8" if dtype == "f8" else "f4")
    assert arrays.result_type(np.dtype(dtype).newbyteorder(), None) == ("f8" if dtype == "f8" else "f4")


@pytest.mark.parametrize("wanted", ["uint8", np.uint16, "i4", np.dtype("f4"), float])
def test_or_what_is_wanted(wanted: Any) -> None:
    assert arrays.result_type(np.dtype("u1"), wanted) == np.dtype(wanted)


@pytest.mark.parametrize("wanted", [complex, "c8", bool, object, "U3", "M8[s]", "colour", 7, "float33"])
def test_but_not_what_is_no_real_type(wanted: Any) -> None:
    with pytest.raises(ArgumentError, match="is not a real type"):
        arrays.result_type(np.dtype("u1"), wanted)


# Threads.


@pytest.mark.parametrize("threads", [None, 1, 2, 1000])
def test_threads_from_one_up(threads: int | None) -> None:
    arrays.check_threads(threads)


@pytest.mark.parametrize("threads", [0, -1, -(10**20)])
def test_fewer_are_refused(threads: int) -> None:
    with pytest.raises(ArgumentError, match=rf"threads {threads} is below 1 \(use 1 thread or more\)"):
        arrays.check_threads(threads)


@pytest.mark.parametrize("threads", [1.5, "2", (2,)])
def test_threads_are_a_whole_number(threads: Any) -> None:
    with pytest.raises(ArgumentError, match="threads"):
        arrays.check_threads(threads)


def test_pixels_of_a_result_among_others() -> None:
    whole = np.zeros((2, 3, 4, 7), np.float32)
    for first, last in ((0, 7), (2, 5), (6, 7)):
        part = whole[..., first:last]
        flat, step = arrays.flat_pixels(part)
        assert step == 7
        flat[:] = np.arange(flat.size)
        places = np.arange(24)[:, None] * 7 + np.arange(last - first)
        np.testing.assert_array_equal(part.reshape(24, -1), places)
