"""The largest outputs, and how likely they are."""

from __future__ import annotations

import numpy as np
import pytest

from cnnkit.errors import SizeError
from cnnkit.operations.network.classes import check_classes, top_classes


def test_the_largest_come_first_and_equal_ones_in_their_order() -> None:
    found = top_classes(np.array([1.0, 3.0, 2.0, 3.0]), 3, has_softmax=False)
    assert [one.number for one in found] == [1, 3, 2]
    assert [one.value for one in found] == [3, 3, 2]
    e = np.exp([1.0, 3.0, 2.0, 3.0])
    np.testing.assert_allclose([one.probability for one in found], (e / e.sum())[[1, 3, 2]], rtol=1e-12)


def test_after_a_softmax_values_are_shares() -> None:
    (found,) = top_classes(np.array([0.25, 0.75]), 1, has_softmax=True)
    assert (found.number, found.value, found.probability) == (1, 0.75, 0.75)


def test_no_more_than_there_are_and_nan_comes_last() -> None:
    assert [one.number for one in top_classes(np.array([np.nan, 1.0, 2.0]), 9, has_softmax=True)] == [2, 1, 0]
    assert len(top_classes(np.zeros((1, 1, 5)), 2, has_softmax=False)) == 2


def test_maps_are_no_classes() -> None:
    check_classes((10,))
    check_classes((1, 1, 10))
    with pytest.raises(SizeError, match="7x7x512, maps and no classes"):
        check_classes((7, 7, 512))
