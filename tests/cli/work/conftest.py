"""Images that together take long enough for other processes to be started, and commands that run beside the test."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from tests.reference.many import COUNT, names

Run = Callable[..., Any]


@pytest.fixture(scope="module")
def photographs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of images that together take long enough for other processes to be started."""
    folder = tmp_path_factory.mktemp("photographs")
    grains = np.random.default_rng(0).integers(0, 256, (420, 420, 3), dtype=np.uint8)
    for number in range(COUNT):
        Image.fromarray(np.roll(grains, number, 0)[:400]).save(folder / f"{number:02}.png", compress_level=1)
    return folder


@pytest.fixture
def started(command_line: Run, surroundings: Run) -> Callable[..., subprocess.Popen[str]]:
    def start(arguments: list[str], **settings: Any) -> subprocess.Popen[str]:
        words = command_line("convolve", *arguments)
        return subprocess.Popen(words, stderr=subprocess.PIPE, text=True, env=surroundings(), **settings)

    return start


@pytest.fixture
def two(photographs: Path, tmp_path: Path) -> list[str]:
    folder = tmp_path / "two"
    folder.mkdir()
    for name in names(photographs)[:2]:
        (folder / Path(name).name).write_bytes(Path(name).read_bytes())
    return names(folder)
