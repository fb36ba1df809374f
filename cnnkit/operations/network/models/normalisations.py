"""Normalisations and shares: batch normalisation with the statistics of training, means and variances, softmax."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from cnnkit.arrays import Array
from cnnkit.data.network.graph import Scale
from cnnkit.errors import InputError
from cnnkit.operations.network import functions
from cnnkit.operations.network.models.builder import Step, Traced, Value
from cnnkit.operations.network.models.orders import image_order, plain
from cnnkit.operations.network.models.words import worded
from cnnkit.operations.network.stacks import folded


def _channel_order(value: Traced) -> tuple[int, ...]:
    """An order in which the channels stand last."""
    rank = len(value.shape)
    if rank in (3, 4):
        return image_order(rank)
    return plain(rank) if rank == 2 else (0, *range(2, rank), 1)


def _per_channel(step: Step, number: int, what: str, depth: int) -> Array:
    values = step.constant(number, what)
    if values.size != depth:
        raise InputError(f"{values.size} {what} do not fit a depth of {depth}", hint="check the depth of the input")
    return np.asarray(values.ravel(), np.float32)


def _batch(step: Step) -> Value:
    if step.attribute("training_mode", 0):
        raise step.unsupported("batch normalisation in training", "export the model for inference: model.eval()")
    value = step.traced()
    if len(value.shape) < 2:
        raise InputError(f"its input of {value.shape} has no channels", hint="save the model again")
    depth, order = value.shape[1], _channel_order(value)
    names = {"scale": "scales", "shift": "offsets", "mean": "means", "variance": "variances"}
    found = {key: _per_channel(step, n, what, depth) for n, (key, what) in enumerate(names.items(), start=1)}
    scale = folded({**found, "epsilon": np.asarray(step.attribute("epsilon", 1e-5))})
    step.layer = worded("bn")
    return step.add(scale, [step.builder.number(value, order)], value.shape, order)


def _local(step: Step) -> Value:
    value = step.traced()
    size, order = int(step.attribute("size", 0)), _channel_order(value)
    if size < 1 or size > 1 << 16:
        raise InputError(f"its size is {size}", hint="save the model again")
    alpha, beta, k = (float(step.attribute(*one)) for one in (("alpha", 1e-4), ("beta", 0.75), ("bias", 1.0)))
    if len(value.shape) == 4:
        step.layer = worded("lrn")
    return step.compute(lambda x: functions.local_response(x, size, alpha, beta, k), [value], value.shape, order)


def _normalised(x: Array, axes: tuple[int, ...], epsilon: float) -> Array:
    mean = x.mean(axis=axes, keepdims=True, dtype=np.float64)
    wide = x - mean
    deviation = np.sqrt(np.square(wide).mean(axis=axes, keepdims=True) + epsilon)
    return np.asarray(wide / deviation, np.float32)


def _instance(step: Step) -> Value:
    value = step.traced()
    depth, order, epsilon = value.shape[1], _channel_order(value), float(step.attribute("epsilon", 1e-5))
    scales, offsets = _per_channel(step, 1, "scales", depth), _per_channel(step, 2, "offsets", depth)
    axes = tuple(range(1, len(order) - 1))
    return step.compute(lambda x: _normalised(x, axes, epsilon) * scales + offsets, [value], value.shape, order)


def _group(step: Step) -> Value:
    value = step.traced()
    depth, order, epsilon = value.shape[1], _channel_order(value), float(step.attribute("epsilon", 1e-5))
    groups = int(step.attribute("num_groups", 1))
    if groups < 1 or depth % groups:
        raise InputError(f"{groups} groups do not divide a depth of {depth}", hint="save the model again")
    count = depth if step.opset >= 21 else groups
    scales, offsets = _per_channel(step, 1, "scales", count), _per_channel(step, 2, "offsets", count)
    scales, offsets = (np.repeat(one, depth // one.size) for one in (scales, offsets))

    def normalised(x: Array) -> Array:
        split = x.reshape(len(x), -1, groups, depth // groups)
        return np.asarray(_normalised(split, (1, 3), epsilon).reshape(x.shape) * scales + offsets)

    step.layer = worded("groupnorm", count=groups)
    return step.compute(normalised, [value], value.shape, order)


def _layer(step: Step) -> Value:
    value = step.traced()
    if any(step.node.outputs[1:]):
        raise step.unsupported("a layer normalisation that also gives its means")
    rank = len(value.shape)
    axis, epsilon = step.axis(value, int(step.attribute("axis", -1))), float(step.attribute("epsilon", 1e-5))
    is_mean_kept = step.node.op == "RMSNormalization"
    order = plain(rank)
    scales = step.constant(1, "scales")
    offsets = step.constant(2, "offsets", 0.0)
    if axis == 1 and rank == 2:
        step.layer = worded("layernorm")
    axes = tuple(range(axis, rank))

    def normalised(x: Array) -> Array:
        if is_mean_kept:
            root = np.sqrt(np.square(x).mean(axis=axes, keepdims=True) + np.float32(epsilon))
            return np.asarray(x / root * scales)
        return np.asarray(_normalised(x, axes, epsilon) * scales + offsets, np.float32)

    _check_fits(scales, value)
    _check_fits(offsets, value)
    return step.compute(normalised, [value], value.shape, order)


def _check_fits(values: Array, value: Traced) -> None:
    if np.broadcast_shapes(values.shape, value.shape) != value.shape:
        raise InputError(f"scales of {values.shape} do not fit {value.shape}", hint="save the model again")


def _whole(step: Step) -> Value:
    """MeanVarianceNormalization."""
    value = step.traced()
    order = step.order(value)
    axes = tuple(order.index(step.axis(value, int(axis))) for axis in step.attribute("axes", [0, 2, 3]))
    return step.compute(lambda x: _normalised(x, axes, 1e-9), [value], value.shape, order)


def _length(step: Step) -> Value:
    """LpNormalization."""
    value, p = step.value(), int(step.attribute("p", 2))
    order = step.order(value)
    axis = order.index(step.axis(value, int(step.attribute("axis", -1))))

    def divided(x: Array) -> Array:
        norm = np.abs(x).sum(axis, keepdims=True) if p == 1 else np.sqrt(np.square(x).sum(axis, keepdims=True))
        return np.asarray(np.divide(x, norm, out=np.zeros_like(x), where=norm != 0))

    return step.compute(divided, [value], value.shape, order)


def _softmax(step: Step) -> Value:
    return _shares(step, functions.softmax)


def _log_softmax(step: Step) -> Value:
    def logarithms(x: Array, axis: Any) -> Array:
        low = x - x.max(axis=axis, keepdims=True)
        return np.asarray(low - np.log(np.exp(low).sum(axis=axis, keepdims=True)))

    return _shares(step, logarithms)


def _hardmax(step: Step) -> Value:
    def first(x: Array, axis: Any) -> Array:
        places = np.arange(x.shape[axis]).reshape([-1 if n == axis % x.ndim else 1 for n in range(x.ndim)])
        return np.asarray(places == x.argmax(axis=axis, keepdims=True), x.dtype)

    return _shares(step, first)


def _shares(step: Step, function: Callable[..., Array]) -> Value:
    """Shares along an axis; before version 13 of the operators, of all axes from it on."""
    value = step.value()
    rank = len(value.shape)
    axis = step.axis(value, int(step.attribute("axis", 1 if step.opset < 13 else -1)))
    order = step.order(value)
    longer = [side for side in value.shape[axis:] if side > 1]
    if step.opset < 13 and len(longer) > 1:
        sides = math.prod(value.shape[:axis]), math.prod(value.shape[axis:])
        return step.compute(
            lambda x: function(x.reshape(sides), 1).reshape(x.shape), [value], value.shape, takes=[plain(rank)]
        )
    if step.opset < 13 and longer:
        axis = next(n for n in range(axis, rank) if value.shape[n] > 1)
    place = order.index(axis)
    if place == len(order) - 1 and function is functions.softmax:
        step.layer = worded("softmax")
    return step.compute(lambda x: function(x, place), [value], value.shape, order)


def _affine(step: Step) -> Value:
    """ImageScaler of old exports: values times a scale, plus biases of channels."""
    value = step.traced(rank=4)
    factor, depth = np.float32(step.attribute("scale", 1.0)), value.shape[1]
    offsets = np.broadcast_to(np.asarray(step.attribute("bias", [0.0]), np.float32), (depth,)).copy()
    return step.add(Scale(np.full(depth, factor), offsets), [step.image(value)], value.shape, image_order(4))


OPERATORS: dict[str, Callable[[Step], Any]] = {
    "BatchNormalization": _batch,
    "LRN": _local,
    "InstanceNormalization": _instance,
    "GroupNormalization": _group,
    "LayerNormalization": _layer,
    "RMSNormalization": _layer,
    "MeanVarianceNormalization": _whole,
    "LpNormalization": _length,
    "Softmax": _softmax,
    "LogSoftmax": _log_softmax,
    "Hardmax": _hardmax,
    "ImageScaler": _affine,
}
