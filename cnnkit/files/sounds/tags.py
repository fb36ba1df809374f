"""Where a sound begins in a file, and where the tags at its end begin: what others have put around it.

Standard library only. Sources: id3.org (ID3v1, ID3v2.4), the APEv2 specification of Hydrogenaudio, Lyrics3 v2.
"""

from __future__ import annotations

import os
from typing import BinaryIO

from cnnkit.files.recognition import HEAD_BYTES, Format, recognise

SEARCHED_BYTES = 2**18
"""Bytes before a header, besides tags, behind which it is still found."""

BLANKS = b"\0\t\n\r\xef\xbb\xbf"
"""What may stand before any header: padding, a line break, a byte order mark."""

_ZEROS = 4
"""Zeros with which a header itself may begin, as one of HTK does."""

_TAIL_BYTES = 160
_MP3 = Format("mp3", "sound", ())


def find_sound(stream: BinaryIO, place: int = 0, stop: int | None = None) -> tuple[Format, int, int]:
    """The format of what stands at `place` behind tags and padding, and where it begins.

    If that is nothing known, frames of an MP3 are looked for behind other bytes too; the last number counts these.
    """
    stop = stream.seek(0, os.SEEK_END) if stop is None else stop
    stream.seek(place)
    while 0 < (length := _tag_bytes(stream.read(HEAD_BYTES))) <= stop - place:
        place += length
        stream.seek(place)
    stream.seek(place)
    found = recognise(stream.read(min(HEAD_BYTES, stop - place)))
    if found.kind not in ("sound", "unknown") or (found.kind == "sound" and found.name != _MP3.name):
        return found, place, 0
    stream.seek(place)
    head = stream.read(min(SEARCHED_BYTES, stop - place))
    blanks = len(head) - len(head.lstrip(BLANKS))
    for begin in range(blanks, max(blanks - _ZEROS, 0) - 1, -1):
        behind = recognise(head[begin : begin + HEAD_BYTES])
        if behind.kind == "sound" and behind.name != _MP3.name:
            return behind, place + begin, 0
    from cnnkit.files.sounds.mp3 import find_frame

    frame = find_frame(head)
    return (found, place, 0) if frame is None else (_MP3, place + frame, len(head[:frame].strip(BLANKS)))


def _tag_bytes(head: bytes) -> int:
    """Bytes of the tag that `head` begins; 0 if it begins none."""
    if head[:3] == b"TAG":
        return 128
    if head[:8] == b"APETAGEX":
        return 32 + int.from_bytes(head[12:16], "little")
    return id3_bytes(head)


def end_of_sound(stream: BinaryIO) -> int:
    """Where the tags at the end of a file begin."""
    stop = stream.seek(0, os.SEEK_END)
    while True:
        begin = max(0, stop - _TAIL_BYTES)
        stream.seek(begin)
        tail = stream.read(stop - begin).rjust(_TAIL_BYTES, b"\0")
        length = 0
        if tail[-128:-125] == b"TAG":
            length = 128
        elif tail[-32:-24] == b"APETAGEX":  # its size leaves out a header
            length = int.from_bytes(tail[-20:-16], "little") + 32 * (tail[-9] >> 7)
        elif tail[-9:] == b"LYRICS200" and tail[-15:-9].isdigit():
            length = int(tail[-15:-9]) + 15
        elif tail[-10:-7] == b"3DI":  # the foot of an ID3v2 tag
            length = id3_bytes(b"ID3" + tail[-7:])
        if not 0 < length < stop:
            return stop
        stop -= length


def id3_bytes(head: bytes) -> int:
    """Bytes of the ID3v2 tag that begins with `head`, 10 bytes at least; 0 if it is none."""
    if head[:3] != b"ID3" or len(head) < 10:
        return 0
    # 7 bits in each byte of its size, so that none looks like the beginning of a frame; then perhaps a foot.
    size = sum((byte & 127) << 7 * (3 - index) for index, byte in enumerate(head[6:10]))
    return 10 + size + (10 if head[5] & 0x10 else 0)
