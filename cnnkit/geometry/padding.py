"""How many samples are added around an image, and which samples they copy.

`four_sides` turns a padding word into numbers of samples; `source_index` says which sample of the image each of them
copies. Both work for any width, also wider than the image.

Standard library only. Sources: TensorFlow's SAME (the odd sample goes after), ONNX's auto_pad SAME_UPPER and
SAME_LOWER, and the size relations of Dumoulin and Visin, arXiv:1603.07285. The pad modes are SciPy's and NumPy's:
replicate is SciPy's nearest, symmetric its reflect, reflect its mirror.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

from cnnkit.errors import ArgumentError, unknown_word
from cnnkit.geometry.pair import Pair, brief_text, whole_numbers

PADDING_WORDS = ("same", "same-lower", "valid", "full")
PAD_MODES = ("zero", "replicate", "reflect", "symmetric", "wrap", "constant=V")
OTHER_MODES = {
    **{"zeros": "zero", "fill": "zero", "constant": "zero", "edge": "replicate", "nearest": "replicate"},
    **{"mirror": "reflect", "reflect-101": "reflect", "symm": "symmetric", "circular": "wrap", "periodic": "wrap"},
    **{"grid-mirror": "symmetric", "grid-constant": "zero", "border-constant": "zero", "border-wrap": "wrap"},
    **{"border-reflect": "symmetric", "border-reflect-101": "reflect", "border-reflect101": "reflect"},
}
"""What SciPy, NumPy, PyTorch and OpenCV call pad modes."""


class Padding(NamedTuple):
    """Samples added on each side of an image.

    >>> Padding(0, 1, 0, 1).text
    '0x1x0x1'
    """

    top: int
    bottom: int
    left: int
    right: int

    @property
    def text(self) -> str:
        """The notation that gives this padding again: top x bottom x left x right."""
        return f"{self.top}x{self.bottom}x{self.left}x{self.right}"

    @property
    def brief(self) -> str:
        """The same as briefly as it can be read.

        >>> Padding(1, 1, 1, 1).brief, Padding(1, 1, 2, 2).brief, Padding(0, 1, 0, 1).brief
        ('1', '1x2', '0x1x0x1')
        """
        return brief_text(self.before) if self.is_symmetric else self.text

    @property
    def before(self) -> Pair:
        """Above and on the left."""
        return self.top, self.left

    @property
    def after(self) -> Pair:
        """Below and on the right."""
        return self.bottom, self.right

    @property
    def is_symmetric(self) -> bool:
        """Whether both sides of each axis are alike."""
        return self.top == self.bottom and self.left == self.right

    @property
    def widest(self) -> int:
        """The largest of the four sides; 0 means no padding at all."""
        return max(self.top, self.bottom, self.left, self.right)


PaddingRule = str | int | Sequence[int] | Padding


def padding_rule(value: PaddingRule) -> str | Padding:
    """Read a padding: one of the words, or numbers for every side.

    One number pads all four sides; two are (rows, columns), each for both its sides; four are
    (top, bottom, left, right). Text uses ``x`` between numbers.

    >>> padding_rule("1x2")
    Padding(top=1, bottom=1, left=2, right=2)
    >>> padding_rule("same")
    'same'
    """
    if isinstance(value, Padding) or (isinstance(value, str) and value in PADDING_WORDS):
        return value
    if isinstance(value, str) and value[:1] not in tuple("-([0123456789"):
        mode = OTHER_MODES.get(value, value)
        note = f"{mode} is a pad mode (--pad-mode {mode}, of convolutions): " if mode in PAD_MODES else ""
        hint = f"{note}use {', '.join(PADDING_WORDS)}, 1, 1x2 or 0x1x0x1"
        raise unknown_word("padding", value, PADDING_WORDS, hint=hint, synonyms={"same-upper": "same"})
    hint = "write 1, 1x2 for rows x columns, or 0x1x0x1 for top x bottom x left x right"
    numbers = whole_numbers(value, "padding", least=0, hint=hint)
    if len(numbers) == 1:
        return Padding(*(numbers * 4))
    if len(numbers) == 2:
        return Padding(numbers[0], numbers[0], numbers[1], numbers[1])
    if len(numbers) == 4:
        return Padding(*numbers)
    raise ArgumentError(
        f"padding has {len(numbers)} numbers, not 1, 2 or 4", hint="give top x bottom x left x right, as in 0x1x0x1"
    )


def four_sides(rule: str | Padding, size: Pair, reach: Pair, stride: Pair) -> Padding:
    """Resolve a padding word for an input of `size` under a window of `reach` and `stride`.

    ``same`` adds max((o - 1)s + e - i, 0) samples with o = ceil(i / s), the odd one after; ``same-lower`` puts the
    odd one before; ``full`` adds e - 1 on every side, ``valid`` none.

    >>> four_sides("same", (5, 5), reach=(4, 3), stride=(1, 1))
    Padding(top=1, bottom=2, left=1, right=1)
    """
    if isinstance(rule, Padding):
        return rule
    if rule == "valid":
        return Padding(0, 0, 0, 0)
    if rule == "full":
        return Padding(reach[0] - 1, reach[0] - 1, reach[1] - 1, reach[1] - 1)
    rows = max((-(-size[0] // stride[0]) - 1) * stride[0] + reach[0] - size[0], 0)
    columns = max((-(-size[1] // stride[1]) - 1) * stride[1] + reach[1] - size[1], 0)
    return halves(rule, rows, columns)


def halves(rule: str, rows: int, columns: int) -> Padding:
    """Share out `rows` and `columns` between two sides, the odd one after, or before for ``same-lower``."""
    top, left = (-(-rows // 2), -(-columns // 2)) if rule == "same-lower" else (rows // 2, columns // 2)
    return Padding(top, rows - top, left, columns - left)


class PadMode(NamedTuple):
    """What the added samples hold: a copy of the image's own samples by some rule, or one value.

    >>> pad_mode("constant=0.5")
    PadMode(word='constant', value=0.5)
    """

    word: str
    value: float = 0.0

    @property
    def is_constant(self) -> bool:
        """Whether the padding holds one value, instead of copies of samples."""
        return self.word == "constant"


def pad_mode(value: str | PadMode) -> PadMode:
    """Read a pad mode: zero, replicate, reflect, symmetric, wrap or constant=V, V finite."""
    if isinstance(value, PadMode):
        return value
    word, equals, number = str(value).partition("=")
    if word == "zero" and not equals:
        return PadMode("constant", 0.0)
    if word in ("replicate", "reflect", "symmetric", "wrap") and not equals:
        return PadMode(word)
    if word == "constant":
        try:
            constant = float(number)
        except ValueError:
            constant = math.nan
        if math.isfinite(constant):
            return PadMode("constant", constant)
        raise ArgumentError(f"pad mode {value!r} needs a finite value", hint="write it as constant=0.5")
    raise unknown_word("pad mode", value, PAD_MODES, synonyms=OTHER_MODES)


def source_index(position: int, length: int, mode: PadMode) -> int:
    """Which of `length` samples is copied to `position`, at any distance outside; -1 for the constant.

    replicate ``aaa|abcd|ddd``, reflect ``dcb|abcd|cba``, symmetric ``cba|abcd|dcb``, wrap ``bcd|abcd|abc``.

    >>> [source_index(p, 4, pad_mode("reflect")) for p in range(-3, 7)]
    [3, 2, 1, 0, 1, 2, 3, 2, 1, 0]
    >>> source_index(-1, 4, pad_mode("zero"))
    -1
    """
    if 0 <= position < length:
        return position
    if mode.word == "constant":
        return -1
    if mode.word == "replicate":
        return 0 if position < 0 else length - 1
    if mode.word == "wrap":
        return position % length
    # Mirrored: there and back again, with the edge repeated (symmetric) or not (reflect).
    period, repeat = (2 * length, 1) if mode.word == "symmetric" else (max(2 * length - 2, 1), 0)
    turned = position % period
    return turned if turned < length else period - repeat - turned
