"""Pooling: a window slides over an image and keeps one number of what it sees; there is nothing to learn."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from cnnkit import arrays
from cnnkit.geometry.padding import PaddingRule
from cnnkit.geometry.pair import PairLike
from cnnkit.operations.pooling import extremes, means, median
from cnnkit.operations.pooling import indices as places
from cnnkit.operations.pooling.merge import Windows
from cnnkit.operations.pooling.settings import Pooling, read_pooling


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
