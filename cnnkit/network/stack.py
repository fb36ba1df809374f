"""A whole stack of layers: every shape, the parameters, the work and what each layer sees of the input.

Standard library only, so that ``cnnkit shape`` starts at once.
"""

from __future__ import annotations

from typing import NamedTuple

from cnnkit.errors import ArgumentError, SizeError, unknown_word
from cnnkit.geometry.pair import LARGEST, whole
from cnnkit.network.layer import LayerShape, lay_out, resolve
from cnnkit.network.notation.spec import StackSpec
from cnnkit.network.receptive_field import ITSELF
from cnnkit.network.volume import LAYOUTS, Shape, Vector, Volume, Waveform

BYTES = 4
"""Of a number of 32 bits."""


class StackShape(NamedTuple):
    """An input and the layers laid over it.

    Attributes
    ----------
    input : Volume or Waveform
        (rows, columns, depth), or (samples, rate).
    layers : tuple of LayerShape
        One for each layer, repeats written out.
    batch : int
        How many inputs go through at once.
    layout : str
        How shapes are printed: empty for rows x columns x depth, ``nhwc`` or ``nchw`` with the batch before it.
    """

    input: Volume | Waveform
    layers: tuple[LayerShape, ...]
    batch: int = 1
    layout: str = ""

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
        """Numbers that come out of all layers for the whole batch, with the input; flatten makes no new ones."""
        made = sum(step.output.values for step in self.layers if step.layer.name != "flatten")
        return self.batch * (self.input.values + made)

    @property
    def activation_bytes(self) -> int:
        """What they take at 32 bits each: what training keeps of one forward pass."""
        return BYTES * self.activations

    @property
    def parameter_bytes(self) -> int:
        """What weights and biases take at 32 bits each."""
        return BYTES * self.parameters

    @property
    def notation(self) -> str:
        """The stack in words that give it again.

        >>> from cnnkit import shape
        >>> shape("28x28 conv3x3-8 x2").notation
        '28x28x1 conv3-8 conv3-8'
        """
        return str(StackSpec(self.input, tuple(step.layer.spec for step in self.layers)))

    def expect(self, output: Volume | Vector) -> None:
        """Check that the stack ends in `output`.

        Raises
        ------
        SizeError
            If it does not, with the difference.

        >>> from cnnkit import shape
        >>> shape("224x224x3 conv3-64 maxpool2").expect(Volume(112, 112, 64))
        """
        if self.output == output and type(self.output) is type(output):
            return
        differences = "; ".join(
            f"{name} {got}, not {wanted}"
            for name, got, wanted in zip(output._fields, self.output, output, strict=False)
            if got != wanted and type(self.output) is type(output)
        )
        raise SizeError(f"the stack ends in {self.output.text}, not in {output.text}", hint=differences)


def lay_out_stack(spec: StackSpec, *, batch: int = 1, layout: str = "") -> StackShape:
    """Lay every layer over the output of the one before it.

    Raises
    ------
    NotationError
        If a layer does not take what flows into it, with its place.
    ArgumentError
        If the batch is below 1 or the layout unknown.
    """
    whole(batch, "batch", least=1)
    if batch > LARGEST:
        raise ArgumentError(f"batch {batch} is too large to be meant", hint=f"the largest is {LARGEST}")
    if layout and layout not in LAYOUTS:
        raise unknown_word("layout", layout, LAYOUTS)
    steps: list[LayerShape] = []
    flowing: Shape = spec.input
    field = None if isinstance(spec.input, Waveform) else ITSELF
    for layer in map(resolve, spec.layers):
        step = lay_out(layer, flowing, field)
        steps.append(step)
        flowing, field = step.output, step.field
    return StackShape(spec.input, tuple(steps), batch, layout)
