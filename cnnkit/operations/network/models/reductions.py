"""Sums, means and extremes along axes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from cnnkit.arrays import Array
from cnnkit.data.network.graph import Pool
from cnnkit.operations.network.models.builder import Step, Traced, Value
from cnnkit.operations.network.models.orders import IMAGE, Order, image_order, plain
from cnnkit.operations.network.models.words import worded


def _axes(step: Step, value: Value) -> tuple[int, ...] | None:
    """The axes to reduce; none of them if the operator is to do nothing."""
    since = 13 if step.node.op == "ReduceSum" else 18
    if step.opset >= since and step.has(1):
        given: list[int] = step.integers(1, "axes")
    else:
        given = [int(axis) for axis in step.attribute("axes") or []]
    if not given:
        return None if step.attribute("noop_with_empty_axes", 0) else tuple(range(len(value.shape)))
    return tuple(sorted({step.axis(value, axis) for axis in given}))


def _without(shape: tuple[int, ...], axes: tuple[int, ...], *, is_kept: bool) -> tuple[int, ...]:
    if is_kept:
        return tuple(1 if axis in axes else side for axis, side in enumerate(shape))
    return tuple(side for axis, side in enumerate(shape) if axis not in axes)


def _order_of(step: Step, value: Value, axes: tuple[int, ...], *, is_kept: bool) -> Order:
    """The order to reduce in: that of the value, where what is left stands in the file's order or as an image."""
    order = step.order(value)
    left = [axis for axis in order if axis not in axes and axis >= 0]
    return order if is_kept or left == sorted(left) else plain(len(value.shape))


def reduced(
    step: Step, value: Value, axes: tuple[int, ...], function: Callable[..., Array], dtype: str | None
) -> Value:
    """A function of (x, axes) that removes these axes, which stay with length 1 where keepdims is set."""
    is_kept = bool(step.attribute("keepdims", 1))
    order = _order_of(step, value, axes, is_kept=is_kept)
    places = tuple(n for n, axis in enumerate(order) if axis in axes or (axis < 0 and not is_kept))
    shape = _without(value.shape, axes, is_kept=is_kept)

    def over(x: Array) -> Array:
        found = np.asarray(function(x, places))
        return found.reshape([1 if n in places else side for n, side in enumerate(x.shape)]) if is_kept else found

    return step.compute(over, [value], shape, order if is_kept else None, dtype, takes=[order])


def _reduction(function: Callable[..., Array]) -> Callable[[Step], Value]:
    def lower(step: Step) -> Value:
        value = step.value()
        axes = _axes(step, value)
        if axes is None or not value.shape:
            return value
        if isinstance(value, Traced) and _is_over_rows(value, axes) and step.node.op in ("ReduceMean", "ReduceMax"):
            return _pooled(step, value)
        return reduced(step, value, axes, lambda x, places: function(x, places).astype(x.dtype), None)

    return lower


def _is_over_rows(value: Traced, axes: tuple[int, ...]) -> bool:
    return value.order == IMAGE and axes == (2, 3) and value.dtype == "float32"


def _pooled(step: Step, value: Traced) -> Value:
    """A mean or maximum of whole maps: a pool, as in the notation."""
    kind = "average" if step.node.op == "ReduceMean" else "max"
    n, depth = value.shape[:2]
    pool = Pool((("kind", kind), ("adaptive", (1, 1))))
    result = step.add(pool, [value.number], (n, depth, 1, 1), image_order(4))
    if step.attribute("keepdims", 1):
        step.layer = worded("avgpool-to" if kind == "average" else "maxpool-to", (1, 1))
        return result
    step.layer = worded("gap" if kind == "average" else "gmp")
    return step.compute(lambda x: x.reshape(n, depth), [result], (n, depth), takes=[IMAGE])


def _summed(x: Array, places: Any) -> Array:
    return np.asarray(x.sum(axis=places, dtype=np.float64 if x.dtype.kind == "f" else x.dtype))


def _mean(x: Array, places: Any) -> Array:
    return np.asarray(x.mean(axis=places, dtype=np.float64))


def _norm(x: Array, places: Any) -> Array:
    return np.asarray(np.sqrt(_summed(np.square(x), places)))


def _log_sum(x: Array, places: Any) -> Array:
    return np.asarray(np.log(_summed(x, places)))


def _log_sum_exp(x: Array, places: Any) -> Array:
    largest = x.max(axis=places, keepdims=True)
    largest = np.where(np.isfinite(largest), largest, 0)
    return np.asarray(np.log(_summed(np.exp(x - largest), places)) + largest.squeeze(axis=places))


def _place(function: Callable[..., Array]) -> Callable[[Step], Value]:
    """ArgMax and ArgMin."""

    def lower(step: Step) -> Value:
        value = step.value()
        axis = step.axis(value, int(step.attribute("axis", 0)))
        is_last = bool(step.attribute("select_last_index", 0))

        def first(x: Array, places: Any) -> Array:
            moved = np.moveaxis(x, places, range(-len(places), 0)).reshape(
                *[side for n, side in enumerate(x.shape) if n not in places], -1
            )
            if is_last:
                return np.asarray(moved.shape[-1] - 1 - function(moved[..., ::-1], axis=-1))
            return np.asarray(function(moved, axis=-1))

        return reduced(step, value, (axis,), first, "int64")

    return lower


OPERATORS: dict[str, Callable[[Step], Any]] = {
    "ReduceMean": _reduction(_mean),
    "ReduceSum": _reduction(_summed),
    "ReduceMax": _reduction(lambda x, places: x.max(axis=places)),
    "ReduceMin": _reduction(lambda x, places: x.min(axis=places)),
    "ReduceProd": _reduction(lambda x, places: x.prod(axis=places)),
    "ReduceL1": _reduction(lambda x, places: _summed(np.abs(x), places)),
    "ReduceL2": _reduction(_norm),
    "ReduceSumSquare": _reduction(lambda x, places: _summed(np.square(x), places)),
    "ReduceLogSum": _reduction(_log_sum),
    "ReduceLogSumExp": _reduction(_log_sum_exp),
    "ArgMax": _place(np.argmax),
    "ArgMin": _place(np.argmin),
}
