"""How long a sound is, from the header of its file alone: nothing is decoded.

WAV, AIFF and FLAC are read here with the standard library, so that ``cnnkit mfcc --print-shape`` starts at once;
every other format is left to libsndfile, and an MP3 that does not say its length is decoded once to be counted.
Both count what is there: a header that promises more samples than the file holds is not believed.

Sources: Multimedia Programming Interface 1.0 (RIFF), EBU Tech 3306 (RF64), AIFF-C draft of 1991, RFC 9639 (FLAC).
"""

from __future__ import annotations

import os
import struct
from typing import BinaryIO, NamedTuple

from cnnkit.data.channels import channel_index
from cnnkit.errors import InputError
from cnnkit.files.recognition import HEAD_BYTES, recognise
from cnnkit.files.sounds.chunks import STREAMED_BYTES, count_sound_bytes, read_chunks
from cnnkit.geometry.pair import LARGEST
from cnnkit.geometry.resampling import check_rates, resampled_count

UNKNOWN_SAMPLES = 2**40
"""A count of samples from here on means that it is not known: a year of sound has less."""

_WAV_BYTES = {(1, 8): 1, (1, 16): 2, (1, 24): 3, (1, 32): 4, (3, 32): 4, (3, 64): 8, (6, 8): 1, (7, 8): 1}
"""Bytes of a sample by (format tag, bits): PCM, float, A-law and mu-law."""

_EXTENSIBLE = 0xFFFE
"""The format tag of WAVE_FORMAT_EXTENSIBLE, whose true tag begins a GUID; what follows it there:"""

_MICROSOFT = (0x0000, 0x0010, bytes.fromhex("800000aa00389b71"))

_AIFC_BYTES = {b"NONE": 0, b"sowt": 0, b"twos": 0, b"fl32": 4, b"FL32": 4, b"fl64": 8, b"FL64": 8}
"""Bytes of a sample by compression type; 0: as many as the bits need."""


class SoundHeader(NamedTuple):
    """What a file says about its sound."""

    samples: int  # of each channel, that are in the file
    sample_rate: int  # in hertz
    channels: int
    missing: int = 0  # samples of each channel that the header promises beyond those: the file was cut off

    def sizes(self, channel: str | None, sample_rate: int | None) -> tuple[int, int, int]:
        """Number of samples, sample rate after resampling if `sample_rate` is given, number of channels in use.

        >>> SoundHeader(44100, 44100, 2).sizes("all", 16000)
        (16000, 16000, 2)
        """
        used = self.channels if isinstance(channel_index(channel, self.channels), slice) else 1
        if sample_rate is None:
            return self.samples, self.sample_rate, used
        check_rates(self.sample_rate, sample_rate)
        return resampled_count(self.samples, self.sample_rate, sample_rate), sample_rate, used


def read_header(stream: BinaryIO) -> SoundHeader:
    """Read how long a sound is, at which rate and with how many channels.

    The stream may be anywhere, and is left at its beginning. An InputError if it is cut off or not a sound.
    """
    stream.seek(0)
    head = stream.read(HEAD_BYTES)
    reader = {"wav": _wav, "aiff": _aiff, "flac": _flac}.get(recognise(head).name)
    header = (reader(stream) if reader else None) or _from_libsndfile(stream)
    stream.seek(0)
    if header.samples >= UNKNOWN_SAMPLES:
        raise InputError(
            "this sound does not say how many samples it has, as if it had been written into a pipe",
            hint="write it again: ffmpeg -i song.flac song.wav",
        )
    if header.missing:
        raise _ends_early(header.samples + header.missing, header.samples, "samples")
    if header.samples < 1:
        raise InputError("this sound has no samples", hint="check where it came from; only its header is there")
    return header


def _unpack(layout: str, stream: BinaryIO) -> tuple[int, ...]:
    content = stream.read(struct.calcsize(layout))
    if len(content) < struct.calcsize(layout):
        raise _ends_in_header()
    return struct.unpack(layout, content)


