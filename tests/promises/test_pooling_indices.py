"""Where a maximum or a minimum stood: cases by hand, ties, and what indices are for: finding the sample again."""

from typing import Any

import numpy as np
import pytest

from cnnkit.operations.pooling.pool import pool
from tests.cases.layouts import LAYOUTS, REAL_TYPES, samples
from tests.cases.pooling_by_hand import FLOAT_INDICES, INDICES, IndexCase
from tests.cases.pooling_types import types_of
from tests.reference import pooling as twin
from tests.reference.agreement import both, check, for_twin


def assert_by_hand(case: IndexCase, dtype: str) -> None:
    image = np.asarray(case.image, dtype=dtype)
    for word, places in ((True, case.flat), ("flat", case.flat), ("pairs", case.pairs)):
        values, indices = pool(image, case.size, indices=word, **case.settings)
        assert (values.dtype, indices.dtype) == (dtype, np.int64)
        assert values.shape == np.shape(case.expected)
        assert indices.shape == np.shape(places)
        np.testing.assert_array_equal(values, case.expected)
        np.testing.assert_array_equal(indices, places, err_msg=f"indices={word!r}")


@pytest.mark.parametrize("case", INDICES, ids=lambda case: case.name)
@pytest.mark.parametrize("dtype", ["u1", "i1", "i4", "u8", "f2", "f4", "f8"])
def test_by_hand(case: IndexCase, dtype: str) -> None:
    assert_by_hand(case, dtype)


@pytest.mark.parametrize("case", FLOAT_INDICES, ids=lambda case: case.name)
@pytest.mark.parametrize("dtype", ["f2", "f4", "f8"])
def test_by_hand_with_nan_and_infinities(case: IndexCase, dtype: str) -> None:
    assert_by_hand(case, dtype)


@pytest.mark.parametrize("case", [*INDICES, *FLOAT_INDICES], ids=lambda case: case.name)
def test_the_twin_by_hand(case: IndexCase) -> None:
    image = np.asarray(case.image, dtype=np.float64)
    image = image[..., None] if image.ndim == 2 else image
    for word, places in (("flat", case.flat), ("pairs", case.pairs)):
        values, indices = twin.pool(image, both(case.size), indices=word, **for_twin(case.settings))
        np.testing.assert_array_equal(values.ravel(), np.ravel(case.expected))
        np.testing.assert_array_equal(indices.ravel(), np.ravel(places))


@pytest.mark.parametrize("nan", ["propagate", "ignore"])
@pytest.mark.parametrize("kind", ["max", "min"])
@pytest.mark.parametrize("dtype", ["u1", "i2", "i8", "u8", "f4", "f8", "?"])
def test_a_window_of_padding_alone_has_no_place(dtype: str, kind: str, nan: str) -> None:
    # The only sample is as low (high) as what stands for no sample.
    worst = {"b": kind == "min", "f": -np.inf if kind == "max" else np.inf}
    image = np.zeros((1, 1), dtype)
    limits = None if image.dtype.kind in "bf" else np.iinfo(dtype)
    image[...] = worst[image.dtype.kind] if limits is None else limits.min if kind == "max" else limits.max
    options: dict[str, Any] = {"padding": "1x0x0x2", "kind": kind, "nan": nan}
    values, indices = pool(image, 1, indices=True, **options)
    np.testing.assert_array_equal(values, np.broadcast_to(image, (2, 3)))
    assert indices.tolist() == [[-1, -1, -1], [0, -1, -1]]
    _, pairs = pool(image, 1, indices="pairs", **options)
    assert pairs.tolist() == [[[-1, -1]] * 3, [[0, 0], [-1, -1], [-1, -1]]]


@pytest.mark.parametrize("kind", ["max", "min"])
@pytest.mark.parametrize("dtype", ["u1", "i8", "f4", "?"])
@pytest.mark.parametrize("size", [1, 2, 3, (1, 9), (9, 1), (5, 7)])
def test_of_equals_the_first_is_told(size: Any, dtype: str, kind: str) -> None:
    for value in (0, 1):
        image = np.full((9, 11, 2), value, dtype)
        rows, columns = np.mgrid[: 9 - both(size)[0] + 1, : 11 - both(size)[1] + 1]
        _, pairs = pool(image, size, stride=1, kind=kind, indices="pairs")
        for channel in (0, 1):
            np.testing.assert_array_equal(pairs[:, :, channel], np.stack([rows, columns], axis=-1))
        _, indices = pool(image, size, stride=1, kind=kind, indices=True)
        np.testing.assert_array_equal(indices, (rows * 11 + columns)[..., None] + [0, 9 * 11])


