"""TIFFs at full depth: 16-bit colour and floats, written and read by tifffile and by cnnkit."""

from __future__ import annotations

import io
import struct
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt
import pytest
import tifffile
from PIL import Image

from cnnkit.data.raster import Raster
from cnnkit.errors import InputError
from cnnkit.files.images import tiff
from cnnkit.files.images.header import read_size
from cnnkit.files.images.raster import read_raster
from tests.reference.tiff import tiff_of

Array = npt.NDArray[Any]


def samples_of(kind: str, *shape: int) -> Array:
    random = np.random.default_rng(0)
    if np.dtype(kind).kind == "f":
        return (random.random(shape) * 4 - 1).astype(kind)
    return random.integers(0, np.iinfo(kind).max, shape, dtype=kind, endpoint=True)


def stored(samples: Array, **settings: Any) -> bytes:
    stream = io.BytesIO()
    colours = "rgb" if samples.ndim == 3 and 3 in (samples.shape[2], samples.shape[2] - 1) else "minisblack"
    tifffile.imwrite(stream, samples, **{"photometric": colours, **settings})
    return stream.getvalue()


def read(content: bytes) -> Raster:
    return read_raster(io.BytesIO(content))


LAYOUTS: list[dict[str, Any]] = [
    {},
    {"byteorder": ">"},
    {"bigtiff": True},
    {"compression": "zlib"},
    {"tile": (16, 16)},
    {"rowsperstrip": 3},
]
DIFFERENCES: dict[str, Any] = {"compression": "zlib", "predictor": True}  # of floats: see test_strips.py


@pytest.mark.parametrize(
    ("kind", "settings"), [*((kind, one) for kind in ("u2", "f4") for one in LAYOUTS), ("u2", DIFFERENCES)], ids=str
)
def test_colour_at_full_depth(kind: str, settings: dict[str, Any]) -> None:
    samples = samples_of(kind, 21, 34, 3)
    raster = read(stored(samples, **settings))
    np.testing.assert_array_equal(raster.samples, samples)
    assert raster.samples.dtype == np.dtype(kind)
    assert not raster.has_alpha


def test_planes_become_the_last_axis() -> None:
    samples = samples_of("u2", 3, 12, 17)
    content = stored(samples, photometric="rgb", planarconfig="separate")
    np.testing.assert_array_equal(read(content).samples, np.moveaxis(samples, 0, 2))


@pytest.mark.parametrize("kind", ["f2", "f4", "f8"])
@pytest.mark.parametrize("depth", [1, 3])
def test_floats_keep_their_precision(kind: str, depth: int) -> None:
    samples = samples_of(kind, 8, 9, 3) if depth == 3 else samples_of(kind, 8, 9)
    if kind == "f8":
        samples += 1e9  # float32 would lose the fraction
    raster = read(stored(samples))
    np.testing.assert_array_equal(raster.samples, samples.reshape(8, 9, depth))
    assert not raster.is_integer


@pytest.mark.parametrize("kind", ["i2", "i4", "u4"])
def test_whole_numbers_beyond_levels_do_not_wrap(kind: str) -> None:
    samples = samples_of(kind, 8, 9)
    raster = read(stored(samples))
    np.testing.assert_array_equal(raster.samples[:, :, 0].astype(np.int64), samples.astype(np.int64))


@pytest.mark.parametrize("depth", [2, 4])
def test_alpha_that_is_not_multiplied_in(depth: int) -> None:
    samples = samples_of("u2", 8, 9, depth)
    settings = {"photometric": "rgb" if depth == 4 else "minisblack", "planarconfig": "contig"}
    raster = read(stored(samples, extrasamples=["unassalpha"], **settings))
    np.testing.assert_array_equal(raster.samples, samples)
    assert raster.has_alpha


def test_colours_multiplied_by_alpha_are_divided_again() -> None:
    colour = np.array([[[1000, 2000, 3000], [40000, 20000, 10000]]], dtype=np.uint16)
    alpha = np.array([[[65535], [32768]]], dtype=np.uint16)
    multiplied = np.rint(colour * (alpha / 65535.0)).astype(np.uint16)
    content = stored(np.concatenate([multiplied, alpha], axis=2), photometric="rgb", extrasamples=["assocalpha"])
    raster = read(content)
    assert raster.has_alpha
    np.testing.assert_array_equal(raster.alpha, alpha)
    np.testing.assert_allclose(raster.colour, colour, atol=1)


