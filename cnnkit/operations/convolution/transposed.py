"""Transposed convolution: each sample spread over a window of a larger image, weighted by the kernel.

The adjoint of `convolve`. The results that meet the same taps of the kernel make a convolution of stride 1
(`geometry.transposed.Phase`): sums are as exact, and a NaN goes where its sample is spread to and nowhere else.
"""

from __future__ import annotations

from dataclasses import replace
from itertools import product
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from cnnkit import arrays
from cnnkit.arrays import Floats
from cnnkit.data.kernels.kernel import Kernel
from cnnkit.errors import ArgumentError, SizeError
from cnnkit.geometry.padding import Padding, PaddingRule
from cnnkit.geometry.pair import Pair, PairLike, pair
from cnnkit.geometry.transposed import Phase, TransposedPlacement, place_transposed
from cnnkit.geometry.window import Window
from cnnkit.operations.convolution.convolve import convolve_batch
from cnnkit.operations.convolution.settings import Convolution, KernelLike, read_bias, read_convolution


class Transposed(NamedTuple):
    """The settings of a transposed convolution, checked as far as they can be without an image."""

    forward: Convolution  # the convolution that is transposed, without a bias
    output_padding: Pair
    bias: Floats  # (1,) or (channels of the result,)

    def place(self, size: Pair) -> TransposedPlacement:
        """Where the samples of an image of `size` (rows, columns) are spread to."""
        return place_transposed(size, self.forward.window, self.forward.padding, self.output_padding)

    def backward(self, depth: int) -> Convolution:
        """The convolution from `depth` channels to the result; a `SizeError` if the kernel or the biases do not fit."""
        weights = self.forward.kernel.weights
        groups = self.forward.groups
        if weights.ndim == 2:
            if len(self.bias) not in (1, depth):
                raise _wrong_bias(SizeError, self.bias, depth)
            if len(self.bias) == 1:
                return replace(self.forward, bias=self.bias)
            # A flat kernel takes one bias; a group for each channel is the same with one each.
            weights, groups = np.repeat(weights[:, :, None, None], depth, axis=3), depth
        else:
            weights = weights.reshape(*weights.shape[:3], -1)
            if weights.shape[3] != depth:
                raise SizeError(
                    f"the kernel makes {weights.shape[3]} feature maps, the image has {depth} channels",
                    hint=f"transpose a kernel of rows x columns x {weights.shape[2]} x {depth}, "
                    "or a flat one, which works on any depth",
                )
            weights = _exchanged(weights, groups)
        return replace(self.forward, kernel=Kernel(weights), groups=groups, bias=self.bias)


