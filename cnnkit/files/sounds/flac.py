"""The header of a FLAC, and where another sound follows it.

Standard library only. Source: RFC 9639.
"""

from __future__ import annotations

import re
from typing import BinaryIO

from cnnkit.errors import InputError
from cnnkit.files.sounds.faults import conversion, ends_early, ends_in_header
from cnnkit.files.sounds.stored import Part, Span
from cnnkit.files.sounds.view import View

_HEADER_BYTES = 42  # the name, and STREAMINFO, which is always the first block
_UNKNOWN_SAMPLES = 2**36 - 1
_PIECE_BYTES = 2**20
_LEAST_FRAME_BYTES, _LONGEST_FRAME_HEADER = 9, 16  # of silence: a header of 6, a byte, a checksum of 2

_TAIL_BYTES = 2**18
"""Bytes at the end of a file in which the last frame begins, if nothing else follows."""

_HEADERS = {
    b"fLaC": rb"fLaC[\0\x80]\0\0\x22",
    **{magic: magic + rb".{4}WAVE" for magic in (b"RIFF", b"RIFX", b"RF64", b"BW64")},
    b"FORM": rb"FORM.{4}AIF[FC]",
    b"caff": rb"caff\x00\x01\x00\x00",
    b"riff": rb"riff\x2e\x91\xcf\x11",
    b".snd": rb"\.snd\0\0[\x00-\x0f].{5}\0\0\0[\x01-\x1b]",
    b"dns.": rb"dns\.[\x18-\xff][\x00-\x0f]\0\0.{4}[\x01-\x1b]\0\0\0",
}
"""What begins another sound, behind one that does not say where it ends, by its first bytes."""


def next_header(stream: BinaryIO, start: int, stop: int, magic: bytes | None = None) -> int:
    """Where the next sound with a header begins after `start` (of one kind, six times faster), or `stop`."""
    kinds = list(_HEADERS.values()) if magic is None else [_HEADERS[magic]]
    headers = re.compile(b"|".join(kinds), re.S)
    overlap = 12
    for place in range(start, stop, _PIECE_BYTES):
        stream.seek(place)
        found = headers.search(stream.read(min(_PIECE_BYTES + overlap, stop - place)))
        if found is not None:
            return place + found.start()
    return stop


def read_flac(stream: BinaryIO, start: int, stop: int, notes: list[str]) -> tuple[Part, int]:
    """A FLAC from `start` on, and where the next sound begins; an InputError if its last frame is missing."""
    begin = _first_frame(stream, start, stop)
    stream.seek(begin)
    is_fixed = stream.read(2) == b"\xff\xf8"  # frames are numbered, and all but the last have one size
    last = _last_frame(View(stream, [Span(start, stop)]).read(_HEADER_BYTES)) if is_fixed else None
    tail = max(begin, stop - _TAIL_BYTES)
    is_whole = last is not None and _holds(stream, last, tail, stop) and next_header(stream, tail, stop) == stop
    end = next_header(stream, begin, stop, b"fLaC" if is_whole else None)  # as long a FLAC may still follow
    part = flac_part(stream, (Span(start, end),))
    if last is not None and not is_whole and not _holds(stream, last, begin, end):
        raise InputError(
            f"this sound is cut off: the last frame of its {part.samples} samples is not in the file",
            hint=f"get the whole file again, or keep what is there: {conversion(stream)}",
        )
    return part, end


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


def _last_frame(header: bytes) -> re.Pattern[bytes] | None:
    """How the last frame begins: with a mark, sizes and its number; None if frames are of several sizes."""
    smallest, largest = int.from_bytes(header[8:10], "big"), int.from_bytes(header[10:12], "big")
    samples = int.from_bytes(header[18:26], "big") & _UNKNOWN_SAMPLES
    if smallest != largest or not largest or not samples or (samples - 1) // largest > 0x10FFFF:
        return None
    number = chr((samples - 1) // largest).encode("utf-8", "surrogatepass")
    return re.compile(b"\xff\xf8(.)." + re.escape(number) + b"(.{0,5})", re.S)


def _holds(stream: BinaryIO, frame: re.Pattern[bytes], start: int, stop: int) -> bool:
    """Whether a frame begins somewhere between."""
    for place in range(start, stop, _PIECE_BYTES):
        stream.seek(place)
        for found in frame.finditer(stream.read(min(_PIECE_BYTES + _LONGEST_FRAME_HEADER, stop - place))):
            size, rate = found[1][0] >> 4, found[1][0] & 15
            rest = {6: 1, 7: 2}.get(size, 0) + {12: 1, 13: 2, 14: 2}.get(rate, 0)
            checksum = 0
            for byte in found[0][: len(found[0]) - len(found[2]) + rest]:
                checksum ^= byte
                for _ in range(8):
                    checksum = (checksum << 1 ^ 0x107 * (checksum >> 7)) & 0x1FF
            if found[2][rest : rest + 1] == bytes([checksum]):
                return True
    return False


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
    least = _LEAST_FRAME_BYTES * -(-samples // max(int.from_bytes(header[10:12], "big"), 1))
    present = view.seek(0, 2) - _HEADER_BYTES
    if present < least:
        raise ends_early(stream, least, present, "bytes", "its frames are at least")
    return Part(pieces, rate, channels, samples, subtype)
