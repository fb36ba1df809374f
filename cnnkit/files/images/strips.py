"""The samples of a TIFF page, out of its strips or tiles, of any number of bits.

A strip that is missing or short is an error: other readers put zeros in its place. Deflate is inflated here; other
compressions go through Pillow, a strip at a time. Sources: TIFF 6.0; Adobe Photoshop TIFF Technical Notes.
"""

from __future__ import annotations

import threading
import zlib
from contextlib import AbstractContextManager, nullcontext
from typing import Any, BinaryIO

import numpy as np
import numpy.typing as npt

from cnnkit.data.bands import Bands
from cnnkit.data.raster import Samples, unpacked
from cnnkit.errors import InputError
from cnnkit.files.images import capacity
from cnnkit.files.images.capacity import check_room
from cnnkit.files.images.tiles import tiled_rows
from cnnkit.files.recognition import damaged

NONE, LZW, JPEG, PACKBITS, YCBCR = 1, 5, 7, 32773, 6
DEFLATE, FAX = (8, 32946), 4  # the fax is group 4
INFLATIONS = {NONE: 1, PACKBITS: capacity.PACKBITS, LZW: capacity.LZW, JPEG: 4 * capacity.JPEG}
INFLATIONS |= {**dict.fromkeys(DEFLATE, capacity.DEFLATE), **dict.fromkeys((34925, 50000), capacity.ZSTD)}  # LZMA too
"""The bytes that a byte can become in what can be read; in a fax, a bit can become a row."""


