"""Where a transposed convolution lands, and how large its result is.

It is the convolution of ``geometry.window`` with input and output exchanged: each input sample is spread over a
window of the output, so padding cuts the result down instead of adding to the input.

Standard library only: importing it must stay nearly free.
Source of the size relation: Dumoulin and Visin, "A guide to convolution arithmetic for deep learning",
arXiv:1603.07285; of ``same``: TensorFlow's conv2d_transpose; of output padding: PyTorch's ConvTranspose2d.
"""

from __future__ import annotations

from math import gcd
from typing import NamedTuple

from cnnkit.errors import ArgumentError, SizeError
from cnnkit.geometry.padding import Padding, PaddingRule, halves, padding_rule
from cnnkit.geometry.pair import Pair, PairLike, pair, pair_text
from cnnkit.geometry.window import Window

SAME = ("same", "same-lower")


class Phase(NamedTuple):
    """The results along one axis that meet the same taps of the kernel, as a convolution of stride 1.

    A stride of s makes s phases: result t belongs to phase (t + before) mod s, and input y reaches it through tap a
    only if t + before = s * y + d * a. Results that no input reaches belong to none.
    """

    taps: slice  # of the kernel; the convolution takes them in reverse order
    dilation: int  # in samples of the input, between two of these taps
    input: slice  # the samples they meet
    before: int  # zeros to add around those
    after: int
    output: slice  # the results


class TransposedPlacement(NamedTuple):
    """Input samples spread over an output."""

    input: Pair
    window: Window
    padding: Padding  # cut off the result, resolved to numbers
    output_padding: Pair  # added at the bottom and at the right
    output: Pair

    @property
    def phases(self) -> tuple[tuple[Phase, ...], tuple[Phase, ...]]:
        """The convolutions that compute it: each phase of the rows with each of the columns.

        >>> rows, _ = place_transposed((7, 7), Window((3, 3), stride=(2, 2)), "valid").phases
        >>> [(phase.taps, phase.output) for phase in rows]
        [(slice(0, 3, 2), slice(0, 15, 2)), (slice(1, 2, 2), slice(1, 14, 2))]
        """
        return self._phases(0, self.padding.top), self._phases(1, self.padding.left)

    def _phases(self, axis: int, before: int) -> tuple[Phase, ...]:
        size, stride, dilation = self.window.size[axis], self.window.stride[axis], self.window.dilation[axis]
        length, end = self.input[axis], self.output[axis] + before
        common = gcd(stride, dilation)
        step, spacing = stride // common, dilation // common
        found: list[Phase] = []
        for first in range(min(step, size)):  # the tap that leads the phase; those `step` further on follow it
            last = first + (size - 1 - first) // step * step
            # Result t + before = s * q + residue; tap `first` brings it input q - delay.
            delay, residue = divmod(first * dilation, stride)
            span = (last - first) // step * spacing
            low = max(-(-(before - residue) // stride), delay)
            high = min((end - 1 - residue) // stride, delay + span + length - 1)
            if low > high:
                continue
            # The windows begin at input low - delay - span and end at high - delay.
            begin, finish = low - delay - span, high - delay + 1
            found.append(
                Phase(
                    slice(first, last + 1, step),
                    spacing,
                    slice(max(begin, 0), min(finish, length)),
                    max(-begin, 0),
                    max(finish - length, 0),
                    slice(stride * low + residue - before, stride * high + residue - before + 1, stride),
                )
            )
        return tuple(found)


def place_transposed(
    size: Pair, window: Window, padding: PaddingRule = "same", output_padding: PairLike = 0
) -> TransposedPlacement:
    """Spread an input of `size` (rows, columns) through `window`.

    o = s(i - 1) + e - before - after + op, with the reach e = d(k - 1) + 1. Padding is what is cut off: ``same`` gives
    o = s * i, as TensorFlow does: max(e - s, 0) is cut off, the odd sample after (before, for ``same-lower``), and
    max(s - e, 0) added at the end; ``valid`` cuts nothing off; ``full`` has no agreed meaning here. Several input sizes
    convolve to one output size; the output padding op says which of them is wanted back.

    >>> place_transposed((7, 7), Window((2, 2), stride=(2, 2))).output
    (14, 14)
    >>> place_transposed((7, 7), Window((3, 3), stride=(2, 2)), "valid").output
    (15, 15)
    """
    rule, wanted = padding_rule(padding), pair(output_padding, "output padding", least=0)
    if rule == "full":
        raise ArgumentError("padding full is for convolutions", hint="use valid, which gives the full transposed size")
    if isinstance(rule, str) and rule in SAME:
        if any(wanted):
            raise ArgumentError(
                f"padding {rule} already fixes the size; output padding cannot change it",
                hint="leave output padding out, or give the padding in numbers: 1, in a stack of layers :p1",
            )
        rows, columns = (span - step for span, step in zip(window.reach, window.stride, strict=True))
        sides = halves(rule, max(rows, 0), max(columns, 0))
        added = max(-rows, 0), max(-columns, 0)
    else:
        sides = rule if isinstance(rule, Padding) else Padding(0, 0, 0, 0)
        added = _checked(wanted, window)
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
                hint="use a smaller output padding, or a larger stride",
            )
    return output_padding
