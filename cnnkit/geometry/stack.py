"""A whole stack of layers: every shape, the parameters, the work and what each layer sees of the input.

Standard library only, so that ``cnnkit shape`` starts at once.
"""

from __future__ import annotations

from typing import NamedTuple

from cnnkit.errors import SizeError
from cnnkit.geometry.layer import LayerShape, lay_out, resolve
from cnnkit.geometry.notation import read_stack
from cnnkit.geometry.receptive_field import ITSELF
from cnnkit.geometry.spec import StackSpec
from cnnkit.geometry.volume import Shape, Vector, Volume, Waveform


class Stack(NamedTuple):
    """An input and the layers laid over it. As text it is the table of ``cnnkit shape``.

    Attributes
    ----------
    input : Volume or Waveform
        (rows, columns, depth), or (samples, rate).
    layers : tuple of LayerShape
        One for each layer, repeats written out.
    """

    input: Volume | Waveform
    layers: tuple[LayerShape, ...]

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
        """Multiply-accumulate operations of all layers for one input; 2 FLOPs each."""
        return sum(step.macs for step in self.layers)

    def expect(self, output: Volume | Vector) -> None:
        """Check that the stack ends in `output`.

        Raises
        ------
        SizeError
            If it does not, with the difference.

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

    def __str__(self) -> str:
        from cnnkit.geometry.table import table

        return table(self)

    def __repr__(self) -> str:
        return str(self)


def lay_out_stack(spec: StackSpec) -> Stack:
    """Lay every layer over the output of the one before it.

    Raises
    ------
    NotationError
        If a layer does not take what flows into it, with its place.
    """
    steps: list[LayerShape] = []
    flowing: Shape = spec.input
    field = None if isinstance(spec.input, Waveform) else ITSELF
    for layer in map(resolve, spec.layers):
        step = lay_out(layer, flowing, field)
        steps.append(step)
        flowing, field = step.output, step.field
    return Stack(spec.input, tuple(steps))


def shape(*words: str) -> Stack:
    """Compute the shape after every layer of a stack, its parameters, MACs and receptive fields.

    Parameters
    ----------
    *words : str
        The input and the layers in the notation of ``cnnkit shape``: each its own text, or several in one text
        with spaces between them. Sizes are in samples, rows before columns.

    Returns
    -------
    Stack
        Frozen; printing it gives the table.

    Raises
    ------
    NotationError
        If a word is not the notation, or a layer does not fit what flows into it. ``error.pointer`` is the line
        with carets under the mistake.

    Notes
    -----
    1 MAC is one multiply and one add, 2 FLOPs. Biases, activations, pooling and batch normalisation are not counted
    as MACs; biases and batch normalisation's scale and shift are counted as parameters. Size relations: Dumoulin and
    Visin, arXiv:1603.07285.

    Examples
    --------
    >>> stack = shape("224x224x3", "conv3-64", "maxpool2")
    >>> stack.output, stack.parameters, stack.macs
    (Volume(rows=112, columns=112, depth=64), 1792, 86704128)
    >>> shape("13x28 conv3-32 maxpool2 flatten fc10")  # doctest: +ELLIPSIS
    layer      output  kernel  stride  padding  parameters     MACs  field  jump
    input     13x28x1       -       -        -           -        -      1     1
    conv3-32  13x28x32    3x3     1x1  1x1x1x1         320  104,832      3     1
    maxpool2  6x14x32     2x2     2x2  0x0x0x0           0        0      4     2
    flatten      2688       -       -        -           0        0    all     -
    fc10           10       -       -        -      26,890   26,880    all     -
    total          10                               27,210  131,712
    <BLANKLINE>
    maxpool2: the last 1 row is never looked at
    maxpool2: Caffe rounds pooling up, to 7x14; write :ceil for it
    ...
    """
    return lay_out_stack(read_stack(words))
