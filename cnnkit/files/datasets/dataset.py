"""A data set on its way into its file: one array, N first, and beside it what is known of each sample."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from cnnkit.data.dataset import PARTS, Labels, Shares, split
from cnnkit.data.rows import Rows
from cnnkit.errors import OutputError, SizeError, printable
from cnnkit.files.datasets import folder, zarr
from cnnkit.files.matrices import encode_matrix
from cnnkit.files.spool import Spool
from cnnkit.files.writing import Encoder, Written, foretold, write_file
from cnnkit.files.zarr.package import check_installed
from cnnkit.geometry.pair import pair_text

FORMATS = ("npz", "zarr")

Beside = Mapping[str, npt.NDArray[Any] | str]


def _text(name: str) -> str:
    """A name as text, in which bytes that are none are spelled out."""
    return name.encode(errors="backslashreplace").decode()


class RaggedError(SizeError):
    """A sample whose shape or type is not that of those before it, with which it makes no array."""


class DataSet:
    """Samples that wait on the disk of their file, one at a time in memory, until all are there.

    A set whose command ends before it is written leaves nothing behind.

    Parameters
    ----------
    path : Path
        Where the set will be: a file if `file_format` is npz, a folder if it is zarr.
    file_format : str
        One of `FORMATS`.
    hint : str
        What to do about samples of different shapes.

    Raises
    ------
    OutputError
        If nothing can be written there, or the package for the format is missing.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> from cnnkit.data.dataset import folder_labels
    >>> with tempfile.TemporaryDirectory() as place:
    ...     path = Path(place, "set.npz")
    ...     pets = DataSet(path, "npz")
    ...     for name in ("cat/1.png", "dog/1.png"):
    ...         pets.add(np.zeros((2, 3, 1), np.float32), file=name)
    ...     beside = pets.beside(labels=folder_labels(pets.files))
    ...     written = pets.write(beside, "made by cnnkit")
    ...     with np.load(path) as found:
    ...         found["data"].shape, found["labels"].tolist(), found["classes"].tolist()
    ((2, 2, 3, 1), [0, 1], ['cat', 'dog'])
    """

    def __init__(self, path: Path, file_format: str, *, hint: str = "") -> None:
        if file_format == "zarr":
            check_installed(writes="write .npz")
        self.path, self.file_format = path, file_format
        self.files: list[str] = []  # of each sample
        self._lengths: list[int | None] = []
        self._rates: list[float | None] = []
        self._first: tuple[tuple[int, ...], np.dtype[Any], str] | None = None  # shape and type of each, and whose
        self._spool = Spool(path)
        self._hint = hint

    def __len__(self) -> int:
        return len(self.files)

    def add(
        self,
        samples: npt.NDArray[Any] | Rows,
        *,
        file: str,
        count: int | None = None,
        length: int | Sequence[int] | None = None,
        sample_rate: float | None = None,
    ) -> None:
        """Add a sample, or `count` samples that lie along a first axis; what fails leaves the set as it was.

        `length` is the number of rows before padding, of each sample where there are several; `sample_rate` in hertz.
        A RaggedError if shape or type are not those of the first sample, an OutputError if the disk takes no more.
        """
        rows = samples if isinstance(samples, Rows) else Rows.of(samples)
        shape = rows.shape if count is None else rows.shape[1:]
        first = self._first or (shape, rows.dtype, file)
        if (shape, rows.dtype) != first[:2]:
            raise RaggedError(
                f"{printable(file)} gives {pair_text(shape)} {rows.dtype}, and {printable(first[2])} "
                f"{pair_text(first[0])} {first[1]}: samples of one set have one shape and type",
                self._hint,
            )
        self._spool.add(rows)
        self._first = first
        n = 1 if count is None else count
        self.files += [file] * n
        self._lengths += [None] * n if length is None else np.broadcast_to(length, n).tolist()
        self._rates += [sample_rate] * n

    @property
    def data(self) -> Rows:
        """The array of all samples, N first; an OutputError if there is none."""
        if not self.files or self._first is None:
            raise OutputError(f"no sample is left for {self.path}", "mend the inputs that failed, or leave them out")
        return self._spool.rows((len(self), *self._first[0]), self._first[1])

    def beside(
        self,
        *,
        labels: Labels | None = None,
        shares: Shares | None = None,
        seed: int = 0,
        recipe: str = "",
        preparation: str = "",
    ) -> dict[str, npt.NDArray[Any] | str]:
        """The arrays beside `data`, by their names; `recipe` and `preparation` are JSON.

        ``files`` always; ``labels`` and ``classes``, ``lengths``, ``sample_rate`` (of each sample where they differ),
        ``split`` and ``splits`` (the names of the parts), ``recipe`` and ``preparation`` where they are known.
        """
        rows = self.data.shape[1]
        found: dict[str, npt.NDArray[Any] | str] = {"files": np.array([_text(file) for file in self.files])}
        if labels is not None:
            found |= {"labels": labels.numbers, "classes": np.array([printable(name) for name in labels.classes])}
        if any(length is not None for length in self._lengths):
            found["lengths"] = np.array([rows if length is None else length for length in self._lengths], np.int64)
        if any(rate is not None for rate in self._rates):
            rates = np.array([rate or 0 for rate in self._rates])
            found["sample_rate"] = rates if np.ptp(rates) else rates[0]
        if shares is not None:
            found["split"] = split(self.files, None if labels is None else labels.numbers, shares, seed)
            found["splits"] = np.array(PARTS[len(shares)])
        texts = {"recipe": recipe, "preparation": preparation}
        return found | {name: text for name, text in texts.items() if text}

    def encoder(self, beside: Beside, made_by: str) -> Encoder:
        """A function that writes the set as npz into a stream; `made_by` is the command."""
        return encode_matrix(self.data, "npz", made_by, {**beside, "command": made_by})

    def write(self, beside: Beside, made_by: str, *, force: bool = False) -> Written:
        """Write the set to its file or folder; an OutputError if what is there may not be replaced.

        The set of before is whole until the new one takes its place.
        """
        shape = pair_text(self.data.shape)
        if self.file_format == "npz":
            return write_file(self.path, self.encoder(beside, made_by), shape=shape, force=force)
        fill = zarr.filler(self.data, {**beside, "command": made_by})
        return folder.write_folder(self.path, fill, shape=shape, force=force)

    def foretold(self, *, force: bool = False) -> Written:
        """What writing the set would do, known before any sample; an OutputError if it may not be replaced."""
        foretell = foretold if self.file_format == "npz" else folder.foretold
        return foretell(self.path, force=force)
