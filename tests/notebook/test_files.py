"""Files for Python: what the command line reads and writes, as arrays; notes as warnings, errors with names."""

from __future__ import annotations

import shutil
import sys
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile
import tifffile
from PIL import Image

import cnnkit
from cnnkit.cli.app import run as command_line
from cnnkit.errors import ArgumentError, InputError, OutputError, SizeError
from cnnkit.files.network.weights import save_weights

RANDOM = np.random.default_rng(5)
BYTES = RANDOM.integers(0, 256, (6, 7, 4), dtype=np.uint8)
NOISE = (RANDOM.standard_normal((4000, 2)) * 3000).astype(np.int16)


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


# Reading.


def test_a_model_is_read_as_its_file_has_it() -> None:
    from tests.cases.models import small_network

    Path("net.onnx").write_bytes(small_network())
    model = cnnkit.read("net.onnx")
    assert (model.opset, len(model.nodes), model.weights) == (21, 9, 922)
    Path("net.onnx").write_bytes(small_network()[:-9])
    with pytest.raises(InputError, match=r"net\.onnx: this is not a model of ONNX"):
        cnnkit.read(Path("net.onnx"))


@pytest.mark.parametrize("as_path", [str, Path])
def test_an_image_is_read_at_its_full_depth(as_path: Callable[[str], Any]) -> None:
    for depth, expected in ((1, BYTES[:, :, 0]), (2, BYTES[:, :, :2]), (3, BYTES[:, :, :3]), (4, BYTES)):
        Image.fromarray(BYTES[:, :, 0] if depth == 1 else BYTES[:, :, :depth]).save("a.png")
        found = cnnkit.read(as_path("a.png"))
        np.testing.assert_array_equal(found, expected)
        found[0] = 0  # it is the caller's own
    deep = BYTES.astype(np.uint16) * 257 - 3
    tifffile.imwrite("deep.tif", deep[:, :, :3], photometric="rgb")
    np.testing.assert_array_equal(cnnkit.read(as_path("deep.tif")), deep[:, :, :3])
    np.save("a.npy", np.arange(6.0).reshape(2, 3, 1))
    assert cnnkit.read(as_path("a.npy")).shape == (2, 3, 1)


def test_an_image_is_turned_upright_and_a_warning_says_so() -> None:
    Image.fromarray(BYTES[:, :, :3]).save(
        "a.png", exif=b"Exif\0\0MM\0*\0\0\0\x08\0\1\1\x12\0\3\0\0\0\1\0\6\0\0\0\0\0\0"
    )
    with pytest.warns(cnnkit.CnnkitWarning, match=r"^a.png: turned upright, as its camera noted$") as caught:
        found = cnnkit.read("a.png")
    assert Path(caught[0].filename) == Path(__file__)
    np.testing.assert_array_equal(found, np.rot90(BYTES[:, :, :3], -1))


def test_an_image_is_prepared() -> None:
    Image.fromarray(BYTES[:, :, :3]).save("a.png")
    small = np.asarray(Image.fromarray(BYTES[:, :, :3]).resize((3, 4), Image.Resampling.BOX))
    np.testing.assert_array_equal(cnnkit.read("a.png", resize=(4, 3)), small)
    np.testing.assert_array_equal(cnnkit.read("a.png", resize="4x3", scale=1 / 255), small / np.float32(255))
    np.testing.assert_array_equal(cnnkit.read("a.png", crop=2), BYTES[2:4, 2:4, :3])
    assert cnnkit.read("a.png", grey=True).shape == (6, 7)  # as of a grey picture
    assert cnnkit.read("a.png", resize=224, fit="cover", normalise="imagenet").dtype == np.float32
    values = cnnkit.read("a.png", normalise=([1, 2, 3], 2.0))
    np.testing.assert_array_equal(values, (BYTES[:, :, :3] - np.float32([1, 2, 3])) / 2)
    Image.fromarray(BYTES[:, :, 0]).save("grey.png")
    np.testing.assert_array_equal(cnnkit.read("grey.png", rgb=True), np.repeat(BYTES[:, :, :1], 3, axis=2))