@pytest.mark.parametrize("turn", range(1, 9))
@pytest.mark.parametrize(("kind", "depth"), [("u1", 1), ("u1", 3), ("u2", 1), ("u2", 3), ("f4", 1), ("f4", 3)])
def test_the_orientation_is_applied_once(kind: str, depth: int, turn: int) -> None:
    samples = samples_of(kind, 5, 8, 3)[:, :, :depth]
    content = stored(samples if depth == 3 else samples[:, :, 0], extratags=[(274, 3, 1, turn, True)])
    upright = samples.swapaxes(0, 1) if turn >= 5 else samples
    upright = upright[:: -1 if turn in (3, 4, 7, 8) else 1, :: -1 if turn in (2, 3, 6, 7) else 1]
    np.testing.assert_array_equal(read(content).samples, upright)


@pytest.mark.parametrize("kind", ["u1", "u2"])
def test_four_inks_are_refused(kind: str) -> None:
    content = stored(samples_of(kind, 8, 9, 4), photometric="separated")
    with pytest.raises(InputError, match=r"grey or RGB|CMYK"):
        read(content)


@pytest.mark.parametrize("kind", ["u1", "u2", "f4"])
def test_pages_left_out_are_noted(kind: str) -> None:
    pages = samples_of(kind, 4, 8, 9, 3)
    raster = read(stored(pages, photometric="rgb"))
    assert raster.notes == ("only the first of its 4 frames is read; --frame N or --frame all reads others",)
    np.testing.assert_array_equal(raster.samples, pages[0])


def test_a_truncated_file_is_refused() -> None:
    content = stored(samples_of("u2", 20, 20, 3), metadata=None)
    with tifffile.TiffFile(io.BytesIO(content)) as file:
        end = sum(file.pages[0].dataoffsets + file.pages[0].databytecounts)  # type: ignore[union-attr]
    for stop in [*range(0, 40), *range(40, end, 50), end - 1]:
        with pytest.raises(InputError):
            read(content[:stop])


@pytest.mark.parametrize("depth", [1, 2, 3, 4])
@pytest.mark.parametrize("kind", ["u1", "u2", "f4"])
def test_what_is_written_is_read_again(kind: str, depth: int) -> None:
    samples = samples_of(kind, 9, 14, depth)
    stream = io.BytesIO()
    space = b"GRAY" if depth < 3 else b"RGB "
    profile = struct.pack(">I12x4s16x4s92x", 132, space, b"acsp")  # without a tag
    tiff.write_tiff(stream, [Raster(samples, depth in (2, 4), profile)], "made by cnnkit test")
    raster = read(stream.getvalue())
    np.testing.assert_array_equal(raster.samples, samples)
    assert raster.samples.dtype == np.dtype(kind)
    assert raster.has_alpha == (depth in (2, 4))
    assert raster.icc_profile == profile
    with tifffile.TiffFile(io.BytesIO(stream.getvalue())) as file:
        assert len(file.pages) == 1
        assert file.pages[0].tags[305].value == "made by cnnkit test"  # type: ignore[union-attr]


@pytest.mark.parametrize("kind", ["u1", "u2", "i2", "f4"])
def test_the_same_image_is_the_same_bytes(kind: str) -> None:
    raster = Raster(samples_of(kind, 9, 14, 3))
    one, two = io.BytesIO(), io.BytesIO()
    tiff.write_tiff(one, [raster], "note")
    tiff.write_tiff(two, [raster], "note")
    assert one.getvalue() == two.getvalue()


@pytest.mark.parametrize("depth", [2, 4, 5, 13])
@pytest.mark.parametrize("kind", ["u1", "u2", "i2", "f4", "f8"])
def test_bands_that_are_written_are_read_again(kind: str, depth: int) -> None:
    samples = samples_of(kind, 9, 14, depth)
    stream = io.BytesIO()
    tiff.write_tiff(stream, [Raster(samples)], "")
    raster = read(stream.getvalue())
    np.testing.assert_array_equal(raster.samples, samples)
    assert not raster.has_alpha
    with tifffile.TiffFile(io.BytesIO(stream.getvalue())) as file:
        page: Any = file.pages[0]
        np.testing.assert_array_equal(page.asarray(), samples)
        assert page.extrasamples == (0,) * (depth - 1)


