"""TIFF: what the pages of a file are, and images written as TIFF. The only file that knows tifffile."""

from __future__ import annotations

import io
import logging
import re
import struct
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from functools import partial
from itertools import chain
from math import prod
from typing import Any, BinaryIO, NamedTuple, TypeVar

import numpy as np
import tifffile

from cnnkit.data.raster import Raster, Samples, as_levels, holds
from cnnkit.errors import InputError
from cnnkit.files.images import strips
from cnnkit.files.images.deflate import packed
from cnnkit.files.images.exif import ORIENTATION_TAG, SHORT
from cnnkit.files.images.frames import chosen, left_out
from cnnkit.files.images.strips import Strips
from cnnkit.files.recognition import damaged
from cnnkit.loops.machine.threads import in_order

COLOURS, ICC_TAG, GEOREFERENCE_TAG, NODATA_TAG = 262, 34675, 34735, 42113
NEGATIVE, GREY, RGB, PALETTE = 0, 1, 2, 3
ASSOCIATED, UNASSOCIATED = 1, 2
REDUCED, MASK = 1, 4  # bits of the kind of a page: a smaller copy, a mask of another page
CONVERT = "convert it: magick in.tif -colorspace sRGB out.png"
WRITE_ANEW = "magick in.tif -colorspace sRGB -compress zip out.tif, or gdal_translate -co COMPRESS=DEFLATE in out"
_OF_SAMPLES = frozenset(
    (256, 257, 258, 259, COLOURS, 266, 273, 277, 278, 279, 284, 317, 320, 322, 323, 324, 325, 338, 339, 347)
)
_COLOURS = {4: "a mask", 5: "CMYK", 6: "YCbCr", 8: "L*a*b*", 9: "L*a*b*", 10: "L*a*b*"}
_COLOURS |= dict.fromkeys((32803, 34892), "a camera's raw file")
_COMPRESSIONS = {2: "CCITT RLE", 3: "fax group 3", 6: "old-style JPEG", 34887: "LERC", 34933: "PNG", 34934: "JPEG XR"}
_COMPRESSIONS |= {50001: "WebP", 50002: "JPEG XL", 52546: "JPEG XL"} | dict.fromkeys((33003, 33005, 34712), "JPEG 2000")

LARGEST_BYTES = 2**32 - 2**25
"""Of samples, beyond which places in a file may need more than 32 bits."""

T = TypeVar("T")

logging.getLogger("tifffile").setLevel(logging.CRITICAL + 1)  # it writes what it thinks of a file to stderr


class _Page(NamedTuple):
    """One frame of a file: where its samples are, and what they mean."""

    strips: Strips
    shift: int  # bytes from where its tags say that the samples are
    photometric: int
    alpha: int  # ASSOCIATED or UNASSOCIATED if the one band after the colours is alpha, else 0
    palette: Samples | None
    turn: int
    notes: tuple[str, ...]


def read_tiff(stream: BinaryIO, frame: str | None = None) -> Iterator[Raster]:
    """Read the frames of a TIFF, upright; an InputError if one is damaged, holds less than it promises, is not RGB."""
    frames = _frames(stream)
    for number, place in chosen(frame, len(frames)):
        raster = _translated(partial(_read, stream, frames[number]))
        notes = raster.notes if place else (*left_out(len(frames)), *raster.notes)
        yield replace(raster, frame=place, notes=notes)


def read_size(stream: BinaryIO) -> tuple[int, int, int]:
    """Read (rows, columns, depth) of the first frame of a TIFF, upright, without decoding it."""
    described = _translated(_frames(stream)[0])
    page = described.strips.page
    sides = (page.imagelength, page.imagewidth)
    rows, columns = sides[::-1] if described.turn in range(5, 9) else sides
    return rows, columns, page.samplesperpixel if described.palette is None else 3


def _translated(read: Callable[[], T]) -> T:
    """What `read` returns; whatever a damaged directory makes of it is an InputError."""
    try:
        return read()
    except (InputError, MemoryError):
        raise
    except Exception as error:  # tifffile raises all kinds of errors
        reason = str(error) or type(error).__name__
        raise damaged(f"this TIFF cannot be read: {reason}") from None