class Strips:
    """Where the samples of a page of tifffile's are; an InputError if a file of `size` bytes cannot hold them."""

    def __init__(self, page: Any, size: int) -> None:
        self.page = page
        self.dtype = np.dtype(np.uint8) if page.bitspersample == 1 else page.dtype
        self.is_tiled = 322 in page.tags
        self.what = "tile" if self.is_tiled else "strip"
        self.bands = 1 if page.planarconfig == 2 else page.samplesperpixel  # in a strip
        self.rows, self.columns = (
            (page.tilelength, page.tilewidth) if self.is_tiled else (page.rowsperstrip, page.imagewidth)
        )
        if self.rows < 1 or self.columns < 1:
            raise damaged(f"this TIFF has {self.what}s of {self.rows}x{self.columns} samples")
        self.row_bytes = -(-self.columns * self.bands * page.bitspersample // 8)
        self.down, self.across = -(-page.imagelength // self.rows), -(-page.imagewidth // self.columns)
        self.planes = page.samplesperpixel // self.bands
        self.needed = self.down * self.across * self.planes
        self.places = list(zip(page.dataoffsets, page.databytecounts, strict=False))[: self.needed]
        self._check(size)

    def _check(self, size: int) -> None:
        page, what, needed = self.page, self.what, self.needed
        missing = sum(1 for offset, count in self.places if not offset and not count)
        if missing:
            raise InputError(
                f"{missing} of the {needed} {what}s of this TIFF are left out, as GDAL does where there are no data",
                hint="write them: gdal_translate -co SPARSE_OK=FALSE in.tif out.tif",
            )
        for number, (offset, count) in enumerate(self.places):
            whole = self.height(number) * self.row_bytes if page.compression == NONE else max(count, 1)
            if count < whole or offset + whole > size:
                held = f"{max(min(count, size - offset), 0)} of {whole} bytes"
                raise damaged(f"{what} {number + 1} of the {needed} of this TIFF has {held}")
        rows = needed * self.rows if self.is_tiled else page.imagelength * self.planes
        most = sum(count for _, count in self.places) * INFLATIONS.get(page.compression, 8 * self.row_bytes)
        if len(self.places) < needed or most < rows * self.row_bytes:
            promised = f"{page.imagelength}x{page.imagewidth}x{page.samplesperpixel}"
            held = f"{len(self.places)} of {needed} {what}s"
            raise damaged(f"this TIFF promises {promised} samples and holds too little: {held}")

    def height(self, number: int) -> int:
        """Rows that strip `number` must hold: the last one is cut off at the end of the image, a tile never is."""
        first = number // self.across % self.down * self.rows
        return int(self.rows) if self.is_tiled else min(self.rows, self.page.imagelength - first)

    def read(self, stream: BinaryIO, shift: int = 0) -> Samples:
        """Read the samples of the page, (rows, columns, bands), as they are stored, `shift` bytes further on."""
        page = self.page
        check_room((page.imagelength, page.imagewidth, page.samplesperpixel), self.dtype.itemsize)
        samples = np.empty((page.imagelength, page.imagewidth, page.samplesperpixel), self.dtype)
        for number in range(len(self.places)):
            plane, place = divmod(number, self.down * self.across)
            row, column = place // self.across * self.rows, place % self.across * self.columns
            block = self._block(stream, number, shift)
            band = plane * self.bands
            part = samples[row : row + self.rows, column : column + self.columns, band : band + self.bands]
            part[...] = block[: part.shape[0], : part.shape[1]]
        return samples

    def rows_of(self, stream: BinaryIO, shift: int = 0) -> Bands:
        """The same samples, read as their rows are taken."""
        if self.is_tiled or self.planes > 1:
            return self._tiled_rows(stream, shift)
        page, known = self.page, (-1, np.empty(0))
        is_plain = page.compression == NONE and page.predictor == 1 and page.fillorder == 1

        def take(first: int, last: int) -> Samples:
            nonlocal known
            parts = []
            for number in range(first // self.rows, -(-last // self.rows)):
                top = number * self.rows
                some = slice(max(first - top, 0), min(last - top, self.height(number)))
                if is_plain:
                    stream.seek(self.places[number][0] + shift + some.start * self.row_bytes)
                    raw = np.frombuffer(stream.read((some.stop - some.start) * self.row_bytes), np.uint8)
                    if raw.size < (some.stop - some.start) * self.row_bytes:
                        raise damaged("this file became shorter while it was read")
                    parts.append(self._typed(raw.reshape(-1, self.row_bytes)))
                    continue
                if known[0] != number:
                    known = number, self._block(stream, number, shift)
                parts.append(known[1][some])
            return np.concatenate(parts) if len(parts) > 1 else parts[0]

        return Bands(
            (page.imagelength, page.imagewidth, page.samplesperpixel),
            self.dtype,
            take,
            lambda taken, first, last: taken.astype(self.dtype.newbyteorder("="), copy=False),
            is_unpacked=not is_plain,
        )

    def _tiled_rows(self, stream: BinaryIO, shift: int) -> Bands:
        """The samples of tiles or planes, a row of which is read by several threads."""
        page, order = self.page, self.dtype.newbyteorder("=")
        shape, turn = (page.imagelength, page.imagewidth, page.samplesperpixel), threading.Lock()

        def fill(row: int, place: int, samples: Samples) -> None:
            plane, across = divmod(place, self.across)
            block = self._block(stream, (plane * self.down + row) * self.across + across, shift, turn)
            column, band = across * self.columns, plane * self.bands
            part = samples[:, column : column + self.columns, band : band + self.bands]
            part[...] = block[: part.shape[0], : part.shape[1]]

        return tiled_rows(shape, order, self.rows, self.across * self.planes, fill)

    def _block(
        self, stream: BinaryIO, number: int, shift: int, turn: AbstractContextManager[Any] | None = None
    ) -> Samples:
        """The samples of a strip or tile, whose bytes are read when it is one's `turn`."""
        offset, count = self.places[number]
        with turn or nullcontext():
            stream.seek(offset + shift)
            content = stream.read(count)
        try:
            return self._decoded(content, self.height(number))
        except InputError as error:
            raise InputError(
                f"{self.what} {number + 1} of the {self.needed} of this TIFF: {error.problem}", hint=error.hint
            ) from None

    def _decoded(self, data: bytes, rows: int) -> Samples:
        """The samples of one strip, (rows, columns, bands)."""
        from cnnkit.files.images import pillow

        compression, needed = self.page.compression, rows * self.row_bytes
        if compression == JPEG:
            return pillow.decode_jpeg(self._whole_jpeg(data), range(rows, self.rows + 1), self.columns, self.bands)
        if self.page.fillorder == 2:  # the first sample of a byte has its lowest bits
            data = np.packbits(np.unpackbits(np.frombuffer(data, np.uint8), bitorder="little")).tobytes()
        if compression == FAX:
            return pillow.decode_strip(data, compression, (rows, self.columns), 1)[:, :, None]
        if compression in DEFLATE:
            try:  # with one byte more, the check sum behind the samples is looked at
                data = zlib.decompressobj().decompress(data, needed + 1)
            except zlib.error as error:
                raise damaged(f"it cannot be inflated: {error}") from None
        elif compression != NONE:
            data = pillow.decode_strip(data, compression, (rows, self.row_bytes), 8).tobytes()
        if len(data) < needed:
            raise damaged(f"it holds {len(data)} of {needed} bytes")
        return self._typed(np.frombuffer(data, np.uint8, needed).reshape(rows, -1))

    def _whole_jpeg(self, data: bytes) -> bytes:
        """A strip of JPEG with the tables it shares with others, and a mark that says whether it is YCbCr."""
        adobe = b"\xff\xee\0\x0eAdobe\0\x64\0\0\0\0" + bytes([self.page.photometric == YCBCR])
        return data[:2] + adobe + (self.page.jpegtables or b"")[2:-2] + data[2:]

    def _typed(self, raw: npt.NDArray[np.uint8]) -> Samples:
        """The bytes of the rows of a strip as samples, predictions added up."""
        page, order, size = self.page, self.page.parent.byteorder, self.dtype.itemsize
        shape = (len(raw), self.columns, self.bands)
        if page.bitspersample != 8 * size:
            return unpacked(raw, page.bitspersample, self.columns * self.bands).reshape(shape)
        if page.predictor == 3:  # differences of bytes, the highest bytes of a row first
            sums = np.cumsum(raw.reshape(len(raw), -1, self.bands), axis=1, dtype=np.uint8)
            planes = sums.reshape(len(raw), size, -1).swapaxes(1, 2)
            return np.asarray(np.ascontiguousarray(planes).view(self.dtype.newbyteorder(">")).reshape(shape))
        if page.predictor == 2:
            whole = raw.view(f"{order}u{size}").reshape(shape)
            return np.asarray(np.cumsum(whole, axis=1, dtype=f"u{size}").view(self.dtype))
        return np.asarray(raw.view(self.dtype.newbyteorder(order)).reshape(shape))
