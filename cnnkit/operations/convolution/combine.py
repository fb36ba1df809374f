"""The results of several kernels as one: the length of a gradient, or the strongest answer of a compass.

Sources: Gonzalez and Woods, Digital Image Processing, the magnitude of the gradient; G. S. Robinson, Edge detection by
compass gradient masks, 1977, the largest of the directions.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import reduce
from math import lcm
from typing import Any

import numpy as np

from cnnkit.data.kernels.kernel import joined_name
from cnnkit.data.raster import Raster, Samples
from cnnkit.errors import ArgumentError, SizeError, unknown_word
from cnnkit.geometry.pair import Pair, pair_text
from cnnkit.operations.convolution.raster import convolve_raster
from cnnkit.operations.convolution.settings import Convolution
from cnnkit.operations.levels import Inside


def _magnitude(results: Sequence[Samples]) -> Samples:
    """The root of the sum of squares, none of which is too large for a float64."""
    length = reduce(np.hypot, (one.astype(np.float64) for one in results))
    return np.where(np.isnan(reduce(np.maximum, results)), np.nan, length)


WAYS: dict[str, Callable[[Sequence[Samples]], Samples]] = {
    "magnitude": _magnitude,
    "max": lambda results: reduce(np.maximum, results),
}
"""How results become one; NaN in any of them is NaN."""


def check_combination(way: str, convolutions: Sequence[Convolution]) -> None:
    """Raise an `ArgumentError` if the results of these convolutions cannot be one."""
    if way not in WAYS:
        raise unknown_word(
            "combination", way, WAYS, synonyms=dict.fromkeys(("mag", "l2", "norm", "hypot"), "magnitude")
        )
    if len(convolutions) < 2:
        is_layer = convolutions[0].depth == "sum" and convolutions[0].kernel.weights.shape[3:] > (1,)
        problem = "with --depth sum several kernels are one layer" if is_layer else "there is one kernel"
        hint = "leave --depth sum out" if is_layer else "give two at least, as in -k sobel-x -k sobel-y"
        raise ArgumentError(f"--combine {way} joins the results of several kernels, and {problem}", hint=hint)


def combined_name(way: str | None, convolutions: Sequence[Convolution]) -> str:
    """The kernels, their settings, and how their results become one; the name of the first if they do not.

    >>> from cnnkit.operations.convolution.settings import read_convolution
    >>> combined_name("magnitude", [read_convolution("sobel-x", stride=2), read_convolution("sobel-y", stride=2)])
    'sobel-x+sobel-y-s2-magnitude'
    """
    first = convolutions[0]
    if way is None:
        return first.name
    settings = first.name.removeprefix(first.kernel.name)
    return f"{joined_name([one.kernel for one in convolutions])}{settings}-{way}"


def inside_all(convolutions: Sequence[Convolution], size: Pair) -> Inside:
    """The results that look at no padding, whichever kernel gave them."""
    every = [one.place(size).inside for one in convolutions]
    rows, columns = (
        range(max(ranges[axis].start for ranges in every), min(ranges[axis].stop for ranges in every))
        for axis in (0, 1)
    )
    return rows, columns


def convolve_combined(
    way: str | None, convolutions: Sequence[Convolution], image: Raster, threads: int | None = None
) -> Raster:
    """Convolve an image with several kernels and make their results one, sample by sample; None takes the first.

    The rows of the result are computed when they are taken, so that no result is held as a whole. Alpha is that of the
    first result, and a hole in any is a hole.
    """
    results = [convolve_raster(one, image, threads) for one in convolutions]
    first = results[0]
    if way is None:
        return first
    if others := [pair_text(result.shape) for result in results if result.shape != first.shape]:
        problem = f"results of {pair_text(first.shape)} and {others[0]} cannot be combined"
        raise SizeError(problem, hint="use kernels of one size and depth, or --padding same")
    sources = [result.bands for result in results]
    # The rows of a file are kept from the first that was taken last: so the window that begins first comes first.
    order = sorted(range(len(sources)), key=lambda number: -convolutions[number].place(image.shape[:2]).padding.top)

    def take(begin: int, end: int) -> dict[int, Any]:
        return {number: sources[number].take(begin, end) for number in order}

    def make(taken: dict[int, Any], begin: int, end: int) -> Samples:
        made = [source.make(taken[number], begin, end) for number, source in enumerate(sources)]
        with np.errstate(all="ignore"):  # what overflows is infinite
            colours = WAYS[way]([values[..., : first.colours] for values in made]).astype(first.dtype, copy=False)
        return np.concatenate([colours, made[0][..., first.colours :]], axis=2) if first.has_alpha else colours

    step, least = lcm(*(source.step for source in sources)), max(source.least for source in sources)
    combined = first.with_samples(sources[0]._replace(take=take, make=make, step=step, least=least))
    lost = [result.lost.results for result in results if result.lost]
    return replace(combined, lost=first.lost and first.lost._replace(results=np.logical_or.reduce(lost)))
