"""The files that commands on many files are measured on: photographs and sounds, no two alike.

Photographs are cut out of those of Debian's mate-backgrounds, at a place, of a size and of a lightness that follow from
the number of the file; sounds are ten seconds from anywhere in a minute of chords. They are made once and kept in the
temporary folder, from where a run links as many as it takes.
"""

from __future__ import annotations

import os
import tempfile
from functools import cache
from pathlib import Path

import cv2
import numpy as np
import soundfile
from command_inputs import RATE, shipped
from features_cases import MINUTE, minute
from images import Array

STORE = Path(tempfile.gettempdir()) / "cnnkit-benchmark-many"
SMALL, LARGE, SOUNDS = "600x400", "2560x1600", "10 s"
PHOTOGRAPHS = {SMALL: (400, 600), LARGE: (1600, 2560)}
"""Rows and columns."""
LARGE_ONES = (
    "abstract/Elephants_5640x3172.jpg",
    "abstract/Elephants_3840x2160.jpg",
    *(f"nature/{name}.jpg" for name in ("Aqua", "Garden", "LadyBird", "TwoWings", "Wood", "YellowFlower")),
)
SMALLER_ONES = tuple(f"nature/{name}.jpg" for name in ("Blinds", "Dune", "GreenMeadow", "RainDrops", "Storm"))
LARGEST_CUT = 3.0
"""Times the size of a photograph that is cut out and made smaller at most, as by a camera's own zoom."""
LIGHTNESS = (0.8, 1.1)
QUALITY = 90
"""Of the JPEGs, with the chroma of every second row and column (4:2:0), as most cameras write them."""
SECONDS = 10


def source_type(kind: str) -> str:
    return "wav" if kind == SOUNDS else "jpg"


def stems(count: int) -> list[str]:
    """The names of so many files without their types."""
    return [f"{number:05}" for number in range(count)]


def link_sources(folder: Path, kind: str, count: int, different: int) -> None:
    """Fill a folder with `count` files, of which the first ones are different, and the others these again."""
    if folder.exists():
        return
    folder.mkdir()
    made = [source(kind, number) for number in range(min(different, count))]
    for number, stem in enumerate(stems(count)):
        os.link(made[number % different], folder / f"{stem}.{source_type(kind)}")
    cut.cache_clear()


def source(kind: str, number: int) -> Path:
    """A file in the store, made if it is not there yet."""
    path = STORE / kind.replace(" ", "") / f"{number:05}.{source_type(kind)}"
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        begun = path.with_name(f"begun-{os.getpid()}{path.suffix}")  # what is cut off by an interrupt has no number
        if kind == SOUNDS:
            soundfile.write(begun, sound(number), RATE)
        else:
            cv2.imwrite(str(begun), photograph(kind, number), [cv2.IMWRITE_JPEG_QUALITY, QUALITY])
        begun.replace(path)
    return path


def photograph(kind: str, number: int) -> Array:
    """A part of a photograph, turned over or not, colours from blue to red."""
    random = np.random.default_rng(number)
    rows, columns = PHOTOGRAPHS[kind]
    names = LARGE_ONES if kind == LARGE else LARGE_ONES + SMALLER_ONES
    image = cut(names[int(random.integers(len(names)))])
    times = random.uniform(1, min(LARGEST_CUT, image.shape[0] / rows, image.shape[1] / columns))
    height, width = int(times * rows), int(times * columns)
    top, left = (int(random.integers(most + 1)) for most in (image.shape[0] - height, image.shape[1] - width))
    part = image[top : top + height, left : left + width]
    if random.random() < 0.5:
        part = cv2.flip(part, 1)
    lighter = cv2.convertScaleAbs(part, alpha=random.uniform(*LIGHTNESS))
    return np.asarray(cv2.resize(lighter, (columns, rows), interpolation=cv2.INTER_AREA))


@cache
def cut(name: str) -> Array:
    """A photograph as it comes, decoded once for all that are cut out of it."""
    return shipped(name)


def sound(number: int) -> Array:
    """int16."""
    random = np.random.default_rng(number)
    begin = int(random.integers((MINUTE - SECONDS) * RATE))
    part = minute(RATE)[begin : begin + SECONDS * RATE]
    return np.asarray(np.round(part * random.uniform(0.5, 1)), dtype=np.int16)
