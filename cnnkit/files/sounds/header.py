"""How long a sound is, from the header of its file alone: nothing is decoded.

WAV, AIFF and FLAC are read here with the standard library, so that ``cnnkit mfcc --print-shape`` starts at once;
every other format is asked of libsndfile, and an MP3 that does not say how long it is is decoded once to be counted.
Both count what is there: a header that promises more samples than the file holds is not believed.

Sources: Multimedia Programming Interface 1.0 (RIFF), EBU Tech 3306 (RF64), AIFF-C draft of 1991, RFC 9639 (FLAC).
"""

from __future__ import annotations

import os
import struct
from collections.abc import Iterator
from typing import BinaryIO, NamedTuple

from cnnkit.errors import ArgumentError, InputError
from cnnkit.geometry.pair import LARGEST
from cnnkit.geometry.resampling import check_rates, resampled_count

STREAMED = 0x7FFFF000
"""Programs that write into a pipe do not know the size yet and put this or more: it promises nothing."""

ENDLESS = 2**40
"""A count of samples from here on means that it is not known: a year of sound has less."""

_WAV_BYTES = {(1, 8): 1, (1, 16): 2, (1, 24): 3, (1, 32): 4, (3, 32): 4, (3, 64): 8, (6, 8): 1, (7, 8): 1}
"""Bytes of a sample by (format tag, bits): PCM, float, A-law and mu-law."""

_MICROSOFT = (0x0000, 0x0010, bytes.fromhex("800000aa00389b71"))
"""What follows the format tag in the GUID of a WAVE_FORMAT_EXTENSIBLE."""

_AIFC_BYTES = {b"NONE": 0, b"sowt": 0, b"twos": 0, b"fl32": 4, b"FL32": 4, b"fl64": 8, b"FL64": 8}
"""Bytes of a sample by compression type; 0: as many as the bits need."""


class SoundHeader(NamedTuple):
    """What a file says about its sound.

    Attributes
    ----------
    samples : int
        Samples of each channel that are in the file.
    sample_rate : int
        In hertz.
    channels : int
    missing : int
        Samples of each channel that the header promises beyond those: the file was cut off.
    """

    samples: int
    sample_rate: int
    channels: int
    missing: int = 0

    def pick(self, channel: str | None) -> int | None:
        """Which channel a word names, from 0; None for the mean of all.

        Parameters
        ----------
        channel : str or None
            left, right, mix or a number from 1; None where there is but one.

        Raises
        ------
        ArgumentError
            If it is no such word.
        InputError
            If the sound has more than one channel and none was named, or has no such channel.

        >>> SoundHeader(51200, 22050, 2).pick("right")
        1
        """
        numbers = {"left": 1, "right": 2}
        if channel is None:
            if self.channels > 1:
                raise InputError(
                    f"this sound has {self.channels} channels, and one is needed",
                    hint=f"add --channel left, right, mix (their mean) or a number from 1 to {self.channels}",
                )
            return 0
        if channel == "mix":
            return None
        if channel not in numbers and not (channel.isascii() and channel.isdigit() and int(channel[:9]) > 0):
            raise ArgumentError(f"unknown channel {channel!r}", hint="use left, right, mix or a number from 1")
        number = numbers.get(channel) or int(channel[:9])
        if number > self.channels:
            raise InputError(
                f"there is no channel {channel}: this sound has {self.channels}",
                hint=f"use a number from 1 to {self.channels}, or mix" if self.channels > 1 else "leave --channel out",
            )
        return number - 1

    def at(self, channel: str | None, sample_rate: int | None) -> tuple[int, int]:
        """Samples and rate of one channel, at another rate if one is asked for.

        Raises
        ------
        ArgumentError, InputError
            As `pick`, or if the rate is none.

        >>> SoundHeader(44100, 44100, 1).at(None, 16000)
        (16000, 16000)
        """
        self.pick(channel)
        if sample_rate is None:
            return self.samples, self.sample_rate
        check_rates(self.sample_rate, sample_rate)
        return resampled_count(self.samples, self.sample_rate, sample_rate), sample_rate


def read_header(stream: BinaryIO) -> SoundHeader:
    """Read how long a sound is, at which rate and with how many channels.

    Parameters
    ----------
    stream : binary stream
        Read from its beginning, and left there.

    Raises
    ------
    InputError
        If it is no sound, is cut off, or has no samples.
    """
    size = stream.seek(0, os.SEEK_END)
    stream.seek(0)
    head = stream.read(12)
    header = None
    if head[:4] in (b"RIFF", b"RIFX", b"RF64") and head[8:] == b"WAVE":
        header = _wav(stream, size, ">" if head[:4] == b"RIFX" else "<")
    elif head[:4] == b"FORM" and head[8:] in (b"AIFF", b"AIFC"):
        header = _aiff(stream, size)
    elif head[:4] == b"fLaC":
        header = _flac(stream)
    if header is None:
        header = _asked(stream)
    stream.seek(0)
    if header.samples >= ENDLESS:
        raise InputError(
            "this sound does not say how many samples it has, as one that was written into a pipe",
            hint="write it anew: ffmpeg -i song.flac song.wav",
        )
    if header.missing:
        promised = header.samples + header.missing
        raise InputError(
            f"this sound is cut off: its header promises {promised} samples, the file holds {header.samples}",
            hint="get the whole file again, or keep what is there: ffmpeg -i INPUT song.wav",
        )
    if header.samples < 1:
        raise InputError("this sound has no samples", hint="check where it came from; only its header is there")
    return header


