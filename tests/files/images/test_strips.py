"""Samples out of strips and tiles at every depth, against files written by hand; and files that promise too much."""

from __future__ import annotations

import io
import shutil
import struct
import subprocess
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
import tifffile
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from cnnkit.errors import InputError
from cnnkit.files.images.header import read_size
from cnnkit.files.images.raster import read_raster
from tests.reference.tiff import COMPRESSIONS, file_of, lzw, tiff_of

Array = npt.NDArray[Any]
LAYOUTS: dict[str, dict[str, Any]] = {
    "one strip": {}, "strips": {"rows": 4}, "tiles": {"block": (16, 16)}, "planes": {"planar": True},
    "planes in strips": {"planar": True, "rows": 3}, "planes in tiles": {"planar": True, "block": (16, 32)},
}  # fmt: skip


def samples_of(bits: int, kind: str = "u", depth: int = 1, rows: int = 11, columns: int = 19) -> Array:
    random = np.random.default_rng(bits)
    if kind == "f":
        return random.normal(size=(rows, columns, depth)).astype(f"f{bits // 8}")
    low, high = (0, 1 << bits) if kind == "u" else (-(1 << bits - 1), 1 << bits - 1)
    size = 8 if bits <= 8 else 16 if bits <= 16 else bits
    return random.integers(low, high, (rows, columns, depth), dtype=f"{kind}{size // 8}", endpoint=False)


def read(content: bytes) -> Array:
    """The samples, which agree with the size that the header tells."""
    samples = read_raster(io.BytesIO(content)).samples
    assert read_size(io.BytesIO(content)) == samples.shape
    assert samples.dtype.isnative
    return samples


def by_libtiff(command: str, folder: Path) -> None:
    """Run a tool of libtiff on a.tif, which makes b.tif; skip where it is not installed, or cannot do this."""
    if not shutil.which(command.split(maxsplit=1)[0]):
        pytest.skip("the tools of libtiff are not installed")
    made = subprocess.run([*command.split(), "a.tif", "b.tif"], cwd=folder, capture_output=True, check=False)
    if b"not configured" in made.stderr or b"not implemented" in made.stderr:
        pytest.skip(f"this libtiff has no such compression: {command}")
    assert made.returncode == 0, made.stderr


def levels(samples: Array, bits: int) -> Array:
    """Samples of fewer bits than a byte or two, stretched to all of them."""
    white = 255 if bits <= 8 else 65535
    return np.rint(samples * (white / ((1 << bits) - 1))).astype(np.uint8 if bits <= 8 else np.uint16)


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("depth", [1, 3])
@pytest.mark.parametrize("bits", range(1, 17))
def test_every_number_of_bits(bits: int, depth: int, order: str, layout: str) -> None:
    samples = samples_of(bits, depth=depth)
    content = tiff_of(samples, bits, order=order, **LAYOUTS[layout])
    np.testing.assert_array_equal(read(content), levels(samples, bits))


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("depth", [1, 2, 5])
@pytest.mark.parametrize(("kind", "bits"), [(kind, bits) for bits in (8, 16, 32, 64) for kind in "iuf"][3:])
def test_values_keep_their_sign_and_type(kind: str, bits: int, depth: int, order: str, layout: str) -> None:
    samples = samples_of(bits, kind, depth)
    found = read(tiff_of(samples, bits, order=order, **LAYOUTS[layout]))
    np.testing.assert_array_equal(found, samples)
    assert found.dtype == samples.dtype


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("compression", COMPRESSIONS)
@pytest.mark.parametrize(("kind", "bits", "depth"), [("u", 1, 1), ("u", 8, 3), ("u", 12, 3), ("f", 32, 5)])
def test_compressions_of_bytes(kind: str, bits: int, depth: int, compression: str, layout: str) -> None:
    samples = samples_of(bits, kind, depth)
    content = tiff_of(samples, bits, compress=COMPRESSIONS[compression], order=">", **LAYOUTS[layout])
    np.testing.assert_array_equal(read(content), samples if bits in (8, 16, 32) else levels(samples, bits))


