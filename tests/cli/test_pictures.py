"""From a file to an image: frames that are chosen, and bands that are no picture."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile
import tifffile
from PIL import Image

import cnnkit

Run = Callable[..., Any]


@pytest.fixture
def film(tmp_path: Path) -> Path:
    """A folder with a TIFF of three pages and a GIF of three frames."""
    samples = np.random.default_rng(3).integers(0, 256, (3, 8, 10), dtype=np.uint8)
    np.save(tmp_path / "frames.npy", samples)
    first, *rest = map(Image.fromarray, samples)
    first.save(tmp_path / "a.tif", save_all=True, append_images=rest)
    first.save(tmp_path / "a.gif", save_all=True, append_images=rest)
    return tmp_path


def test_without_a_choice_the_first_frame_is_read_and_the_note_says_how_to_choose(here: Run, film: Path) -> None:
    ran = here("pool", "a.gif", cwd=film)
    assert ran.err.startswith("a.gif: only the first of its 3 frames is read; --frame N or --frame all reads others\n")
    assert (film / "a.maxpool2.png").exists()


def test_one_frame_has_its_number_in_the_name(here: Run, film: Path) -> None:
    ran = here("convolve", "a.gif", "-k", "identity", "--frame", "2", "--json", cwd=film)
    told = json.loads(ran.out)["results"][0]
    assert (told["frame"], told["frame_count"]) == (2, 3)
    assert Path(told["output"]).name == "a.frame2.identity.png"
    found = np.asarray(Image.open(film / "a.frame2.identity.png").convert("L"))
    np.testing.assert_array_equal(found, np.load(film / "frames.npy")[1])


def test_all_frames_beside_the_input_are_a_file_each(here: Run, film: Path) -> None:
    ran = here("convolve", "a.tif", "-k", "identity", "-k", "edge", "--frame", "all", "--json", cwd=film)
    told = json.loads(ran.out)["results"]
    names = [f"a.frame{number}.{kernel}.png" for number in (1, 2, 3) for kernel in ("identity", "edge")]
    assert [Path(result["output"]).name for result in told] == names
    for number, samples in enumerate(np.load(film / "frames.npy"), start=1):
        np.testing.assert_array_equal(np.asarray(Image.open(film / f"a.frame{number}.identity.png")), samples)


def test_all_frames_in_one_array(here: Run, film: Path) -> None:
    samples = np.load(film / "frames.npy")
    ran = here("convolve", "a.tif", "-k", "sobel-x", "--frame", "all", "-o", "x.npy", cwd=film)
    assert ran.err == "wrote x.npy  3x8x10x1 float32\n"
    expected = np.stack([cnnkit.convolve(frame, "sobel-x") for frame in samples])
    np.testing.assert_array_equal(np.load(film / "x.npy")[..., 0], expected)
    assert here("pool", "a.tif", "--frame", "all", "-o", "x.npz", cwd=film).code == 0
    assert np.load(film / "x.npz")["data"].shape == (3, 4, 5, 1)
    assert here("pool", "frames.npy", "--frame", "all", "-o", "y.npy", cwd=film).code == 0
    assert np.load(film / "y.npy").shape == (1, 1, 4, 10)  # one frame of 3 rows, 8 columns, depth 10


def test_all_frames_in_one_tiff(here: Run, film: Path) -> None:
    samples = np.load(film / "frames.npy")
    command = ("convolve", "a.tif", "-k", "sobel-x", "--frame", "all", "-o", "x.tiff")
    ran = here(*command, cwd=film)
    assert ran.err.splitlines()[1].startswith("a.tif, frame 2 of 3: values ")
    assert ran.err.splitlines()[3] == "wrote x.tiff  3x8x10x1 uint8"
    assert here(*command, cwd=film).err.splitlines()[3] == "unchanged x.tiff  3x8x10x1 uint8"
    (told,) = json.loads(here(*command, "--json", cwd=film).out)["results"]
    assert told["shape"] == [3, 8, 10, 1]
    assert [(frame["frame"], frame["frame_count"]) for frame in told["frames"]] == [(1, 3), (2, 3), (3, 3)]
    assert all(frame["range"] == "abs" for frame in told["frames"])
    with Image.open(film / "x.tiff") as image:
        assert image.n_frames == 3
        for number, frame in enumerate(samples):
            image.seek(number)
            expected = np.abs(cnnkit.convolve(frame, "sobel-x")).clip(0, 255)
            np.testing.assert_array_equal(np.asarray(image), expected)


def test_all_frames_into_one_picture(here: Run, film: Path) -> None:
    ran = here("pool", "a.tif", "--frame", "all", "-o", "x.png", cwd=film)
    assert ran.code == 1
    assert "a .png file holds one frame" in ran.err
    assert "write a file for each frame with --out-dir DIR, or write .npy or .tiff" in ran.err
    assert not (film / "x.png").exists()
    Image.fromarray(np.load(film / "frames.npy")[0]).save(film / "one.png")
    assert here("pool", "one.png", "--frame", "all", "-o", "x.png", cwd=film).code == 0


def test_frames_of_different_types_are_not_one_array(here: Run, film: Path) -> None:
    with tifffile.TiffWriter(film / "c.tif") as file:
        for dtype in ("u1", "u2"):
            file.write(np.ones((4, 4), dtype), photometric="minisblack", metadata=None)
    ran = here("pool", "c.tif", "--frame", "all", "-o", "x.npy", cwd=film)
    assert (ran.code, ran.out) == (1, b"")
    assert "frames of 2x2x1 uint8 and 2x2x1 uint16 are not one array" in ran.err


def test_an_error_of_a_later_frame_names_it(here: Run, film: Path) -> None:
    pages = [Image.new("L", size) for size in ((8, 6), (4, 4), (9, 9))]
    pages[0].save(film / "d.tif", save_all=True, append_images=pages[1:])
    words = ("pool", "d.tif", "--size", "5", "--frame", "all")
    line = here(*words, cwd=film).err.splitlines()[1]
    assert line.startswith("error: d.tif: frame 2 of 3: a window of 5x5 does not fit")
    (error,) = json.loads(here(*words, "--json", cwd=film).out)["errors"]
    assert (error["input"], error["problem"][:14]) == ("d.tif", "frame 2 of 3: ")
    ran = here("pool", "a.gif", "missing.png", "--frame", "all", cwd=film)
    assert ran.err.splitlines()[-3].startswith("error: missing.png: there is no such file")
    content = bytearray((film / "a.tif").read_bytes())
    with tifffile.TiffFile(film / "a.tif") as file:
        place = file.pages[1].tags["StripOffsets"].valueoffset
    content[place : place + 4] = b"\xff\xff\xff\x7f"
    (film / "damaged.tif").write_bytes(content)
    assert "error: damaged.tif: frame 2 of 3: " in here("pool", "damaged.tif", "--frame", "all", cwd=film).err


@pytest.mark.parametrize("ending", ["npy", "npz", "csv"])
def test_a_grey_image_as_an_array_is_said_as_it_is_written(here: Run, film: Path, ending: str) -> None:
    Image.new("L", (8, 6)).save(film / "e.png")
    words = ("pool", "e.png", "-o", f"x.{ending}", "-f")
    assert here(*words, cwd=film).err.endswith(f"x.{ending}  3x4 uint8\n")
    assert json.loads(here(*words, "--json", cwd=film).out)["results"][0]["shape"] == [3, 4]
    assert here("pool", "e.png", cwd=film).err == "wrote e.maxpool2.png  3x4x1 uint8\n"


def test_frames_of_different_sizes(here: Run, film: Path) -> None:
    big, small = Image.new("L", (8, 6)), Image.new("L", (4, 4))
    big.save(film / "b.tif", save_all=True, append_images=[small])
    ran = here("pool", "b.tif", "--frame", "all", "-o", "x.npy", cwd=film)
    assert "b.tif: frame 2 of 2: frames of 3x4x1 uint8 and 2x2x1 uint8 are not one array" in ran.err
    ran = here("pool", "b.tif", "--frame", "all", "-o", "x.tiff", cwd=film)
    assert ran.err == "wrote x.tiff  2 frames: 3x4x1 uint8, 2x2x1 uint8\n"
    (told,) = json.loads(here("pool", "b.tif", "--frame", "all", "-o", "x.tiff", "--json", cwd=film).out)["results"]
    assert (told["shape"], told["dtype"]) == (None, None)
    kinds = [(frame["shape"], frame["dtype"]) for frame in told["frames"]]
    assert kinds == [([3, 4, 1], "uint8"), ([2, 2, 1], "uint8")]
    with Image.open(film / "x.tiff") as image:
        assert image.n_frames == 2


@pytest.mark.parametrize(
    ("arguments", "code", "problem"),
    [
        (("a.tif", "--frame", "4"), 1, "there is no frame 4: this file has 3 frames"),
        (("a.tif", "--frame", "0"), 2, "frame '0' is neither a number from 1 nor all"),
    ],
)
def test_frames_that_are_not_there(here: Run, film: Path, arguments: tuple[str, ...], code: int, problem: str) -> None:
    ran = here("pool", *arguments, cwd=film)
    assert (ran.code, problem in ran.err) == (code, True)
    assert ran.err.count("\n") == 2


def test_a_sound_has_no_frames(here: Run, tmp_path: Path) -> None:
    soundfile.write(tmp_path / "sound.wav", np.zeros(9000), 8000)
    ran = here("pool", "sound.wav", "--frame", "2", cwd=tmp_path)
    assert ran.code == 1
    assert "--frame 2 is for images, and this is a sound\nhint: leave --frame out for sounds" in ran.err


def test_bands_that_are_no_picture_go_into_arrays_and_tiffs_and_end_no_batch(here: Run, film: Path) -> None:
    bands = np.random.default_rng(0).integers(0, 65536, (8, 9, 5), dtype=np.uint16)
    tifffile.imwrite(film / "five.tif", bands, photometric="minisblack", planarconfig="contig", metadata=None)
    ran = here("pool", "five.tif", "a.gif", "--format", "png", cwd=film)
    assert ran.code == 1
    assert "error: five.tif: 5 bands or feature maps are not the channels of a picture\nhint: write them" in ran.err
    assert ".npy or .tiff" in ran.err
    assert (film / "a.maxpool2.png").exists()
    assert here("pool", "five.tif", "--size", "1", cwd=film).code == 0
    np.testing.assert_array_equal(np.load(film / "five.maxpool1.npy"), bands)
    assert here("pool", "five.tif", "--size", "1", "-o", "b.tiff", cwd=film).code == 0
    np.testing.assert_array_equal(tifffile.imread(film / "b.tiff"), bands)
    assert here("pool", "b.tiff", "--size", "1", "-o", "c.npy", cwd=film).code == 0
    np.testing.assert_array_equal(np.load(film / "c.npy"), bands)


def test_no_library_speaks_for_itself(here: Run, film: Path) -> None:
    """tifffile logs and libtiff prints what they think of a file; neither is heard, with -q and without."""
    content = bytearray((film / "a.tif").read_bytes())
    Image.fromarray(np.load(film / "frames.npy")[0] > 99).save(film / "fax.tif", compression="group4")
    fax = bytearray((film / "fax.tif").read_bytes())
    fax[10:20] = bytes(10)
    content[-3:] = b"\xff\xff\xff"
    (film / "damaged.tif").write_bytes(content)
    (film / "damaged-fax.tif").write_bytes(fax)
    for name in ("damaged.tif", "damaged-fax.tif"):
        for command in (("pool", name, "-q", "-f"), ("shape", name, "-q")):
            ran = here(*command, cwd=film)
            assert all(line.startswith(("error: ", "hint: ")) for line in ran.err.splitlines()), ran.err
            assert ran.code == (1 if ran.err else 0)