def _frames(stream: BinaryIO) -> list[Callable[[], _Page]]:
    """A function that describes it, for every frame of a file; smaller copies and masks of pages are no frames."""
    return _translated(lambda: _found(tifffile.TiffFile(stream)))


def _found(file: tifffile.TiffFile) -> list[Callable[[], _Page]]:
    pages: list[Any] = list(file.pages)
    if not pages or _directory(file, pages[-1].offset)[1] >= file.filehandle.size:
        raise damaged(f"this TIFF is cut off: it holds {len(pages)} pages, and not all of them")
    notes = ["its mask is not read"] if any(page.subfiletype & MASK for page in pages) else []
    frames = [page for page in pages if not page.subfiletype & (REDUCED | MASK)]
    if not frames:  # a camera's raw file: a thumbnail first, what it is of below it
        frames = [page for page in pages[0].pages or () if not page.subfiletype & REDUCED] or pages[:1]
    # ImageJ counts images that follow each other where there is one page.
    images = re.match(r"ImageJ=.*?^images=(\d+)", str(frames[0].description), re.DOTALL | re.MULTILINE)
    count = int(images[1]) if images and len(frames) == 1 and frames[0].compression == strips.NONE else 1
    size, step = file.filehandle.size, sum(frames[0].databytecounts)
    if count > 1 and count * step > size:
        raise damaged(f"this TIFF promises {count} images and holds {size // step}")
    shifted = [(page, number * step) for page in frames for number in range(count)]
    return [partial(_page, page, size - shift, notes, shift) for page, shift in shifted]


def _directory(file: tifffile.TiffFile, offset: int) -> tuple[set[int], int]:
    """The tags of the page at `offset`, and where the next page begins: tifffile leaves out what is not in the file."""
    words, stream = file.tiff, file.filehandle
    stream.seek(offset)
    (count,) = struct.unpack(words.tagnoformat, stream.read(words.tagnosize))
    content = stream.read(count * words.tagsize)
    codes = {struct.unpack_from(f"{file.byteorder}H", content, at)[0] for at in range(0, len(content), words.tagsize)}
    following = stream.read(words.offsetsize)
    return codes, int(struct.unpack(words.offsetformat, following)[0]) if len(following) == words.offsetsize else 0


def _page(page: Any, size: int, notes: list[str], shift: int) -> _Page:
    """Describe a page of a file that has `size` bytes for it; an InputError if it cannot be read."""
    bands, tags = page.samplesperpixel, page.tags
    lost = [code for code in _directory(page.parent, page.offset)[0] & _OF_SAMPLES if code not in tags]
    if lost:
        raise damaged(f"this TIFF is damaged: its tag {lost[0]}, on which its samples depend, cannot be read")
    photometric = page.photometric if COLOURS in tags else NEGATIVE if page.compression == strips.FAX else GREY
    colours = 3 if photometric in (RGB, strips.YCBCR) else 1
    _check(page, photometric)
    found = Strips(page, size)
    if bands < colours or (photometric == PALETTE and (bands > 1 or page.bitspersample > 16)):
        raise InputError(f"this TIFF has {bands} bands of {page.dtype}, not those of its colours", hint=CONVERT)
    extra = np.ravel(tags.valueof(338, ())).tolist()
    has_white = page.dtype.kind == "f" or page.dtype in (np.uint8, np.uint16)
    has_alpha = bands == colours + 1 and has_white and extra in ([ASSOCIATED], [UNASSOCIATED])
    if bands > colours == 3 and not has_alpha:
        notes = [*notes, f"its {bands} bands are data: no single one after the colours is marked as alpha"]
    if NODATA_TAG in tags:
        is_kept = photometric in (GREY, RGB) and page.bitspersample == 8 * found.dtype.itemsize
        notes = [*notes, *_nodata_note(str(tags.valueof(NODATA_TAG)).strip(), found.dtype if is_kept else None)]
    if GEOREFERENCE_TAG in tags:
        notes = [*notes, "its place on the map is not kept"]
    turn = tags.get(ORIENTATION_TAG)
    is_turned = turn is not None and (turn.dtype, turn.count) == (SHORT, 1)
    palette = _palette(np.ravel(tags.valueof(320)), page.bitspersample) if photometric == PALETTE else None
    alpha = extra[0] if has_alpha else 0
    return _Page(found, shift, photometric, alpha, palette, turn.value if is_turned else 1, tuple(notes))


