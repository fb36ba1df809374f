"""How many bytes of sound the header of a file promises, for formats whose samples only libsndfile counts.

libsndfile counts what is there and says nothing of an end that is missing; but the containers say how long they are.

Standard library only. Sources: Multimedia Programming Interface 1.0 (RIFF), Sony's Wave64 (2002), EA IFF 85, Sun's
audio(4) (AU), NIST SPHERE 2.6.
"""

from __future__ import annotations

import os
import re
import struct
from typing import BinaryIO, NamedTuple

from cnnkit.files.sounds.header import STREAMED

_ALIGNED = 8
"""A chunk of Wave64 begins at a multiple of so many bytes."""


class Promise(NamedTuple):
    """Bytes of sound that a header promises, and those that are in the file."""

    promised: int
    there: int


def read_promise(stream: BinaryIO) -> Promise | None:
    """Bytes of sound in a WAV, W64, AIFF, 8SVX, AU or NIST file, compressed or not.

    Parameters
    ----------
    stream : binary stream
        Read from its beginning.

    Returns
    -------
    Promise or None
        None for other files, for headers that promise nothing, and for what cannot be understood.
    """
    size = stream.seek(0, os.SEEK_END)
    stream.seek(0)
    head = stream.read(1024)
    found = None
    if head[:4] in (b"RIFF", b"RIFX") and head[8:12] == b"WAVE":
        found = _chunk(stream, size, ">" if head[:4] == b"RIFX" else "<", b"data")
    elif head[:4] == b"FORM":
        found = _chunk(stream, size, ">", b"BODY" if head[8:12] in (b"8SVX", b"16SV") else b"SSND")
    elif head[:5] == b"riff\x2e":
        found = _wide_chunk(stream, size)
    elif head[:4] in (b".snd", b"dns.") and len(head) >= 12:
        place, length = struct.unpack(">II" if head[:1] == b"." else "<II", head[4:12])
        found = length, place
    elif head[:7] == b"NIST_1A":
        found = _nist(head)
    most = 2**63 if head[:4] == b"riff" else STREAMED
    return Promise(found[0], size - found[1]) if found is not None and 0 < found[0] < most else None


def _chunk(stream: BinaryIO, size: int, order: str, wanted: bytes) -> tuple[int, int] | None:
    """Length and place of the content of a chunk."""
    place = 12
    while place + 8 <= size:
        stream.seek(place)
        name, length = struct.unpack(f"{order}4sI", stream.read(8))
        place += 8
        if name == wanted:
            return length, place
        place += length + length % 2
    return None


def _wide_chunk(stream: BinaryIO, size: int) -> tuple[int, int] | None:
    """The same in a Wave64, where a name has 16 bytes and a length counts them and its own 8."""
    place = 40
    while place + 24 <= size:
        stream.seek(place)
        name, length = struct.unpack("<16sQ", stream.read(24))
        if length < 24:
            return None
        if name[:4] == b"data":
            return length - 24, place + 24
        place += -(-length // _ALIGNED) * _ALIGNED
    return None


def _nist(head: bytes) -> tuple[int, int] | None:
    """The product of the fields that give the number of samples, unless they are compressed."""
    fields = dict(re.findall(rb"^(\w+) -\w+ (\S+)", head, re.M))
    if b"," in fields.get(b"sample_coding", b"pcm"):
        return None
    try:
        samples, channels, width = (
            int(fields[name]) for name in (b"sample_count", b"channel_count", b"sample_n_bytes")
        )
        return samples * channels * width, int(head[8:16])
    except (KeyError, ValueError):
        return None
