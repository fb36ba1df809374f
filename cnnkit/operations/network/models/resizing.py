"""Resize and Upsample: the nearest sample, or lines between neighbours, at places that a rule of coordinates gives.

Source: ONNX's Resize, versions 10 to 19, and its reference implementation.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from cnnkit.arrays import Array
from cnnkit.errors import InputError
from cnnkit.operations.network.models.builder import Step, Value
from cnnkit.operations.network.models.orders import IMAGE, Sizes
from cnnkit.operations.network.models.words import worded

COORDINATES = (
    "half_pixel", "half_pixel_symmetric", "pytorch_half_pixel", "align_corners", "asymmetric", "tf_half_pixel_for_nn",
    "tf_crop_and_resize",
)  # fmt: skip


def places(length: int, output: int, scale: float, rule: str, ends: tuple[float, float] = (0.0, 1.0)) -> Array:
    """Where each of `output` results lies among `length` samples.

    >>> places(2, 4, 2.0, "half_pixel").tolist()
    [-0.25, 0.25, 0.75, 1.25]
    """
    x: Array = np.arange(output, dtype=np.float32)  # in which halves are exact, as elsewhere
    if rule == "tf_crop_and_resize":
        start, end = ends
        step = (end - start) * (length - 1) / (output - 1) if output > 1 else 0.0
        return (start if output > 1 else (start + end) / 2) * (length - 1) + x * step
    if rule == "align_corners":
        found: Array = x * (length - 1) / max(output - 1, 1)
    elif rule in ("asymmetric", "tf_half_pixel_for_nn"):
        found = (x + 0.5 * (rule != "asymmetric")) / scale
    elif rule == "pytorch_half_pixel" and output == 1:
        found = x - 0.5
    else:
        found = (x + 0.5) / scale - 0.5
        if rule == "half_pixel_symmetric":
            found += length / 2 * (1 - output / (length * scale))
    return found


ROUNDED: dict[str, Callable[[Array], Array]] = {
    "round_prefer_floor": lambda x: np.ceil(x - 0.5),
    "round_prefer_ceil": lambda x: np.floor(x + 0.5),
    "floor": np.floor,
    "ceil": np.ceil,
    "simple": np.floor,  # of version 10, which enlarges by it
}


def _table(length: int, found: Array, mode: str, nearest: str) -> tuple[Array, Array, Array]:
    """For each result the sample before it, the one after it, and how far it is from the first."""
    if mode == "nearest":
        near = np.clip(ROUNDED[nearest](found), 0, length - 1).astype(np.int64)
        return near, near, np.zeros(len(near))
    found = np.clip(found, 0, length - 1)
    first = np.minimum(np.floor(found), max(length - 1, 0)).astype(np.int64)
    return first, np.minimum(first + 1, length - 1), found - first


def _drawn(x: Array, place: int, table: tuple[Array, Array, Array]) -> Array:
    first, after, share = table
    low = np.take(x, first, place)
    if not share.any():
        return low
    shares = share.astype(np.float32).reshape([-1 if n == place else 1 for n in range(x.ndim)])
    return np.asarray(low + (np.take(x, after, place) - low) * shares, x.dtype)


def _resize(step: Step) -> Value:
    value = step.value()
    rank = len(value.shape)
    mode = step.attribute("mode", "nearest")
    if mode in ("cubic", "bicubic"):
        raise step.unsupported("cubic resizing", "export the model with nearest or linear resizing")
    if mode not in ("nearest", "linear", "bilinear"):
        raise InputError(f"its mode is {mode!r}", hint="save the model again")
    if step.attribute("antialias", 0) and mode != "nearest":
        raise step.unsupported("resizing with antialias", "export the model without antialias")
    rule = step.attribute("coordinate_transformation_mode", "half_pixel" if step.opset >= 11 else "asymmetric")
    if rule not in COORDINATES:
        raise InputError(f"its coordinate_transformation_mode is {rule!r}", hint="save the model again")
    axes = [step.axis(value, int(axis)) for axis in step.attribute("axes") or range(rank)]
    scales, sizes = _sizes(step, value, axes)
    nearest = step.attribute("nearest_mode", "round_prefer_floor" if step.opset >= 11 else "floor")
    if nearest not in ROUNDED:
        raise InputError(f"its nearest_mode is {nearest!r}", hint="save the model again")
    ends = [(0.0, 1.0)] * rank
    if rule == "tf_crop_and_resize":
        numbers = step.constant(1, "region").ravel().tolist()
        if len(numbers) != 2 * len(axes):
            raise InputError(f"its region has {len(numbers)} numbers", hint="save the model again")
        for n, axis in enumerate(axes):
            ends[axis] = numbers[n], numbers[n + len(axes)]
    order = step.order(value)
    moved = [
        axis
        for axis in sorted({*axes})
        if scales[axis] != 1 or value.shape[axis] != sizes[axis] or rule == "tf_crop_and_resize"
    ]
    if any(value.shape[axis] == 0 for axis in moved):
        raise InputError("its input is empty", hint="check the size of the input")
    fill = np.float32(step.attribute("extrapolation_value", 0.0))
    if order == IMAGE and moved == [2, 3] and rule in ("asymmetric", "half_pixel"):
        _word(step, value, sizes, mode, rule)

    def resized(x: Array) -> Array:
        for axis in moved:
            side, place = value.shape[axis], order.index(axis)
            found = np.nan_to_num(places(side, sizes[axis], scales[axis], rule, ends[axis]))
            x = _drawn(x, place, _table(side, found, mode, nearest))
            outside = (found < 0) | (found > side - 1)
            if rule == "tf_crop_and_resize" and outside.any():
                x[(slice(None),) * place + (outside,)] = fill
        return x

    return step.compute(resized, [value], sizes, order)


def _word(step: Step, value: Value, sizes: Sizes, mode: str, rule: str) -> None:
    """The layer upsample, where its rule is the same."""
    factors = [output // side for output, side in zip(sizes[2:], value.shape[2:], strict=True)]
    is_whole = all(
        side * factor == output for side, factor, output in zip(value.shape[2:], factors, sizes[2:], strict=True)
    )
    if not is_whole or sizes[:2] != value.shape[:2]:
        return
    if mode == "nearest":
        step.layer = worded("upsample", (factors[0], factors[1]))
    elif rule == "half_pixel":
        from cnnkit.geometry.window import Setting

        settings = (Setting("bilinear", "mode", "bilinear"),)
        step.layer = worded("upsample", (factors[0], factors[1]), settings=settings)


def _sizes(step: Step, value: Value, axes: list[int]) -> tuple[list[float], Sizes]:
    """The scale and the new length of every axis."""
    name = "scales"
    if step.node.op == "Upsample" and step.opset < 9:
        given = [float(one) for one in step.attribute(name, [])]
    else:
        place = 1 if step.opset < 11 else 2
        given = step.constant(place, name).ravel().tolist() if step.has(place) else []
    rank = len(value.shape)
    scales, sizes = [1.0] * rank, list(value.shape)
    if given:
        _check_count(given, axes)
        for axis, scale in zip(axes, given, strict=True):
            if not 0 < scale < 1 << 31:
                raise InputError(f"its scale is {scale}", hint="save the model again")
            scales[axis], sizes[axis] = scale, math.floor(value.shape[axis] * scale)
        return scales, step.check(sizes)
    wanted = step.integers(3, "sizes")
    _check_count(wanted, axes)
    policy = step.attribute("keep_aspect_ratio_policy", "stretch")
    ratios = [length / max(value.shape[axis], 1) for axis, length in zip(axes, wanted, strict=True)]
    if policy not in ("stretch", "not_larger", "not_smaller"):
        raise InputError(f"its keep_aspect_ratio_policy is {policy!r}", hint="save the model again")
    if policy in ("not_larger", "not_smaller"):
        ratio = min(ratios) if policy == "not_larger" else max(ratios)
        wanted = [math.floor(ratio * value.shape[axis] + 0.5) for axis in axes]
        ratios = [ratio] * len(axes)
    for axis, length, ratio in zip(axes, wanted, ratios, strict=True):
        scales[axis], sizes[axis] = ratio, length
    if min(scales) <= 0:
        raise InputError(f"its sizes are {wanted}", hint="save the model again")
    return scales, step.check(sizes)


def _check_count(given: list[Any], axes: list[int]) -> None:
    if len(given) != len(axes):
        raise InputError(f"{len(given)} numbers do not fit {len(axes)} axes", hint="save the model again")


OPERATORS: dict[str, Callable[[Step], Any]] = {"Resize": _resize, "Upsample": _resize}
