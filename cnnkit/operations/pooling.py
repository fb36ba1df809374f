"""Pooling: a window slides over an image and keeps one number of what it sees; there is nothing to learn."""

from __future__ import annotations

from difflib import get_close_matches
from functools import lru_cache
from math import isfinite
from numbers import Real
from typing import Any, NamedTuple, cast

import numpy as np
import numpy.typing as npt

from cnnkit import arrays
from cnnkit.errors import ArgumentError
from cnnkit.geometry.padding import Padding, PaddingRule, padding_rule
from cnnkit.geometry.pair import Pair, PairLike, pair, pair_text
from cnnkit.geometry.window import Placement, Window, place
from cnnkit.operations import extremes, means, median
from cnnkit.operations import indices as places
from cnnkit.operations.sliding import KEPT, LONG, Windows, adaptive, moved

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
        near = get_close_matches(size.lower(), [GLOBAL], n=1)
        hint = f"did you mean {GLOBAL}?" if near else f"write it as 2, as 2x3 for rows x columns, or as {GLOBAL}"
        raise ArgumentError(f"window size {size!r} is not whole numbers", hint=hint)
    window_size = pair(cast(PairLike, size), "window size")
    window = Window(window_size, window_size if stride is None else pair(stride, "stride"), pair(dilation, "dilation"))
    return Pooling(window, padding=padding_rule(padding), ceil=ceil, count_padding=count_padding, **common)


_read_again = lru_cache(maxsize=KEPT, typed=True)(_read)
"""Reading takes longer than pooling a small image."""


def _one_of(what: str, word: str, words: tuple[str, ...]) -> None:
    if not isinstance(word, str) or word not in words:
        text = str(word).lower()
        near = [OTHER_WORDS[text]] if text in OTHER_WORDS else get_close_matches(text, words, n=1)
        choices = f"{', '.join(words[:-1])} or {words[-1]}"
        raise ArgumentError(f"unknown {what} {word!r}", hint=f"did you mean {near[0]}?" if near else f"use {choices}")


def pool(
    image: npt.ArrayLike,
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
    dtype: npt.DTypeLike | None = None,
    indices: bool | str = False,
    threads: int | None = None,
) -> Any:
    """Shrink an image: the largest, the smallest, the mean ... of every window, each channel by itself.

    Parameters
    ----------
    image : array_like, (rows, columns), (rows, columns, depth) or (n, rows, columns, depth)
        Real samples of any type and memory layout.
    size : int, (int, int) or "global"
        Rows and columns of the window; ``global`` is one window as large as the image.
    stride : int or (int, int), optional
        Steps between windows; the size of the window when not given, so that windows do not overlap.
    kind : {"max", "average", "min", "lp", "median"}
        What is kept of a window: its largest, mean, smallest; the p-th root of the sum of the p-th powers of its
        magnitudes; its middle sample, the lower of two.
    padding : str, int, (int, int) or (int, int, int, int)
        As in `convolve`, as wide as one likes. Padding is never a sample: a maximum passes over it, a mean divides by
        real samples.
    ceil : bool
        Let a last window hang over the end of the image; one that would begin beyond it is dropped.
    count_padding : bool
        Divide a mean by the padding too (not by what `ceil` hangs over), as some frameworks do.
    dilation : int or (int, int)
        Steps between the samples in a window.
    adaptive : int or (int, int), optional
        How many results there are, instead of a size: result i of O is of the samples from floor(i L / O) up to, not
        including, ceil((i + 1) L / O), of L.
    p : float
        Of kind lp, above 0.
    nan : {"propagate", "ignore"}
        Whether NaN in a window makes its result NaN, or is left out; a window of NaN alone stays NaN.
    dtype : dtype, optional
        Of the result; an integer type rounds half away from zero and saturates.
    indices : bool or {"flat", "pairs"}
        Of kinds max and min: also say where each result stands. True or ``flat`` counts samples as ONNX does, through
        images, channels, rows and columns; ``pairs`` gives (row, column). The first of equals in reading order; -1
        where there is none.
    threads : int, optional
        Threads to use; one for each processor when not given. The result is the same to the bit.

    Returns
    -------
    ndarray
        With as many dimensions and as deep as the image. A maximum, minimum or median keeps the type of the image; a
        mean and a p-norm are float32 (float64 for a float64 image). A window that holds padding alone gives an infinity
        (the end of an integer type) as maximum or minimum, a mean or median of NaN (an integer median of 0), a norm of
        0.
    ndarray of int64
        With `indices`: a second array, of the shape of the first; ``pairs`` have one more axis, of two.

    Raises
    ------
    ArgumentError
        If a setting is wrong whatever the image.
    SizeError
        If the window does not fit this image.

    Notes
    -----
    Sources: Dumoulin and Visin, arXiv:1603.07285, for the sizes; ONNX's MaxPool, AveragePool and LpPool; PyTorch for
    the edges of adaptive pooling.

    Examples
    --------
    >>> image = np.arange(16).reshape(4, 4)
    >>> pool(image, 2)
    array([[ 5,  7],
           [13, 15]])
    >>> pool(image, 2, kind="average")
    array([[ 2.5,  4.5],
           [10.5, 12.5]], dtype=float32)
    >>> pool(image, "global", kind="median"), pool(image, adaptive=(1, 3), indices=True)[1]
    (array([[7]]), array([[13, 14, 15]]))
    """
    asked = read_pooling(
        size,
        stride=stride,
        kind=kind,
        padding=padding,
        ceil=ceil,
        count_padding=count_padding,
        dilation=dilation,
        adaptive=adaptive,
        p=p,
        nan=nan,
    )
    form = places.read_form(indices, kind)
    batch = arrays.as_batch(image)
    wanted = None if dtype is None else arrays.result_type(batch.samples.dtype, dtype)
    used = arrays.check_threads(threads)
    if form is None:
        return batch.like_input(run(asked, batch.samples, used, wanted))
    windows = asked.windows((batch.samples.shape[1], batch.samples.shape[2]))
    values, found = places.run(asked.kind, batch.samples, windows, used, skip_nan=asked.nan == "ignore")
    values = values if wanted is None else arrays.convert(values, wanted)
    given = batch.like_input(values)
    if form == "flat":
        return given, batch.like_input(found)
    pairs = places.as_pairs(found, (batch.samples.shape[1], batch.samples.shape[2]))
    return given, pairs.reshape(*given.shape, 2)