def test_what_cannot_be_prepared_is_said_with_keywords() -> None:
    Image.fromarray(BYTES[:, :, :3]).save("a.png")
    with pytest.raises(SizeError, match=r"^a.png: a crop of 9x9 does not fit: the image is 6x7 \(use resize=\"9x11\" "):
        cnnkit.read("a.png", crop=9)
    with pytest.raises(ArgumentError, match=r"^a.png: grey and rgb are both given"):
        cnnkit.read("a.png", grey=True, rgb=True)
    with pytest.raises(ArgumentError, match=r"write a number or a fraction: scale=1/255"):
        cnnkit.read("a.png", scale="x")
    soundfile.write("a.wav", NOISE, 16000)
    with pytest.raises(InputError, match=r"^a.wav: scale is for images, and this is a sound \(leave scale out for"):
        cnnkit.read("a.wav", scale=0.5)


def test_frames() -> None:
    first, *rest = (Image.fromarray(frame) for frame in np.moveaxis(BYTES, 2, 0))
    first.save("a.tif", save_all=True, append_images=rest)
    with pytest.warns(cnnkit.CnnkitWarning, match=r'first of its 4 frames is read; frame=N or frame="all" reads'):
        np.testing.assert_array_equal(cnnkit.read("a.tif"), BYTES[:, :, 0])
    np.testing.assert_array_equal(np.stack(cnnkit.read("a.tif", frame="all"), axis=2), BYTES)
    np.testing.assert_array_equal(cnnkit.read("a.tif", frame=3), BYTES[:, :, 2])


@pytest.mark.parametrize(("subtype", "dialect"), [("PCM_U8", "kaldi"), ("PCM_16", "librosa"), ("FLOAT", "lecture")])
def test_a_sound_gives_the_features_of_the_command_line(subtype: str, dialect: str) -> None:
    soundfile.write("a.wav", NOISE[:, 0] / 2**15, 8000, subtype=subtype)
    assert command_line(["mfcc", "a.wav", "--dialect", dialect, "-o", "a.npy"]) == 0
    np.testing.assert_array_equal(cnnkit.mfcc(*cnnkit.read("a.wav"), dialect=dialect), np.load("a.npy"))


def test_channels_are_mixed_with_a_warning() -> None:
    soundfile.write("a.wav", NOISE, 8000)
    with pytest.warns(
        cnnkit.CnnkitWarning, match=r'^a.wav: 2 channels mixed to one .their mean.; channel="left" takes one$'
    ):
        mean, rate = cnnkit.read("a.wav")
    np.testing.assert_array_equal(mean, NOISE.mean(axis=1))
    assert command_line(["mfcc", "a.wav"]) == 0
    np.testing.assert_array_equal(cnnkit.mfcc(mean, rate), np.load("a.mfcc13.npy"))
    with pytest.raises(ArgumentError, match=r"samples reach \d+(\.5)?, and dialect librosa takes floats"):
        cnnkit.mfcc(mean, rate, dialect="librosa")
    both, rate = cnnkit.read("a.wav", channel="all")
    np.testing.assert_array_equal(both, NOISE)
    assert command_line(["mfcc", "a.wav", "--dialect", "librosa", "-o", "b.npy"]) == 0
    expected = np.load("b.npy")
    np.testing.assert_array_equal(cnnkit.mfcc(both, rate, channel="mix", dialect="librosa"), expected)
    np.testing.assert_array_equal(cnnkit.mfcc(mean / 2**15, rate, dialect="librosa"), expected)
    for channel in ("right", 2, "2"):
        np.testing.assert_array_equal(cnnkit.read("a.wav", channel=channel)[0], NOISE[:, 1])


def test_floats_that_are_no_sound_in_one_are_refused_where_their_scale_counts() -> None:
    loud = np.linspace(-15.9, 15.9, 4000)
    for samples, dialect in ((loud, "kaldi"), (loud * 10, "psf"), (loud.astype(int) * 100, "kaldi")):
        assert cnnkit.mfcc(samples, 8000, dialect=dialect).size
    assert cnnkit.features(loud * 10, 8000, "waveform", dialect="kaldi").size
    with pytest.raises(ArgumentError, match="samples reach 159, and dialect kaldi takes floats"):
        cnnkit.mfcc(loud * 10, 8000, dialect="kaldi")
    for samples in (loud.astype(int) * 2**19, loud.astype("i4") * 2**19):  # of 24 bits
        with pytest.raises(ArgumentError, match=r"samples reach 7864320, and .* samples / 2\*\*15 of 16 bits, / 2..23"):
            cnnkit.mfcc(samples, 8000, dialect="kaldi")
    with pytest.raises(ArgumentError, match="samples reach 159"):
        cnnkit.mfcc(np.stack([loud, loud], axis=1) * 10, 8000, dialect="kaldi", channel="mix")
    with pytest.raises(InputError, match="1 of 4000 samples are NaN"):
        cnnkit.mfcc(np.where(np.arange(4000) == 7, np.nan, loud * 10), 8000, dialect="kaldi")