def test_other_readers_read_what_is_written() -> None:
    for kind, depth in [("u1", 1), ("u1", 3), ("u2", 1), ("u2", 3), ("f4", 1), ("f4", 3)]:
        samples = samples_of(kind, 9, 14, depth)
        stream = io.BytesIO()
        tiff.write_tiff(stream, [Raster(samples)], "made by cnnkit test")
        found = cv2.imdecode(np.frombuffer(stream.getvalue(), np.uint8), cv2.IMREAD_UNCHANGED)
        assert found is not None
        np.testing.assert_array_equal(found.reshape(samples.shape)[..., ::-1], samples, err_msg=f"{kind} {depth}")
        if kind == "u1":
            np.testing.assert_array_equal(np.asarray(Image.open(stream)).reshape(samples.shape), samples)


FLOW = np.array([[[1, -1], [2, 0], [3, 1], [4, 2]]], np.float32)
THREE = np.array([[[1000, 2000, 0], [1000, 2000, 60000]]], np.uint16)
BYTES = np.arange(4 * 6 * 5, dtype=np.uint8).reshape(4, 6, 5)


@pytest.mark.parametrize(
    ("samples", "settings"),
    [
        (FLOW, {}),
        (FLOW, {"extrasamples": [0]}),
        (THREE, {}),
        (THREE, {"extrasamples": [2, 2]}),
        (THREE, {"extrasamples": [1, 0]}),
        (BYTES, {}),
        (BYTES[:, :, :2], {}),
        (BYTES[:, :, :4], {"photometric": "rgb", "extrasamples": [0]}),
        (BYTES, {"photometric": "rgb", "extrasamples": [2, 0]}),
        (BYTES, {"photometric": "rgb", "extrasamples": [0, 1]}),
        (FLOW.astype(np.int16), {"extrasamples": [2]}),  # signed numbers have no white, so no full opacity
    ],
)
def test_bands_that_are_not_alpha_are_values(samples: Array, settings: dict[str, Any]) -> None:
    content = stored(samples, **{"photometric": "minisblack", "planarconfig": "contig", "metadata": None, **settings})
    raster = read(content)
    np.testing.assert_array_equal(raster.samples, samples)
    assert not raster.has_alpha
    assert raster.notes == (
        (f"its {samples.shape[2]} bands are data: no single one after the colours is marked as alpha",)
        if settings.get("photometric") == "rgb"
        else ()
    )


@pytest.mark.parametrize("planes", [2, 4, 6])
def test_planes_of_any_number(planes: int) -> None:
    samples = samples_of("u2", planes, 12, 17)
    content = stored(samples, photometric="minisblack", planarconfig="separate", metadata=None)
    np.testing.assert_array_equal(read(content).samples, np.moveaxis(samples, 0, 2))


