"""Where a sliding window lands on an image, and how large the result is.

Convolution and pooling move a window over an input in the same way; they differ only in what they do inside it.
This module answers the shared half, in whole numbers: ``cnnkit shape`` prints its answers and the loops take their
bounds from them, so the two cannot disagree.

Standard library only: importing it must stay nearly free.
Source of the size relations: Dumoulin and Visin, "A guide to convolution arithmetic for deep learning",
arXiv:1603.07285.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

from cnnkit.errors import SizeError
from cnnkit.geometry.padding import Padding, PaddingRule, four_sides, padding_rule
from cnnkit.geometry.pair import Pair, brief_text, pair, pair_text

Value = Pair | Padding | int | str | bool


def reach(size: int, dilation: int) -> int:
    """How many samples a window spans along one axis: d(k - 1) + 1.

    >>> reach(3, 1), reach(3, 2)
    (3, 5)
    """
    return dilation * (size - 1) + 1


def output_length(length: int, before: int, after: int, span: int, stride: int, *, ceil: bool = False) -> int:
    """How many times a window of reach `span` lands on `length` samples: floor((P - e) / s) + 1.

    P = `before` + `length` + `after` is the padded length. With `ceil` the last window may hang over the end, but
    one that would start in the padding after the samples is dropped, as ONNX and PyTorch do. The answer is 0 or
    less when the window does not fit.

    >>> output_length(7, 0, 0, span=3, stride=2)
    3
    >>> output_length(6, 0, 0, span=3, stride=2), output_length(6, 0, 0, span=3, stride=2, ceil=True)
    (2, 3)
    """
    room = before + length + after - span
    count = room // stride + 1
    if ceil and room % stride and 0 <= count * stride < before + length:
        count += 1
    return max(count, 0)


@dataclass(frozen=True)
class Window:
    """The moving frame: its size, its stride and its dilation, each (rows, columns).

    >>> Window((3, 3), dilation=(2, 1)).reach
    (5, 3)
    """

    size: Pair
    stride: Pair = (1, 1)
    dilation: Pair = (1, 1)
    reach: Pair = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "size", pair(self.size, "window size"))
        object.__setattr__(self, "stride", pair(self.stride, "stride"))
        object.__setattr__(self, "dilation", pair(self.dilation, "dilation"))
        span = reach(self.size[0], self.dilation[0]), reach(self.size[1], self.dilation[1])
        object.__setattr__(self, "reach", span)


class Setting(NamedTuple):
    """One setting as the layer notation writes it, and the names of files: ``s2``, ``same``, ``p0x1x0x1``."""

    key: str  # as written: s, p, same ...
    target: str  # what it sets: stride, padding ...
    value: Value

    def __str__(self) -> str:
        if isinstance(self.value, bool) or self.value == self.key:
            return self.key
        value = self.value.brief if isinstance(self.value, Padding) else self.value
        return f"{self.key}{brief_text(value) if isinstance(value, tuple) else value}"


def window_settings(
    window: Window, padding: str | Padding, *, is_pool: bool = False, ceil: bool = False
) -> list[Setting]:
    """What differs from the defaults: stride 1 and padding same, or of a pool a stride of its size and padding valid.

    >>> [str(setting) for setting in window_settings(Window((3, 3), (2, 1), (2, 2)), Padding(1, 1, 1, 1))]
    ['s2x1', 'p1', 'd2']
    >>> window_settings(Window((3, 3), (3, 3)), "valid", is_pool=True)
    []
    """
    stride, rule = (window.size, "valid") if is_pool else ((1, 1), "same")
    if isinstance(padding, Padding) and not padding.widest:
        padding = "valid"
    settings = [Setting("s", "stride", window.stride)] if window.stride != stride else []
    if padding != rule:
        settings.append(Setting(padding if isinstance(padding, str) else "p", "padding", padding))
    if ceil:
        settings.append(Setting("ceil", "ceil", True))
    if window.dilation != (1, 1):
        settings.append(Setting("d", "dilation", window.dilation))
    return settings


class Placement(NamedTuple):
    """Where a window lands on an input: the one object that sizes, loops and explanations read."""

    input: Pair  # without padding
    window: Window
    padding: Padding  # resolved to numbers
    output: Pair

    @property
    def padded(self) -> Pair:
        """Rows and columns of the input with its padding."""
        rows, columns = self.input
        return rows + self.padding.top + self.padding.bottom, columns + self.padding.left + self.padding.right

    @property
    def unseen(self) -> Pair:
        """Rows at the bottom and columns at the right of the input that no window looks at.

        >>> place((7, 8), Window((2, 2), stride=(2, 2)), "valid").unseen
        (1, 0)
        """
        return self._unseen(0, self.padding.top), self._unseen(1, self.padding.left)

    @property
    def inside(self) -> tuple[range, range]:
        """The rows and columns of the results whose windows see no padding; all of them where there are none.

        >>> place((7, 8), Window((3, 3)), "same").inside
        (range(1, 6), range(1, 7))
        """
        return self._inside(0, self.padding.top), self._inside(1, self.padding.left)

    def _inside(self, axis: int, before: int) -> range:
        step, span, results = self.window.stride[axis], self.window.reach[axis], self.output[axis]
        last = (self.input[axis] + before - span) // step + 1
        return range(-(-before // step), min(last, results)) or range(results)

    def _unseen(self, axis: int, before: int) -> int:
        end = (self.output[axis] - 1) * self.window.stride[axis] + self.window.reach[axis] - before
        return min(max(self.input[axis] - end, 0), self.input[axis])


def place(size: Pair, window: Window, padding: PaddingRule = "valid", *, ceil: bool = False) -> Placement:
    """Place `window` on an input of `size` (rows, columns); with `ceil` a last window may hang over the end (pooling).

    >>> place((224, 224), Window((3, 3), stride=(2, 2)), "same").output
    (112, 112)
    >>> place((5, 5), Window((3, 3)), "full").output
    (7, 7)
    """
    rows, columns = pair(size, "input size")
    sides = four_sides(padding_rule(padding), (rows, columns), window.reach, window.stride)
    output = (
        output_length(rows, sides.top, sides.bottom, window.reach[0], window.stride[0], ceil=ceil),
        output_length(columns, sides.left, sides.right, window.reach[1], window.stride[1], ceil=ceil),
    )
    placement = Placement((rows, columns), window, sides, output)
    if min(output) < 1:
        spread = f" (spanning {pair_text(window.reach)})" if window.reach != window.size else ""
        raise SizeError(
            f"a window of {pair_text(window.size)}{spread} does not fit an input of {rows}x{columns}, "
            f"{pair_text(placement.padded)} with padding",
            hint=f"use {_cure(window, placement.padded)}, or padding same",
        )
    return placement


def _cure(window: Window, room: Pair) -> str:
    """What would fit into `room`: less dilation, if that is what spreads the window too far, or a smaller window."""
    if window.size[0] <= room[0] and window.size[1] <= room[1]:
        most = [
            min((r - 1) // (k - 1), d) if k > 1 else d
            for r, k, d in zip(room, window.size, window.dilation, strict=True)
        ]
        return f"a dilation of at most {pair_text(most)}"
    return f"a window of at most {pair_text(room)}"
