"""A model as a network: its operators, one after the other, as operations on images that stand channels last."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from typing import Any

import numpy as np

from cnnkit import memory
from cnnkit.data.network.graph import Activate, Compute, Graph, Network
from cnnkit.data.network.model import Model, ModelNode
from cnnkit.errors import ArgumentError, CnnkitError, InputError, printable
from cnnkit.network.stack import StackShape
from cnnkit.network.volume import UNKNOWN, Shape, Vector, Volume
from cnnkit.operations.network.models.builder import Builder, Step, Traced, Unknown, Value, place
from cnnkit.operations.network.models.inputs import sized
from cnnkit.operations.network.models.operators import (
    LEARNED,
    ON_VALUES,
    OPERATORS,
    is_known,
    needed,
    unknown_hint,
    unknown_operators,
    unknown_text,
)
from cnnkit.operations.network.models.orders import IMAGE, image_order, in_memory, plain
from cnnkit.operations.network.models.rows import Row, laid_out
from cnnkit.operations.network.models.words import worded

OLDEST = 7
"""The first version of the operators whose sums and products broadcast as today's."""

_SILENT = ("Identity", "Cast")
"""They have no row where they change nothing."""

_GATES = {("sigmoid", ()): "silu", ("hardsigmoid", (1 / 6, 0.5)): "hardswish"}
"""What an activation becomes that is multiplied by what it was given."""

_FAULTS = (ValueError, IndexError, TypeError, KeyError, ArithmeticError, AttributeError, AssertionError, MemoryError)
"""What contradictory settings of a damaged file lead to."""


def lower(model: Model, size: Shape | None = None, *, batch: int = 1) -> Network:
    """The network of a model, for an input of this size where the model leaves its sides open.

    Parameters
    ----------
    model : Model
        As `cnnkit.files.network.onnx.read_model` gives it.
    size : Volume, Vector or Waveform, optional
        Rows, columns and depth of the image, or the values or samples.
    batch : int
        How many images at once, where the model leaves it open.

    Returns
    -------
    Network
        Its output is the model's first one; an image stands as (n, rows, columns, depth).

    Raises
    ------
    InputError
        If the model has an operator that is not known, or contradicts itself.
    SizeError
        If the size does not fit.

    Examples
    --------
    >>> from cnnkit.data.network.model import ModelValue
    >>> node = ModelNode("Relu", "", "", ("x",), ("y",), {})
    >>> values = ModelValue("x", (1, 3, 8, 9)), ModelValue("y", (1, 3, 8, 9))
    >>> lower(Model("small", 21, values[:1], values[1:], (node,), {})).graph.nodes[0].shape
    (1, 8, 9, 3)
    """
    made = _Lowering(model, size, batch, is_lenient=False)
    graph = Graph(made.builder.stored, tuple(made.builder.nodes), made.output)
    return Network(made.stack, graph, (0, *made.numbers))


def model_stack(model: Model, size: Shape | None = None) -> StackShape:
    """The table of a model; what stands behind an operator that is not known is unknown, and the rest is counted."""
    return _Lowering(model, size, 1, is_lenient=True).stack


