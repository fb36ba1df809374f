"""The labelled examples of a command: a folder of images or sounds for each class, or a set that was stacked.

Files are read and prepared as in any other command, in as many processes as pay. What comes of each goes into a file
without a name, so that memory does not grow with their number.
"""

from __future__ import annotations

import pickle
import shlex
from collections.abc import Callable, Mapping, Sequence
from math import prod
from pathlib import Path, PurePath
from typing import Any, NamedTuple

import numpy as np

from cnnkit.arrays import Array
from cnnkit.cli import compiling, pictures
from cnnkit.cli.inputs import Source, find_sources
from cnnkit.cli.network.loading import bringing
from cnnkit.cli.network.task import ALPHA, check_sound, taken
from cnnkit.cli.options import DEFAULT_FEATURES, Files, Results, Sounds
from cnnkit.cli.outputs import Outputs
from cnnkit.cli.report import Report
from cnnkit.cli.work.datasets import Kind, cure
from cnnkit.cli.work.schedule import each
from cnnkit.cli.work.summary import Summary
from cnnkit.data.dataset import Labels, Shares, folder_labels
from cnnkit.data.learning.examples import TEST, TRAIN, VALIDATION, Examples, dealt, examples_of, part_of, validated
from cnnkit.data.raster import Raster
from cnnkit.data.rows import Rows
from cnnkit.errors import ArgumentError, InputError, SizeError, printable
from cnnkit.files.datasets.reading import StackedSet, is_set, read_set
from cnnkit.files.spool import Spool
from cnnkit.geometry.pair import counted, pair_text
from cnnkit.network.volume import Shape, Volume, Waveform

Head = Callable[[Shape, Array], Array]
"""What makes an example of an input, as `taken` gives both: its shape, and its numbers as a batch of one.

Other processes can have it if it can be pickled.
"""

Check = Callable[[tuple[int, ...], int], None]
"""Raises an error if examples of a shape and so many classes are not what the network takes."""


def read_examples(
    words: Sequence[str],
    reading: pictures.Reading,
    report: Report,
    *,
    files: Files = Files(),  # noqa: B008
    wanted: tuple[int, ...] | None = None,
    shares: Shares | None = None,
    seed: int = 0,
    results: Results = Results(),  # noqa: B008
    head: Head | None = None,
    check: Check = lambda shape, classes: None,
) -> Examples:
    """Read the examples that are named: folders, of which sub-folders are read too, or one set.

    Parameters
    ----------
    words : sequence of str
        As they were typed: a file .npz or .zarr alone is a set.
    reading : pictures.Reading
        How files become images; a set is as it is.
    report : Report
        A file that cannot be read is an error there, and the others are used: closing it exits with 1.
    files : Files
        Where to find more names.
    wanted : tuple of int, optional
        The shape that all examples must have; else that of the first.
    shares : tuple of Fraction, optional
        Of training, validation and test. What is given deals anew; what a set or folders named train and test hold
        for a test stays that. Else the parts are theirs, or 80:20.
    seed : int
        Another one deals the files otherwise.
    results : Results
        Of which jobs, threads and the limit of memory count.
    head : callable, optional
        What is done with each input before it is kept: the layers of a network that take a sound itself.
    check : callable, optional
        Called with the shape of an example and the number of classes as soon as both are known.

    Returns
    -------
    found : Examples

    Raises
    ------
    ArgumentError
        If the files have no labels, or all the same.
    InputError
        If no file can be read, or a class has no example to train on.
    SizeError
        If an example has another shape or type.
    """
    if len(words) == 1 and files.files_from is None and is_set(words[0]):
        return _of_set(words[0], reading, report, wanted, shares, seed, head)
    sources = find_sources(words, files._replace(recursive=True), report, is_raw=bool(reading.sound.raw))
    for one in sources:
        if one.fault is not None or (one.name in words and not (one.is_here or one.path.exists())):
            try:
                with one.open():
                    pass
            except InputError as error:
                raise InputError(f"{one}: {error.problem}", error.hint) from None
        if is_set(one.name) and one.name in words:
            raise ArgumentError(f"{one} is a set, and more is named beside it", hint=f"train on it alone: {one}")
    labels = _labels([one.name for one in sources])
    kept = Results(jobs=results.jobs, threads=results.threads, max_memory=results.max_memory, quiet=results.quiet)
    outputs = Outputs(sources, kept, formats=("npy",), report=report, collects=True)
    of_sounds = _of_equal_length(words, reading.sound)
    gathering = Gathering(wanted, of_sounds, lambda shape: check(shape, len(labels.classes)))
    report.collection = gathering
    report.summary = Summary()  # nobody needs a line about each example
    compiling.announce(report)
    try:
        each(Read(reading, head), sources, outputs, report, kept)
    finally:
        report.collection = None
        report.clear_progress()
    if report.summary is not None:
        for line in report.summary.take_lines(len(sources)):
            report.say(line)
    inputs = gathering.inputs(len(sources))
    class_of = dict(zip((one.name for one in sources), labels.numbers.tolist(), strict=True))
    numbers = np.array([class_of[name] for name in gathering.files], np.int64)
    parts = _divided(gathering.files, numbers, _folder_parts(gathering.files), shares, seed, report)
    found = examples_of(inputs, numbers, [printable(name) for name in labels.classes], parts)
    return found._replace(heard=gathering.heard)


