"""Runs by hand, and that they do not tell how their rows came."""

from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnnkit.operations.runs import runs


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
