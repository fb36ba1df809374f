"""Sounds from files, one channel at a time, piece by piece.

Samples are taken as they are stored. PCM, FLAC and ALAC hold whole numbers, and they stay the numbers they are:
8 bits are -128 to 127 (also where the file counts from 0 to 255), 16 bits -32768 to 32767, 24 bits -8388608 to
8388607, and so on. Floats stay floats, in [-1, 1] by convention. What was compressed with loss (MP3, Vorbis, Opus,
mu-law, ADPCM) has no whole numbers to give back and becomes float32 in [-1, 1]. Channels are mixed, and another
sample rate is made, only when asked.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from types import TracebackType
from typing import Any, BinaryIO, NamedTuple

import numpy as np
import numpy.typing as npt

from cnnkit.data.signal import LOOK_BACK, Signal
from cnnkit.errors import InputError
from cnnkit.files.sounds.header import SoundHeader, read_header
from cnnkit.files.sounds.libsndfile import PIECE, OpenSound, open_sound, read_pieces
from cnnkit.files.sounds.resampling import QUALITY, resampled
from cnnkit.geometry.resampling import check_rates, resampled_count


class _Stored(NamedTuple):
    """How a kind of sample is read: as which type, by how many bits libsndfile shifted it up, what then holds it."""

    kind: str
    shift: int
    held: str
    full_scale: float


_STORED = {
    "PCM_S8": _Stored("int16", 8, "int8", 2**7),
    "PCM_U8": _Stored("int16", 8, "int8", 2**7),
    "PCM_16": _Stored("int16", 0, "int16", 2**15),
    "PCM_24": _Stored("int32", 8, "int32", 2**23),
    "PCM_32": _Stored("int32", 0, "int32", 2**31),
    "ALAC_16": _Stored("int16", 0, "int16", 2**15),
    "ALAC_20": _Stored("int32", 12, "int32", 2**19),
    "ALAC_24": _Stored("int32", 8, "int32", 2**23),
    "ALAC_32": _Stored("int32", 0, "int32", 2**31),
    "DOUBLE": _Stored("float64", 0, "float64", 1),
}
_FLOAT = _Stored("float32", 0, "float32", 1)


class Sound:
    """One channel of a sound file, decoded while it is asked for, with the memory of a few pieces.

    It answers as `cnnkit.data.signal.Samples` says; `open_signal` makes it. The stream must stay open meanwhile.

    Attributes
    ----------
    count : int
        Samples there are, at the rate that was asked for.
    sample_rate : int
        In hertz.
    notes : tuple of str
        A mean of channels, another rate.
    full_scale : float
        128, 32768, 8388608 ... for whole numbers of so many bits, 1.0 for floats; resampling keeps it.
    """

    def __init__(self, stream: BinaryIO, header: SoundHeader, channel: int | None, sample_rate: int) -> None:
        self._stream, self._header, self._channel = stream, header, channel
        self.sample_rate = sample_rate
        self.count = resampled_count(header.samples, header.sample_rate, sample_rate)
        self._is_mixed = channel is None and header.channels > 1
        self._is_resampled = sample_rate != header.sample_rate
        self.notes: tuple[str, ...] = ()
        if self._is_mixed:
            self.notes += (f"the mean of {header.channels} channels is used",)
        if self._is_resampled:
            self.notes += (f"resampled from {header.sample_rate:,} to {sample_rate:,} Hz by soxr ({QUALITY})",)
        self._look_back = LOOK_BACK
        self._file: OpenSound | None = None
        self._begin()

    def _begin(self) -> None:
        """Decode from the beginning: the only way to the same samples for every format."""
        self.close()
        self._file = open_sound(self._stream)
        self._format = self._file.format
        self._stored = _STORED.get(self._file.subtype, _FLOAT)
        self.full_scale = float(self._stored.full_scale)
        held = "float64" if self._is_mixed else self._stored.held
        self._held = np.dtype("float32" if self._is_resampled else held)
        pieces = self._rows(self._file)
        if self._is_resampled:
            pieces = resampled(pieces, self._header.sample_rate, self.sample_rate)
        self._pieces = pieces
        self._kept: deque[tuple[int, npt.NDArray[Any]]] = deque()  # by its first sample
        self._decoded = self._furthest = 0

    def _rows(self, file: OpenSound) -> Iterator[npt.NDArray[Any]]:
        """The channel asked for, piece by piece, to the end that the header promises."""
        there = 0
        for piece in read_pieces(file, self._stored.kind, PIECE):
            if self._stored.shift:
                np.right_shift(piece, self._stored.shift, out=piece)
            if self._is_mixed:
                row = piece.mean(axis=1, dtype=np.float64)
            else:
                row = np.ascontiguousarray(piece[:, self._channel or 0]).astype(self._stored.held, copy=False)
            row = row[: self._header.samples - there]
            there += len(row)
            yield row
            if there == self._header.samples:
                return
        raise _cut_off(file.format, there, self._header.samples)

    def between(self, start: int, stop: int) -> npt.NDArray[Any]:
        """The samples from `start` up to, but without, `stop`, as an array of their own.

        Parameters
        ----------
        start, stop : int
            0 <= start <= stop <= count. Rising, no more than LOOK_BACK samples before the furthest `stop` of before,
            or from 0 again. Another order gives the same samples, but the file is decoded anew from its beginning.

        Raises
        ------
        InputError
            If the file turns out to be cut off or damaged.
        """
        if start < (self._kept[0][0] if self._kept else self._decoded):
            if start:  # whoever looks back that far will do so again
                self._look_back = max(self._look_back, 2 * (max(self._furthest, stop) - start))
            self._begin()
        samples = np.empty(stop - start, self._held)
        for first, piece in self._kept:
            _lay(samples, start, first, piece)
        while self._decoded < stop:
            try:
                piece = next(self._pieces)
            except StopIteration:  # it was told before, and is asked again
                raise _cut_off(self._format, self._decoded, self.count) from None
            _lay(samples, start, self._decoded, piece)
            self._kept.append((self._decoded, piece))
            self._decoded += len(piece)
            self._forget(min(stop, self._decoded))
        self._furthest = max(self._furthest, stop)
        self._forget(self._furthest)
        return samples

    def _forget(self, reached: int) -> None:
        while self._kept and self._kept[0][0] + len(self._kept[0][1]) <= reached - self._look_back:
            self._kept.popleft()

    def close(self) -> None:
        """Let go of the decoder; the stream stays open."""
        if self._file is not None:
            self._file.close()

    def __enter__(self) -> Sound:
        """Itself."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close it."""
        self.close()


