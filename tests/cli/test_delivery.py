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
from cnnkit.cli.delivery import PICTURE_FORMATS
from cnnkit.data.bands import Bands
from cnnkit.files.images.header import png_chunks
from cnnkit.files.images.png import read_png, write_png

Run = Callable[..., Any]

HOLES = np.array([[9, 9, 9, 9], [9, 0, 0, 9], [9, 0, 0, 9], [9, 9, 9, 9]], np.uint8)


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


def test_hidden_colours_do_not_bleed(here: Run, transparent: Path) -> None:
    assert here("convolve", "a.png", "-k", "box", cwd=transparent).code == 0
    out = np.asarray(Image.open(transparent / "a.box.png"))
    assert out.shape == (8, 8, 4)
    np.testing.assert_array_equal(out[:, :5, :3][1:-1, 1:], np.broadcast_to([10, 20, 30], (6, 4, 3)))
    assert (out[1:-1, 6, 3] == 0).all()  # beyond the edge, the padding is opaque
    assert out[4, 3, 3] == round(255 * 2 / 3)


def test_a_derivative_leaves_alpha_alone(here: Run, transparent: Path) -> None:
    assert here("convolve", "a.png", "-k", "edge", cwd=transparent).code == 0
    out = np.asarray(Image.open(transparent / "a.edge.png"))
    np.testing.assert_array_equal(out[:, :, 3], np.asarray(Image.open(transparent / "a.png"))[:, :, 3])


def test_the_profile_and_the_depth_go_from_file_to_file(here: Run, tmp_path: Path) -> None:
    deep = np.random.default_rng(0).integers(0, 65536, (9, 8), dtype=np.uint16)
    profile = struct.pack(">I12x4s16x4s92x", 132, b"GRAY", b"acsp")  # the shortest there is
    Image.fromarray(deep).save(tmp_path / "deep.tif", icc_profile=profile)
    ran = here("pool", "deep.tif", "-o", "out.png", cwd=tmp_path)
    assert "uint16" in ran.err
    image = Image.open(tmp_path / "out.png")
    np.testing.assert_array_equal(np.asarray(image), deep[:8].reshape(4, 2, 4, 2).max(axis=(1, 3)))
    assert image.info["icc_profile"] == profile


def test_what_a_picture_cannot_say_of_its_colours_is_named(here: Run, tmp_path: Path) -> None:
    chunks = {b"cICP": bytes([9, 16, 0, 1]), b"pHYs": struct.pack(">IIB", 2835, 2835, 1)}
    with (tmp_path / "a.png").open("wb") as stream:
        write_png(stream, Bands.of(np.random.default_rng(0).integers(0, 256, (8, 8, 3), dtype=np.uint8)), chunks=chunks)
    ran = here("convolve", "a.png", "-k", "box", "-o", "out.jpg", cwd=tmp_path)
    assert "a.png: without its cICP, which a .jpg file does not hold" in ran.err
    assert here("convolve", "a.png", "-k", "box", "-q", "-o", "quiet.jpg", cwd=tmp_path).err == ""
    ran = here("convolve", "a.png", "-k", "box", "-o", "out.png", cwd=tmp_path)
    assert "without" not in ran.err
    with (tmp_path / "out.png").open("rb") as stream:
        assert read_png(stream).chunks == chunks


def test_a_note_of_a_damaged_part_is_one_line_and_quiet_is_quiet(here: Run, tmp_path: Path) -> None:
    content = io.BytesIO()
    write_png(content, Bands.of(np.zeros((4, 4, 1), np.uint8)))
    (tmp_path / "a.png").write_bytes(content.getvalue()[:-12])
    ran = here("convolve", "a.png", "-k", "identity", cwd=tmp_path)
    assert ran.code == 0
    assert ran.err.splitlines()[0] == "a.png: left out, as no pixel depends on it: end marker (missing)"
    assert here("convolve", "a.png", "-k", "identity", "-q", cwd=tmp_path).err == ""