def _chunks(stream: BinaryIO, size: int, order: str) -> Iterator[tuple[bytes, int]]:
    """Name and size of every chunk, with the stream at its content."""
    place = 12
    while place + 8 <= size:
        stream.seek(place)
        name, length = struct.unpack(f"{order}4sI", stream.read(8))
        yield name, length
        place += 8 + length + length % 2  # a chunk begins at an even place


def _unpack(layout: str, stream: BinaryIO) -> tuple[int, ...]:
    content = stream.read(struct.calcsize(layout))
    if len(content) < struct.calcsize(layout):
        raise _cut_off()
    return struct.unpack(layout, content)


def _cut_off() -> InputError:
    return InputError("this sound is cut off inside its header", hint="get the file again from where it came")


def _counted(there: int, promised: int, block: int, rate: int, channels: int) -> SoundHeader:
    samples = min(there, promised) // block
    missing = 0 if promised >= STREAMED and promised > there else promised // block - samples
    return SoundHeader(samples, rate, channels, missing)


def _wav(stream: BinaryIO, size: int, order: str) -> SoundHeader | None:
    block = rate = channels = 0
    wide = None
    stream.seek(4)
    is_unclosed = _unpack(f"{order}I", stream) == (8,) and size > 44  # libsndfile then takes all that is there
    for name, length in _chunks(stream, size, order):
        if name == b"fmt ":
            tag, channels, rate, _, block, bits = _unpack(f"{order}HHIIHH", stream)
            if tag == 0xFFFE and length >= 40:  # WAVE_FORMAT_EXTENSIBLE
                _, _, _, tag, *rest = _unpack(f"{order}HHIIHHQ", stream)
                # Only the tags of old, as GUIDs; the last 8 bytes have no byte order.
                if (*rest[:2], rest[2].to_bytes(8, "little" if order == "<" else "big")) != _MICROSOFT:
                    return None
            if not (channels and 0 < rate <= LARGEST and block == channels * _WAV_BYTES.get((tag, bits), 0)):
                return None
        elif name == b"ds64":
            _, wide = _unpack("<QQ", stream)
        elif name == b"data":
            if not block:
                return None
            promised = STREAMED if length == 0 and is_unclosed else length
            return _counted(size - stream.tell(), promised if wide is None else wide, block, rate, channels)
    raise _cut_off()


def _aiff(stream: BinaryIO, size: int) -> SoundHeader | None:
    block = rate = channels = 0
    for name, length in _chunks(stream, size, ">"):
        if name == b"COMM":
            channels, _, bits, exponent, mantissa = _unpack(">hIhHQ", stream)
            kind = stream.read(4) if length >= 22 else b"NONE"
            rate = mantissa >> max(16383 + 63 - exponent, 0)  # an 80-bit float
            if kind not in _AIFC_BYTES or channels < 1 or not 0 < rate <= LARGEST:
                return None
            block = channels * (_AIFC_BYTES[kind] or -(-bits // 8))
        elif name == b"SSND":
            if not block:
                return None
            offset, _ = _unpack(">II", stream)
            return _counted(size - stream.tell() - offset, length - 8 - offset, block, rate, channels)
    raise _cut_off()


def _flac(stream: BinaryIO) -> SoundHeader | None:
    stream.seek(8)  # the first block is always STREAMINFO
    content = stream.read(34)
    if len(content) < 34:
        raise _cut_off()
    numbers = int.from_bytes(content[10:18], "big")  # 20 bits rate, 3 channels - 1, 5 bits - 1, 36 samples
    samples = numbers & (2**36 - 1)
    rate = numbers >> 44
    return SoundHeader(samples or ENDLESS, rate, (numbers >> 41 & 7) + 1) if rate else None


def _asked(stream: BinaryIO) -> SoundHeader:
    from cnnkit.files.sounds.libsndfile import count_samples, open_sound
    from cnnkit.files.sounds.promise import read_promise

    promise = read_promise(stream)
    with open_sound(stream) as sound:
        header = SoundHeader(count_samples(sound), sound.samplerate, sound.channels)
    if promise is not None and promise.promised > promise.there:
        raise InputError(
            f"this sound is cut off: its header promises {promise.promised} bytes, the file holds {promise.there}",
            hint="get the whole file again, or keep what is there: ffmpeg -i INPUT song.wav",
        )
    return header
