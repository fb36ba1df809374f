"""Sounds from files, one channel at a time, piece by piece.

Samples are taken as they are stored. PCM, FLAC and ALAC hold whole numbers, and they stay the numbers they are:
8 bits are -128 to 127 (also where the file counts from 0 to 255), 16 bits -32768 to 32767, 24 bits -8388608 to
8388607, and so on. Floats stay floats, in [-1, 1] by convention. What was compressed with loss (MP3, Vorbis, Opus,
mu-law, ADPCM) has no whole numbers to give back and becomes float32 in [-1, 1]. Several channels are mixed unless one
is chosen, or all: their mean is float64 on the scale of the samples, not rounded. Another sample rate is made only on
request.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from typing import Any, BinaryIO, NamedTuple

import numpy as np
import numpy.typing as npt

from cnnkit.data.channels import channel_index
from cnnkit.data.signal import LOOK_BACK_SAMPLES
from cnnkit.errors import InputError
from cnnkit.files.sounds.faults import conversion
from cnnkit.files.sounds.header import SoundHeader, read_header
from cnnkit.files.sounds.libsndfile import PIECE_SAMPLES, OpenSound, open_sound, read_pieces
from cnnkit.files.sounds.resampling import QUALITY, resampled
from cnnkit.geometry.resampling import check_rates, resampled_count


class _Stored(NamedTuple):
    """How samples of a libsndfile subtype are read."""

    decoded: str  # the dtype libsndfile is asked for
    shift: int  # bits by which libsndfile then has shifted them up
    dtype: str  # the dtype that holds them without the shift
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


class SignalReader:
    """One channel of a sound file, or all, decoded as it is read, with the memory of a few pieces.

    It answers as `cnnkit.data.signal.Samples` says; `open_signal` makes it. The stream must stay open meanwhile.
    """

    def __init__(self, stream: BinaryIO, header: SoundHeader, channel: int | slice | None, sample_rate: int) -> None:
        self._stream, self._header, self._channel = stream, header, channel
        self.channels = header.channels if isinstance(channel, slice) else 1
        self.sample_rate = sample_rate
        self.count = resampled_count(header.samples, header.sample_rate, sample_rate)
        self._is_mixed = channel is None and header.channels > 1
        self._is_resampled = sample_rate != header.sample_rate
        self.notes = header.notes
        if self._is_resampled:
            self.notes += (f"resampled from {header.sample_rate:,} to {sample_rate:,} Hz by soxr ({QUALITY})",)
        self._look_back = LOOK_BACK_SAMPLES
        self._file: OpenSound | None = None
        self._begin()

    @property
    def sizes(self) -> tuple[int, int, int]:
        """Number of samples, sample rate and number of channels, as of `SoundHeader.sizes`."""
        return self.count, self.sample_rate, self.channels

    def _begin(self) -> None:
        """Decode from the beginning: the only way to the same samples for every format."""
        self.close()
        self._stored = _STORED.get(self._header.parts[0].subtype, _FLOAT)
        self.full_scale = float(self._stored.full_scale)
        dtype = "float64" if self._is_mixed else self._stored.dtype
        self._dtype = np.dtype("float32" if self._is_resampled else dtype)
        pieces = self._rows()
        if self._is_resampled:
            pieces = resampled(pieces, self._header.sample_rate, self.sample_rate, self.channels)
        self._pieces = pieces
        self._cached: deque[tuple[int, npt.NDArray[Any]]] = deque()  # the number of its first sample, a piece
        self._decoded = self._furthest = 0

    def _rows(self) -> Iterator[npt.NDArray[Any]]:
        """The samples of the channel, piece by piece, to the end that the header promises."""
        for part in self._header.parts:
            self.close()
            self._file = open_sound(self._stream, part)
            done = 0
            for piece in read_pieces(self._file, self._stored.decoded, PIECE_SAMPLES, part.samples):
                if self._stored.shift:
                    np.right_shift(piece, self._stored.shift, out=piece)
                if self._is_mixed:
                    row = piece.mean(axis=1, dtype=np.float64)
                else:
                    row = np.ascontiguousarray(piece[:, self._channel or 0]).astype(self._stored.dtype, copy=False)
                done += len(row)
                yield row
            if done < part.samples:
                raise self._ends_early(done, part.samples)

    def between(self, start: int, stop: int) -> npt.NDArray[Any]:
        """The samples from `start` up to, but without, `stop`, as an array of its own; 0 <= start <= stop <= count.

        They are (n,), or of all channels (n, channels).

        Cheap if the numbers rise and look back no more than LOOK_BACK_SAMPLES from the furthest `stop`, or begin
        again at 0. Any other order gives the same samples, but decodes the file again from its beginning.
        """
        if start < (self._cached[0][0] if self._cached else self._decoded):
            if start:  # a reader that looks back that far will do so again
                self._look_back = max(self._look_back, 2 * (max(self._furthest, stop) - start))
            self._begin()
        samples = np.empty((stop - start, self.channels)[: 1 + (self.channels > 1)], self._dtype)
        for first, piece in self._cached:
            _copy_overlap(samples, start, piece, first)
        while self._decoded < stop:
            try:
                piece = next(self._pieces)
            except StopIteration:  # the error was raised before, and the caller tries again
                raise self._ends_early(self._decoded, self.count) from None
            _copy_overlap(samples, start, piece, self._decoded)
            self._cached.append((self._decoded, piece))
            self._decoded += len(piece)
            self._forget(min(stop, self._decoded))
        self._furthest = max(self._furthest, stop)
        self._forget(self._furthest)
        return samples

    def _forget(self, reached: int) -> None:
        while self._cached and self._cached[0][0] + len(self._cached[0][1]) <= reached - self._look_back:
            self._cached.popleft()

    def _ends_early(self, present: int, promised: int) -> InputError:
        return InputError(
            f"this sound is cut off: {present} of its {promised} samples could be read",
            hint=f"get the file again, or keep what is there: {conversion(self._stream)}",
        )

    def close(self) -> None:
        """Close the decoder; the stream stays open."""
        if self._file is not None:
            self._file.close()

    def __enter__(self) -> SignalReader:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()


def _copy_overlap(samples: npt.NDArray[Any], start: int, piece: npt.NDArray[Any], first: int) -> None:
    """Copy into `samples`, which begin at number `start`, those of `piece`, which begins at number `first`."""
    begin, end = max(start, first), min(start + len(samples), first + len(piece))
    if begin < end:
        samples[begin - start : end - start] = piece[begin - first : end - first]


def open_signal(
    stream: BinaryIO, channel: str | None = None, sample_rate: int | None = None, raw: str | None = None
) -> SignalReader:
    """Open one channel of a sound file, to be decoded piece by piece while the stream stays open and is left alone.

    The channel is left, right, mix (the mean of all, in float64), all or a number from 1; without one, several are
    mixed. A sample rate in hertz other than the file's is made by soxr, in float32 on the scale of the samples.
    `raw`, the words of ``--raw``, describes samples without a header. Raises an InputError for a damaged sound or a
    channel it does not have, an ArgumentError for a wrong word or rate.
    """
    header = read_header(stream, raw).of_channel(channel)
    index = channel_index(channel, header.channels)
    if sample_rate is not None:
        check_rates(header.sample_rate, sample_rate)
    return SignalReader(stream, header, index, header.sample_rate if sample_rate is None else sample_rate)
