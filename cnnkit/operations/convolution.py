"""Convolution as CNN libraries mean it: the kernel laid over the image as written, products summed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from cnnkit import arrays
from cnnkit.data.kernel import Kernel
from cnnkit.data.kernel_text import kernel as read_kernel
from cnnkit.errors import ArgumentError, SizeError
from cnnkit.geometry.padding import Padding, PaddingRule, PadMode, padding_rule
from cnnkit.geometry.padding import pad_mode as read_pad_mode
from cnnkit.geometry.pair import Pair, PairLike, pair, whole
from cnnkit.geometry.window import Placement, Window, place
from cnnkit.loops.bands import run_bands
from cnnkit.loops.convolution import convolve_depth, convolve_each

DEPTH_WORDS = ("each", "sum", "grey")
LUMINANCE = (0.299, 0.587, 0.114)
"""Weights of red, green and blue in a grey image. Source: ITU-R BT.601, as in Pillow's mode L."""

MANY = 64
"""Products in a sum beyond which float32, adding one by one, would lose more than 2e-6 of their magnitudes."""

KernelLike = Kernel | str | npt.ArrayLike
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Convolution:
    """What is asked of a convolution, read and checked, whatever image it will be given.

    Attributes
    ----------
    kernel : Kernel
        As it is laid over the image: flipped already if that was asked.
    window : Window
    padding : str or Padding
    pad_mode : PadMode
    groups : int
    bias : ndarray, (1,) or (kernels,)
    depth : {"each", "sum", "grey"}
    """

    kernel: Kernel
    window: Window
    padding: str | Padding
    pad_mode: PadMode
    groups: int
    bias: Floats
    depth: str

    @property
    def is_each(self) -> bool:
        """Whether the kernel is one grid that is laid over every channel by itself."""
        return self.kernel.weights.ndim == 2 and self.depth != "sum"

    def place(self, size: Pair) -> Placement:
        """Where the kernel lands on an image of `size` (rows, columns)."""
        return place(size, self.window, self.padding)

    def weights(self, depth: int) -> Floats:
        """The weights for an image of `depth` channels: (rows, columns), or HWIO when channels are summed.

        Raises
        ------
        SizeError
            If the kernel has another depth, or the groups do not divide the channels or the kernels.
        """
        weights = self.kernel.weights
        if self.is_each:
            return weights
        if weights.ndim == 2:
            weights = weights[:, :, None]
        if weights.ndim == 3:
            weights = weights[..., None]
        if self.depth == "sum" and self.groups == 1 and weights.shape[2] == 1:
            weights = np.repeat(weights, depth, axis=2)
        if depth % self.groups or weights.shape[3] % self.groups:
            raise SizeError(
                f"{self.groups} groups do not divide {depth} channels and {weights.shape[3]} kernels evenly",
                hint="use a number of groups that divides both",
            )
        if weights.shape[2] != depth // self.groups:
            grouped = f" in {self.groups} groups" if self.groups > 1 else ""
            raise SizeError(
                f"the kernel has depth {weights.shape[2]}, the image has {depth} channels{grouped}",
                hint=f"use a kernel with {depth // self.groups} grids, or a flat one, which works on any depth",
            )
        return weights

    def maps(self, depth: int) -> int:
        """How many feature maps come out of an image of `depth` channels."""
        if self.is_each:
            return 1 if self.depth == "grey" else depth
        return int(self.weights(depth).shape[3])