def _exchanged(weights: Floats, groups: int) -> Floats:
    """HWIO weights with the depth of the input and of the output exchanged, group by group."""
    rows, columns, depth, kernels = weights.shape
    grouped = weights.reshape(rows, columns, depth, groups, kernels // groups)
    exchanged: Floats = grouped.transpose(0, 1, 4, 3, 2).reshape(rows, columns, kernels // groups, groups * depth)
    return exchanged


def read_transposed(
    kernel: KernelLike, *, output_padding: PairLike = 0, bias: npt.ArrayLike | None = None, **settings: Any
) -> Transposed:
    """Read and check the settings of `convolve_transposed`; see there."""
    forward = read_convolution(kernel, **settings)
    weights = forward.kernel.weights
    if weights.ndim == 4 and weights.shape[3] % forward.groups:
        raise ArgumentError(
            f"{forward.groups} groups do not divide {weights.shape[3]} kernels evenly",
            hint="use a number of groups that divides them",
        )
    offsets = read_bias(bias, "channel of the result")
    channels = weights.shape[2] * forward.groups if weights.ndim > 2 else None
    if offsets.ndim != 1 or (channels and len(offsets) not in (1, channels)):
        raise _wrong_bias(ArgumentError, offsets, channels)
    return Transposed(forward, pair(output_padding, "output padding", least=0), offsets)


def _wrong_bias(
    error: type[ArgumentError | SizeError], bias: Floats, channels: int | None
) -> ArgumentError | SizeError:
    needed = "as many channels as the image" if channels is None else f"{channels} channels"
    hint = "give one number, or one per channel of the result"
    return error(f"bias has shape {bias.shape}, the result has {needed}", hint=hint)


def convolve_transposed(
    image: npt.ArrayLike,
    kernel: KernelLike,
    *,
    stride: PairLike = 1,
    padding: PaddingRule = "same",
    output_padding: PairLike = 0,
    dilation: PairLike = 1,
    groups: int = 1,
    bias: npt.ArrayLike | None = None,
    flip_kernel: bool = False,
    dtype: npt.DTypeLike | None = None,
    threads: int | None = None,
) -> npt.NDArray[Any]:
    """Spread every sample of an image over a window of the result, weighted by a kernel: `convolve` transposed.

    For the same kernel and settings, ``(convolve(x, kernel) * y).sum()`` is
    ``(x * convolve_transposed(y, kernel)).sum()``, so this is the gradient of a convolution, too.

    Parameters
    ----------
    image : array_like, (rows, columns), (rows, columns, depth) or (n, rows, columns, depth)
        Real samples of any type and memory layout.
    kernel : str, array_like or Kernel
        The kernel of the convolution that is transposed: a preset's name, a literal, or weights of (rows, columns),
        applied to every channel by itself; (rows, columns, depth of the result), for an image of one channel; or
        (rows, columns, depth of the result / groups, depth of the image).
    stride, dilation : int or (int, int)
        Steps in the result between the windows of neighbouring samples, and between the weights in one; rows and
        columns.
    padding : str, int, (int, int) or (int, int, int, int)
        What is cut off the result: that of the convolution. ``same`` gives stride * size results (TensorFlow's SAME,
        ONNX's SAME_UPPER), ``same-lower`` as many, ``valid`` cuts nothing off; or numbers of samples: all sides;
        rows, columns; top, bottom, left, right.
    output_padding : int or (int, int)
        Rows and columns more at the bottom and at the right, below the stride or the dilation: a stride makes images
        of several sizes one size, and this says which is wanted back. Does not go with ``same``.
    groups : int
        For weights of four dimensions: channels and kernels are split into this many groups that do not mix.
    bias : array_like, optional
        Added to every result: one number, or one for each channel of the result.
    flip_kernel : bool
        Transpose the convolution with the kernel turned by 180 degrees: the mathematical one.
    dtype : dtype, optional
        Of the result: float32 (float64 for a float64 image) when not given; an integer type rounds half away from
        zero and saturates.
    threads : int, optional
        Threads to use; one for each processor when not given. The result is the same to the bit.

    Returns
    -------
    ndarray
        With as many dimensions as the image, of stride * (size - 1) + dilation * (kernel size - 1) + 1 - before -
        after + output padding rows and columns. Weights of two dimensions keep the depth.

    Raises
    ------
    ArgumentError
        If a setting is wrong whatever the image: an unknown word, padding ``full``, an output padding not below the
        stride or the dilation.
    SizeError
        If the kernel does not fit this image: more is cut off than there is, or it makes another number of maps.

    Notes
    -----
    The weights are in the order of TensorFlow's conv2d_transpose; those of PyTorch's ConvTranspose2d and of
    ONNX's ConvTranspose are ``weights.transpose(2, 3, 1, 0)`` here. 8- and 16-bit images with whole weights give exact
    sums. Source of the size relation: Dumoulin and Visin, arXiv:1603.07285, chapter 4.

    Examples
    --------
    >>> convolve_transposed([[1.0, 2.0]], [[1, 10, 100]], stride=2, padding="valid")
    array([[  1.,  10., 102.,  20., 200.]])
    >>> convolve_transposed(np.ones((56, 56, 64)), np.ones((2, 2, 32, 64)), stride=2).shape
    (112, 112, 32)
    """
    # Check.
    transposed = read_transposed(
        kernel,
        stride=stride,
        padding=padding,
        output_padding=output_padding,
        dilation=dilation,
        groups=groups,
        bias=bias,
        flip_kernel=flip_kernel,
    )
    batch = arrays.as_batch(image)
    samples = batch.samples
    result_type = arrays.result_type(samples.dtype, dtype)
    threads = arrays.check_threads(threads)

    # Place the windows.
    placement = transposed.place((samples.shape[1], samples.shape[2]))
    backward = transposed.backward(batch.depth)
    depth = batch.depth if backward.is_each else backward.kernel.weights.shape[3]

    # Allocate. A result that nothing is spread to is the bias.
    out = arrays.allocate((len(samples), *placement.output, depth), result_type)
    out[...] = arrays.convert(transposed.bias, result_type)

    # Loop.
    for rows, columns in product(*placement.phases):
        phase = convolve_batch(
            _phase(backward, rows, columns), samples[:, rows.input, columns.input], threads, dtype=result_type
        )
        out[:, rows.output, columns.output] = phase
    return batch.like_input(out, flat=transposed.forward.kernel.weights.ndim == 2)


def _phase(backward: Convolution, rows: Phase, columns: Phase) -> Convolution:
    """The convolution of stride 1 that gives the results of one phase."""
    # Spreading turns the kernel: the first tap is the one that comes from the farthest sample.
    kernel = Kernel(backward.kernel.weights[rows.taps, columns.taps][::-1, ::-1])
    window = Window(kernel.size, dilation=(rows.dilation, columns.dilation))
    padding = Padding(rows.before, rows.after, columns.before, columns.after)
    return replace(backward, kernel=kernel, window=window, padding=padding)
