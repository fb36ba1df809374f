"""Labelled examples, and which of them a network learns from and which it is tested on while it learns."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from cnnkit.arrays import Array
from cnnkit.data.dataset import PARTS, Shares, split
from cnnkit.errors import InputError

TRAIN, VALIDATION, TEST = range(3)
"""The parts of a data set, as indices into ``PARTS[3]``."""

DEFAULT_SHARES: Shares = (Fraction(4, 5), Fraction(1, 5))
"""Of training and validation, where nothing else is said."""

MOST_NAMED = 5
"""Classes that an error names."""


class Examples(NamedTuple):
    """Inputs of one shape with their classes.

    Samples are taken out of `inputs` by their indices, which copies them: they may lie in a file, at any byte.
    """

    inputs: Array  # (n, *shape), uint8 or float32, as prepared; may be mapped from a file
    labels: Array  # (n,) int64, indices into classes
    classes: tuple[str, ...]
    training: Array  # indices of inputs
    validation: Array  # indices of inputs; may be empty
    heard: str = ""  # the sound, as a word, that the first was made of by a layer of the network


def examples_of(inputs: Array, labels: Array, classes: Sequence[str], parts: npt.ArrayLike) -> Examples:
    """Examples whose parts are known; what is for a test is in neither of them.

    Parameters
    ----------
    inputs : (n, ...) array
    labels : (n,) array of int
        Indices into `classes`.
    classes : sequence of str
    parts : (n,) array of int
        `TRAIN`, `VALIDATION` or `TEST`.

    Raises
    ------
    InputError
        If a class has no example to train on.

    Examples
    --------
    >>> found = examples_of(np.zeros((4, 2)), np.array([0, 1, 0, 1]), ["cat", "dog"], [0, 0, 1, 2])
    >>> found.training, found.validation
    (array([0, 1]), array([2]))
    """
    part = np.asarray(parts)
    training = np.flatnonzero(part == TRAIN)
    counts = np.bincount(labels[training], minlength=len(classes))
    if missing := [name for name, count in zip(classes, counts, strict=True) if not count]:
        shown = ", ".join(missing[:MOST_NAMED]) + ", ..." * (len(missing) > MOST_NAMED)
        has = "has" if len(missing) == 1 else "have"
        raise InputError(
            f"{len(missing)} of {len(classes)} classes {has} no example to train on: {shown}",
            "give each class an example at least, or leave the class out",
        )
    return Examples(inputs, labels.astype(np.int64), tuple(classes), training, np.flatnonzero(part == VALIDATION))


def dealt(
    files: Sequence[str], labels: Array, shares: Shares | None, seed: int = 0, *, among: Array | None = None
) -> Array:
    """The part of each sample, by its file and class; those not `among` the ones to be dealt are for a test.

    >>> dealt([f"{name}/{number}" for name in "ab" for number in range(5)], np.repeat([0, 1], 5), None).tolist()
    [0, 0, 1, 0, 0, 0, 0, 0, 1, 0]
    """
    parts = np.full(len(files), TEST, np.int8)
    chosen = np.arange(len(files)) if among is None else np.flatnonzero(among)
    if len(chosen):
        parts[chosen] = split(
            [files[place] for place in chosen.tolist()], labels[chosen], shares or DEFAULT_SHARES, seed
        )
    return parts


def part_of(name: str) -> int | None:
    """The part of a data set that a word names, in a file or as a folder; None for any other word.

    >>> part_of("Training"), part_of("val"), part_of("test"), part_of("cat")
    (0, 1, 2, None)
    """
    return _WORDS.get(name.lower())


_WORDS = dict.fromkeys((PARTS[3][TRAIN], "training"), TRAIN)
_WORDS |= dict.fromkeys((PARTS[3][VALIDATION], "val", "valid", "dev"), VALIDATION)
_WORDS |= dict.fromkeys((PARTS[3][TEST], "testing"), TEST)


def validated(parts: Array) -> Array:
    """The parts of samples that others divided: with a test and no validation, the test is what to validate on.

    >>> validated(np.array([0, 0, 2])), validated(np.array([0, 1, 2]))
    (array([0, 0, 1]), array([0, 1, 2]))
    """
    return parts if (parts == VALIDATION).any() else np.where(parts == TEST, VALIDATION, parts)
