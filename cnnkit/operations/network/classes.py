"""The largest of a network's outputs: its classes, most likely first."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from cnnkit.arrays import Array
from cnnkit.errors import SizeError
from cnnkit.geometry.pair import counted, pair_text
from cnnkit.operations.network.functions import softmax


class Class(NamedTuple):
    """A class, by its number from 0, its output and how likely it is among all."""

    number: int
    value: float
    probability: float


def check_classes(shape: tuple[int, ...]) -> None:
    """Raise a SizeError if an output of this shape is no value for each class."""
    if len(shape) == 3 and shape[:2] != (1, 1):
        raise SizeError(
            f"the output is {pair_text(shape)}, maps and no classes",
            hint=f"end the layers in gap, for {counted(shape[-1], 'value')}, or in flatten and fc10",
        )


def top_classes(output: Array, count: int, *, has_softmax: bool) -> list[Class]:
    """The `count` largest values of (n,); probabilities are the values after a softmax, or softmax of them.

    >>> top_classes(np.array([0.0, np.log(3.0)]), 1, has_softmax=False)
    [Class(number=1, value=1.0986122886681098, probability=0.75)]
    """
    check_classes(output.shape)
    output = output.ravel()
    wide = output.astype(np.float64)
    shares = wide if has_softmax else softmax(wide)
    order = np.argsort(-np.nan_to_num(wide, nan=-np.inf), kind="stable")[:count]
    return [Class(int(k), float(output[k]), float(shares[k])) for k in order]