def read_convolution(
    kernel: KernelLike,
    *,
    stride: PairLike = 1,
    padding: PaddingRule = "same",
    pad_mode: str | PadMode = "zero",
    dilation: PairLike = 1,
    groups: int = 1,
    bias: npt.ArrayLike | None = None,
    flip_kernel: bool = False,
    depth: str = "each",
) -> Convolution:
    """Read and check the settings of `convolve`; see there."""
    groups = whole(groups, "groups")
    grids = read_kernel(kernel)
    if flip_kernel:
        grids = grids.flipped
    if depth not in DEPTH_WORDS:
        raise ArgumentError(f"unknown depth {depth!r}", hint=f"use one of {', '.join(DEPTH_WORDS)}")
    if depth == "grey" and grids.weights.ndim != 2:
        raise ArgumentError(
            f"depth grey does not go with weights of {grids.weights.ndim} dimensions",
            hint="use flat weights, rows x columns, or depth sum",
        )
    if groups > 1 and grids.weights.ndim != 4:
        raise ArgumentError(
            f"groups {groups} do not go with weights of {grids.weights.ndim} dimensions",
            hint="use groups 1, or weights of rows x columns x depth / groups x kernels",
        )
    kernels = grids.weights.shape[3] if grids.weights.ndim == 4 else 1
    try:
        offsets = np.atleast_1d(np.asarray(0.0 if bias is None else bias, dtype=np.float64))
    except (TypeError, ValueError):
        raise ArgumentError(f"bias {bias!r} is no real number", hint="give one number, or one per kernel") from None
    if offsets.shape not in ((1,), (kernels,)):
        raise ArgumentError(
            f"bias has shape {offsets.shape}, the layer has {kernels} kernels",
            hint="give one number, or one per kernel",
        )
    if not np.isfinite(offsets).all():
        raise ArgumentError("bias is not finite", hint="replace NaN and Inf")
    window = Window(grids.size, pair(stride, "stride"), pair(dilation, "dilation"))
    return Convolution(grids, window, padding_rule(padding), read_pad_mode(pad_mode), groups, offsets, depth)


def convolve(
    image: npt.ArrayLike,
    kernel: KernelLike,
    *,
    stride: PairLike = 1,
    padding: PaddingRule = "same",
    pad_mode: str | PadMode = "zero",
    dilation: PairLike = 1,
    groups: int = 1,
    bias: npt.ArrayLike | None = None,
    flip_kernel: bool = False,
    depth: str = "each",
    dtype: npt.DTypeLike | None = None,
    threads: int | None = None,
) -> npt.NDArray[Any]:
    """Slide a kernel over an image and sum the products under it.

    Parameters
    ----------
    image : array_like, (rows, columns), (rows, columns, depth) or (n, rows, columns, depth)
        Real samples of any type and memory layout.
    kernel : str, array_like or Kernel
        A preset's name, a literal such as ``"0 -1 0; -1 5 -1; 0 -1 0"``, or weights of (rows, columns),
        (rows, columns, depth) or (rows, columns, depth / groups, kernels).
    stride, dilation : int or (int, int)
        Steps between windows, and between the samples in one; rows and columns.
    padding : str, int, (int, int) or (int, int, int, int)
        ``same`` (ceil(size / stride) results, the odd sample after: TensorFlow's SAME, ONNX's SAME_UPPER),
        ``same-lower``, ``valid``, ``full``, or numbers of samples: all sides; rows, columns; top, bottom, left, right.
    pad_mode : str
        ``zero``, ``replicate``, ``reflect``, ``symmetric``, ``wrap`` or ``constant=V``.
    groups : int
        For weights of four dimensions: channels and kernels are split into so many groups that do not mix.
    bias : array_like, optional
        Added to every result: one number, or one for each kernel.
    flip_kernel : bool
        Turn the kernel by 180 degrees first: the mathematical convolution, instead of cross-correlation.
    depth : {"each", "sum", "grey"}
        For weights of two dimensions: apply them to every channel by itself, sum over the channels, or make the image
        grey first. ``sum`` also spreads weights of depth 1 over all channels.
    dtype : dtype, optional
        Of the result: float32 (float64 for a float64 image) when not given; an integer type rounds half away from
        zero and saturates.
    threads : int, optional
        Threads to use; one for each processor when not given. The result is the same to the bit.

    Returns
    -------
    ndarray
        With as many dimensions as the image. Weights of two dimensions keep the depth (``each``) or give one feature
        map; weights of three give one, weights of four as many as kernels.

    Raises
    ------
    ArgumentError
        If a setting is wrong whatever the image: an unknown word, a stride below 1, a ragged or empty kernel.
    SizeError
        If the kernel does not fit this image: larger than the padded image, or of another depth.

    Notes
    -----
    8- and 16-bit images with whole weights give exact sums. Source of the size relations: Dumoulin and Visin,
    arXiv:1603.07285.

    Examples
    --------
    >>> convolve(np.eye(3), "0 1 0; 1 1 1; 0 1 0")
    array([[1., 2., 0.],
           [2., 1., 2.],
           [0., 2., 1.]])
    >>> convolve(np.ones((224, 224, 3)), np.ones((3, 3, 3, 64)), stride=2).shape
    (112, 112, 64)
    """
    # Check.
    asked = read_convolution(
        kernel,
        stride=stride,
        padding=padding,
        pad_mode=pad_mode,
        dilation=dilation,
        groups=groups,
        bias=bias,
        flip_kernel=flip_kernel,
        depth=depth,
    )
    batch = arrays.as_batch(image)
    result_type = arrays.result_type(batch.samples.dtype, dtype)
    out = run(asked, batch.samples, arrays.check_threads(threads))
    return batch.like_input(arrays.convert(out, result_type), flat=asked.kernel.weights.ndim == 2)


