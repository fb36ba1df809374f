"""The strongest places of a map, and the part of the input that each sees: by hand, then by moving single samples."""

from __future__ import annotations

import numpy as np
import pytest

import cnnkit
from cnnkit.network.shape import shape
from cnnkit.operations.network.excitation import strongest_windows


def test_by_hand() -> None:
    """A 3x3 window with zeros around it: the value at row 1 sees rows 0 to 2, those at the rim see zeros too."""
    field = shape("7x7 conv3-1").layers[0].field
    values = np.zeros((7, 7))
    values[0] = 99
    values[1, 1], values[2, 1], values[3, 3], values[5, 5], values[1, 5] = 9, 8, 7, 6, 5
    found = strongest_windows(values, field, (7, 7), most=9)
    places = [(one.row, one.column, one.value, one.box) for one in found]
    assert places == [
        (1, 1, 9, (0, 0, 3, 3)),  # 8 beside it sees two of its three rows
        (3, 3, 7, (2, 2, 3, 3)),
        (5, 5, 6, (4, 4, 3, 3)),
        (1, 5, 5, (0, 4, 3, 3)),
    ]
    assert found[0].facts == {"row": 1, "column": 1, "value": 9.0, "box": [0, 0, 3, 3]}


def test_where_all_values_see_zeros_around_the_input_they_count() -> None:
    field = shape("3x3 conv5-1").layers[0].field
    (found,) = strongest_windows(np.arange(9.0).reshape(3, 3), field, (3, 3), most=1)
    assert (found.row, found.column, found.box) == (2, 2, (0, 0, 3, 3))


def test_nothing_excites_where_no_value_is_above_zero_but_one_stands_for_all() -> None:
    field = shape("4x4 conv3-1").layers[0].field
    assert [one.value for one in strongest_windows(np.zeros((4, 4)), field, (4, 4))] == [0.0]
    assert strongest_windows(np.full((4, 4), np.nan), field, (4, 4)) == []
    lonely = np.full((4, 4), np.nan)
    lonely[2, 1] = -2
    assert [(one.row, one.column) for one in strongest_windows(lonely, field, (4, 4))] == [(2, 1)]


def test_a_value_that_sees_all_has_the_whole_input() -> None:
    (found,) = strongest_windows(np.array([[2.5]]), None, (6, 8))
    assert found.box == (0, 0, 6, 8)


@pytest.mark.parametrize(
    "words",
    [
        "conv3-1",
        "conv3-1 maxpool2 conv5-1:s2",
        "conv3-1:valid:d2 avgpool2",
        "maxpool3:s2:p1 conv1-1",
        "upsample2 conv3-1",
    ],
)
def test_the_box_is_what_the_value_depends_on(words: str) -> None:
    """Where a sample inside the box moves, so does the value; outside of it, nothing does."""
    random = np.random.default_rng(8)
    image = random.uniform(1, 2, (14, 12))
    stack = shape("14x12", words)
    weights = {row: np.abs(random.standard_normal((*one.layer.size, one.input[-1], 1)))
               for row, one in enumerate(stack.layers, 1) if one.layer.name == "conv"}  # fmt: skip
    values = cnnkit.run(image, words, weights=weights)[:, :, 0]
    (found,) = strongest_windows(values, stack.layers[-1].field, (14, 12), most=1)
    top, left, rows, columns = found.box
    outside = image.copy()
    outside[top : top + rows, left : left + columns] = np.nan
    moved = cnnkit.run(np.nan_to_num(outside, nan=9.0), words, weights=weights)[:, :, 0]
    assert moved[found.row, found.column] != values[found.row, found.column]
    kept = np.full_like(image, 9.0)
    kept[top : top + rows, left : left + columns] = image[top : top + rows, left : left + columns]
    same = cnnkit.run(kept, words, weights=weights)[:, :, 0]
    np.testing.assert_allclose(same[found.row, found.column], values[found.row, found.column], rtol=1e-5)
