"""The table of a model: a row for each value that is computed, in the notation's words where it has them.

A row whose word gives the same sizes as the operator is the notation's, with its receptive field, parameters and MACs.
The others have a name and their own counts.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

from cnnkit.errors import CnnkitError
from cnnkit.geometry.window import Setting
from cnnkit.network.layer import Layer, LayerShape
from cnnkit.network.layer_shape import field_of, step_shape
from cnnkit.network.named import named_shape
from cnnkit.network.notation.spec import JOINS, Wire
from cnnkit.network.stack import StackShape
from cnnkit.network.volume import Shape
from cnnkit.operations.network.models.words import is_worded, named


class Row(NamedTuple):
    """What is known of a row before it is laid out."""

    name: str  # of the operator
    layer: Layer | None  # in the notation's words
    sources: tuple[int, ...]  # rows that it takes, 0 for the input
    output: Shape
    parameters: int = 0
    macs: int = 0
    keeps_place: bool = False  # whether each value sees what the value at its place saw


def laid_out(start: Shape, rows: Sequence[Row], end: int) -> StackShape:
    """The rows as a stack, with marks where they branch; row `end` is its output."""
    wires, marks = _wires(rows)
    steps: list[LayerShape] = []
    for row, (wire, names) in zip(rows, wires, strict=True):
        steps.append(_step(row, wire, names, start, steps))
    return StackShape(start, tuple(steps), marks=marks, end=0 if end == len(rows) else end)


def _step(row: Row, wire: Wire, names: tuple[str, ...], start: Shape, steps: list[LayerShape]) -> LayerShape:
    layer = row.layer
    if layer is not None and layer.spec.name in JOINS:
        shapes = [steps[n - 1].output if n else start for n in wire.sources]
        if len({*wire.sources}) < len(wire.sources) or not _joins(layer.spec.name, shapes, row.output):
            layer = None
        else:
            settings = tuple(Setting(name, "mark", name) for name in names)
            layer = layer._replace(spec=layer.spec._replace(settings=settings))
    if layer is not None and is_worded(layer):
        try:
            step = step_shape(layer, wire, start, steps)
        except CnnkitError:
            pass
        else:
            if step.output == row.output:
                return step
    layer = layer if layer is not None and layer.spec.word.text == row.name else named(row.name)
    if len(wire.sources) > 1:
        layer = named(":".join((row.name, *names)))
    before = [(steps[n - 1].output, steps[n - 1].field) if n else (start, field_of(start)) for n in wire.sources]
    return named_shape(
        layer, before, row.output, wire, parameters=row.parameters, macs=row.macs, keeps_place=row.keeps_place
    )


def _joins(name: str, shapes: Sequence[Shape], output: Shape) -> bool:
    """Whether the notation's join of these makes such an output."""
    if any(type(shape) is not type(output) for shape in shapes):
        return False
    if name == "add":
        return all(shape == output for shape in shapes)
    return all(shape[:-1] == output[:-1] for shape in shapes) and sum(shape[-1] for shape in shapes) == output[-1]


def _wires(rows: Sequence[Row]) -> tuple[list[tuple[Wire, tuple[str, ...]]], tuple[str, ...]]:
    """The wire of each row with the names that it joins, and the marks behind the input."""
    times = Counter(source for row in rows for source in row.sources)
    marked: set[int] = set()
    found: list[tuple[Wire, tuple[str, ...]]] = []
    for number, row in enumerate(rows):  # the number of the row before it, too
        current = number if number in row.sources or not row.sources else row.sources[0]
        others = [source for source in row.sources if source != current]
        is_cat = row.layer is not None and row.layer.spec.name == "cat"
        names = [_name(source) for source in others]
        if is_cat and row.sources[0] != current:
            names = ["." if source == current else _name(source) for source in row.sources]
        marked.update(others)
        start = ""
        if current != number and row.sources:
            marked.add(current)
            start = f"from:{_name(current)}"
        is_shared = any(times[source] > 1 for source in row.sources)
        found.append((Wire(row.sources or (0,), start, is_shared), tuple(names)))
    wires = [
        (wire._replace(marks=(f"mark:{_name(number)}",)) if number in marked else wire, names)
        for number, (wire, names) in enumerate(found, start=1)
    ]
    return wires, ("mark:in",) if 0 in marked else ()


def _name(number: int) -> str:
    return f"r{number}" if number else "in"
