"""Unpooling: values put back where they stood, by hand, against the slow twin, and every error."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cnnkit.errors import ArgumentError, CnnkitError, SizeError
from cnnkit.operations.pooling.pool import pool
from cnnkit.operations.pooling.unpool import unpool
from tests.cases.layouts import LAYOUTS, REAL_TYPES, samples
from tests.cases.pooling_by_hand import UNPOOLED, UnpoolCase
from tests.reference import pooling as twin
from tests.reference.agreement import both


@pytest.mark.parametrize("case", UNPOOLED, ids=lambda case: case.name)
@pytest.mark.parametrize("dtype", REAL_TYPES)
def test_by_hand(case: UnpoolCase, dtype: str) -> None:
    found = unpool(np.asarray(case.pooled, dtype), np.asarray(case.indices), case.size)
    assert found.dtype == dtype
    assert found.shape == np.shape(case.expected)
    np.testing.assert_array_equal(found, np.asarray(case.expected, dtype))


@pytest.mark.parametrize("case", UNPOOLED, ids=lambda case: case.name)
def test_the_twin_by_hand(case: UnpoolCase) -> None:
    pooled, indices = np.asarray(case.pooled), np.asarray(case.indices)
    if pooled.ndim == 2:
        pooled, indices = pooled[..., None], indices.reshape(*pooled.shape, 1, *indices.shape[2:])
    np.testing.assert_array_equal(twin.unpool(pooled, indices, both(case.size)).ravel(), np.ravel(case.expected))


@pytest.mark.parametrize("kind", ["int8", "uint8", "int32", "int64", "uint64"])
def test_any_integers_are_indices(kind: str) -> None:
    assert unpool([[5, 6]], np.array([[0, 2]], kind), (1, 3)).tolist() == [[5, 0, 6]]


def test_lists_are_values_and_indices() -> None:
    assert unpool([[5, 6]], [[0, 2]], (1, 3)).tolist() == [[5, 0, 6]]
    assert unpool([[5, 6]], [[[0, 0], [0, 2]]], "1x3").tolist() == [[5, 0, 6]]


@st.composite
def places(draw: st.DrawFn) -> tuple[Any, Any, tuple[int, int], str]:
    """Values, a pair for each (some nowhere, some shared), the size of the image, and a layout."""
    whole = st.integers
    shape = draw(whole(1, 2)), draw(whole(1, 6)), draw(whole(1, 6)), draw(st.sampled_from((1, 1, 2, 3, 5)))
    size = draw(st.tuples(whole(1, 9), whole(1, 9)))
    rng = np.random.default_rng(draw(whole(0, 999)))
    pairs = np.stack([rng.integers(0, length, shape) for length in size], axis=-1)
    pairs[rng.random(shape) < draw(st.sampled_from((0, 0.2, 1)))] = -1
    pooled = samples(draw(whole(0, 99)), shape, draw(st.sampled_from(REAL_TYPES)))
    return pooled, pairs, size, draw(st.sampled_from(("as it is", *LAYOUTS)))


@settings(max_examples=300)
@given(places())
def test_any_places(question: tuple[Any, Any, tuple[int, int], str]) -> None:
    pooled, pairs, size, layout = question
    n, c = np.arange(len(pooled))[:, None, None, None], np.arange(pooled.shape[3])
    planes = (n * pooled.shape[3] + c) * size[0] * size[1]
    flat = np.where(pairs[..., 0] < 0, -1, planes + pairs[..., 0] * size[1] + pairs[..., 1])
    expected = twin.unpool(pooled, pairs, size)
    np.testing.assert_array_equal(twin.unpool(pooled, flat, size), expected)
    laid = LAYOUTS.get(layout, np.asarray)
    before = pooled.copy()
    for indices in (flat, pairs):
        found = unpool(laid(pooled), laid(indices), size)
        np.testing.assert_array_equal(found, expected)
        assert found.dtype.newbyteorder("=") == pooled.dtype
        np.testing.assert_array_equal(unpool(laid(pooled[0]), laid(indices[0]), size), expected[0])
    np.testing.assert_array_equal(pooled, before)


@pytest.mark.parametrize("shape", [(8, 9), (8, 9, 1), (8, 9, 3), (2, 8, 9, 3)])
@pytest.mark.parametrize("word", ["flat", "pairs"])
@pytest.mark.parametrize("dtype", ["u1", "i2", "f4", "f8", "?"])
def test_what_was_pooled_goes_back(dtype: str, word: str, shape: tuple[int, ...]) -> None:
    image = samples(0, shape, dtype)
    values, indices = pool(image, 2, indices=word)
    back = unpool(values, indices, (8, 9))
    assert (back.shape, back.dtype) == (image.shape, image.dtype)
    is_kept = back != 0
    np.testing.assert_array_equal(back[is_kept], image[is_kept])
    assert is_kept.sum() == (values != 0).sum()  # windows do not overlap: each value has a place of its own


@pytest.mark.parametrize("kind", ["max", "min"])
@pytest.mark.parametrize(
    "settings", [{"size": 3, "stride": 1, "padding": 1}, {"adaptive": (5, 11)}, {"size": "global"}]
)
def test_pooling_what_was_put_back(settings: dict[str, Any], kind: str) -> None:
    image = np.abs(samples(1, (2, 9, 10, 3), "f8")) + 1
    image = image if kind == "max" else -image
    values, indices = pool(image, kind=kind, indices=True, **settings)
    np.testing.assert_array_equal(pool(unpool(values, indices, (9, 10)), kind=kind, **settings), values)


def test_windows_of_padding_alone_go_nowhere() -> None:
    image = samples(2, (4, 5, 2), "f4")
    for word in ("flat", "pairs"):
        values, indices = pool(image, 1, padding=3, indices=word)
        np.testing.assert_array_equal(unpool(values, indices, (4, 5)), image)


def test_nan_and_infinities_are_put_back() -> None:
    image = np.array([[np.nan, 1.0, -np.inf, -np.inf]])
    np.testing.assert_array_equal(unpool(*pool(image, (1, 2), indices=True), (1, 4)), [[np.nan, 0, -np.inf, 0]])
    values, indices = pool(image, (1, 2), indices=True, nan="ignore")
    np.testing.assert_array_equal(unpool(values, indices, (1, 4)), [[0, 1, -np.inf, 0]])


def test_a_larger_image() -> None:
    image = samples(3, (2, 150, 131, 3), "f4")
    values, indices = pool(image, 3, stride=2, indices=True)
    expected = np.zeros((2, 3, 150, 131), np.float32)
    expected.reshape(-1)[indices] = values
    np.testing.assert_array_equal(unpool(values, indices, (150, 131)), expected.transpose(0, 2, 3, 1))
    values, pairs = pool(image, 3, stride=2, indices="pairs")
    np.testing.assert_array_equal(unpool(values, pairs, (150, 131)), expected.transpose(0, 2, 3, 1))


# Every error.


def assert_refused(pooled: Any, indices: Any, size: Any, message: str = ".") -> None:
    with pytest.raises((ArgumentError, SizeError), match=message) as caught:
        unpool(pooled, indices, size)
    assert caught.value.hint, "an error says what to change"


@pytest.mark.parametrize("index", [12, 13, 2**40, -2, -12, np.iinfo(np.int64).max, np.iinfo(np.int64).min])
def test_flat_indices_out_of_range(index: int) -> None:
    assert_refused([[1.0, 2.0]], [[0, index]], (3, 4), r"-?\d")


@pytest.mark.parametrize("pair", [(3, 0), (0, 4), (-2, 0), (0, -2), (2**40, 0), (0, 2**63 - 1)])
def test_pairs_out_of_range(pair: tuple[int, int]) -> None:
    assert_refused([[1.0, 2.0]], [[(0, 0), pair]], (3, 4), r"-?\d")


def test_an_index_beyond_64_bits() -> None:
    assert_refused([[1.0]], np.array([[2**64 - 1]], np.uint64), (3, 4))


@pytest.mark.parametrize("shape", [(2, 2), (3, 2), (2, 3, 3), (2, 3, 1), (3,), (2, 3, 2, 2), (1, 2, 3)])
def test_indices_of_another_shape(shape: tuple[int, ...]) -> None:
    assert_refused(np.ones((2, 3)), np.zeros(shape, np.int64), (4, 5), "shape|dimension|x")


@pytest.mark.parametrize("indices", [[[0.0, 1.0]], [[0.5, 1]], [["a", "b"]], [[True, False]], [[None, 1]], [[0j, 1]]])
def test_indices_that_are_not_whole(indices: Any) -> None:
    assert_refused([[1.0, 2.0]], indices, (3, 4), "integer|whole")


@pytest.mark.parametrize("size", [0, (3, 0), -1, (1, 2, 3), 2.5, "", "global", None])
def test_sizes_that_are_none(size: Any) -> None:
    assert_refused([[1.0]], [[0]], size, "size")


@pytest.mark.parametrize(
    ("pooled", "kind"),
    [(np.ones(3), ArgumentError), (np.ones((2, 2), complex), ArgumentError), (np.ones((0, 2)), SizeError)],
)
def test_what_is_no_image(pooled: Any, kind: type[Exception]) -> None:
    with pytest.raises(kind):
        unpool(pooled, np.zeros(pooled.shape, np.int64), 4)


def test_a_result_that_no_memory_holds_is_an_error_of_ours() -> None:
    with pytest.raises(CnnkitError, match=r"large|memory"):
        unpool([[1.0]], [[0]], 2**31 - 1)