def test_rates_and_bare_samples() -> None:
    NOISE.tofile("a.raw")
    samples, rate = cnnkit.read("a.raw", raw="8000,s16le,2", channel="all")
    np.testing.assert_array_equal(samples, NOISE)
    assert rate == 8000
    with pytest.warns(cnnkit.CnnkitWarning, match=r"a.raw: resampled from 8,000 to 4,000 Hz by soxr"):
        samples, rate = cnnkit.read("a.raw", raw="8000,s16le,2", channel=1, sample_rate=4000)
    assert (samples.shape, samples.dtype, rate) == ((2000,), np.float32, 4000)


@pytest.mark.parametrize(
    ("name", "settings", "problem", "hint"),
    [
        ("missing.png", {}, "missing.png: there is no such file", "check the name"),
        ("empty.png", {}, "empty.png: this file is empty (0 bytes)", "check where it came from"),
        ("cut.png", {}, "cut.png: this PNG is truncated", "get the whole file again"),
        ("noise", {}, "noise: this is neither an image nor a sound", 'for bare samples add raw="16000,s16le"'),
        ("a\x1b.txt", {}, "a\\x1b.txt: this is a text file, not an image", "give an image"),
        ("a.png", {"frame": 2}, "a.png: there is no frame 2: this file has 1 frame", "use frame=1, or all"),
        (
            "a.png",
            {"channel": "left"},
            'a.png: channel="left" is for sounds, and this is an image',
            "leave channel out",
        ),
        ("a.wav", {"frame": 2}, "a.wav: frame=2 is for images, and this is a sound", "leave frame out for sounds"),
        ("a.png", {"sample_rate": 8000}, "a.png: sample_rate=8000 is for sounds", "leave sample_rate out for images"),
        ("", {}, "'': this is a folder, not a file", "name the files in it: *"),
        ("a\x1b/b.png", {}, "a\\x1b/b.png: there is no such file", "there is no folder a\\x1b either"),
        ("a.wav", {"channel": 3}, "a.wav: there is no channel 3: this sound has 2", "use a number from 1 to 2"),
    ],
)
def test_files_that_cannot_be_read(name: str, settings: dict[str, Any], problem: str, hint: str) -> None:
    Image.fromarray(BYTES).save("a.png")
    soundfile.write("a.wav", NOISE, 8000)
    Path("empty.png").touch()
    Path("cut.png").write_bytes(Path("a.png").read_bytes()[:-30])
    Path("noise").write_bytes(bytes(range(7, 256)))
    Path("a\x1b.txt").write_text("hello")
    with pytest.raises(InputError) as error:
        cnnkit.read(name, **settings)
    assert error.value.problem.startswith(problem)
    assert hint in error.value.hint


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("frame", "x"),
        ("channel", "middle"),
        ("raw", "s16"),
        *(("sample_rate", rate) for rate in (0, "16000", np.nan, 9.5)),
    ],
)
def test_keywords_that_are_wrong_for_every_file(name: str, value: Any) -> None:
    Image.fromarray(BYTES).save("a.png")
    soundfile.write("a.wav", NOISE, 8000)
    with pytest.raises(ArgumentError):
        cnnkit.read("a.png" if name == "frame" else "a.wav", **{name: value})


# Writing.


@pytest.mark.parametrize("ending", ["png", "PNG", "tif", "tiff", "npy", "npz"])
@pytest.mark.parametrize("depth", [1, 2, 3, 4])
@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_levels_come_back_as_they_are(ending: str, depth: int, dtype: Any) -> None:
    values = (BYTES if depth > 1 else BYTES[:, :, 0])[..., :depth].astype(dtype) * (1 + 256 * (dtype == np.uint16))
    assert cnnkit.write(f"a.{ending}", values) is None
    np.testing.assert_array_equal(cnnkit.read(f"a.{ending}"), values)


@pytest.mark.parametrize("ending", ["npy", "npz", "tiff"])
@pytest.mark.parametrize("dtype", ["f4", "f8", "i4", "i2"])
def test_values_are_written_as_they_are(ending: str, dtype: str) -> None:
    values = RANDOM.normal(size=(4, 5, 2)).astype(dtype) * 9
    assert cnnkit.write(f"a.{ending}", values) is None
    found = cnnkit.read(f"a.{ending}")
    assert found.dtype == dtype
    np.testing.assert_array_equal(found, values)


