"""Features of a sound: cut into frames, each frame as numbers that describe its spectrum; and MFCCs, the fewest.

A frame depends on its own samples only (and with preemphasis over the sound on the one before them), never on what
else is computed with it, unless its recipe holds logarithms within a range below the largest of the whole sound.

Source of MFCCs: Davis and Mermelstein 1980; of the dialects: `cnnkit.data.dialects`.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import numpy.typing as npt

from cnnkit.data.dialects import read_recipe
from cnnkit.data.recipe import Layout, Recipe
from cnnkit.data.recipe_fields import whole_number
from cnnkit.data.signal import Signal
from cnnkit.errors import ArgumentError, SizeError
from cnnkit.loops.bands import run_bands
from cnnkit.loops.features import LOWEST, OVER_SOUND, SCALE, VECTOR_BYTES, Steps, describe_frames, describe_spectra
from cnnkit.operations.feature_tables import tables
from cnnkit.operations.frames import LOUDEST, emphasised, over_sound, read, scale_of, stretch, within

BLOCK = 2**20
"""Samples that are asked for at a time: some megabytes, of which every thread finds work."""

FOURIER_BLOCK = 2**17
"""Samples in a block of frames that NumPy transforms: some megabytes of spectra, which stay in cache."""

STEPS = 8
"""Inner steps for each sample of a frame, by which work is shared among threads."""


def features(
    samples: npt.ArrayLike,
    sample_rate: int,
    kind: str = "logmel",
    *,
    dialect: str = "lecture",
    dtype: npt.DTypeLike = "float32",
    threads: int | None = None,
    **overrides: Any,
) -> npt.NDArray[Any]:
    """A sound as an image for convolution and pooling: time down the rows, frequency across the columns.

    Parameters
    ----------
    samples : array_like, (n,)
        One channel. Integers are taken as they are, whatever their type; floats too.
    sample_rate : int
        In hertz.
    kind : {"logmel", "mfcc", "spectrogram", "waveform"}
        ``spectrogram`` is the natural logarithm of each frame's power spectrum, |X|^2 / n_fft, from 0 Hz to half the
        rate; ``logmel`` that of its power in each mel band; ``mfcc`` what `mfcc` gives. In all three a power of 0
        becomes 2.2e-16. ``waveform`` is the samples themselves, in one row.
    dialect : {"lecture", "psf"}
        Whose recipe, as in `mfcc`.
    dtype : {"float32", "float64"}
        Type of the result.
    **overrides
        Any other field of `cnnkit.data.recipe.Recipe`; those of steps that come after `kind` change nothing.

    Returns
    -------
    ndarray, (frames, columns, 1)
        Columns are the n_fft / 2 + 1 bins of a spectrogram, the n_mels bands of a logmel, the n_mfcc coefficients.
        A waveform is (1, n, 1), so that a kernel of one row lies along time.

    Raises
    ------
    ArgumentError
        If a setting is one that no sound could make right, or the samples are not one row of real numbers.
    SizeError
        If the recipe does not fit this sound: no samples, a band edge above half its rate, a band without an FFT bin.
    InputError
        If samples are NaN or infinite.

    Notes
    -----
    Source: the steps of python_speech_features 0.6 by James Lyons, whose ``logfbank`` is ``logmel``.

    Examples
    --------
    >>> tone = np.sin(2 * np.pi * 440 * np.arange(51200) / 22050)
    >>> features(tone, 22050).shape, features(tone, 22050, "spectrogram").shape
    ((100, 26, 1), (100, 1025, 1))
    >>> int(features(tone, 22050, "spectrogram")[50, :, 0].argmax()), round(440 * 2048 / 22050)
    (41, 41)
    """
    return run(read_recipe(dialect, kind, **overrides), _signal(samples, sample_rate), dtype, threads)


def mfcc(
    samples: npt.ArrayLike,
    sample_rate: int,
    *,
    dialect: str = "lecture",
    dtype: npt.DTypeLike = "float32",
    threads: int | None = None,
    **overrides: Any,
) -> npt.NDArray[Any]:
    """Mel-frequency cepstral coefficients of a sound, shaped as input of a CNN.

    Parameters
    ----------
    samples : array_like, (n,)
        One channel. Integers are taken as they are, whatever their type; floats too.
    sample_rate : int
        In hertz.
    dialect : {"lecture", "psf"}
        Whose recipe: ``lecture`` has frames of 2048 samples, 512 apart, ceil(n / 512) of them; ``psf`` gives what
        ``python_speech_features.mfcc`` gives by its own defaults.
    dtype : {"float32", "float64"}
        Type of the result.
    **overrides
        Any other field of `cnnkit.data.recipe.Recipe`: frame_length, hop_length, n_fft, framing, taper, preemphasis,
        n_mels, fmin, fmax, n_mfcc, lifter, energy.

    Returns
    -------
    ndarray, (frames, coefficients, 1)
        Coefficient 0 is the natural logarithm of the frame's power, unless ``energy=False``.

    Raises
    ------
    ArgumentError
        If a setting is one that no sound could make right, or the samples are not one row of real numbers.
    SizeError
        If the recipe does not fit this sound: no samples, a band edge above half its rate, a band without an FFT bin.
    InputError
        If samples are NaN or infinite.

    Notes
    -----
    Source: python_speech_features 0.6 by James Lyons. Its float64 result is met to 1e-9; it cuts frames that are
    longer than its FFT of 512 samples, where this takes the next power of two.

    Examples
    --------
    >>> tone = np.sin(2 * np.pi * 440 * np.arange(51200) / 22050)
    >>> mfcc(tone, 22050).shape
    (100, 13, 1)
    >>> mfcc(tone, 22050, dialect="psf", n_mfcc=20).shape
    (231, 20, 1)
    """
    return run(read_recipe(dialect, "mfcc", **overrides), _signal(samples, sample_rate), dtype, threads)


def run(
    recipe: Recipe, signal: Signal, dtype: npt.DTypeLike = "float32", threads: int | None = None
) -> npt.NDArray[Any]:
    """Compute what `features` returns, of a recipe and a signal that are read already."""
    work = Work(recipe.lay_out(signal.count, signal.sample_rate), signal, dtype, threads)
    out = np.empty(work.layout.shape[:2], dtype=work.out_kind)
    for _ in work.blocks(out):
        pass
    return out[:, :, None]


class Work:
    """The computation of features, block by block, so that memory need not grow with the sound.

    Parameters
    ----------
    layout : Layout
    signal : Signal
    dtype : {"float32", "float64"}
        Type of the result.
    threads : int or None
        How many threads; None means one for each available processor.

    Raises
    ------
    ArgumentError
        If the type is another one, or the recipe needs to know the full scale of samples of which it is unknown.
    """

    def __init__(self, layout: Layout, signal: Signal, dtype: npt.DTypeLike, threads: int | None) -> None:
        if str(dtype) not in ("float32", "float64") and dtype not in (np.float32, np.float64):
            raise ArgumentError(f"dtype {dtype!r} is not a type of the result", hint="use float32 or float64")
        self.layout = layout
        self.signal = signal
        self.threads = threads
        self.out_kind = np.dtype(dtype)
        kind = self.out_kind if self.out_kind == np.float64 else np.dtype(layout.recipe.precision)
        self._loudest = LOUDEST[kind.name]
        self._tables = tables(layout, kind)
        self._numbers = self._tables.numbers.copy()
        self._numbers[SCALE] = scale_of(layout, signal, signal.between(0, 1).dtype)

    def blocks(self, into: npt.NDArray[Any] | None = None) -> Iterator[tuple[int, npt.NDArray[Any]]]:
        """The rows of the result, some at a time, and which is the first of them.

        Parameters
        ----------
        into : ndarray, (frames, columns), optional
            Where they are computed; fresh arrays otherwise.
        """
        layout = self.layout
        if layout.recipe.kind == "waveform":
            rows = np.empty(layout.shape[:2], self.out_kind) if into is None else into
            with np.errstate(over="ignore"):  # infinite beyond float32, as anywhere
                rows[0] = read(self.signal, 0, self.signal.count, LOUDEST["float64"])
            yield 0, rows
            return
        if layout.recipe.log_range is not None and layout.recipe.kind != "mel":
            self._numbers[LOWEST] = self._largest() - layout.recipe.log_range
        for begin, end in self._parts():
            rows = np.empty((end - begin, layout.shape[1]), self.out_kind) if into is None else into[begin:end]
            self._fill(rows, begin, end)
            yield begin, rows

    def _largest(self) -> float:
        """The largest logarithm of the whole sound."""
        return max(self._fill(None, begin, end) for begin, end in self._parts())

    def _parts(self) -> Iterator[tuple[int, int]]:
        """Runs of frames that are computed at a time: those that reach beyond an end of the sound by themselves."""
        inner, count = within(self.layout), self.layout.frames.count
        frames = max(1, BLOCK // max(self.layout.frames.hop_length, 1))
        for run in (range(inner.start), inner, range(inner.stop, count)):
            for begin in range(run.start, run.stop, frames):
                yield begin, min(begin + frames, run.stop)

    def _fill(self, rows: npt.NDArray[Any] | None, begin: int, end: int) -> float:
        """Compute frames `begin` to `end`; or, without anything to fill, the largest logarithm of them alone."""
        steps = self._tables.steps._replace(frames=end - begin, is_measured=int(rows is None))
        lanes = VECTOR_BYTES // self._numbers.itemsize
        largest = np.full(-(-steps.frames // lanes), -np.inf, self._numbers.dtype)
        out = np.empty(0, self.out_kind) if rows is None else rows.reshape(-1)
        if self._tables.is_in_lanes:
            self._in_lanes(begin, end, steps, largest, out)
        else:
            self._by_numpy(begin, end, steps, largest, out)
        return float(largest.max())

    def _in_lanes(self, begin: int, end: int, steps: Steps, largest: Any, out: Any) -> None:
        t, numbers = self._tables, self._numbers
        part = stretch(self.layout, self.signal, begin, end, self._loudest)
        if part.is_emphasised:
            numbers = numbers.copy()
            numbers[OVER_SOUND] = 0
        lanes = VECTOR_BYTES // numbers.itemsize
        sizes = (
            lanes * steps.laid + steps.length + 1,
            max(self.layout.n_fft, steps.laid) * lanes,
            2 * (steps.bins - 1) * lanes,
            steps.bins * lanes,
            (steps.bands + 1) * lanes,
            (steps.coefficients + 2) * lanes,
        )
        run_bands(
            describe_frames,
            len(largest),
            len(largest) * lanes * self.layout.n_fft * STEPS,
            self.threads,
            part.samples,
            part.origin,
            t.taper,
            t.factors,
            t.turns,
            t.places,
            t.roots,
            t.weights,
            t.firsts,
            t.starts,
            numbers,
            largest,
            out,
            steps,
            scratch=[(size, numbers.dtype) for size in sizes],
        )

    def _by_numpy(self, begin: int, end: int, steps: Steps, largest: Any, out: Any) -> None:
        """The same for sizes that the loops have no transform of."""
        lanes = VECTOR_BYTES // self._numbers.itemsize
        block = max(1, FOURIER_BLOCK // max(self.layout.n_fft, self.layout.frames.hop_length, 1) // lanes) * lanes
        for first in range(begin, end, block):
            last = min(first + block, end)
            spectra, energies = self._spectra(first, last)
            place = (first - begin) * self.layout.shape[1]
            sizes = (steps.bins * lanes, (steps.bands + 1) * lanes, (steps.coefficients + 1) * lanes)
            run_bands(
                describe_spectra,
                -(-(last - first) // lanes),
                spectra.size,
                self.threads,
                spectra,
                energies,
                self._tables.weights,
                self._tables.firsts,
                self._tables.starts,
                self._numbers,
                largest[(first - begin) // lanes :],
                out[place:],
                steps._replace(frames=last - first),
                scratch=[(size, self._numbers.dtype) for size in sizes],
            )

    def _spectra(self, begin: int, end: int) -> tuple[npt.NDArray[Any], npt.NDArray[Any]]:
        """Spectra of frames, one after another, and the energies of the frames; in float64, then rounded."""
        layout, recipe, kind = self.layout, self.layout.recipe, self._numbers.dtype
        frames = layout.frames
        start, stop = frames.start(begin), frames.start(end - 1) + frames.length
        sound = emphasised(layout, self.signal, start, stop, self._loudest) * float(self._numbers[SCALE])
        cut = np.lib.stride_tricks.sliding_window_view(sound, frames.length)[:: frames.hop_length]
        if recipe.remove_mean:
            cut = cut - cut.mean(axis=1, keepdims=True)
        energies = np.square(cut).sum(axis=1)
        if not over_sound(layout) and recipe.preemphasis:
            cut = cut - recipe.preemphasis * np.concatenate([cut[:, :1], cut[:, :-1]], axis=1)
        spectra = np.fft.rfft(cut * self._tables.taper.astype(np.float64), layout.n_fft, axis=1)
        power = np.square(spectra.real) + np.square(spectra.imag)
        if recipe.spectrum == "power/n_fft":
            power /= layout.n_fft
        if recipe.spectrum == "magnitude":
            power = np.sqrt(power)
        return power.reshape(-1).astype(kind), energies.astype(kind)


def _signal(samples: npt.ArrayLike, sample_rate: int) -> Signal:
    return Signal(_one_row(samples), whole_number("sample_rate", sample_rate))


def _one_row(samples: npt.ArrayLike) -> npt.NDArray[Any]:
    try:
        row = np.asarray(samples)
    except ValueError:
        raise ArgumentError("the samples are ragged: rows differ in length", hint="give one row of numbers") from None
    if row.ndim != 1:
        raise ArgumentError(
            f"a sound of one channel has 1 dimension, not {row.ndim}: the shape is {row.shape}",
            hint="choose a channel, as in samples[:, 0], or mix them: samples.mean(axis=1)",
        )
    if row.size == 0:
        raise SizeError("the sound has no samples", hint="give a sound of at least 1 sample")
    if row.dtype.kind not in "buif":
        raise ArgumentError(f"samples of type {row.dtype} are not real numbers", hint="give integers or floats")
    return row
