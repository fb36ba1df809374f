"""A small picture with something in it for every kernel: shapes, edges of all directions, lines, points, textures."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

SIDE = 96
"""Rows and columns."""


def scene() -> npt.NDArray[np.uint8]:
    """The picture, (96, 96, 1): a disk, a square, a triangle, lines, points, a slope, two widths of stripes, grain.

    >>> scene().shape
    (96, 96, 1)
    """
    y, x = np.mgrid[:SIDE, :SIDE].astype(np.float64)
    grey = 70 + 40 * x / SIDE
    grey[np.hypot(y - 24, x - 24) <= 15] = 215
    grey[10:38, 54:86] = 180
    grey[18:30, 62:78] = 35
    grey[(y >= 46) & (y <= 68) & (np.abs(x - 20) <= (y - 46) * 0.7)] = 230
    for place in (45, 49):
        grey[44:68, place] = grey[place + 7, 40:62] = 245
    grey[46:62:5, 68:92:5] = 255
    coarse, fine = grey[74:92, 6:34], grey[74:92, 36:64]
    coarse[...] = 128 + 90 * np.sin(2 * np.pi * x[: coarse.shape[0], : coarse.shape[1]] / 7)
    fine[...] = 128 + 90 * np.sin(2 * np.pi * (x + y)[: fine.shape[0], : fine.shape[1]] / 4)
    grey[66:92, 66:92] = 128 + np.random.default_rng(5).normal(0, 35, (26, 26))
    levels: npt.NDArray[np.uint8] = np.rint(grey).clip(0, 255).astype(np.uint8)
    return levels[:, :, None]