def test_arrays_of_any_shape_and_tables() -> None:
    cnnkit.write("a.npy", np.arange(24).reshape(2, 3, 2, 2))
    assert np.load("a.npy").shape == (2, 3, 2, 2)
    cnnkit.write("a.csv", [[1.5, -2.0]])
    assert Path("a.csv").read_text() == "1.5,-2\n"


@pytest.mark.parametrize("dtype", ["?", "u1", ">u2", "i8", "f2", "f4", ">f8"])
def test_a_zarr_comes_back(dtype: str) -> None:
    pytest.importorskip("zarr", reason="the package packs the chunks")
    for values in (BYTES, BYTES[:, :, 0], BYTES[:, :, :1], BYTES[::-1, ::2, :3]):
        expected = (values > 100 if dtype == "?" else values).astype(dtype)
        assert cnnkit.write("a.zarr", expected) is None
        found = cnnkit.read("a.zarr")
        assert (found.dtype, found.shape) == (expected.dtype.newbyteorder("="), expected.shape)
        np.testing.assert_array_equal(found, expected)
    assert command_line(["pool", "a.zarr", "--size", "2", "-o", "b.zarr"]) == 0
    np.testing.assert_array_equal(cnnkit.read("b.zarr"), cnnkit.pool(cnnkit.read("a.zarr"), 2))


