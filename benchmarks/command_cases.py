"""What the benchmark of whole commands measures: files, works, bars, and how near the files that come out must be.

Where windows leave the image, each tool goes its own way (cnnkit sees zeros, OpenCV a mirror, the others the edge
again), so only results of windows within it are compared.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import cv2
import features_cases
import numpy as np
from command_inputs import HUGE, MPIXELS, RATE, SIZES, SMALL, write_sound, write_source
from harness import BEST, IMPORTS, OURS, Difference
from images import Array, size_name
from processes import PROCESSES, Usage

JPEG_444 = [cv2.IMWRITE_JPEG_QUALITY, 95, cv2.IMWRITE_JPEG_SAMPLING_FACTOR, cv2.IMWRITE_JPEG_SAMPLING_FACTOR_444]

SHARPEN = np.array([[0, -1, 0], [-1, 5, -1], [0, -1, 0]], np.float32)
EDGE = np.array([[-1, -1, -1], [-1, 8, -1], [-1, -1, -1]], np.float32)
SIGMA, REACH = 2.5, 15
GAUSSIAN = cv2.getGaussianKernel(REACH, SIGMA, cv2.CV_32F)
"""A column of it."""
SHARPENED, EDGES, SMOOTHED, MEANS, MAXIMA = "sharpen 3x3", "edge 3x3", "gaussian 15x15", "mean 2x2", "max 2x2"
FILES = {
    # from and to
    SHARPENED: ("jpg png", "jpg jpg", "jpg tiff", "jpg npy", "png png", "tiff tiff"),
    EDGES: ("jpg png",),
    SMOOTHED: ("jpg png", "jpg jpg"),
    MEANS: ("jpg png", "jpg jpg"),
    MAXIMA: ("jpg png",),
}
FILES_OF_HUGE = {SHARPENED: FILES[SHARPENED], MEANS: ("jpg png",)}
PARTS = ("convolve", "pool", "mfcc")
POOLED = (MEANS, MAXIMA)
DEFAULT_SIZES = SIZES

LEVELS, SUMS = 1.0, 1e-3
"""How far levels and sums in an array may be off."""
JPEG_EDGE = 16
"""Rows and columns at each side of a JPEG that are not compared: blocks of 8 spread what differs at the edge."""
BAR_PNG, BAR_JPEG, BAR_PNG_PNG, BAR_OTHERS = {"OpenCV": 0.9, "vips": 0.6}, {"OpenCV": 1.0, "vips": 1.2}, 0.5, 0.8
BAR_IMPORTS = 1.4
MEMORY_BARS = {"png": 1.1, "jpg": 1.4}
"""By what is written: the largest share of the memory of OpenCV's script."""

SOUNDS = (("wav", 10), ("wav", 60), ("flac", 60), ("wav", 600), ("wav", 3600))


@dataclass(frozen=True)
class Case:
    """One row: a work on an image, from file to file."""

    folder: Path
    size: str
    work: str
    source_type: str
    type: str

    @property
    def name(self) -> str:
        return f"{self.work}, {self.source_type.upper()} to {self.type.upper()}"

    @property
    def source(self) -> Path:
        return self.folder / f"{self.size}.{self.source_type}"

    @property
    def bars(self) -> Mapping[str, float | None]:
        """For large images by files; a small one is beside the imports that any start needs."""
        if self.size == SMALL:
            return {BEST: None, IMPORTS: BAR_IMPORTS}
        if self.size not in ("18", HUGE):
            return {BEST: None}
        if self.type in ("tiff", "npy"):
            return {BEST: BAR_OTHERS}
        if self.source_type == "png":
            return {BEST: None, "OpenCV": BAR_PNG_PNG}
        return {BEST: None, **(BAR_JPEG if self.type == "jpg" else BAR_PNG)}

    @property
    def memory_bar(self) -> float | None:
        """As a share of the memory of OpenCV's script."""
        return MEMORY_BARS.get(self.type) if self.size in ("18", HUGE) else None

    @property
    def round_seconds(self) -> float:
        """About how long all tools take, one after the other."""
        return 1 + MPIXELS[self.size] * (0.3 if self.type == "jpg" else 0.6)

    def check(self) -> Callable[[str, Usage], Difference]:
        """Compares files with what OpenCV's functions make of the same file in this process."""
        write_source(self.folder, self.size, self.source_type)
        truth = true_result(self)

        def compare(name: str, _: Usage) -> Difference:
            return jpeg_difference(self, name, truth) if self.type == "jpg" else exact_difference(self, name, truth)

        return compare

    def result(self, name: str) -> Path:
        """The file that a tool writes."""
        return self.folder / f"{name}.{self.type}"


@dataclass(frozen=True)
class SoundCase:
    """One row: 13 MFCCs of a sound, from file to array."""

    folder: Path
    dialect: str
    source_type: str
    seconds: int
    type: str = "npy"
    memory_bar: float | None = None

    @property
    def name(self) -> str:
        return f"{features_cases.Sound(self.seconds, RATE).name}, {self.source_type.upper()}"

    @property
    def source(self) -> Path:
        return self.folder / f"{self.seconds}.{self.source_type}"

    @property
    def bars(self) -> Mapping[str, float | None]:
        return {BEST: None}

    @property
    def round_seconds(self) -> float:
        return 2 + self.seconds / 300

    def check(self) -> Callable[[str, Usage], Difference]:
        """Compares all numbers with cnnkit's, which other benchmarks and tests compare with the truth."""
        write_sound(self.source, self.seconds)
        expected = np.empty((0, 0))
        allowed = features_cases.JOBS[self.dialect].allowed

        def compare(name: str, _: Usage) -> Difference:
            nonlocal expected
            result = np.load(self.result(name))
            if name == OURS:
                expected = result[:, :, 0]
            rows = features_cases.as_rows(result, expected.shape[1])
            return Difference(features_cases.difference(rows, expected), allowed)

        return compare

    def result(self, name: str) -> Path:
        return self.folder / f"{name}.{self.type}"


