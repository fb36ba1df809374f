"""Orders of axes: what moves, and what does not."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnnkit.operations.network.models.orders import (
    IMAGE,
    SOUND,
    image_order,
    in_memory,
    laid,
    moves_nothing,
    plain,
    reordered,
    transposed,
)


def test_images_and_sounds() -> None:
    assert (image_order(4), image_order(3)) == (IMAGE, SOUND)
    image = np.arange(24).reshape(1, 2, 3, 4)
    np.testing.assert_array_equal(laid(image, IMAGE), image.transpose(0, 2, 3, 1))
    sound = np.arange(6).reshape(1, 2, 3)
    np.testing.assert_array_equal(laid(sound, SOUND)[0, 0, :, 1], [3, 4, 5])


@given(st.permutations(range(4)), st.permutations(range(4)), st.lists(st.integers(1, 3), min_size=4, max_size=4))
def test_reordering_is_laying_anew(before: list[int], after: list[int], shape: list[int]) -> None:
    values = np.arange(np.prod(shape)).reshape(shape)
    moved = reordered(np.ascontiguousarray(laid(values, tuple(before))), tuple(before), tuple(after))
    np.testing.assert_array_equal(moved, laid(values, tuple(after)))
    assert moved.shape == in_memory(shape, tuple(after))
    is_same = np.array_equal(laid(values, tuple(before)).ravel(), moved.ravel())
    assert moves_nothing(shape, tuple(before), tuple(after)) <= is_same


@given(st.permutations(range(4)), st.permutations(range(4)))
def test_transposing_moves_nothing(order: list[int], axes: list[int]) -> None:
    values = np.arange(24).reshape(1, 2, 3, 4)
    kept = laid(values, tuple(order))
    np.testing.assert_array_equal(laid(values.transpose(axes), transposed(tuple(order), axes)), kept)


@pytest.mark.parametrize(("shape", "expected"), [((1, 5, 1, 1), True), ((1, 1, 4, 5), True), ((1, 2, 1, 3), False)])
def test_axes_of_one_do_not_count(shape: tuple[int, ...], expected: bool) -> None:
    assert moves_nothing(shape, IMAGE, plain(4)) is expected
