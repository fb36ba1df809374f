"""The chunks of a sound file, and how many bytes of sound its header promises.

libsndfile counts what is there and says nothing of an end that is missing; but the containers say how long they are.

Standard library only. Sources: Multimedia Programming Interface 1.0 (RIFF), Sony's Wave64 (2002), EA IFF 85, Sun's
audio(4) (AU), NIST SPHERE 2.6.
"""

from __future__ import annotations

import os
import re
import struct
from collections.abc import Iterator
from typing import BinaryIO, NamedTuple

from cnnkit.files.recognition import recognise

STREAMED_BYTES = 0x7FFFF000
"""Programs that write into a pipe do not know the size yet and put this or more: it promises nothing."""

_NIST_HEADER_BYTES = 1024
_W64_ALIGNMENT_BYTES = 8
_SOUND_CHUNKS = {"wav": b"data", "w64": b"data", "aiff": b"SSND", "svx": b"BODY"}


class Chunk(NamedTuple):
    """A named piece of a file."""

    name: bytes
    length: int  # bytes of its content, as its header says
    start: int  # place of its content


class SoundBytes(NamedTuple):
    """Bytes of sound that a header promises, and those that are in the file."""

    promised: int
    present: int


def read_chunks(stream: BinaryIO) -> Iterator[Chunk]:
    """The chunks of a WAV, AIFF, 8SVX or Wave64 file, each with the stream at its content; none of other files."""
    size = stream.seek(0, os.SEEK_END)
    stream.seek(0)
    head = stream.read(12)
    form = recognise(head).name
    if form in ("wav", "aiff", "svx"):
        order = ">" if head[:4] in (b"RIFX", b"FORM") else "<"
        layout, place, own_bytes, alignment = f"{order}4sI", 12, 0, 2
    elif form == "w64":  # names are GUIDs of 16 bytes, and a length counts the name and itself
        layout, place, own_bytes, alignment = "<16sQ", 40, 24, _W64_ALIGNMENT_BYTES
    else:
        return
    head_bytes = struct.calcsize(layout)
    while place + head_bytes <= size:
        stream.seek(place)
        name, length = struct.unpack(layout, stream.read(head_bytes))
        if length < own_bytes:
            return
        yield Chunk(name[:4], length - own_bytes, place + head_bytes)
        place += -(-(head_bytes - own_bytes + length) // alignment) * alignment


def count_sound_bytes(stream: BinaryIO) -> SoundBytes | None:
    """Bytes of sound in a WAV, W64, AIFF, 8SVX, AU or NIST file, compressed or not.

    None for other files, for headers that promise nothing, and for what cannot be understood.
    """
    size = stream.seek(0, os.SEEK_END)
    stream.seek(0)
    head = stream.read(_NIST_HEADER_BYTES)
    form = recognise(head).name
    if form == "au" and len(head) >= 12:
        start, promised = struct.unpack(">II" if head[:1] == b"." else "<II", head[4:12])
    elif form == "nist":
        start, promised = _nist(head)
    else:
        found = (chunk for chunk in read_chunks(stream) if chunk.name == _SOUND_CHUNKS[form])
        _, promised, start = next(found, (b"", 0, 0))
    limit = 2**63 if form == "w64" else STREAMED_BYTES
    return SoundBytes(promised, size - start) if 0 < promised < limit else None


def _nist(head: bytes) -> tuple[int, int]:
    """Where the sound of a NIST file begins, and its bytes; 0 bytes if they are compressed or not said."""
    fields = dict(re.findall(rb"^(\w+) -\w+ (\S+)", head, re.M))
    if b"," in fields.get(b"sample_coding", b"pcm"):
        return 0, 0
    try:
        samples, channels, width = (
            int(fields[name]) for name in (b"sample_count", b"channel_count", b"sample_n_bytes")
        )
        return int(head[8:16]), samples * channels * width
    except (KeyError, ValueError):
        return 0, 0