def test_an_upright_result_is_not_turned_again(here: Run, tmp_path: Path) -> None:
    samples = np.zeros((4, 6, 3), np.uint8)
    samples[0] = 200
    exif = Image.Exif()
    exif[274] = 6
    Image.fromarray(samples).save(tmp_path / "a.webp", lossless=True, exif=exif)
    for kind in ("png", "webp"):
        assert here("convolve", "a.webp", "-k", "identity", "--format", kind, cwd=tmp_path).code == 0
        (path,) = tmp_path.glob(f"a.identity*.{kind}")
        with Image.open(path) as image:
            assert image.getexif().get(274, 1) == 1
            assert image.size == (4, 6)
            assert (np.asarray(image)[:, -1] > 150).all()
            assert (np.asarray(image)[:, 0] < 50).all()


def test_values_without_a_white_are_stretched_when_an_image_is_wanted(here: Run, tmp_path: Path) -> None:
    values = np.array([[-1.0, 0.0], [0.5, 3.0]])
    np.save(tmp_path / "a.npy", values)
    ran = here("convolve", "a.npy", "-k", "1", "-o", "a.png", cwd=tmp_path)
    assert "stretched to 0..255" in ran.err
    np.testing.assert_array_equal(np.asarray(Image.open(tmp_path / "a.png")), [[0, 64], [96, 255]])
    assert here("pool", "a.npy", "-o", "b.png", "--size", "1", cwd=tmp_path).code == 0
    np.testing.assert_array_equal(np.asarray(Image.open(tmp_path / "b.png")), [[0, 64], [96, 255]])


def test_a_nan_touches_its_windows_alone_and_is_counted(here: Run, tmp_path: Path) -> None:
    values = np.ones((9, 9))
    values[4, 4] = np.nan
    np.save(tmp_path / "a.npy", values)
    ran = here("convolve", "a.npy", "-k", "1 1 1; 1 1 1; 1 1 1", "-o", "b.npy", cwd=tmp_path)
    assert ran.code == 0
    assert np.isnan(np.load(tmp_path / "b.npy")).sum() == 9
    ran = here("convolve", "a.npy", "-k", "1 1 1; 1 1 1; 1 1 1", "-o", "c.png", cwd=tmp_path)
    assert "9 NaN made black" in ran.err


def test_the_share_of_clipped_samples_is_told(here: Run, folder: Path, colour_samples: Any) -> None:
    told = json.loads(here("convolve", "image.png", "-k", "sharpen", "--json", cwd=folder).out)["results"][0]
    sums = cnnkit.convolve(colour_samples, "sharpen")
    assert told["clipped"] == pytest.approx(np.mean((sums < 0) | (sums > 255)), abs=0.01)
    assert (told["minimum"], told["maximum"]) == (sums.min(), sums.max())


def test_every_number_of_channels(here: Run, tmp_path: Path) -> None:
    samples = np.random.default_rng(0).integers(0, 256, (9, 8, 4), dtype=np.uint8)
    modes = ("L", "LA", "RGB", "RGBA")
    for depth, mode in enumerate(modes, start=1):
        Image.fromarray(samples[:, :, :depth].squeeze()).save(tmp_path / f"{mode}.png")
    assert here("pool", *(f"{mode}.png" for mode in modes), cwd=tmp_path).code == 0
    expected = samples[:8].reshape(4, 2, 4, 2, 4).max(axis=(1, 3))
    for depth, mode in enumerate(modes, start=1):
        with Image.open(tmp_path / f"{mode}.maxpool2.png") as image:
            assert image.mode == mode
            np.testing.assert_array_equal(np.asarray(image).reshape(4, 4, depth), expected[:, :, :depth])


def test_holes_of_a_picture_are_left_out_and_marked(here: Run, tmp_path: Path) -> None:
    Image.fromarray(HOLES).save(tmp_path / "a.png")
    ran = here("convolve", "a.png", "-k", "1/4 * (1 1; 1 1)", "--padding", "valid", "--nodata", "0", cwd=tmp_path)
    assert ran.lines[-1].endswith("nothing clipped  4 samples missing, 1 result not computed: 0")
    (path,) = tmp_path.glob("a.*.png")
    np.testing.assert_array_equal(np.asarray(Image.open(path)), [[9, 9, 9], [9, 0, 9], [9, 9, 9]])
    ran = here("convolve", "a.png", "-k", "1 -1", "--padding", "valid", "--nodata", "0", "-o", "b.png", cwd=tmp_path)
    assert "values 0 to 0" in ran.err
    assert ran.lines[-1].endswith("4 samples missing, 6 results not computed: 0, like 6 others")
    ran = here("pool", "a.png", "--size", "2", "--stride", "1", "--nodata", "0", "--json", "-o", "c.png", cwd=tmp_path)
    told = json.loads(ran.out)["results"][0]
    assert (told["missing"], told["holes"]) == (4, 1)
    np.testing.assert_array_equal(np.asarray(Image.open(tmp_path / "c.png")), [[9, 9, 9], [9, 0, 9], [9, 9, 9]])
    ran = here("pool", "a.png", "--nodata", "77", "-o", "d.png", cwd=tmp_path)
    assert ran.lines[-1].endswith("no sample is 77")


