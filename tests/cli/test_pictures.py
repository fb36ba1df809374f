"""From a result to a file: the format, the levels, and the line that says so."""

from __future__ import annotations

import io
import json
import struct
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile
import tifffile
from PIL import Image

import cnnkit
from cnnkit.cli.pictures import PICTURE_FORMATS
from cnnkit.data.bands import Bands
from cnnkit.files.images.header import png_chunks
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
        write_png(stream, Bands.of(np.random.default_rng(0).integers(0, 256, (8, 8, 3), dtype=np.uint8)), chunks=chunks)
    ran = run("convolve", "a.png", "-k", "box", "-o", "out.jpg", cwd=tmp_path)
    assert "a.png: without its cICP, which a .jpg file does not hold" in ran.err
    assert run("convolve", "a.png", "-k", "box", "-q", "-o", "quiet.jpg", cwd=tmp_path).err == ""
    ran = run("convolve", "a.png", "-k", "box", "-o", "out.png", cwd=tmp_path)
    assert "without" not in ran.err
    with (tmp_path / "out.png").open("rb") as stream:
        assert read_png(stream).chunks == chunks


def test_a_note_of_a_damaged_part_is_one_line_and_quiet_is_quiet(run: Run, tmp_path: Path) -> None:
    content = io.BytesIO()
    write_png(content, Bands.of(np.zeros((4, 4, 1), np.uint8)))
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
    for kind in ("png", "webp"):
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


def test_every_number_of_channels(run: Run, tmp_path: Path) -> None:
    samples = np.random.default_rng(0).integers(0, 256, (9, 8, 4), dtype=np.uint8)
    modes = ("L", "LA", "RGB", "RGBA")
    for depth, mode in enumerate(modes, start=1):
        Image.fromarray(samples[:, :, :depth].squeeze()).save(tmp_path / f"{mode}.png")
    assert run("pool", *(f"{mode}.png" for mode in modes), cwd=tmp_path).code == 0
    expected = samples[:8].reshape(4, 2, 4, 2, 4).max(axis=(1, 3))
    for depth, mode in enumerate(modes, start=1):
        with Image.open(tmp_path / f"{mode}.maxpool2.png") as image:
            assert image.mode == mode
            np.testing.assert_array_equal(np.asarray(image).reshape(4, 4, depth), expected[:, :, :depth])


@pytest.fixture
def film(tmp_path: Path) -> Path:
    """A folder with a TIFF of three pages and a GIF of three frames."""
    samples = np.random.default_rng(3).integers(0, 256, (3, 8, 10), dtype=np.uint8)
    np.save(tmp_path / "frames.npy", samples)
    first, *rest = map(Image.fromarray, samples)
    first.save(tmp_path / "a.tif", save_all=True, append_images=rest)
    first.save(tmp_path / "a.gif", save_all=True, append_images=rest)
    return tmp_path


def test_without_a_choice_the_first_frame_is_read_and_the_note_says_how_to_choose(run: Run, film: Path) -> None:
    ran = run("pool", "a.gif", cwd=film)
    assert ran.err.startswith("a.gif: only the first of its 3 frames is read; --frame N or --frame all reads others\n")
    assert (film / "a.maxpool2.png").exists()


def test_one_frame_has_its_number_in_the_name(run: Run, film: Path) -> None:
    ran = run("convolve", "a.gif", "-k", "identity", "--frame", "2", "--json", cwd=film)
    told = json.loads(ran.out)["results"][0]
    assert (told["frame"], told["frame_count"]) == (2, 3)
    assert Path(told["output"]).name == "a.frame2.identity.png"
    found = np.asarray(Image.open(film / "a.frame2.identity.png").convert("L"))
    np.testing.assert_array_equal(found, np.load(film / "frames.npy")[1])


def test_all_frames_beside_the_input_are_a_file_each(run: Run, film: Path) -> None:
    ran = run("convolve", "a.tif", "-k", "identity", "-k", "edge", "--frame", "all", "--json", cwd=film)
    told = json.loads(ran.out)["results"]
    names = [f"a.frame{number}.{kernel}.png" for number in (1, 2, 3) for kernel in ("identity", "edge")]
    assert [Path(result["output"]).name for result in told] == names
    for number, samples in enumerate(np.load(film / "frames.npy"), start=1):
        np.testing.assert_array_equal(np.asarray(Image.open(film / f"a.frame{number}.identity.png")), samples)


