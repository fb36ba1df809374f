"""Unpooling: pooled samples go back to their places in the image."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from cnnkit import arrays
from cnnkit.arrays import comparable
from cnnkit.errors import ArgumentError, SizeError
from cnnkit.geometry.pair import PairLike, pair, pair_text
from cnnkit.loops.pooling.indices import unpool as put_back


def unpool(pooled: npt.ArrayLike, indices: npt.ArrayLike, size: PairLike) -> npt.NDArray[Any]:
    """Put pooled samples back in their places, in an image of `size` that is 0 everywhere else.

    Parameters
    ----------
    pooled : array_like, (rows, columns), (rows, columns, depth) or (n, rows, columns, depth)
        The result of `pool`.
    indices : array_like of int
        The place of each, as `pool` gives it with ``indices=True`` (of the shape of `pooled`) or ``"pairs"`` (with one
        more axis, of two). -1 is nowhere.
    size : int or (int, int)
        Rows and columns of the image that was pooled.

    Returns
    -------
    ndarray
        With the dimensions, depth and dtype of `pooled`. Of several samples for one place the last in reading order
        stays.

    Raises
    ------
    ArgumentError
        If indices are not whole numbers.
    SizeError
        If they do not fit `pooled`, or an index lies outside its own channel of its own image.

    Notes
    -----
    Source: ONNX's MaxUnpool.

    Examples
    --------
    >>> from cnnkit.operations.pooling.pool import pool
    >>> values, indices = pool(np.arange(9).reshape(3, 3), 2, stride=1, indices=True)
    >>> unpool(values, indices, 3)
    array([[0, 0, 0],
           [0, 4, 5],
           [0, 7, 8]])
    """
    rows, columns = pair(size, "size")
    batch = arrays.as_batch(pooled)
    n, *output, depth = batch.samples.shape
    values = comparable(batch.samples)
    places = _flat(indices, np.shape(pooled), (rows, columns), batch)
    out = arrays.allocate((n, rows, columns, depth), values.dtype)
    out[...] = 0
    wrong = np.array([-1])
    put_back(values.reshape(-1), places.reshape(-1), out.reshape(-1), wrong, output[0] * output[1], rows * columns,
             depth, n)  # fmt: skip
    if wrong[0] >= 0:
        raise SizeError(
            f"index {int(places.reshape(-1)[wrong[0]])} lies outside its own channel of an image of {rows}x{columns}",
            hint="give the size of the image that was pooled, and the indices pool gave",
        )
    return batch.like_input(out.astype(batch.samples.dtype, copy=False))


def _flat(
    indices: npt.ArrayLike, shape: tuple[int, ...], size: tuple[int, int], batch: arrays.Batch
) -> npt.NDArray[np.int64]:
    """The indices in flat order, (n, rows, columns, depth), from either form."""
    given = np.asarray(indices)
    if given.dtype.kind not in "iu":
        raise ArgumentError(f"indices of type {given.dtype} are not whole numbers", hint="give what pool gave")
    if given.shape not in (shape, (*shape, 2)):
        raise SizeError(
            f"indices of shape {given.shape} do not fit {pair_text(shape)} pooled samples",
            hint="give one index for each sample, or a (row, column) for each",
        )
    if given.dtype == np.uint64 and given.size and given.max() > np.iinfo(np.int64).max:
        raise SizeError(f"index {given.max()} lies outside every image", hint="give what pool gave")
    whole = np.asarray(given, np.int64)
    if given.shape == shape:
        return arrays.contiguous(whole.reshape(batch.samples.shape), np.int64)
    places = whole.reshape(*batch.samples.shape, 2)
    is_nowhere = (places == -1).all(axis=-1)
    is_outside = ((places < 0) | (places >= size)).any(axis=-1) & ~is_nowhere
    if is_outside.any():
        row, column = places[is_outside][0].tolist()
        raise SizeError(
            f"index ({row}, {column}) lies outside an image of {size[0]}x{size[1]}",
            hint="give the size of the image that was pooled",
        )
    n, _, _, depth = batch.samples.shape
    planes = np.arange(n)[:, None, None, None] * depth + np.arange(depth)
    flat = planes * (size[0] * size[1]) + places[..., 0] * size[1] + places[..., 1]
    return arrays.contiguous(np.where(is_nowhere, -1, flat), np.int64)
