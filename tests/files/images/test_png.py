"""PNG in and out: against Pillow and OpenCV, against files made by hand, and against files that are broken."""

from __future__ import annotations

import io
import itertools
import shutil
import struct
import subprocess
import tracemalloc
import zlib
from dataclasses import replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageCms, ImageOps

from cnnkit.data.bands import Bands
from cnnkit.data.raster import Raster
from cnnkit.errors import InputError
from cnnkit.files.images import png
from cnnkit.files.images.header import read_size
from cnnkit.files.images.raster import encode_raster, read_raster
from cnnkit.files.recognition import PNG_SIGNATURE

Array = npt.NDArray[Any]
ADAM7 = ((0, 0, 8, 8), (0, 4, 8, 8), (4, 0, 8, 4), (0, 2, 4, 4), (2, 0, 4, 2), (0, 1, 2, 2), (1, 0, 2, 1))
PROFILE = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
KINDS = list(itertools.product(("u1", "u2"), (1, 2, 3, 4)))


def chunk(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))


def filtered(raw: Array, step: int) -> bytes:
    """Every row with the next of the five filter types, as the specification writes them."""
    lines = []
    for i, row in enumerate(raw.astype(int)):
        above = raw[i - 1].astype(int) if i else np.zeros_like(row)
        left, corner = (np.concatenate([np.zeros(step, int), line])[: len(row)] for line in (row, above))
        guess = left + above - corner
        to = [abs(guess - one) for one in (left, above, corner)]
        paeth = np.where((to[0] <= to[1]) & (to[0] <= to[2]), left, np.where(to[1] <= to[2], above, corner))
        kind = i % 5
        predicted = (0 * row, left, above, (left + above) // 2, paeth)[kind]
        lines.append(bytes([kind]) + ((row - predicted) % 256).astype(np.uint8).tobytes())
    return b"".join(lines)


def as_bytes(samples: Array) -> Array:
    rows = len(samples)
    return np.ascontiguousarray(samples, samples.dtype.newbyteorder(">")).view(np.uint8).reshape(rows, -1)


def encoded(samples: Array, *extras: bytes, interlaced: bool = False, parts: int = 1) -> bytes:
    rows, columns, depth = samples.shape
    size = samples.dtype.itemsize
    passes = ADAM7 if interlaced else ((0, 0, 1, 1),)
    data = b""
    for y, x, dy, dx in passes:
        part = samples[y::dy, x::dx]
        if part.size:
            data += filtered(as_bytes(part), depth * size)
    packed = zlib.compress(data)
    cuts = np.linspace(0, len(packed), parts + 1).astype(int)
    head = struct.pack(">IIBBBBB", columns, rows, 8 * size, {1: 0, 2: 4, 3: 2, 4: 6}[depth], 0, 0, int(interlaced))
    body = b"".join(chunk(b"IDAT", packed[a:b]) for a, b in itertools.pairwise(cuts))
    return PNG_SIGNATURE + chunk(b"IHDR", head) + b"".join(extras) + body + chunk(b"IEND", b"")


def noise(*shape: int, kind: str = "u1", seed: int = 0) -> Array:
    random = np.random.default_rng(seed)
    smooth = np.add.outer(np.arange(shape[0]) * 3, np.arange(shape[1]) * 2)[:, :, None]
    levels = np.iinfo(kind).max + 1
    return ((smooth + random.integers(0, levels, shape) // 3) % levels).astype(kind)


def read(content: bytes) -> Raster:
    """The image, all of whose rows are read, with what was found out on the way."""
    raster = png.read_png(io.BytesIO(content))
    whole = raster.whole()
    return replace(whole, notes=(*raster.notes, *raster.bands.notes))


def outcome(content: bytes) -> Raster | None:
    """The image, or None where the file is refused; any other exception fails the test."""
    try:
        return read_raster(io.BytesIO(content)).whole()
    except InputError as error:
        refusal = error
    assert refusal.problem.isprintable(), refusal.problem  # it must stay one line, and not steer a terminal
    assert refusal.hint
    return None


def written(samples: Array, **settings: Any) -> bytes:
    stream = io.BytesIO()
    png.write_png(stream, Bands.of(samples), **settings)
    return stream.getvalue()


@pytest.mark.parametrize("interlaced", [False, True])
@pytest.mark.parametrize(("kind", "depth"), KINDS)
def test_every_type_is_read_as_it_was_made(kind: str, depth: int, interlaced: bool) -> None:
    samples = noise(21, 13, depth, kind=kind)
    raster = read(encoded(samples, interlaced=interlaced, parts=3))
    np.testing.assert_array_equal(raster.samples, samples)
    assert raster.samples.dtype == np.dtype(kind)
    assert raster.has_alpha == (depth in (2, 4))
    assert raster.icc_profile is None
    assert raster.notes == ()


@pytest.mark.parametrize("interlaced", [False, True])
@pytest.mark.parametrize(("kind", "depth"), [*[("u1", depth) for depth in (1, 2, 3, 4)], ("u2", 1)])
def test_pillow_reads_the_same(kind: str, depth: int, interlaced: bool) -> None:
    content = encoded(noise(17, 30, depth, kind=kind), interlaced=interlaced)
    theirs = np.asarray(Image.open(io.BytesIO(content)))
    np.testing.assert_array_equal(read(content).samples, theirs.reshape(17, 30, depth))


@pytest.mark.parametrize("size", list(itertools.product((1, 2, 3, 5, 8, 9), (1, 2, 4, 5, 7, 9))))
def test_interlaced_images_of_any_small_size(size: tuple[int, int]) -> None:
    samples = noise(*size, 3)
    np.testing.assert_array_equal(read(encoded(samples, interlaced=True)).samples, samples)


@pytest.mark.parametrize("mode", ["L", "LA", "RGB", "RGBA", "I;16"])
def test_what_pillow_wrote(mode: str) -> None:
    depth = {"L": 1, "LA": 2, "RGB": 3, "RGBA": 4, "I;16": 1}[mode]
    samples = noise(40, 50, depth, kind="u2" if mode == "I;16" else "u1")
    stream = io.BytesIO()
    Image.fromarray(samples[:, :, 0] if depth == 1 else samples).save(stream, "PNG")
    np.testing.assert_array_equal(read(stream.getvalue()).samples, samples)


@pytest.mark.parametrize("depth", [3, 4])
def test_sixteen_bit_colour_that_opencv_wrote(depth: int) -> None:
    samples = noise(40, 50, depth, kind="u2")
    turned = samples[..., [2, 1, 0, 3][:depth]]
    content = cv2.imencode(".png", np.ascontiguousarray(turned))[1].tobytes()
    np.testing.assert_array_equal(read(content).samples, samples)


@pytest.mark.parametrize(("kind", "depth"), [("u1", 1), ("u1", 3), ("u2", 1), ("u2", 3)])
def test_a_colour_named_transparent_becomes_alpha(kind: str, depth: int) -> None:
    samples = noise(9, 11, depth, kind=kind)
    samples[2, 3] = samples[5, 5] = samples[0, 0]
    transparent = chunk(b"tRNS", samples[0, 0].astype(">u2").tobytes())
    raster = read(encoded(samples, transparent))
    assert raster.has_alpha
    np.testing.assert_array_equal(raster.colour, samples)
    opaque = (samples != samples[0, 0]).any(axis=2, keepdims=True)
    np.testing.assert_array_equal(raster.alpha, opaque * np.iinfo(kind).max)
    assert np.count_nonzero(raster.alpha == 0) >= 3


def test_a_colour_profile_is_kept_there_and_back() -> None:
    samples = noise(6, 7, 3)
    raster = read(encoded(samples, chunk(b"iCCP", b"some name\0\0" + zlib.compress(PROFILE))))
    assert raster.icc_profile == PROFILE
    again = written(samples, icc_profile=PROFILE)
    assert read(again).icc_profile == PROFILE
    assert Image.open(io.BytesIO(again)).info["icc_profile"] == PROFILE


@pytest.mark.parametrize("turn", range(1, 9))
@pytest.mark.parametrize("interlaced", [False, True])
def test_the_orientation_is_applied_and_dropped(turn: int, interlaced: bool) -> None:
    exif = Image.Exif()
    exif[274] = turn
    content = encoded(noise(6, 9, 3), chunk(b"eXIf", exif.tobytes()[6:]), interlaced=interlaced)
    raster = read(content)
    upright = ImageOps.exif_transpose(Image.open(io.BytesIO(content)))
    np.testing.assert_array_equal(raster.samples, np.asarray(upright))
    assert bool(raster.notes) == (turn > 1)
    again = written(raster.samples)  # a turned view of memory, in no plain order
    assert b"eXIf" not in again
    np.testing.assert_array_equal(np.asarray(Image.open(io.BytesIO(again))), np.asarray(upright))


def test_frames_left_out_are_noted() -> None:
    stream = io.BytesIO()
    frames = [Image.fromarray(noise(5, 6, 3, seed=seed)) for seed in range(3)]
    frames[0].save(stream, "PNG", save_all=True, append_images=frames[1:])
    raster = read(stream.getvalue())
    assert "first of its 3 frames" in " ".join(raster.notes)
    np.testing.assert_array_equal(raster.samples, np.asarray(frames[0]))


@pytest.mark.parametrize(("kind", "depth"), KINDS)
@pytest.mark.parametrize("size", [(1, 1), (1, 40), (40, 1), (33, 57)])
def test_what_is_written_is_read_by_pillow_and_opencv(kind: str, depth: int, size: tuple[int, int]) -> None:
    samples = noise(*size, depth, kind=kind)
    content = written(samples, note="made by cnnkit")
    np.testing.assert_array_equal(read(content).samples, samples)
    theirs = cv2.imdecode(np.frombuffer(content, np.uint8), cv2.IMREAD_UNCHANGED)
    if depth == 2:  # OpenCV has no grey with alpha: it spreads the grey over three channels
        theirs = theirs[..., [0, 3]]
    elif depth > 2:
        theirs = theirs[..., [2, 1, 0, 3][:depth]]
    np.testing.assert_array_equal(theirs.reshape(samples.shape), samples)
    image = Image.open(io.BytesIO(content))
    image.load()
    assert image.size == (size[1], size[0])
    assert image.info["Software"] == "made by cnnkit"
    if kind == "u1" or depth == 1:
        np.testing.assert_array_equal(np.asarray(image).reshape(samples.shape), samples)


@pytest.mark.parametrize(
    ("shape", "kind"), [((1300, 1000, 3), "u1"), ((700, 500, 4), "u2"), ((3, 900_000, 1), "u1"), ((20, 30, 3), "u1")]
)
def test_threads_do_not_change_the_bytes_of_an_image_of_several_bands(shape: tuple[int, int, int], kind: str) -> None:
    samples = noise(*shape, kind=kind)
    one = written(samples, threads=1)
    for threads in (2, 3, 8, None):
        assert written(samples, threads=threads) == one
    np.testing.assert_array_equal(read(one).samples, samples)
    theirs = cv2.imdecode(np.frombuffer(one, np.uint8), cv2.IMREAD_UNCHANGED)
    ours = samples[..., [2, 1, 0, 3][: shape[2]]] if shape[2] > 2 else samples[..., 0]
    np.testing.assert_array_equal(theirs, ours)


def test_a_band_that_ends_with_the_image() -> None:
    samples = noise(1 << 10, (1 << 10) - 1, 1)  # with the filter's byte, each row is 1 KiB and the image one band
    content = written(samples)
    np.testing.assert_array_equal(np.asarray(Image.open(io.BytesIO(content))), samples[:, :, 0])


@pytest.mark.parametrize("order", ["F", "reversed", "strided", "foreign bytes"])
def test_any_memory_layout_is_written(order: str) -> None:
    samples = noise(10, 12, 3, kind="u2")
    given_as = {
        "F": np.asfortranarray(samples),
        "reversed": samples[::-1, ::-1][::-1, ::-1],
        "strided": np.repeat(samples, 2, axis=1)[:, ::2],
        "foreign bytes": samples.astype(">u2"),
    }[order]
    assert written(given_as) == written(samples)


def test_a_note_may_hold_any_text() -> None:
    content = written(noise(3, 3, 1), note="made by cnnkit 0: cnnkit convolve é画\udcff.png")
    assert png.read_note(io.BytesIO(content)).startswith("made by cnnkit 0: cnnkit convolve é")
    Image.open(io.BytesIO(content)).load()


@pytest.mark.parametrize("interlaced", [False, True])
def test_a_truncated_file_is_refused(interlaced: bool) -> None:
    samples = noise(40, 30, 3)
    content = encoded(samples, interlaced=interlaced, parts=4)
    whole = len(content) - 12  # with everything but the end marker
    assert outcome(content) is not None
    for stop in [*range(0, 60), *range(60, whole, 50), *range(whole - 20, whole)]:
        assert outcome(content[:stop]) is None, stop
    for stop in range(whole, len(content)):
        raster = read(content[:stop])
        np.testing.assert_array_equal(raster.samples, samples)
        assert "end marker" in " ".join(raster.notes), stop


def test_a_damaged_byte_is_noticed() -> None:
    samples = noise(12, 10, 3)
    content = encoded(samples, chunk(b"tEXt", b"Software\0me"), parts=2)
    for place in range(8, len(content)):
        for flip in (0x01, 0x40, 0xFF):
            damaged = bytearray(content)
            damaged[place] ^= flip
            raster = outcome(bytes(damaged))
            if raster is not None:  # in the text or the end marker, on which no pixel depends
                np.testing.assert_array_equal(raster.samples, samples)
                assert "left out" in " ".join(raster.notes), place


def test_damage_that_turns_a_name_into_control_characters_stays_one_line() -> None:
    content = encoded(noise(4, 4, 1)).replace(b"IDAT", b"\x1b[\n\a")
    assert outcome(content) is None


@given(st.data())
def test_nonsense_with_a_right_check_is_refused_or_read(data: st.DataObject) -> None:
    exif = Image.Exif()
    exif[274] = 6
    extras = [
        chunk(b"tRNS", b"\0\1\0\2\0\3"),
        chunk(b"iCCP", b"x\0\0" + zlib.compress(b"abc")),
        chunk(b"eXIf", exif.tobytes()[6:]),
        chunk(b"acTL", struct.pack(">II", 2, 0)),
    ]
    content = encoded(noise(5, 6, 3), *extras, interlaced=data.draw(st.booleans()))
    chunks, place = [], 8
    while place < len(content):
        length = int.from_bytes(content[place : place + 4], "big")
        chunks.append((content[place + 4 : place + 8], bytearray(content[place + 8 : place + 8 + length])))
        place += 12 + length
    which = data.draw(st.integers(0, len(chunks) - 1))
    kind, body = chunks[which]
    action = data.draw(st.sampled_from(["change", "shorten", "drop", "repeat"]))
    if action == "change" and body:
        at = data.draw(st.integers(0, len(body) - 1))
        # The size alone is left small: a large image is no mistake.
        if not (kind == b"IHDR" and at < 8):
            body[at] = data.draw(st.integers(0, 255))
    elif action == "shorten":
        del body[data.draw(st.integers(0, len(body))) :]
    elif action == "drop":
        del chunks[which]
    else:
        chunks.insert(which, chunks[which])
    outcome(PNG_SIGNATURE + b"".join(chunk(kind, bytes(body)) for kind, body in chunks))


@pytest.mark.parametrize("length", [0, 1, 3, 5, 7])
def test_a_transparent_colour_of_the_wrong_length_is_refused_or_ignored(length: int) -> None:
    raster = outcome(encoded(noise(4, 5, 3), chunk(b"tRNS", bytes(length))))
    assert raster is None or raster.shape[:2] == (4, 5)


@pytest.mark.parametrize("size", [(1 << 31) - 1, (1 << 32) - 1, 1 << 20])
def test_a_header_that_promises_more_than_there_is(size: int) -> None:
    head = struct.pack(">IIBBBBB", size, size, 16, 6, 0, 0, 0)
    content = PNG_SIGNATURE + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(bytes(100))) + chunk(b"IEND", b"")
    assert outcome(content) is None


@pytest.mark.parametrize(
    "head", [(0, 5, 8, 2, 0, 0, 0), (5, 0, 8, 2, 0, 0, 0), (5, 5, 8, 2, 1, 0, 0), (5, 5, 8, 2, 0, 1, 0)]
)
def test_a_header_that_means_nothing(head: tuple[int, ...]) -> None:
    data = chunk(b"IDAT", zlib.compress(bytes(80)))
    assert outcome(PNG_SIGNATURE + chunk(b"IHDR", struct.pack(">IIBBBBB", *head)) + data + chunk(b"IEND", b"")) is None


def test_an_unknown_way_of_interlacing_is_refused() -> None:
    head = struct.pack(">IIBBBBB", 5, 5, 8, 2, 0, 0, 2)
    data = chunk(b"IDAT", zlib.compress(bytes(80)))
    assert outcome(PNG_SIGNATURE + chunk(b"IHDR", head) + data + chunk(b"IEND", b"")) is None


def test_a_row_with_an_unknown_filter_is_refused() -> None:
    head = struct.pack(">IIBBBBB", 3, 1, 8, 0, 0, 0, 0)
    data = chunk(b"IDAT", zlib.compress(b"\5abc"))
    assert outcome(PNG_SIGNATURE + chunk(b"IHDR", head) + data + chunk(b"IEND", b"")) is None


def test_a_damaged_length_does_not_ask_for_all_memory(tmp_path: Path) -> None:
    content = bytearray(encoded(noise(4, 5, 3)))
    content[33:37] = b"\xff\xff\xff\xff"  # of the part after the header
    path = tmp_path / "damaged.png"
    path.write_bytes(content)
    tracemalloc.start()
    try:
        with path.open("rb") as stream, pytest.raises(InputError):
            read_raster(stream)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 1 << 26


def test_packed_data_that_cannot_be_inflated_is_refused() -> None:
    head = struct.pack(">IIBBBBB", 3, 1, 8, 0, 0, 0, 0)
    for data in (b"", b"no zlib at all", b"\x78\x9c" + bytes([7] * 30), zlib.compress(b"\0abc")[:5]):
        parts = chunk(b"IHDR", head) + chunk(b"IDAT", data) + chunk(b"IEND", b"")
        assert outcome(PNG_SIGNATURE + parts) is None, data


def test_a_profile_that_inflates_without_end_is_cut_or_refused() -> None:
    bomb = zlib.compress(bytes(png.LARGEST_PROFILE_BYTES * 4))
    raster = outcome(encoded(noise(4, 5, 3), chunk(b"iCCP", b"x\0\0" + bomb)))
    assert raster is None or raster.icc_profile is None or len(raster.icc_profile) <= png.LARGEST_PROFILE_BYTES


KEPT = {
    b"cICP": bytes([9, 16, 0, 1]),
    b"mDCV": bytes(range(24)),
    b"cLLI": bytes(range(8)),
    b"gAMA": struct.pack(">I", 45455),
    b"cHRM": struct.pack(">8I", 31270, 32900, 64000, 33000, 30000, 60000, 15000, 6000),
    b"pHYs": struct.pack(">IIB", 2835, 5670, 1),
}
"""What a PNG may say of its colours and resolution."""


def chunk_names(content: bytes) -> list[bytes]:
    names, place = [], 8
    while place < len(content):
        names.append(content[place + 4 : place + 8])
        place += 12 + int.from_bytes(content[place : place + 4], "big")
    return names


def test_what_colours_mean_and_how_large_a_pixel_is_goes_from_file_to_file() -> None:
    raster = read(encoded(noise(6, 7, 3), *(chunk(name, content) for name, content in KEPT.items())))
    assert raster.chunks == KEPT
    assert raster.notes == ()
    stream = io.BytesIO()
    encode_raster(raster, "png", "")(stream)
    assert read(stream.getvalue()).chunks == KEPT
    names = chunk_names(stream.getvalue())
    assert all(names.index(name) < names.index(b"IDAT") for name in KEPT)


def test_only_one_of_profile_and_srgb_is_written() -> None:
    profile, srgb = chunk(b"iCCP", b"a\0\0" + zlib.compress(PROFILE)), chunk(b"sRGB", b"\0")
    raster = read(encoded(noise(6, 7, 3), srgb, profile))
    names = chunk_names(written(raster.samples, icc_profile=raster.icc_profile, chunks=raster.chunks))
    assert (names.count(b"iCCP"), names.count(b"sRGB")) == (1, 0)
    alone = read(encoded(noise(6, 7, 3), srgb))
    assert b"sRGB" in chunk_names(written(alone.samples, icc_profile=alone.icc_profile, chunks=alone.chunks))


def test_a_turned_image_has_its_resolution_turned() -> None:
    exif = Image.Exif()
    exif[274] = 6
    raster = read(encoded(noise(6, 9, 3), chunk(b"pHYs", KEPT[b"pHYs"]), chunk(b"eXIf", exif.tobytes()[6:])))
    assert raster.chunks[b"pHYs"] == struct.pack(">IIB", 5670, 2835, 1)


BITS = {0: (1, 2, 4, 8, 16), 2: (8, 16), 3: (1, 2, 4, 8), 4: (8, 16), 6: (8, 16)}
GRID = [(colour, bits, interlaced) for colour, all_bits in BITS.items() for bits in all_bits for interlaced in (0, 1)]
PALETTE = np.random.default_rng(9).integers(0, 256, (256, 3), dtype=np.uint8)


def packed_rows(samples: Array, bits: int) -> bytes:
    """Rows of samples, (rows, columns, depth), after a filter byte of 0 each, filled up to whole bytes."""
    rows = samples.reshape(len(samples), -1).astype(int)
    text = ["".join(f"{sample:0{bits}b}" for sample in row) for row in rows]
    return b"".join(
        b"\0" + int(row.ljust(-(-len(row) // 8) * 8, "0"), 2).to_bytes(-(-len(row) // 8), "big") for row in text
    )


def png_of(samples: Array, colour: int, bits: int, *extras: bytes, interlaced: int = 0) -> bytes:
    passes = ADAM7 if interlaced else ((0, 0, 1, 1),)
    parts = [samples[y::dy, x::dx] for y, x, dy, dx in passes]
    data = b"".join(packed_rows(part, bits) for part in parts if part.size)
    head = struct.pack(">IIBBBBB", samples.shape[1], samples.shape[0], bits, colour, 0, 0, interlaced)
    palette = (chunk(b"PLTE", PALETTE[: 1 << bits].tobytes()),) if colour == 3 else ()
    body = (*palette, *extras, chunk(b"IDAT", zlib.compress(data)), chunk(b"IEND", b""))
    return PNG_SIGNATURE + chunk(b"IHDR", head) + b"".join(body)


def opened(content: bytes) -> Array:
    """The samples as OpenCV reads them, in RGB."""
    theirs = cv2.imdecode(np.frombuffer(content, np.uint8), cv2.IMREAD_UNCHANGED)
    theirs = theirs if theirs.ndim == 3 else theirs[:, :, None]
    return theirs[..., [2, 1, 0, 3][: theirs.shape[2]]] if theirs.shape[2] > 1 else theirs


@pytest.mark.parametrize(("colour", "bits", "interlaced"), GRID)
@pytest.mark.parametrize("size", [(1, 1), (5, 3), (17, 30)])
def test_every_colour_type_depth_and_interlacing(
    size: tuple[int, int], colour: int, bits: int, interlaced: int
) -> None:
    depth = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}[colour]
    samples = np.random.default_rng(bits).integers(0, 1 << bits, (*size, depth))
    content = png_of(samples, colour, bits, interlaced=interlaced)
    white = 65535 if bits == 16 else 255
    by_hand = PALETTE[samples[:, :, 0]] if colour == 3 else samples * white // ((1 << bits) - 1)
    raster = read(content)
    np.testing.assert_array_equal(raster.samples, by_hand)
    assert raster.samples.dtype == (np.uint16 if bits == 16 else np.uint8)
    assert raster.has_alpha == (colour in (4, 6))
    assert read_size(io.BytesIO(content)) == raster.shape
    if colour != 4:  # OpenCV spreads grey with alpha over four channels
        np.testing.assert_array_equal(opened(content), by_hand)
    if bits < 16:
        theirs = Image.open(io.BytesIO(content))
        mode = "RGB" if colour == 3 else {"1": "L"}.get(theirs.mode, theirs.mode)
        np.testing.assert_array_equal(np.asarray(theirs.convert(mode)).reshape(by_hand.shape), by_hand)


@pytest.mark.parametrize("interlaced", [0, 1])
@pytest.mark.parametrize(("colour", "bits"), [(0, 1), (0, 2), (0, 4), (0, 8), (0, 16), (2, 8), (2, 16)])
def test_the_transparent_colour_is_that_of_the_file(colour: int, bits: int, interlaced: int) -> None:
    depth = 3 if colour == 2 else 1
    samples = np.random.default_rng(3).integers(0, 1 << bits, (6, 5, depth))
    samples[0, :2] = samples[3, 1]
    key = samples[3, 1]
    above = 0xFF00 if bits < 16 else 0  # bits beyond the depth of the image mean nothing
    content = png_of(
        samples, colour, bits, chunk(b"tRNS", (key | above).astype(">u2").tobytes()), interlaced=interlaced
    )
    raster = read(content)
    white = 65535 if bits == 16 else 255
    np.testing.assert_array_equal(raster.alpha, (samples != key).any(axis=2, keepdims=True) * white)
    np.testing.assert_array_equal(raster.colour, samples * white // ((1 << bits) - 1))
    assert read_size(io.BytesIO(content)) == raster.shape


def test_a_transparent_grey_of_four_bits_by_hand() -> None:
    raster = read(png_of(np.array([[[5], [15]]]), 0, 4, chunk(b"tRNS", b"\0\5")))
    assert raster.samples.tolist() == [[[85, 0], [255, 255]]]


@pytest.mark.parametrize("bits", [1, 2, 4, 8])
@pytest.mark.parametrize("known", [0, 1, 2, 300])
def test_a_palette_with_alpha(bits: int, known: int) -> None:
    indices = np.random.default_rng(4).integers(0, 1 << bits, (4, 9, 1))
    alpha = np.random.default_rng(5).integers(0, 255, known, dtype=np.uint8)
    raster = read(png_of(indices, 3, bits, chunk(b"tRNS", alpha.tobytes())))
    table = np.concatenate([alpha, np.full(256, 255, np.uint8)])
    np.testing.assert_array_equal(raster.alpha[:, :, 0], table[indices[:, :, 0]])
    np.testing.assert_array_equal(raster.colour, PALETTE[indices[:, :, 0]])


FAULTS = {
    "profile": (chunk(b"iCCP", b"ICC\0\0junk"), "colour profile (damaged)"),
    "endless profile": (chunk(b"iCCP", b"ICC\0\0" + zlib.compress(PROFILE)[:-9]), "colour profile (damaged)"),
    "check sum": (chunk(b"tEXt", b"Comment\0hello")[:-1] + b"?", "chunk tEXt (damaged)"),
    "check sum of EXIF": (chunk(b"eXIf", b"II*\0")[:-1] + b"?", "chunk eXIf (damaged)"),
    "length": (chunk(b"gAMA", b"\0\0\1"), "chunk gAMA (damaged)"),
}


@pytest.mark.parametrize(("extra", "named"), FAULTS.values(), ids=FAULTS)
def test_a_fault_where_no_pixel_depends_on_it_is_left_out_and_named(extra: bytes, named: str) -> None:
    samples = noise(4, 5, 3)
    raster = read(encoded(samples, extra))
    np.testing.assert_array_equal(raster.samples, samples)
    assert raster.notes == (f"left out, as no pixel depends on it: {named}",)
    assert raster.icc_profile is None
    assert raster.chunks == {}


def test_faults_of_the_end_are_named_in_one_line() -> None:
    samples = noise(4, 5, 1)
    content = encoded(samples)
    late = content[:-12] + chunk(b"tRNS", b"\0\0") + chunk(b"gAMA", KEPT[b"gAMA"])
    for changed, named in (
        (content[:-12], "end marker (missing)"),
        (content[:-4] + b"????", "end marker (damaged)"),
        (content + bytes(7), "7 bytes after its end"),
        (late, "chunk tRNS (after the image), chunk gAMA (after the image), end marker (missing)"),
    ):
        raster = read(changed)
        np.testing.assert_array_equal(raster.samples, samples)
        assert raster.notes == (f"left out, as no pixel depends on it: {named}",)
    many = [chunk(b"a" + bytes([97 + i]) + b"Aa", b"")[:-1] + b"!" for i in range(20)]
    (note,) = read(encoded(samples, *many)).notes
    assert note.endswith("chunk aeAa (damaged), ...")


def test_more_or_less_behind_the_pixels() -> None:
    head = struct.pack(">IIBBBBB", 3, 1, 8, 0, 0, 0, 0)
    for data, named in (
        (zlib.compress(b"\0abcdef"), "image data beyond its size"),
        (zlib.compress(b"\0abc")[:-4], "image data without their checksum"),
    ):
        raster = read(PNG_SIGNATURE + chunk(b"IHDR", head) + chunk(b"IDAT", data) + chunk(b"IEND", b""))
        assert raster.samples[0, :, 0].tolist() == [97, 98, 99]
        assert raster.notes == (f"left out, as no pixel depends on it: {named}",)


def test_faults_that_pixels_depend_on_are_refused() -> None:
    grey, indices = noise(4, 5, 1), np.full((2, 3, 1), 3)
    damaged_key = chunk(b"tRNS", b"\0\0")[:-1] + b"?"
    short = chunk(b"PLTE", PALETTE[:3].tobytes())
    whole = png_of(indices, 3, 2)
    for content, problem in (
        (encoded(grey, damaged_key), "its tRNS chunk fails its check"),
        (encoded(grey, chunk(b"tRNS", b"\0")), "its transparent colour has another depth"),
        (whole.replace(chunk(b"PLTE", PALETTE[:4].tobytes()), short), "its palette lacks a colour of a pixel"),
        (whole.replace(chunk(b"PLTE", PALETTE[:4].tobytes()), b""), "its palette lacks a colour of a pixel"),
        (encoded(grey, chunk(b"CgBI", bytes(4))), "packed for iPhones"),
        (encoded(grey, chunk(b"ABcD", b"")), "needs its chunk 'ABcD', which is unknown"),
        (encoded(grey).replace(zlib.compress(b"")[:1] + b"\x9c", b"\x79\x9c", 1), "IDAT chunk fails its check"),
    ):
        with pytest.raises(InputError, match=problem):
            read(content)
    first = encoded(grey)
    phone = first[:8] + chunk(b"CgBI", bytes(4)) + first[8:]
    for reader in (read_size, png.read_png):
        with pytest.raises(InputError, match="packed for iPhones") as caught:
            reader(io.BytesIO(phone))
        assert "pngcrush" in caught.value.hint


def test_image_data_in_the_wrong_order_are_refused_and_parted_ones_read() -> None:
    samples = noise(20, 30, 3)
    content = encoded(samples, parts=2)
    start = content.index(b"IDAT") - 4
    length = 12 + int.from_bytes(content[start : start + 4], "big")
    first, rest = content[start : start + length], content[start + length :]
    second, end = rest[:-12], rest[-12:]
    assert outcome(content[:start] + second + first + end) is None
    parted = read(content[:start] + first + chunk(b"tEXt", b"a\0b") + second + end)
    np.testing.assert_array_equal(parted.samples, samples)


@pytest.mark.skipif(shutil.which("pngcheck") is None, reason="pngcheck is not installed")
@pytest.mark.parametrize(("kind", "depth"), KINDS)
def test_pngcheck_has_nothing_to_say(kind: str, depth: int, tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    chunks = {name: content for name, content in KEPT.items() if name in (b"gAMA", b"cHRM", b"pHYs")}
    path.write_bytes(written(noise(20, 30, depth, kind=kind), chunks={**chunks, b"sRGB": b"\0"}, note="made by cnnkit"))
    done = subprocess.run(["pngcheck", "-v", path], capture_output=True, text=True, check=False)
    assert (done.returncode, "No errors detected" in done.stdout) == (0, True), done.stdout