def test_all_frames_in_one_array(run: Run, film: Path) -> None:
    samples = np.load(film / "frames.npy")
    ran = run("convolve", "a.tif", "-k", "sobel-x", "--frame", "all", "-o", "x.npy", cwd=film)
    assert ran.err == "wrote x.npy  3x8x10x1 float32\n"
    expected = np.stack([cnnkit.convolve(frame, "sobel-x") for frame in samples])
    np.testing.assert_array_equal(np.load(film / "x.npy")[..., 0], expected)
    assert run("pool", "a.tif", "--frame", "all", "-o", "x.npz", cwd=film).code == 0
    assert np.load(film / "x.npz")["data"].shape == (3, 4, 5, 1)
    assert run("pool", "frames.npy", "--frame", "all", "-o", "y.npy", cwd=film).code == 0
    assert np.load(film / "y.npy").shape == (1, 1, 4, 10)  # one frame of 3 rows, 8 columns, depth 10


def test_all_frames_in_one_tiff(run: Run, film: Path) -> None:
    samples = np.load(film / "frames.npy")
    command = ("convolve", "a.tif", "-k", "sobel-x", "--frame", "all", "-o", "x.tiff")
    ran = run(*command, cwd=film)
    assert ran.err.splitlines()[1].startswith("a.tif, frame 2 of 3: values ")
    assert ran.err.splitlines()[3] == "wrote x.tiff  3x8x10x1 uint8"
    assert run(*command, cwd=film).err.splitlines()[3] == "unchanged x.tiff  3x8x10x1 uint8"
    (told,) = json.loads(run(*command, "--json", cwd=film).out)["results"]
    assert told["shape"] == [3, 8, 10, 1]
    assert [(frame["frame"], frame["frame_count"]) for frame in told["frames"]] == [(1, 3), (2, 3), (3, 3)]
    assert all(frame["range"] == "abs" for frame in told["frames"])
    with Image.open(film / "x.tiff") as image:
        assert image.n_frames == 3
        for number, frame in enumerate(samples):
            image.seek(number)
            expected = np.abs(cnnkit.convolve(frame, "sobel-x")).clip(0, 255)
            np.testing.assert_array_equal(np.asarray(image), expected)


def test_all_frames_into_one_picture(run: Run, film: Path) -> None:
    ran = run("pool", "a.tif", "--frame", "all", "-o", "x.png", cwd=film)
    assert ran.code == 1
    assert "a .png file holds one frame" in ran.err
    assert "write a file for each frame with --out-dir DIR, or write .npy or .tiff" in ran.err
    assert not (film / "x.png").exists()
    Image.fromarray(np.load(film / "frames.npy")[0]).save(film / "one.png")
    assert run("pool", "one.png", "--frame", "all", "-o", "x.png", cwd=film).code == 0


def test_frames_of_different_types_are_not_one_array(run: Run, film: Path) -> None:
    with tifffile.TiffWriter(film / "c.tif") as file:
        for dtype in ("u1", "u2"):
            file.write(np.ones((4, 4), dtype), photometric="minisblack", metadata=None)
    ran = run("pool", "c.tif", "--frame", "all", "-o", "x.npy", cwd=film)
    assert (ran.code, ran.out) == (1, b"")
    assert "frames of 2x2x1 uint8 and 2x2x1 uint16 are not one array" in ran.err


def test_an_error_of_a_later_frame_names_it(run: Run, film: Path) -> None:
    pages = [Image.new("L", size) for size in ((8, 6), (4, 4), (9, 9))]
    pages[0].save(film / "d.tif", save_all=True, append_images=pages[1:])
    words = ("pool", "d.tif", "--size", "5", "--frame", "all")
    line = run(*words, cwd=film).err.splitlines()[1]
    assert line.startswith("error: d.tif: frame 2 of 3: a window of 5x5 does not fit")
    (error,) = json.loads(run(*words, "--json", cwd=film).out)["errors"]
    assert (error["input"], error["problem"][:14]) == ("d.tif", "frame 2 of 3: ")
    ran = run("pool", "a.gif", "missing.png", "--frame", "all", cwd=film)
    assert ran.err.splitlines()[-3].startswith("error: missing.png: there is no such file")
    content = bytearray((film / "a.tif").read_bytes())
    with tifffile.TiffFile(film / "a.tif") as file:
        place = file.pages[1].tags["StripOffsets"].valueoffset
    content[place : place + 4] = b"\xff\xff\xff\x7f"
    (film / "damaged.tif").write_bytes(content)
    assert "error: damaged.tif: frame 2 of 3: " in run("pool", "damaged.tif", "--frame", "all", cwd=film).err