class Read(NamedTuple):
    """What is done with each file: read it, prepare it, and pass it on."""

    reading: pictures.Reading
    head: Head | None = None
    shows: bool = False

    @property
    def goes_by_rows(self) -> bool:
        """No row of a result is made of some rows alone."""
        return False

    @property
    def can_be_sent(self) -> bool:
        """Whether another process can do it."""
        try:
            return self.head is None or bool(pickle.dumps(self.head))
        except Exception:  # pickle has no error of its own for all that cannot be
            return False

    def work(self, source: Source, outputs: Outputs, report: Report, threads: int | None) -> None:
        """Read a file, each frame that is wanted as an example."""
        if self.head is not None:
            check_sound(source, self.reading, str(self.head))
        for image in pictures.read(source, self.reading, report):
            if image.has_alpha:
                report.note(source, [ALPHA])
            samples, heard = self._samples(image)
            if samples.dtype.kind == "f" and not np.isfinite(samples).all():
                count = samples.size - int(np.isfinite(samples).sum())
                problem = (
                    f"{counted(count, 'value', ',')} of {samples.size:,} {'is' if count == 1 else 'are'} no number"
                )
                raise InputError(problem, "leave this file out, or mend it")
            rate = {} if image.sound is None else {"sample_rate": image.sound.sample_rate}
            report.collect(source.name, samples, {"dtype": str(image.dtype), **rate, "heard": heard})

    def _samples(self, image: Raster) -> tuple[Array, str]:
        """An example, and the sound that the head took."""
        if self.head is not None:
            shape, batch = taken(image, hears=image.sound is not None and image.sound.features == "waveform")
            return np.ascontiguousarray(self.head(shape, batch), np.float32), shape.text
        is_level = image.dtype in (np.uint8, np.bool_)
        return np.ascontiguousarray(image.samples, np.uint8 if is_level else np.float32), ""


class Gathering:
    """The examples of all files, one behind the other in a file without a name."""

    keeps_records = False

    def __init__(
        self, wanted: tuple[int, ...] | None, of_sounds: str, check: Callable[[tuple[int, ...]], None]
    ) -> None:
        """The hint `of_sounds` says how their lengths become equal; the shape of the first is checked."""
        self._wanted, self._of_sounds, self._check = wanted, of_sounds, check
        self.heard = ""  # the sound that the first was made of
        self._first: tuple[str, Kind, np.dtype[Any]] | None = None
        self._spool = Spool()
        self.files: list[str] = []  # of each example

    def open(self, report: Report, sources: Sequence[Source]) -> list[Source]:
        """All inputs are read."""
        return [*sources]

    def add(self, file: str, samples: Array, facts: Mapping[str, Any]) -> None:
        """Add an example; a SizeError if it is not like the first, or as the network takes it."""
        kind: Kind = samples.shape, facts["dtype"], facts.get("sample_rate")
        first = self._first or (file, (self._wanted or kind[0], *kind[1:]), samples.dtype)
        shape, dtype, _ = first[1]
        if kind[0] != shape or kind[1] != dtype:
            other = f"{printable(first[0])} {pair_text(shape)} {dtype}"
            if self._wanted and kind[0] != shape:
                problem = f"{printable(file)} gives {pair_text(kind[0])}, and the network takes {pair_text(shape)}"
            else:
                problem = f"{printable(file)} gives {pair_text(kind[0])} {kind[1]}, and {other}"
            raise SizeError(problem, self._cure(first[1], kind))
        if self._first is None:
            self._check(shape)
            self.heard = facts.get("heard", "")
        self._spool.add(Rows.of(samples))
        self._first = first
        self.files.append(file)

    def close(self, report: Report) -> None:
        """Nothing is left to do."""

    def inputs(self, count: int) -> Array:
        """All examples; an InputError if none of so many files gave one."""
        if self._first is None:
            raise InputError(f"none of {counted(count, 'file', ',')} could be read", "see the errors above")
        return self._spool.mapped((len(self.files), *self._first[1][0]), self._first[2])

    def _cure(self, first: Kind, kind: Kind) -> str:
        """What brings an example to the shape of the others."""
        (wanted, *_), (shape, _, rate) = first, kind
        if rate is not None and first[2] is not None:
            is_longer = shape[1:] == wanted[1:] or self._wanted is None or len(shape) != len(wanted)
            other = f"write {pair_text(shape)} as the input of the network, or choose other --features"
            return cure(first, kind, self._of_sounds if is_longer else other)
        is_image = kind[1:] == first[1:] and len(shape) == len(wanted) == 3
        options = bringing(Volume(*wanted), Volume(*shape)) if is_image else ""
        return f"bring images to one shape: {options}" if options else cure(first, kind, "use files of one shape")


