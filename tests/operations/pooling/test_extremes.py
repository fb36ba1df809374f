"""The largest and the smallest: what stands for no sample, and types that loops do not compare."""

from __future__ import annotations

import numpy as np
import pytest

from cnnkit.arrays import comparable
from cnnkit.operations.pooling.extremes import neutral
from cnnkit.operations.pooling.pool import pool
from tests.cases.layouts import REAL_TYPES, samples


@pytest.mark.parametrize("dtype", [kind for kind in REAL_TYPES if kind != "?"])
def test_no_sample_is_beyond_what_stands_for_none(dtype: str) -> None:
    kind = np.dtype(dtype)
    low, high = (-np.inf, np.inf) if kind.kind == "f" else (np.iinfo(kind).min, np.iinfo(kind).max)
    assert (neutral("max", kind), neutral("min", kind)) == (low, high)


@pytest.mark.parametrize("dtype", REAL_TYPES)
def test_every_type_is_compared_in_one_that_holds_its_values(dtype: str) -> None:
    image = samples(1, (1, 3, 4, 2), dtype)
    for given in (image, image[:, ::-1], image.astype(image.dtype.newbyteorder())):
        found = comparable(given)
        np.testing.assert_array_equal(found.astype(dtype), given)
        assert found.flags.c_contiguous
        assert found.dtype.isnative
        assert found.dtype == {"?": "u1", "f2": "f4"}.get(dtype, dtype)


@pytest.mark.parametrize("dtype", ["i8", "u8"])
def test_whole_numbers_that_no_float_holds(dtype: str) -> None:
    top = np.iinfo(dtype).max
    image = np.array([[top - 1, top, top - 2, top - 1]], dtype)
    assert pool(image, (1, 2)).tolist() == [[top, top - 1]]


def test_bool_and_half_precision_come_back_as_they_were() -> None:
    found = pool(np.array([[True, False], [False, False]]), (1, 2), kind="max")
    assert (found.dtype, found.tolist()) == (bool, [[True], [False]])
    half = np.array([[65504, -65504, np.inf, 6e-8]], "f2")
    assert pool(half, (1, 2), kind="min").tolist() == [[-65504, float(half[0, 3])]]
    assert pool(half, (1, 2)).dtype == np.float16


def test_the_result_is_not_the_image() -> None:
    image = np.arange(6.0).reshape(2, 3)
    found = pool(image, 1)
    found[:] = 9
    assert image.max() == 5
