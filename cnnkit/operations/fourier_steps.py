"""The steps of a Fourier transform in the lanes of vectors: which radices, in which order, with which factors.

Source: Cooley and Tukey, "An algorithm for the machine calculation of complex Fourier series", 1965.
"""

from __future__ import annotations

import math

import numpy as np

from cnnkit.arrays import Floats, Integers


def transform_steps(size: int) -> list[int]:
    """The radices in which a transform of `size` is taken, as few as can be; none if it has a factor above 5.

    >>> [transform_steps(size) for size in (32, 64, 128, 256)]
    [[8, 4], [8, 8], [8, 4, 4], [8, 8, 4]]
    >>> transform_steps(200), transform_steps(14)
    ([8, 5, 5], [])
    """
    odd = []
    for radix in (5, 3):
        while size % radix == 0:
            size //= radix
            odd.append(radix)
    if size & (size - 1):
        return []
    rounds = size.bit_length() - 1
    if rounds < 2:
        return [2] * rounds + odd
    count = -(-rounds // 3)
    return [8] * (rounds - 2 * count) + [4] * (3 * count - rounds) + odd


def transform_order(radices: list[int]) -> Integers:
    """The frequency at each place after a transform in these steps.

    >>> transform_order([4, 4]).tolist()
    [0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15]
    """
    places = np.zeros(1, dtype=np.int64)
    for radix in reversed(radices):
        places = (np.arange(radix)[:, None] + radix * places).ravel()
    return places


def transform_factors(radices: list[int]) -> tuple[Integers, Floats]:
    """The steps of a transform as the loops read them, and their factors; the last step's are all 1."""
    steps, factors, place, length = [], [np.zeros(0)], 0, math.prod(radices)
    for radix in radices:
        part = length // radix
        steps += [radix, length, place if part > 1 else -1]
        if part > 1:
            roots = np.exp(-2j * np.pi / length * np.outer(np.arange(part), np.arange(1, radix)))
            factors.append(np.stack([roots.real, roots.imag], axis=-1).ravel())
            place += factors[-1].size
        length = part
    return np.array(steps, dtype=np.int64), np.concatenate(factors)
