"""docs/images.md, held to its word: every format and depth of its tables is read, as a second reader reads it."""

from __future__ import annotations

import io
import re
import struct
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt
import pytest
from PIL import Image

from cnnkit.errors import InputError
from cnnkit.files.images.header import read_size
from cnnkit.files.images.raster import IMAGE_FORMATS, read_raster
from cnnkit.files.recognition import FORMATS, Format

Array = npt.NDArray[Any]
Sample = tuple[bytes, Array | None]
"""A file, and its samples as somebody else reads them, or by hand; None where this OpenCV does not read the format."""

PAGE = (Path(__file__).parents[2] / "docs" / "images.md").read_text()
RANDOM = np.random.default_rng(0)
DEEP = RANDOM.integers(0, 65536, (9, 40, 4)).astype(np.uint16)
SAMPLES = DEEP.astype(np.uint8)
SMOOTH = np.add.outer(np.arange(16) * 9, np.arange(40) * 2)[:, :, None] + np.array([0, 20, 40, 30])
SMOOTH = SMOOTH.astype(np.uint8)
COLOURS = RANDOM.integers(0, 256, (256, 3), dtype=np.uint8)


def table(title: str) -> list[list[str]]:
    """The rows of the table under a title of the page."""
    section = PAGE.partition(f"\n## {title}\n")[2].partition("\n## ")[0]
    rows = [line for line in section.splitlines() if line.startswith("| ")][2:]
    return [re.split(r"\s*\|\s*", line)[1:-1] for line in rows]


def saved(samples: Array, kind: str, **settings: Any) -> bytes:
    stream = io.BytesIO()
    image = Image.fromarray(samples[:, :, 0] if samples.shape[2] == 1 else samples)
    image.save(stream, kind, **settings)
    return stream.getvalue()


def opened(content: bytes) -> Array | None:
    """The samples as OpenCV reads them, in RGB."""
    theirs = cv2.imdecode(np.frombuffer(content, np.uint8), cv2.IMREAD_UNCHANGED | cv2.IMREAD_IGNORE_ORIENTATION)
    if theirs is None:
        return None
    theirs = theirs if theirs.ndim == 3 else theirs[:, :, None]
    return theirs[..., [2, 1, 0, 3][: theirs.shape[2]]] if theirs.shape[2] > 1 else theirs


def both(content: bytes) -> Sample:
    return content, opened(content)


def written(ending: str, samples: Array, *settings: int) -> bytes:
    """A file that OpenCV writes."""
    order = [2, 1, 0, 3][: samples.shape[2]] if samples.shape[2] > 2 else slice(None)
    return bytes(cv2.imencode(ending, np.ascontiguousarray(samples[..., order]), settings)[1])


def chunk(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))


def packed(samples: Array, bits: int) -> list[bytes]:
    """Rows of samples of less than 8 bits in whole bytes."""
    digits = np.unpackbits(samples.astype(np.uint8)[:, :, None], axis=2)[:, :, 8 - bits :]
    return [row.tobytes() for row in np.packbits(digits.reshape(len(samples), -1), axis=1)]


def png(samples: Array, bits: int, colour: int, *extras: bytes) -> bytes:
    rows = packed(samples, bits) if bits < 8 else [row.tobytes() for row in samples.astype(">u2" if bits > 8 else "u1")]
    head = struct.pack(">IIBBBBB", samples.shape[1], samples.shape[0], bits, colour, 0, 0, 0)
    data = chunk(b"IDAT", zlib.compress(b"".join(b"\0" + row for row in rows)))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + b"".join(extras) + data + chunk(b"IEND", b"")


def few(bits: int) -> Array:
    return RANDOM.integers(0, 1 << bits, (5, 7), dtype=np.uint8)


