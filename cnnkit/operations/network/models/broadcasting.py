"""Sums, products and comparisons of arrays whose shapes are broadcast.

Where a constant is one number a channel, the operation is a scale and an offset of channels, as batch normalisation is.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from cnnkit.arrays import Array
from cnnkit.data.network.graph import Add, Scale
from cnnkit.errors import InputError
from cnnkit.operations.network.models.builder import Step, Traced, Value
from cnnkit.operations.network.models.elementwise import raised, typed
from cnnkit.operations.network.models.orders import Order, Sizes, in_memory, laid, plain
from cnnkit.operations.network.models.words import worded


def _raised_later(step: Step, value: Traced, rank: int) -> Value:
    sides = (1,) * (rank - len(value.shape)) + value.shape
    return step.compute(lambda x: x.reshape(sides), [value], sides, takes=[plain(len(value.shape))])


def broadcast(step: Step, values: Sequence[Value]) -> tuple[list[Value], Sizes, Order]:
    """Values of one rank, the shape that they make together, and the order in which to take them."""
    try:
        shape = np.broadcast_shapes(*(value.shape for value in values))
    except ValueError:
        shapes = " and ".join(str(value.shape) for value in values)
        raise InputError(f"its inputs of {shapes} do not fit each other", hint="check the size of the input") from None
    rank = len(shape)
    found: list[Value] = []
    for value in values:
        if isinstance(value, np.ndarray):
            found.append(raised(value, rank))
        elif len(value.shape) < rank:
            found.append(_raised_later(step, value, rank))
        else:
            found.append(value)
    return found, step.check(shape), step.order(*found)


def _scaling(kind: str, constant: Array, *, is_first: bool) -> tuple[Array | float, Array | float] | None:
    """The factor and the offset that an operation with a constant is."""
    if kind == "add":
        return 1.0, constant
    if kind == "subtract":
        return (-1.0, constant) if is_first else (1.0, -constant)
    if kind == "multiply":
        return constant, 0.0
    if kind == "divide" and not is_first and np.all(constant != 0):
        return 1 / constant, 0.0
    return None


def _arithmetic(kind: str) -> Callable[[Step], Value]:
    function = getattr(np, kind)

    def lower(step: Step) -> Value:
        values, shape, order = broadcast(step, [step.value(0), step.value(1)])
        if scaled := _scaled(step, kind, values, shape, order):
            return scaled
        if kind == "add" and all(isinstance(value, Traced) and value.shape == shape for value in values):
            return added(step, values, shape, order)

        def computed(a: Array, b: Array) -> Array:
            if kind == "divide" and a.dtype.kind in "iu":
                return np.trunc(a / b).astype(a.dtype)  # towards zero, as in C
            return typed(function(a, b), a, None)

        return step.compute(computed, values, shape, order)

    return lower


def added(step: Step, values: Sequence[Value], shape: Sizes, order: Order) -> Value:
    """The sum of values of one shape, none of which is a constant."""
    numbers = [step.builder.number(value, order) for value in values if isinstance(value, Traced)]
    step.layer = worded("add")
    total = numbers[0]
    for number in numbers[1:]:
        result = step.add(Add(), (total, number), shape, order, step.traced().dtype)
        total = result.number
    return result


def _scaled(step: Step, kind: str, values: Sequence[Value], shape: Sizes, order: Order) -> Traced | None:
    """The operation as a scale and an offset of each channel, where one of two values is such a constant."""
    constants = [value for value in values if isinstance(value, np.ndarray)]
    taken = [value for value in values if isinstance(value, Traced)]
    if len(constants) != 1 or taken[0].shape != shape or taken[0].dtype != "float32" or len(shape) < 2:
        return None
    constant = laid(constants[0], order)
    depth = in_memory(shape, order)[-1]
    if constant.size not in (1, depth) or constant.shape[-1] != constant.size:
        return None
    found = _scaling(kind, constant.ravel().astype(np.float64), is_first=isinstance(values[0], np.ndarray))
    if found is None:
        return None
    factors, offsets = (np.broadcast_to(np.asarray(part, np.float32), (depth,)).copy() for part in found)
    return step.add(Scale(factors, offsets), [taken[0].number], shape, order)


def _many(function: Callable[..., Any]) -> Callable[[Step], Value]:
    def lower(step: Step) -> Value:
        given = [step.value(number) for number in range(len(step.inputs))]
        values, shape, order = broadcast(step, given)
        name = step.node.op
        if name == "Sum" and len(values) > 1:
            if all(isinstance(value, Traced) and value.shape == shape for value in values):
                return added(step, values, shape, order)
            if len(values) == 2 and (scaled := _scaled(step, "add", values, shape, order)):
                return scaled
        return step.compute(lambda *arrays: np.array(function(arrays)), values, shape, order)

    return lower


def _reduced(function: Callable[[Array, Array], Array]) -> Callable[[Sequence[Array]], Array]:
    def over(arrays: Sequence[Array]) -> Array:
        total = arrays[0]
        for array in arrays[1:]:
            total = function(total, array)
        return total

    return over


def _compared(function: Callable[..., Array], dtype: str | None = "bool") -> Callable[[Step], Value]:
    def lower(step: Step) -> Value:
        values, shape, order = broadcast(step, [step.value(0), step.value(1)])
        return step.compute(lambda a, b: typed(function(a, b), a, dtype), values, shape, order, dtype)

    return lower


def _where(step: Step) -> Value:
    values, shape, order = broadcast(step, [step.value(number) for number in range(3)])
    dtype = values[1].dtype
    return step.compute(np.where, values, shape, order, dtype if isinstance(dtype, str) else dtype.name)


def _mod(step: Step) -> Value:
    function = np.fmod if step.attribute("fmod", 0) else np.mod
    return _compared(function, None)(step)


OPERATORS: dict[str, Callable[[Step], Any]] = {
    "Add": _arithmetic("add"),
    "Sub": _arithmetic("subtract"),
    "Mul": _arithmetic("multiply"),
    "Div": _arithmetic("divide"),
    "Pow": _compared(np.power, None),
    "Mod": _mod,
    "Sum": _many(_reduced(np.add)),
    "Max": _many(_reduced(np.maximum)),
    "Min": _many(_reduced(np.minimum)),
    "Mean": _many(lambda arrays: _reduced(np.add)(arrays) / np.float32(len(arrays))),
    "Equal": _compared(np.equal),
    "Less": _compared(np.less),
    "Greater": _compared(np.greater),
    "LessOrEqual": _compared(np.less_equal),
    "GreaterOrEqual": _compared(np.greater_equal),
    "And": _compared(np.logical_and),
    "Or": _compared(np.logical_or),
    "Xor": _compared(np.logical_xor),
    "Where": _where,
}
