"""Results of many inputs as one array in one file, with what is known of each beside it: ``--stack``."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from cnnkit.cli import options
from cnnkit.cli.inputs import Source
from cnnkit.cli.options import DataSets, Results
from cnnkit.cli.outputs import made_by
from cnnkit.cli.outputs.targets import problem_of_folder
from cnnkit.cli.report import Report, as_json
from cnnkit.data.dataset import PARTS, folder_labels, read_split
from cnnkit.errors import ArgumentError, OutputError, SizeError
from cnnkit.files.datasets.dataset import FORMATS, DataSet, RaggedError
from cnnkit.geometry.pair import pair_text

if TYPE_CHECKING:
    from cnnkit.data.recipes.finish import SoundPlan

Foretell = Callable[[Source], Sequence[int] | None]
"""The shape of an input's result by its header alone, where that says it."""

Kind = tuple[tuple[int, ...], str, int | None]
"""Shape and type of a sample, and the sample rate of a sound."""

MOST_INPUTS_READ = 20_000
"""Whose headers are read for the numbers in an error."""


def cure(first: Kind, kind: Kind, hint: str) -> str:
    """What makes a result like the first one, by what differs; the `hint` is for sizes.

    >>> cure(((4, 4, 3), "uint8", None), ((4, 4, 1), "uint8", None), "")
    'make them one depth: --rgb, or --grey'
    """
    (first_shape, first_dtype, first_rate), (shape, dtype, rate) = first, kind
    if (rate is None) != (first_rate is None):
        return "make a set of the images and one of the sounds"
    if dtype != first_dtype:
        return "make them one type: --scale 1"
    if rate != first_rate:
        return f"bring them to one rate first: --sample-rate {min(rate or 0, first_rate or 0)}"
    if shape[:-1] == first_shape[:-1]:
        return "make them one depth: --rgb, or --grey" if rate is None else "make them one depth: --channel mix"
    return hint


class Collection:
    """The data set of one command: what comes of each input is added, and all is written at the end."""

    keeps_records = True

    def __init__(
        self, wanted: DataSets, results: Results, sources: Sequence[Source], foretell: Foretell, hint: str
    ) -> None:
        """The `hint` says how results of different shapes become equal."""
        self.path = _path(results)
        self.format = self.path.suffix[1:].lower()
        self.force, self.dry_run = results.force, results.dry_run
        self.sources, self._foretell, self._hint = sources, foretell, hint
        self.shares = None if wanted.split is None else read_split(wanted.split)
        if wanted.seed is not None and self.shares is None:
            raise ArgumentError("--seed without --split deals nothing", hint="add --split 80:10:10")
        self.seed = wanted.seed or 0
        self.is_labelled = wanted.labels is not None
        if wanted.labels not in (None, "folder"):
            raise ArgumentError(f"labels {wanted.labels!r} are not known", hint="write --labels folder: their names")
        self._labels = folder_labels([source.name for source in sources]) if self.is_labelled else None
        self._first: Kind | None = None
        self._texts: dict[str, str] = {}  # recipe and preparation, as JSON
        self._set: DataSet | None = None

    def open(self, report: Report, sources: Sequence[Source]) -> list[Source]:
        """Begin, and return the inputs without the set itself; if that may not be written, the command ends here."""
        typed, real = options.given.get("inputs") or [], os.path.realpath(self.path)
        left = [one for one in sources if one.name in typed or os.path.realpath(one.name) != real]
        try:
            if error := problem_of_folder(Path(os.path.realpath(self.path)).parent):
                raise error
            if any(os.path.realpath(one.name) == real for one in left):
                raise OutputError(f"{self.path} is an input, which is never replaced", "choose another name with -o")
            self._set = DataSet(self.path, self.format, hint=self._hint)
            self._set.foretold(force=self.force)
        except OutputError as error:
            report.refuse(error)
        return left

    def add(self, file: str, samples: npt.NDArray[Any], facts: Mapping[str, Any]) -> None:
        """Add what came of an input: one sample, or `count` of them along a first axis."""
        assert self._set is not None
        for name, value in (("recipe", facts.get("recipe")), ("preparation", _settings(facts.get("preparation")))):
            if value:
                self._texts.setdefault(name, as_json(value, indent=None))
        known = {name: facts[name] for name in ("count", "length", "sample_rate") if name in facts}
        kind = samples.shape["count" in facts :], str(samples.dtype), facts.get("sample_rate")
        self._first = self._first or kind
        try:
            self._set.add(samples, file=file, **known)
        except RaggedError as error:
            is_plain = not facts.get("preparation")
            problem = f"{error.problem}{self._all_shapes() if is_plain else ''}; no set is written"
            raise SizeError(problem, hint=cure(self._first, kind, self._hint)) from None

    def close(self, report: Report) -> None:
        """Write the set, unless nothing came of any input, and say what is in it."""
        assert self._set is not None
        if not self._set.files:
            return
        names = self._set.files
        labels = self._labels
        if labels:  # of the inputs that are left; classes are those of all
            numbers = dict(zip((source.name for source in self.sources), labels.numbers.tolist(), strict=True))
            labels = labels._replace(numbers=np.array([numbers[name] for name in names], np.int64))
        beside = self._set.beside(labels=labels, shares=self.shares, seed=self.seed, **self._texts)
        data = self._set.data
        what = f"{pair_text(data.shape)} {data.dtype}"
        text = ""
        facts: dict[str, Any] = {"shape": list(data.shape), "dtype": str(data.dtype), "files": len({*names})}
        if labels:
            counts = dict(
                zip(labels.classes, np.bincount(labels.numbers, minlength=len(labels.classes)).tolist(), strict=True)
            )
            facts["classes"] = counts
            text += f"  {len(counts)} classes"
        if self.shares:
            parts = np.bincount(np.asarray(beside["split"]), minlength=len(self.shares)).tolist()
            facts["split"] = dict(zip(PARTS[len(self.shares)], parts, strict=True))
            text += "  " + ", ".join(f"{count} {name}" for name, count in facts["split"].items())
            if 0 in parts:
                report.say(f"too few files for this split: none is for {PARTS[len(parts)][parts.index(0)]}")
        foretell, write = self._set.foretold, self._set.write
        written = foretell(force=self.force) if self.dry_run else write(beside, made_by(), force=self.force)
        report.drawn["set"] = {"output": str(self.path), "action": written.action, **facts}
        report.say(f"{written.action} {self.path}  {what}{text}")

    def _all_shapes(self) -> str:
        """How different the results of all inputs are, as their headers say."""
        found: Counter[tuple[int, ...]] = Counter()
        for source in self.sources[:MOST_INPUTS_READ]:
            try:
                shape = self._foretell(source)
            except Exception:  # of which its own turn would have told
                continue
            if shape is not None:
                found[tuple(shape)] += 1
        if len(found) < 2:
            return ""
        least, most = min(found), max(found)
        return f"; {found.total()} inputs have {len(found)} shapes, {pair_text(least)} to {pair_text(most)}"


