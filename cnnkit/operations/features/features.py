"""Features of a sound: cut into frames, each frame as numbers that describe its spectrum; and MFCCs, the fewest.

A frame depends on its own samples only (and with preemphasis over the sound on the one before them), never on what
else is computed with it, unless its recipe bounds logarithms by the largest of the whole sound.

Source of MFCCs: Davis and Mermelstein 1980; of the dialects: `cnnkit.data.recipes.dialects`.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from cnnkit.data.recipes.fields import whole_number
from cnnkit.data.recipes.finish import plan_sound, read_settings
from cnnkit.data.signal import Signal
from cnnkit.errors import ArgumentError, SizeError
from cnnkit.operations.features.blocks import compute_features
from cnnkit.operations.features.segments import finished_features


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
        One channel. Integers as they are, floats in [-1, 1]; dialects that work on another scale bring them to it.
    sample_rate : int
        In hertz.
    kind : {"logmel", "mfcc", "mel", "spectrogram", "waveform"}
        ``spectrogram`` is the logarithm of every bin of each frame's spectrum, from 0 Hz to half the rate; ``mel`` the
        sum of the spectrum under each mel band, ``logmel`` the logarithm of that; ``mfcc`` what `mfcc` gives. Which
        logarithm, and what it makes of 0, is the dialect's. ``waveform`` is the samples themselves, in one row.
    dialect : str
        Whose recipe: lecture, psf, librosa, torchaudio, kaldi, htk, tf or whisper; docs/dialects.md compares them.
    dtype : {"float32", "float64"}
        Type of the result. Everything is computed in float64 for the second, and for the first if the recipe's
        precision says so, as psf's does.
    threads : int, optional
        Threads to use; one per core by default. The result is the same to the bit.
    **overrides
        Any setting of `cnnkit.data.recipes.fields.FIELDS`: of the recipe (n_mels, hop_length, taper ...) and of what
        follows it (deltas, cmvn, length, fit, segment, layout). Those of steps after `kind` change nothing.

    Returns
    -------
    ndarray, (frames, columns, 1) unless finished otherwise
        Columns are the n_fft / 2 + 1 bins of a spectrogram, the n_mels bands of a logmel, the n_mfcc coefficients.
        A waveform is (1, n, 1), so that a kernel of one row lies along time.

    Raises
    ------
    ArgumentError
        If a setting is wrong for every sound, or the samples are not one row of real numbers.
    SizeError
        If the recipe does not fit this sound: no samples, a band edge above half its rate, a band without an FFT bin.
    InputError
        If samples are NaN or infinite.

    Notes
    -----
    Source: the systems the dialects are named after; python_speech_features' ``logfbank`` is psf's ``logmel``,
    ``librosa.power_to_db(librosa.feature.melspectrogram(y=y, sr=sr))`` librosa's.

    Examples
    --------
    >>> tone = np.sin(2 * np.pi * 440 * np.arange(51200) / 22050)
    >>> features(tone, 22050).shape, features(tone, 22050, "spectrogram").shape
    ((100, 26, 1), (100, 1025, 1))
    >>> int(features(tone, 22050, "spectrogram")[50, :, 0].argmax()), round(440 * 2048 / 22050)
    (41, 41)
    """
    return _computed(samples, sample_rate, kind, dialect, dtype, threads, overrides)


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
        One channel. Integers as they are, floats in [-1, 1]; dialects that work on another scale bring them to it.
    sample_rate : int
        In hertz.
    dialect : str
        Whose recipe: lecture, psf, librosa, torchaudio, kaldi, htk, tf or whisper; docs/dialects.md compares them.
    dtype : {"float32", "float64"}
        Type of the result. Everything is computed in float64 for the second, and for the first if the recipe's
        precision says so, as psf's does.
    threads : int, optional
        Threads to use; one per core by default. The result is the same to the bit.
    **overrides
        Any setting of `cnnkit.data.recipes.fields.FIELDS`: of the recipe (n_mels, hop_length, taper ...) and of what
        follows it (deltas, cmvn, length, fit, segment, layout).

    Returns
    -------
    ndarray, (frames, coefficients, 1) unless finished otherwise
        In the lecture's dialect coefficient 0 is the natural logarithm of the frame's power, unless ``energy=False``.

    Raises
    ------
    ArgumentError
        If a setting is wrong for every sound, or the samples are not one row of real numbers.
    SizeError
        If the recipe does not fit this sound: no samples, a band edge above half its rate, a band without an FFT bin.
    InputError
        If samples are NaN or infinite.

    Notes
    -----
    Source: the systems the dialects are named after; docs/dialects.md has how closely each is met. psf's float64 result
    to 1e-9: but it cuts frames that are longer than its FFT of 512 samples, where this takes the next power of two.

    Examples
    --------
    >>> tone = np.sin(2 * np.pi * 440 * np.arange(51200) / 22050)
    >>> mfcc(tone, 22050).shape
    (100, 13, 1)
    >>> mfcc(tone, 22050, dialect="psf", n_mfcc=20).shape, mfcc(tone, 22050, dialect="librosa").shape
    ((231, 20, 1), (101, 20, 1))
    >>> mfcc(tone, 22050, segment="1s", deltas="channels", layout="nchw").shape
    (3, 3, 44, 13)
    """
    return _computed(samples, sample_rate, "mfcc", dialect, dtype, threads, overrides)


def _computed(
    samples: npt.ArrayLike,
    sample_rate: int,
    kind: str,
    dialect: str,
    dtype: npt.DTypeLike,
    threads: int | None,
    settings: dict[str, Any],
) -> npt.NDArray[Any]:
    recipe, finish = read_settings(dialect, kind, settings)
    signal = Signal(_one_row(samples), whole_number("sample_rate", sample_rate))
    plan = plan_sound(recipe, finish, signal.count, signal.sample_rate)
    return finished_features(plan, signal, lambda sound: compute_features(plan.features, sound, dtype, threads))


def _row_of(shape: tuple[int, ...]) -> str:
    """How one row of samples is got from an array of this shape, in which the channels are fewer than the samples."""
    if len(shape) != 2:
        return "give the samples of one channel, of shape (n,)"
    is_first = shape[0] < shape[1]
    one = "samples[0]" if is_first else "samples[:, 0]"
    if 1 in shape:
        return f"give {one}"
    return f"choose a channel, as in {one}, or mix them: samples.mean(axis={0 if is_first else 1})"


def _one_row(samples: npt.ArrayLike) -> npt.NDArray[Any]:
    try:
        row = np.asarray(samples)
    except ValueError:
        raise ArgumentError("the samples are ragged: rows differ in length", hint="give one row of numbers") from None
    if row.ndim != 1:
        raise ArgumentError(
            f"a sound of one channel has 1 dimension, not {row.ndim}: the shape is {row.shape}", hint=_row_of(row.shape)
        )
    if row.size == 0:
        raise SizeError("the sound has no samples", hint="give a sound of at least 1 sample")
    if row.dtype.kind not in "buif":
        raise ArgumentError(f"samples of type {row.dtype} are not real numbers", hint="give integers or floats")
    return row