def _nodata_note(missing: str, dtype: np.dtype[Any] | None) -> list[str]:
    """What is said of the mark of missing samples, if they come as `dtype`; None if they are read as other numbers."""
    try:
        is_found = dtype is not None and holds(dtype, float(missing))
    except ValueError:
        dtype, is_found = None, False
    option = "--nan ignore" if missing.lower() == "nan" else f"--nodata {missing}"
    found = [f"samples of {missing} mark missing data, which {option} leaves out"] * is_found
    return [f"its mark of missing data, {missing}, is not kept"] if dtype is None else found


def _check(page: Any, photometric: int) -> None:
    """Raise an InputError if the samples of a page are of a kind, or stored in a way, that cannot be read."""
    sides, bits, kind = (page.imagelength, page.imagewidth, page.samplesperpixel), page.bitspersample, page.sampleformat
    if min(sides) < 1:
        raise damaged(f"this TIFF has no samples: {'x'.join(map(str, sides))}")
    compression, predictor = int(page.compression), page.predictor
    if compression not in (*strips.INFLATIONS, strips.FAX):
        name = _COMPRESSIONS.get(compression, f"method {compression}")
        raise InputError(f"this TIFF is compressed by {name}, which cannot be read", hint=WRITE_ANEW)
    if photometric > PALETTE and (photometric, compression) != (strips.YCBCR, strips.JPEG):
        name = _COLOURS.get(photometric, f"of colours {int(photometric)}")
        raise InputError(f"this TIFF is {name}, not grey or RGB", hint=CONVERT)
    is_whole = page.dtype is not None and bits == 8 * page.dtype.itemsize
    is_number = page.dtype is not None and page.dtype.kind in "buif" and isinstance(bits, int)
    if not is_number or page.imagedepth > 1 or not (is_whole or bits < 16):
        what = "a volume" if page.imagedepth > 1 else f"samples of {bits} bits, format {int(kind)}"
        raise InputError(f"this TIFF holds {what}, which cannot be read", hint="save the values as .npy")
    if photometric == NEGATIVE and page.dtype.kind not in "bu":
        raise InputError("this TIFF stores white as 0, but does not say what black is", hint="save it as grey")
    in_strip = 1 if page.planarconfig == 2 else sides[2]
    is_jpeg = page.dtype == np.uint8 and in_strip in ((3,) if photometric == strips.YCBCR else (1, 3, 4))
    fits = {strips.JPEG: is_jpeg, strips.FAX: bits == page.samplesperpixel == 1}
    predicts = predictor == 1 or (predictor == 2 and is_whole) or (predictor == 3 and page.dtype.kind == "f")
    if not fits.get(compression, predicts):
        raise InputError(
            f"this TIFF has {sides[2]} bands of {bits} bits and predictor {int(predictor)}, which its compression "
            f"({compression}) does not fit",
            hint=CONVERT,
        )


def _palette(numbers: Samples, bits: int) -> Samples:
    """The colours of a palette, (levels, 3): of 8 bits where 16 say no more."""
    if len(numbers) != 3 << bits:
        raise InputError(f"this TIFF has {len(numbers)} numbers in its palette, not {3 << bits}", hint=CONVERT)
    colours: Samples = numbers.reshape(3, -1).T.astype(np.uint16)
    if (colours >> 8 == colours & 255).all() or not (colours & 255).any():
        colours >>= 8
    return colours.astype(np.uint8 if colours.max() < 256 else np.uint16)


