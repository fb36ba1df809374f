"""A stack of layers as the user has it: read from words, printed, explained, solved, written as a program."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cnnkit.errors import SizeError, unknown_word
from cnnkit.geometry.pair import counted
from cnnkit.network.notation.expansion import read_stack
from cnnkit.network.notation.reading import read_output
from cnnkit.network.notation.spec import StackSpec, Wire
from cnnkit.network.stack import StackShape, stack_shape
from cnnkit.network.text.table import table, table_html
from cnnkit.network.volume import INPUT_LAYOUTS, Volume

if TYPE_CHECKING:
    from cnnkit.network.notation.expansion import Files
    from cnnkit.network.volume import Vector
    from cnnkit.network.wanted import Solutions


class Stack(StackShape):
    """An input and the shapes of its layers. Printing it gives the table of ``cnnkit shape``, as does a notebook.

    Attributes
    ----------
    input : Volume, Vector or Waveform
        (rows, columns, depth), (values,), or (samples, rate).
    layers : tuple of LayerShape
        One for each layer, repeats written out.
    batch : int
        How many inputs are computed at once.
    layout : str
        How shapes are printed: empty for rows x columns x depth, ``nhwc`` or ``nchw`` with the batch before it.
    input_layout : str
        How the input was read: ``hwc`` or ``chw``; empty for ``hwc``, unless it looks otherwise.
    """

    @property
    def notation(self) -> str:
        """The stack in words that give it again; their input is rows x columns x depth.

        >>> shape("28x28 conv3x3-8 x2").notation
        '28x28x1 conv3-8 conv3-8'
        """
        wires = (Wire(marks=self.marks), *(step.wire for step in self.layers))
        return str(StackSpec(self.input, tuple(step.layer.spec for step in self.layers), wires))

    def expect(self, output: Volume | Vector | str) -> None:
        """Check that the stack ends in `output`, as in "7x7x512".

        Raises
        ------
        SizeError
            If it does not, with the difference.

        >>> shape("224x224x3 conv3-64 maxpool2").expect("112x112x64")
        """
        if isinstance(output, str):
            output = read_output(output)
        is_alike = type(self.output) is type(output)
        if is_alike and self.output == output:
            return
        differences = "; ".join(
            f"{name} {got}, not {wanted}"
            for name, got, wanted in zip(output._fields, self.output, output, strict=False)
            if is_alike and got != wanted
        )
        hint = differences
        if is_alike and output == (self.output[-1], *self.output[:-1]):
            hint = f"write {self.output.text}: rows x columns x depth"
        elif isinstance(self.output, Volume) and output.values in (self.output.values, self.output.depth):
            layer = "flatten" if output.values == self.output.values else "gap"
            hint = differences or f"end the stack in {layer}, which makes {counted(output.values, 'value')} of it"
        raise SizeError(f"the stack ends in {self.output.text}, not in {output.text}", hint)

    def explain(self) -> str:
        """Every number written out: symbols, numbers, value and the source of the relation."""
        from cnnkit.network.text.explanation import explanation

        return explanation(self)

    def want(self, rows: int, columns: int) -> Solutions:
        """The choices for the last layer that reach `rows` x `columns`, simplest first.

        Raises
        ------
        SizeError
            If none does within the bounds that are searched.
        NotationError
            If the last layer has no window to choose.
        ArgumentError
            If the size cannot be read, or the stack has no layer.

        >>> shape("224x224x3 conv3-64").want(112, 112).choices[0].text
        'conv3-64:s2'
        """
        from cnnkit.network.wanted import solve

        return solve(self, (rows, columns))

    def code(self, framework: str) -> str:
        """The stack as a program for ``torch`` or ``keras`` that prints its output shape and its parameters.

        Raises
        ------
        ArgumentError
            If there is no such framework, or it has no such layer.
        """
        from cnnkit.network.code.program import code

        return code(self, framework)

    def __str__(self) -> str:
        return table(self)

    def __repr__(self) -> str:
        return str(self)

    def _repr_html_(self) -> str:
        return table_html(self)


def shape(*words: str, batch: int = 1, layout: str = "", input_layout: str = "", files: Files | None = None) -> Stack:
    """Compute the shape after every layer of a stack, its parameters, MACs and receptive fields.

    Parameters
    ----------
    *words : str
        The input and the layers in the notation of ``cnnkit shape``: each its own text, or several in one text
        with spaces between them. Sizes are in samples, rows before columns.
    batch : int
        How many inputs are computed at once: shapes begin with it, MACs and memory are for all of them.
    layout : str
        How the table prints shapes: ``nhwc`` or ``nchw``; without one, rows x columns x depth, after the batch if
        it is not 1.
    input_layout : str
        The order of the input's numbers, or of the axes of an array in a file: ``hwc``, rows x columns x depth, or
        ``chw``, depth x rows x columns. Without one it is ``hwc``; an input that looks depth first is then refused,
        or gets a note.
    files : Files, optional
        Reader for files named in the stack, such as ``cnnkit.files.stacks.StackFiles``; by default none is read.

    Returns
    -------
    Stack
        Frozen; printing it gives the table.

    Raises
    ------
    NotationError
        If a word is not in the notation, or a layer does not fit its input. ``error.pointer`` is the line with carets
        under the mistake.
    ArgumentError
        If the batch is below 1 or a layout unknown.

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
    total          10       -       -        -      27,210  131,712      -     -
    <BLANKLINE>
    activations 14,710 values = 58.8 kB, parameters 108.8 kB, at 32 bits each
    <BLANKLINE>
    maxpool2: the last 1 row is never looked at
    maxpool2: Caffe rounds pooling up, to 7x14; write :ceil for it
    ...
    """
    if input_layout and input_layout not in INPUT_LAYOUTS:
        raise unknown_word("input layout", input_layout, INPUT_LAYOUTS)
    spec = read_stack(words, files, input_layout)
    return Stack(*stack_shape(spec, batch=batch, layout=layout, input_layout=input_layout))
