"""Features of a sound: cut into frames, each frame as numbers that describe its spectrum; and MFCCs, the fewest.

A frame depends on its own samples only (and with preemphasis over the sound on the one before them), never on what
else is computed with it, unless its recipe bounds logarithms by the largest of the whole sound.

Source of MFCCs: Davis and Mermelstein 1980; of the dialects: `cnnkit.data.recipes.dialects`.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from cnnkit import arrays
from cnnkit.data.channels import channel_index
from cnnkit.data.recipes.fields import whole_number
from cnnkit.data.recipes.finish import plan_sound, read_settings
from cnnkit.data.rows import Rows
from cnnkit.data.signal import MOST_FLOAT, TO_FULL_SCALE, Signal
from cnnkit.errors import ArgumentError, SizeError
from cnnkit.operations.features.blocks import silent_frame, works_of
from cnnkit.operations.features.segments import finished_features

MOST_WHOLE = 2.0**15
"""Whole numbers beyond have another scale than 16 bits: they are of 24."""


def features(
    samples: npt.ArrayLike,
    sample_rate: int,
    kind: str = "logmel",
    *,
    channel: str | int | None = None,
    dialect: str = "lecture",
    dtype: npt.DTypeLike = "float32",
    threads: int | None = None,
    **overrides: Any,
) -> npt.NDArray[Any]:
    """A sound as an image for convolution and pooling: time down the rows, frequency across the columns.

    Parameters
    ----------
    samples : array_like, (n,) or (n, channels)
        Integers as they are, floats in [-1, 1]; dialects that work on another scale bring them to it.
    sample_rate : int
        In hertz.
    kind : {"logmel", "mfcc", "mel", "spectrogram", "waveform"}
        ``spectrogram`` is the logarithm of every bin of each frame's spectrum, from 0 Hz to half the rate; ``mel`` the
        sum of the spectrum under each mel band, ``logmel`` the logarithm of that; ``mfcc`` what `mfcc` gives. Which
        logarithm, and what it makes of 0, is the dialect's. ``waveform`` is the samples themselves, in one row.
    channel : {"left", "right", "mix", "all"} or int, optional
        Which channel: mix is the mean, all is each as depth, numbers count from 1. Needed if there are several.
    dialect : str
        Whose recipe: lecture, psf, librosa, torchaudio, kaldi, htk, tf, whisper, vggish, yamnet, ast or
        speech-commands; docs/dialects.md compares them. The last five are for sounds of 16000 Hz.
    dtype : {"float32", "float64"}
        Type of the result. Everything is computed in float64 for the second, and for the first if the recipe's
        precision says so, as psf's does.
    threads : int, optional
        Threads to use; one per core by default. The result is the same to the bit.
    **overrides
        Any setting of `cnnkit.data.recipes.fields.FIELDS`: of the recipe (n_mels, hop_length, taper ...) and of what
        follows it (duration, segment, cmvn, deltas, length, layout ...). Those of steps after `kind` change nothing.

    Returns
    -------
    ndarray, (frames, columns, 1) unless finished otherwise
        Columns are the n_fft / 2 + 1 bins of a spectrogram, the n_mels bands of a logmel, the n_mfcc coefficients.
        A waveform is (1, n, 1), so that a kernel of one row lies along time.

    Raises
    ------
    ArgumentError
        If a setting is wrong for every sound, or samples are not real numbers, of one channel or several, on its scale.
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
    return _computed(samples, sample_rate, kind, channel, dialect, dtype, threads, overrides)