def test_lzw_beyond_its_first_table() -> None:
    samples = samples_of(8, depth=3, rows=90, columns=70)
    np.testing.assert_array_equal(read(tiff_of(samples, 8, compress=(5, lzw))), samples)


def test_the_lowest_bits_can_come_first() -> None:
    turn = lambda data: bytes(int(f"{byte:08b}"[::-1], 2) for byte in data)  # noqa: E731
    for bits in (1, 4, 8, 12):
        samples = samples_of(bits)
        content = tiff_of(samples, bits, compress=(1, turn), tags={266: (3, 2)})
        np.testing.assert_array_equal(read(content), levels(samples, bits))


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize(("kind", "bits"), [("u", 8), ("u", 16), ("u", 32), ("i", 16), ("f", 32)])
@pytest.mark.parametrize("layout", LAYOUTS)
def test_differences_are_added_up(kind: str, bits: int, order: str, layout: str) -> None:
    samples = samples_of(bits, kind, 3, columns=32, rows=16)
    whole = samples.view(f"u{bits // 8}")
    block = 16 if layout == "tiles" else 32  # a tile begins anew
    steps = whole.copy()
    steps[:, 1:] -= whole[:, :-1]
    steps[:, ::block] = whole[:, ::block]
    tags = {317: (3, 2), 339: (3, [{"u": 1, "i": 2, "f": 3}[kind]] * 3)}
    content = tiff_of(steps, bits, order=order, tags=tags, **LAYOUTS[layout])
    np.testing.assert_array_equal(read(content), samples)


