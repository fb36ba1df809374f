"""The operators of ONNX that are known, and what is said of others."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any

from cnnkit.data.network.model import Model, ModelNode
from cnnkit.errors import printable
from cnnkit.operations.network.models import (
    broadcasting,
    convolutions,
    dense,
    elementwise,
    moving,
    normalisations,
    reductions,
    resizing,
    shapes,
)
from cnnkit.operations.network.models.builder import Step, place

OPERATORS: dict[str, Callable[[Step], Any]] = {}
for _theme in (broadcasting, convolutions, dense, elementwise, moving, normalisations, reductions, resizing, shapes):
    OPERATORS |= _theme.OPERATORS

LEARNED = {
    *(convolutions.OPERATORS.keys() & {"Conv", "ConvTranspose"}), *dense.OPERATORS, *normalisations.OPERATORS,
    "Add", "Sub", "Mul", "Div", "Sum", "PRelu",
}  # fmt: skip
"""The operators whose constants are learned; those of others are settings."""

ON_VALUES = elementwise.OPERATORS.keys() | broadcasting.OPERATORS.keys()
"""Each value of their results sees what stood at its place."""


def is_known(node: ModelNode) -> bool:
    """Whether an operator is computed."""
    return not node.domain and node.op in OPERATORS


def needed(model: Model) -> list[tuple[int, ModelNode]]:
    """The operators that the outputs of a model depend on, with their places, counted from 1."""
    wanted = {value.name for value in model.outputs}
    found = []
    for number, node in reversed([*enumerate(model.nodes, start=1)]):
        if not wanted.isdisjoint(node.outputs):
            wanted.update(node.inputs)
            found.append((number, node))
    return found[::-1]


def unknown_operators(model: Model) -> list[tuple[int, ModelNode]]:
    """The operators of a model that are needed and not known, with their places."""
    return [(number, node) for number, node in needed(model) if not is_known(node)]


def unknown_text(model: Model, found: Sequence[tuple[int, ModelNode]]) -> str:
    """The first of them with its place, and how many others there are."""
    first, *others = found
    text = place(first[1], first[0], len(model.nodes))
    if not others:
        return text
    counts = Counter(printable(node.op)[:40] for _, node in others)
    more = ", ".join(f"{name} x{count}" if count > 1 else name for name, count in counts.most_common(8))
    return f"{text} and {len(others)} more: {more}" + ", ..." * (len(counts) > 8)


def unknown_hint(node: ModelNode) -> str:
    """What to do about an operator that is not known."""
    if node.op in ("If", "Loop", "Scan"):
        return "export the model without branches and loops; cnnkit shape counts the rest of it"
    if "Linear" in node.op or node.op.endswith("Integer"):
        return "export the model with float weights; cnnkit shape counts the rest of it"
    return "cnnkit shape counts the rest of the model; docs/models.md lists the operators"
