"""WAV files, written here: one channel, the same bytes for the same samples, and into a pipe as well as into a file.

soundfile would ask a pipe for its position, and libsndfile puts the time of day beside floats. Integers are written
as they are, floats too: what has to be rounded or held within full scale has been before.

Sources: Multimedia Programming Interface 1.0 (RIFF WAVE, LIST INFO); a fact chunk with every format but PCM.
"""

from __future__ import annotations

import struct
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

import numpy as np
import numpy.typing as npt

from cnnkit.errors import OutputError
from cnnkit.files.writing import Encoder

BLOCK = 2**18
"""Samples that are laid out at a time."""

_MOST_BYTES = 2**32 - 2**16
"""A WAV counts its bytes with 32 bits."""

_LONGEST_LIST = 2**12


class _Kind(NamedTuple):
    """How a kind is written: the format tag, the bits of a sample, and the type of the samples."""

    tag: int
    bits: int
    dtype: str


WAV_KINDS = {
    "PCM_U8": _Kind(1, 8, "int8"),
    "PCM_16": _Kind(1, 16, "int16"),
    "PCM_24": _Kind(1, 24, "int32"),
    "PCM_32": _Kind(1, 32, "int32"),
    "FLOAT": _Kind(3, 32, "float32"),
    "DOUBLE": _Kind(3, 64, "float64"),
}


def natural_kind(dtype: npt.DTypeLike, full_scale: float | None = None) -> str:
    """The kind of WAV that holds samples of a type as they are.

    Parameters
    ----------
    dtype : dtype
        int8, int16, int32, float32 or float64.
    full_scale : float, optional
        8388608 for 24 bits held as int32.

    Raises
    ------
    OutputError
        If there is none.

    >>> natural_kind("int16"), natural_kind("int32", 2**23), natural_kind("int32"), natural_kind("float32")
    ('PCM_16', 'PCM_24', 'PCM_32', 'FLOAT')
    """
    name = np.dtype(dtype).name
    for kind, (_, bits, held) in WAV_KINDS.items():
        if held == name and (kind != "PCM_24" or full_scale == 2 ** (bits - 1)):
            return kind
    raise OutputError(f"a WAV holds no {name}", hint="use int16 or float32")


def encode_wav(samples: npt.NDArray[Any], sample_rate: int, kind: str, made_by: str) -> Encoder:
    """A function that writes one channel as a WAV file.

    Parameters
    ----------
    samples : ndarray, (n,)
        Of the type that WAV_KINDS names for `kind`; for PCM_24 whole numbers from -8388608 to 8388607.
    sample_rate : int
        In hertz.
    kind : str
        PCM_U8, PCM_16, PCM_24, PCM_32, FLOAT or DOUBLE.
    made_by : str
        Who made it with which command; it begins with "made by cnnkit ".

    Raises
    ------
    OutputError
        If they are too many bytes for a WAV.
    """
    tag, bits, held = WAV_KINDS[kind]
    if samples.dtype.newbyteorder("=") != held or samples.ndim != 1:
        raise ValueError(f"{kind} takes one row of {held}, not {samples.dtype} {samples.shape}")
    length = len(samples) * bits // 8
    if length > _MOST_BYTES:
        raise OutputError(f"a WAV holds at most 4 GiB, not {length:,} bytes", hint="use --dtype int16, or .npy")
    note = made_by.encode("utf-8", "backslashreplace") + b"\0"
    block = bits // 8
    body = _chunk(b"fmt ", struct.pack("<HHIIHH", tag, 1, sample_rate, sample_rate * block, block, bits))
    if tag != 1:
        body += _chunk(b"fact", struct.pack("<I", len(samples)))
    body += _chunk(b"LIST", b"INFO" + _chunk(b"ISFT", note)) + b"data" + struct.pack("<I", length)
    size = 4 + len(body) + length + length % 2

    def encode(stream: BinaryIO) -> None:
        stream.write(b"RIFF" + struct.pack("<I", size) + b"WAVE" + body)
        for start in range(0, len(samples), BLOCK):
            stream.write(_laid_out(samples[start : start + BLOCK], kind))
        stream.write(bytes(length % 2))

    return encode


def _chunk(name: bytes, content: bytes) -> bytes:
    return name + struct.pack("<I", len(content)) + content + bytes(len(content) % 2)


def _laid_out(samples: npt.NDArray[Any], kind: str) -> bytes:
    if kind == "PCM_U8":  # counted from 0
        return (samples.view(np.uint8) ^ 128).tobytes()
    least_first = samples.astype(samples.dtype.newbyteorder("<"), copy=False)
    if kind == "PCM_24":
        return np.ascontiguousarray(least_first).view(np.uint8).reshape(-1, 4)[:, :3].tobytes()
    return least_first.tobytes()


def wav_made_by_cnnkit(path: Path) -> bool:
    """Whether the file says that cnnkit made it: a note before the samples, so that little is read."""
    try:
        with path.open("rb") as stream:
            head = stream.read(12)
            if head[:4] != b"RIFF" or head[8:] != b"WAVE":
                return False
            while len(head := stream.read(8)) == 8:
                name, length = struct.unpack("<4sI", head)
                if name == b"data":
                    return False
                if name == b"LIST":
                    content = stream.read(min(length, _LONGEST_LIST))  # name INFO, name ISFT, 4 bytes its length
                    return content[:8] == b"INFOISFT" and content[12:].startswith(b"made by cnnkit ")
                stream.seek(length + length % 2, 1)
    except OSError:
        pass
    return False