def _of_equal_length(words: Sequence[str], sound: Sounds) -> str:
    """How sounds of different lengths become examples of one shape."""
    options = sound._replace(features=sound.features or DEFAULT_FEATURES).words(None)
    command = shlex.join(["cnnkit", "mfcc", *words, "-r", *options, "--duration", "1s"])
    return f"cut and pad them in a set, and train on that: {command} --labels folder --stack -o set.npz"


def _labels(names: Sequence[str]) -> Labels:
    """The names of folders as classes; an ArgumentError if files lie beside the folders of others."""
    first: dict[PurePath, str] = {}
    for name in names:
        first.setdefault(PurePath(name).parent, name)
    for folder, name in first.items():
        outer = next((first[one] for one in folder.parents if one in first and one != PurePath()), None)
        if outer is not None:
            problem = f"{printable(outer)} lies beside the folder of {printable(name)}: a class is a folder of files"
            raise ArgumentError(problem, "move it into the folder of its class, or name the folders of classes alone")
    return folder_labels(names)


def _folder_parts(files: Sequence[str]) -> Array | None:
    """The parts that folders around those of classes name, as train/cat and test/cat; None if they name none."""
    part = {folder: part_of(PurePath(folder).parent.name) for folder in {str(PurePath(one).parent) for one in files}}
    found = {*part.values()}
    if None in found or TRAIN not in found or len(found) == 1:
        return None
    return np.array([part[str(PurePath(one).parent)] for one in files], np.int8)


def _divided(
    files: Sequence[str],
    labels: Array,
    own: Array | None,
    shares: Shares | None,
    seed: int,
    report: Report,
    unread: int = 0,
) -> Array:
    """The part of each example: dealt, or those that it has; `unread` ones are for a test, too."""
    if own is None or shares is not None:
        parts = dealt(files, labels, shares, seed, among=None if own is None else own != TEST)
    else:
        parts = validated(own)
    if count := int((parts == TEST).sum()) + unread:
        report.remark(f"left out {counted(count, 'example', ',')} for a test")
    if not (parts == VALIDATION).any():
        report.remark("no example is for validation: there are too few")
    return parts


def _of_set(
    name: str,
    reading: pictures.Reading,
    report: Report,
    wanted: tuple[int, ...] | None,
    shares: Shares | None,
    seed: int,
    head: Head | None,
) -> Examples:
    """The examples of a set, which are as they are."""
    sound = reading.sound._replace(features=None) if head is not None else reading.sound
    if options := sound.words(reading.frame):
        raise ArgumentError(f"{' '.join(options)} is for files, and {name} is a set", f"leave {options[0]} out")
    if reading.preparation is not None:
        option = next(iter(reading.preparation.settings))
        hint = f"leave --{option} out, or make the set with it"
        raise ArgumentError(f"--{option} is for images, and {name} is a set, whose samples are as they are", hint)
    try:
        found = read_set(Path(name))
        inputs = found.inputs if head is None else _heard(found, head, report.progress_of(name))
        shape = inputs.shape[1:]
        if wanted is not None and shape != wanted:
            problem = f"its samples are {pair_text(shape)}, and the network takes {pair_text(wanted)}"
            raise SizeError(problem, f"write {pair_text(shape)} as the input of the network, or make another set")
        parts = _divided(found.files, found.labels, found.parts, shares, seed, report, found.unread)
        heard = "" if head is None else Waveform(max(found.inputs.shape[1:]), found.sample_rate or 1).text
        return examples_of(inputs, found.labels, found.classes, parts)._replace(heard=heard)
    except (InputError, SizeError) as error:
        raise type(error)(f"{printable(name)}: {error.problem}", error.hint) from None
    finally:
        report.clear_progress()


def _heard(found: StackedSet, head: Head, show: Callable[[int, int], None]) -> Array:
    """What the first layers of a network make of the sounds of a set."""
    count, *shape = found.inputs.shape
    samples = max(shape)
    if prod(shape) != samples or found.sample_rate is None:
        problem = f"it holds samples of {pair_text(tuple(shape))}, and no sounds of one sample rate"
        raise InputError(problem, "make it of sounds: cnnkit mfcc sounds/ -r --features waveform --stack -o set.npz")
    spool = Spool()
    for number in range(count):
        batch = found.inputs[number].reshape(1, samples).astype(np.float32)
        made = np.ascontiguousarray(head(Waveform(samples, found.sample_rate), batch), np.float32)
        spool.add(Rows.of(made))
        show(number + 1, count)
    return spool.mapped((count, *made.shape), np.float32)
