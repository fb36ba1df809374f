"""Images prepared on the command line: what is done, said and refused, in real processes."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tifffile
from PIL import Image

import cnnkit

Run = Callable[..., Any]
EXAMPLES = Path(__file__).parents[2] / "examples"
RANDOM = np.random.default_rng(21)
COLOURS = RANDOM.integers(0, 256, (20, 30, 4), dtype=np.uint8)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with small images of several kinds, and a sound."""
    Image.fromarray(COLOURS[..., :3]).save(tmp_path / "a.png")
    Image.fromarray(COLOURS).save(tmp_path / "alpha.png")
    Image.fromarray(COLOURS[..., 0]).save(tmp_path / "grey.png")
    Image.fromarray(COLOURS[..., 0].astype(np.uint16) * 257).save(tmp_path / "deep.png")
    Image.fromarray(COLOURS[..., :3]).quantize(16).save(tmp_path / "palette.png")
    tifffile.imwrite(tmp_path / "five.tif", np.zeros((8, 9, 5), np.uint8), planarconfig="contig", metadata=None)
    shutil.copy(EXAMPLES / "song.wav", tmp_path)
    return tmp_path


def test_nothing_is_done_unasked(here: Run, folder: Path) -> None:
    ran = here("pool", "a.png", "--size", "1", "--json", cwd=folder)
    assert "preparation" not in json.loads(ran.out)["results"][0]
    np.testing.assert_array_equal(np.asarray(Image.open(folder / "a.maxpool1.png")), COLOURS[..., :3])


def test_the_line_says_what_was_done_and_json_has_it(here: Run, folder: Path) -> None:
    words = ("a.png", "--resize", "8x6", "--grey", "--crop", "4")
    ran = here("pool", *words, "--size", "1", cwd=folder)
    assert ran.err == (
        "a.png: 20x30x3 prepared: grey, resized to 8x6 (area), cropped to 4x4\nwrote a.maxpool1.png  4x4x1 uint8\n"
    )
    found = np.asarray(Image.open(folder / "a.maxpool1.png"))
    grey = np.floor(COLOURS[..., :3] @ np.array([0.299, 0.587, 0.114]) + 0.5).astype(np.uint8)
    expected = np.asarray(Image.fromarray(grey).resize((6, 8), Image.Resampling.BOX))[2:6, 1:5]
    np.testing.assert_array_equal(found, expected)
    for command in (("pool",), ("convolve", "-k", "edge")):
        (result,) = json.loads(here(*command, *words, "--json", "-f", cwd=folder).out)["results"]
        assert result["preparation"] == {
            "grey": True, "resize": [8, 6], "fit": "stretch", "resample": "area", "crop": [4, 4],
            "shape_before": [20, 30, 3], "done": ["grey", "resized to 8x6 (area)", "cropped to 4x4"],
        }  # fmt: skip


@pytest.mark.parametrize("name", ["a.png", "alpha.png", "grey.png", "palette.png"])
@pytest.mark.parametrize("fit", ["stretch", "cover", "contain"])
def test_a_picture_is_resized_as_pillow_does(here: Run, folder: Path, name: str, fit: str) -> None:
    from PIL import ImageOps

    words = ("pool", name, "--size", "1", "--resize", "9x7", "--fit", fit, "--resample", "lanczos", "-o", "b.png")
    assert here(*words, cwd=folder).code == 0
    with Image.open(folder / name) as image:
        given = image.convert("RGB") if image.mode == "P" else image
        by = Image.Resampling.LANCZOS
        ways: dict[str, Callable[[], Image.Image]] = {
            "stretch": lambda: given.resize((7, 9), by),
            "cover": lambda: ImageOps.fit(given, (7, 9), by),
            "contain": lambda: ImageOps.pad(given, (7, 9), by),
        }
        np.testing.assert_array_equal(np.asarray(Image.open(folder / "b.png")), np.asarray(ways[fit]()))


def test_16_bits_stay_16_bits(here: Run, folder: Path) -> None:
    here("pool", "deep.png", "--size", "1", "--resize", "10x15", cwd=folder)
    found = np.asarray(Image.open(folder / "deep.maxpool1.png"))
    means = COLOURS[..., 0].astype(float).reshape(10, 2, 15, 2).mean(axis=(1, 3)) * 257
    assert found.dtype == np.uint16
    np.testing.assert_array_equal(found, np.floor(means + 0.5))