class _Lowering:
    """One model on its way to a network."""

    def __init__(self, model: Model, size: Shape | None, batch: int, *, is_lenient: bool) -> None:
        self.model, self.is_lenient = model, is_lenient
        self._check()
        start, shape, order = sized(model, size, batch)
        self.batch = shape[0]
        known = sum(array.nbytes for array in model.constants.values())
        source = Traced(0, shape, order)
        self.builder = Builder(source, in_memory(shape, order), known)
        self.is_image_first = order == IMAGE
        self.values: dict[str, Value | Unknown | None] = {**model.constants}
        used = next(value for value in model.inputs if self._is_taken(value.name))
        self.values[used.name] = self._typed(source, used.dtype)
        self.rows: list[Row] = []
        self.numbers: list[int] = []
        self.counted: set[str] = set()
        self.uses = Counter(name for node in model.nodes for name in node.inputs)
        self.uses.update(value.name for value in model.outputs)
        self._run()
        self.output, end = self._end()
        self.stack = laid_out(start, self.rows, end)

    def _is_taken(self, name: str) -> bool:
        return any(name in node.inputs for node in self.model.nodes) or len(self.model.inputs) == 1

    def _check(self) -> None:
        model = self.model
        if model.opset < OLDEST:
            raise InputError(
                f"the model has operators of version {model.opset}, and those from {OLDEST} on are read",
                hint="convert it with onnx.version_converter, or export it anew",
            )
        if not self.is_lenient and (found := unknown_operators(model)):
            raise InputError(
                f"cnnkit does not have the operator {unknown_text(model, found)}",
                hint=unknown_hint(found[0][1]),
            )

    def _typed(self, source: Traced, dtype: str) -> Traced:
        """The input in the type of the model; images come as float32."""
        if dtype == "float32":
            return source
        cast = Compute("Cast", lambda x: x.astype(dtype))
        number = self.builder.add(cast, (0,), self.builder.stored, "Cast", dtype)
        return source._replace(number=number, dtype=dtype)

    def _run(self) -> None:
        for number, node in needed(self.model):
            try:
                self._take(node)
            except CnnkitError as error:
                error.problem = f"{place(node, number, len(self.model.nodes))}: {error.problem}"
                if isinstance(error, ArgumentError):  # an argument of the file, and not of the command
                    raise InputError(error.problem, error.hint) from None
                raise
            except _FAULTS as error:
                what = f"{place(node, number, len(self.model.nodes))} cannot be computed: {printable(str(error))[:80]}"
                raise InputError(what, hint="check the size of the input, or save the model again") from None

    def _take(self, node: ModelNode) -> None:
        given = [self.values[name] if name else None for name in node.inputs]
        if node.op == "Mul" and not node.domain and (gate := self._gate(node, given)):
            self.values[node.outputs[0]] = gate
            return
        known = [value for value in given if not isinstance(value, Unknown)]
        sources = tuple(value.row for value in given if isinstance(value, Traced | Unknown))
        if not is_known(node) or len(known) < len(given):
            outputs: list[Any] = [self._said(node, name) for name in node.outputs]
            step = None
        else:
            step = Step(node, known, self.model.opset, self.builder)
            with np.errstate(all="ignore"):
                made = OPERATORS[node.op](step)
            outputs = made if isinstance(made, list) else [made]
        parameters = self._parameters(node, given) if not all(isinstance(one, np.ndarray) for one in outputs) else 0
        for name, value in zip(node.outputs, outputs, strict=False):
            is_same = node.op in _SILENT and any(value is one for one in given)
            self.values[name] = value
            if name and not is_same and not isinstance(value, np.ndarray):
                self._add(node, step, sources, value, parameters)
                self.values[name], parameters = value._replace(row=len(self.rows)), 0
        for name in node.outputs[len(outputs) :]:
            if name:
                raise InputError(f"its output {len(outputs) + 1} is not computed", hint="export the model without it")

    def _gate(self, node: ModelNode, given: Sequence[Any]) -> Traced | None:
        """X times a sigmoid of x, which is used for nothing else: the activation silu, in its place."""
        for (name, value), other in zip(zip(node.inputs, given, strict=True), given[::-1], strict=True):
            if not isinstance(value, Traced) or not isinstance(other, Traced) or not value.number:
                continue
            made, is_alone = self.builder.nodes[value.number - 1], self.uses[name] == 1
            if not isinstance(made.operation, Activate) or made.inputs != (other.number,) or not is_alone:
                continue
            numbers = tuple(round(number, 6) for number in made.operation.numbers)
            kinds = {(kind, tuple(round(n, 6) for n in known)): gate for (kind, known), gate in _GATES.items()}
            gate = kinds.get((made.operation.kind, numbers))
            if gate and value.order == other.order and self.numbers[value.row - 1] == value.number:
                self.builder.nodes[value.number - 1] = made._replace(operation=Activate(gate))
                self.rows[value.row - 1] = self.rows[value.row - 1]._replace(name=gate, layer=worded(gate))
                return value
        return None

    def _said(self, node: ModelNode, name: str) -> Traced | Unknown:
        """An output that is not computed, of the shape that the file says, if it does."""
        shape = self.model.shapes.get(name)
        if shape and isinstance(shape[0], str | None):
            shape = (self.batch, *shape[1:])
        sizes = [side for side in shape or () if isinstance(side, int)]
        if not shape or len(sizes) < len(shape):
            return Unknown()
        order = image_order(len(sizes)) if len(sizes) == 4 and self.is_image_first else plain(len(sizes))
        stored = in_memory(sizes, order)
        return Traced(self.builder.add(Compute(node.op, _not_computed), (0,), stored, node.op), tuple(sizes), order)

    def _add(
        self, node: ModelNode, step: Step | None, sources: tuple[int, ...], value: Traced | Unknown, parameters: int
    ) -> None:
        """A row for a value."""
        layer = step.layer if step else None
        output: Shape = UNKNOWN
        if isinstance(value, Traced):
            stored = self.builder.shape(value.number)
            output = _shape(stored, self.batch)
            if not self.is_lenient:
                memory.check(4 * math.prod(stored), f"the output of {node.op}", "use a smaller input")
        sources = sources if layer is not None and layer.spec.name in ("add", "cat") else tuple(dict.fromkeys(sources))
        macs = step.macs if step else 0
        name = printable(node.op)[:40] or "operator"
        keeps_place = node.op in ON_VALUES or node.op in ("Cast", "BatchNormalization", "LRN", "Dropout")
        self.rows.append(Row(name, layer, sources, output, parameters, macs // max(self.batch, 1), keeps_place))
        self.numbers.append(value.number if isinstance(value, Traced) else 0)

    def _parameters(self, node: ModelNode, given: Sequence[Any]) -> int:
        """How many numbers of its constants are learned; of a constant that several operators take, once."""
        if node.op not in LEARNED and is_known(node):
            return 0
        total = 0
        learned = 3 if node.op == "BatchNormalization" else None  # not the statistics
        for name, value in zip(node.inputs[:learned], given, strict=False):
            is_learned = isinstance(value, np.ndarray) and value.dtype == np.float32 and value.size > 1
            if is_learned and name not in self.counted:
                self.counted.add(name)
                total += int(value.size)
        return total

    def _end(self) -> tuple[int, int]:
        """The first output: the number of its value, and its row."""
        value = self.values.get(self.model.outputs[0].name)
        if isinstance(value, Unknown):
            return 0, value.row
        if not isinstance(value, Traced) or not self.rows:
            raise InputError("the output of the model does not depend on its input", hint="check the model")
        order = plain(len(value.shape))
        if len(value.shape) == 4 and (self.is_image_first or value.order == IMAGE):
            order = IMAGE
        number = self.builder.number(value, order)
        row = max(value.row, 1)
        if number != value.number:
            self.numbers[row - 1] = number
            self.rows[row - 1] = self.rows[row - 1]._replace(output=_shape(self.builder.shape(number), self.batch))
        return number, row


def _not_computed(*_: Any) -> Any:
    raise InputError("this operator is not computed", hint="docs/models.md lists the operators")


def _shape(stored: Sequence[int], batch: int) -> Shape:
    """What a table says of a value of this shape in memory."""
    rest = tuple(stored[1:]) if stored and stored[0] == batch else tuple(stored)
    if len(rest) == 3:
        return Volume(*rest)
    if len(rest) == 2 and len(stored) == 3:
        return Volume(1, *rest)
    return Vector(math.prod(rest))
