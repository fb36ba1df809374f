"""Images laid on zeros against a loop over every sample, as machine code and plain Python."""

from itertools import pairwise
from typing import Any

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from cnnkit.loops.learning.spreading import Spreading, spread_images


def twin(image: Any, how: Spreading) -> Any:
    out = np.zeros((len(image), how.out_rows, how.out_columns, how.depth), np.float32)
    for y in range(how.rows):
        for x in range(how.columns):
            i, j = how.top + y * how.row_step, how.left + x * how.column_step
            if 0 <= i < how.out_rows and 0 <= j < how.out_columns:
                out[:, i, j] = image[:, y, x]
    return out


def spread(image: Any, how: Spreading, cuts: tuple[int, ...] = ()) -> Any:
    out = np.zeros((len(image), how.out_rows, how.out_columns, how.depth), np.float32)
    rows = len(image) * how.rows
    ends = [0, *cuts, rows]
    for first, last in pairwise(ends):
        spread_images(image.reshape(-1), out.reshape(-1), how, first, last)
    return out


def samples(how: Spreading, images: int) -> Any:
    return np.arange(1, images * how.rows * how.columns * how.depth + 1, dtype=np.float32).reshape(
        images, how.rows, how.columns, how.depth
    )


def test_by_hand(engine: str) -> None:
    """Two samples in a row, two apart, from the second place on; and the same with the first one cut off."""
    image = np.array([5, 6], np.float32).reshape(1, 1, 2, 1)
    assert spread(image, Spreading(1, 2, 1, 1, 5, 0, 1, 2, 2)).ravel().tolist() == [0, 5, 0, 6, 0]
    assert spread(image, Spreading(1, 2, 1, 1, 2, 0, -1, 1, 1)).ravel().tolist() == [6, 0]
    assert spread(image, Spreading(1, 2, 1, 1, 3, 0, -2, 2, 2)).ravel().tolist() == [6, 0, 0]


def test_nothing_is_written_beside_the_result(engine: str) -> None:
    """Images far outside, on every side, with steps and without."""
    for top in (-9, 0, 9):
        for left in (-9, 0, 9):
            for step in (1, 3):
                how = Spreading(3, 4, 2, 2, 3, top, left, 1, step)
                np.testing.assert_array_equal(spread(samples(how, 2), how), twin(samples(how, 2), how))


@given(
    st.integers(1, 3), st.tuples(*[st.integers(1, 6)] * 2), st.integers(1, 5), st.tuples(*[st.integers(1, 12)] * 2),
    st.tuples(*[st.integers(-7, 7)] * 2), st.tuples(*[st.integers(1, 3)] * 2),
)  # fmt: skip
def test_random_settings(images: int, size: Any, depth: int, out: Any, corner: Any, step: Any) -> None:
    how = Spreading(*size, depth, *out, *corner, *step)
    image = samples(how, images)
    np.testing.assert_array_equal(spread(image, how, (images * size[0] // 2,)), twin(image, how))
