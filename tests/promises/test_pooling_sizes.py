"""Pooling of larger images under windows of every make: each size, stride and depth may have its own algorithm."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.cases.layouts import samples
from tests.cases.pooling_types import ALL, types_of
from tests.reference import pooling as twin
from tests.reference import pooling_at_size
from tests.reference.agreement import KINDS, check, kind_of

Window = tuple[tuple[int, int], dict[str, Any]]


def check_at_size(image: Any, size: Any, **options: Any) -> None:
    check(image, size, by=pooling_at_size.pool, **options)


USUAL: dict[str, Window] = {
    "2x2": ((2, 2), {}),
    "2x2, left over": ((2, 2), {"ceil": True, "padding": (0, 1, 1, 0)}),
    "3x3 at stride 1": ((3, 3), {"stride": 1, "padding": "same"}),
    "3x3 at stride 2": ((3, 3), {"stride": 2, "padding": 1}),
    "3x3, with ceil": ((3, 3), {"stride": 2, "ceil": True}),
    "3x3, two samples apart": ((3, 3), {"stride": 1, "padding": 2, "dilation": 2}),
    "4x4 in blocks": ((4, 4), {}),
    "5x5 at stride 1": ((5, 5), {"stride": 1, "padding": (2, 1, 0, 2)}),
    "7x7 at stride 3": ((7, 7), {"stride": 3, "padding": "same-lower"}),
    "1x3 at stride 1": ((1, 3), {"stride": 1}),
    "3x1 at stride 1": ((3, 1), {"stride": 1}),
    "2x2, far apart": ((2, 2), {"stride": (5, 7)}),
    "1x1 of every second": ((1, 1), {"stride": 2}),
}


@pytest.mark.parametrize("shape", [(70, 300, 1), (300, 70, 1), (45, 120, 3)])
@pytest.mark.parametrize("name", USUAL)
@pytest.mark.parametrize("kind", KINDS)
def test_windows_of_networks(kind: str, name: str, shape: tuple[int, ...]) -> None:
    size, options = USUAL[name]
    for dtype in ("u1", "f4"):
        check_at_size(samples(1, shape, dtype), size, **options, **kind_of(kind))


@pytest.mark.parametrize(("kind", "dtype"), [(kind, dtype) for kind in KINDS for dtype in types_of(kind)])
def test_every_type(kind: str, dtype: str) -> None:
    image = samples(2, (41, 67, 2), dtype)
    for size, options in (((3, 3), {"stride": 1, "padding": 1}), ((2, 2), {}), ((9, 11), {"stride": 2})):
        check_at_size(image, size, **options, **kind_of(kind))


@pytest.mark.parametrize("dtype", [dtype for dtype in ALL if dtype not in types_of("median")])
def test_medians_in_registers_of_the_other_types(dtype: str) -> None:
    check_at_size(samples(2, (41, 67, 2), dtype), (3, 3), kind="median", stride=1, padding=1)


@pytest.mark.parametrize("stride", [1, 5])
@pytest.mark.parametrize("size", [(31, 31), (1, 101), (17, 4), (9, 65)])
@pytest.mark.parametrize("kind", KINDS)
def test_large_windows(kind: str, size: tuple[int, int], stride: int) -> None:
    for dtype, padding in (("u1", "valid"), ("f4", "valid"), ("f8", (3, 0, 0, 40))):
        check_at_size(samples(3, (36, 125), dtype), size, stride=stride, padding=padding, **kind_of(kind))
    down, of_two_bytes = size[::-1], "u2" if "u2" in types_of(kind) else "i2"
    check_at_size(samples(4, (125, 36), of_two_bytes), down, stride=stride, **kind_of(kind))
    if stride == 5:
        check_at_size(samples(5, (36, 125, 3), "f4"), size, stride=stride, padding="same", **kind_of(kind))


@pytest.mark.parametrize("size", [(31, 31), (1, 101), (101, 1), (15, 16)])
@pytest.mark.parametrize("kind", KINDS)
def test_large_windows_around_a_small_image(kind: str, size: tuple[int, int]) -> None:
    for shape, dtype in (((5, 7), "f4"), ((1, 1), "u1"), ((12, 3, 3), "i1" if kind == "min" else "i2")):
        check_at_size(samples(6, shape, dtype), size, stride=(2, 3), padding="full", **kind_of(kind))
        check_at_size(samples(6, shape, dtype), size, stride=3, padding=(60, 51, 20, 90), ceil=True, **kind_of(kind))


@pytest.mark.parametrize("dtype", ["u1", "f4"])
@pytest.mark.parametrize("depth", [2, 4, 8, 17, 64])
@pytest.mark.parametrize("kind", KINDS)
def test_depths(kind: str, depth: int, dtype: str) -> None:
    image = samples(depth, (2, 14, 15, depth), dtype)
    for size, options in (
        ((2, 2), {"ceil": True}),
        ((3, 3), {"stride": 2, "padding": 1}),
        ((3, 3), {"stride": 1, "padding": "same"}),
        ((9, 8), {"stride": 1, "padding": "same"}),
        ((2, 3), {"dilation": (3, 2)}),
    ):
        check_at_size(image, size, **options, **kind_of(kind))


@pytest.mark.parametrize("kind", ["max", "min"])
@pytest.mark.parametrize("shape", [(70, 300), (40, 150, 3), (2, 14, 15, 17)])
def test_indices(kind: str, shape: tuple[int, ...]) -> None:
    for dtype in ("u1", "f4", "i4"):
        image = samples(7, shape, dtype)
        image = image // 64 if dtype == "u1" else image  # which makes ties
        for size, options in (((2, 2), {}), ((3, 3), {"stride": 1, "padding": 1}), ((9, 13), {"stride": (2, 1)})):
            check_at_size(image, size, kind=kind, indices="pairs", **options)


@pytest.mark.parametrize("nan", ["propagate", "ignore"])
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("shape", [(40, 150), (30, 41, 3), (14, 15, 17)])
def test_nan_and_infinities(shape: tuple[int, ...], kind: str, nan: str) -> None:
    for dtype, share in (("f4", 0.3), ("f8", 0.02), ("f4", 0.001)):
        image = samples(8, shape, dtype)
        rng = np.random.default_rng(9)
        image[rng.random(shape) < share] = np.nan
        image[rng.random(shape) < share / 3] = np.inf
        image[rng.random(shape) < share / 3] = -np.inf
        for size, options in (((3, 3), {"stride": 1, "padding": 1}), ((2, 2), {}), ((13, 9), {"stride": 1})):
            places = {"indices": "pairs"} if kind in ("max", "min") else {}
            check_at_size(image, size, nan=nan, **places, **options, **kind_of(kind))


@pytest.mark.parametrize("dtype", ["f4", "f8"])
@pytest.mark.parametrize("size", [(2, 2), (3, 3), (9, 9), (31, 31), (1, 101)])
@pytest.mark.parametrize("value", [np.nan, np.inf, 1e30, -1e30])
def test_what_a_window_does_not_cover_does_not_reach_its_mean(value: float, size: tuple[int, int], dtype: str) -> None:
    # Sums that run along the image would carry a sample, or what it rounded away, to the windows behind it.
    image = samples(10, (40, 150), dtype)
    image[17, 30] = image[3, 100] = value
    for options in ({"kind": "average"}, {"kind": "average", "nan": "ignore"}, {"kind": "lp", "p": 1}):
        check_at_size(image, size, stride=1, **options)


@pytest.mark.parametrize(
    ("kind", "dtype"),
    [
        (kind, dtype)
        for kind in ("max", "min", "median", "average", "lp")
        for dtype in ("u1", "u2", "i2", "i4", "f4", "f8")
        if dtype in types_of(kind, bins=True)
    ],
)
def test_bins_and_all_of_a_large_image(kind: str, dtype: str) -> None:
    image = samples(11, (24, 150, 2), dtype)
    for bins in (1, 7, (7, 5), (24, 75), (1, 13), (3, 200)):
        check(image, adaptive=bins, kind=kind)
    check(image, "global", kind=kind)
    if dtype in types_of(kind):
        check_at_size(image, (24, 150), kind=kind)


@pytest.mark.parametrize("kind", ["max", "min", "median", "average", "lp"])
def test_bins_over_many_channels(kind: str) -> None:
    for shape, bins in (((14, 14, 64), 7), ((7, 9, 17), (3, 4)), ((2, 13, 11, 33), 6)):
        check(samples(12, shape, "f4"), adaptive=bins, kind=kind)


@st.composite
def windows(draw: st.DrawFn) -> tuple[Any, tuple[int, int], dict[str, Any]]:
    """An image up to 60 samples wide and a window up to 40."""
    whole = st.integers
    size = draw(st.tuples(whole(1, 40), whole(1, 40)))
    shape = draw(whole(1, 60)), draw(whole(1, 60)), draw(st.sampled_from((1, 1, 2, 3)))
    word = draw(st.sampled_from(KINDS))
    options = {**kind_of(word), "stride": draw(st.tuples(whole(1, 9), whole(1, 9))), "ceil": draw(st.booleans())}
    options["dilation"] = draw(st.one_of(st.just((1, 1)), st.tuples(whole(1, 2), whole(1, 2))))
    reach = [step * (length - 1) + 1 for step, length in zip(options["dilation"], size, strict=True)]
    sides = [max(reach[axis] - shape[axis] + 1, 0) // 2 + draw(whole(0, 9)) for axis in (0, 0, 1, 1)]
    options["padding"] = draw(st.sampled_from(("same", "full", tuple(sides))))
    types = [dtype for dtype in ("u1", "i2", "u2", "i4", "f4", "f8") if dtype in types_of(word)]
    image = samples(draw(whole(0, 99)), shape, draw(st.sampled_from(types)))
    return image, size, options


@settings(max_examples=200)
@given(windows())
def test_any_window(question: tuple[Any, tuple[int, int], dict[str, Any]]) -> None:
    image, size, options = question
    check_at_size(image, size, **options)


def test_the_two_twins_agree() -> None:
    # The one these tests stand on, and the one that is held by hand.
    rng = np.random.default_rng(13)
    for turn in range(300):
        image = samples(turn, tuple(rng.integers(1, 8, 3)), ("f4", "u1", "i8", "f8", "?")[turn % 5])
        if image.dtype.kind == "f":
            image[rng.random(image.shape) < 0.2] = (np.nan, np.inf, 0)[turn % 3]
        kind = KINDS[turn // 5 % 6]
        options: dict[str, Any] = {"stride": tuple(rng.integers(1, 4, 2)), "padding": tuple(rng.integers(3, 8, 4))}
        options |= {"dilation": tuple(rng.integers(1, 3, 2)), "ceil": turn % 2 == 0, **kind_of(kind)}
        options |= {"nan": ("propagate", "ignore")[turn % 7 % 2]} | (
            {"indices": "pairs"} if kind in ("max", "min") else {}
        )
        size = tuple(rng.integers(1, 5, 2).tolist())
        expected, found = (side.pool(image, size, **options) for side in (twin, pooling_at_size))
        if kind in ("max", "min"):
            np.testing.assert_array_equal(found[1], expected[1])
            found, expected = found[0], expected[0]
        assert found.dtype == expected.dtype
        np.testing.assert_allclose(found, expected, rtol=1e-12, atol=1e-12)
