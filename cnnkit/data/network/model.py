"""A model as its file has it: named values, the operators between them, and constants. Nothing of it is run here."""

from __future__ import annotations

from typing import Any, NamedTuple

from cnnkit.arrays import Array

Sides = tuple[int | str | None, ...]
"""Lengths of the axes of a value; a name or None where the length is open."""


class ModelValue(NamedTuple):
    """An input or an output of a model."""

    name: str
    shape: Sides | None  # None where the file does not say how many axes there are
    dtype: str = "float32"

    @property
    def text(self) -> str:
        """Its shape in the order of the file, a question mark for an open side.

        >>> ModelValue("image", (None, 3, 224, 224)).text
        '?x3x224x224'
        """
        if self.shape is None:
            return "of unknown shape"
        return "x".join(str(side) if isinstance(side, int) else "?" for side in self.shape) or "a single number"


class ModelNode(NamedTuple):
    """One operator; an input that is left out has an empty name."""

    op: str
    domain: str  # empty for ONNX's own
    name: str
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    attributes: dict[str, Any]


class Model(NamedTuple):
    """A model: its nodes stand in an order in which they can be computed."""

    name: str
    opset: int  # the version of ONNX's own operators
    inputs: tuple[ModelValue, ...]  # without the constants
    outputs: tuple[ModelValue, ...]
    nodes: tuple[ModelNode, ...]
    constants: dict[str, Array]
    shapes: dict[str, Sides] = {}  # noqa: RUF012  # that the file says of values between operators; never changed

    @property
    def weights(self) -> int:
        """Numbers in all constants of floats."""
        return sum(array.size for array in self.constants.values() if array.dtype.kind == "f")

    def __repr__(self) -> str:
        """In brief, as it may have millions of numbers."""
        takes, gives = (", ".join(f"{one.name} {one.text}" for one in values) for values in (self.inputs, self.outputs))
        sizes = f"{len(self.nodes)} operators, {self.weights:,} weights, opset {self.opset}"
        return f"Model({self.name}: {takes} -> {gives}; {sizes})"
