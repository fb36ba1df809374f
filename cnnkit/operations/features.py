"""Features of a sound: cut into frames, each frame as numbers that describe its spectrum; and MFCCs, the fewest.

Computed in float64, in blocks of frames, so that memory does not grow with the sound. A frame depends on its own
samples only (and with preemphasis on the one before them), never on what else is computed with it.

Source of the recipe: python_speech_features 0.6 (James Lyons), after Davis and Mermelstein 1980.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from cnnkit.data.dialects import read_recipe
from cnnkit.data.recipe import Layout, Recipe
from cnnkit.data.recipe_fields import whole_number
from cnnkit.data.signal import Signal
from cnnkit.errors import ArgumentError, InputError, SizeError
from cnnkit.geometry.framing import Frames
from cnnkit.geometry.padding import source_index
from cnnkit.operations import melbank

BLOCK = 2**17
"""Samples in a block of frames: some megabytes of spectra, which stay in the processor's cache."""

LOUDEST = 1e100
"""Larger samples are refused: their power, summed over a frame, could overflow."""

SMALLEST = float(np.finfo(np.float64).eps)
"""What a power of 0 becomes before its logarithm. Source: python_speech_features 0.6."""

Floats = npt.NDArray[np.float64]


def features(
    samples: npt.ArrayLike,
    sample_rate: int,
    kind: str = "logmel",
    *,
    dialect: str = "lecture",
    dtype: npt.DTypeLike = "float32",
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
    return run(read_recipe(dialect, kind, **overrides), _signal(samples, sample_rate), dtype)


def mfcc(
    samples: npt.ArrayLike,
    sample_rate: int,
    *,
    dialect: str = "lecture",
    dtype: npt.DTypeLike = "float32",
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
    return run(read_recipe(dialect, "mfcc", **overrides), _signal(samples, sample_rate), dtype)


def run(recipe: Recipe, signal: Signal, dtype: npt.DTypeLike = "float32") -> npt.NDArray[Any]:
    """Compute what `features` returns, of a recipe and a signal that are read already."""
    # Check.
    if str(dtype) not in ("float32", "float64") and dtype not in (np.float32, np.float64):
        raise ArgumentError(f"dtype {dtype!r} is not a type of the result", hint="use float32 or float64")
    _check_finite(signal)

    # Lay out.
    layout = recipe.lay_out(len(signal.samples), signal.sample_rate)
    frames = layout.frames

    # Prepare.
    taper = _taper(recipe.taper, frames.length)
    bands = melbank.bin_bands(layout.edges)
    matrix = melbank.cosine_transform(recipe.n_mels, recipe.n_mfcc) * melbank.lifter(recipe.n_mfcc, recipe.lifter)

    # Allocate.
    out = np.empty(layout.shape, dtype=dtype)

    # Loop.
    if recipe.kind == "waveform":
        with np.errstate(over="ignore"):  # infinite beyond float32, as anywhere
            out[0, :, 0] = signal.samples
        return out
    block = max(1, BLOCK // max(layout.n_fft, frames.hop_length))
    for begin in range(0, frames.count, block):
        end = min(begin + block, frames.count)
        power = _power(_cut(signal.samples, frames, begin, end, recipe.preemphasis), taper, layout)
        out[begin:end, :, 0] = _described(recipe, power, bands, matrix)
    return out


def _described(recipe: Recipe, power: Floats, bands: melbank.Bands, matrix: Floats) -> Floats:
    """Power spectra as the kind of features that is asked for: each goes a step on from the one before it."""
    if recipe.kind == "spectrogram":
        return _logarithms(power)
    logmel = _logarithms(bands.sums(power))
    if recipe.kind == "logmel":
        return logmel
    coefficients = melbank.transform(logmel, matrix)
    if recipe.energy:
        coefficients[:, 0] = _logarithms(power.sum(axis=1))
    return coefficients


def _logarithms(power: Floats) -> Floats:
    power[power == 0] = SMALLEST
    return np.log(power, out=power)


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


def _check_finite(signal: Signal) -> None:
    """Refuse samples that would spoil the frames they are in; a block at a time, to need no copy."""
    samples = signal.samples
    if samples.dtype.kind != "f":
        return
    wrong, loud, first = 0, 0, -1
    for begin in range(0, len(samples), 2**20):
        part = samples[begin : begin + 2**20]
        is_number = np.isfinite(part)
        is_fine = is_number & (np.abs(part) <= np.float64(LOUDEST))
        if not is_fine.all():
            first = first if first >= 0 else begin + int(is_fine.argmin())
            wrong += int((~is_number).sum())
            loud += int((is_number & ~is_fine).sum())
    if wrong or loud:
        what = "NaN or infinite" if wrong else f"beyond {LOUDEST:g}, too large for their power to be a number"
        raise InputError(
            f"{wrong or loud} of {len(samples)} samples are {what}; the first is sample {first}, at"
            f" {first / signal.sample_rate:.3f} s",
            hint="repair the sound, or cut that part out",
        )


def _cut(samples: npt.NDArray[Any], frames: Frames, begin: int, end: int, preemphasis: float) -> Floats:
    """Cut frames `begin` to `end`, (frames, samples), out of the sound after preemphasis."""
    start, stop = frames.start(begin), frames.start(end - 1) + frames.length
    sound = _between(samples, frames, start - 1, stop)
    if start <= min(frames.first, 0):
        sound[0] = 0  # nothing comes before the first sample, which is kept as it is
    sound = sound[1:] - preemphasis * sound[:-1]
    if not frames.rule.pads_before_preemphasis:
        sound[max(frames.samples - start, 0) :] = 0
    return np.lib.stride_tricks.sliding_window_view(sound, frames.length)[:: frames.hop_length]


def _between(samples: npt.NDArray[Any], frames: Frames, start: int, stop: int) -> Floats:
    """The samples from `start` to `stop` as float64, which may lie outside the sound."""
    sound = np.zeros(stop - start)
    known = range(max(start, 0), max(min(stop, frames.samples), start, 0))
    sound[known.start - start : known.stop - start] = samples[known.start : known.stop]
    if not frames.rule.outside.is_constant:
        unknown = [place for place in range(start, stop) if place not in known]
        copied = [source_index(place, frames.samples, frames.rule.outside) for place in unknown]
        sound[np.array(unknown, dtype=np.intp) - start] = samples[copied]
    return sound


def _taper(word: str, length: int) -> Floats | None:
    turn = 2 * np.pi * np.arange(length)
    if word == "hann":
        return np.asarray(0.5 - 0.5 * np.cos(turn / length))
    if word == "hamming":
        return np.asarray(0.54 - 0.46 * np.cos(turn / max(length - 1, 1)))
    return None


def _power(cut: Floats, taper: Floats | None, layout: Layout) -> Floats:
    """The power spectra of frames, (frames, bins), divided by the FFT size."""
    spectra = np.fft.rfft(cut if taper is None else cut * taper, layout.n_fft, axis=1)
    power = np.square(spectra.real)
    power += np.square(spectra.imag)
    power /= layout.n_fft
    return power