@pytest.mark.parametrize("bits", [16, 32, 64])
@pytest.mark.parametrize("depth", [1, 3])
@pytest.mark.parametrize("order", ["<", ">"])
def test_the_predictor_of_floats(bits: int, depth: int, order: str) -> None:
    samples = samples_of(bits, "f", depth)

    def differences(data: bytes) -> bytes:
        rows = np.frombuffer(data, f"{order}f{bits // 8}").reshape(11, 19 * depth)
        planes = rows.astype(f">f{bits // 8}").view(np.uint8).reshape(11, 19 * depth, bits // 8).swapaxes(1, 2)
        flat = planes.reshape(11, -1, depth)
        return np.concatenate([flat[:, :1], flat[:, 1:] - flat[:, :-1]], axis=1).tobytes()

    content = tiff_of(samples, bits, order=order, compress=(1, differences), tags={317: (3, 3)})
    np.testing.assert_array_equal(read(content), samples)


WAYS = ["lzw", "lzw:2", "zip:2", "zip:3", "packbits", "lzma", "zstd", "g4", "jpeg"]


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("options", ["-s -r 16", "-t -w 16 -l 16"])
def test_files_of_libtiff(way: str, options: str, tmp_path: Path) -> None:
    is_fax, is_jpeg, is_float = way.startswith("g"), way == "jpeg", way.endswith(":3")
    bits, kind = (1, "u") if is_fax else (32, "f") if is_float else (8 if is_jpeg else 16, "u")
    samples = samples_of(bits, kind, 1 if is_fax else 3)
    samples = np.broadcast_to(np.uint8(90), samples.shape) if is_jpeg else samples
    (tmp_path / "a.tif").write_bytes(tiff_of(samples, bits))
    by_libtiff(f"tiffcp -c {way} {options}", tmp_path)
    content = (tmp_path / "b.tif").read_bytes()
    try:
        found = read(content)
    except InputError as error:
        if way != "zstd" or "this Pillow was built without" not in error.problem:
            raise
        pytest.skip("this Pillow was built without ZSTD")
    np.testing.assert_allclose(found, levels(samples, bits) if is_fax else samples, atol=3 if is_jpeg else 0)


def jpeg_strip(image: Image.Image, **settings: Any) -> bytes:
    stream = io.BytesIO()
    image.save(stream, "JPEG", quality=100, subsampling=0, **settings)
    return stream.getvalue()


@pytest.mark.parametrize("photometric", [1, 2, 6])
def test_jpeg_in_strips(photometric: int) -> None:
    random = np.random.default_rng(0)
    smooth = np.repeat(np.repeat(random.integers(0, 255, (2, 3, 3), dtype=np.uint8), 8, 0), 8, 1)
    image = Image.fromarray(smooth if photometric > 1 else smooth[:, :, 0])
    if photometric == 2:
        strips = [jpeg_strip(image.crop((0, top, 24, top + 8)), keep_rgb=True) for top in (0, 8)]
    else:
        strips = [jpeg_strip(image.crop((0, top, 24, top + 8))) for top in (0, 8)]
    depth = 1 if photometric == 1 else 3
    size = {256: (4, 24), 257: (4, 16), 277: (3, depth), 278: (4, 8)}
    tags = {**size, 258: (3, [8] * depth), 259: (3, 7), 262: (3, photometric)}
    found = read(file_of(tags, strips))
    np.testing.assert_allclose(found, smooth[:, :, :depth], atol=4)
    small = jpeg_strip(image.crop((0, 0, 8, 8)))
    for damaged in (strips[1][:60], strips[1][: len(strips[1]) // 2], b"", b"no JPEG", small):
        with pytest.raises(InputError, match="strip 2 of the 2 of this TIFF"):
            read_raster(io.BytesIO(file_of(tags, [strips[0], damaged]))).whole()


def test_jpeg_of_four_bands_is_not_turned_round() -> None:
    bands = np.broadcast_to(np.array([240, 200, 30, 160], np.uint8), (8, 8, 4))
    stream = io.BytesIO()
    Image.fromarray(bands.copy()).save(stream, "TIFF", compression="jpeg")
    np.testing.assert_allclose(read(stream.getvalue()), bands, atol=3)


def patched(content: bytes, tag: int, value: int) -> bytes:
    """A TIFF (of Intel's order) whose tag says something else."""
    directory = struct.unpack_from("<I", content, 4)[0]
    for entry in range(struct.unpack_from("<H", content, directory)[0]):
        place = directory + 2 + 12 * entry
        if struct.unpack_from("<H", content, place)[0] == tag:
            return content[: place + 8] + struct.pack("<I", value) + content[place + 12 :]
    raise AssertionError(tag)


DEFLATED = tiff_of(samples_of(8), 8, compress=COMPRESSIONS["deflate"])
STRIPPED = tiff_of(samples_of(8, rows=24), 8, rows=24)
LIES = {
    "more rows": patched(STRIPPED, 257, 240),
    "more rows in one strip": patched(patched(STRIPPED, 257, 240), 278, 240),
    "more columns": patched(STRIPPED, 256, 20),
    "more bits": patched(STRIPPED, 258, 16),
    "more bands": patched(STRIPPED, 277, 3),
    "bytes 0": patched(STRIPPED, 279, 0),
    "bytes too few": patched(STRIPPED, 279, 24 * 19 - 1),
    "place beyond the end": patched(STRIPPED, 273, 10**9),
    "place near the end": patched(STRIPPED, 273, len(STRIPPED) - 100),
    "rows of a strip 0": patched(STRIPPED, 278, 0),
    "huge": patched(patched(STRIPPED, 257, 2**31), 256, 2**31),
    "huge and deflated": patched(patched(DEFLATED, 257, 2**20), 278, 2**20),
    "no rows": patched(STRIPPED, 257, 0),
    "no columns": patched(STRIPPED, 256, 0),
    "no bands": patched(STRIPPED, 277, 0),
    "a strip left out": patched(patched(STRIPPED, 273, 0), 279, 0),
}


@pytest.mark.parametrize("what", LIES)
def test_what_promises_more_than_it_holds_is_refused_by_the_header_too(what: str) -> None:
    for reader in (read_raster, read_size):
        with pytest.raises(InputError, match="this TIFF") as caught:
            reader(io.BytesIO(LIES[what]))
        assert caught.value.hint
        assert caught.value.problem.isprintable()


def test_strips_left_out_are_named() -> None:
    samples = samples_of(8)
    content = tiff_of(samples, 8, rows=11, planar=False, tags={273: (4, 0), 279: (4, 0)})
    with pytest.raises(InputError, match="1 of the 1 strips of this TIFF are left out, as GDAL does"):
        read_raster(io.BytesIO(content)).whole()


def fax(rows: int = 64) -> bytes:
    drawing = np.zeros((rows, 100), bool)
    drawing[rows // 4 : rows // 2, 20:70] = True
    drawing[::7, ::5] = True
    stream = io.BytesIO()
    Image.fromarray(~drawing).save(stream, "TIFF", compression="group4")
    return stream.getvalue()


def test_a_damaged_fax_is_refused() -> None:
    content = fax()
    whole = read(content)
    with tifffile.TiffFile(io.BytesIO(content)) as file:
        start, count = file.pages[0].dataoffsets[0], file.pages[0].databytecounts[0]  # type: ignore[union-attr]
    refused = 0
    for place in range(start, start + count - 3, 5):
        damaged = bytearray(content)
        damaged[place] ^= 0xFF
        try:
            found = read_raster(io.BytesIO(bytes(damaged))).samples
        except InputError:
            refused += 1
        else:  # another drawing, which the damage described in full
            assert (found != whole).any(axis=1).sum() <= 3
    assert refused > 0.9 * count / 5
    with pytest.raises(InputError, match="is damaged or too short"):
        read_raster(io.BytesIO(patched(patched(content, 257, 90), 278, 90))).whole()


@pytest.mark.parametrize("compression", ["deflate", "lzw", "packbits"])
def test_a_strip_that_ends_early_is_refused(compression: str) -> None:
    number, compress = COMPRESSIONS[compression]
    for stop in (1, 20, 60, -6):
        content = tiff_of(samples_of(8), 8, compress=(number, lambda data, stop=stop: compress(data)[:stop]))
        with pytest.raises(InputError, match="this TIFF"):
            read_raster(io.BytesIO(content)).whole()
    content = tiff_of(samples_of(8), 8, compress=(number, lambda data: compress(data[:-1])))
    with pytest.raises(InputError, match="strip 1 of the 1 of this TIFF"):
        read_raster(io.BytesIO(content)).whole()


def test_a_check_sum_that_fails_is_refused() -> None:
    def wrong(data: bytes) -> bytes:
        packed = bytearray(COMPRESSIONS["deflate"][1](data))
        packed[-1] ^= 1
        return bytes(packed)

    with pytest.raises(InputError, match="cannot be inflated"):
        read_raster(io.BytesIO(tiff_of(samples_of(8), 8, compress=(8, wrong)))).whole()


CHANGES = st.lists(st.tuples(st.integers(0, 400), st.integers(0, 255)), min_size=1, max_size=4)


@given(CHANGES, st.sampled_from(["none", "lzw"]))
def test_damage_gives_an_image_of_the_size_of_its_header_or_one_error(changes: list[tuple[int, int]], way: str) -> None:
    content = bytearray(tiff_of(samples_of(8, rows=5), 8, compress=COMPRESSIONS[way], rows=2))
    for place, byte in changes:
        content[place % len(content)] = byte
    try:
        samples = read_raster(io.BytesIO(bytes(content))).samples
    except InputError as error:
        refusal = error.problem
    else:
        assert read_size(io.BytesIO(bytes(content))) == samples.shape
        return
    assert refusal.isprintable()
