"""Which preset a learned kernel is most like: the cosine of the angle between both, as vectors of weights.

The mean of each is taken off before, so that only the pattern counts. A kernel of several channels is compared with the
preset in each of them. The cosine of random kernels is not 0, and larger the fewer weights they have: it is to be
judged beside that of the kernel before it learned.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np

from cnnkit.arrays import Array, Floats
from cnnkit.data.kernels.presets import PRESETS
from cnnkit.data.learning.first_layer import finite
from cnnkit.geometry.pair import Pair

ANGLES = (0, 45, 90, 135)

LARGEST_SIDE = 31
"""Of a Sobel kernel."""

WAVELENGTH, SHORTEST = 0.7, 2.5
"""Of the stripes, as a share of the kernel's side, and in samples."""

NO_PATTERN = 1e-9
"""The share of a grid's weights below which its differences come from rounding."""


class Likeness(NamedTuple):
    """The preset that is most like a kernel.

    Attributes
    ----------
    name : str
        Of the preset.
    cosine : float
        -1 to 1; below 0 if the kernel is like the preset with its sign turned.
    """

    name: str
    cosine: float


def wavelength(size: Pair) -> float:
    """The samples from stripe to stripe of the Gabor presets for kernels of a size."""
    return max(round(WAVELENGTH * max(size), 1), SHORTEST)


def references(size: Pair) -> dict[str, Floats]:
    """Presets of a size by their names: Sobel's edges and Gabor's stripes in four directions, and a spot.

    Presets of an even side are the means of neighbours in the next larger one. What has no pattern in this size is
    left out.

    >>> list(references((3, 3)))[:5], references((1, 1))
    (['sobel-x', 'sobel:45', 'sobel-y', 'sobel:135', 'gabor'], {})
    """
    side = max(*size, 2) | 1
    edge = min(side, LARGEST_SIDE)
    made = {"sobel-x": PRESETS["sobel"].make(0, edge), "sobel:45": PRESETS["sobel"].make(45, edge)}
    made |= {"sobel-y": PRESETS["sobel"].make(270, edge), "sobel:135": PRESETS["sobel"].make(135, edge)}
    for angle in ANGLES:
        name = f"gabor:angle={angle}" if angle else "gabor"
        made[name] = PRESETS["gabor"].make(wavelength(size), angle, size=side)
    made["gaussian"] = PRESETS["gaussian"].make(max(side / 6, 0.7), side)
    grids = {name: _sized(weights, size) for name, weights in made.items()}
    return {name: grid for name, grid in grids.items() if np.ptp(grid) > NO_PATTERN * np.abs(grid).max()}


def most_alike(weights: Array, presets: Mapping[str, Floats]) -> Likeness | None:
    """The preset with the largest absolute cosine; None if the kernel, (rows, columns, depth), has no pattern.

    >>> sobel = references((3, 3))["sobel-x"]
    >>> most_alike(7 - 2 * sobel[..., None], references((3, 3)))
    Likeness(name='sobel-x', cosine=-1.0)
    """
    kernel = finite(weights)
    unit = _unit(kernel)
    if unit is None or not presets:
        return None
    found = []
    for name, grid in presets.items():
        other = _unit(np.broadcast_to(grid[..., None], kernel.shape))
        if other is not None:
            found.append(Likeness(name, round(float((unit * other).sum()), 6)))
    return max(found, key=lambda one: abs(one.cosine), default=None)


def _unit(grid: Floats) -> Floats | None:
    """A grid less its mean, of length 1."""
    largest = float(np.abs(grid).max())
    scaled = grid / (largest or 1.0)
    centred: Floats = scaled - scaled.mean()
    length = float(np.sqrt((centred**2).sum()))
    return centred / length if length > NO_PATTERN else None


def _sized(weights: Array, size: Pair) -> Floats:
    """The middle of an odd square as so many rows and columns, zeros around it if it is smaller."""
    grid: Floats = weights.astype(np.float64)
    for axis, side in enumerate(size):
        grid = np.moveaxis(grid, axis, 0)
        if side % 2 == 0:
            grid = (grid[1:] + grid[:-1]) / 2
        missing = max(side - len(grid), 0) // 2
        grid = np.pad(grid, ((missing, missing), (0, 0)))
        first = (len(grid) - side) // 2
        grid = np.moveaxis(grid[first : first + side], 0, axis)
    return grid