def _read(stream: BinaryIO, describe: Callable[[], _Page]) -> Raster:
    """The image of a frame, its samples as they are meant: levels of 8 or 16 bits where they have a white, 0 black."""
    described = describe()
    page, found, notes = described.strips.page, described.strips, described.notes
    bits, profile = page.bitspersample, page.tags.valueof(ICC_TAG)
    kept = bytes(profile) if profile else None
    is_as_meant = described.palette is None and described.photometric != NEGATIVE and described.alpha != ASSOCIATED
    if is_as_meant and bits == 8 * found.dtype.itemsize and described.turn not in range(2, 9):
        rows = found.rows_of(stream, described.shift)
        return Raster(rows, described.alpha > 0, kept, notes, is_flat=rows.shape[2] == 1)
    samples = found.read(stream, described.shift)
    if described.palette is not None:
        samples = described.palette[samples[:, :, 0]]
    elif bits < 8 * samples.itemsize:
        samples, scaled = as_levels(samples, (1 << bits) - 1)
        notes += scaled
    if described.photometric == NEGATIVE:
        samples[..., 0] = np.iinfo(samples.dtype).max - samples[..., 0]
    if described.alpha == ASSOCIATED:
        samples = _divided_by_alpha(samples)
    raster = Raster(samples, described.alpha > 0, kept, notes)
    return replace(raster, is_flat=samples.shape[2] == 1).turned(described.turn)


def _divided_by_alpha(samples: Samples) -> Samples:
    """The colours of an image that stores them multiplied by alpha."""
    alpha = samples[..., -1:].astype(np.float64)
    white = float(np.iinfo(samples.dtype).max) if samples.dtype.kind in "ui" else 1.0
    colour = samples[..., :-1] * (white / np.where(alpha > 0, alpha, white))
    if samples.dtype.kind in "ui":
        colour = np.rint(colour).clip(0, white)
    return np.concatenate([colour.astype(samples.dtype), samples[..., -1:]], axis=2)


def read_note(stream: BinaryIO) -> str:
    """What the tag Software says; empty if it says nothing."""
    try:
        with tifffile.TiffFile(stream) as file:
            page: Any = file.pages[0]
            return str(page.software)
    except Exception:  # whatever the file is, it does not say that cnnkit made it
        return ""


def write_tiff(stream: BinaryIO, rasters: Iterable[Raster], note: str, threads: int | None = None) -> None:
    """Write images as the pages of a TIFF, deflated; bands beyond the colours are data, unless they are alpha."""
    # tifffile seeks while it writes, which a pipe cannot.
    target: Any = stream if stream.seekable() else io.BytesIO()
    pages = list(rasters)
    is_big = sum(prod(page.shape) * page.dtype.itemsize for page in pages) > LARGEST_BYTES
    handle = tifffile.FileHandle(target, name="result")  # of a file without a name, tifffile would take its number
    with tifffile.TiffWriter(handle, bigtiff=is_big) as writer:
        for raster in pages:
            (rows, columns, depth), profile, bands = raster.shape, raster.icc_profile, raster.bands
            is_colour = depth == 3 or (depth == 4 and raster.has_alpha)
            extra = depth - (3 if is_colour else 1)
            height = bands.edges[0][1]
            strips = in_order(*bands.steps(partial(_packed, height)), threads)
            writer.write(
                chain.from_iterable(strips),
                shape=(rows, columns, depth) if depth > 1 else (rows, columns),
                dtype=raster.dtype,
                rowsperstrip=height,
                photometric="rgb" if is_colour else "minisblack",
                planarconfig="contig" if depth > 1 else None,
                extrasamples=["unassalpha" if raster.has_alpha else "unspecified"] * extra or None,
                software=note.encode("ascii", "backslashreplace").decode(),
                metadata=None,
                compression="zlib",
                predictor=raster.dtype.kind in "ui",
                extratags=[(ICC_TAG, 7, len(profile), profile, True)] if profile else [],
            )
    if target is not stream:
        stream.write(target.getbuffer())


def _packed(height: int, samples: Samples, first: int) -> list[bytes]:
    """The strips of a band, deflated."""
    if samples.dtype.kind in "ui":  # levels differ little from their neighbours
        before = samples
        samples = before.copy()
        samples[:, 1:] -= before[:, :-1]
    parts = (samples[row : row + height] for row in range(0, len(samples), height))
    return [packed(np.ascontiguousarray(part)) for part in parts]
