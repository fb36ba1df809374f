"""The header of a FLAC, and where another sound follows it.

Standard library only. Source: RFC 9639.
"""

from __future__ import annotations

import re
from typing import BinaryIO

from cnnkit.files.sounds.faults import ends_early, ends_in_header
from cnnkit.files.sounds.stored import Part, Span
from cnnkit.files.sounds.view import View

_HEADER_BYTES = 42  # the name, and STREAMINFO, which is always the first block
_UNKNOWN_SAMPLES = 2**36 - 1
_PIECE_BYTES = 2**20
_LEAST_FRAME_BYTES = 9  # of silence: a header of 6, a byte, a checksum of 2

_HEADERS = {
    b"fLaC": rb"fLaC[\0\x80]\0\0\x22",
    **{magic: magic + rb".{4}WAVE" for magic in (b"RIFF", b"RIFX", b"RF64", b"BW64")},
    b"OggS": rb"OggS\0\x02",
    b"FORM": rb"FORM.{4}AIF[FC]",
    b"caff": rb"caff\x00\x01\x00\x00",
    b"riff": rb"riff\x2e\x91\xcf\x11",
    b".snd": rb"\.snd\0\0[\x00-\x0f].{5}\0\0\0[\x01-\x1b]",
    b"dns.": rb"dns\.[\x18-\xff][\x00-\x0f]\0\0.{4}[\x01-\x1b]\0\0\0",
}
"""What begins another sound, behind one that does not say where it ends, by its first bytes."""


def next_header(stream: BinaryIO, start: int, stop: int, magic: bytes) -> int:
    """Where the next sound that begins with `magic` begins after `start`, or `stop`."""
    header, overlap = re.compile(_HEADERS[magic], re.S), 12
    for place in range(start, stop, _PIECE_BYTES):
        stream.seek(place)
        found = header.search(stream.read(min(_PIECE_BYTES + overlap, stop - place)))
        if found is not None:
            return place + found.start()
    return stop


def read_flac(stream: BinaryIO, start: int, stop: int, notes: list[str]) -> tuple[Part, int]:
    """A FLAC from `start` on, and where the next one, a WAV or an Ogg begins: a FLAC does not say where it ends."""
    end = _first_frame(stream, start, stop)
    end = min(next_header(stream, end, stop, magic) for magic in (b"fLaC", b"RIFF", b"OggS"))
    return flac_part(stream, (Span(start, end),)), end


def _first_frame(stream: BinaryIO, start: int, stop: int) -> int:
    """Where the frames begin, behind blocks of which the last is marked."""
    place, is_last = start + 4, False
    while not is_last:
        stream.seek(place)
        head = stream.read(4)
        is_last = head[:1] >= b"\x80"
        place += 4 + int.from_bytes(head[1:], "big")
        if len(head) < 4 or place > stop:
            raise ends_in_header()
    return place


def flac_part(stream: BinaryIO, pieces: tuple[Span, ...]) -> Part:
    """A FLAC in pieces; an InputError if it has more samples than its bytes can hold."""
    view = View(stream, pieces)
    header = view.read(_HEADER_BYTES)
    if len(header) < _HEADER_BYTES:
        raise ends_in_header()
    numbers = int.from_bytes(header[18:26], "big")  # 20 bits rate, 3 channels - 1, 5 bits - 1, 36 samples
    rate, channels, samples = numbers >> 44, (numbers >> 41 & 7) + 1, numbers & _UNKNOWN_SAMPLES
    subtype = {8: "PCM_S8", 16: "PCM_16", 24: "PCM_24"}.get((numbers >> 36 & 31) + 1, "")
    if rate == 0 or not subtype:
        return Part(pieces)
    if samples == 0:  # written into a pipe; libsndfile decodes it to its end if it seems longer
        header = header[:18] + (numbers | _UNKNOWN_SAMPLES).to_bytes(8, "big") + header[26:]
        first = Span(pieces[0].start + _HEADER_BYTES, pieces[0].stop)
        return Part((header, first, *pieces[1:]), is_measured=False)
    frames = -(-samples // max(int.from_bytes(header[10:12], "big"), 1))
    smallest = int.from_bytes(header[12:15], "big")  # bytes of a frame, or 0; the last may be smaller
    least = _LEAST_FRAME_BYTES + max(smallest, _LEAST_FRAME_BYTES) * (frames - 1)
    present = view.seek(0, 2) - _HEADER_BYTES
    if present < least:
        raise ends_early(stream, least, present, "bytes", "its frames are at least")
    return Part(pieces, rate, channels, samples, subtype)
