"""Functions of each value by itself, and sums and products of arrays whose shapes are broadcast.

Where a constant is one number a channel, the operation is a scale and an offset of channels, as batch normalisation is.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from cnnkit.arrays import Array
from cnnkit.data.network.graph import Activate, Add, Scale
from cnnkit.errors import InputError
from cnnkit.operations.network import functions
from cnnkit.operations.network.models.builder import Step, Traced, Value
from cnnkit.operations.network.models.orders import Order, Sizes, in_memory, laid, plain
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
    slopes = laid(_raised(slope, len(value.shape)), order)
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
        return step.compute(lambda x: _typed(function(x), x, dtype), [value], value.shape, step.order(value), dtype)

    return lower


def _typed(result: Array, like: Array, dtype: str | None) -> Array:
    return result.astype(dtype or like.dtype, copy=False)


def _with_number(function: Callable[..., Array], name: str, default: float) -> Callable[[Step], Value]:
    def lower(step: Step) -> Value:
        value, number = step.value(), step.attribute(name, default)
        return step.compute(
            lambda x: _typed(function(x, x.dtype.type(number)), x, None), [value], value.shape, step.order(value)
        )

    return lower


def _raised(values: Array, rank: int) -> Array:
    return values.reshape((1,) * (rank - values.ndim) + values.shape)


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
            found.append(_raised(value, rank))
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
            return _typed(function(a, b), a, None)

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
        return step.compute(lambda a, b: _typed(function(a, b), a, dtype), values, shape, order, dtype)

    return lower


def _where(step: Step) -> Value:
    values, shape, order = broadcast(step, [step.value(number) for number in range(3)])
    dtype = values[1].dtype
    return step.compute(np.where, values, shape, order, dtype if isinstance(dtype, str) else dtype.name)


def _mod(step: Step) -> Value:
    function = np.fmod if step.attribute("fmod", 0) else np.mod
    return _compared(function, None)(step)


def _gelu(step: Step) -> Value:
    if step.attribute("approximate", "none") == "none":
        return activated(step, "gelu", word="gelu")

    def tanh_form(x: Array) -> Array:
        inner = math.sqrt(2 / math.pi) * (x + 0.044715 * x**3)
        return _typed(0.5 * x * (1 + np.tanh(inner)), x, None)

    value = step.value()
    return step.compute(tanh_form, [value], value.shape, step.order(value))


def _swish(step: Step) -> Value:
    alpha = float(step.attribute("alpha", 1.0))
    if alpha == 1:
        return activated(step, "silu", word="silu")
    value = step.value()
    return step.compute(lambda x: _typed(x * _sigmoid(alpha * x), x, None), [value], value.shape, step.order(value))


def _sigmoid(x: Array) -> Array:
    half: Array = np.tanh(x * 0.5) * 0.5 + 0.5
    return half


def _softplus(x: Array) -> Array:
    return np.logaddexp(x, 0)


def _erf(x: Array) -> Array:
    from scipy.special import erf

    found: Array = erf(x)
    return found


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
        return _typed(gamma * np.where(x > 0, x, alpha * np.expm1(np.minimum(x, 0))), x, None)

    return step.compute(selu, [value], value.shape, step.order(value))


def _shrink(step: Step) -> Value:
    bias, limit, value = step.attribute("bias", 0.0), step.attribute("lambd", 0.5), step.value()

    def shrunk(x: Array) -> Array:
        return _typed(np.where(x < -limit, x + bias, np.where(x > limit, x - bias, 0)), x, None)

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
    "Erf": _unary(_erf),
    **{name: _unary(getattr(np, name.lower())) for name in ("Sin", "Cos", "Tan", "Sinh", "Cosh")},
    **{f"A{name}": _unary(getattr(np, f"arc{name}")) for name in ("sin", "cos", "tan", "sinh", "cosh", "tanh")},
    "Not": _unary(np.logical_not, "bool"),
    "IsNaN": _unary(np.isnan, "bool"),
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