def _settings(preparation: Mapping[str, Any] | None) -> dict[str, Any]:
    """What was done to each image alike."""
    return {name: value for name, value in (preparation or {}).items() if name not in ("shape_before", "done")}


def _path(results: Results) -> Path:
    """The file of a set, and no other place for results."""
    others = {"--out-dir": results.out_dir, "--format": results.file_format, "--resume": results.resume}
    for option, value in others.items():
        if value:
            problem = f"--stack writes one file, and {option} is for a file of each input"
            raise ArgumentError(problem, hint=f"leave {option} out, and name the file: -o set.npz")
    path = Path(results.output or "")
    if path.suffix[1:].lower() not in FORMATS:
        problem = f"-o {results.output} names no data set" if results.output else "--stack has no file to write"
        raise ArgumentError(problem, hint="name one: -o set.npz, or -o set.zarr")
    return path


def lengths(plan: SoundPlan) -> list[int]:
    """The frames of each segment that come from the sound itself, and not from what it was padded with.

    >>> from cnnkit.data.recipes.finish import Finish, plan_sound
    >>> from cnnkit.data.recipes.recipe import Recipe
    >>> lengths(plan_sound(Recipe("", 2048, 512), Finish(segment="1s"), 51200, 22050))
    [44, 44, 14]
    >>> lengths(plan_sound(Recipe("", 2048, 512), Finish(length=120), 51200, 22050))
    [100]
    """
    features, found = plan.features, []
    present = min(plan.present, plan.samples) if plan.finish.fit != "loop" else plan.samples
    for number in range(plan.cut.count):
        samples = min(max(present - number * plan.cut.step, 0), plan.cut.size)
        is_wave = features.recipe.kind == "waveform"  # whose rows are channels
        frames = samples if is_wave or not samples else features.recipe.plan(samples, features.sample_rate).shape[0]
        for window in range(plan.windows.count):
            found.append(min(max(frames - window * plan.windows.step, 0), plan.windows.size))
    return found