def test_holes_do_not_decide_the_levels(here: Run, tmp_path: Path) -> None:
    values = np.array([[-9999, -9999, 10], [-9999, 20, 30]], np.int16)
    np.save(tmp_path / "a.npy", values)
    ran = here("convolve", "a.npy", "-k", "1", "--nodata", "-9999", "-o", "a.png", "--json", cwd=tmp_path)
    told = json.loads(ran.out)["results"][0]
    assert (told["minimum"], told["maximum"], told["not_numbers"], told["holes"]) == (10, 30, 0, 3)
    np.testing.assert_array_equal(np.asarray(Image.open(tmp_path / "a.png")), [[0, 0, 0], [0, 128, 255]])
    ran = here("pool", "a.npy", "--size", "1", "--nodata", "-9999", "-o", "b.png", cwd=tmp_path)
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


def test_a_value_that_an_image_cannot_hold_ends_that_image_alone(here: Run, tmp_path: Path) -> None:
    Image.fromarray(HOLES.astype(np.uint16)).save(tmp_path / "a.png")
    np.save(tmp_path / "b.npy", HOLES.astype(np.int16))
    ran = here("pool", "a.png", "b.npy", "--nodata", "-9999", cwd=tmp_path)
    assert ran.code == 1
    assert (
        "error: a.png: nodata -9999 cannot be among uint16 samples, which are whole numbers from 0 to 65535" in ran.err
    )
    assert (tmp_path / "b.maxpool2.npy").exists()
    for command in (("pool",), ("convolve", "-k", "edge")):
        ran = here(command[0], "b.npy", *command[1:], "--nodata", "none", cwd=tmp_path)
        assert (ran.code, ran.lines) == (
            2, ["error: nodata 'none' is not a number", "hint: use a number such as -9999 or 0, or nan"]
        )  # fmt: skip


def test_holes_in_a_float_tiff_a_jpeg_and_a_waveform(here: Run, tmp_path: Path) -> None:
    tifffile.imwrite(tmp_path / "a.tif", np.array([[-9999, 1.5], [-9999, 2.5]], np.float32))
    ran = here("convolve", "a.tif", "-k", "1", "--nodata", "-9999", "-o", "b.tif", cwd=tmp_path)
    assert ran.lines[-1].endswith("float32  2 samples missing, 2 results not computed: -9999")
    np.testing.assert_array_equal(tifffile.imread(tmp_path / "b.tif"), [[-9999, 1.5], [-9999, 2.5]])
    Image.fromarray(HOLES).save(tmp_path / "a.png")
    ran = here("pool", "a.png", "--nodata", "0", "--size", "1", "-o", "b.jpg", cwd=tmp_path)
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
    ran = here(*command, "-o", "b.wav", cwd=tmp_path)
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
def test_what_is_found_out_late_is_said_once(here: Run, late: Path, kernel: str) -> None:
    note = "left out, as no pixel depends on it: image data beyond its size"
    ran = here("convolve", "longer.png", "-k", kernel, "-k", "box", "--out-dir", "out", cwd=late)
    assert ran.err.count(note) == 1
    told = json.loads(here("convolve", "longer.png", "-k", kernel, "--json", cwd=late).out)
    assert told["results"][0]["notes"] == [note]


def test_a_reader_gets_nothing_of_an_image_that_turns_out_damaged(run: Run, late: Path) -> None:
    ran = run("convolve", "damaged.png", "-k", "sharpen", "-o", "-", cwd=late)
    assert (ran.code, ran.out) == (1, b"")
    shell = "mkfifo p; wc -c < p & {}; code=$?; wait; exit $code"
    ran = run("convolve", "damaged.png", "-k", "sharpen", "-o", "p", cwd=late, shell=shell)
    assert (ran.code, ran.out.split()) == (1, [b"0"])
