"""Rows of an array that is there, of one that is not, and gathered ones."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import numpy.typing as npt

from cnnkit.data.rows import Rows

WHOLE = np.arange(24.0, dtype=np.float32).reshape(4, 3, 2)


def test_rows_of_an_array_in_another_order() -> None:
    rows = Rows.of(np.asfortranarray(WHOLE))
    (block,) = rows.blocks()
    assert (rows.shape, rows.dtype, block.flags.c_contiguous) == ((4, 3, 2), np.float32, True)
    np.testing.assert_array_equal(rows.array(), WHOLE)


def test_rows_are_made_at_each_call_unless_they_are_gathered() -> None:
    calls = []

    def blocks() -> Iterator[npt.NDArray[Any]]:
        calls.append("again")
        yield WHOLE[:1]
        yield WHOLE[1:]

    rows = Rows(WHOLE.shape, WHOLE.dtype, blocks)
    np.testing.assert_array_equal(rows.array(), WHOLE)
    np.testing.assert_array_equal(rows.array(), WHOLE)
    assert len(calls) == 2
    gathered = rows.gathered()
    np.testing.assert_array_equal(gathered.array(), WHOLE)
    np.testing.assert_array_equal(np.concatenate(list(gathered.blocks())), WHOLE)
    assert len(calls) == 3


def test_blocks_of_any_shape() -> None:
    # Pieces of a sound come as rows of one piece after another, whatever the shape of the whole.
    rows = Rows((2, 2, 3, 2), WHOLE.dtype, lambda: [WHOLE[:1], WHOLE[1:]])
    np.testing.assert_array_equal(rows.array(), WHOLE.reshape(2, 2, 3, 2))
