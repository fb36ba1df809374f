"""The graph under construction: values that are known, values that are computed, and what one operator of a model does.

What depends on constants alone is computed at once, so that shapes which a model calculates are numbers here.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np

from cnnkit.arrays import Array
from cnnkit.data.network.graph import Compute, Node, Operation, Reshape
from cnnkit.data.network.model import ModelNode
from cnnkit.errors import ArgumentError, InputError, printable, quoted
from cnnkit.geometry.pair import LARGEST
from cnnkit.network.layer import Layer
from cnnkit.operations.network.models.orders import (
    Order,
    Sizes,
    image_order,
    in_memory,
    laid,
    moves_nothing,
    plain,
    reordered,
)

LEAST_KNOWN_BYTES = 1 << 28
"""Which constants may take that are computed from others; more where the file holds more."""


MOST_SETTINGS = 1 << 16
"""Numbers in a constant that says how to compute."""

_SAVE = "save the model again"


class Traced(NamedTuple):
    """A value that the network computes."""

    number: int  # of the graph
    shape: Sizes  # in the order of the file
    order: Order
    dtype: str = "float32"
    row: int = 0  # of the table


class Unknown(NamedTuple):
    """A value behind an operator that we do not have."""

    row: int = 0


Known = Array
Value = Known | Traced


class Builder:
    """The nodes so far. The graph's first value is the input."""

    def __init__(self, source: Traced, stored: Sizes, known_bytes: int) -> None:
        self.source, self.stored = source, stored
        self.nodes: list[Node] = []
        self.found: dict[tuple[int, Order, Order], int] = {}
        self.left = max(LEAST_KNOWN_BYTES, 8 * known_bytes)

    def add(self, operation: Operation, takes: Sequence[int], stored: Sizes, name: str, dtype: str = "float32") -> int:
        """Add a node whose output has this shape in memory; the number of the value."""
        self.nodes.append(Node(operation, tuple(takes), stored, name, dtype))
        return len(self.nodes)

    def shape(self, number: int) -> Sizes:
        """The shape in memory of a value."""
        return self.nodes[number - 1].shape if number else self.stored

    def number(self, value: Traced, order: Order) -> int:
        """The value in another order, by a node that moves it where it does not stand so."""
        if value.order == order:
            return value.number
        key = (value.number, value.order, order)
        if key not in self.found:
            stored, before = in_memory(value.shape, order), value.order
            operation: Operation = Reshape()
            if not moves_nothing(value.shape, before, order):
                operation = Compute("transpose", lambda x: reordered(x, before, order))
            self.found[key] = self.add(operation, (value.number,), stored, "transpose", value.dtype)
        return self.found[key]

    def spend(self, n_bytes: int) -> None:
        """Count bytes of constants that are computed; an InputError if they become absurdly many."""
        self.left -= n_bytes
        if self.left < 0:
            raise InputError(
                "its constants take far more memory than the model's file", hint="check where the model came from"
            )


