"""What the README promises of files that exist: own ones can be made again, and all others are safe."""

from __future__ import annotations

import json
import os
from pathlib import Path

import numpy as np
import pytest
import soundfile
from PIL import Image

from cnnkit.cli.app import run
from cnnkit.folders import place

pytestmark = pytest.mark.usefixtures("nothing_is_compiled")
Capture = pytest.CaptureFixture[str]
COUNT = 12


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of sounds of several lengths, and an image."""
    monkeypatch.chdir(tmp_path)
    for number in range(COUNT):
        samples = np.random.default_rng(number).normal(0, 0.1, 4000 + 300 * number)
        soundfile.write(f"{number:02}.wav", samples, 8000)
    Image.fromarray(np.arange(24, dtype=np.uint8).reshape(4, 6) * 9).save("image.png")
    return tmp_path


SOUNDS = [f"{number:02}.wav" for number in range(COUNT)]


def test_a_folder_is_made_again_with_other_settings(capfd: Capture) -> None:
    words = ["mfcc", *SOUNDS, "--features", "mfcc", "--hop-length", "100"]
    assert run([*words, "-q"]) == 0
    assert run([*words[:-1], "130"]) == 0
    lines = capfd.readouterr().err.splitlines()
    assert len(lines) == COUNT
    assert all(line.startswith("replaced ") and " (was " in line for line in lines)
    assert run([*words[:-1], "130"]) == 0
    assert all(line.startswith("unchanged ") for line in capfd.readouterr().err.splitlines())


@pytest.mark.parametrize("harm", ["changed", "foreign"])
def test_one_file_in_the_way_saves_all(harm: str, capfd: Capture) -> None:
    """README: A file is never replaced unless cnnkit made it and nobody changed it since, or --force is given; what is
    in the way of one result ends the command before any is written.
    """
    words = ["mfcc", *SOUNDS, "--hop-length"]
    assert run([*words, "100", "-q"]) == 0
    path = sorted(Path().glob("*.npy"))[7]
    content = path.read_bytes() + b"and more"
    if harm == "foreign":
        path.unlink()
    path.write_bytes(content)
    before = {one.name: (one.read_bytes(), one.stat().st_mtime_ns) for one in Path().iterdir()}
    for dry in ((), ("-n",)):
        assert run([*words, "130", *dry]) == 1
        lines = capfd.readouterr().err.splitlines()
        assert len(lines) == 2
        assert lines[0].startswith(
            f"error: 1 of {COUNT} results may not be written, so none is: {path} exists and was "
        )
    assert {one.name: (one.read_bytes(), one.stat().st_mtime_ns) for one in Path().iterdir()} == before
    assert run([*words, "130", "-q", "--force"]) == 0
    assert np.load(path).ndim == 3


def test_a_read_only_home_is_no_error(monkeypatch: pytest.MonkeyPatch, capfd: Capture) -> None:
    """Then the marks inside files decide, as they do for files of another machine.

    README: A small ledger in the user's state folder knows which files cnnkit made (CNNKIT_STATE_DIR moves it; it
    must be the user's own and closed to others); without it, PNG, JPEG, WebP, TIFF, WAV, npz, SVG and PDF results
    say so inside.
    """
    monkeypatch.setenv("CNNKIT_CACHE_DIR", str(place("cache")))
    monkeypatch.delenv("CNNKIT_STATE_DIR")
    monkeypatch.delenv("XDG_STATE_HOME", raising=False)
    monkeypatch.setenv("HOME", "/proc/nowhere")
    for size, verb in (("2", "wrote"), ("1", "replaced")):
        assert run(["pool", "image.png", "--size", size, "-o", "small.png"]) == 0
        assert capfd.readouterr().err.startswith(f"{verb} small.png ")
    for code, size in ((0, "2"), (1, "1")):
        assert run(["pool", "image.png", "--size", size, "-o", "small.npy"]) == code
    assert "small.npy exists and was not made by cnnkit" in capfd.readouterr().err


@pytest.mark.parametrize("name", ["image.png", "./image.png", "link.png", "hard.png"])
def test_an_input_is_never_replaced(name: str, folder: Path, capfd: Capture) -> None:
    """README: An input is never replaced."""
    Path("link.png").symlink_to("image.png")
    os.link("image.png", "hard.png")
    before = Path("image.png").read_bytes()
    for dry in ((), ("--json",), ("-n",)):
        assert run(["pool", "image.png", "-o", name, "--force", *dry]) == 1
        out, err = capfd.readouterr()
        assert err.splitlines()[0] == f"error: {Path(name)} is an input, which is never replaced"
        if "--json" in dry:
            assert json.loads(out)["errors"][0]["input"] == "image.png"
    assert Path("image.png").read_bytes() == before