def sections(parts: list[str], sizes: list[str], folder: Path) -> dict[str, list[Case | SoundCase]]:
    """What is measured, by title."""
    works: dict[str, list[Case | SoundCase]] = {}
    for size in sizes:
        for part, title in (("convolve", "Convolution"), ("pool", "Pooling")):
            cases: Iterable[Case] = (
                Case(folder, size, work, *files.split())
                for work, all_files in (FILES_OF_HUGE if size == HUGE else FILES).items()
                for files in all_files
                if (work in POOLED) == (part == "pool")
            )
            if part in parts:
                works[f"{title}, {size_name(size)}"] = list(cases)
    for dialect in ("psf", "librosa") if "mfcc" in parts else ():
        works[f"13 MFCC as {dialect}"] = [SoundCase(folder, dialect, *sound) for sound in SOUNDS]
    return works


def minutes(works: Mapping[str, Iterable[Case | SoundCase]], rounds: int, match: str) -> float:
    """About how long a run takes."""
    cases = [case for cases in works.values() for case in cases if match in case.name]
    return sum(row_seconds(case.round_seconds, rounds) for case in cases) / 60


def row_seconds(round_seconds: float, rounds: int) -> float:
    """About how long a row takes: a round that checks, and as many as the clock gives time for."""
    fits = max(3, int(PROCESSES.row_seconds / round_seconds))
    return round_seconds * (1.5 + min(rounds, fits))


def true_result(case: Case) -> Array:
    """Levels from blue to red; for an array, sums from red to blue."""
    image = read(case.source)
    if case.type == "npy":
        return np.asarray(cv2.filter2D(image[:, :, ::-1], cv2.CV_32F, SHARPEN))
    if case.work == MEANS:
        return np.asarray(cv2.resize(image, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA))
    if case.work == MAXIMA:
        rows = np.maximum(image[::2], image[1::2])
        return np.asarray(np.maximum(rows[:, ::2], rows[:, 1::2]))
    if case.work == SMOOTHED:
        # Sums in 8 bits would be those of rounded weights.
        return np.asarray(cv2.convertScaleAbs(cv2.sepFilter2D(image, cv2.CV_32F, GAUSSIAN, GAUSSIAN)))
    return np.asarray(cv2.filter2D(image, -1, SHARPEN if case.work == SHARPENED else EDGE))


def read(path: Path) -> Array:
    """The levels of a file; none if it is not an image."""
    image = cv2.imread(str(path), cv2.IMREAD_UNCHANGED)
    return np.empty(0) if image is None else np.asarray(image)


def exact_difference(case: Case, name: str, truth: Array) -> Difference:
    """The largest of any sample, where windows lie within the image."""
    result = np.load(case.result(name)) if case.type == "npy" else read(case.result(name))
    edge = {SMOOTHED: REACH // 2, SHARPENED: 1, EDGES: 1}.get(case.work, 0)
    # Some cut the results of both passes of a Gaussian instead of rounding them.
    allowed = SUMS if case.type == "npy" else LEVELS * (2 if case.work == SMOOTHED else 1)
    if problem := unlike(result, truth):
        return Difference(np.inf, allowed, problem)
    return Difference(float(cv2.norm(inner(result, edge), inner(truth, edge), cv2.NORM_INF)), allowed)


def jpeg_difference(case: Case, name: str, truth: Array) -> Difference:
    """How much noisier it is than OpenCV's, in levels, root mean square; quality and chroma must be the same."""
    usual = bytes(cv2.imencode(".jpg", truth, JPEG_444)[1])
    result = read(case.result(name))
    problem = unlike(result, truth)
    if not problem and tables(case.result(name).read_bytes()) != tables(usual):
        problem = ", in quality or chroma"
    if problem:
        return Difference(np.inf, LEVELS, problem)
    best = noise(np.asarray(cv2.imdecode(np.frombuffer(usual, np.uint8), cv2.IMREAD_UNCHANGED)), truth)
    return Difference(max(0.0, noise(result, truth) - best), LEVELS)


def noise(jpeg: Array, truth: Array) -> float:
    """As a PSNR of 48, 42 and 36 decibels has 1, 2 and 4 levels."""
    return float(255 * 10 ** (-cv2.PSNR(inner(jpeg, JPEG_EDGE), inner(truth, JPEG_EDGE)) / 20))


def tables(jpeg: bytes) -> tuple[list[bytes], bytes]:
    """The quantization tables of a JPEG, sorted, and the sampling factors of its components."""
    found, factors, at = [], b"", 2
    while jpeg[at + 1] != 0xDA:  # the scan
        marker, length = jpeg[at + 1], int.from_bytes(jpeg[at + 2 : at + 4], "big")
        body = jpeg[at + 4 : at + 2 + length]
        if marker == 0xDB:  # one table or several, each of 64 bytes after its number
            found += [body[begin : begin + 65] for begin in range(0, len(body), 65)]
        elif marker in (0xC0, 0xC1, 0xC2):  # a frame: components of three bytes, the second of which are the factors
            factors = body[7::3]
        at += 2 + length
    return sorted(found), factors


def unlike(result: Array, truth: Array) -> str:
    """What is wrong with a result before its samples are looked at; empty if nothing is."""
    if (result.shape, result.dtype) != (truth.shape, truth.dtype):
        return f", {result.shape} {result.dtype}"
    return ""


def inner(image: Array, edge: int) -> Array:
    return image[edge : image.shape[0] - edge, edge : image.shape[1] - edge]
