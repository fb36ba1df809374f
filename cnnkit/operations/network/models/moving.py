"""Operators that move values about: joined, split, cut, padded, repeated. Values that stand as images stay so."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from cnnkit.arrays import Array
from cnnkit.data.network.graph import Concatenate
from cnnkit.errors import InputError
from cnnkit.geometry.padding import Padding
from cnnkit.operations.network.models.builder import Step, Traced, Value
from cnnkit.operations.network.models.orders import in_memory, plain
from cnnkit.operations.network.models.words import worded


def _concat(step: Step) -> Value:
    values = [step.value(number) for number in range(len(step.inputs))]
    axis = step.axis(values[0], int(step.attribute("axis", 1)))
    first = values[0].shape
    others = {tuple(side for n, side in enumerate(value.shape) if n != axis) for value in values}
    if len(others) > 1 or len({len(value.shape) for value in values}) > 1:
        shapes = " and ".join(str(value.shape) for value in values)
        raise InputError(f"{shapes} cannot be joined along axis {axis}", hint="check the size of the input")
    order = step.order(*values)
    place = order.index(axis)
    shape = (*first[:axis], sum(value.shape[axis] for value in values), *first[axis + 1 :])
    if place == len(order) - 1 and len(order) in (2, 4) and all(isinstance(value, Traced) for value in values):
        step.layer = worded("cat")
    traced = [value for value in values if isinstance(value, Traced)]
    if len(traced) == len(values):
        numbers = [step.builder.number(value, order) for value in traced]
        return step.add(Concatenate(place), numbers, shape, order, traced[0].dtype)
    return step.compute(lambda *arrays: np.concatenate(arrays, axis=place), values, shape, order)


def _split(step: Step) -> list[Value]:
    value = step.value()
    axis = step.axis(value, int(step.attribute("axis", 0)))
    length, count = value.shape[axis], len(step.node.outputs)
    sizes = step.attribute("split")
    if step.opset >= 13 and step.has(1):
        sizes = step.integers(1, "sizes")
    if not sizes:
        part = -(-length // count)
        sizes = [max(min(part, length - n * part), 0) for n in range(count)]
    if sum(sizes) != length or len(sizes) < count or min(sizes) < 0:
        raise InputError(f"{list(sizes)} do not make up a length of {length}", hint="check the size of the input")
    parts: list[Value] = []
    first = 0
    for size in sizes[:count]:
        parts.append(_cut(step, value, {axis: slice(first, first + size)}))
        first += size
    return parts


def _cut(step: Step, value: Value, cuts: dict[int, slice]) -> Value:
    """Some of a value along each of these axes."""
    order = step.order(value)
    shape = tuple(len(range(*cuts[n].indices(side))) if n in cuts else side for n, side in enumerate(value.shape))
    places = tuple(cuts.get(axis, slice(None)) for axis in order)
    if shape == value.shape and all(cut.step in (None, 1) for cut in cuts.values()):
        return value
    return step.compute(lambda x: np.ascontiguousarray(x[places]), [value], shape, order)


def _slice(step: Step) -> Value:
    value = step.value()
    if step.opset < 10:
        starts, ends = ([int(one) for one in step.attribute(name, [])] for name in ("starts", "ends"))
        axes = step.attribute("axes")
        steps = [1] * len(starts)
    else:
        starts, ends = step.integers(1, "starts"), step.integers(2, "ends")
        axes = step.integers(3, "axes") if step.has(3) else None
        steps = step.integers(4, "steps") if step.has(4) else [1] * len(starts)
    axes = [step.axis(value, int(one)) for one in (range(len(starts)) if axes is None else axes)]
    if not len(starts) == len(ends) == len(axes) == len(steps) or 0 in steps:
        raise InputError("its starts, ends, axes and steps do not go together", hint="save the model again")
    return _cut(
        step,
        value,
        {axes[n]: _range(starts[n], ends[n], steps[n], value.shape[axes[n]]) for n in range(len(axes))},
    )


def _range(start: int, end: int, step: int, length: int) -> slice:
    """ONNX's limits as Python's, which has no end before the first when it runs backwards."""
    if step > 0:
        return slice(start, end, step)
    first = min(start + length if start < 0 else start, length - 1)
    last = end + length if end < 0 else end
    return slice(max(first, 0), None if last < 0 else last, step) if first >= 0 else slice(0, 0, 1)


_MODES = {"constant": "constant", "reflect": "reflect", "edge": "edge", "wrap": "wrap"}


def _pad(step: Step) -> Value:
    value = step.value()
    rank = len(value.shape)
    mode = step.attribute("mode", "constant")
    if mode not in _MODES:
        raise InputError(f"its mode is {mode!r}", hint="save the model again")
    if step.opset < 11:
        pads, fill = [int(one) for one in step.attribute("pads", [])], float(step.attribute("value", 0.0))
    else:
        pads = step.integers(1, "pads")
        fill = float(step.constant(2, "value", 0.0).reshape(-1)[0])
    axes = [step.axis(value, one) for one in step.integers(3, "axes")] if step.has(3) else list(range(rank))
    if len(pads) != 2 * len(axes):
        raise InputError(f"{len(pads)} pads do not fit {len(axes)} axes", hint="save the model again")
    widths = {axis: (pads[n], pads[n + len(axes)]) for n, axis in enumerate(axes)}
    widths = {axis: widths.get(axis, (0, 0)) for axis in range(rank)}
    shape = step.check([side + sum(widths[n]) for n, side in enumerate(value.shape)])
    for axis, (side, around) in enumerate(zip(value.shape, widths.values(), strict=True)):
        if (mode == "reflect" and max(around) >= max(side, 1)) or (mode != "constant" and side == 0 < max(around)):
            raise InputError(
                f"{max(around)} values cannot be added to {side} along axis {axis}", "check the input's size"
            )
    order = step.order(value)
    sides = [widths.get(axis, (0, 0)) for axis in order]
    cuts = tuple(
        slice(max(-a, 0), side - max(-b, 0)) for (a, b), side in zip(sides, in_memory(value.shape, order), strict=True)
    )
    more = [(max(a, 0), max(b, 0)) for a, b in sides]
    keywords: dict[str, Any] = {"constant_values": fill} if mode == "constant" else {}
    if mode == "constant" and fill == 0 and rank == 4 and not any(widths[0] + widths[1]) and min(pads, default=0) >= 0:
        step.layer = worded("pad", Padding(*widths[2], *widths[3]))
    return step.compute(lambda x: np.pad(x[cuts], more, _MODES[mode], **keywords), [value], shape, order)  # type: ignore[call-overload]


def _tile(step: Step) -> Value:
    value, times = step.value(), step.integers(1, "repeats")
    if len(times) != len(value.shape):
        raise InputError(f"{len(times)} repeats do not fit {len(value.shape)} axes", hint="save the model again")
    order = step.order(value)
    shape = step.check([side * count for side, count in zip(value.shape, times, strict=True)])
    counts = [times[axis] if axis >= 0 else 1 for axis in order]
    return step.compute(lambda x: np.tile(x, counts), [value], shape, order)


def _expand(step: Step) -> Value:
    value, wanted = step.value(), step.integers(1, "shape")
    try:
        shape = step.check(np.broadcast_shapes(value.shape, tuple(step.check(wanted))))
    except ValueError:
        raise InputError(f"{value.shape} cannot become {wanted}", hint="check the size of the input") from None
    if isinstance(value, np.ndarray):
        return np.broadcast_to(value, shape)
    takes = plain(len(value.shape))
    return step.compute(lambda x: np.ascontiguousarray(np.broadcast_to(x, shape)), [value], shape, takes=[takes])


def _gather(step: Step) -> Value:
    value, where = step.value(0), step.value(1)
    axis = step.axis(value, int(step.attribute("axis", 0)))
    length = value.shape[axis]
    if isinstance(where, np.ndarray):
        step.builder.spend(8 * where.size)
        places = where.astype(np.int64)
        if places.size and not -length <= places.min() <= places.max() < length:
            raise InputError(f"it takes place {places.max()} of {length}", hint="check the size of the input")
    shape = (*value.shape[:axis], *where.shape, *value.shape[axis + 1 :])
    if isinstance(where, np.ndarray) and where.ndim == 1 and isinstance(value, Traced):
        order = value.order
        place = order.index(axis)
        return step.compute(lambda x: np.take(x, places, place), [value], shape, order)
    takes = [plain(len(value.shape)), plain(len(where.shape))]
    dtype = value.dtype if isinstance(value, Traced) else value.dtype.name

    def taken(x: Array, places: Array) -> Array:
        found = places.astype(np.int64)
        return np.take(x, np.clip(found, -length, length - 1), axis)

    return step.compute(taken, [value, where], shape, dtype=dtype, takes=takes)


def _gather_elements(step: Step) -> Value:
    value, where = step.value(0), step.value(1)
    axis = step.axis(value, int(step.attribute("axis", 0)))
    length = value.shape[axis]
    if len(where.shape) != len(value.shape):
        raise InputError(f"places of {where.shape} do not fit {value.shape}", hint="save the model again")
    order = plain(len(value.shape))
    dtype = value.dtype if isinstance(value, Traced) else value.dtype.name

    def taken(x: Array, places: Array) -> Array:
        cut = tuple(slice(None) if n == axis else slice(side) for n, side in enumerate(places.shape))
        return np.take_along_axis(x[cut], np.clip(places.astype(np.int64), -length, length - 1), axis)

    return step.compute(taken, [value, where], where.shape, order, dtype)


OPERATORS: dict[str, Callable[[Step], Any]] = {
    "Concat": _concat,
    "Split": _split,
    "Slice": _slice,
    "Pad": _pad,
    "Tile": _tile,
    "Expand": _expand,
    "Gather": _gather,
    "GatherElements": _gather_elements,
}