def _lay(samples: npt.NDArray[Any], start: int, first: int, piece: npt.NDArray[Any]) -> None:
    """Copy what `piece`, whose samples count from `first`, has of `samples`, which count from `start`."""
    begin, end = max(start, first), min(start + len(samples), first + len(piece))
    if begin < end:
        samples[begin - start : end - start] = piece[begin - first : end - first]


def _cut_off(kind: str, there: int, promised: int) -> InputError:
    return InputError(
        f"this {kind} file is cut off: {there} of its {promised} samples could be read",
        hint="get the file again, or keep what is there: ffmpeg -i INPUT song.wav",
    )


def open_signal(stream: BinaryIO, channel: str | None = None, sample_rate: int | None = None) -> Sound:
    """Open one channel of a sound file, to be decoded piece by piece.

    Parameters
    ----------
    stream : binary stream
        With a position that can be set; to be left open, and alone, as long as the sound is read.
    channel : str, optional
        left, right, mix (the mean of all, in float64) or a number from 1; may be left out for a sound of one channel.
    sample_rate : int, optional
        In hertz; the file's own unless said. Another is made by soxr, and samples become float32 on the scale they had.

    Returns
    -------
    Sound
        Integers as the file holds them, or floats.

    Raises
    ------
    InputError
        If it is no sound, is cut off or damaged, has no samples, or has channels and none was chosen.
    ArgumentError
        If the word for the channel is unknown, or the rate is none.
    """
    header = read_header(stream)
    picked = header.pick(channel)
    if sample_rate is not None:
        check_rates(header.sample_rate, sample_rate)
    return Sound(stream, header, picked, header.sample_rate if sample_rate is None else sample_rate)


def read_sound(stream: BinaryIO, channel: str | None = None, sample_rate: int | None = None) -> Signal:
    """Read one channel of a sound file into memory.

    Parameters, returned samples and errors are those of `open_signal`.

    Returns
    -------
    Signal
        At the file's own rate, or the one asked for; integers as the file holds them, or floats.
    """
    with open_signal(stream, channel, sample_rate) as sound:
        return Signal(sound.between(0, sound.count), sound.sample_rate, sound.notes, sound.full_scale)
