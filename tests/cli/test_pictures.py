"""From a result to a file: the format, the levels, and the line that says so."""

from __future__ import annotations

import io
import json
import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

import cnnkit
from cnnkit.cli.pictures import PICTURE_FORMATS
from cnnkit.files.images.png import read_png, write_png

Run = Callable[..., Any]


def test_every_format_is_named_once() -> None:
    assert len(set(PICTURE_FORMATS)) == len(PICTURE_FORMATS)


@pytest.fixture(scope="module")
def transparent(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A picture that is half transparent, with a hidden colour beneath."""
    folder = tmp_path_factory.mktemp("alpha")
    samples = np.zeros((8, 8, 4), np.uint8)
    samples[:, :4] = (10, 20, 30, 255)
    samples[:, 4:] = (250, 250, 250, 0)
    Image.fromarray(samples).save(folder / "a.png")
    return folder


def test_hidden_colours_do_not_bleed(run: Run, transparent: Path) -> None:
    assert run("convolve", "a.png", "-k", "box", cwd=transparent).code == 0
    out = np.asarray(Image.open(transparent / "a.box.png"))
    assert out.shape == (8, 8, 4)
    np.testing.assert_array_equal(out[:, :5, :3][1:-1, 1:], np.broadcast_to([10, 20, 30], (6, 4, 3)))
    assert (out[1:-1, 6, 3] == 0).all()  # beyond the edge, the padding is opaque
    assert out[4, 3, 3] == round(255 * 2 / 3)


def test_a_derivative_leaves_alpha_alone(run: Run, transparent: Path) -> None:
    assert run("convolve", "a.png", "-k", "edge", cwd=transparent).code == 0
    out = np.asarray(Image.open(transparent / "a.edge.png"))
    np.testing.assert_array_equal(out[:, :, 3], np.asarray(Image.open(transparent / "a.png"))[:, :, 3])


def test_the_profile_and_the_depth_go_from_file_to_file(run: Run, tmp_path: Path) -> None:
    deep = np.random.default_rng(0).integers(0, 65536, (9, 8), dtype=np.uint16)
    profile = struct.pack(">I12x4s16x4s92x", 132, b"GRAY", b"acsp")  # the shortest there is
    Image.fromarray(deep).save(tmp_path / "deep.tif", icc_profile=profile)
    ran = run("pool", "deep.tif", "-o", "out.png", cwd=tmp_path)
    assert "uint16" in ran.err
    image = Image.open(tmp_path / "out.png")
    np.testing.assert_array_equal(np.asarray(image), deep[:8].reshape(4, 2, 4, 2).max(axis=(1, 3)))
    assert image.info["icc_profile"] == profile


def test_what_a_picture_cannot_say_of_its_colours_is_named(run: Run, tmp_path: Path) -> None:
    chunks = {b"cICP": bytes([9, 16, 0, 1]), b"pHYs": struct.pack(">IIB", 2835, 2835, 1)}
    with (tmp_path / "a.png").open("wb") as stream:
        write_png(stream, np.random.default_rng(0).integers(0, 256, (8, 8, 3), dtype=np.uint8), chunks=chunks)
    ran = run("convolve", "a.png", "-k", "box", "-o", "out.jpg", cwd=tmp_path)
    assert "a.png: without its cICP, which a .jpg file does not hold" in ran.err
    assert run("convolve", "a.png", "-k", "box", "-q", "-o", "quiet.jpg", cwd=tmp_path).err == ""
    ran = run("convolve", "a.png", "-k", "box", "-o", "out.png", cwd=tmp_path)
    assert "without" not in ran.err
    with (tmp_path / "out.png").open("rb") as stream:
        assert read_png(stream).chunks == chunks


def test_a_note_of_a_damaged_part_is_one_line_and_quiet_is_quiet(run: Run, tmp_path: Path) -> None:
    content = io.BytesIO()
    write_png(content, np.zeros((4, 4, 1), np.uint8))
    (tmp_path / "a.png").write_bytes(content.getvalue()[:-12])
    ran = run("convolve", "a.png", "-k", "identity", cwd=tmp_path)
    assert ran.code == 0
    assert ran.err.splitlines()[0] == "a.png: left out, as no pixel depends on it: end marker (missing)"
    assert run("convolve", "a.png", "-k", "identity", "-q", cwd=tmp_path).err == ""


def test_an_upright_result_is_not_turned_again(run: Run, tmp_path: Path) -> None:
    samples = np.zeros((4, 6, 3), np.uint8)
    samples[0] = 200
    exif = Image.Exif()
    exif[274] = 6
    Image.fromarray(samples).save(tmp_path / "a.webp", lossless=True, exif=exif)
    for kind in ("png", "jpg", "webp", "tiff"):
        assert run("convolve", "a.webp", "-k", "identity", "--format", kind, cwd=tmp_path).code == 0
        (path,) = tmp_path.glob(f"a.identity*.{kind}")
        with Image.open(path) as image:
            assert image.getexif().get(274, 1) == 1
            assert image.size == (4, 6)
            assert (np.asarray(image)[:, -1] > 150).all()
            assert (np.asarray(image)[:, 0] < 50).all()


def test_values_without_a_white_are_stretched_when_an_image_is_wanted(run: Run, tmp_path: Path) -> None:
    values = np.array([[-1.0, 0.0], [0.5, 3.0]])
    np.save(tmp_path / "a.npy", values)
    ran = run("convolve", "a.npy", "-k", "1", "-o", "a.png", cwd=tmp_path)
    assert "stretched to 0..255" in ran.err
    np.testing.assert_array_equal(np.asarray(Image.open(tmp_path / "a.png")), [[0, 64], [96, 255]])
    assert run("pool", "a.npy", "-o", "b.png", "--size", "1", cwd=tmp_path).code == 0
    np.testing.assert_array_equal(np.asarray(Image.open(tmp_path / "b.png")), [[0, 64], [96, 255]])


def test_a_nan_touches_its_windows_alone_and_is_counted(run: Run, tmp_path: Path) -> None:
    values = np.ones((9, 9))
    values[4, 4] = np.nan
    np.save(tmp_path / "a.npy", values)
    ran = run("convolve", "a.npy", "-k", "1 1 1; 1 1 1; 1 1 1", "-o", "b.npy", cwd=tmp_path)
    assert ran.code == 0
    assert np.isnan(np.load(tmp_path / "b.npy")).sum() == 9
    ran = run("convolve", "a.npy", "-k", "1 1 1; 1 1 1; 1 1 1", "-o", "c.png", cwd=tmp_path)
    assert "9 NaN made black" in ran.err


def test_the_share_of_clipped_samples_is_told(run: Run, folder: Path, colour_samples: Any) -> None:
    told = json.loads(run("convolve", "image.png", "-k", "sharpen", "--json", cwd=folder).out)["results"][0]
    sums = cnnkit.convolve(colour_samples, "sharpen")
    assert told["clipped"] == pytest.approx(np.mean((sums < 0) | (sums > 255)), abs=0.01)
    assert (told["minimum"], told["maximum"]) == (sums.min(), sums.max())


@pytest.mark.parametrize(("depth", "mode"), [(1, "L"), (2, "LA"), (3, "RGB"), (4, "RGBA")])
def test_every_number_of_channels(run: Run, tmp_path: Path, depth: int, mode: str) -> None:
    samples = np.random.default_rng(0).integers(0, 256, (9, 8, depth), dtype=np.uint8)
    Image.fromarray(samples.squeeze()).save(tmp_path / "a.png")
    assert run("pool", "a.png", cwd=tmp_path).code == 0
    with Image.open(tmp_path / "a.maxpool2.png") as image:
        assert image.mode == mode
        np.testing.assert_array_equal(
            np.asarray(image).reshape(4, 4, depth), samples[:8].reshape(4, 2, 4, 2, depth).max(axis=(1, 3))
        )