@pytest.mark.parametrize("ending", ["npy", "npz", "csv"])
def test_a_grey_image_as_an_array_is_said_as_it_is_written(run: Run, film: Path, ending: str) -> None:
    Image.new("L", (8, 6)).save(film / "e.png")
    words = ("pool", "e.png", "-o", f"x.{ending}", "-f")
    assert run(*words, cwd=film).err.endswith(f"x.{ending}  3x4 uint8\n")
    assert json.loads(run(*words, "--json", cwd=film).out)["results"][0]["shape"] == [3, 4]
    assert run("pool", "e.png", cwd=film).err == "wrote e.maxpool2.png  3x4x1 uint8\n"


def test_frames_of_different_sizes(run: Run, film: Path) -> None:
    big, small = Image.new("L", (8, 6)), Image.new("L", (4, 4))
    big.save(film / "b.tif", save_all=True, append_images=[small])
    ran = run("pool", "b.tif", "--frame", "all", "-o", "x.npy", cwd=film)
    assert "b.tif: frame 2 of 2: frames of 3x4x1 uint8 and 2x2x1 uint8 are not one array" in ran.err
    ran = run("pool", "b.tif", "--frame", "all", "-o", "x.tiff", cwd=film)
    assert ran.err == "wrote x.tiff  2 frames: 3x4x1 uint8, 2x2x1 uint8\n"
    (told,) = json.loads(run("pool", "b.tif", "--frame", "all", "-o", "x.tiff", "--json", cwd=film).out)["results"]
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
def test_frames_that_are_not_there(run: Run, film: Path, arguments: tuple[str, ...], code: int, problem: str) -> None:
    ran = run("pool", *arguments, cwd=film)
    assert (ran.code, problem in ran.err) == (code, True)
    assert ran.err.count("\n") == 2


def test_a_sound_has_no_frames(run: Run, tmp_path: Path) -> None:
    soundfile.write(tmp_path / "sound.wav", np.zeros(9000), 8000)
    ran = run("pool", "sound.wav", "--frame", "2", cwd=tmp_path)
    assert ran.code == 1
    assert "--frame 2 is for images, and this is a sound\nhint: leave --frame out for sounds" in ran.err


def test_bands_that_are_no_picture_go_into_arrays_and_tiffs_and_end_no_batch(run: Run, film: Path) -> None:
    bands = np.random.default_rng(0).integers(0, 65536, (8, 9, 5), dtype=np.uint16)
    tifffile.imwrite(film / "five.tif", bands, photometric="minisblack", planarconfig="contig", metadata=None)
    ran = run("pool", "five.tif", "a.gif", "--format", "png", cwd=film)
    assert ran.code == 1
    assert "error: five.tif: 5 bands or feature maps are not the channels of a picture\nhint: write them" in ran.err
    assert ".npy or .tiff" in ran.err
    assert (film / "a.maxpool2.png").exists()
    assert run("pool", "five.tif", "--size", "1", cwd=film).code == 0
    np.testing.assert_array_equal(np.load(film / "five.maxpool1.npy"), bands)
    assert run("pool", "five.tif", "--size", "1", "-o", "b.tiff", cwd=film).code == 0
    np.testing.assert_array_equal(tifffile.imread(film / "b.tiff"), bands)
    assert run("pool", "b.tiff", "--size", "1", "-o", "c.npy", cwd=film).code == 0
    np.testing.assert_array_equal(np.load(film / "c.npy"), bands)


def test_no_library_speaks_for_itself(run: Run, film: Path) -> None:
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
            ran = run(*command, cwd=film)
            assert all(line.startswith(("error: ", "hint: ")) for line in ran.err.splitlines()), ran.err
            assert ran.code == (1 if ran.err else 0)


HOLES = np.array([[9, 9, 9, 9], [9, 0, 0, 9], [9, 0, 0, 9], [9, 9, 9, 9]], np.uint8)


