"""What the benchmark of many files measures: folders of photographs and sounds, works, bars.

How near files must be is what the benchmark of whole commands says of one; here some of them are compared, and all are
counted.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeAlias

import command_cases
import features_cases
import numpy as np
from command_cases import MEANS, SHARPENED
from harness import BEST, OURS, Difference
from images import Array
from many_inputs import LARGE, SMALL, SOUNDS, link_sources, source_type, stems
from processes import PROCESSES, Usage

DEFAULT_COUNT = 2000
PARTS = {"small": SMALL, "large": LARGE, "sounds": SOUNDS}
WORKS = {
    SMALL: ((SHARPENED, "jpg"), (SHARPENED, "png"), (SHARPENED, "npy"), (MEANS, "png")),
    LARGE: ((SHARPENED, "jpg"), (SHARPENED, "png")),
}
DIALECTS = ("librosa", "psf")
LARGE_SHARE, FEWEST_LARGE = 10, 10
"""For so many small photographs a large one, and how many there are at least, if there are as many small ones."""
COMPARED = 5
"""Files of a row that are compared, from the first to the last."""

BARS = {"jpg": 1.15, "png": 0.7, "npy": 0.7}
BAR_SOUNDS = 0.3
TIMES_MORE, MEMORY_BAR = 4, 1.05
"""How many times as many files may take how many times the memory: what grows is the list of their names."""
CLOCK = PROCESSES._replace(threads="a process or a thread for each core")


@dataclass(frozen=True)
class OneFile(command_cases.Case):
    """One photograph of a row, or with a `size` of ``{}`` any, as the benchmark of whole commands sees it."""

    inputs: Path
    results: Path

    @property
    def source(self) -> Path:
        return self.inputs / f"{self.size}.{self.source_type}"

    def result(self, name: str) -> Path:
        """The file that a tool writes; cnnkit adds what was done."""
        usual = self.results / f"{self.size}.{self.type}"
        return next(self.results.glob(f"{self.size}.*.{self.type}"), usual) if name == OURS else usual


@dataclass(frozen=True)
class Files:
    """What a row is measured on; all tools write to one folder, which is emptied before."""

    folder: Path
    kind: str
    count: int
    different: int  # beyond these, the same ones again

    @property
    def inputs(self) -> Path:
        return self.folder / f"{self.kind.replace(' ', '')}-{self.count}"

    @property
    def results(self) -> Path:
        return self.folder / "results"

    @property
    def compared(self) -> list[str]:
        """Names without types."""
        numbers = np.linspace(0, self.count - 1, min(COMPARED, self.count)).astype(int)
        return [stems(self.count)[number] for number in numbers]

    def link(self) -> None:
        """Make the folder of the inputs."""
        link_sources(self.inputs, self.kind, self.count, self.different)

    def missing(self, type_: str) -> str:
        """What is wrong with the number of results; empty if nothing is."""
        found = len([*self.results.glob(f"*.{type_}")])
        return "" if found == self.count else f", {found} of {self.count} files"


@dataclass(frozen=True)
class Case:
    """One row: a work on photographs."""

    files: Files
    work: str
    type: str

    @property
    def name(self) -> str:
        return f"{self.work}, JPG to {self.type.upper()}"

    @property
    def bars(self) -> Mapping[str, float | None]:
        return {BEST: BARS[self.type]}

    def one(self, stem: str) -> OneFile:
        files = self.files
        return OneFile(
            files.folder,
            stem,
            self.work,
            source_type(files.kind),
            self.type,
            inputs=files.inputs,
            results=files.results,
        )

    def check(self) -> Callable[[str, Usage], Difference]:
        """Compares files with what OpenCV's functions make of the same ones in this process."""
        self.files.link()
        ones = [self.one(stem) for stem in self.files.compared]
        truths = [command_cases.true_result(one) for one in ones]
        look = command_cases.jpeg_difference if self.type == "jpg" else command_cases.exact_difference

        def compare(name: str, _: Usage) -> Difference:
            if problem := self.files.missing(self.type):
                return Difference(np.inf, 0, problem)
            return max(look(one, name, truth) for one, truth in zip(ones, truths, strict=True))

        return compare


@dataclass(frozen=True)
class SoundCase:
    """One row: 13 MFCCs of sounds."""

    files: Files
    dialect: str
    type: str = "npy"

    @property
    def name(self) -> str:
        return f"13 MFCC as {self.dialect}, WAV to NPY"

    @property
    def bars(self) -> Mapping[str, float | None]:
        return {BEST: BAR_SOUNDS}

    def check(self) -> Callable[[str, Usage], Difference]:
        """Compares all numbers of some files with cnnkit's, which other benchmarks compare with the truth."""
        self.files.link()
        expected: dict[str, Array] = {}
        allowed = features_cases.JOBS[self.dialect].allowed

        def compare(name: str, _: Usage) -> Difference:
            if problem := self.files.missing(self.type):
                return Difference(np.inf, 0, problem)
            largest = 0.0
            for stem in self.files.compared:
                result = np.load(next(self.files.results.glob(f"{stem}.*")))
                if name == OURS:
                    expected[stem] = result[:, :, 0]
                rows = features_cases.as_rows(result, expected[stem].shape[1])
                largest = max(largest, features_cases.difference(rows, expected[stem]))
            return Difference(largest, allowed)

        return compare


AnyCase: TypeAlias = Case | SoundCase


def sections(parts: list[str], count: int, folder: Path) -> dict[str, list[AnyCase]]:
    """What is measured, by title."""
    works: dict[str, list[AnyCase]] = {}
    for part in parts:
        kind = PARTS[part]
        number = min(count, max(FEWEST_LARGE, count // LARGE_SHARE)) if kind == LARGE else count
        files = Files(folder, kind, number, number)
        if kind == SOUNDS:
            works[f"{number:,} sounds of {kind}"] = [SoundCase(files, dialect) for dialect in DIALECTS]
        else:
            works[f"{number:,} photographs of {kind}"] = [Case(files, *work) for work in WORKS[kind]]
    return works


def enlarged(case: AnyCase) -> AnyCase:
    """The same with more files."""
    return replace(case, files=replace(case.files, count=TIMES_MORE * case.files.count))
