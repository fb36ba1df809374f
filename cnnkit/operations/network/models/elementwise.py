"""Functions of each value by itself: activations, and those of mathematics."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from cnnkit.arrays import Array
from cnnkit.data.network.graph import Activate
from cnnkit.errors import InputError
from cnnkit.operations.network import functions
from cnnkit.operations.network.models.builder import Step, Traced, Value
from cnnkit.operations.network.models.orders import in_memory, laid
from cnnkit.operations.network.models.words import worded


def _activation(kind: str, *defaults: tuple[str, float], word: str = "") -> Callable[[Step], Value]:
    def lower(step: Step) -> Value:
        numbers = tuple(float(step.attribute(name, default)) for name, default in defaults)
        return activated(step, kind, numbers, word)

    return lower


def activated(step: Step, kind: str, numbers: tuple[float, ...] = (), word: str = "") -> Value:
    """A function of `functions.ACTIVATIONS`; `word` is that of its row."""
    value = step.value()
    step.layer = worded(word) if word else None
    if isinstance(value, np.ndarray) or value.dtype != "float32":
        function = functions.ACTIVATIONS[kind]

        def applied(x: Array) -> Array:
            out = np.empty_like(x)
            function(x, out, *numbers)
            return out

        return step.compute(applied, [value], value.shape, step.order(value))
    return step.add(Activate(kind, numbers), [value.number], value.shape, value.order)


def _clip(step: Step) -> Value:
    value = step.value()
    if step.opset < 11:
        low, high = (step.attribute(name, number) for name, number in (("min", -math.inf), ("max", math.inf)))
    else:
        low, high = (
            float(step.constant(number, "limits").reshape(())) if step.has(number) else limit
            for number, limit in ((1, -math.inf), (2, math.inf))
        )
    if isinstance(value, Traced) and value.dtype == "float32":
        is_relu = low == 0 and high == math.inf
        return activated(step, "relu" if is_relu else "clip", () if is_relu else (low, high), "relu" if is_relu else "")
    return step.compute(lambda x: np.clip(x, low, high).astype(x.dtype), [value], value.shape, step.order(value))


def _prelu(step: Step) -> Value:
    value, slope = step.traced(), step.constant(1, "slopes")
    order = step.order(value)
    slopes = laid(raised(slope, len(value.shape)), order)
    sizes = in_memory(value.shape, order)
    if np.broadcast_shapes(slopes.shape, sizes) != sizes:
        raise InputError(f"slopes of {slope.shape} do not fit {value.shape}", hint="save the model again")
    if max(slopes.shape[:-1], default=1) == 1 and slopes.size in (1, sizes[-1]):
        from cnnkit.geometry.window import Setting

        settings = (Setting("channels", "is_each_channel", True),) if slopes.size > 1 else ()
        step.layer = worded("prelu", settings=settings)
    return step.compute(lambda x: functions.prelu(x, slopes), [value], value.shape, order)


def _unary(function: Callable[[Array], Array], dtype: str | None = None) -> Callable[[Step], Value]:
    def lower(step: Step) -> Value:
        value = step.value()
        return step.compute(lambda x: typed(function(x), x, dtype), [value], value.shape, step.order(value), dtype)

    return lower


def typed(result: Array, like: Array, dtype: str | None = None) -> Array:
    """A result in a type, or in that of what it was made of."""
    return result.astype(dtype or like.dtype, copy=False)


def _with_number(function: Callable[..., Array], name: str, default: float) -> Callable[[Step], Value]:
    def lower(step: Step) -> Value:
        value, number = step.value(), step.attribute(name, default)
        return step.compute(
            lambda x: typed(function(x, x.dtype.type(number)), x, None), [value], value.shape, step.order(value)
        )

    return lower


def raised(values: Array, rank: int) -> Array:
    """Values with axes of length 1 in front, so that they have so many."""
    return values.reshape((1,) * (rank - values.ndim) + values.shape)


def _gelu(step: Step) -> Value:
    if step.attribute("approximate", "none") == "none":
        return activated(step, "gelu", word="gelu")

    def tanh_form(x: Array) -> Array:
        inner = math.sqrt(2 / math.pi) * (x + 0.044715 * x**3)
        return typed(0.5 * x * (1 + np.tanh(inner)), x, None)

    value = step.value()
    return step.compute(tanh_form, [value], value.shape, step.order(value))


def _swish(step: Step) -> Value:
    alpha = float(step.attribute("alpha", 1.0))
    if alpha == 1:
        return activated(step, "silu", word="silu")
    value = step.value()
    return step.compute(lambda x: typed(x * _sigmoid(alpha * x), x, None), [value], value.shape, step.order(value))


def _sigmoid(x: Array) -> Array:
    shares = np.empty_like(x)
    functions.ACTIVATIONS["sigmoid"](x, shares)
    return shares


def _softplus(x: Array) -> Array:
    return np.logaddexp(x, 0)


def _round(x: Array) -> Array:
    return np.rint(x)


def _leaky(step: Step) -> Value:
    slope = float(step.attribute("alpha", 0.01))
    return activated(step, "leakyrelu", (slope,), "leakyrelu" if math.isclose(slope, 0.01, rel_tol=1e-6) else "")


def _elu(step: Step) -> Value:
    alpha = float(step.attribute("alpha", 1.0))
    return activated(step, "elu", (alpha,), "elu" if alpha == 1 else "")


def _selu(step: Step) -> Value:
    alpha = step.attribute("alpha", 1.6732632423543772)
    gamma = step.attribute("gamma", 1.0507009873554805)
    value = step.value()

    def selu(x: Array) -> Array:
        return typed(gamma * np.where(x > 0, x, alpha * np.expm1(np.minimum(x, 0))), x, None)

    return step.compute(selu, [value], value.shape, step.order(value))


def _shrink(step: Step) -> Value:
    bias, limit, value = step.attribute("bias", 0.0), step.attribute("lambd", 0.5), step.value()

    def shrunk(x: Array) -> Array:
        return typed(np.where(x < -limit, x + bias, np.where(x > limit, x - bias, 0)), x, None)

    return step.compute(shrunk, [value], value.shape, step.order(value))


OPERATORS: dict[str, Callable[[Step], Any]] = {
    "Relu": _activation("relu", word="relu"),
    "LeakyRelu": _leaky,
    "PRelu": _prelu,
    "Clip": _clip,
    "Sigmoid": _activation("sigmoid", word="sigmoid"),
    "HardSigmoid": _activation("hardsigmoid", ("alpha", 0.2), ("beta", 0.5)),
    "HardSwish": _activation("hardswish", word="hardswish"),
    "Tanh": _activation("tanh", word="tanh"),
    "Elu": _elu,
    "Selu": _selu,
    "Celu": _with_number(lambda x, a: np.maximum(x, 0) + np.minimum(a * np.expm1(x / a), 0), "alpha", 1.0),
    "Gelu": _gelu,
    "Swish": _swish,
    "Mish": _unary(lambda x: x * np.tanh(_softplus(x))),
    "Softplus": _unary(_softplus),
    "Softsign": _unary(lambda x: x / (1 + np.abs(x))),
    "ThresholdedRelu": _with_number(lambda x, a: np.where(x > a, x, 0), "alpha", 1.0),
    "Shrink": _shrink,
    "Exp": _unary(np.exp),
    "Log": _unary(np.log),
    "Sqrt": _unary(np.sqrt),
    "Reciprocal": _unary(np.reciprocal),
    "Abs": _unary(np.abs),
    "Neg": _unary(np.negative),
    "Sign": _unary(np.sign),
    "Floor": _unary(np.floor),
    "Ceil": _unary(np.ceil),
    "Round": _unary(_round),
    "Erf": _unary(functions.erf),
    **{name: _unary(getattr(np, name.lower())) for name in ("Sin", "Cos", "Tan", "Sinh", "Cosh")},
    **{f"A{name}": _unary(getattr(np, f"arc{name}")) for name in ("sin", "cos", "tan", "sinh", "cosh", "tanh")},
    "Not": _unary(np.logical_not, "bool"),
    "IsNaN": _unary(np.isnan, "bool"),
}