@pytest.mark.parametrize("kind", ["max", "min"])
@pytest.mark.parametrize("dtype", REAL_TYPES)
@pytest.mark.parametrize("how", ["window", "wide", "global", "bins"])
def test_the_sample_is_found_again(how: str, dtype: str, kind: str) -> None:
    image = samples(1, (2, 13, 17, 3), dtype)
    size, options = {
        "window": (3, {"stride": 2, "padding": 1}),
        "wide": ((5, 7), {"stride": 1, "padding": (4, 2, 0, 6), "dilation": 2}),
        "global": ("global", {}),
        "bins": (None, {"adaptive": (5, 20)}),
    }[how]
    values, indices = pool(image, size, kind=kind, indices="flat", **options)
    np.testing.assert_array_equal(image.transpose(0, 3, 1, 2).ravel()[indices], values)
    values, pairs = pool(image, size, kind=kind, indices="pairs", **options)
    n, c = np.arange(2)[:, None, None, None], np.arange(3)
    np.testing.assert_array_equal(image[n, pairs[..., 0], pairs[..., 1], c], values)
    if dtype in types_of(kind, bins=how in ("global", "bins")):
        np.testing.assert_array_equal(values, pool(image, size, kind=kind, **options))


@pytest.mark.parametrize("shape", [(9, 10), (9, 10, 1), (9, 10, 3), (2, 9, 10, 3)])
def test_shapes(shape: tuple[int, ...]) -> None:
    image = samples(2, shape, "f4")
    for size, options in ((2, {}), ("global", {}), (None, {"adaptive": (4, 3)})):
        values, indices = pool(image, size, indices=True, **options)
        assert indices.shape == values.shape
        values, indices = pool(image, size, indices="pairs", **options)
        assert indices.shape == (*values.shape, 2)


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("kind", ["max", "min"])
def test_no_layout_changes_a_place(kind: str, layout: str) -> None:
    image = samples(3, (2, 6, 7, 3), "f4").round()
    expected = pool(image, 3, stride=1, kind=kind, indices=True)
    found = pool(LAYOUTS[layout](image), 3, stride=1, kind=kind, indices=True)
    for one, other in zip(found, expected, strict=True):
        np.testing.assert_array_equal(one, other)


@pytest.mark.parametrize("threads", [2, 3, 5, None])
@pytest.mark.parametrize("shape", [(203, 301, 3), (3, 91, 80, 2)])
def test_threads_never_change_a_place(shape: tuple[int, ...], threads: int | None) -> None:
    image = samples(4, shape, "f4").round()  # full of samples that are equal
    for options in ({"size": 3, "stride": 1}, {"size": (2, 31)}, {"adaptive": 7}, {"size": "global"}):
        for word in ("flat", "pairs"):
            one = pool(image, **options, indices=word, threads=1)
            for found, expected in zip(pool(image, **options, indices=word, threads=threads), one, strict=True):
                np.testing.assert_array_equal(found, expected)


@pytest.mark.parametrize("nan", ["propagate", "ignore"])
@pytest.mark.parametrize("kind", ["max", "min"])
@pytest.mark.parametrize("depth", [1, 3, 5, 17])
def test_ties_and_nan_against_the_twin(depth: int, kind: str, nan: str) -> None:
    # Wide enough for vectors, and of few levels.
    rng = np.random.default_rng(depth)
    image = rng.integers(0, 3, (6, 41, depth)).astype(np.float32)
    image[rng.random(image.shape) < 0.1] = np.nan
    for size, options in ((2, {}), (3, {"stride": 1, "padding": 1}), ((2, 9), {"stride": (1, 2), "dilation": (2, 1)})):
        for word in (True, "pairs"):
            check(image, size, indices=word, kind=kind, nan=nan, **options)


def test_a_converted_maximum_keeps_its_place() -> None:
    values, indices = pool(np.array([[1.5, 300.25, -3.0]]), (1, 3), indices=True, dtype="uint8")
    assert values.dtype == np.uint8
    assert (values.tolist(), indices.tolist()) == ([[255]], [[1]])