def test_holes_of_a_picture_are_left_out_and_marked(run: Run, tmp_path: Path) -> None:
    Image.fromarray(HOLES).save(tmp_path / "a.png")
    ran = run("convolve", "a.png", "-k", "1/4 * (1 1; 1 1)", "--padding", "valid", "--nodata", "0", cwd=tmp_path)
    assert ran.lines[-1].endswith("nothing clipped  4 samples missing, 1 result not computed: 0")
    (path,) = tmp_path.glob("a.*.png")
    np.testing.assert_array_equal(np.asarray(Image.open(path)), [[9, 9, 9], [9, 0, 9], [9, 9, 9]])
    ran = run("convolve", "a.png", "-k", "1 -1", "--padding", "valid", "--nodata", "0", "-o", "b.png", cwd=tmp_path)
    assert "values 0 to 0" in ran.err
    assert ran.lines[-1].endswith("4 samples missing, 6 results not computed: 0, like 6 others")
    ran = run("pool", "a.png", "--size", "2", "--stride", "1", "--nodata", "0", "--json", "-o", "c.png", cwd=tmp_path)
    told = json.loads(ran.out)["results"][0]
    assert (told["missing"], told["holes"]) == (4, 1)
    np.testing.assert_array_equal(np.asarray(Image.open(tmp_path / "c.png")), [[9, 9, 9], [9, 0, 9], [9, 9, 9]])
    ran = run("pool", "a.png", "--nodata", "77", "-o", "d.png", cwd=tmp_path)
    assert ran.lines[-1].endswith("no sample is 77")


def test_holes_do_not_decide_the_levels(run: Run, tmp_path: Path) -> None:
    values = np.array([[-9999, -9999, 10], [-9999, 20, 30]], np.int16)
    np.save(tmp_path / "a.npy", values)
    ran = run("convolve", "a.npy", "-k", "1", "--nodata", "-9999", "-o", "a.png", "--json", cwd=tmp_path)
    told = json.loads(ran.out)["results"][0]
    assert (told["minimum"], told["maximum"], told["not_numbers"], told["holes"]) == (10, 30, 0, 3)
    np.testing.assert_array_equal(np.asarray(Image.open(tmp_path / "a.png")), [[0, 0, 0], [0, 128, 255]])
    ran = run("pool", "a.npy", "--size", "1", "--nodata", "-9999", "-o", "b.png", cwd=tmp_path)
    assert ran.lines[-1].endswith(
        "values 10 to 30 stretched to 0..255  3 samples missing, 3 results not computed: black"
    )


def test_raw_results_have_the_value_of_their_image(run: Run, tmp_path: Path) -> None:
    values = np.array([[-9999, -9999, 10, 30]], np.int16)
    np.save(tmp_path / "a.npy", values)
    for name, command in (
        ("convolve", ("-k", "1 1", "--padding", "valid", "--stride", "1x2")),
        ("pool", ("--size", "1x2")),
    ):
        ran = run(name, "a.npy", *command, "--nodata", "-9999", "-o", f"{name}.npy", cwd=tmp_path)
        assert ran.lines[-1].endswith("2 samples missing, 1 result not computed: -9999")
    assert np.load(tmp_path / "convolve.npy").tolist() == [[-9999, 40]]
    found = np.load(tmp_path / "pool.npy")
    assert (found.dtype, found.tolist()) == (np.int16, [[-9999, 30]])
    np.save(tmp_path / "b.npy", np.array([[np.nan, 1, np.nan, 3]]))
    ran = run("pool", "-", "--size", "1", "--nan", "ignore", cwd=tmp_path, stdin=(tmp_path / "b.npy").read_bytes())
    assert ran.lines[-1].endswith("2 samples missing, 2 results not computed: NaN")
    ran = run("convolve", "b.npy", "-k", "1 1 1", "--nan", "ignore", "-o", "c.npy", cwd=tmp_path)
    assert ran.lines[-1].endswith("2 samples missing, all results computed")
    np.testing.assert_allclose(np.load(tmp_path / "c.npy"), [[1.5, 3, 6, 4.5]])


