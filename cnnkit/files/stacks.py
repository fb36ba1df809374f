"""The files that a stack of layers may name: images and sounds as its input, texts of layers.

Only the headers of images and sounds are read. Standard library only, for the usual formats.
"""

from __future__ import annotations

import os
from pathlib import Path

from cnnkit.errors import ArgumentError, InputError
from cnnkit.files.reading import decoded, is_zarr, open_file, open_image
from cnnkit.files.recognition import HEAD_BYTES, UNKNOWN, recognise
from cnnkit.geometry.pair import LARGEST, too_large
from cnnkit.network.notation.word import MOST_CHARACTERS
from cnnkit.network.volume import Volume, Waveform

SOUND_ENDINGS = frozenset(
    (".wav", ".wave", ".flac", ".mp3", ".ogg", ".oga", ".opus", ".aif", ".aiff", ".aifc", ".au", ".caf", ".w64")
)
"""Names of sounds, for those that have something else before their first bytes."""


class StackFiles:
    """The user's files, for ``network.notation.expansion.read_stack``; `notes` say what was left out or mixed."""

    def __init__(self) -> None:
        self.notes: list[str] = []

    def has(self, name: str) -> bool:
        """Whether there is a file of this name."""
        try:
            return is_zarr(name) or (os.path.exists(name) and not os.path.isdir(name))  # a named pipe is one
        except ValueError:  # a null character in it
            return False

    def shape_of(self, name: str, layout: str = "") -> Volume | Waveform:
        """The shape of an image or array, upright, or the samples and rate of each channel of a sound.

        In the layout chw the first of the three axes of an array is its depth; an image knows its own.
        """
        try:
            with open_image(Path(name)) as stream:
                head = stream.read(HEAD_BYTES)
                stream.seek(0)
                if _is_sound(name, head):
                    from cnnkit.files.sounds.header import read_header

                    header = read_header(stream).of_channel("mix")
                    self.notes += [f"{name}: {note}" for note in header.notes]
                    return Waveform(header.samples, header.sample_rate)
                from cnnkit.files.images.header import read_size

                size = read_size(stream, layout)
                if max(size) > LARGEST:
                    error = too_large("size", max(size))
                    raise InputError(error.problem, error.hint)
                return Volume(*size)
        except InputError as error:
            is_text = error.problem == "this is a text file, not an image"
            hint = f"{error.hint}; if it holds the words of a stack, @{name}" if is_text else error.hint
            raise InputError(f"{name}: {error.problem}", hint) from None

    def text_of(self, name: str) -> str:
        """The content of a text file of layers."""
        most_bytes = 4 * MOST_CHARACTERS  # a character of UTF-8 has at most 4
        try:
            with open_file(Path(name), most_bytes + 1) as stream:
                content = stream.read(most_bytes + 1)
        except InputError as error:
            raise InputError(f"{name}: {error.problem}", error.hint) from None
        if len(content) > most_bytes:
            raise ArgumentError(f"{name}: this file is too long", hint=f"the limit is {MOST_CHARACTERS:,} characters")
        text = decoded(content)
        if text is None:
            raise InputError(f"{name}: this is not a text", hint="write one layer a line, in UTF-8")
        return text


def _is_sound(name: str, head: bytes) -> bool:
    """Whether it is read as a sound, if only to say what kind of sound cannot be read."""
    found = recognise(head)
    named = os.path.splitext(name)[1].lower() in SOUND_ENDINGS
    return found.kind in ("sound", "unreadable") or (found is UNKNOWN and named)
