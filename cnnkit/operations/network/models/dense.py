"""Products of matrices: fully connected layers where one of them is constant."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from cnnkit.arrays import Array
from cnnkit.data.network.graph import Dense
from cnnkit.errors import InputError
from cnnkit.geometry.window import Setting
from cnnkit.operations.network.models.builder import Step, Traced, Value
from cnnkit.operations.network.models.orders import plain
from cnnkit.operations.network.models.words import worded


def _gemm(step: Step) -> Value:
    alpha, beta = (float(step.attribute(name, 1.0)) for name in ("alpha", "beta"))
    left, right = step.value(0), step.value(1)
    if len(left.shape) != 2 or len(right.shape) != 2:
        raise InputError(f"it takes matrices, not {left.shape} and {right.shape}", hint="save the model again")
    turns = bool(step.attribute("transA", 0)), bool(step.attribute("transB", 0))
    rows, inner = left.shape[::-1] if turns[0] else left.shape
    other, units = right.shape[::-1] if turns[1] else right.shape
    if inner != other:
        raise InputError(f"{inner} values do not fit weights of {other} x {units}", hint="check the size of the input")
    third = step.value(2) if step.has(2) and beta else None
    if third is not None and not _fits(third.shape, (rows, units)):
        raise InputError(f"biases of {third.shape} do not fit {(rows, units)}", hint="save the model again")
    is_flat = third is None or (isinstance(third, np.ndarray) and third.size in (1, units) and _is_row(third))
    if isinstance(left, Traced) and isinstance(right, np.ndarray) and not turns[0] and is_flat and _is_float(right):
        weights = right.T if turns[1] else right
        bias = None
        if alpha != 1:
            step.builder.spend(weights.nbytes)
            weights = weights * np.float32(alpha)
        if isinstance(third, np.ndarray):
            bias = np.broadcast_to(third.ravel().astype(np.float32) * np.float32(beta), (units,)).copy()
        step.layer = worded("fc", count=units, settings=() if bias is not None else (Setting("nobias", "bias", False),))
        return step.add(Dense(weights, bias), [step.builder.number(left, plain(2))], (rows, units), plain(2))

    def product(a: Array, b: Array, *c: Array) -> Array:
        found = np.float32(alpha) * ((a.T if turns[0] else a) @ (b.T if turns[1] else b))
        return np.asarray(found + np.float32(beta) * c[0] if c else found)

    values = [left, right] if third is None else [left, right, third]
    takes = [plain(len(value.shape)) for value in values]
    step.macs = rows * units * inner
    return step.compute(product, values, (rows, units), takes=takes)


def _is_row(values: Array) -> bool:
    return max(values.shape[:-1], default=1) == 1


def _is_float(values: Array) -> bool:
    return bool(values.dtype == np.float32)


def _fits(shape: tuple[int, ...], wanted: tuple[int, ...]) -> bool:
    try:
        return np.broadcast_shapes(shape, wanted) == wanted
    except ValueError:
        return False


def _matmul(step: Step) -> Value:
    left, right = step.value(0), step.value(1)
    shape = _product_shape(left.shape, right.shape)
    if shape is None:
        raise InputError(f"matrices of {left.shape} and {right.shape} do not fit", hint="check the size of the input")
    is_layer = isinstance(left, Traced) and isinstance(right, np.ndarray) and right.ndim == 2 and _is_float(right)
    if is_layer and len(left.shape) == 2:
        assert isinstance(left, Traced)
        step.layer = worded("fc", count=shape[-1], settings=(Setting("nobias", "bias", False),))
        return step.add(Dense(np.asarray(right), None), [step.builder.number(left, plain(2))], shape, plain(2))
    step.macs = math.prod(shape) * left.shape[-1]
    takes = [plain(len(left.shape)), plain(len(right.shape))]
    return step.compute(np.matmul, [left, right], shape, takes=takes)


def _product_shape(left: tuple[int, ...], right: tuple[int, ...]) -> tuple[int, ...] | None:
    if not left or not right:
        return None
    rows, columns = (1, *left) if len(left) == 1 else left, (*right, 1) if len(right) == 1 else right
    if rows[-1] != columns[-2]:
        return None
    try:
        outer = np.broadcast_shapes(rows[:-2], columns[:-2])
    except ValueError:
        return None
    kept = (*rows[-2:-1],) * (len(left) > 1), (*columns[-1:],) * (len(right) > 1)
    return (*outer, *kept[0], *kept[1])


OPERATORS: dict[str, Callable[[Step], Any]] = {"Gemm": _gemm, "MatMul": _matmul}