def test_values_go_into_an_array_and_a_picture_of_them_is_asked_for(here: Run, folder: Path) -> None:
    ran = here("pool", "a.png", "--size", "1", "--normalise", "imagenet", cwd=folder)
    assert ran.err == (
        "a.png: 20x30x3 prepared: scaled by 1/255 for imagenet, normalised by imagenet\n"
        "wrote a.maxpool1.npy  20x30x3 float32\n"
    )
    expected = (COLOURS[..., :3] / 255 - (0.485, 0.456, 0.406)) / (0.229, 0.224, 0.225)
    np.testing.assert_allclose(np.load(folder / "a.maxpool1.npy"), expected, atol=1e-6)
    words = ("convolve", "a.png", "-k", "identity", "--scale", "1/255", "--range", "minmax", "-o", "b.png")
    assert here(*words, cwd=folder).code == 0
    assert np.asarray(Image.open(folder / "b.png")).max() == 255


def test_several_kernels_see_the_prepared_image(here: Run, folder: Path) -> None:
    words = ("--scale", "1/255", "--grey", "--out-dir", "made")
    assert here("convolve", "a.png", "-k", "sobel-x", "-k", "edge", *words, cwd=folder).code == 0
    image = cnnkit.read(folder / "a.png", grey=True, scale="1/255")
    for name in ("sobel-x", "edge"):
        np.testing.assert_array_equal(np.load(folder / "made" / f"a.{name}.npy"), cnnkit.convolve(image, name))


def test_each_frame_is_prepared(here: Run, folder: Path) -> None:
    frames = [Image.fromarray(COLOURS[: 20 - 4 * n, : 30 - 4 * n, n]) for n in range(3)]
    frames[0].save(folder / "a.tif", save_all=True, append_images=frames[1:])
    words = ("pool", "a.tif", "--frame", "all", "--resize", "8x8", "--size", "1", "-o", "x.npy")
    ran = here(*words, cwd=folder)
    assert ran.lines[1] == "a.tif: 16x26x1 prepared: resized to 8x8 (area)"
    found = np.load(folder / "x.npy")
    assert found.shape == (3, 8, 8, 1)
    for number, frame in enumerate(frames):
        np.testing.assert_array_equal(found[number, ..., 0], np.asarray(frame.resize((8, 8), Image.Resampling.BOX)))
    ran = here("pool", "a.tif", "--frame", "all", "--crop", "18x4", "-o", "y.npy", cwd=folder)
    assert "error: a.tif: frame 2 of 3: a crop of 18x4 does not fit: the image is 16x26\n" in ran.err


def test_a_crop_of_the_centre_and_one_to_look_at(run: Run, folder: Path) -> None:
    part = run("pool", "grey.png", "--size", "1", "--crop", "1,2,2x3", "--at", "0,0", "-o", "a.csv", cwd=folder)
    assert "image 2x3, from row 1, column 2" in part.err
    assert np.loadtxt(folder / "a.csv", delimiter=",").shape == (20, 30)
    both = run("pool", "grey.png", "--size", "1", "--crop", "1,2,2x3", "--crop", "6x8", "-o", "b.csv", cwd=folder)
    assert "grey.png: 20x30x1 prepared: cropped to 6x8" in both.err
    assert "  ".join(map(str, COLOURS[8, 13:16, 0])) in both.err.replace("   ", "  ")
    np.testing.assert_array_equal(np.loadtxt(folder / "b.csv", delimiter=","), COLOURS[7:13, 11:19, 0])


def test_a_sound_has_values_and_no_size(here: Run, folder: Path) -> None:
    ran = here("pool", "song.wav", "--scale", "0.5", "--normalise=-2/4", cwd=folder)
    assert ran.lines[1] == "song.wav: 100x26x1 prepared: scaled by 1/2, normalised by -2/4"
    features = cnnkit.features(*cnnkit.read(folder / "song.wav"), "logmel")
    expected = cnnkit.pool((features * 0.5 + 2) / 4, 2)
    np.testing.assert_allclose(np.load(folder / "song.logmel.maxpool2.npy"), expected, rtol=1e-5)
    ran = here("pool", "song.wav", "a.png", "--resize", "8", cwd=folder)
    assert ran.code == 1
    assert (
        "error: song.wav: --resize is for pictures, and this is a sound, whose axes are time and frequency" in ran.err
    )
    assert (folder / "a.maxpool2.png").exists()


