"""Convolution as CNN libraries mean it: the kernel is applied as written, and the products under it are summed."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from cnnkit import arrays
from cnnkit.arrays import Array, readable
from cnnkit.data.luminance import grey
from cnnkit.geometry.padding import PaddingRule, PadMode
from cnnkit.geometry.pair import PairLike
from cnnkit.geometry.window import Placement
from cnnkit.loops.machine.again import Again, has_machine_code
from cnnkit.loops.machine.threads import available_threads
from cnnkit.operations.convolution.again import recorded, run
from cnnkit.operations.convolution.holes import count, scale, totals, weigh, without_transforms
from cnnkit.operations.convolution.plan import Plan
from cnnkit.operations.convolution.planner import plan_convolution
from cnnkit.operations.convolution.problem import Problem
from cnnkit.operations.convolution.settings import Convolution, KernelLike, read_convolution
from cnnkit.operations.holes import Mask

WRITTEN_TYPES = {"i2": ("u1", "f4"), "f4": ("u1", "u2", "f4"), "f8": ("f4", "f8")}
"""Types that the loops along columns round to as they write, for each type of sums; the others are converted
afterwards. Each pair is another loop to compile."""


def convolve(
    image: npt.ArrayLike,
    kernel: KernelLike,
    *,
    stride: PairLike = 1,
    padding: PaddingRule = "same",
    pad_mode: str | PadMode = "zero",
    dilation: PairLike = 1,
    groups: int | None = None,
    bias: npt.ArrayLike | None = None,
    flip_kernel: bool = False,
    depth: str = "each",
    nan: str = "propagate",
    nodata: float | None = None,
    dtype: npt.DTypeLike | None = None,
    threads: int | None = None,
    algorithm: str = "auto",
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
    groups : int, optional
        For weights of four dimensions: channels and kernels are split into this many groups that do not mix. By default
        the kernel's own number, or 1.
    bias : array_like, optional
        Added to every result: one number, or one for each kernel.
    flip_kernel : bool
        Turn the kernel by 180 degrees first: the mathematical convolution, instead of cross-correlation.
    depth : {"each", "sum", "grey"}
        For weights of two dimensions: apply them to every channel by itself, sum over the channels, or make the image
        grey first. ``sum`` also spreads weights of depth 1 over all channels.
    nan : {"propagate", "ignore"}
        Whether a NaN makes every result whose window covers it NaN, or is a hole.
    nodata : float, optional
        The value of missing samples, which are holes. A result is the sum over known samples times the sum of all
        weights over the sum of the weights of known samples (padding is known), plus the bias; where that sum is zero,
        and where a kernel that sums to zero covers a hole, it is `nodata` (NaN where that is not given).
    dtype : dtype, optional
        Of the result: float32 (float64 for a float64 image) when not given; an integer type rounds half away from
        zero and saturates.
    threads : int, optional
        Threads to use; one for each processor when not given. The result is the same to the bit.
    algorithm : {"auto", "direct", "separable", "box", "fourier", "layer", "winograd", "pointwise", "depthwise"}
        How the sums are computed: ``auto`` chooses the fastest, as `cnnkit.plan` says; the others force one, for
        tests and comparisons.

    Returns
    -------
    ndarray
        With as many dimensions as the image. Weights of two dimensions keep the depth (``each``) or give one feature
        map; weights of three give one, weights of four as many as kernels.

    Raises
    ------
    ArgumentError
        If a setting is wrong whatever the image: an unknown word, a stride below 1, a ragged or empty kernel; or if a
        forced algorithm cannot do it.
    SizeError
        If the kernel does not fit this image: larger than the padded image, or of another depth.

    Notes
    -----
    8- and 16-bit images with whole weights give exact sums. Other sums are within 2e-6 of the sum of the magnitudes of
    their products (float64: 1e-14), or within 8e-6 where every rounding falls to one side, for up to 4096 products. By
    spectra they are within 2e-5 of the sum of the weights' magnitudes times the image's largest; by Winograd's products
    within 1e-5 of it, 1e-4 at worst.

    Source of the size relations: Dumoulin and Visin, arXiv:1603.07285.

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
    convolution = read_convolution(
        kernel,
        stride=stride,
        padding=padding,
        pad_mode=pad_mode,
        dilation=dilation,
        groups=groups,
        bias=bias,
        flip_kernel=flip_kernel,
        depth=depth,
        nan=nan,
        nodata=nodata,
    )
    batch = arrays.as_batch(image)
    result_type = arrays.result_type(batch.samples.dtype, dtype)
    threads = arrays.check_threads(threads)
    convolution.holes.check(result_type, "results")
    holes = convolution.holes.find(batch.samples)
    out, lost = convolve_known(convolution, batch.samples, holes, threads, dtype=result_type, algorithm=algorithm)
    convolution.holes.mark(out, lost)
    return batch.like_input(out, flat=convolution.kernel.weights.ndim == 2)


def plan(
    image: npt.ArrayLike,
    kernel: KernelLike,
    *,
    stride: PairLike = 1,
    padding: PaddingRule = "same",
    pad_mode: str | PadMode = "zero",
    dilation: PairLike = 1,
    groups: int | None = None,
    bias: npt.ArrayLike | None = None,
    flip_kernel: bool = False,
    depth: str = "each",
    nan: str = "propagate",
    nodata: float | None = None,
    dtype: npt.DTypeLike | None = None,
    threads: int | None = None,
    algorithm: str = "auto",
) -> Plan:
    """Say how `convolve` would compute this, and why. Nothing is computed.

    Parameters
    ----------
    image : array_like, (rows, columns), (rows, columns, depth) or (n, rows, columns, depth)
        Its type and size decide; its samples do not.
    kernel, stride, padding, pad_mode, dilation, groups, bias, flip_kernel, depth
        As in `convolve`, with the same defaults.
    nan, nodata, dtype, threads, algorithm
        As in `convolve`; all but `algorithm` change no plan.

    Returns
    -------
    Plan
        With the algorithm, the type sums are computed in, and the reason in words.

    Raises
    ------
    ArgumentError
        If a setting is wrong whatever the image, as in `convolve`.
    SizeError
        If the kernel does not fit this image.

    Examples
    --------
    >>> plan(np.zeros((400, 600), np.uint8), "gaussian:sigma=4")
    Plan: separable, sums in float32
      25x25 weights are a column times a row: 50 products instead of 625
    """
    convolution = read_convolution(
        kernel,
        stride=stride,
        padding=padding,
        pad_mode=pad_mode,
        dilation=dilation,
        groups=groups,
        bias=bias,
        flip_kernel=flip_kernel,
        depth=depth,
        nan=nan,
        nodata=nodata,
    )
    samples = arrays.as_batch(image).samples
    arrays.result_type(samples.dtype, dtype)
    arrays.check_threads(threads)
    return plan_convolution(convolution, samples.dtype, samples.shape, algorithm)


def convolve_batch(
    convolution: Convolution,
    samples: npt.NDArray[Any],
    threads: int | None,
    *,
    dtype: np.dtype[Any] | None = None,
    algorithm: str = "auto",
) -> npt.NDArray[Any]:
    """Convolve a batch, (n, rows, columns, depth), in `dtype` or the precision of the sums."""
    if convolution.depth == "grey":
        samples = grey(samples)
    # What was done before is done again.
    key = ("again", samples.shape, samples.dtype, dtype, algorithm, threads or available_threads(), convolution.key)
    is_again = has_machine_code()
    known: tuple[Plan, np.dtype[Any], Again] | None = convolution.kernel.cache.get(key) if is_again else None
    if known is not None:
        plan, written, again = known
        out = arrays.allocate(plan.shape, written)
        if again.run(readable(samples), out):
            return arrays.convert(out, dtype or plan.precision)
    # Plan.
    plan = plan_convolution(convolution, samples.dtype, samples.shape, algorithm)
    problem = _problem(convolution, plan, samples, threads, dtype or plan.precision)
    if is_again:
        again = recorded(problem)
        again.run(problem.samples, problem.out)
        convolution.kernel.cache[key] = plan, problem.out.dtype, again
    else:
        run(problem)
    return arrays.convert(problem.out, dtype or plan.precision)


def convolve_planned(
    convolution: Convolution, plan: Plan, placement: Placement, samples: npt.NDArray[Any], threads: int | None
) -> npt.NDArray[Any]:
    """Convolve a part of what `plan` is for, with windows placed on the part, in the precision of the sums."""
    if convolution.depth == "grey":
        samples = grey(samples)
    own = plan._replace(placement=placement, shape=(len(samples), *placement.output, plan.shape[3]))
    problem = _problem(convolution, own, samples, threads, plan.precision)
    run(problem)
    return problem.out


def _problem(
    convolution: Convolution, plan: Plan, samples: npt.NDArray[Any], threads: int | None, dtype: np.dtype[Any]
) -> Problem:
    """What is to be computed, with an array for the result: of a `dtype`, if loops write that."""
    # Allocate.
    is_written = plan.writes_any_type and dtype.isnative and dtype.str[1:] in WRITTEN_TYPES[plan.sum_type.str[1:]]
    out = arrays.allocate(plan.shape, dtype if is_written else plan.precision)
    return Problem(convolution, plan, readable(samples), out, threads)


def convolve_known(
    convolution: Convolution,
    samples: Array,
    holes: Mask | None,
    threads: int | None,
    *,
    dtype: np.dtype[Any] | None = None,
    algorithm: str = "auto",
) -> tuple[Array, Mask | None]:
    """Convolve a batch around its holes; also where results could not be computed (NaN, 0 of an integer), or None."""
    if holes is None:
        return convolve_batch(convolution, samples, threads, dtype=dtype, algorithm=algorithm), None
    if convolution.depth == "grey":
        samples, holes = grey(samples), np.logical_or.reduce(holes, axis=3, keepdims=True)
    total, least = totals(convolution, samples.shape[3])
    known, algorithm = without_transforms(convolution, np.where(holes, samples.dtype.type(0), samples), algorithm)
    sums = convolve_batch(convolution, known, threads, algorithm=algorithm)
    if convolution.is_each and (holes == holes[..., :1]).all():
        holes = holes[..., :1]
    counts = weights = convolve_batch(*count(convolution, holes), threads, dtype=np.dtype(np.float32))
    if np.isfinite(least).any():
        over, mask = weigh(convolution, holes, sums.dtype)
        mask, algorithm = without_transforms(over, mask)
        weights = convolve_batch(over, mask, threads, algorithm=algorithm)
    if dtype is not None and dtype.kind in "ui":
        sums = sums.astype(np.float64)  # so that a result just below a half stays there
    lost = scale(sums, counts, weights, (total, least, convolution.bias), threads)
    return sums if dtype is None else arrays.convert(sums, dtype), lost
