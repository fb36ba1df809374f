"""What belongs to the samples of a data set: their labels, and which are for training, validation and test.

A split is made by file, as pieces of one sound would give each other away, and by class, so that each part has its
share of every class. Which file goes where follows from a checksum of its name and the seed, and from no generator of
random numbers: it is the same on every machine and with every release of NumPy, whatever the order of the files, and
a file more moves few others.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence
from fractions import Fraction
from hashlib import sha256
from itertools import pairwise, permutations
from math import lcm
from pathlib import PurePath
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from cnnkit.errors import ArgumentError

PARTS = {2: ("train", "validation"), 3: ("train", "validation", "test")}
"""The parts of a data set, by their number."""

Shares = tuple[Fraction, ...]


class Labels(NamedTuple):
    """The class of each sample."""

    numbers: npt.NDArray[np.int64]  # of each sample, an index into `classes`
    classes: tuple[str, ...]


def read_split(text: str) -> Shares:
    """Read the shares of training, validation and, if there are three, test: fractions whose sum is 1.

    An ArgumentError if they are not 2 or 3 positive numbers, whole or decimal.

    >>> [str(share) for share in read_split("80:10:10")], [str(share) for share in read_split("0.75:0.25")]
    (['4/5', '1/10', '1/10'], ['3/4', '1/4'])
    """
    words = text.split(":")
    hint = "give 2 or 3 shares above 0: 80:20 for training and validation, 80:10:10 with a test"
    if len(words) not in PARTS:
        raise ArgumentError(f"split {text!r} has {len(words)} part{'s' * (len(words) > 1)}", hint)
    wrong = [word for word in words if not re.fullmatch(r"[0-9]{1,5}(\.[0-9]{1,5})?", word) or not Fraction(word)]
    if wrong:
        raise ArgumentError(f"split {text!r}: {wrong[0]!r} is not a number above 0, of 5 digits at most", hint)
    parts = [Fraction(word) for word in words]
    return tuple(part / sum(parts) for part in parts)


def folder_labels(files: Sequence[str]) -> Labels:
    """The names of the folders that hold the files as their classes, sorted; an ArgumentError if there is but one.

    >>> labels = folder_labels(["pets/dog/1.png", "pets/cat/1.png", "pets/dog/2.png"])
    >>> labels.classes, labels.numbers.tolist()
    (('cat', 'dog'), [1, 0, 1])
    """
    folders = [PurePath(file).parent.name for file in files]
    classes = tuple(sorted(set(folders)))
    if len(classes) < 2 or "" in classes:
        where = "are named without a folder" if "" in classes else f"are in the folder {', '.join(classes)}"
        count = folders.count("") or len(files)
        raise ArgumentError(
            f"{count} of {len(files)} files {where}: labels are names of folders, at least two",
            "put the files of each class into a folder of its own, and name the folder that holds these",
        )
    number = {name: place for place, name in enumerate(classes)}
    return Labels(np.array([number[folder] for folder in folders], np.int64), classes)


def split(files: Sequence[str], labels: npt.ArrayLike | None, shares: Shares, seed: int = 0) -> npt.NDArray[np.int8]:
    """Divide samples by file and class.

    Parameters
    ----------
    files : sequence of str
        The file that each of N samples is from; those of one file stay together.
    labels : (N,) array of int or None
        The class of each sample. Each class is divided as nearly as the shares allow, and so are all files together,
        but every class keeps a file for training.
    shares : tuple of Fraction
        As `read_split` gives them.
    seed : int
        Another one deals the files anew.

    Returns
    -------
    (N,) array of int8
        The part of each sample, an index into ``PARTS[len(shares)]``. With few files a part may have none.

    Raises
    ------
    ArgumentError
        If samples of one file have several labels.

    Examples
    --------
    >>> files = [f"{name}/{number}.png" for name in ("cat", "dog") for number in range(10)]
    >>> parts = split(files, np.repeat([0, 1], 10), read_split("80:10:10"))
    >>> np.bincount(parts).tolist(), np.bincount(parts[:10]).tolist()
    ([16, 2, 2], [8, 1, 1])
    """
    numbers = [0] * len(files) if labels is None else np.asarray(labels).tolist()
    label_of: dict[str, int] = {}
    for file, label in zip(files, numbers, strict=True):
        if label_of.setdefault(file, label) != label:
            raise ArgumentError(
                f"samples of {file} have labels {label_of[file]} and {label}, and a split is made by file",
                "give the samples of a file one label",
            )
    members: dict[int, list[str]] = defaultdict(list)
    for file in label_of:
        members[label_of[file]].append(file)
    classes = sorted(members)
    part_of: dict[str, int] = {}
    for label, sizes in zip(classes, _sizes([len(members[label]) for label in classes], shares), strict=True):
        dealt = sorted(members[label], key=lambda file: _place(file, seed))
        part_of |= zip(dealt, np.repeat(np.arange(len(sizes)), sizes).tolist(), strict=True)
    return np.array([part_of[file] for file in files], np.int8)


def _place(file: str, seed: int) -> tuple[bytes, ...]:
    """Where a file comes in its class: by its name and folder, so that a collection may be moved; then by its path."""
    path = PurePath(file).as_posix()
    texts = ("/".join(path.split("/")[-2:]), path)
    return tuple(sha256(f"{seed}\0{text}".encode(errors="surrogateescape")).digest() for text in texts)


def _sizes(counts: Sequence[int], shares: Shares) -> npt.NDArray[np.int64]:
    """The number of files of each class (rows) in each part (columns): exact shares, rounded up or down.

    First every class rounds by largest remainder. Then files move from parts with too many to those with too few, at
    once or by way of a third, wherever it does least harm, until the totals are those of all files divided at once.
    """
    scale = lcm(*(share.denominator for share in shares))
    exact: npt.NDArray[np.int64] = np.outer([*counts, sum(counts)], [int(share * scale) for share in shares])
    lower, gain = exact // scale, exact % scale  # gain: what it is worth to round up
    gain[:, 0] += np.where(lower[:, 0] == 0, 4 * scale, 0)  # no class without training
    ranks = np.argsort(np.argsort(-gain, axis=1, kind="stable"), axis=1)
    sizes = lower + (ranks < (exact.sum(axis=1) // scale - lower.sum(axis=1))[:, None])
    wanted, sizes, lower, gain = sizes[-1], sizes[:-1], lower[:-1], gain[:-1]
    while True:
        over = sizes.sum(axis=0) - wanted
        can_give, can_take = sizes > lower, sizes == lower
        loss = {
            (a, b): np.where(can_give[:, a] & can_take[:, b], gain[:, a] - gain[:, b], 9 * scale)
            for a, b in permutations(range(len(shares)), 2)
        }
        ways = [way for n in (2, 3) for way in permutations(range(len(shares)), n) if over[way[0]] > 0 > over[way[-1]]]
        costs = [sum(int(loss[step].min()) for step in pairwise(way)) for way in ways]
        if not costs or min(costs) >= 2 * scale:
            return np.asarray(sizes)
        for a, b in pairwise(ways[costs.index(min(costs))]):
            row = int(np.argmin(loss[a, b]))
            sizes[row, a] -= 1
            sizes[row, b] += 1
