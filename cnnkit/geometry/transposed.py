"""Where a transposed convolution lands, and how large its result is.

It is the convolution of ``geometry.window`` with input and output exchanged: each input sample is spread over a
window of the output, so padding cuts the result down instead of adding to the input.

Standard library only: importing it must stay nearly free.
Source of the size relation: Dumoulin and Visin, "A guide to convolution arithmetic for deep learning",
arXiv:1603.07285; of ``same``: TensorFlow's conv2d_transpose; of output padding: PyTorch's ConvTranspose2d.
"""

from __future__ import annotations

from typing import NamedTuple

from cnnkit.errors import ArgumentError, SizeError
from cnnkit.geometry.padding import Padding, PaddingRule, padding_rule
from cnnkit.geometry.pair import Pair, pair_text
from cnnkit.geometry.window import Window

SAME = ("same", "same-lower")


class TransposedPlacement(NamedTuple):
    """Input samples spread over an output.

    Attributes
    ----------
    input : (rows, columns)
    window : Window
    padding : Padding
        Samples cut off on each side of the result, resolved to numbers.
    output_padding : (rows, columns)
        Samples added at the bottom and at the right.
    output : (rows, columns)
    """

    input: Pair
    window: Window
    padding: Padding
    output_padding: Pair
    output: Pair


def place_transposed(
    size: Pair, window: Window, padding: PaddingRule = "same", output_padding: Pair = (0, 0)
) -> TransposedPlacement:
    """Spread an input of `size` (rows, columns) through `window`.

    o = s(i - 1) + e - before - after + op, with the reach e = d(k - 1) + 1.

    Parameters
    ----------
    size : (int, int)
    window : Window
    padding : str, int, (int, int) or (int, int, int, int)
        What is cut off. ``same`` gives o = s * i, as TensorFlow does: max(e - s, 0) is cut off, the odd sample
        after (before, for ``same-lower``), and max(s - e, 0) added at the end. ``valid`` cuts nothing off.
    output_padding : (int, int)
        op: several input sizes convolve to one output size; this says which of them is wanted back.

    Raises
    ------
    ArgumentError
        If the output padding is not below stride or dilation, or stands beside ``same``, or the padding is ``full``,
        which has no agreed meaning here.
    SizeError
        If more is cut off than there is.

    Examples
    --------
    >>> place_transposed((7, 7), Window((2, 2), stride=(2, 2))).output
    (14, 14)
    >>> place_transposed((7, 7), Window((3, 3), stride=(2, 2)), "valid").output
    (15, 15)
    """
    rule = padding_rule(padding)
    if rule == "full":
        raise ArgumentError("padding full is for convolutions", hint="use valid, which gives the full transposed size")
    if rule in SAME:
        if any(output_padding):
            raise ArgumentError(
                f"padding {rule} already fixes the size, so output padding has no place",
                hint="leave output padding out, or give the padding in numbers, as in :p1",
            )
        excess = [span - step for span, step in zip(window.reach, window.stride, strict=True)]
        rows, columns = (max(samples, 0) for samples in excess)
        sides = Padding(rows // 2, rows - rows // 2, columns // 2, columns - columns // 2)
        if rule == "same-lower":
            sides = Padding(sides.bottom, sides.top, sides.right, sides.left)
        added = max(-excess[0], 0), max(-excess[1], 0)
    else:
        sides = rule if isinstance(rule, Padding) else Padding(0, 0, 0, 0)
        added = _checked(output_padding, window)
    whole = _spread(size, window, added, 0), _spread(size, window, added, 1)
    output = whole[0] - sides.top - sides.bottom, whole[1] - sides.left - sides.right
    if min(output) < 1:
        raise SizeError(
            f"padding {sides.text} cuts off all of the {pair_text(whole)} there are", hint="use less padding, or same"
        )
    return TransposedPlacement(size, window, sides, added, output)


def _spread(size: Pair, window: Window, added: Pair, axis: int) -> int:
    return window.stride[axis] * (size[axis] - 1) + window.reach[axis] + added[axis]


def _checked(output_padding: Pair, window: Window) -> Pair:
    for added, step, dilation in zip(output_padding, window.stride, window.dilation, strict=True):
        if added and added >= max(step, dilation):
            bound = f"the stride {step}" + (f" or the dilation {dilation}" if dilation > 1 else "")
            raise ArgumentError(
                f"output padding {added} is not below {bound}",
                hint="it tells apart the sizes that a stride makes equal: use a smaller one, or a larger stride",
            )
    return output_padding
