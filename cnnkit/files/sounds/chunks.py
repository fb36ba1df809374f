"""The chunks of a sound file.

Standard library only. Sources: Multimedia Programming Interface 1.0 (RIFF), Sony's Wave64 (2002), EA IFF 85, Apple Core
Audio Format 1.0.
"""

from __future__ import annotations

import os
import struct
from collections.abc import Iterator
from typing import BinaryIO, NamedTuple

from cnnkit.files.recognition import HEAD_BYTES, recognise

SOUND_CHUNKS = (b"data", b"SSND", b"BODY")
"""Names of chunks that hold the sound, which alone may be longer than the file."""

_W64_ALIGNMENT_BYTES = 8


class Chunk(NamedTuple):
    """A named piece of a file."""

    name: bytes
    length: int  # bytes of its content, as its header says
    start: int  # place of its content
    end: int  # of all of it


def read_chunks(stream: BinaryIO, start: int = 0, stop: int | None = None) -> Iterator[Chunk]:
    """The chunks of a WAV, AIFF, 8SVX, Wave64 or CAF file, each with the stream at its content; none of other files.

    They end where another sound begins, or something that is no chunk of this file.
    """
    stop = stream.seek(0, os.SEEK_END) if stop is None else stop
    stream.seek(start)
    head = stream.read(HEAD_BYTES)
    form = recognise(head).name
    if form in ("wav", "aiff", "svx"):
        order = ">" if head[:4] in (b"RIFX", b"FORM") else "<"
        layout, place, own_bytes, alignment = f"{order}4sI", 12, 0, 2
    elif form == "caf":
        layout, place, own_bytes, alignment = ">4sQ", 8, 0, 1
    elif form == "w64":  # names are GUIDs of 16 bytes, and a length counts the name and itself
        layout, place, own_bytes, alignment = "<16sQ", 40, 24, _W64_ALIGNMENT_BYTES
    else:
        return
    head_bytes, wide = struct.calcsize(layout), None
    place += start
    while place + head_bytes <= stop:
        stream.seek(place)
        head = stream.read(HEAD_BYTES)
        name, length = struct.unpack(layout, head[:head_bytes])
        if name[:4] in SOUND_CHUNKS:
            length = max(length, own_bytes)  # 0 where it is unknown
        if length < own_bytes or not all(32 <= letter < 127 for letter in name[:4]) or _is_sound(head):
            return
        if name == b"ds64":  # of RF64: the length that the 32 bits of the data chunk cannot hold
            wide = int.from_bytes(head[16:24], "little")
        elif name == b"data" and wide is not None:
            length = wide
        stream.seek(place + head_bytes)
        end = place + head_bytes - own_bytes + length
        end = start + -(-(end - start) // alignment) * alignment
        if end > stop + alignment and name[:4] not in SOUND_CHUNKS:
            return
        yield Chunk(name[:4], length - own_bytes, place + head_bytes, end)
        place = end


def _is_sound(head: bytes) -> bool:
    return recognise(head).kind == "sound"