class Step:
    """One operator of a model: what it takes, and ways to say what it does."""

    def __init__(self, node: ModelNode, inputs: Sequence[Value | None], opset: int, builder: Builder) -> None:
        self.node, self.inputs, self.opset, self.builder = node, list(inputs), opset, builder
        self.layer: Layer | None = None  # its row in the words of the notation, if there is one
        self.macs = 0

    def attribute(self, name: str, default: Any = None) -> Any:
        """An attribute, or what it is where the file has none; an InputError if it is of another kind than that."""
        value = self.node.attributes.get(name, default)
        if default is not None and isinstance(value, int | float) and isinstance(default, int | float):
            return value
        if default is not None and type(value) is not type(default):
            raise InputError(f"its {name} is {quoted(str(value))}, not as {quoted(str(default))}", _SAVE)
        return value

    def has(self, number: int) -> bool:
        """Whether an input is given."""
        return number < len(self.inputs) and self.inputs[number] is not None

    def value(self, number: int = 0) -> Value:
        """An input that must be given."""
        if not self.has(number):
            raise InputError(f"its input {number + 1} is missing", hint=_SAVE)
        found = self.inputs[number]
        assert found is not None
        return found

    def traced(self, number: int = 0, rank: int | None = None) -> Traced:
        """An input as a value of the graph, also a constant; of so many axes."""
        value = self.value(number)
        if isinstance(value, np.ndarray):
            value = self.computed_constant(value)
        if rank is not None and len(value.shape) != rank:
            raise InputError(f"it takes {rank} axes, and its input has {len(value.shape)}", hint=_SAVE)
        return value

    def computed_constant(self, values: Known) -> Traced:
        """A constant as a value of the graph, for the rare operator on an image that takes one."""
        order = plain(values.ndim)
        constant = Compute("constant", lambda _: values)
        number = self.builder.add(constant, (0,), values.shape, "constant", values.dtype.name)
        return Traced(number, values.shape, order, values.dtype.name)

    def constant(self, number: int, what: str, default: Any = None) -> Known:
        """An input that has to be a constant, as it decides shapes or is prepared at loading."""
        if not self.has(number):
            return np.asarray(default) if default is not None else np.asarray(self.value(number))
        value = self.value(number)
        if not isinstance(value, np.ndarray):
            raise self.varies(what)
        return value

    def integers(self, number: int, what: str, default: Sequence[int] | None = None) -> list[int]:
        """A constant input as whole numbers."""
        values = self.constant(number, what, default)
        if values.size > MOST_SETTINGS or values.dtype.kind not in "buif":
            raise InputError(f"its {what} are {values.size:,} values of {values.dtype}", hint=_SAVE)
        return [int(one) for one in values.ravel()]

    def varies(self, what: str) -> ArgumentError:
        """The error for what depends on the image, and may not."""
        return ArgumentError(f"its {what} depend on the values of the image", hint="export the model with a fixed size")

    def unsupported(self, what: str, hint: str = "") -> ArgumentError:
        """The error for a setting that is not computed."""
        hint = hint or "export the model with a setting that cnnkit has; docs/models.md lists the operators"
        return ArgumentError(f"{what} is not supported", hint)

    def axis(self, value: Value | Sequence[int], axis: int) -> int:
        """An axis counted from the front."""
        rank = len(value if isinstance(value, list) else value.shape)  # type: ignore[union-attr]
        if not -rank <= axis < rank:
            raise InputError(f"its axis {axis} is none of {rank}", hint=_SAVE)
        return axis % rank

    def order(self, *values: Value | None) -> Order:
        """The order in which values of one rank are best taken: that of the largest that is computed."""
        found = [value for value in values if isinstance(value, Traced)]
        rank = max(len(value.shape) for value in values if value is not None)
        full = [value for value in found if len(value.shape) == rank]
        if not full:
            return plain(rank)
        return max(full, key=lambda value: (math.prod(value.shape), value.order != plain(rank))).order

    def image(self, value: Traced) -> int:
        """The number of an image, channels last."""
        return self.builder.number(value, image_order(len(value.shape)))

    def check(self, shape: Sequence[int]) -> Sizes:
        """A shape, if it can be one."""
        sizes = tuple(int(side) for side in shape)
        if any(side < 0 or side > LARGEST for side in sizes) or math.prod(sizes) >= 1 << 48 or len(sizes) > 32:
            raise InputError(f"its result would be {'x'.join(map(str, sizes))}", hint="check the size of the input")
        return sizes

    def add(
        self, operation: Operation, takes: Sequence[int], shape: Sequence[int], order: Order, dtype: str = "float32"
    ) -> Traced:
        """Add an operation; its result has this shape in the order of the file."""
        sizes = self.check(shape)
        number = self.builder.add(operation, takes, in_memory(sizes, order), self.node.op, dtype)
        return Traced(number, sizes, order, dtype)

    def compute(
        self,
        function: Callable[..., Array],
        values: Sequence[Value],
        shape: Sequence[int],
        order: Order | None = None,
        dtype: str | None = None,
        takes: Sequence[Order] | None = None,
    ) -> Value:
        """Compute a function of values in an order, or in one each (`takes`), at once where all are constants.

        Its result stands in `order`.
        """
        sizes = self.check(shape)
        order = plain(len(sizes)) if order is None else order
        takes = [order] * len(values) if takes is None else takes
        if all(isinstance(value, np.ndarray) for value in values):
            self.builder.spend(8 * math.prod(sizes))
            result = function(*(laid(value, one) for value, one in zip(values, takes, strict=True)))  # type: ignore[arg-type]
            found = _kept(reordered(np.asarray(result), order, plain(len(sizes))), dtype)
            if found.shape != sizes:
                raise InputError(f"its result is {found.shape} in place of {sizes}", hint=_SAVE)
            return found
        bound: list[Any] = []
        numbers: list[int] = []
        for value, one in zip(values, takes, strict=True):
            if isinstance(value, np.ndarray):
                bound.append(laid(value, one))
            else:
                bound.append(None)
                numbers.append(self.builder.number(value, one))
        kept = next(value for value in values if isinstance(value, Traced))
        function = _silent(function)
        return self.add(Compute(self.node.op, _bound(function, bound)), numbers, sizes, order, dtype or kept.dtype)

    def place(self, number: int, total: int) -> str:
        """Where it stands: LSTM (node 'lstm_3', 17th of 40)."""
        return place(self.node, number, total)


def place(node: ModelNode, number: int, total: int) -> str:
    """Where a node stands in its model, for an error.

    >>> place(ModelNode("LSTM", "", "lstm_3", (), (), {}), 2, 40)
    "LSTM (node 'lstm_3', 2nd of 40)"
    """
    ending = "th" if number % 100 in (11, 12, 13) else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    name = f"node {quoted(node.name)}, " if node.name else ""
    domain = f" of {printable(node.domain)}" if node.domain else ""
    return f"{printable(node.op)[:40]}{domain} ({name}{number}{ending} of {total})"


def _silent(function: Callable[..., Array]) -> Callable[..., Array]:
    """The function without NumPy's warnings: infinities are numbers of models like any other."""

    def called(*given: Array) -> Array:
        with np.errstate(all="ignore"):
            return function(*given)

    return called


def _bound(function: Callable[..., Array], found: Sequence[Any]) -> Callable[..., Array]:
    """The function of what is computed alone, the constants in their places."""
    if all(one is None for one in found):
        return function

    def called(*given: Array) -> Array:
        waiting = iter(given)
        return function(*(next(waiting) if one is None else one for one in found))

    return called


def _kept(values: Array, dtype: str | None) -> Array:
    """A constant in the type that it has in a model; no doubles."""
    if dtype is not None:
        return values.astype(dtype, copy=False)
    return values.astype(np.float32) if values.dtype == np.float64 else values
