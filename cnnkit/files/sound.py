"""Sounds from files, one channel at a time.

Samples are taken as they are stored. PCM, FLAC and ALAC hold whole numbers, and they stay the numbers they are:
8 bits are -128 to 127 (also where the file counts from 0 to 255), 16 bits -32768 to 32767, 24 bits -8388608 to
8388607, and so on. Floats stay floats, in [-1, 1] by convention. What was compressed with loss (MP3, Vorbis, Opus,
mu-law, ADPCM) has no whole numbers to give back and becomes float32 in [-1, 1]. Nothing is resampled, and channels
are mixed only when asked.
"""

from __future__ import annotations

from typing import BinaryIO

import numpy as np

from cnnkit.data.signal import Signal
from cnnkit.errors import InputError
from cnnkit.files.libsndfile import open_sound, read_samples
from cnnkit.files.sound_header import read_header

_STORED = {
    "PCM_S8": ("int16", 8, "int8"),
    "PCM_U8": ("int16", 8, "int8"),
    "PCM_16": ("int16", 0, "int16"),
    "PCM_24": ("int32", 8, "int32"),
    "PCM_32": ("int32", 0, "int32"),
    "ALAC_16": ("int16", 0, "int16"),
    "ALAC_20": ("int32", 12, "int32"),
    "ALAC_24": ("int32", 8, "int32"),
    "ALAC_32": ("int32", 0, "int32"),
    "DOUBLE": ("float64", 0, "float64"),
}
"""How each kind of sample is read: as which type, by how many bits libsndfile shifted it up, which type holds it."""


def read_sound(stream: BinaryIO, channel: str | None = None) -> Signal:
    """Read one channel of a sound file.

    Parameters
    ----------
    stream : binary stream
        With a position that can be set.
    channel : str, optional
        left, right, mix (the mean of all, in float64) or a number from 1; may be left out for a sound of one channel.

    Returns
    -------
    Signal
        At the file's own rate; integers as the file holds them, or floats.

    Raises
    ------
    InputError
        If it is no sound, is cut off or damaged, has no samples, or has channels and none was chosen.
    ArgumentError
        If the word for the channel is unknown.
    """
    header = read_header(stream)
    picked = header.pick(channel)
    with open_sound(stream) as sound:
        kind, shift, held = _STORED.get(sound.subtype, ("float32", 0, "float32"))
        samples = read_samples(sound, kind)
        if len(samples) < header.samples:
            raise InputError(
                f"this {sound.format} file is cut off: {len(samples)} of its {header.samples} samples could be read",
                hint="get the file again, or keep what is there: ffmpeg -i INPUT song.wav",
            )
    notes: tuple[str, ...] = ()
    if shift:
        samples >>= shift
    if picked is None and header.channels > 1:
        row = samples.mean(axis=1, dtype=np.float64)
        notes += (f"the mean of {header.channels} channels is used",)
    else:
        row = np.ascontiguousarray(samples[:, picked or 0])
    return Signal(row.astype(held, copy=False) if shift and row.dtype.kind == "i" else row, header.sample_rate, notes)
