"""Operators on shapes, and those that give the same values another shape or type; constants, and what makes them."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from cnnkit.arrays import Array
from cnnkit.data.network.graph import Reshape
from cnnkit.errors import InputError
from cnnkit.geometry.pair import LARGEST
from cnnkit.operations.network.models.builder import Step, Traced, Value
from cnnkit.operations.network.models.orders import moves_nothing, plain, transposed
from cnnkit.operations.network.models.words import named, worded

_TYPES = {
    1: "float32", 2: "uint8", 3: "int8", 4: "uint16", 5: "int16", 6: "int32", 7: "int64", 9: "bool", 10: "float32",
    11: "float32", 12: "uint32", 13: "uint64", 16: "float32",
}  # fmt: skip
"""By the numbers of TensorProto.DataType; floats of every length are float32 here."""


def viewed(step: Step, value: Value, shape: Sequence[int]) -> Value:
    """The same values, in the order of the file, in another shape."""
    sizes = step.check(shape)
    if math.prod(sizes) != math.prod(value.shape):
        raise InputError(f"{value.shape} cannot become {sizes}", hint="check the size of the input")
    if isinstance(value, np.ndarray):
        if not value.flags.c_contiguous:
            step.builder.spend(value.nbytes)
        return np.reshape(value, sizes)
    if value.shape == sizes:
        return value
    rank = len(value.shape)
    number = value.number
    if not moves_nothing(value.shape, value.order, plain(rank)):
        number = step.builder.number(value, plain(rank))
    return step.add(Reshape(), [number], sizes, plain(len(sizes)), value.dtype)


def _reshape(step: Step) -> Value:
    value = step.value()
    wanted = [int(side) for side in step.attribute("shape")] if not step.has(1) else step.integers(1, "shape")
    if not step.attribute("allowzero", 0):
        if any(side == 0 and n >= len(value.shape) for n, side in enumerate(wanted)):
            raise InputError(f"the shape {wanted} keeps sides that {value.shape} has not", hint="save the model again")
        wanted = [value.shape[n] if side == 0 else side for n, side in enumerate(wanted)]
    if wanted.count(-1) > 1 or min(wanted, default=0) < -1:
        raise InputError(f"the shape {wanted} has sides below 0", hint="save the model again")
    if -1 in wanted:
        known = math.prod(side for side in wanted if side != -1)
        total = math.prod(value.shape)
        if not known or total % known:
            raise InputError(f"{value.shape} cannot become {wanted}", hint="check the size of the input")
        wanted[wanted.index(-1)] = total // known
    _name_view(step, value, wanted)
    return viewed(step, value, wanted)


def _name_view(step: Step, value: Value, wanted: Sequence[int]) -> None:
    is_flat = len(wanted) == 2 and len(value.shape) > 2 and wanted[0] == value.shape[0]
    step.layer = worded("flatten") if is_flat else named(step.node.op, "reshape")


def _flatten(step: Step) -> Value:
    value = step.value()
    rank = len(value.shape)
    axis = int(step.attribute("axis", 1))
    if not -rank <= axis <= rank:
        raise InputError(f"its axis {axis} is none of {rank}", hint="save the model again")
    axis = axis + rank if axis < 0 else axis
    sides = math.prod(value.shape[:axis]), math.prod(value.shape[axis:])
    _name_view(step, value, sides)
    if isinstance(value, Traced) and rank == 2 and sides == value.shape:
        step.layer = worded("flatten")
    return viewed(step, value, sides)


def _axes(step: Step) -> list[int] | None:
    """An attribute before version 13 of the operators, an input since."""
    if step.opset >= 13 and len(step.node.inputs) > 1:
        return step.integers(1, "axes") if step.has(1) else None
    axes = step.attribute("axes")
    return None if axes is None else [int(axis) for axis in axes]


def _squeeze(step: Step) -> Value:
    value, given = step.value(), _axes(step)
    if given is None:
        axes = {n for n, side in enumerate(value.shape) if side == 1}
    else:
        axes = {step.axis(value, axis) for axis in given}
    if any(value.shape[axis] != 1 for axis in axes):
        raise InputError(f"axes of {value.shape} that are not 1 cannot be left out", hint="check the size of the input")
    shape = [side for n, side in enumerate(value.shape) if n not in axes]
    _name_view(step, value, shape)
    return viewed(step, value, shape)


def _unsqueeze(step: Step) -> Value:
    value, axes = step.value(), _axes(step) or []
    rank = len(value.shape) + len(axes)
    places = {step.axis([0] * rank, axis) for axis in axes}
    if len(places) < len(axes):
        raise InputError(f"the axes {axes} are not different", hint="save the model again")
    kept = iter(value.shape)
    step.layer = named(step.node.op, "reshape")
    return viewed(step, value, [1 if n in places else next(kept) for n in range(rank)])


def _transpose(step: Step) -> Value:
    value = step.value()
    rank = len(value.shape)
    axes = [int(axis) for axis in step.attribute("perm") or reversed(range(rank))]
    if sorted(axes) != list(range(rank)):
        raise InputError(f"{axes} is no order of {rank} axes", hint="save the model again")
    if isinstance(value, np.ndarray):
        return np.transpose(value, axes)
    shape = tuple(value.shape[axis] for axis in axes)
    return value._replace(shape=shape, order=transposed(value.order, axes))


def _same(step: Step) -> Value:
    return step.value()


def _dropout(step: Step) -> list[Value]:
    if step.has(2) and step.constant(2, "training_mode").any():
        raise step.unsupported("dropout in training", "export the model for inference: model.eval()")
    value = step.value()
    step.layer = worded("dropout")
    is_mask_used = len(step.node.outputs) > 1 and step.node.outputs[1]
    return [value, np.broadcast_to(np.bool_(True), value.shape)] if is_mask_used else [value]


def _cast(step: Step) -> Value:
    value, number = step.value(), int(step.attribute("to", 1))
    if number not in _TYPES:
        raise step.unsupported(f"the type {number}")
    dtype = _TYPES[number]
    if isinstance(value, Traced) and value.dtype == dtype:
        return value

    def cast(x: Array) -> Array:
        with np.errstate(invalid="ignore", over="ignore"):
            return x.astype(dtype)

    return step.compute(cast, [value], value.shape, step.order(value), dtype)


def _cast_like(step: Step) -> Value:
    value, like = step.value(0), step.value(1)
    dtype = like.dtype if isinstance(like, Traced) else like.dtype.name
    return step.compute(lambda x: x.astype(dtype), [value], value.shape, step.order(value), dtype)


def _shape(step: Step) -> Value:
    shape = step.value().shape
    return np.array(shape[slice(step.attribute("start", 0), step.attribute("end", None))], np.int64)


def _size(step: Step) -> Value:
    return np.array(math.prod(step.value().shape), np.int64)


def _constant(step: Step) -> Value:
    attributes = step.node.attributes
    for name, dtype in (
        ("value_float", np.float32),
        ("value_floats", np.float32),
        ("value_int", np.int64),
        ("value_ints", np.int64),
    ):
        if name in attributes:
            return np.asarray(attributes[name], dtype)
    if isinstance(attributes.get("value"), np.ndarray):
        found: Array = attributes["value"]
        return found
    if "value_string" in attributes or "value_strings" in attributes:
        return np.asarray(attributes.get("value_string", attributes.get("value_strings")), object)
    raise InputError("it has no value", hint="save the model again")


def _filled(step: Step) -> Value:
    shape = step.check(step.integers(0, "shape"))
    value = step.attribute("value")
    one = np.zeros(1, np.float32) if value is None else np.asarray(value)
    if one.size != 1:
        raise InputError(f"it is filled with {one.size} values", hint="save the model again")
    return np.broadcast_to(one.reshape(()), shape)


def _range(step: Step) -> Value:
    start, end, by = (step.constant(number, "limits").reshape(()) for number in range(3))
    if by == 0:
        raise InputError("its step is 0", hint="save the model again")
    count = math.ceil((float(end) - float(start)) / float(by))
    if count > LARGEST:
        raise InputError(f"it has {count} values", hint="check the size of the input")
    step.builder.spend(8 * max(count, 0))
    return np.asarray(start + np.arange(max(count, 0)) * by, start.dtype)


def _non_zero(step: Step) -> Value:
    return np.asarray(np.nonzero(step.constant(0, "values")), np.int64)


def _one_hot(step: Step) -> Value:
    value = step.value(0)
    depth, pair = int(step.constant(1, "depth").reshape(-1)[0]), step.constant(2, "values")
    axis = step.axis([0] * (len(value.shape) + 1), int(step.attribute("axis", -1)))
    shape = (*value.shape[:axis], depth, *value.shape[axis:])
    sides = [-1 if n == axis else 1 for n in range(len(step.check(shape)))]
    if pair.size != 2:
        raise InputError(f"its values are {pair.size}, not 2", hint="save the model again")

    def hot(x: Array) -> Array:
        places = np.arange(depth).reshape(sides)
        return np.asarray(np.where(np.expand_dims(np.mod(x, depth), axis) == places, pair[1], pair[0]))

    return step.compute(hot, [value], shape, dtype=pair.dtype.name, takes=[plain(len(value.shape))])


OPERATORS: dict[str, Callable[[Step], Any]] = {
    "Reshape": _reshape,
    "Flatten": _flatten,
    "Squeeze": _squeeze,
    "Unsqueeze": _unsqueeze,
    "Transpose": _transpose,
    "Identity": _same,
    "Dropout": _dropout,
    "Cast": _cast,
    "CastLike": _cast_like,
    "Shape": _shape,
    "Size": _size,
    "Constant": _constant,
    "ConstantOfShape": _filled,
    "Range": _range,
    "NonZero": _non_zero,
    "OneHot": _one_hot,
}
