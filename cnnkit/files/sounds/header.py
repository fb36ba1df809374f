"""How long a sound is, from the header of its file and its size: nothing is decoded, where that can be.

The usual formats are read with the standard library, so that ``cnnkit mfcc --print-shape`` starts at once; compressed
ones are left to libsndfile, and a sound that does not say its length is decoded once to be counted. A header that
promises more than the file holds is an error. What stands before a sound and behind it is passed over, and sounds that
were joined are one sound: what is computed is what was counted here.
"""

from __future__ import annotations

import os
from importlib import import_module
from typing import BinaryIO, NamedTuple

from cnnkit.data.channels import channel_index, mixing_notes
from cnnkit.errors import InputError
from cnnkit.files.recognition import not_a_sound_error
from cnnkit.files.sounds.faults import ends_early, no_samples, unknown_format
from cnnkit.files.sounds.stored import Part
from cnnkit.files.sounds.tags import BLANKS, SEARCHED_BYTES, end_of_sound, find_sound
from cnnkit.files.sounds.view import View
from cnnkit.geometry.pair import counted
from cnnkit.geometry.resampling import check_rates, resampled_count

MOST_SAMPLES_PER_BYTE = 8192
"""A frame of FLAC has at most 65,535 samples and at least 11 bytes, a packet of Opus 5760 and 2 with its length."""

_READERS = {
    **dict.fromkeys(("wav", "w64", "aiff", "caf", "svx"), "containers.read_chunked"),
    "au": "containers.read_au",
    "htk": "containers.read_htk",
    "nist": "containers.read_nist",
    "flac": "flac.read_flac",
    "mp3": "mp3.read_mp3",
    "ogg": "ogg.read_ogg",
}
"""Where the reader of each container is: one is loaded, when it is needed."""


class SoundHeader(NamedTuple):
    """What a file says about its sound."""

    samples: int  # of each channel
    sample_rate: int  # in hertz
    channels: int
    parts: tuple[Part, ...] = ()  # one after the other
    notes: tuple[str, ...] = ()  # what of the file is left out, and mixed

    def of_channel(self, channel: str | None) -> SoundHeader:
        """The same, with a note where the channels are mixed."""
        return self._replace(notes=self.notes + mixing_notes(channel, self.channels))

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


def read_header(stream: BinaryIO, raw: str | None = None) -> SoundHeader:
    """Read how long a sound is, at which rate and with how many channels.

    The stream may be anywhere, and is left at its beginning. `raw`, the words of ``--raw``, describes samples without a
    header. An InputError if the file is cut off or not a sound.
    """
    notes: list[str] = []
    if raw is None:
        parts = _joined(stream, notes)
    else:
        from cnnkit.files.sounds.raw import read_raw

        parts = [read_raw(raw).part(stream, notes)]
        if find_sound(stream)[0].kind == "sound":
            notes.append("this file has a header, which is read as samples (leave --raw out to have it understood)")
    first = parts[0]
    stream.seek(0)
    samples = sum(part.samples for part in parts)
    if samples < 1 and raw is not None:
        raise InputError(
            f"less than one sample of {raw} is there", hint="check the format, or where the file came from"
        )
    if samples < 1:
        raise no_samples()
    return SoundHeader(samples, first.sample_rate, first.channels, tuple(parts), tuple(notes))


def _joined(stream: BinaryIO, notes: list[str]) -> list[Part]:
    """The sounds of a file that are one after the other and of one kind."""
    parts: list[Part] = []
    place, stop = 0, end_of_sound(stream)
    while True:
        found, begin, skipped = find_sound(stream, place, stop)
        if skipped:
            notes.append(f"{counted(skipped, 'byte')} in front of its first frame left out")
        if found.kind != "sound":
            if not parts:
                raise not_a_sound_error(stream, begin) or unknown_format(stream)
            _note_rest(stream, begin, stop, notes)
            break
        module, _, reader = _READERS.get(found.name, "containers.read_other").partition(".")
        part, place = getattr(import_module(f"cnnkit.files.sounds.{module}"), reader)(stream, begin, stop, notes)
        part = part if part.sample_rate and part.is_measured else _measured(stream, part)
        if not parts or _kind(part) == _kind(parts[0]):
            parts.append(part)
        else:
            what = f"{part.sample_rate:,} Hz, {counted(part.channels, 'channel')}, {part.subtype}"
            notes.append(f"another sound that follows in this file is left out: {what}")
        if place >= stop:
            break
    if len(parts) > 1:
        notes.append(f"{len(parts)} sounds that follow each other in this file are read as one")
    return parts


def _kind(part: Part) -> tuple[int, int, str]:
    return part.sample_rate, part.channels, part.subtype


def _note_rest(stream: BinaryIO, begin: int, stop: int, notes: list[str]) -> None:
    for place in range(begin, stop, SEARCHED_BYTES):
        stream.seek(place)
        if stream.read(min(SEARCHED_BYTES, stop - place)).strip(BLANKS):
            notes.append(f"{counted(stop - begin, 'byte')} after the end of the sound left out")
            return


def _measured(stream: BinaryIO, part: Part) -> Part:
    """A part with what libsndfile says of it."""
    from cnnkit.files.sounds.libsndfile import count_samples, open_sound

    with open_sound(stream, part) as sound:
        samples, n_bytes = part.samples or count_samples(sound), View(stream, part.pieces).seek(0, os.SEEK_END)
        if samples > MOST_SAMPLES_PER_BYTE * n_bytes:
            raise ends_early(stream, samples, f"at most {MOST_SAMPLES_PER_BYTE * n_bytes}", "samples")
        return part._replace(
            sample_rate=sound.samplerate, channels=sound.channels, samples=samples, subtype=sound.subtype
        )
