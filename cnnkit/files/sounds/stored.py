"""How samples are stored that are read as they lie, and the fields of headers that say it. Standard library only."""

from __future__ import annotations

import struct
from typing import Any, BinaryIO, NamedTuple

from cnnkit.files.sounds.faults import ends_in_header
from cnnkit.geometry.pair import LARGEST

SUBTYPE_BYTES = {"PCM_S8": 1, "PCM_U8": 1, "ULAW": 1, "ALAW": 1, "PCM_16": 2, "PCM_24": 3, "PCM_32": 4}
SUBTYPE_BYTES |= {"FLOAT": 4, "DOUBLE": 8}
"""Bytes of a sample by libsndfile's word for it."""

SIGNED = {1: "PCM_S8", 2: "PCM_16", 3: "PCM_24", 4: "PCM_32"}
"""Whole numbers by their bytes."""

MOST_CHANNELS = 1024
"""What libsndfile reads."""


class Stored(NamedTuple):
    """What a header says of its samples."""

    sample_rate: int
    channels: int
    subtype: str
    is_little: bool = False

    @property
    def block(self) -> int:
        """Bytes of one sample of every channel."""
        return self.channels * SUBTYPE_BYTES[self.subtype]


def stored(rate: int, channels: int, subtype: str, *, is_little: bool) -> Stored | None:
    """What a header says, or None for numbers that cannot be and subtypes that are not known."""
    is_possible = subtype and 0 < channels <= MOST_CHANNELS and 0 < rate <= LARGEST
    return Stored(rate, channels, subtype, is_little) if is_possible else None


def unpack(layout: str, stream: BinaryIO, place: int) -> tuple[Any, ...]:
    """The fields at `place` of a file; an InputError if it ends before."""
    stream.seek(place)
    content = stream.read(struct.calcsize(layout))
    if len(content) < struct.calcsize(layout):
        raise ends_in_header()
    return struct.unpack(layout, content)
