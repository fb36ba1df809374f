"""soundfile and libsndfile: the only file that knows them, and turns their errors into ones that help."""

from __future__ import annotations

from typing import Any, BinaryIO

import numpy.typing as npt
import soundfile

from cnnkit.errors import InputError
from cnnkit.files.recognition import not_a_sound


def open_sound(stream: BinaryIO) -> soundfile.SoundFile:
    """Open a sound, of whatever format its content shows.

    Raises
    ------
    InputError
        If it is no sound, or a damaged one.
    """
    stream.seek(0)
    try:
        return soundfile.SoundFile(_Bytes(stream))
    except soundfile.LibsndfileError as error:
        raise (not_a_sound(stream) or _damaged(error)) from None


def read_samples(sound: soundfile.SoundFile, kind: str) -> npt.NDArray[Any]:
    """All samples of a sound, (samples, channels), as the type `kind`.

    Raises
    ------
    InputError
        If it is damaged.
    """
    try:
        samples: npt.NDArray[Any] = sound.read(sound.frames, dtype=kind, always_2d=True)
    except soundfile.LibsndfileError as error:
        raise _damaged(error) from None
    return samples


def _damaged(error: soundfile.LibsndfileError) -> InputError:
    if error.code == 1:  # sndfile.h, SF_ERR_UNRECOGNISED_FORMAT
        return InputError(
            "this is not a sound of any format that can be read", hint="convert it: ffmpeg -i INPUT song.wav"
        )
    # Code 7 speaks of a missing file, which this is not.
    reason = "" if error.code == 7 else f" (libsndfile: {error.error_string.rstrip('.')})"
    return InputError(
        f"this sound is cut off or damaged{reason}",
        hint="get the file again, or try to rescue it: ffmpeg -i INPUT song.wav",
    )


class _Bytes:
    """A stream for libsndfile, which looks before the beginning of a damaged file.

    An error raised where it calls back could not be caught, and would print a traceback.
    """

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self.read, self.tell = stream.read, stream.tell

    def seek(self, offset: int, whence: int = 0) -> int:
        """Move as asked, or stay where that cannot be."""
        try:
            return self._stream.seek(offset, whence)
        except (OSError, ValueError):
            return self._stream.tell()
