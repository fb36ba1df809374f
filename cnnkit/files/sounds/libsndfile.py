"""soundfile and libsndfile: the only file that knows them, and turns their errors into ones that help."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import nullcontext
from typing import Any, BinaryIO

import numpy as np
import numpy.typing as npt
import soundfile

from cnnkit.errors import InputError
from cnnkit.files.quiet_stderr import silent_stderr
from cnnkit.files.recognition import not_a_sound_error
from cnnkit.files.sounds.mp3 import Unmeasured, begins_like_mp3, says_its_length
from cnnkit.interruption import interruptions_wait

PIECE_SAMPLES = 2**16
"""Samples of each channel that are decoded at a time."""


class OpenSound(soundfile.SoundFile):  # type: ignore[misc]  # it has no types
    """A sound that is decoded once, from its beginning to its end.

    soundfile sets the position anew after each piece of a file that can seek. An MP3 decoder does not come out of that
    with the same bits.
    """

    is_measured = True  # whether `frames` is the number of samples; not so for an MP3 that does not say it

    def seekable(self) -> bool:
        """False: it is only read forwards."""
        return False


def open_sound(stream: BinaryIO) -> OpenSound:
    """Open a sound of any format, known by its content; an InputError if it is damaged or not a sound."""
    stream.seek(0)
    is_mp3 = begins_like_mp3(stream.read(3))
    is_measured = not is_mp3 or says_its_length(stream)  # before a decoder relies on the stream's position
    stream.seek(0)
    try:
        with interruptions_wait(), silent_stderr() if is_mp3 else nullcontext():
            sound = OpenSound(_Bytes(stream))
            if sound.format == "MP3" and not is_measured:
                sound.close()
                sound = OpenSound(Unmeasured(stream))
                sound.is_measured = False
    except soundfile.LibsndfileError as error:
        raise (not_a_sound_error(stream) or _hidden(stream) or _damaged(error)) from None
    return sound


def read_pieces(sound: OpenSound, dtype: str, size: int = PIECE_SAMPLES) -> Iterator[npt.NDArray[Any]]:
    """The samples that are left of a sound, in new arrays (samples, channels) of at most `size` samples.

    `dtype` is int16, int32, float32 or float64. An InputError if the sound is damaged.
    """
    while True:
        piece = np.empty((size, sound.channels), dtype)
        try:
            with interruptions_wait(), silent_stderr() if sound.format == "MP3" else nullcontext():
                piece = sound.read(out=piece)
        except soundfile.LibsndfileError as error:
            raise _damaged(error) from None
        if not len(piece):
            return
        yield piece
        if len(piece) < size and sound.is_measured:
            return  # read on, a decoder may speak of damage, where "n of m samples could be read" says more


def count_samples(sound: OpenSound) -> int:
    """Samples of each channel, as the file says, or counted by decoding a file that does not say."""
    return sound.frames if sound.is_measured else sum(map(len, read_pieces(sound, "float32")))


def _damaged(error: soundfile.LibsndfileError) -> InputError:
    if error.code == 1:  # sndfile.h, SF_ERR_UNRECOGNISED_FORMAT
        return InputError(
            "this is not a sound in any format that can be read", hint="convert it: ffmpeg -i INPUT song.wav"
        )
    # Code 7 speaks of a missing file, which this is not.
    reason = "" if error.code == 7 else f" (libsndfile: {error.error_string.rstrip('.')})"
    return InputError(
        f"this sound is cut off or damaged{reason}",
        hint="get the file again, or try to rescue it: ffmpeg -i INPUT song.wav",
    )


def _hidden(stream: BinaryIO) -> InputError | None:
    """The error for an MP3 that libsndfile does not see.

    For a stream without a name, it takes the files below for the other half of a Sound Designer sound, as a Macintosh
    stores one, and looks no further.
    """
    stream.seek(0)
    if not begins_like_mp3(stream.read(3)):
        return None
    for name in ("._", ".AppleDouble/"):
        if os.path.exists(name):
            return InputError(
                f"libsndfile cannot read an MP3 in a folder with a file named {name}",
                hint=f"delete {os.path.abspath(name)}, or start from another folder",
            )
    return None


class _Bytes:
    """A stream for libsndfile, which looks before the beginning of a damaged file.

    An error raised where it calls back could not be caught, and would print a traceback.
    """

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self.read, self.tell = stream.read, stream.tell

    def seek(self, offset: int, whence: int = 0) -> int:
        """Move, or stay where that is not possible."""
        try:
            return self._stream.seek(offset, whence)
        except (OSError, ValueError):
            return self._stream.tell()