def _ends_in_header() -> InputError:
    return InputError("this sound is cut off inside its header", hint="get the file again from where it came")


def _ends_early(promised: int, present: int, unit: str) -> InputError:
    return InputError(
        f"this sound is cut off: its header promises {promised} {unit}, the file holds {present}",
        hint="get the whole file again, or keep what is there: ffmpeg -i INPUT song.wav",
    )


def _counted(present: int, promised: int, block: int, rate: int, channels: int) -> SoundHeader:
    """The header of a sound, from its bytes; `block` of them are one sample of every channel."""
    samples = min(present, promised) // block
    missing = 0 if promised >= STREAMED_BYTES and promised > present else promised // block - samples
    return SoundHeader(samples, rate, channels, missing)


def _wav(stream: BinaryIO) -> SoundHeader | None:
    size = stream.seek(0, os.SEEK_END)
    stream.seek(0)
    order = ">" if stream.read(4) == b"RIFX" else "<"
    is_unclosed = _unpack(f"{order}I", stream) == (8,) and size > 44  # libsndfile then takes all that is there
    block = rate = channels = 0
    wide_length = None
    for name, length, start in read_chunks(stream):
        if name == b"fmt ":
            tag, channels, rate, _, block, bits = _unpack(f"{order}HHIIHH", stream)
            if tag == _EXTENSIBLE and length >= 40:
                _, _, _, tag, *rest = _unpack(f"{order}HHIIHHQ", stream)
                # Only the tags of old, as GUIDs; the last 8 bytes have no byte order.
                if (*rest[:2], rest[2].to_bytes(8, "little" if order == "<" else "big")) != _MICROSOFT:
                    return None
            if not (channels and 0 < rate <= LARGEST and block == channels * _WAV_BYTES.get((tag, bits), 0)):
                return None
        elif name == b"ds64":
            _, wide_length = _unpack("<QQ", stream)
        elif name == b"data":
            if not block:
                return None
            promised = STREAMED_BYTES if length == 0 and is_unclosed else length
            return _counted(size - start, promised if wide_length is None else wide_length, block, rate, channels)
    raise _ends_in_header()


def _aiff(stream: BinaryIO) -> SoundHeader | None:
    size = stream.seek(0, os.SEEK_END)
    block = rate = channels = 0
    for name, length, start in read_chunks(stream):
        if name == b"COMM":
            channels, _, bits, exponent, mantissa = _unpack(">hIhHQ", stream)
            compression = stream.read(4) if length >= 22 else b"NONE"
            rate = mantissa >> max(16383 + 63 - exponent, 0)  # an 80-bit float
            if compression not in _AIFC_BYTES or channels < 1 or not 0 < rate <= LARGEST:
                return None
            block = channels * (_AIFC_BYTES[compression] or -(-bits // 8))
        elif name == b"SSND":
            if not block:
                return None
            offset, _ = _unpack(">II", stream)
            return _counted(size - start - 8 - offset, length - 8 - offset, block, rate, channels)
    raise _ends_in_header()


def _flac(stream: BinaryIO) -> SoundHeader | None:
    stream.seek(8)  # the first block is always STREAMINFO
    content = stream.read(34)
    if len(content) < 34:
        raise _ends_in_header()
    numbers = int.from_bytes(content[10:18], "big")  # 20 bits rate, 3 channels - 1, 5 bits - 1, 36 samples
    samples = numbers & (2**36 - 1)
    rate = numbers >> 44
    return SoundHeader(samples or UNKNOWN_SAMPLES, rate, (numbers >> 41 & 7) + 1) if rate else None


def _from_libsndfile(stream: BinaryIO) -> SoundHeader:
    from cnnkit.files.sounds.libsndfile import count_samples, open_sound

    sound_bytes = count_sound_bytes(stream)
    with open_sound(stream) as sound:
        header = SoundHeader(count_samples(sound), sound.samplerate, sound.channels)
    if sound_bytes is not None and sound_bytes.promised > sound_bytes.present:
        raise _ends_early(*sound_bytes, "bytes")
    return header
