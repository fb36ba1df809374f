"""Find the kernel that turns one image into another: the public door of learning a kernel."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from cnnkit.arrays import Floats
from cnnkit.data.kernels.kernel import Kernel
from cnnkit.errors import ArgumentError, SizeError, unknown_word
from cnnkit.geometry.padding import pad_mode as read_pad_mode
from cnnkit.geometry.pair import PairLike, counted, pair, pair_text
from cnnkit.geometry.window import Window
from cnnkit.operations.learning.descent import Descent, Point, descend, error
from cnnkit.operations.learning.exact import Normal
from cnnkit.operations.learning.windows import Windows, gather

METHODS = ("descent", "exact")
DEPTHS = ("each", "sum")
KEPT_POINTS = 200
"""Of a descent: its losses and weights at as many of its steps."""


@dataclass(frozen=True, eq=False)
class Learned:
    """A kernel that was learned, and how.

    Attributes
    ----------
    kernel : Kernel
        (rows, columns), (rows, columns, depth) or (rows, columns, depth, kernels), with its biases if it has any.
    path : tuple of Point
        Some points of the descent, the first and the last among them; one for the method ``exact``.
    error : float
        The root of the mean squared error of all results, in their units.
    exact : ndarray
        The weights of least squares, of the kernel's shape.
    offsets : tuple of float
        What the results are larger than the sums, on average, for each kernel: its bias, where one is learned.
    windows, left_out : int
        Windows it was learned from, and results that were clipped or not finite.
    """

    kernel: Kernel
    path: tuple[Point, ...]
    error: float
    exact: Floats
    offsets: tuple[float, ...]
    windows: int
    left_out: int

    @property
    def distance(self) -> float:
        """The largest difference of a weight from that of least squares."""
        return float(np.abs(self.kernel.weights - self.exact).max())


def learn(
    *images: npt.ArrayLike,
    size: PairLike = 3,
    stride: PairLike = 1,
    dilation: PairLike = 1,
    pad_mode: str | None = None,
    depth: str = "each",
    kernels: int | None = None,
    bias: bool = False,
    method: str = "descent",
    optimiser: str = "momentum",
    steps: int = 6000,
    batch: int = 1024,
    rate: float | None = None,
    seed: int = 0,
    watch: Callable[[Point], None] | None = None,
) -> Learned:
    """Learn the kernel that turns images into others.

    Parameters
    ----------
    *images : array_like
        Pairs, each an image before and after: (rows, columns) or (rows, columns, depth). An image after is as large as
        the one before (divided by the stride, rounded up), or as large as the results of windows that lie in it.
    size, stride, dilation : int or (int, int)
        Of the kernel, as in `convolve`; rows and columns.
    pad_mode : str, optional
        How images go on beyond their edges, as in `convolve`. Without it only windows that lie in the image count.
    depth : {"each", "sum"}
        One grid for every channel by itself, or a grid for each channel whose sums make one channel after.
    kernels : int, optional
        With ``sum``, the channels after; as many as there are by default.
    bias : bool
        Whether a number is added to every sum, which is learned too.
    method : {"descent", "exact"}
        Gradient descent on mini-batches of windows, or least squares on all of them.
    optimiser : {"momentum", "sgd", "adam"}
        Descent with Polyak's momentum, plain, or Adam.
    steps, batch, seed : int
        Steps of descent, windows in each, and the seed that draws them and the first weights.
    rate : float, optional
        Of the first step, for samples whose largest magnitude is 1; it falls to 0. By default one that fits the images.
    watch : callable, optional
        Called with every `Point` of the descent.

    Returns
    -------
    Learned
        With the kernel, its error and the way to it.

    Raises
    ------
    ArgumentError
        If a setting is wrong whatever the images.
    SizeError
        If sizes or depths do not go together, or the windows do not determine the kernel: the message has the rank.

    Notes
    -----
    Results at the ends of an integer type may have been clipped, and are left out, as are those that are not finite.
    Samples and results are centred at their means first. Source: Goodfellow, Bengio and Courville, Deep Learning, 2016,
    chapter 8.

    Examples
    --------
    >>> before = np.random.default_rng(0).random((40, 40))
    >>> after = before[:, 1:] - before[:, :-1]
    >>> learn(before, after, size=(1, 2)).kernel.weights.round(3)
    array([[-1.,  1.]])
    """
    if not images or len(images) % 2:
        given = f"{counted(len(images), 'image')} {'is' if len(images) == 1 else 'are'} given"
        raise ArgumentError(f"{given}, and each before needs an after", hint="give pairs: before, after, before, after")
    for word, choices, what in ((method, METHODS, "method"), (depth, DEPTHS, "depth")):
        if word not in choices:
            raise unknown_word(what, word, choices)
    how = Descent(optimiser, steps, batch, rate, seed)
    how.check()
    window = Window(pair(size, "size"), pair(stride, "stride"), pair(dilation, "dilation"))
    mode = None if pad_mode is None else read_pad_mode(pad_mode)
    windows = gather(list(zip(images[::2], images[1::2], strict=True)), window, pad_mode=mode, depth=depth, seed=seed)
    if kernels is not None and kernels != windows.kernels:
        raise SizeError(
            f"{counted(kernels, 'kernel')} would make as many channels, and the images after have {windows.kernels}",
            hint=f"learn {windows.kernels}, or give images after of {counted(kernels, 'channel')}",
        )
    unit = float(np.abs(windows.samples).max(initial=0.0)) or 1.0
    scaled = windows._replace(samples=windows.samples / unit, targets=windows.targets / unit, step=windows.step / unit)
    normal = Normal(scaled)
    _check_rank(normal, windows)
    exact = normal.solve()
    path: list[Point] = []
    if method == "exact":
        path = [Point(0, exact, error(scaled, normal, exact) * unit)]
    else:
        every = max(steps // KEPT_POINTS, 1)
        for point in descend(scaled, normal, how):
            shown = point._replace(loss=point.loss * unit)
            if point.step % every == 0:
                path.append(shown)
            if watch is not None:
                watch(shown)
        if path[-1] is not shown:
            path.append(shown)
    weights = path[-1].weights
    offsets = normal.biases(weights) * unit
    wrong = error(scaled, normal, weights) * unit
    made = Kernel(_shaped(weights, windows), "learned", "what it was learned from", "", tuple(offsets.tolist()) * bias)
    return Learned(
        made,
        tuple(path),
        wrong if bias else float(np.hypot(wrong, np.sqrt(np.mean(offsets**2)))),
        _shaped(exact, windows),
        tuple(offsets.tolist()),
        normal.count,
        windows.left_out,
    )


def _shaped(weights: Floats, windows: Windows) -> Floats:
    """Weights (taps, kernels) in the shape of a kernel; one kernel over channels has no axis for kernels."""
    shape = windows.shape[:3] if windows.shape[3:] == (1,) else windows.shape
    return weights.reshape(shape)


def _check_rank(normal: Normal, windows: Windows) -> None:
    """Raise a SizeError if the windows leave weights open."""
    taps = len(windows.taps)
    if not normal.count:
        why = f": {counted(windows.left_out, 'result')} were clipped or not finite" if windows.left_out else ""
        raise SizeError(f"there is no window to learn from{why}", hint="give images of which less was clipped")
    if normal.rank < taps:
        grid = pair_text(windows.shape[:3] if windows.shape[3:] == (1,) else windows.shape)
        known = f"{normal.rank} of {taps} weights of a {grid} kernel (rank {normal.rank})"
        raise SizeError(
            f"{normal.count:,} windows determine {known}",
            hint="give images with more detail, more of them, or a smaller size",
        )
