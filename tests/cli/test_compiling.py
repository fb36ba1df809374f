"""The first command on a machine: what it says, what it leaves, and how it ends."""

from __future__ import annotations

import os
import signal
import subprocess
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.conftest import COMPILING, command, environment

WORDS = ("convolve", "image.png", "--kernel", "2 0", "-o", "twice.png")


def begin(folder: Path, words: tuple[str, ...] = WORDS, **changes: str) -> subprocess.Popen[str]:
    """A command with no loops stored but those in a folder of its own."""
    places = {"CNNKIT_CACHE_DIR": str(folder / "loops"), "CNNKIT_STATE_DIR": str(folder / "state")}
    return subprocess.Popen(
        command(*words), cwd=folder, env=environment(**{**places, **changes}), stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip


def ended(process: subprocess.Popen[str]) -> str:
    """What it said on stderr, once it is done."""
    out, err = process.communicate(timeout=120)
    assert (process.returncode, out) == (0, ""), err
    return err


@pytest.fixture
def place(tmp_path: Path) -> Path:
    Image.fromarray(np.array([[1, 7], [5, 6]], np.uint8)).save(tmp_path / "image.png")
    return tmp_path


def result(place: Path) -> list[list[int]]:
    found: list[list[int]] = np.asarray(Image.open(place / "twice.png")).tolist()
    return found


def test_all_loops_of_a_command_are_compiled_at_once_and_stored(place: Path) -> None:
    """Two commands at once, and a third one later."""
    both = [begin(place), begin(place, CNNKIT_STATE_DIR=str(place / "other"))]
    names = {"convolve_few", "level_samples", "unfilter_rows", "filter_rows"}
    for process in both:
        first, *_ = process.communicate(timeout=120)[1].splitlines()
        assert first.startswith(COMPILING)
        assert {*first.partition(" s: ")[2].split(", ")} == names
    assert 0 in [process.returncode for process in both]  # the result of one of them is not the other's to replace
    assert result(place) == [[2, 14], [10, 12]]
    stored = sorted(path.name for path in (place / "loops").iterdir())
    assert [name.rpartition("-")[0].removesuffix("_products") for name in stored] == sorted(names)
    (place / "twice.png").unlink()
    assert COMPILING not in ended(begin(place))
    assert result(place) == [[2, 14], [10, 12]]


@pytest.mark.skipif(not Path("/proc/self/environ").exists(), reason="processes are found in /proc")
def test_an_interrupt_leaves_no_process_and_no_file(place: Path) -> None:
    process = begin(place)
    assert process.stderr
    assert process.stderr.readline().startswith(COMPILING)
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=60)
    assert (process.returncode, err) == (130, "")
    left = [path for path in (place / "loops").iterdir() if path.name.startswith(".")]
    assert left == []
    assert not (place / "twice.png").exists()
    mark = f"CNNKIT_CACHE_DIR={place / 'loops'}".encode()
    alive = [one for one in Path("/proc").glob("[0-9]*/environ") if mark in _content(one)]
    assert alive == []


def _content(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError:
        return b""


@pytest.mark.skipif(os.name == "nt", reason="folders have no mode there")
def test_that_nothing_can_be_stored_is_said_once(place: Path) -> None:
    (place / "loops").mkdir(mode=0o755)
    np.save(place / "image.npy", np.array([[1, 7], [5, 6]], np.uint8))
    words = ("convolve", "image.npy", "--kernel", "2 0", "-o", "twice.npy")  # a single loop
    said = ended(begin(place, words)).splitlines()
    assert "compiling, and again next time" in said[0]
    assert str(place / "loops") in said[0]
    assert ended(begin(place, words)).startswith("unchanged")
    assert np.load(place / "twice.npy").tolist() == [[2, 14], [10, 12]]
    assert [*(place / "loops").iterdir()] == []
