"""soundfile and libsndfile: the only file that knows them, and turns their errors into ones that help."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any, BinaryIO

import numpy as np
import numpy.typing as npt
import soundfile

from cnnkit.errors import InputError
from cnnkit.files.recognition import not_a_sound_error
from cnnkit.files.silence import silent
from cnnkit.files.sounds.faults import conversion, unknown_format
from cnnkit.files.sounds.stored import Part
from cnnkit.files.sounds.view import View
from cnnkit.interruption import interruptions_wait

PIECE_SAMPLES = 2**16
"""Samples of each channel that are decoded at a time."""

MOST_NUMBERS = 2**20
"""Of all channels together."""

_UNREADABLE = ("unsupported encoding", "unimplemented format", "not supported", "unknown format", "No decoder")
"""What libsndfile says of sounds that are whole, but not for it."""


class OpenSound(soundfile.SoundFile):  # type: ignore[misc]  # it has no types
    """A sound that is decoded once, from its beginning to its end.

    soundfile sets the position anew after each piece of a file that can seek. An MP3 decoder does not come out of that
    with the same bits.
    """

    source: BinaryIO  # the file

    is_measured = True  # whether `frames` is the number of samples

    def seekable(self) -> bool:
        """False: it is only read forwards."""
        return False

    def close(self) -> None:
        """Close the decoder, which may print; the file stays open."""
        with silent():
            super().close()


def open_sound(stream: BinaryIO, part: Part) -> OpenSound:
    """Open a part of a file that holds a sound; an InputError if it is damaged or not a sound."""
    view: Any = View(stream, part.pieces)
    settings: dict[str, Any] = {}
    if part.endian:
        settings = {"samplerate": part.sample_rate, "channels": part.channels, "format": "RAW"}
        settings |= {"subtype": part.subtype, "endian": part.endian}
    try:
        with interruptions_wait(), silent():
            sound = OpenSound(view, "r", **settings)
    except soundfile.LibsndfileError as error:
        raise (not_a_sound_error(stream) or _hidden(view) or _damaged(error, stream)) from None
    sound.source, sound.is_measured = stream, part.is_measured
    return sound


def read_pieces(
    sound: OpenSound, dtype: str, size: int = PIECE_SAMPLES, count: int | None = None
) -> Iterator[npt.NDArray[Any]]:
    """The samples that are left of a sound, `count` at most, in new arrays (samples, channels) of `size` at most.

    `dtype` is int16, int32, float32 or float64. An InputError if the sound is damaged.
    """
    done = 0
    size = max(min(size, MOST_NUMBERS // sound.channels), 1)
    while count is None or done < count:
        piece = np.empty((size if count is None else min(size, count - done), sound.channels), dtype)
        try:
            with interruptions_wait(), silent():
                piece = sound.read(out=piece)
        except soundfile.LibsndfileError as error:
            raise _damaged(error, sound.source) from None
        if not len(piece):
            return
        done += len(piece)
        yield piece


def count_samples(sound: OpenSound) -> int:
    """Samples of each channel, as the file says, or counted by decoding a file that does not say."""
    return int(sound.frames) if sound.is_measured else sum(map(len, read_pieces(sound, "float32")))


def _damaged(error: soundfile.LibsndfileError, stream: BinaryIO) -> InputError:
    if error.code == 1:  # sndfile.h, SF_ERR_UNRECOGNISED_FORMAT
        return unknown_format(stream)
    # Code 7 speaks of a missing file, which this is not.
    reason = "" if error.code == 7 else f" (libsndfile: {error.error_string.rstrip('.')})"
    if any(words in reason for words in _UNREADABLE):
        return InputError(
            f"this sound is stored in a way that cannot be read{reason}", f"convert it: {conversion(stream)}"
        )
    return InputError(
        f"this sound is cut off or damaged{reason}",
        hint=f"get the file again, or try to rescue it: {conversion(stream)}",
    )


def _hidden(view: View) -> InputError | None:
    """The error for an MP3 that libsndfile does not see.

    For a stream without a name, it takes the files below for the other half of a Sound Designer sound, as a Macintosh
    stores one, and looks no further.
    """
    view.seek(0)
    head = view.read(2)
    if head[:1] != b"\xff" and head != b"ID":
        return None
    for name in ("._", ".AppleDouble/"):
        if os.path.exists(name):
            return InputError(
                f"libsndfile cannot read an MP3 in a folder with a file named {name}",
                hint=f"delete {os.path.abspath(name)}, or start from another folder",
            )
    return None
