"""The files that whole commands are measured on: photographs of Debian's mate-backgrounds, and a sound.

A shipped JPEG is taken as it is; those of other sizes are of quality 90 and 4:2:0. PNGs are of level 6, TIFFs in strips
that are not compressed.
"""

from __future__ import annotations

import shutil
from pathlib import Path

import cv2
import numpy as np
import soundfile
from features_cases import Sound
from images import Array

BACKGROUNDS = Path("/usr/share/backgrounds/mate")
SHIPPED = {"4": "nature/TwoWings.jpg", "18": "abstract/Elephants_5640x3172.jpg"}
"""Photographs as they come: 2560x1600, baseline, 4:2:0; 5640x3172, progressive, 4:2:2, 16 MB."""
SMALL, HUGE = "600x400", "100"
SIZES = (SMALL, *SHIPPED, HUGE)
MPIXELS = {SMALL: 0.24, "4": 4.1, "18": 17.9, HUGE: 102.4}
TILE, TILES, TILED = 1600, (5, 8), (*SHIPPED.values(), "nature/Wood.jpg")
"""The 100 Mpixel are squares cut from photographs: rows and columns of each, and of squares."""
RATE = 16000


def photograph(size: str) -> Array:
    """As decoded by OpenCV, colours from blue to red."""
    if size == SMALL:
        return np.asarray(cv2.resize(photograph("18"), (600, 400), interpolation=cv2.INTER_AREA))
    return collage() if size == HUGE else shipped(SHIPPED[size])


def shipped(name: str) -> Array:
    return np.asarray(cv2.imread(str(shipped_path(name))))


def shipped_path(name: str) -> Path:
    path = BACKGROUNDS / name
    if not path.exists():
        raise SystemExit(f"{path} is missing\nhint: apt-get install mate-backgrounds")
    return path


def collage() -> Array:
    """Squares of several photographs, turned, lighter and darker: no two are alike."""
    random = np.random.default_rng(0)
    photographs = [shipped(name) for name in TILED]
    rows = []
    for down in range(TILES[0]):
        row = []
        for across in range(TILES[1]):
            image = photographs[(down + across) % len(photographs)]
            top, left = (int(random.integers(length - TILE + 1)) for length in image.shape[:2])
            tile = np.rot90(image[top : top + TILE, left : left + TILE], int(random.integers(4)))
            row.append(cv2.convertScaleAbs(np.ascontiguousarray(tile), alpha=random.uniform(0.7, 1.1)))
        rows.append(np.hstack(row))
    return np.vstack(rows)


def write_source(folder: Path, size: str, source_type: str) -> None:
    """Make the file of a size, `<size>.<type>`, if it is not there yet."""
    path = folder / f"{size}.{source_type}"
    if path.exists():
        return
    if source_type == "jpg" and size in SHIPPED:
        shutil.copyfile(shipped_path(SHIPPED[size]), path)
        return
    settings = {
        "jpg": [cv2.IMWRITE_JPEG_QUALITY, 90],
        "png": [cv2.IMWRITE_PNG_COMPRESSION, 6],
        "tiff": [cv2.IMWRITE_TIFF_COMPRESSION, cv2.IMWRITE_TIFF_COMPRESSION_NONE],
    }
    cv2.imwrite(str(path), photograph(size), settings[source_type])


def write_sound(path: Path, seconds: int) -> None:
    """A minute over and over."""
    if not path.exists():
        soundfile.write(path, Sound(seconds, RATE).integers, RATE)
