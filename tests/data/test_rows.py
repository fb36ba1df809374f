"""Rows of an array that is there, of one that is not, gathered ones, and runs of one length, however rows came."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnnkit.data.rows import Rows, runs

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


# Runs of one length.


@pytest.mark.parametrize(("rows", "sizes"), [(0, []), (1, [1]), (3, [3]), (4, [3, 1]), (6, [3, 3])])
def test_sizes(rows: int, sizes: list[int]) -> None:
    assert [len(run) for run in runs([np.zeros((rows, 2))], 3)] == sizes


@given(st.lists(st.integers(0, 9), max_size=9), st.integers(1, 12))
def test_all_rows_in_their_order(sizes: list[int], size: int) -> None:
    whole = np.arange(2.0 * sum(sizes)).reshape(-1, 2)
    blocks = np.split(whole, np.cumsum(sizes)[:-1]) if sizes else []
    found, wanted = list(runs(blocks, size)), list(runs([whole], size))
    assert [len(run) for run in found] == [len(run) for run in wanted]
    for run, same in zip(found, wanted, strict=True):
        np.testing.assert_array_equal(run, same)


@pytest.mark.parametrize("dtype", ["?", "u1", "i8", "f4", "f8"])
@pytest.mark.parametrize("order", ["C", "F"])
def test_float64_in_c_order_and_arrays_of_their_own(dtype: str, order: Any) -> None:
    whole: npt.NDArray[Any] = np.arange(15).reshape(5, 3).astype(dtype, order=order)
    for run in runs([whole[:1], whole[1:]], 4):
        assert (run.dtype, run.flags.c_contiguous) == (np.float64, True)
        assert not np.shares_memory(run, whole)