def test_a_zarr_is_replaced_as_files_are(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("zarr", reason="the package packs the chunks")
    cnnkit.write("a.zarr", BYTES)
    (Path("a.zarr") / "0.0.0").write_bytes(b"of somebody else")
    with pytest.raises(OutputError, match=r"^a\.zarr exists and was changed since .*force=True"):
        cnnkit.write("a.zarr", BYTES)
    cnnkit.write("a.zarr", BYTES, force=True)
    np.testing.assert_array_equal(cnnkit.read("a.zarr"), BYTES)
    monkeypatch.setattr("cnnkit.files.zarr.package.find_spec", lambda name: None)
    with pytest.raises(OutputError, match=r"^b\.zarr: a \.zarr is written with the package zarr, .* or write \.npy"):
        cnnkit.write("b.zarr", BYTES)


@pytest.mark.parametrize("ending", ["png", "webp", "jpg", "jpeg"])
def test_a_picture_has_the_levels_of_its_values(ending: str) -> None:
    values = cnnkit.convolve(np.kron(BYTES[:, :, :3], np.ones((8, 8, 1), np.uint8)), "edge")
    account = cnnkit.write(f"a.{ending}", values)
    assert account is not None
    assert account.text.startswith(f"values {values.min():.6g} to {values.max():.6g} as |v|, clipped to 255, ")
    expected = np.abs(values).clip(0, 255)
    found = cnnkit.read(f"a.{ending}").astype(float)
    assert np.abs(found - expected).mean() < (0.001 if ending == "png" else 30)
    account = cnnkit.write(f"b.{ending}", values, range="offset")
    assert account is not None
    assert account.word == "offset"


def test_the_picture_is_the_one_of_the_command_line() -> None:
    Image.fromarray(BYTES[:, :, :3]).save("a.png")
    kernels = ("edge", "sobel-x", "gaussian", "sharpen")
    assert command_line(["convolve", "a.png", *(word for kernel in kernels for word in ("-k", kernel))]) == 0
    for kernel in kernels:
        cnnkit.write("b.png", cnnkit.convolve(cnnkit.read("a.png"), kernel), force=True)
        np.testing.assert_array_equal(cnnkit.read("b.png"), cnnkit.read(f"a.{kernel}.png"))


def test_a_mask_is_black_and_white_and_levels_can_be_stretched() -> None:
    for ending in ("png", "tiff"):
        cnnkit.write(f"a.{ending}", BYTES[:, :, 0] > 100)
        np.testing.assert_array_equal(cnnkit.read(f"a.{ending}"), (BYTES[:, :, 0] > 100) * np.uint8(255))
    account = cnnkit.write("b.png", BYTES // 2, range="minmax")
    assert account is not None
    assert account.word == "minmax"
    assert cnnkit.read("b.png").max(axis=(0, 1)).tolist()[3] == (BYTES // 2)[:, :, 3].max()  # alpha is no value
    assert cnnkit.read("b.png")[:, :, :3].max() == 255


@pytest.mark.parametrize("dtype", ["i2", "i4", "f4", "f8", "i1"])
@pytest.mark.parametrize("shape", [(4000,), (4000, 2)])
def test_a_sound_comes_back(dtype: str, shape: tuple[int, ...]) -> None:
    samples = (RANDOM.uniform(-1, 1, shape) * (2**30 if dtype == "i4" else 1 if dtype[0] == "f" else 100)).astype(dtype)
    cnnkit.write("a.wav", samples, sample_rate=8000)
    found, rate = cnnkit.read("a.wav", channel="all")
    np.testing.assert_array_equal(found, samples)
    assert (found.dtype, rate) == (samples.dtype, 8000)


def test_a_sound_of_24_bits_stays_as_loud_as_it_was() -> None:
    loud = np.where(NOISE.min() == NOISE, -1.0, NOISE / 2**15)  # as low as 24 bits go
    soundfile.write("a.wav", loud, 8000, subtype="PCM_24")
    samples, rate = cnnkit.read("a.wav", channel="all")
    with pytest.warns(cnnkit.CnnkitWarning, match=r"^b.wav: written as 24 bits, .* give samples / 2\*\*31") as caught:
        cnnkit.write("b.wav", samples, sample_rate=rate)
    assert Path(caught[0].filename) == Path(__file__)
    np.testing.assert_array_equal(soundfile.read("b.wav")[0], loud)
    cnnkit.write("c.wav", samples * 0, sample_rate=rate)  # silence has no scale to warn of


def test_floats_on_the_scale_of_a_file_are_no_sound() -> None:
    soundfile.write("a.wav", NOISE, 8000)
    with pytest.warns(cnnkit.CnnkitWarning):
        mean, rate = cnnkit.read("a.wav")
    for samples in (mean, np.append(mean, np.nan), mean * -1):
        with pytest.raises(OutputError, match=r"b.wav: floats that reach \d+(\.5)? are not a sound .* / 2\*\*15 of"):
            cnnkit.write("b.wav", samples, sample_rate=rate)
    cnnkit.write("b.wav", mean / 2**15, sample_rate=rate)
    np.testing.assert_array_equal(cnnkit.read("b.wav")[0], mean / 2**15)


@pytest.mark.parametrize("shape", [(6, 7), (6, 7, 4)])
def test_the_order_of_bytes_does_not_matter(shape: tuple[int, ...]) -> None:
    values = RANDOM.integers(0, 2**16, shape, dtype=np.uint16)
    other = values.astype(values.dtype.newbyteorder())
    assert cnnkit.write("a.png", other) is None
    np.save("a.npy", other)
    for name in ("a.png", "a.npy"):
        found = cnnkit.read(name)
        assert (found.dtype, found.tolist()) == (values.dtype, values.tolist())
    assert cnnkit.levels(other, dtype="uint16").tolist() == values.tolist()


def test_nothing_is_written_where_the_working_folder_was_deleted(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (here / "gone").mkdir()
    monkeypatch.chdir(here / "gone")
    (here / "gone").rmdir()
    with pytest.raises(OutputError, match=r"a.npy cannot be written: No such file or directory"):
        cnnkit.write("a.npy", [1])


def test_what_others_made_is_replaced_by_force_alone() -> None:
    values = [[1.0, 2.0], [3.0, 15.0]]
    for name in ("a.png", "a.npz", "a.tiff", "a.wav"):
        settings: dict[str, Any] = {"sample_rate": 8000} if name == "a.wav" else {}
        cnnkit.write(name, values, **settings)
        cnnkit.write(name, np.multiply(values, 0.5), **settings)  # its own
        Path(name).write_bytes(b"of somebody else")
        with pytest.raises(OutputError, match=f"^{name} exists and was .*force=True"):
            cnnkit.write(name, values, **settings)
        assert Path(name).read_bytes() == b"of somebody else"
        cnnkit.write(name, values, **settings, force=True)
        assert Path(name).read_bytes() != b"of somebody else"
    assert not list(Path().glob(".cnnkit*"))


@pytest.mark.parametrize(
    ("name", "values", "settings", "kind", "problem"),
    [
        (
            "a.gif",
            [[1]],
            {},
            ArgumentError,
            r"a.gif: the ending '.gif' names no format .use one of png, jpg, webp, tiff",
        ),
        ("a", [[1]], {}, ArgumentError, "a: the ending '' names no format"),
        ("a.png", [[1]], {"range": "whole"}, ArgumentError, "a.png: unknown range 'whole'"),
        ("a.png", [[1j]], {}, ArgumentError, "a.png: values of type complex128 are not real numbers"),
        ("a.png", [], {}, SizeError, r"a.png: values of shape \(0,\) are none"),
        ("a.png", [1, 2], {}, OutputError, r"a.png: values of shape \(2,\) are not a picture .give rows x columns"),
        ("a.png", np.zeros((2, 2, 4)), {}, OutputError, r"a.png: 4 channels of float64 .*values\[..., :-1\]"),
        ("a.png", np.zeros((2, 2, 5)), {}, OutputError, "a.png: 5 bands or feature maps are not the channels"),
        (
            "a.npy",
            np.ma.masked_less([1, 2], 2),
            {},
            ArgumentError,
            r"some of the values are masked .give .*filled",
        ),
        ("a.tiff", np.ones((2, 2), np.longdouble), {}, OutputError, "a .tiff file cannot hold .* .give float64"),
        ("a.csv", 3, {}, OutputError, r"a.csv: a .csv holds rows x columns, not shape \(\) .use .npy"),
        ("a.flac", [1.0], {"sample_rate": 8000}, ArgumentError, "a.flac: the ending '.flac' names no format .use one"),
        ("a.wav", [[1.0, 0.5]], {"sample_rate": 8000}, OutputError, r"shape \(1, 2\) .* as in values.T"),
        (
            "a.wav",
            np.zeros((9, 8)),
            {"sample_rate": 2**31 - 1},
            OutputError,
            "cannot hold 8 channels at 2,147,",
        ),
        ("a.jpg", BYTES, {}, OutputError, "a.jpg: a .jpg file cannot hold alpha"),
        ("a.csv", BYTES, {}, OutputError, "a.csv: a .csv holds rows x columns, not 6x7x4"),
        ("a.png", [[1]], {"sample_rate": 8000}, ArgumentError, "a.png: sample_rate is for .wav"),
        ("a.wav", [1.0], {}, ArgumentError, "a.wav: sample_rate is for .wav, and needed there"),
        ("a.wav", [1], {"sample_rate": 8000}, OutputError, "a.wav: a WAV cannot hold int64 .use int16 or float32"),
        ("a.wav", np.zeros((2, 2, 2)), {"sample_rate": 8000}, OutputError, r"shape \(2, 2, 2\) are not a sound"),
        ("no/a.png", [[1]], {}, OutputError, "there is no folder no to write into"),
        ("no/a.zarr", [[1]], {}, OutputError, "there is no folder no to write into"),
        ("a.zarr", [1, 2], {}, OutputError, r"a.zarr: a .zarr holds rows x columns .* not shape \(2,\) .use .npy"),
        ("a.zarr", [[1]], {"sample_rate": 8000}, ArgumentError, "a.zarr: sample_rate is for .wav"),
    ],
)
def test_what_cannot_be_written(
    name: str, values: Any, settings: dict[str, Any], kind: type[Exception], problem: str
) -> None:
    with pytest.raises(kind, match=problem):
        cnnkit.write(name, values, **settings)
    assert not Path(name).exists()


def test_nothing_is_printed_and_nothing_left_behind(capfd: pytest.CaptureFixture[str], here: Path) -> None:
    shutil.copy(Path(__file__).parents[2] / "examples" / "song.wav", here)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        samples, rate = cnnkit.read("song.wav")
        cnnkit.write("part.wav", samples[:100], sample_rate=rate)
    sys.stdout.flush()
    assert capfd.readouterr() == ("", "")
    assert sorted(path.name for path in here.iterdir()) == ["part.wav", "song.wav"]


def test_weights_are_a_mapping(tmp_path: Path) -> None:
    path = tmp_path / "w.safetensors"
    values = np.arange(6, dtype=np.float32).reshape(2, 3)
    save_weights(path, {"fc.weight": values, "fc.bias": np.zeros(2)}, {"stack": "3 fc2"})
    weights = cnnkit.read(path)
    assert list(weights) == ["fc.weight", "fc.bias"]
    assert weights.metadata["stack"] == "3 fc2"
    np.testing.assert_array_equal(weights["fc.weight"], values)
    assert repr(weights) == f"Weights({str(path)!r}, 2 tensors, 8 values: fc.weight 2x3, fc.bias 2)"
    with pytest.raises(InputError, match="resize is for images and sounds, and this is a file of weights"):
        cnnkit.read(path, resize=3)
    with pytest.raises(InputError, match="channel is for images and sounds"):
        cnnkit.read(path, channel="left")
