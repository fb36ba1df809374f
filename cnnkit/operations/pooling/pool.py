"""Pooling: a window slides over an image and gives one number for its samples; there is nothing to learn."""

from __future__ import annotations

from typing import Any

import numpy.typing as npt

from cnnkit import arrays
from cnnkit.geometry.padding import PaddingRule
from cnnkit.geometry.pair import PairLike
from cnnkit.operations.pooling.holes import places_around, pool_around
from cnnkit.operations.pooling.indices import as_pairs, extremes_and_places, read_form
from cnnkit.operations.pooling.settings import read_pooling


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
    nodata: float | None = None,
    dtype: npt.DTypeLike | None = None,
    indices: bool | str = False,
    threads: int | None = None,
) -> Any:
    """Shrink an image to the largest, the smallest, the mean ... of every window, each channel by itself.

    Parameters
    ----------
    image : array_like, (rows, columns), (rows, columns, depth) or (n, rows, columns, depth)
        Real samples of any dtype and memory layout.
    size : int, (int, int) or "global"
        Rows and columns of the window; ``global`` is one window as large as the image.
    stride : int or (int, int), optional
        Step from one window to the next; by default the size, so that windows do not overlap.
    kind : {"max", "average", "min", "lp", "median"}
        The type of pooling. ``lp`` is the p-th root of the sum of the p-th powers of the magnitudes; a ``median`` of an
        even number of samples is the lower of the two in the middle.
    padding : str, int, (int, int) or (int, int, int, int)
        As in `convolve`, of any width. Padding is never a sample: a maximum ignores it, a mean divides by real samples.
    ceil : bool
        Let a last window hang over the end of the image; one that would begin beyond it is dropped.
    count_padding : bool
        Divide a mean by the padding too (not by what `ceil` hangs over), as some frameworks do.
    dilation : int or (int, int)
        Step between samples of a window.
    adaptive : int or (int, int), optional
        The number of results, instead of a size: result i of O covers the samples from floor(i L / O) up to, not
        including, ceil((i + 1) L / O), of L.
    p : float
        The power of ``lp``, above 0.
    nan : {"propagate", "ignore"}
        Whether a NaN makes the result of its window NaN, or is a hole.
    nodata : float, optional
        The value of missing samples, which are holes: left out of windows, and of the divisor of a mean. A window of
        holes alone gives `nodata` (NaN where that is not given), and the index -1.
    dtype : dtype, optional
        Of the result; an integer type rounds half away from zero and saturates.
    indices : bool or {"flat", "pairs"}
        For ``max`` and ``min``: also give the place of each result, the first of equals in reading order; -1 for none.
        True or ``flat`` counts samples as ONNX does, through images, channels, rows and columns; ``pairs`` gives (row,
        column).
    threads : int, optional
        Threads to use; by default one for each processor. The result is the same to the bit.

    Returns
    -------
    ndarray
        With the dimensions and depth of the image. A maximum, minimum or median keeps the dtype of the image; a mean
        and a p-norm are float32 (float64 for a float64 image). A window of padding alone gives an infinity (the end of
        an integer type) as maximum or minimum, NaN as mean or median (0 as an integer median), 0 as a norm.
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
    >>> import numpy as np
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
    settings = read_pooling(
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
        nodata=nodata,
    )
    form = read_form(indices, kind)
    batch = arrays.as_batch(image)
    samples = batch.samples
    result = None if dtype is None else arrays.result_type(samples.dtype, dtype)
    threads = arrays.check_threads(threads)
    image_size = samples.shape[1], samples.shape[2]
    windows = settings.windows(image_size)
    if result is not None:
        settings.holes.check(result, "results")
    holes = settings.holes.find(samples)
    if form is None:
        out, lost = pool_around(settings, windows, samples, holes, threads, result)
        return batch.like_input(settings.holes.mark(out, lost))
    if holes is None:
        out, places = extremes_and_places(kind, samples, windows, threads, skip_nan=False)
        values = out if result is None else arrays.convert(out, result)
    else:
        values, lost = pool_around(settings, windows, samples, holes, threads, result)
        values = settings.holes.mark(values, lost)
        places = places_around(kind, windows, samples, holes, threads)
    values = batch.like_input(values)
    if form == "flat":
        return values, batch.like_input(places)
    return values, as_pairs(places, image_size).reshape(*values.shape, 2)