def grey_pngs() -> Iterator[Sample]:
    for bits in (1, 2, 4):
        samples = few(bits)
        grey = samples[:, :, None] * (255 // ((1 << bits) - 1))
        yield both(png(samples, bits, 0))
        key = chunk(b"tRNS", struct.pack(">H", samples[0, 0]))
        alpha = (samples != samples[0, 0])[:, :, None] * 255
        yield png(samples, bits, 0, key), np.concatenate([grey, alpha], axis=2)


def palette_pngs() -> Iterator[Sample]:
    for bits in (1, 2, 4, 8):
        colours = chunk(b"PLTE", COLOURS[: 1 << bits].tobytes())
        yield both(png(few(bits), bits, 3, colours))
        yield both(png(few(bits), bits, 3, colours, chunk(b"tRNS", b"\0\x80")))


def bmp(bits: int, rows: list[bytes], *, palette: bytes = b"", packing: int = 0, masks: bytes = b"") -> bytes:
    """A BMP from the bottom up, of 7 columns."""
    size = 108 if len(masks) == 16 else 40
    data = rows[0] if packing in (1, 2) else b"".join(row + bytes(-len(row) % 4) for row in rows[::-1])
    head = struct.pack("<IiiHHIIiiII", size, 7, 5, 1, bits, packing, len(data), 0, 0, len(palette) // 4, 0) + masks
    head = head.ljust(size, b"\0") + palette
    return b"BM" + struct.pack("<IHHI", 14 + len(head) + len(data), 0, 0, 14 + len(head)) + head + data


def palette_bmps() -> Iterator[Sample]:
    for bits in (1, 4, 8):
        palette = np.pad(COLOURS[: 1 << bits], [(0, 0), (0, 1)]).tobytes()
        samples = few(bits)
        yield both(bmp(bits, packed(samples, bits), palette=palette))
        if bits > 1:
            runs = [bytes([1, int(v) << (8 - bits)]) for row in samples[::-1] for v in row]
            lines = b"".join(b"".join(runs[i : i + 7]) + b"\0\0" for i in range(0, 35, 7)) + b"\0\1"
            yield both(bmp(bits, [lines], palette=palette, packing=1 if bits == 8 else 2))


def shallow_bmps() -> Iterator[Sample]:
    pixels = RANDOM.integers(0, 65536, (5, 7)).astype("<u2")
    for red, green, packing in ((10, 5, 0), (11, 6, 3)):
        top = (1 << green) - 1
        colours = np.stack(
            [(pixels >> red & 31) * 255 // 31, (pixels >> 5 & top) * 255 // top, (pixels & 31) * 255 // 31]
        )
        masks = struct.pack("<III", 31 << red, top << 5, 31) if packing else b""
        head = bmp(16, [row.tobytes() for row in pixels], packing=packing)
        if masks:  # they stand between the header and the pixels
            head = head[:2] + struct.pack("<IHHI", len(head) + 12, 0, 0, 66) + head[14:54] + masks + head[54:]
        yield head, colours.transpose(1, 2, 0)


def deep_bmps() -> Iterator[Sample]:
    samples = SAMPLES[:5, :7]
    yield both(bmp(24, [row.tobytes() for row in samples[:, :, :3]]))
    masks = (0xFF0000, 0xFF00, 0xFF)
    content = bmp(32, [row.tobytes() for row in samples])
    yield content, samples[:, :, [2, 1, 0]]  # the fourth byte means nothing
    yield both(bmp(32, [row.tobytes() for row in samples], packing=3, masks=struct.pack("<4I", *masks, 0xFF000000)))
    yield both(saved(SAMPLES[:, :, :3], "BMP"))


def icons() -> Iterator[Sample]:
    for bitmap in ("png", "bmp"):
        square = np.ascontiguousarray(np.resize(SAMPLES, (32, 32, 4)))
        yield saved(square, "ICO", sizes=[(32, 32)], bitmap_format=bitmap), square


def j2k(samples: Array) -> Sample:
    return written(".jp2", samples, cv2.IMWRITE_JPEG2000_COMPRESSION_X1000, 1000), samples


def lossless(samples: Array) -> Sample:
    return saved(samples, "JPEG2000", irreversible=False), samples


def squares(depth: int, kind: Any) -> Array:
    return RANDOM.integers(0, np.iinfo(kind).max + 1, (64, 65, depth)).astype(kind)


def pnm(kind: int, samples: Array, white: int) -> bytes:
    """A packed PGM (5) or PPM (6), or a plain one (2, 3)."""
    head = f"P{kind}\n{samples.shape[1]} {samples.shape[0]}\n{white}\n".encode()
    if kind < 4:
        return head + " ".join(map(str, samples.ravel())).encode()
    return head + samples.astype(">u2" if white > 255 else "u1").tobytes()


def pnms(kind: int, full: int, white: int) -> Iterator[Sample]:
    samples = (DEEP if full > 255 else SAMPLES)[:, :, : 1 if kind == 5 else 3]
    yield both(pnm(kind, samples, full))
    yield pnm(kind - 3, samples, full), samples
    fewer = samples % (white + 1)
    yield pnm(kind, fewer, white), np.floor(fewer / white * full + 0.5)


def pams(samples: Array, white: int) -> Iterator[Sample]:
    for depth, words in ((1, "GRAYSCALE"), (2, "GRAYSCALE_ALPHA"), (3, "RGB"), (4, "RGB_ALPHA"), (4, "")):
        head = (
            f"P7\nWIDTH 40\nHEIGHT 9\nDEPTH {depth}\nMAXVAL {white}\n{f'TUPLTYPE {words}' if words else ''}\nENDHDR\n"
        )
        yield (
            head.encode() + samples[:, :, :depth].astype(samples.dtype.newbyteorder(">")).tobytes(),
            samples[:, :, :depth],
        )
    yield written(".pam", samples[:, :, :1]), samples[:, :, :1]


def floats() -> Iterator[Sample]:
    for depth in (1, 3):
        samples = RANDOM.normal(size=(4, 5, depth)).astype(np.float32)
        yield written(".pfm", samples), samples


BITS = few(1)[:, :, None]
GREY, RGB = SAMPLES[:, :, :1], SAMPLES[:, :, :3]
FILES: dict[tuple[str, str], list[Sample]] = {
    ("PNG", "grey of 1, 2 and 4 bits"): [*grey_pngs()],
    ("PNG", "grey of 8 bits"): [both(saved(GREY, "PNG")), (saved(SAMPLES[:, :, :2], "PNG"), SAMPLES[:, :, :2])],
    ("PNG", "grey of 16 bits"): [both(png(DEEP[:, :, :1], 16, 0)), (png(DEEP[:, :, :2], 16, 4), DEEP[:, :, :2])],
    ("PNG", "RGB of 8 bits"): [both(saved(RGB, "PNG")), both(saved(SAMPLES, "PNG"))],
    ("PNG", "RGB of 16 bits"): [both(png(DEEP[:, :, :3], 16, 2)), both(png(DEEP, 16, 6))],
    ("PNG", "palette of 1, 2, 4 and 8 bits"): [*palette_pngs()],
    ("JPEG", "grey of 8 bits"): [both(saved(SMOOTH[:, :, :1], "JPEG", progressive=p)) for p in (False, True)],
    ("JPEG", "RGB of 8 bits"): [both(saved(SMOOTH[:, :, :3], "JPEG", progressive=p)) for p in (False, True)],
    ("WebP", "RGB of 8 bits, lossy or lossless"): [
        both(saved(SMOOTH[:, :, :depth], "WEBP", lossless=lossless)) for depth in (3, 4) for lossless in (False, True)
    ],
    ("GIF", "palette of 1 to 8 bits"): [
        both(saved(RGB, "GIF")),
        both(saved(few(1)[:, :, None] * 255, "GIF")),
        (saved(BITS, "GIF", transparency=0), BITS * np.array([1, 1, 1, 255])),
    ],
    ("BMP", "palette of 1, 4 and 8 bits"): [*palette_bmps()],
    ("BMP", "RGB of 5 or 6 bits a colour"): [*shallow_bmps()],
    ("BMP", "RGB of 8 bits"): [*deep_bmps()],
    ("ICO", "RGB of 8 bits"): [*icons()],
    ("JPEG 2000", "grey of 1 to 8 bits"): [j2k(squares(1, np.uint8)), lossless(squares(2, np.uint8))],
    ("JPEG 2000", "grey of 9 to 16 bits"): [j2k(squares(1, np.uint16))],
    ("JPEG 2000", "RGB of up to 8 bits"): [j2k(squares(3, np.uint8)), lossless(squares(4, np.uint8))],
    ("AVIF", "RGB of 8 bits"): [both(saved(SMOOTH[:, :, :depth], "AVIF")) for depth in (3, 4)],
    ("QOI", "RGB of 8 bits"): [
        (b"qoif\0\0\0\2\0\0\0\1\3\0\xfe\1\2\3\xc0" + bytes(7) + b"\1", np.array([[[1, 2, 3], [1, 2, 3]]])),
        (b"qoif\0\0\0\1\0\0\0\1\4\0\xff\1\2\3\4" + bytes(7) + b"\1", np.array([[[1, 2, 3, 4]]])),
    ],
    ("PBM", "1 bit, plain or packed"): [
        both(b"P4\n7 5\n" + b"".join(packed(few(1), 1))),
        (b"P1 3 1 101", np.array([[[0], [255], [0]]])),
    ],
    ("PGM", "grey up to 255, plain or packed"): [*pnms(5, 255, 100)],
    ("PGM", "grey up to 65535, plain or packed"): [*pnms(5, 65535, 1000)],
    ("PPM", "RGB up to 255, plain or packed"): [*pnms(6, 255, 100)],
    ("PPM", "RGB up to 65535, plain or packed"): [*pnms(6, 65535, 1000)],
    ("PAM", "any depth up to 255"): [*pams(SAMPLES, 255)],
    ("PAM", "any depth up to 65535"): [*pams(DEEP, 65535)],
    ("PFM", "grey or RGB, float32"): [*floats()],
}
ROWS = [row for row in table("What is read") if row[0] != "TIFF"]


def test_the_page_lists_what_is_tried() -> None:
    assert [(row[0], row[1]) for row in ROWS] == list(FILES)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row[0]} {row[1]}")
def test_a_row_is_read_as_it_says(row: list[str]) -> None:
    files = FILES[row[0], row[1]]
    dtype = np.dtype(re.findall(r"`(\w+)`", row[2])[0])
    alpha = set()
    for content, expected in files:
        raster = read_raster(io.BytesIO(content))
        if expected is not None:
            np.testing.assert_array_equal(raster.samples, expected)
        assert raster.samples.dtype == dtype
        assert read_size(io.BytesIO(content)) == raster.shape
        alpha.add(raster.has_alpha)
    assert (True in alpha) == bool(row[3])
    if any(expected is None for _, expected in files):
        pytest.skip(f"OpenCV {cv2.__version__} does not read {row[0]}")


@pytest.mark.parametrize("content", [content for files in FILES.values() for content, _ in files][::3])
def test_half_a_file_is_refused(content: bytes) -> None:
    with pytest.raises(InputError):
        read_raster(io.BytesIO(content[: len(content) // 2]))


REFUSED = [known for known in FORMATS if known.kind in ("other", "unreadable")]


def test_the_page_lists_what_is_refused() -> None:
    told = [(row[0], row[1].replace("`", "")) for row in table("What is refused by its name")]
    pictures = [known for known in REFUSED if known.cure != known.hint or known.kind == "other"]
    assert told == [(known.text, known.cure) for known in pictures]  # sounds are in sounds.md


@pytest.mark.parametrize("known", REFUSED, ids=lambda known: known.name)
def test_a_refusal_names_the_format_and_the_way_out(known: Format) -> None:
    for magic in known.magic:
        head = (bytes(known.offset) + magic).ljust(8, b"\0") + (known.contents or (b"",))[0] + bytes(400)
        for reader in (read_raster, read_size):
            with pytest.raises(InputError) as caught:
                reader(io.BytesIO(head))
            assert caught.value.problem == f"this is {known.text}, which is not read"
            assert caught.value.hint == known.cure


def test_the_page_lists_what_is_written() -> None:
    written = [row[0].partition(",")[0].lower() for row in table("What is written")]
    assert [name.replace("jpeg", "jpg") for name in written] == list(IMAGE_FORMATS)
