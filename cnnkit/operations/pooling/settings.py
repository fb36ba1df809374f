"""The settings of a pooling, read and checked before any image is touched."""

from __future__ import annotations

from functools import lru_cache
from math import isfinite
from numbers import Real
from typing import NamedTuple, cast

from cnnkit.errors import ArgumentError, nearest, unknown_word
from cnnkit.geometry.padding import Padding, PaddingRule, padding_rule
from cnnkit.geometry.pair import Pair, PairLike, pair, pair_text
from cnnkit.geometry.window import Placement, Window, place
from cnnkit.operations.pooling.merge import KEPT, LONG, Windows, adaptive, moved

KINDS = {"max": "max", "average": "avg", "min": "min", "lp": "lp", "median": "median"}
"""What is kept of a window, and its word in the names of files."""

OTHER_WORDS = {"mean": "average", "avg": "average", "maximum": "max", "minimum": "min"}
"""What other tools say."""

NAN_WORDS = ("propagate", "ignore")
GLOBAL = "global"


class Pooling(NamedTuple):
    """What is asked of a pooling, read and checked, whatever image it will be given.

    Attributes
    ----------
    window : Window or None
        None for windows as large as the image, and for bins.
    bins : (int, int) or None
        How many results an adaptive pooling gives; (1, 1) for a global one.
    """

    window: Window | None
    kind: str
    padding: str | Padding = "valid"
    ceil: bool = False
    count_padding: bool = False
    bins: Pair | None = None
    p: float = 2
    nan: str = "propagate"
    is_global: bool = False

    @property
    def name(self) -> str:
        """What it does, in the words of file names: maxpool2, avgpool3x2s1, globalavgpool.

        >>> read_pooling(2).name, read_pooling("3x2", stride=1, kind="average").name
        ('maxpool2', 'avgpool3x2s1')
        >>> read_pooling("global", kind="average").name, read_pooling(adaptive=7).name
        ('globalavgpool', 'adaptivemaxpool7')
        """
        word = KINDS[self.kind] + (f"{self.p:g}" if self.kind == "lp" and self.p != 2 else "") + "pool"
        if self.window is None:
            return f"global{word}" if self.is_global else f"adaptive{word}{_short(cast(Pair, self.bins))}"
        size, stride = self.window.size, self.window.stride
        return word + _short(size) + ("" if stride == size else f"s{_short(stride)}")

    def place(self, size: Pair) -> Placement | None:
        """Where the window lands on an image of `size` (rows, columns); None for bins.

        Raises
        ------
        SizeError
            If it does not fit.
        """
        return None if self.window is None else place(size, self.window, self.padding, ceil=self.ceil)

    def windows(self, size: Pair) -> Windows:
        """What lies under each window of an image of `size`."""
        is_long = max(size) >= LONG or (self.bins is not None and max(self.bins) >= LONG)
        return _windows.__wrapped__(self, size) if is_long else _windows(self, size)


@lru_cache(maxsize=KEPT)
def _windows(asked: Pooling, size: Pair) -> Windows:
    placement = asked.place(size)
    if placement is None:
        return adaptive(size, cast(Pair, asked.bins))
    return moved(placement, count_padding=asked.count_padding)


def _short(value: Pair) -> str:
    return str(value[0]) if value[0] == value[1] else pair_text(value)


def read_pooling(
    size: PairLike | None = None,
    *,
    stride: PairLike | None = None,
    kind: str = "max",
    padding: PaddingRule = "valid",
    ceil: bool = False,
    count_padding: bool = False,
    dilation: PairLike = 1,
    adaptive: PairLike | None = None,
    p: float = 2,
    nan: str = "propagate",
) -> Pooling:
    """Read and check the settings of `pool`; see there."""
    settings = (size, stride, kind, padding, ceil, count_padding, dilation, adaptive, p, nan)
    try:
        return _read_again(*settings)
    except TypeError:  # a list, which is read anew each time
        return _read(*settings)


def _read(
    size: PairLike | None,
    stride: PairLike | None,
    kind: str,
    padding: PaddingRule,
    ceil: bool,
    count_padding: bool,
    dilation: PairLike,
    adaptive: PairLike | None,
    p: float,
    nan: str,
) -> Pooling:
    _one_of("kind of pooling", kind, tuple(KINDS))
    _one_of("word for nan", nan, NAN_WORDS)
    if count_padding and kind != "average":
        raise ArgumentError("only an average can count padding", hint="do not count padding, or pool the average")
    if not isinstance(p, Real) or not isfinite(p) or p <= 0:
        raise ArgumentError(f"p {p!r} is not a number above 0", hint="use 1, 2, 3 ..., or max pooling for infinity")
    if kind != "lp" and p != 2:
        raise ArgumentError(f"p belongs to lp pooling, not to {kind} pooling", hint="leave p out, or use lp pooling")
    if size is None and adaptive is None:
        raise ArgumentError("neither size nor adaptive is given", hint="give size 2, size global or adaptive 7x7")
    common = {"kind": kind, "p": p, "nan": nan}
    is_global = isinstance(size, str) and size == GLOBAL
    if is_global or adaptive is not None:
        if not is_global and size is not None:
            raise ArgumentError(
                "size and adaptive exclude each other", hint="give size for windows, or adaptive for so many results"
            )
        if adaptive is not None and is_global:
            raise ArgumentError("size global and adaptive exclude each other", hint="give one of them")
        moved = stride is not None or padding != "valid" or ceil or count_padding or dilation not in (1, "1", (1, 1))
        if moved:
            what = "size global" if is_global else "adaptive"
            raise ArgumentError(
                f"{what} sets the windows itself: stride, padding, ceil, count_padding and dilation do not go with it",
                hint="leave them out, or give the size of a window",
            )
        bins = (1, 1) if adaptive is None else pair(adaptive, "adaptive")
        return Pooling(None, bins=bins, is_global=is_global, **common)
    if isinstance(size, str) and not any(letter.isdigit() for letter in size):
        near = nearest(size.lower(), [GLOBAL])
        hint = f"did you mean {GLOBAL}?" if near else f"write it as 2, as 2x3 for rows x columns, or as {GLOBAL}"
        raise ArgumentError(f"window size {size!r} is not whole numbers", hint=hint)
    window_size = pair(cast(PairLike, size), "window size")
    window = Window(window_size, window_size if stride is None else pair(stride, "stride"), pair(dilation, "dilation"))
    return Pooling(window, padding=padding_rule(padding), ceil=ceil, count_padding=count_padding, **common)


_read_again = lru_cache(maxsize=KEPT, typed=True)(_read)
"""Reading takes longer than pooling a small image."""


def _one_of(what: str, word: str, words: tuple[str, ...]) -> None:
    if not isinstance(word, str) or word not in words:
        raise unknown_word(what, word, words, synonyms=OTHER_WORDS)
