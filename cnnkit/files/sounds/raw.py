"""Samples without a header, as ``--raw RATE,FORMAT[,CHANNELS]`` describes them. Standard library only."""

from __future__ import annotations

import os
import re
from typing import BinaryIO, NamedTuple

from cnnkit.errors import ArgumentError
from cnnkit.files.sounds.stored import MOST_CHANNELS, SUBTYPE_BYTES, Part, Span
from cnnkit.geometry.pair import LARGEST, counted

_SIZED = {"s16": "PCM_16", "s24": "PCM_24", "s32": "PCM_32", "f32": "FLOAT", "f64": "DOUBLE"}
RAW_FORMATS = {"s8": ("PCM_S8", "LITTLE"), "u8": ("PCM_U8", "LITTLE")}
RAW_FORMATS |= {
    f"{name}{end[0].lower()}e": (subtype, end) for name, subtype in _SIZED.items() for end in ("LITTLE", "BIG")
}
RAW_FORMATS |= {"ulaw": ("ULAW", "LITTLE"), "alaw": ("ALAW", "LITTLE")}
"""The subtype and byte order of each format, by ffmpeg's and sox's names."""

_FORMATS = "s8 u8 s16le s24le s32le f32le f64le (or be) ulaw alaw"


class RawSound(NamedTuple):
    """What ``--raw`` says of samples."""

    sample_rate: int
    format: str
    channels: int = 1

    def part(self, stream: BinaryIO, notes: list[str]) -> Part:
        """All that is in the file; a note says it if it ends within a sample."""
        size = stream.seek(0, os.SEEK_END)
        subtype, endian = RAW_FORMATS[self.format]
        samples, rest = divmod(size, SUBTYPE_BYTES[subtype] * self.channels)
        if rest:
            notes.append(f"no whole sample at the end: {counted(rest, 'byte')} of {size} left out")
        return Part((Span(0, size - rest),), self.sample_rate, self.channels, samples, subtype, endian)


def read_raw(text: str) -> RawSound:
    """What the words of ``--raw`` say; an ArgumentError if they are wrong.

    >>> read_raw("16000,s16le"), read_raw("48000,f32le,2").channels
    (RawSound(sample_rate=16000, format='s16le', channels=1), 2)
    """
    words = [word.strip() for word in text.split(",")]
    if 2 <= len(words) <= 3 and words[1] in RAW_FORMATS and all(re.fullmatch("[0-9]{1,10}", w) for w in words[::2]):
        rate, channels = int(words[0]), int(words[2]) if words[2:] else 1
        if not (1 <= rate <= LARGEST and 1 <= channels <= MOST_CHANNELS):
            raise ArgumentError(
                f"--raw {text}: {rate} Hz and {counted(channels, 'channel')} cannot be",
                hint=f"rates are 1 to {LARGEST} Hz, channels 1 to {MOST_CHANNELS}",
            )
        return RawSound(rate, words[1], channels)
    raise ArgumentError(
        f"--raw {text} is not RATE,FORMAT or RATE,FORMAT,CHANNELS, with the rate in hertz",
        hint=f"write --raw 16000,s16le or --raw 48000,f32le,2; formats: {_FORMATS}",
    )