@pytest.mark.parametrize(
    ("words", "code", "problem", "hint"),
    [
        ("a.png --crop 21x8", 1, "a.png: a crop of 21x8 does not fit: the image is 20x30", "use --resize 21x32 first"),
        ("a.png --crop half", 2, "--crop 'half' is neither a size nor a part", "write --crop 224x224"),
        ("a.png --crop 8 --crop 9", 2, "--crop 8 and --crop 9 are both given", "leave --crop 9 out"),
        ("a.png --fit cover", 2, "--fit cover says how to resize", "add --resize 224x224"),
        ("a.png --grey --rgb", 2, "--grey and --rgb are both given", "leave one"),
        ("grey.png --normalise imagenet", 1, "imagenet is for 3 channels, and there is 1", "add --rgb"),
        ("five.tif --grey", 1, "--grey is made of grey or RGB, and this image has 5 channels", "leave --grey out"),
        ("a.png --resize 100000", 1, "100000x100000x3 takes 37.3 GiB of memory", "use a smaller --resize"),
        ("a.png --resize 8 --nan ignore", 2, "--nan ignore and --resize are both given", "leave --resize out"),
        ("a.png --resize 8 --nodata 0", 2, "--nodata 0 and --resize are both given", "leave --resize out"),
        ("a.png --scale 2 --nodata 0", 2, "--nodata 0 and --scale are both given", "leave --scale out"),
        ("a.png --resample 16000", 2, "unknown resample '16000'", "use one of area, lanczos; for the rate"),
        ("--fit cover", 2, "--fit cover says how to resize", "add --resize 224x224"),
    ],
)
def test_what_does_not_fit_is_an_error_with_its_cure(
    here: Run, folder: Path, words: str, code: int, problem: str, hint: str
) -> None:
    ran = here("pool", *words.split(), cwd=folder)
    assert ran.code == code
    *_, error, cure = ran.lines
    assert error.startswith("error: ")
    assert problem in error
    assert cure.startswith(f"hint: {hint}")
    assert not list(folder.glob("*maxpool*"))


def test_a_crop_is_cured_by_its_hint(here: Run, folder: Path) -> None:
    hint = here("pool", "a.png", "--crop", "40x10", cwd=folder).lines[-1]
    assert hint == "hint: use --resize 40x60 first, or --crop 20x10"
    assert here("pool", "a.png", "--crop", "40x10", "--resize", "40x60", cwd=folder).code == 0
    assert here("pool", "a.png", "--crop", "20x10", cwd=folder).code == 0


def test_holes_stay_holes_where_no_sample_meets_another(here: Run, folder: Path) -> None:
    samples = np.arange(36, dtype=np.float32).reshape(6, 6)
    samples[2, 2] = np.nan
    np.save(folder / "holes.npy", samples)
    words = ("pool", "holes.npy", "--type", "average", "--nan", "ignore", "--scale", "2", "--crop", "4")
    assert here(*words, "-o", "a.npy", cwd=folder).code == 0
    part = samples[1:5, 1:5] * 2
    expected = np.nanmean(part.reshape(2, 2, 2, 2), axis=(1, 3))
    np.testing.assert_allclose(np.load(folder / "a.npy"), expected)
    assert here("pool", "a.png", "--nodata", "0", "--crop", "4", "--rgb", cwd=folder).code == 0


def test_a_worked_example_is_not_prepared(here: Run) -> None:
    for command in ("convolve", "pool"):
        ran = here(command, "--resize", "4")
        assert "The grid is not prepared: --resize and the like are for images." in ran.text
        assert "prepared" not in here(command).text


def test_a_grid_is_prepared(here: Run, folder: Path) -> None:
    ran = here("pool", "1 2; 3 4", "--size", "1", "--scale", "1/2", "-q", cwd=folder)
    assert ran.text == "0.5 1\n1.5 2\n"
