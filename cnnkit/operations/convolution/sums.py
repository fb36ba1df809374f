"""Sums over channels with float32 weights of their own: the layers of a network, prepared once and run many times.

`convolve` reads a kernel's settings, and may choose float64 or whole numbers, for each image; a network's layers are
all float32, and their weights are too many to be kept twice.
"""

from __future__ import annotations

import numpy as np

from cnnkit.arrays import Array
from cnnkit.data.kernels.kernel import Kernel
from cnnkit.geometry.padding import Padding, PadMode
from cnnkit.geometry.window import Window, place
from cnnkit.operations.convolution.again import run
from cnnkit.operations.convolution.plan import Plan
from cnnkit.operations.convolution.planner import SUM, Case
from cnnkit.operations.convolution.problem import Finish, Later, Problem
from cnnkit.operations.convolution.settings import Convolution

FLOAT32 = np.dtype(np.float32)


def keeper_of_weights() -> Kernel:
    """A kernel that only keeps what is prepared of weights that are in a plan."""
    return Kernel(np.ones((1, 1)))


def prepare_sums(
    weights: Array,
    bias: Array | None,
    window: Window,
    padding: Padding,
    groups: int,
    *,
    image: Array,
    out: Array,
    finish: Finish,
    later: Later,
    threads: int | None,
    images: int,
    keeper: Kernel,
    is_direct: bool,
) -> None:
    """Have `later` run the loops that convolve `image` into `out`, all float32, the padding zeros; weights are HWIO.

    Sums are `is_direct`, or made by Winograd's products where these are faster for as many `images`. What is prepared
    of the weights is kept with `keeper`, a `keeper_of_weights`.
    """
    placement = place(image.shape[1:3], window, padding)
    case = Case(
        weights, placement, images, image.shape[3], groups, FLOAT32, has_whole_weights=False, is_exact=False
    )  # fmt: skip
    rules = ("layer",) if is_direct else ("winograd", "layer")
    plan = next(found for rule in rules if isinstance(found := SUM[rule](case, forced=False), Plan))
    offsets = np.zeros(weights.shape[3]) if bias is None else np.asarray(bias, np.float64)
    convolution = Convolution(keeper, window, padding, PadMode("constant"), groups, offsets, "sum")
    problem = Problem(convolution, plan, image, out, threads, finish, later)
    run(problem)
