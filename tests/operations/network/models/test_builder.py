"""The graph under construction: constants at once, the same move once, limits."""

from __future__ import annotations

import numpy as np
import pytest

from cnnkit.data.network.model import ModelNode
from cnnkit.errors import ArgumentError, InputError
from cnnkit.operations.network.models.builder import Builder, Step, Traced, place
from cnnkit.operations.network.models.orders import IMAGE, plain

SOURCE = Traced(0, (1, 2, 3, 4), IMAGE)


def step(*inputs: object, **attributes: object) -> Step:
    node = ModelNode("Some", "", "some", (), ("y",), attributes)
    return Step(node, inputs, 13, Builder(SOURCE, (1, 3, 4, 2), 0))  # type: ignore[arg-type]


def test_a_place_is_said_in_words() -> None:
    node = ModelNode("LSTM", "", "", (), (), {})
    assert [place(node, n, 40) for n in (1, 2, 3, 4, 11, 12, 13, 21)] == [
        f"LSTM ({n} of 40)" for n in ("1st", "2nd", "3rd", "4th", "11th", "12th", "13th", "21st")
    ]
    assert place(node._replace(domain="ai.other"), 1, 1) == "LSTM of ai.other (1st of 1)"


def test_constants_are_computed_at_once() -> None:
    one = step(np.arange(3.0), np.arange(3.0))
    result = one.compute(np.add, one.inputs, (3,))  # type: ignore[arg-type]
    np.testing.assert_array_equal(result, [0, 2, 4])  # type: ignore[arg-type]
    assert result.dtype == np.float32
    assert one.builder.nodes == []


def test_a_constant_beside_a_value_is_bound() -> None:
    one = step(SOURCE, np.full((1, 2, 1, 1), 5, np.float32))
    result = one.compute(np.subtract, one.inputs[::-1], (1, 2, 3, 4), IMAGE)  # type: ignore[arg-type]
    assert isinstance(result, Traced)
    (node,) = one.builder.nodes
    np.testing.assert_array_equal(node.operation.function(np.ones((1, 3, 4, 2))), np.full((1, 3, 4, 2), 4))  # type: ignore[union-attr]


def test_a_value_is_moved_once() -> None:
    builder = step().builder
    first, second = builder.number(SOURCE, plain(4)), builder.number(SOURCE, plain(4))
    assert (first, second, len(builder.nodes), builder.number(SOURCE, IMAGE)) == (1, 1, 1, 0)
    assert builder.shape(1) == (1, 2, 3, 4)


def test_limits() -> None:
    one = step(SOURCE, np.zeros(1 << 17, np.int64), axis=9)
    with pytest.raises(InputError, match="131,072 values"):
        one.integers(1, "sizes")
    with pytest.raises(InputError, match="its axis 9 is none of 4"):
        one.axis(SOURCE, one.attribute("axis"))
    with pytest.raises(InputError, match="its result would be 1x4294967296"):
        one.check((1, 1 << 32))
    with pytest.raises(InputError, match="far more memory"):
        one.builder.spend(1 << 31)
    with pytest.raises(InputError, match="its input 3 is missing"):
        one.value(2)
    with pytest.raises(ArgumentError, match="its sizes depend on the values of the image"):
        one.constant(0, "sizes")
    with pytest.raises(InputError, match=r"its axis is '9', not as 'x'"):
        one.attribute("axis", "x")


def test_what_is_left_out() -> None:
    one = step(SOURCE, None)
    assert (one.has(0), one.has(1), one.has(2)) == (True, False, False)
    np.testing.assert_array_equal(one.constant(1, "value", 0.5), 0.5)


def test_results_have_the_shape_that_was_said() -> None:
    one = step(np.arange(3.0))
    with pytest.raises(InputError, match=r"its result is \(3,\) in place of \(4,\)"):
        one.compute(np.abs, one.inputs, (4,))  # type: ignore[arg-type]
