"""The shapes of a whole stack of layers, its parameters, its work and its memory."""

from __future__ import annotations

from typing import NamedTuple

from cnnkit.errors import unknown_word
from cnnkit.geometry.pair import LARGEST, too_large, whole
from cnnkit.network.layer import LayerShape, resolve
from cnnkit.network.layer_shape import layer_shape
from cnnkit.network.notation.spec import StackSpec
from cnnkit.network.receptive_field import ITSELF
from cnnkit.network.volume import LAYOUTS, Shape, Volume

VIEWS = ("flatten", "reshape")  # layers that make no values of their own
NUMBER_BYTES = 4  # memory is counted at 32 bits a number


class StackShape(NamedTuple):
    """An input and the shapes of its layers: what tables, explanations, searches and programs are made from."""

    input: Shape
    layers: tuple[LayerShape, ...]
    batch: int = 1
    layout: str = ""
    input_layout: str = ""

    @property
    def output(self) -> Shape:
        """The final shape: (rows, columns, depth), or (values,) after flatten, fc and global pooling."""
        return self.layers[-1].output if self.layers else self.input

    @property
    def parameters(self) -> int:
        """Weights and biases of all layers."""
        return sum(step.parameters for step in self.layers)

    @property
    def macs(self) -> int:
        """Multiply-accumulate operations of all layers for the whole batch; 2 FLOPs each."""
        return self.batch * sum(step.macs for step in self.layers)

    @property
    def activations(self) -> int:
        """Values of the input and of every layer's output, but flatten's and reshape's, for the whole batch."""
        made = sum(step.output.values for step in self.layers if step.layer.name not in VIEWS)
        return self.batch * (self.input.values + made)

    @property
    def activation_bytes(self) -> int:
        """Memory of the activations at 32 bits each: what training keeps of one forward pass."""
        return NUMBER_BYTES * self.activations

    @property
    def parameter_bytes(self) -> int:
        """Memory of the weights and biases at 32 bits each."""
        return NUMBER_BYTES * self.parameters


def stack_shape(spec: StackSpec, *, batch: int = 1, layout: str = "", input_layout: str = "") -> StackShape:
    """Compute the shape after every layer, each from the output of the one before it."""
    if whole(batch, "batch") > LARGEST:
        raise too_large("batch", batch)
    if layout and layout not in LAYOUTS:
        raise unknown_word("layout", layout, LAYOUTS, synonyms={"channels-first": "nchw", "channels-last": "nhwc"})
    steps: list[LayerShape] = []
    shape: Shape = spec.input
    field = ITSELF if isinstance(shape, Volume) else None
    for layer in map(resolve, spec.layers):
        step = layer_shape(layer, shape, field)
        steps.append(step)
        shape, field = step.output, step.field
    return StackShape(spec.input, tuple(steps), batch, layout, input_layout)
