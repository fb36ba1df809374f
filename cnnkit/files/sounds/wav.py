"""WAV files, written here: the same bytes for the same samples, and into a pipe as well as into a file.

soundfile would ask a pipe for its position, and libsndfile puts the time of day beside floats. Integers and
floats are written as they are: they have been rounded and clipped before.

Sources: Multimedia Programming Interface 1.0 (RIFF WAVE, LIST INFO); a fact chunk with every format but PCM.
"""

from __future__ import annotations

import struct
from typing import Any, BinaryIO, NamedTuple

import numpy as np
import numpy.typing as npt

from cnnkit.errors import OutputError
from cnnkit.files.sounds.containers import read_chunks
from cnnkit.files.writing import Encoder

BLOCK_SAMPLES = 2**18
"""Samples that are converted at a time."""

_MOST_BYTES = 2**32 - 2**16
"""A WAV counts its bytes with 32 bits."""

MAX_CHANNELS = 2**16 - 1

_LONGEST_LIST_BYTES = 2**12


class _Subtype(NamedTuple):
    """How samples are written."""

    tag: int  # of the format: 1 whole numbers, 3 floats
    bits: int
    dtype: str  # of the samples to be written


WAV_SUBTYPES = {
    "PCM_U8": _Subtype(1, 8, "int8"),
    "PCM_16": _Subtype(1, 16, "int16"),
    "PCM_24": _Subtype(1, 24, "int32"),
    "PCM_32": _Subtype(1, 32, "int32"),
    "FLOAT": _Subtype(3, 32, "float32"),
    "DOUBLE": _Subtype(3, 64, "float64"),
}


def natural_subtype(dtype: npt.DTypeLike, full_scale: float | None = None) -> str:
    """The subtype of WAV that holds samples as they are; a full scale of 8388608 means 24 bits held as int32.

    >>> natural_subtype("int16"), natural_subtype("int32", 2**23), natural_subtype("int32"), natural_subtype("float32")
    ('PCM_16', 'PCM_24', 'PCM_32', 'FLOAT')
    """
    name = np.dtype(dtype).name
    for subtype, (_, bits, held) in WAV_SUBTYPES.items():
        if held == name and (subtype != "PCM_24" or full_scale == 2 ** (bits - 1)):
            return subtype
    raise OutputError(f"a WAV cannot hold {name}", hint="use int16 or float32")


def encode_wav(samples: npt.NDArray[Any], sample_rate: int, subtype: str, made_by: str) -> Encoder:
    """A function that writes samples, (n,) or (n, channels), as a WAV file.

    They are of the dtype in WAV_SUBTYPES, for PCM_24 from -8388608 to 8388607; `made_by` begins with
    "made by cnnkit ". An OutputError if they are more bytes, in all or in a second, than a WAV can count.
    """
    tag, bits, dtype = WAV_SUBTYPES[subtype]
    if samples.dtype.newbyteorder("=") != dtype or samples.ndim not in (1, 2):
        raise ValueError(f"{subtype} takes rows of {dtype}, not {samples.dtype} {samples.shape}")
    channels = 1 if samples.ndim == 1 else samples.shape[1]
    length, block = samples.size * bits // 8, channels * bits // 8
    if block >= 2**16 or sample_rate * block >= 2**32:
        raise OutputError(f"a WAV cannot hold {channels:,} channels at {sample_rate:,} Hz", hint="use fewer, or .npy")
    if length > _MOST_BYTES:
        raise OutputError(f"a WAV holds at most 4 GiB, not {length:,} bytes", hint="use --dtype int16, or .npy")
    note = made_by.encode("utf-8", "backslashreplace") + b"\0"
    body = _chunk(b"fmt ", struct.pack("<HHIIHH", tag, channels, sample_rate, sample_rate * block, block, bits))
    if tag != 1:
        body += _chunk(b"fact", struct.pack("<I", len(samples)))
    body += _chunk(b"LIST", b"INFO" + _chunk(b"ISFT", note)) + b"data" + struct.pack("<I", length)
    size = 4 + len(body) + length + length % 2

    def encode(stream: BinaryIO) -> None:
        stream.write(b"RIFF" + struct.pack("<I", size) + b"WAVE" + body)
        for start in range(0, len(samples), BLOCK_SAMPLES):
            stream.write(_little_endian(samples[start : start + BLOCK_SAMPLES], subtype))
        stream.write(bytes(length % 2))

    return encode


def _chunk(name: bytes, content: bytes) -> bytes:
    return name + struct.pack("<I", len(content)) + content + bytes(len(content) % 2)


def _little_endian(samples: npt.NDArray[Any], subtype: str) -> bytes:
    if subtype == "PCM_U8":  # counted from 0
        return (samples.view(np.uint8) ^ 128).tobytes()
    least_first = samples.astype(samples.dtype.newbyteorder("<"), copy=False)
    if subtype == "PCM_24":
        return np.ascontiguousarray(least_first).view(np.uint8).reshape(-1, 4)[:, :3].tobytes()
    return least_first.tobytes()


def read_note(stream: BinaryIO) -> str:
    """The software that a file names before its samples, so that little is read; empty if it names none."""
    for name, length, *_ in read_chunks(stream):
        if name == b"LIST":
            content = stream.read(min(length, _LONGEST_LIST_BYTES))  # INFO, ISFT, 4 bytes its length, the note
            return content[12:].decode("latin-1") if content[:8] == b"INFOISFT" else ""
        if name == b"data":
            break
    return ""