@pytest.mark.parametrize(
    ("colours", "expected"),
    [
        (np.arange(768).reshape(3, 256) % 256 * 257, np.uint8),
        (np.arange(768).reshape(3, 256) % 256 * 256, np.uint8),
        (np.arange(768).reshape(3, 256) % 256, np.uint8),  # of old programs, which wrote 8 bits
        (np.arange(768).reshape(3, 256) * 80, np.uint16),
    ],
)
def test_palettes_keep_all_their_bits(colours: Array, expected: type) -> None:
    indices = samples_of("u1", 9, 14)
    content = stored(indices, photometric="palette", colormap=colours.astype(np.uint16))
    raster = read(content)
    whole = (colours // (colours.max() // 255 if expected is np.uint8 else 1)).T[indices]
    np.testing.assert_array_equal(raster.samples, whole)
    assert raster.samples.dtype == expected
    assert read_size(io.BytesIO(stored(indices, photometric="palette", colormap=colours.astype(np.uint16)))) == (
        9,
        14,
        3,
    )


@pytest.mark.parametrize("bits", [2, 4])
def test_palettes_of_fewer_bits(bits: int) -> None:
    indices = np.random.default_rng(0).integers(0, 1 << bits, (7, 9, 1)).astype(np.uint8)
    colours = np.random.default_rng(1).integers(0, 256, (3, 1 << bits)) * 257
    content = tiff_of(indices, bits, tags={262: (3, 3), 320: (3, colours.ravel().tolist())})
    np.testing.assert_array_equal(read(content).samples, (colours // 257).T[indices[:, :, 0]])
    with pytest.raises(InputError, match="numbers in its palette"):
        read(tiff_of(indices, bits, tags={262: (3, 3), 320: (3, colours.ravel().tolist()[:-3])}))


@pytest.mark.parametrize("bits", [1, 2, 4, 8, 12, 16, 32])
def test_a_negative_is_turned_round(bits: int) -> None:
    kind = "u1" if bits <= 8 else "u2" if bits <= 16 else "u4"
    samples = np.random.default_rng(bits).integers(0, 1 << bits, (7, 9, 1)).astype(kind)
    positive = read(tiff_of(samples, bits))
    negative = read(tiff_of((1 << bits) - 1 - samples, bits, tags={262: (3, 0)}))
    np.testing.assert_array_equal(negative.samples, positive.samples)


def test_only_the_grey_of_a_negative_is_turned_round() -> None:
    samples = samples_of("u1", 5, 8, 2)
    raster = read(tiff_of(samples, 8, tags={262: (3, 0), 338: (3, 2)}))
    np.testing.assert_array_equal(raster.colour, 255 - samples[:, :, :1])
    np.testing.assert_array_equal(raster.alpha, samples[:, :, 1:])


@pytest.mark.parametrize("kind", ["i2", "f4"])
def test_a_negative_without_a_black_is_refused(kind: str) -> None:
    content = stored(samples_of(kind, 5, 8), photometric="miniswhite")
    for reader in (read_raster, read_size):
        with pytest.raises(InputError, match="stores white as 0"):
            reader(io.BytesIO(content))


SMALL = samples_of("u1", 5, 8, 3)


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (tiff_of(SMALL, 8, tags={262: (3, 5)}), "this TIFF is CMYK, not grey or RGB"),
        (tiff_of(SMALL, 8, tags={262: (3, 6)}), "this TIFF is YCbCr, not grey or RGB"),
        (tiff_of(SMALL, 8, tags={262: (3, 8)}), r"this TIFF is L\*a\*b\*, not grey or RGB"),
        (tiff_of(SMALL[..., :1], 8, tags={262: (3, 32803)}), "this TIFF is a camera's raw file, not grey or RGB"),
        (tiff_of(SMALL, 8, tags={262: (3, 99)}), "this TIFF is of colours 99, not grey or RGB"),
        (tiff_of(SMALL[..., :2], 8, tags={262: (3, 2)}), "this TIFF has 2 bands of uint8, not those of its colours"),
        (tiff_of(SMALL, 8, tags={259: (3, 34887)}), "this TIFF is compressed by LERC, which cannot be read"),
        (tiff_of(SMALL, 8, tags={259: (3, 6)}), "this TIFF is compressed by old-style JPEG, which cannot be read"),
        (tiff_of(SMALL, 8, tags={259: (3, 9999)}), "this TIFF is compressed by method 9999, which cannot be read"),
        (tiff_of(SMALL, 8, tags={258: (3, [5, 6, 5])}), r"this TIFF holds samples of \(5, 6, 5\) bits"),
        (tiff_of(samples_of("f8", 5, 8, 1), 64, tags={339: (3, 6)}), "this TIFF holds samples of 64 bits, format 6"),
        (tiff_of(samples_of("u4", 5, 8, 1), 32, tags={258: (3, 24)}), "this TIFF holds samples of 24 bits, format 1"),
        (tiff_of(SMALL, 8, tags={32997: (4, 5)}), "this TIFF holds a volume, which cannot be read"),
        (tiff_of(SMALL, 8, tags={317: (3, 3)}), "8 bits and predictor 3"),
        (tiff_of(SMALL, 8, tags={317: (3, 34892)}), "8 bits and predictor 34892"),
        (tiff_of(samples_of("u2", 5, 8, 1), 16, tags={259: (3, 7)}), r"16 bits and predictor 1, which its compression"),
        (tiff_of(SMALL[..., :2], 8, tags={259: (3, 7)}), "2 bands of 8 bits and predictor 1, which its compression"),
    ],
)
def test_what_cannot_be_read_is_named_and_the_header_says_the_same(content: bytes, problem: str) -> None:
    for reader in (read_raster, read_size):
        with pytest.raises(InputError, match=problem) as caught:
            reader(io.BytesIO(content))
        assert caught.value.hint


def test_what_is_lost_is_noted() -> None:
    tags = [(42113, 2, 6, "-9999", True), (34735, 3, 4, (1, 1, 0, 0), True)]
    raster = read(stored(samples_of("f4", 5, 8), metadata=None, extratags=tags))
    assert raster.notes == (
        "samples of -9999 mark missing data, which --nodata -9999 leaves out",
        "its place on the map is not kept",
    )


@pytest.mark.parametrize(
    ("samples", "missing", "settings", "notes"),
    [
        (samples_of("u1", 5, 8), "255", {}, ("samples of 255 mark missing data, which --nodata 255 leaves out",)),
        (samples_of("u1", 5, 8), "-9999", {}, ()),  # no byte is that
        (samples_of("u2", 5, 8), "nan", {}, ()),
        (samples_of("f4", 5, 8), "NaN", {}, ("samples of NaN mark missing data, which --nan ignore leaves out",)),
        (samples_of("f4", 5, 8), "none", {}, ("its mark of missing data, none, is not kept",)),
        (samples_of("u1", 5, 8), "255", {"photometric": "miniswhite"}, ("its mark of missing data, 255, is not kept",)),
        (samples_of("u1", 5, 8) > 9, "1", {}, ("its mark of missing data, 1, is not kept",)),
    ],
)
def test_the_option_that_leaves_missing_samples_out_works(
    samples: npt.NDArray[Any], missing: str, settings: dict[str, Any], notes: tuple[str, ...]
) -> None:
    tags = [(42113, 2, len(missing) + 1, missing, True)]
    assert read(stored(samples, metadata=None, extratags=tags, **settings)).notes == notes


def test_big_tiffs_of_either_order() -> None:
    for order in ("<", ">"):
        samples = samples_of("u2", 9, 14, 3)
        content = stored(samples, bigtiff=True, byteorder=order, tile=(16, 16))
        np.testing.assert_array_equal(read(content).samples, samples)


PAGE = (Path(__file__).parents[3] / "docs" / "images.md").read_text(encoding="utf-8")


def table(heading: str) -> dict[str, str]:
    """The rows of a table of the page: what stands in the first column, and in the second."""
    text = PAGE.partition(f"| {heading} |")[2].partition("\n\n")[0]
    rows = [line.strip("|").split("|") for line in text.splitlines()[2:]]
    return {first.strip(): second.strip() for first, second in rows}


def kept(kind: str, bits: int) -> bool:
    """Whether samples of this kind come back as they are."""
    samples = samples_of(kind, 5, 8, 1)
    raster = read(tiff_of(samples, bits))
    return bool((raster.samples == samples).all()) and not raster.is_integer


def white(bits: int) -> int:
    """The level of the largest number of so many bits."""
    kind = "u1" if bits <= 8 else "u2"
    return int(read(tiff_of(np.full((1, 1, 1), (1 << bits) - 1, kind), bits)).samples[0, 0, 0])


def is_refused(bits: int | list[int], sample_format: int = 1) -> bool:
    try:
        read(tiff_of(SMALL, 8, tags={258: (3, bits), 339: (3, sample_format)}))
    except InputError as error:
        return "this TIFF holds samples of" in error.problem
    return False


SAMPLES = {
    "unsigned integers of 1 to 8 bits": lambda: {white(bits) for bits in range(1, 9)} == {255},
    "unsigned integers of 9 to 16 bits": lambda: {white(bits) for bits in range(9, 17)} == {65535},
    "unsigned integers of 32 and 64 bits": lambda: kept("u4", 32) and kept("u8", 64),
    "signed integers of 8, 16, 32 and 64 bits": lambda: all(kept(f"i{size}", 8 * size) for size in (1, 2, 4, 8)),
    "floats of 16, 32 and 64 bits": lambda: all(kept(f"f{size}", 8 * size) for size in (2, 4, 8)),
    "a palette": lambda: True,  # tested above
    "bits per band that differ, 24 bits, complex numbers": lambda: (
        is_refused([5, 6, 5]) and is_refused(24) and is_refused(64, 6)
    ),
}


@pytest.mark.parametrize("row", table("samples"))
def test_the_page_is_true_of_samples(row: str) -> None:
    assert SAMPLES.keys() == table("samples").keys()
    assert SAMPLES[row]()


REFUSED = {
    "old-style JPEG": 6, "JPEG 2000": 34712, "JPEG XL": 50002, "JPEG XR": 34934, "WebP": 50001, "LERC": 34887,
    "PNG": 34933, "CCITT RLE": 2, "fax group 3": 3,
}  # fmt: skip


def test_the_page_is_true_of_compressions() -> None:
    """Those that are read are tested in test_strips."""
    words = {word.strip() for row in table("compression") for word in row.split(",")}
    assert words >= {"none", "PackBits", "LZW", "deflate", "LZMA", "ZSTD", "JPEG", "fax: group 4"} | REFUSED.keys()
    for name, number in REFUSED.items():
        with pytest.raises(InputError, match=f"this TIFF is compressed by {name}, which cannot be read"):
            read(tiff_of(SMALL, 8, tags={259: (3, number)}))
