"""Where the samples of a sound lie in its file and how they are stored. Standard library only."""

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


class Span(NamedTuple):
    """Bytes of a file."""

    start: int
    stop: int


class Part(NamedTuple):
    """One sound of a file; a file of joined sounds has several."""

    pieces: tuple[Span | bytes | int, ...]  # as of a View
    sample_rate: int = 0  # 0: libsndfile says it, the channels and the subtype
    channels: int = 0
    samples: int = 0  # of each channel; 0: libsndfile counts them
    subtype: str = ""  # libsndfile's word for how samples are stored
    endian: str = ""  # of samples that are read as they lie, without their header: LITTLE or BIG
    is_measured: bool = True  # False: only decoding it tells how many samples there are

    @property
    def block(self) -> int:
        """Bytes of one sample of every channel, of samples that are stored as they are."""
        return self.channels * SUBTYPE_BYTES[self.subtype]


def stored(rate: int, channels: int, subtype: str, *, is_little: bool) -> Part | None:
    """A part without its place; None for numbers that cannot be and subtypes that are not known."""
    is_possible = subtype and 0 < channels <= MOST_CHANNELS and 0 < rate <= LARGEST
    return Part((), rate, channels, 0, subtype, "LITTLE" if is_little else "BIG") if is_possible else None


def unpack(layout: str, stream: BinaryIO, place: int) -> tuple[Any, ...]:
    """The fields at `place` of a file; an InputError if it ends before."""
    stream.seek(place)
    content = stream.read(struct.calcsize(layout))
    if len(content) < struct.calcsize(layout):
        raise ends_in_header()
    return struct.unpack(layout, content)
