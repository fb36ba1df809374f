"""The settings of a pooling, read and checked before any image is touched."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache, wraps
from math import isfinite
from numbers import Real
from typing import Any, NamedTuple, ParamSpec

from cnnkit.errors import ArgumentError, nearest, unknown_word
from cnnkit.geometry.padding import Padding, PaddingRule, padding_rule
from cnnkit.geometry.pair import Pair, PairLike, brief_text, pair
from cnnkit.geometry.window import Window, place, window_settings
from cnnkit.operations.holes import NO_HOLES, Holes, read_holes
from cnnkit.operations.pooling.windows import (
    CACHED_SIZES,
    MAX_CACHED_WINDOWS,
    Windows,
    adaptive_windows,
    sliding_windows,
)

KINDS = {"max": "max", "average": "avg", "min": "min", "lp": "lp", "median": "median"}
"""The types of pooling, and their words in file names."""

SYNONYMS = {"mean": "average", "avg": "average", "maximum": "max", "minimum": "min"}  # what other tools call them
GLOBAL = "global"


class Pooling(NamedTuple):
    """The checked settings of a pooling, whatever image it will be given."""

    kind: str
    window: Window | None = None  # None for global and adaptive pooling
    bins: Pair | None = None  # how many results an adaptive pooling gives
    padding: str | Padding = "valid"
    ceil: bool = False
    count_padding: bool = False
    p: float = 2
    holes: Holes = NO_HOLES

    @property
    def is_global(self) -> bool:
        """Whether there is one window, as large as the image."""
        return self.window is None and self.bins is None

    @property
    def keeps_type(self) -> bool:
        """Whether results are samples of the image, in its type."""
        return self.kind in ("max", "min", "median")

    @property
    def keywords(self) -> dict[str, Any]:
        """The settings as keywords of `pool`; a global pooling gives one result.

        >>> read_pooling("global").keywords
        {'kind': 'max', 'p': 2, 'adaptive': (1, 1)}
        """
        kind, window = {"kind": self.kind, "p": self.p}, self.window
        if window is None:
            return {**kind, "adaptive": self.bins or (1, 1)}
        sizes = {"size": window.size, "stride": window.stride, "dilation": window.dilation, "padding": self.padding}
        return {**kind, **sizes, "ceil": self.ceil, "count_padding": self.count_padding}

    @property
    def name(self) -> str:
        """What it does, in the words of file names: those of the layer notation, with hyphens.

        >>> read_pooling(2).name, read_pooling("3x2", stride=1, kind="average", padding=1).name
        ('maxpool2', 'avgpool3x2-s1-p1')
        >>> read_pooling("global", kind="average").name, read_pooling("global", kind="min").name
        ('gap', 'globalminpool')
        >>> read_pooling(adaptive="7x5").name
        'maxpool-to7x5'
        """
        power = repr(float(self.p)).removesuffix(".0") if self.kind == "lp" and self.p != 2 else ""
        word = f"{KINDS[self.kind]}{power}pool"
        if self.bins is not None:
            return f"{word}-to{brief_text(self.bins)}"
        if self.window is None:
            return {"maxpool": "gmp", "avgpool": "gap"}.get(word, f"global{word}")
        settings = window_settings(self.window, self.padding, is_pool=True, ceil=self.ceil)
        return "-".join([word + brief_text(self.window.size), *map(str, settings)])

    def windows(self, size: Pair) -> Windows:
        """The windows over an image of `size` (rows, columns); a SizeError if they do not fit."""
        is_long = max(size) >= MAX_CACHED_WINDOWS or (self.bins is not None and max(self.bins) >= MAX_CACHED_WINDOWS)
        return _windows.__wrapped__(self, size) if is_long else _windows(self, size)


@lru_cache(maxsize=CACHED_SIZES)
def _windows(settings: Pooling, size: Pair) -> Windows:
    if settings.window is None:
        return adaptive_windows(size, settings.bins or (1, 1))
    placement = place(size, settings.window, settings.padding, ceil=settings.ceil)
    return sliding_windows(placement, count_padding=settings.count_padding)


Settings = ParamSpec("Settings")


def _cached(read: Callable[Settings, Pooling]) -> Callable[Settings, Pooling]:
    """Read the same settings once: it takes longer than pooling a small image."""
    cached = lru_cache(maxsize=CACHED_SIZES, typed=True)(read)

    @wraps(read)
    def reader(*settings: Settings.args, **named: Settings.kwargs) -> Pooling:
        try:
            return cached(*settings, **named)  # type: ignore[arg-type]
        except TypeError:  # a list, which is read anew each time
            return read(*settings, **named)

    return reader


@_cached
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
    nodata: float | str | None = None,
) -> Pooling:
    """Read and check the settings of `pool`; see there."""
    if not isinstance(kind, str) or kind not in KINDS:
        raise unknown_word("pooling type", kind, KINDS, synonyms=SYNONYMS)
    holes = read_holes(nan, nodata)
    if count_padding and kind != "average":
        raise ArgumentError(
            "only average pooling can count padding", hint="leave count_padding out, or use average pooling"
        )
    if not isinstance(p, Real) or not isfinite(p) or p <= 0:
        raise ArgumentError(f"p {p!r} is not a number above 0", hint="use 1, 2, 3 ..., or max pooling for infinity")
    if kind != "lp" and p != 2:
        raise ArgumentError(f"p belongs to lp pooling, not to {kind} pooling", hint="leave p out, or use lp pooling")
    common = Pooling(kind, p=p, holes=holes)
    is_global = isinstance(size, str) and size == GLOBAL
    if is_global or adaptive is not None:
        what = "size global" if is_global else "adaptive"
        if size is not None and adaptive is not None:
            raise ArgumentError(
                f"{what if is_global else 'size'} and adaptive cannot be combined",
                hint="give size for windows, or adaptive for a number of results",
            )
        if stride is not None or padding != "valid" or ceil or count_padding or dilation not in (1, "1", (1, 1)):
            raise ArgumentError(
                f"{what} sets the windows itself: stride, padding, ceil, count_padding and dilation do not go with it",
                hint="leave them out, or give the size of a window",
            )
        return common if adaptive is None else common._replace(bins=pair(adaptive, "adaptive"))
    if size is None:
        raise ArgumentError("neither size nor adaptive is given", hint="give size 2, size global or adaptive 7x7")
    if isinstance(size, str) and not any(letter.isdigit() for letter in size):
        near = nearest(size.lower(), [GLOBAL])
        hint = f"did you mean {GLOBAL}?" if near else f"write it as 2, as 2x3 for rows x columns, or as {GLOBAL}"
        raise ArgumentError(f"window size {size!r} is not whole numbers", hint=hint)
    tall_wide = pair(size, "window size")
    window = Window(tall_wide, tall_wide if stride is None else pair(stride, "stride"), pair(dilation, "dilation"))
    return common._replace(window=window, padding=padding_rule(padding), ceil=ceil, count_padding=count_padding)
