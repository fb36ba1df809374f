"""What was decoded ahead is what reading decodes, and nothing but a whole JPEG is."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from cnnkit.errors import InputError
from cnnkit.files.images import ahead, pillow
from cnnkit.files.images.raster import read_raster


@pytest.fixture
def photo(tmp_path: Path) -> Path:
    """A progressive JPEG that is to be turned."""
    exif = Image.Exif()
    exif[274] = 6
    noise = np.random.default_rng(3).integers(0, 256, (90, 130, 3), dtype=np.uint8)
    Image.fromarray(noise).save(tmp_path / "photo.jpg", progressive=True, exif=exif)
    return tmp_path / "photo.jpg"


def test_one_file_gives_one_image_decoded_ahead_or_not(photo: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with photo.open("rb") as stream:
        plain = read_raster(stream)
    ahead.begin(["-k", "edge", str(photo)])
    (begun,) = ahead._begun
    opened: list[Image.Image] = []
    monkeypatch.setattr(pillow, "read_image", lambda image, *rest, read=pillow.read_image: (
        opened.append(image), read(image, *rest))[1])  # fmt: skip
    with photo.open("rb") as stream:
        raster = read_raster(stream)
    assert opened == [begun.image]
    np.testing.assert_array_equal(raster.samples, plain.samples)
    assert (raster.shape, raster.notes, raster.icc_profile) == (plain.shape, plain.notes, plain.icc_profile)
    assert not ahead._begun
    with photo.open("rb") as stream:  # and again, which decodes it
        np.testing.assert_array_equal(read_raster(stream).samples, plain.samples)


def test_another_file_or_a_changed_one_is_decoded_by_itself(photo: Path, tmp_path: Path) -> None:
    ahead.begin(["-k", "edge", str(photo)])
    try:
        Image.new("L", (20, 10)).save(tmp_path / "other.jpg")
        with (tmp_path / "other.jpg").open("rb") as stream:
            assert read_raster(stream).shape == (10, 20, 1)
        (tmp_path / "other.jpg").replace(photo)
        with photo.open("rb") as stream:
            assert read_raster(stream).shape == (10, 20, 1)
    finally:
        ahead._begun.clear()


@pytest.mark.parametrize("share", [0.01, 0.3, 0.9])
def test_a_file_cut_off_is_refused_in_the_same_words(photo: Path, share: float) -> None:
    content = photo.read_bytes()
    photo.write_bytes(content[: int(share * len(content))])
    refusals = []
    for begin in (lambda names: None, ahead.begin):
        begin([str(photo)])
        with photo.open("rb") as stream, pytest.raises(InputError) as caught:
            read_raster(stream)
        refusals.append((caught.value.problem, caught.value.hint))
        ahead._begun.clear()
    assert refusals[0] == refusals[1]


def test_a_photograph_with_a_second_one_behind_it_keeps_both(tmp_path: Path) -> None:
    frames = [Image.new("RGB", (24, 16), colour) for colour in ("red", "blue")]
    frames[0].save(tmp_path / "both.mpo", append_images=frames[1:], save_all=True)
    from cnnkit.files.images.raster import read_frames

    for frame, channel in ((None, 0), ("1", 0), ("2", 2)):
        ahead.begin([str(tmp_path / "both.mpo")])
        with (tmp_path / "both.mpo").open("rb") as stream:
            (raster,) = read_frames(stream, frame)
        assert raster.samples.mean((0, 1)).argmax() == channel
        ahead._begun.clear()


def test_nothing_else_is_opened_and_pillow_not_imported_for_it(tmp_path: Path) -> None:
    (tmp_path / "image.png").write_bytes(b"\x89PNG")
    names = ["image.png", "missing.jpg", ".", "a\0b"]
    if hasattr(os, "mkfifo"):
        os.mkfifo(tmp_path / "pipe")  # which would wait for a program at its other end
        names.append("pipe")
    program = f"""
import sys
from cnnkit.files.images import ahead
ahead.begin({names!r})
assert "PIL" not in sys.modules and not ahead._begun
"""
    subprocess.run([sys.executable, "-c", program], cwd=tmp_path, check=True, timeout=60)
