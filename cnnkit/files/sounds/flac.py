"""The header of a FLAC, and where another sound follows it.

Standard library only. Source: RFC 9639.
"""

from __future__ import annotations

import re
from typing import BinaryIO

from cnnkit.files.sounds.faults import ends_early, ends_in_header
from cnnkit.files.sounds.view import Part, Span, View

_HEADER_BYTES = 42  # the name, and STREAMINFO, which is always the first block
_UNKNOWN_SAMPLES = 2**36 - 1
_PIECE_BYTES = 2**20

_HEADERS = re.compile(
    rb"fLaC[\0\x80]\0\0\x22|(?:RIFF|RIFX|RF64).{4}WAVE|FORM.{4}AIF[FC]|caff\x00\x01\x00\x00|riff\x2e\x91\xcf\x11"
    rb"|\.snd\0\0[\x00-\x0f].{5}\0\0\0[\x01-\x1b]",
    re.S,
)
"""What begins another sound, behind one that does not say where it ends."""


def next_header(stream: BinaryIO, start: int, stop: int) -> int:
    """Where the next sound with a header begins after `start`, or `stop`."""
    overlap = 12
    for place in range(start, stop, _PIECE_BYTES):
        stream.seek(place)
        found = _HEADERS.search(stream.read(min(_PIECE_BYTES + overlap, stop - place)))
        if found is not None:
            return place + found.start()
    return stop


def read_flac(stream: BinaryIO, start: int, stop: int) -> tuple[Part, int]:
    """A FLAC from `start` on, and where the next sound begins."""
    end = next_header(stream, start + _HEADER_BYTES, stop)
    return flac_part(stream, (Span(start, end),)), end


def flac_part(stream: BinaryIO, pieces: tuple[Span, ...]) -> Part:
    """A FLAC in pieces; an InputError if they are fewer bytes than its smallest frames would be."""
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
    longest, smallest = int.from_bytes(header[10:12], "big"), int.from_bytes(header[12:15], "big")
    least = (-(-samples // max(longest, 1)) - 1) * smallest  # the last frame may be smaller
    present = view.seek(0, 2) - _HEADER_BYTES
    if present < max(least, 1):
        raise ends_early(stream, least, present, "bytes", "its frames are at least")
    return Part(pieces, rate, channels, samples, subtype)
