"""The shapes of a whole stack of layers, its parameters, its work and its memory."""

from __future__ import annotations

from typing import NamedTuple

from cnnkit.errors import NotationError, unknown_word
from cnnkit.geometry.pair import LARGEST, too_large, whole
from cnnkit.network.layer import LayerShape, resolve
from cnnkit.network.layer_shape import step_shape
from cnnkit.network.notation.spec import StackSpec
from cnnkit.network.volume import LAYOUTS, Shape

VIEWS = ("flatten", "reshape")  # layers that make no values of their own
NUMBER_BYTES = 4  # memory is counted at 32 bits a number


class StackShape(NamedTuple):
    """An input and the shapes of its layers: what tables, explanations, searches and programs are made from."""

    input: Shape
    layers: tuple[LayerShape, ...]
    batch: int = 1
    layout: str = ""
    input_layout: str = ""
    marks: tuple[str, ...] = ()  # mark:NAME behind the input
    end: int = 0  # the layer whose output is that of the stack; 0 for the last

    @property
    def is_graph(self) -> bool:
        """Whether a layer takes anything but the output of the one before it."""
        return any(step.wire.sources != (number,) for number, step in enumerate(self.layers))

    @property
    def output(self) -> Shape:
        """The final shape: (rows, columns, depth), or (values,) after flatten, fc and global pooling."""
        return self.layers[self.end - 1].output if self.layers else self.input

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
    def held(self) -> tuple[int, list[int]]:
        """The layer during which most values are held at once for one input, and the numbers of those that are held.

        While a layer computes, its inputs and its output are held, and whatever a later layer takes. Layers run in the
        order of their words; flatten and reshape hold what they are given.
        """
        values = [self.input.values, *(step.output.values for step in self.layers)]
        owner = [0]  # the layer whose values are the output of each
        last = [0] * len(values)  # the last layer that needs them
        for number, step in enumerate(self.layers, start=1):
            owner.append(owner[step.wire.sources[0]] if step.layer.name in VIEWS else number)
            for source in (*step.wire.sources, number):
                last[owner[source]] = number
        most, found, waiting = 0, (0, [0]), [0]
        for number in range(1, len(values)):
            waiting = [one for one in waiting if last[one] >= number] + [number] * (owner[number] == number)
            if (size := sum(values[one] for one in waiting)) > most:
                most, found = size, (number, waiting)
        return found

    @property
    def held_values(self) -> int:
        """The most values that are held at once in a forward pass, for the whole batch."""
        values = [self.input.values, *(step.output.values for step in self.layers)]
        return self.batch * sum(values[number] for number in self.held[1])

    @property
    def activation_bytes(self) -> int:
        """Memory of the activations at 32 bits each: what training keeps of one forward pass."""
        return NUMBER_BYTES * self.activations

    @property
    def parameter_bytes(self) -> int:
        """Memory of the weights and biases at 32 bits each."""
        return NUMBER_BYTES * self.parameters


def stack_shape(spec: StackSpec, *, batch: int = 1, layout: str = "", input_layout: str = "") -> StackShape:
    """Compute the shape after every layer, each from the outputs that it takes: in a chain, of the one before it."""
    if whole(batch, "batch") > LARGEST:
        raise too_large("batch", batch)
    if layout and layout not in LAYOUTS:
        raise unknown_word("layout", layout, LAYOUTS, synonyms={"channels-first": "nchw", "channels-last": "nhwc"})
    steps: list[LayerShape] = []
    try:
        _take_steps(spec, steps)
    except NotationError as error:
        from cnnkit.network.input_sizes import hinted

        raise hinted(error, spec.layers[len(steps)], spec, lambda other: _take_steps(other, [])) from None
    return StackShape(spec.input, tuple(steps), batch, layout, input_layout, spec.wiring[0].marks)


def _take_steps(spec: StackSpec, steps: list[LayerShape]) -> None:
    """Add the shape of each layer to `steps`, until one does not fit."""
    for layer, wire in zip(map(resolve, spec.layers), spec.wiring[1:], strict=True):
        steps.append(step_shape(layer, wire, spec.input, steps))