def run(
    asked: Pooling, samples: npt.NDArray[Any], threads: int | None, kind: np.dtype[Any] | None = None
) -> npt.NDArray[Any]:
    """Pool a batch: (n, rows, columns, depth) in, and out with fewer rows and columns.

    The result is of `kind`, or of the type `pool` says.
    """
    windows = asked.windows((samples.shape[1], samples.shape[2]))
    if asked.nan == "ignore" and samples.dtype.kind == "f" and asked.kind != "median":
        is_number = ~np.isnan(samples)
        if not is_number.all():
            return _numbers_alone(asked, samples, is_number, windows, threads, kind)
    return _pooled(asked, samples, windows, threads, kind)


def _pooled(
    asked: Pooling, samples: npt.NDArray[Any], windows: Windows, threads: int | None, kind: np.dtype[Any] | None
) -> npt.NDArray[Any]:
    if asked.kind == "average":
        return means.mean(samples, windows, threads, kind)
    if asked.kind == "lp":
        return means.norm(asked.p, samples, windows, threads, kind)
    if asked.kind == "median":
        out = median.run(samples, windows, threads, skip_nan=asked.nan == "ignore")
    else:
        out = extremes.run(asked.kind, samples, windows, threads)
    return out if kind is None else arrays.convert(out, kind)


def _numbers_alone(
    asked: Pooling,
    samples: npt.NDArray[Any],
    is_number: npt.NDArray[np.bool_],
    windows: Windows,
    threads: int | None,
    kind: np.dtype[Any] | None,
) -> npt.NDArray[Any]:
    """Pool without what is NaN: in its place stands what changes no result."""
    known = np.where(is_number, samples, samples.dtype.type(extremes.neutral(asked.kind, samples.dtype)
                     if asked.kind in extremes.EXTREMES else 0))  # fmt: skip
    wanted = kind or (samples.dtype if asked.kind in extremes.EXTREMES else arrays.result_type(samples.dtype, None))
    if asked.kind == "average":
        counts = means.sums(is_number, windows, threads)
        real = np.multiply.outer(windows.rows.counts, windows.columns.counts)
        divisors = np.multiply.outer(windows.rows.divisors, windows.columns.divisors)
        seen = counts > 0
        with np.errstate(invalid="ignore", divide="ignore"):
            out = means.sums(known, windows, threads) / (counts + (divisors - real)[..., None])
    else:
        seen = extremes.run("max", is_number, windows, threads)
        out = _pooled(asked, known, windows, threads, None)
    out[windows.hold_samples[..., None] & ~seen] = np.nan
    return arrays.convert(out, wanted)