def mfcc(
    samples: npt.ArrayLike,
    sample_rate: int,
    *,
    channel: str | int | None = None,
    dialect: str = "lecture",
    dtype: npt.DTypeLike = "float32",
    threads: int | None = None,
    **overrides: Any,
) -> npt.NDArray[Any]:
    """Mel-frequency cepstral coefficients of a sound, shaped as input of a CNN.

    Parameters
    ----------
    samples : array_like, (n,) or (n, channels)
        Integers as they are, floats in [-1, 1]; dialects that work on another scale bring them to it.
    sample_rate : int
        In hertz.
    channel : {"left", "right", "mix", "all"} or int, optional
        Which channel: mix is the mean, all is each as depth, numbers count from 1. Needed if there are several.
    dialect : str
        Whose recipe: lecture, psf, librosa, torchaudio, kaldi, htk, tf, whisper, vggish, yamnet, ast or
        speech-commands; docs/dialects.md compares them. The last five are for sounds of 16000 Hz.
    dtype : {"float32", "float64"}
        Type of the result. Everything is computed in float64 for the second, and for the first if the recipe's
        precision says so, as psf's does.
    threads : int, optional
        Threads to use; one per core by default. The result is the same to the bit.
    **overrides
        Any setting of `cnnkit.data.recipes.fields.FIELDS`: of the recipe (n_mels, hop_length, taper ...) and of what
        follows it (duration, segment, cmvn, deltas, length, layout ...).

    Returns
    -------
    ndarray, (frames, coefficients, 1) unless finished otherwise
        In the lecture's dialect coefficient 0 is the natural logarithm of the frame's power, unless ``energy=False``.

    Raises
    ------
    ArgumentError
        If a setting is wrong for every sound, or samples are not real numbers, of one channel or several, on its scale.
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
    >>> mfcc(tone, 22050, segment="1s", deltas="channels", layout="nctf").shape
    (3, 3, 44, 13)
    """
    return _computed(samples, sample_rate, "mfcc", channel, dialect, dtype, threads, overrides)


def _computed(
    samples: npt.ArrayLike,
    sample_rate: int,
    kind: str,
    channel: str | int | None,
    dialect: str,
    dtype: npt.DTypeLike,
    threads: int | None,
    settings: dict[str, Any],
) -> npt.NDArray[Any]:
    recipe, finish = read_settings(dialect, kind, settings)
    chosen, full_scale = _of_channel(_samples(samples), channel)
    if recipe.scale != "as-is" and kind != "waveform" and full_scale in (None, 1.0):
        largest = max(-float(chosen.min()), float(chosen.max()))
        if (MOST_FLOAT if chosen.dtype.kind == "f" else MOST_WHOLE) < largest < np.inf:
            raise ArgumentError(
                f"samples reach {largest:.8g}, and dialect {dialect} takes floats in [-1, 1], or 16 bits",
                hint=TO_FULL_SCALE,
            )
    signal = Signal(chosen, whole_number("sample_rate", sample_rate), (), full_scale)
    plan = plan_sound(recipe, finish, signal.count, signal.sample_rate, chosen.size // signal.count)
    return finished_features(
        plan,
        signal,
        lambda sounds: [Rows.of(work.array()) for work in works_of(plan.features, sounds, dtype, threads)],
        lambda sounds: silent_frame(plan.features, sounds, dtype),
    )


def _of_channel(samples: npt.NDArray[Any], channel: str | int | None) -> tuple[npt.NDArray[Any], float | None]:
    """The samples of a channel, (n,), or of all, (n, channels); and their full scale where their type hides it."""
    several = samples.reshape(len(samples), -1)
    if channel is None and several.shape[1] > 1:
        raise ArgumentError(
            f"samples of shape {samples.shape} have {several.shape[1]} channels, and one is needed",
            hint='add channel="left", "right", "mix" (their mean), "all" (as depth) or a number from 1',
        )
    index = channel_index(None if channel is None else str(channel), several.shape[1])
    if index is not None:
        return several[:, index], None
    if samples.dtype.kind != "f" and samples.dtype.str[1:] not in ("i1", "i2"):
        raise ArgumentError(f"the full scale of {samples.dtype} is not known", hint="give int16 or floats to be mixed")
    full_scale = 1.0 if samples.dtype.kind == "f" else -float(np.iinfo(samples.dtype).min)
    return several.mean(axis=1, dtype=np.float64), full_scale


def _samples(samples: npt.ArrayLike) -> npt.NDArray[Any]:
    array = arrays.real(samples, "samples")
    if array.size == 0:
        raise SizeError("the sound has no samples", hint="give a sound of at least 1 sample")
    if array.ndim not in (1, 2) or (array.ndim == 2 and array.shape[0] < array.shape[1]):
        hint = 'give one channel, as in samples[0], or samples.T with channel="mix" or "all"'
        if array.ndim != 2 or len(array) == 1:
            hint = "give one sound" if array.ndim != 2 else "give samples[0]"
        raise ArgumentError(f"samples of shape {array.shape} are neither (n,) nor (n, channels)", hint=hint)
    return array