def test_a_value_that_an_image_cannot_hold_ends_that_image_alone(run: Run, tmp_path: Path) -> None:
    Image.fromarray(HOLES.astype(np.uint16)).save(tmp_path / "a.png")
    np.save(tmp_path / "b.npy", HOLES.astype(np.int16))
    ran = run("pool", "a.png", "b.npy", "--nodata", "-9999", cwd=tmp_path)
    assert ran.code == 1
    assert (
        "error: a.png: nodata -9999 cannot be among uint16 samples, which are whole numbers from 0 to 65535" in ran.err
    )
    assert (tmp_path / "b.maxpool2.npy").exists()
    for command in (("pool",), ("convolve", "-k", "edge")):
        ran = run(command[0], "b.npy", *command[1:], "--nodata", "none", cwd=tmp_path)
        assert (ran.code, ran.lines) == (
            2, ["error: nodata 'none' is not a number", "hint: use a number such as -9999 or 0, or nan"]
        )  # fmt: skip


def test_holes_in_a_float_tiff_a_jpeg_and_a_waveform(run: Run, tmp_path: Path) -> None:
    tifffile.imwrite(tmp_path / "a.tif", np.array([[-9999, 1.5], [-9999, 2.5]], np.float32))
    ran = run("convolve", "a.tif", "-k", "1", "--nodata", "-9999", "-o", "b.tif", cwd=tmp_path)
    assert ran.lines[-1].endswith("float32  2 samples missing, 2 results not computed: -9999")
    np.testing.assert_array_equal(tifffile.imread(tmp_path / "b.tif"), [[-9999, 1.5], [-9999, 2.5]])
    Image.fromarray(HOLES).save(tmp_path / "a.png")
    ran = run("pool", "a.png", "--nodata", "0", "--size", "1", "-o", "b.jpg", cwd=tmp_path)
    assert ran.lines[-1].endswith("4 samples missing, 4 results not computed: 0, which a .jpg file blurs")
    soundfile.write(tmp_path / "a.wav", np.array([7, 0, 0, 0, 5, 9], np.int16), 8000)
    command = (
        "convolve",
        "a.wav",
        "-k",
        "1/2 * (1 1)",
        "--padding",
        "valid",
        "--features",
        "waveform",
        "--nodata",
        "0",
    )
    ran = run(*command, "-o", "b.wav", cwd=tmp_path)
    assert ran.lines[-1].endswith("nothing clipped  3 samples missing, 2 results not computed: 0")
    assert soundfile.read(tmp_path / "b.wav", dtype="int16")[0].tolist() == [7, 0, 0, 5, 7]


@pytest.fixture
def late(tmp_path: Path) -> Path:
    """An image that only its last bytes show to be damaged, and one whose pixels they do not concern."""
    content = io.BytesIO()
    Image.fromarray(np.random.default_rng(0).integers(0, 256, (300, 400, 3), dtype=np.uint8)).save(content, "PNG")
    chunks = [*png_chunks(io.BytesIO(content.getvalue()), [], zlib.crc32)]
    data = zlib.decompress(b"".join(part for name, part in chunks if name == b"IDAT"))
    head = next(part for name, part in chunks if name == b"IHDR")
    packings = {"damaged": zlib.compress(data)[:-4] + bytes(4), "longer": zlib.compress(data + b"more")}
    for name, packed in packings.items():
        parts = [(b"IHDR", head), (b"IDAT", packed), (b"IEND", b"")]
        whole = [struct.pack(">I", len(p)) + n + p + struct.pack(">I", zlib.crc32(n + p)) for n, p in parts]
        (tmp_path / f"{name}.png").write_bytes(b"\x89PNG\r\n\x1a\n" + b"".join(whole))
    return tmp_path


@pytest.mark.parametrize("kernel", ["sharpen", "edge"])  # which take one pass and two
def test_what_is_found_out_late_is_said_once(run: Run, late: Path, kernel: str) -> None:
    note = "left out, as no pixel depends on it: image data beyond its size"
    ran = run("convolve", "longer.png", "-k", kernel, "-k", "box", "--out-dir", "out", cwd=late)
    assert ran.err.count(note) == 1
    told = json.loads(run("convolve", "longer.png", "-k", kernel, "--json", cwd=late).out)
    assert told["results"][0]["notes"] == [note]


def test_a_reader_gets_nothing_of_an_image_that_turns_out_damaged(run: Run, late: Path) -> None:
    ran = run("convolve", "damaged.png", "-k", "sharpen", "-o", "-", cwd=late)
    assert (ran.code, ran.out) == (1, b"")
    shell = "mkfifo p; wc -c < p & {}; code=$?; wait; exit $code"
    ran = run("convolve", "damaged.png", "-k", "sharpen", "-o", "p", cwd=late, shell=shell)
    assert (ran.code, ran.out.split()) == (1, [b"0"])
