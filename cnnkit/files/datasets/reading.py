"""Labelled samples read back from a file: a set of ``--stack``, or what others save with NumPy or Zarr.

Samples stay in the file where they lie there as they are used; otherwise they go into a temporary one, some rows at a
time. Names are those of cnnkit's own sets, of Keras (x_train, y_train), or of MedMNIST (train_images, train_labels).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial
from math import prod
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from cnnkit import memory
from cnnkit.arrays import Array
from cnnkit.data.dataset import PARTS
from cnnkit.data.learning.examples import TEST, TRAIN, part_of
from cnnkit.data.rows import Rows
from cnnkit.errors import InputError, printable, quoted
from cnnkit.files.datasets.archive import Member, Members, archive_members
from cnnkit.files.datasets.zarr import zarr_members
from cnnkit.files.reading import open_file
from cnnkit.files.spool import Spool
from cnnkit.geometry.pair import counted, pair_text

DATA = ("data", "x", "images", "inputs")
LABELS = ("labels", "y", "label", "targets")
"""Names of arrays, whatever their case; the first that is there is taken."""

PARTED = (("x_{}", "y_{}"), ("{}_images", "{}_labels"))
"""Names of arrays where each part of a set has its own; the parts are words as `part_of` knows them."""

WORDS = ("train", "training", "val", "valid", "validation", "dev", "test", "testing")
MOST_PARTS = len(PARTS[3])  # with which the test is not read
MOST_LABEL = (1 << 31) - 1
MOST_NAMES = 6
"""Arrays that an error names."""

Numbers = npt.NDArray[Any]


class StackedSet(NamedTuple):
    """Samples as a file holds them, with what it says of each."""

    inputs: Array  # (n, *shape), uint8 or float32; images have a depth
    labels: npt.NDArray[np.int64]  # (n,), indices into classes
    classes: tuple[str, ...]
    parts: Array | None  # (n,), where the set is divided: TRAIN, VALIDATION or TEST
    files: list[str]  # of each sample: what is of one file stays together
    unread: int = 0  # samples for a test that were left in the file
    sample_rate: int | None = None  # of sounds, where it is one


class _Piece(NamedTuple):
    """An array of samples and that of their labels; its part, where it is one."""

    data: str
    labels: str
    part: int | None = None


def is_set(name: str) -> bool:
    """Whether a name is that of a file or folder that a set is in.

    >>> is_set("pets.npz"), is_set("pets.zarr/"), is_set("pets")
    (True, True, False)
    """
    return Path(name).suffix.lower() in (".npz", ".zarr")


def read_set(path: Path) -> StackedSet:
    """Read the labelled samples in an .npz or a .zarr.

    Parameters
    ----------
    path : Path
        Samples are N x rows x columns x depth, N x rows x columns, or N x values. Labels are N whole numbers from 0
        on, or N texts. Parts are those of a ``split`` beside them, or arrays of their own, as ``x_test``, which is
        not read where there is a validation too.

    Returns
    -------
    found : StackedSet

    Raises
    ------
    InputError
        If arrays are missing, damaged, or do not fit each other; if they hold Python objects, which are never read; if
        labels are no classes, or all the same; if samples are no numbers.
    SizeError
        If what is compressed would take more than one array may.
    """
    if not path.is_dir():
        open_file(path).close()  # which says what is wrong with it
    members = zarr_members(path) if path.is_dir() else archive_members(path)
    pieces = _pieces(members)
    read = [piece for piece in pieces if piece.part != TEST or len(pieces) < MOST_PARTS]
    data = [members[piece.data]() for piece in read]
    counts = [_count(member.rows, piece.data) for member, piece in zip(data, read, strict=True)]
    columns = [_column(members, piece.labels, count) for piece, count in zip(read, counts, strict=True)]
    labels, classes = _classes(members, np.concatenate(columns), read[0].labels)
    n = len(labels)
    parts = _parts(members, n) if read[0].part is None else np.repeat([piece.part or TRAIN for piece in read], counts)
    files = _column(members, "files", n).tolist() if "files" in members else [str(number) for number in range(n)]
    unread = sum(members[piece.data]().rows.shape[0] for piece in pieces if piece not in read)
    rates = {*members["sample_rate"]().rows.array().tolist()} if "sample_rate" in members else set()
    return StackedSet(
        _inputs(data, read), labels, classes, parts, files, unread, int(rates.pop()) if len(rates) == 1 else None
    )


def _pieces(names: Sequence[str] | Members) -> list[_Piece]:
    """The arrays that belong together: one pair of samples and labels, or one for each part."""
    known = {name.lower(): name for name in names}
    parted: dict[int, _Piece] = {}
    for pair in PARTED:
        for word in WORDS:
            data, labels = (known.get(one.format(word)) for one in pair)
            if data and labels:
                parted.setdefault(part_of(word) or TRAIN, _Piece(data, labels, part_of(word)))
    if TRAIN in parted:
        pieces = [*parted.values()]
        return pieces if len(pieces) > 1 else [pieces[0]._replace(part=None)]
    data, labels = (next((known[one] for one in wanted if one in known), None) for wanted in (DATA, LABELS))
    if data and labels:
        return [_Piece(data, labels)]
    shown = ", ".join(quoted(name) for name in [*names][:MOST_NAMES]) + ", ..." * (len(names) > MOST_NAMES)
    if data and "files" in known:
        raise InputError("the samples of this set have no labels", "make the set with --labels folder")
    missing = "labels" if data else "data"
    problem = f"it holds {f'the arrays {shown}' if names else 'no arrays'}, and none is named {missing}"
    raise InputError(problem, "save it with numpy.savez('set.npz', data=samples, labels=numbers)")


def _count(rows: Rows, name: str) -> int:
    """How many samples there are; an error if they are no samples."""
    if rows.dtype.kind not in "buif":
        raise InputError(f"its array {quoted(name)} is of {rows.dtype}, and not of real numbers", "save numbers")
    if len(rows.shape) not in (2, 3, 4):
        hint = "save N x rows x columns x depth, N x rows x columns, or N x values"
        raise InputError(f"its array {quoted(name)} has {len(rows.shape)} dimensions, not 2, 3 or 4", hint)
    if not prod(rows.shape):
        raise InputError(f"its array {quoted(name)} of {pair_text(rows.shape)} is empty", "save a set with samples")
    return rows.shape[0]


def _column(members: Members, name: str, count: int) -> Numbers:
    """An array with one value for each sample; an error if there are more or fewer."""
    member = members[name]()
    rows = member.rows
    if rows.shape not in ((count,), (count, 1)):
        is_long = len(rows.shape) == 2 and rows.shape[0] == count
        hint = f"save numpy.argmax({name}, axis=1)" if is_long else "save both from the same samples"
        problem = f"its array {quoted(name)} has the shape {pair_text(rows.shape)}, and there are "
        raise InputError(problem + counted(count, "sample", ","), hint)
    size = prod(rows.shape) * rows.dtype.itemsize
    memory.check(size, f"the array {quoted(name)}", "save shorter texts, or numbers", member.packed_bytes)
    values = rows.array().reshape(-1)
    return np.char.decode(values, "utf-8", "backslashreplace") if values.dtype.kind == "S" else values


def _classes(members: Members, labels: Numbers, name: str) -> tuple[npt.NDArray[np.int64], tuple[str, ...]]:
    """The class of each sample as an index into the names of classes."""
    numbers = labels if labels.dtype.kind == "U" else _whole(labels, name)
    present, places = np.unique(numbers, return_inverse=True)
    if len(present) < 2:
        problem = f"all {len(labels):,} samples have the label {printable(str(present[0]))}"
        raise InputError(problem, "give samples of two classes at least")
    if labels.dtype.kind == "U" or "classes" not in members:
        return places.astype(np.int64).reshape(-1), tuple(printable(str(one)) for one in present.tolist())
    rows = members["classes"]().rows
    names = _column(members, "classes", rows.shape[0])
    if present[-1] >= len(names):
        problem = f"label {present[-1]} has no name: its array 'classes' has {len(names)}, for labels from 0 on"
        raise InputError(problem, "save a name for each class")
    return numbers.astype(np.int64), tuple(printable(str(one)) for one in names.tolist())


def _whole(labels: Numbers, name: str) -> Numbers:
    """Labels that are whole numbers from 0 on."""
    shown = f"its array {quoted(name)}"
    if labels.dtype.kind not in "buif":
        raise InputError(f"{shown} is of {labels.dtype}, and no labels", "save whole numbers from 0 on, or texts")
    if labels.dtype.kind == "f":
        wrong = ~np.isfinite(labels) | (labels != np.round(labels))
        if wrong.any():
            place = int(np.flatnonzero(wrong)[0])
            problem = f"label {labels[place]:g} of sample {place} is no whole number, as {wrong.sum():,} are not"
            raise InputError(f"{shown}: {problem}", "save the number of a class for each sample")
    if labels.min() < 0:
        count = int((labels < 0).sum())
        problem = f"{counted(count, 'label', ',')} below 0, the least {labels.min():g}"
        raise InputError(f"{shown} has {problem}", "leave samples without a class out, and number classes from 0")
    if labels.max() > MOST_LABEL:
        raise InputError(f"{shown} has the label {labels.max():g}", f"number classes from 0 on, to {MOST_LABEL:,}")
    return labels.astype(np.int64)


def _parts(members: Members, count: int) -> Array | None:
    """The part of each sample, as the set itself has it."""
    if "split" not in members:
        return None
    split = _whole(_column(members, "split", count), "split")
    words = [*PARTS[3]]
    if "splits" in members:
        words = _column(members, "splits", members["splits"]().rows.shape[0]).tolist()
    parts = [part_of(str(word)) for word in words]
    if split.max() >= len(parts) or None in parts:
        problem = f"its array 'split' has numbers to {split.max()}, and its parts are {', '.join(map(str, words))}"
        raise InputError(printable(problem), "name them train, validation and test in the array 'splits'")
    return np.array(parts, np.int8)[split]


def _inputs(data: Sequence[Member], pieces: Sequence[_Piece]) -> Array:
    """All samples one behind the other, as uint8 or float32, mapped from where they lie."""
    first = data[0].rows
    for member, piece in zip(data, pieces, strict=True):
        if member.rows.shape[1:] != first.shape[1:]:
            shapes = f"{pair_text(member.rows.shape)}, and {quoted(pieces[0].data)} {pair_text(first.shape)}"
            raise InputError(f"its array {quoted(piece.data)} is {shapes}", "save samples of one shape")
    are_levels = all(member.rows.dtype in (np.uint8, np.bool_) for member in data)
    dtype = np.dtype(np.uint8 if are_levels else np.float32)
    shape = (sum(member.rows.shape[0] for member in data), *first.shape[1:])
    mapped = data[0].mapped
    if len(data) == 1 and mapped is not None and mapped.dtype == dtype:
        inputs = mapped
        for block in _converted(first, dtype, pieces[0].data) if dtype.kind == "f" else ():
            del block  # all were looked through
    else:
        spool = Spool()
        for member, piece in zip(data, pieces, strict=True):
            blocks = partial(_converted, member.rows, dtype, piece.data)
            spool.add(Rows(member.rows.shape, dtype, blocks))
        inputs = spool.mapped(shape, dtype)
    return inputs[..., None] if inputs.ndim == 3 else inputs


def _converted(rows: Rows, dtype: np.dtype[Any], name: str) -> Iterator[Array]:
    """Samples in another type, some rows at a time; an error at the first that is no number."""
    first = 0
    for block in rows.blocks():
        with np.errstate(over="ignore"):
            numbers = block.astype(dtype, copy=False)
        if dtype.kind == "f" and not np.isfinite(numbers).all():
            place = first + int(np.argwhere(~np.isfinite(numbers))[0][0])
            problem = f"sample {place} of its array {quoted(name)} holds a NaN, an infinity or a number beyond float32"
            raise InputError(problem, "leave such samples out, or put numbers there: numpy.nan_to_num")
        yield numbers
        first += len(block)