def run(asked: Convolution, samples: npt.NDArray[Any], threads: int | None) -> npt.NDArray[Any]:
    """Convolve a batch: (n, rows, columns, depth) in, (n, rows, columns, maps) out, in the type of the sums."""
    # Lay out.
    placement = asked.place((samples.shape[1], samples.shape[2]))
    if asked.depth == "grey" and asked.is_each:
        samples = grey(samples)
    depth = samples.shape[3]
    weights = asked.weights(depth)
    sum_type = _sum_type(samples.dtype, weights, asked)
    padded = arrays.pad(samples, placement, asked.pad_mode, sum_type)

    # Prepare and allocate.
    n = len(padded)
    out = arrays.allocate((n, *placement.output, asked.maps(depth)), sum_type)
    grids = arrays.laid_out(weights, sum_type)
    rows = n * placement.output[0]
    taps = weights.size if asked.is_each else weights[..., 0].size
    settings = (*asked.window.stride, *asked.window.dilation)

    # Loop.
    if asked.is_each:
        images, sums = padded.reshape(n, padded.shape[1], -1), out.reshape(n, out.shape[1], -1)
        run_bands(convolve_each, rows, out.size * taps, threads, images, grids, asked.bias[0], sums, *settings, depth)
    else:
        bias = np.ascontiguousarray(np.broadcast_to(asked.bias, out.shape[3:]), dtype=sum_type)
        run_bands(convolve_depth, rows, out.size * taps, threads, padded, grids, bias, out, *settings)
    return out


def grey(samples: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """The luminance of (..., 3) colours, (..., 1); an image of one channel is grey already.

    >>> grey(np.array([[[255, 0, 0]]], np.uint8)).round(2)
    array([[[76.24]]], dtype=float32)
    """
    depth = samples.shape[-1]
    if depth == 1:
        return samples
    if depth != 3:
        raise SizeError(f"an image of {depth} channels has no one grey", hint="use depth sum, or 1 or 3 channels")
    kind = np.float64 if samples.dtype.itemsize > 2 and samples.dtype != np.float32 else np.float32
    return (samples.astype(kind) @ np.array(LUMINANCE, dtype=kind))[..., None]


def _sum_type(dtype: np.dtype[Any], weights: Floats, asked: Convolution) -> np.dtype[Any]:
    """The type sums are made in: float32 where it is exact, or as exact as the image; float64 elsewhere."""
    taps = weights.size if asked.is_each else weights[..., 0].size
    if dtype.kind == "f" or not asked.kernel.has_integer_weights:
        is_single = dtype.itemsize <= (4 if dtype.kind == "f" else 2)
        fits = max(float(np.abs(weights).max()), abs(asked.pad_mode.value)) < np.finfo(np.float32).max
        return np.dtype(np.float32 if is_single and fits and taps <= MANY else np.float64)
    if dtype.itemsize > 2:
        return np.dtype(np.float64)
    largest = 1.0 if dtype.kind == "b" else float(max(abs(int(np.iinfo(dtype).min)), np.iinfo(dtype).max))
    largest = max(largest, abs(asked.pad_mode.value))
    axes = (0, 1) if asked.is_each else (0, 1, 2)
    bound = largest * float(np.abs(weights).sum(axis=axes).max()) + float(np.abs(asked.bias).max())
    return np.dtype(np.float32 if bound < arrays.EXACT_FLOAT32 else np.float64)
