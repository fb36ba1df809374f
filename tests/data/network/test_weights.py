"""What a file of weights holds: values as float32 whatever is stored, and a record that prints briefly."""

from __future__ import annotations

import numpy as np
import pytest

from cnnkit.data.network.weights import Tensor, Weights, tensor


@pytest.mark.parametrize("dtype", ["float64", "float32", "float16", "int64", "int8", "uint8", "bool"])
def test_values_are_float32_whatever_is_stored(dtype: str) -> None:
    stored = np.array([0, 1, 0, 1], dtype)
    values = tensor(stored).values
    assert values.dtype == np.float32
    np.testing.assert_array_equal(values, [0, 1, 0, 1])


def test_float32_is_no_copy() -> None:
    stored = np.arange(4, dtype=np.float32)
    assert tensor(stored).values is stored


def test_bfloat16_is_the_upper_half_of_a_float32() -> None:
    # 1.0 is 3f800000, -2.5 is c0200000, 3.140625 is 40490000.
    stored = np.array([0x3F80, 0xC020, 0x4049], np.uint16)
    np.testing.assert_array_equal(Tensor("bfloat16", stored).values, np.float32([1.0, -2.5, 3.140625]))


def test_what_is_too_large_becomes_infinite() -> None:
    np.testing.assert_array_equal(tensor(np.array([1e300, -1e300])).values, [np.inf, -np.inf])


def test_counters_are_no_weights() -> None:
    assert tensor(np.array(7, np.int64)).is_counter
    assert tensor(np.array(0.5, np.float32)).is_counter  # the limit of a clip
    assert tensor(np.array([1, -1], np.int64)).is_counter  # the shape of a reshape
    assert not tensor(np.zeros(1, np.float32)).is_counter
    assert not tensor(np.zeros(64, np.int8)).is_counter
    assert not tensor(np.zeros((3, 3), np.int8)).is_counter


def test_the_record_lists_briefly() -> None:
    weights = Weights({f"conv{n}.weight": tensor(np.zeros((8, 3, 3, 3), np.float16)) for n in range(20)}, "w.npz")
    text = repr(weights)
    assert text.startswith("Weights('w.npz', 20 tensors, 4,320 values: conv0.weight 8x3x3x3, conv1.weight 8x3x3x3, ")
    assert text.endswith("conv7.weight 8x3x3x3, ...)")
    assert (len(weights), weights.count, weights.nbytes) == (20, 4320, 8640)
    assert list(weights)[:2] == ["conv0.weight", "conv1.weight"]
    assert weights["conv3.weight"].dtype == np.float32
    with pytest.raises(KeyError):
        weights["conv99"]
