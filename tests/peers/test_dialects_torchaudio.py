"""The dialect torchaudio, against librosa with torchaudio's settings, and for odd rates against its published steps.

torchaudio.transforms.MFCC is a Spectrogram of n_fft 400 and hop 200, reflected at the ends, a MelScale of 128 bands on
HTK's scale whose frequencies end at rate // 2, AmplitudeToDB with top_db 80, and 40 terms of an orthonormal DCT. Its
own code is float32. Source: torchaudio/transforms/_transforms.py and functional.melscale_fbanks.
"""

from __future__ import annotations

from typing import Any

import librosa
import numpy as np
import numpy.typing as npt
import pytest
from scipy.fft import dct

import cnnkit
from cnnkit.errors import SizeError
from tests.cases.sounds import NAMES, sounds, voice

pytestmark = pytest.mark.filterwarnings("ignore:Empty filters detected:UserWarning")
Floats = npt.NDArray[np.float64]


def by_librosa(sound: npt.NDArray[Any], rate: int, n_mfcc: int = 40, **fields: Any) -> Floats:
    settings = {"n_fft": 400, "hop_length": 200, "n_mels": 128, "htk": True, "norm": None, "pad_mode": "reflect"}
    bands = librosa.feature.melspectrogram(y=sound, sr=rate, dtype=np.float64, **{**settings, **fields})
    return np.asarray(librosa.feature.mfcc(S=librosa.power_to_db(bands), sr=rate, n_mfcc=n_mfcc)).T


def published(sound: Floats, rate: int, n_fft: int = 400) -> Floats:
    """Its steps in float64, with melscale_fbanks as it is published: the last bin is at rate // 2, whatever n_fft."""
    half = n_fft // 2
    frames = np.lib.stride_tricks.sliding_window_view(np.pad(sound, half, mode="reflect"), n_fft)[::half]
    power = np.abs(np.fft.rfft(frames * (0.5 - 0.5 * np.cos(2 * np.pi * np.arange(n_fft) / n_fft)))) ** 2
    frequencies = np.linspace(0, rate // 2, half + 1)
    mels = np.linspace(0, 2595 * np.log10(1 + (rate // 2) / 700), 130)
    points = 700 * (10 ** (mels / 2595) - 1)
    slopes = points[None, :] - frequencies[:, None]
    steps = np.diff(points)
    weights = np.maximum(0, np.minimum(-slopes[:, :-2] / steps[:-1], slopes[:, 2:] / steps[1:]))
    decibels = 10 * np.log10(np.maximum(power @ weights, 1e-10))
    decibels = np.maximum(decibels, decibels.max() - 80)
    return np.asarray(dct(decibels, type=2, norm="ortho", axis=1)[:, :40])


def found(sound: npt.NDArray[Any], rate: int, dtype: str = "float64", **fields: Any) -> Floats:
    return np.asarray(cnnkit.mfcc(sound, rate, dialect="torchaudio", dtype=dtype, **fields)[:, :, 0])


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("rate", [8000, 16000, 44100])
def test_mfcc_by_its_own_defaults(name: str, rate: int) -> None:
    sound = sounds(rate // 2 + 1, rate)[name]
    expected = by_librosa(sound, rate)
    np.testing.assert_allclose(found(sound, rate), expected, rtol=0, atol=1e-8)
    np.testing.assert_allclose(published(sound, rate), expected, rtol=0, atol=1e-8)
    single = found(sound.astype(np.float32), rate, "float32")
    np.testing.assert_allclose(single, expected, rtol=0, atol=5e-3)


@pytest.mark.parametrize("rate", [11025, 16001, 22051])
def test_odd_rates_end_below_their_half(rate: int) -> None:
    sound = voice(rate, rate)
    expected = published(sound, rate)
    np.testing.assert_allclose(found(sound, rate), expected, rtol=0, atol=1e-8)
    other = found(sound, rate, half_rate="exact")
    assert np.abs(other - expected).max() > 1e-4


@pytest.mark.parametrize("n_fft", [399, 401, 512, 1001])
@pytest.mark.parametrize("rate", [16000, 16001])
def test_another_fft_is_another_frame_and_hop(rate: int, n_fft: int) -> None:
    sound = voice(rate, rate)
    expected = published(sound, rate, n_fft)
    assert len(expected) == 1 + (rate - n_fft % 2) // (n_fft // 2)
    np.testing.assert_allclose(found(sound, rate, n_fft=n_fft), expected, rtol=0, atol=1e-8)


def test_other_values() -> None:
    sound = voice(16001, 16000)
    fields = {"frame_length": 512, "n_fft": 512, "hop_length": 160, "n_mels": 64, "n_mfcc": 13}
    expected = by_librosa(sound, 16000, n_fft=512, hop_length=160, n_mels=64, n_mfcc=13)
    np.testing.assert_allclose(found(sound, 16000, **fields), expected, rtol=0, atol=1e-8)


def test_bands_without_a_bin_are_said_to_exist_or_refused() -> None:
    sound = voice(4000, 16000)
    bands = cnnkit.features(sound, 16000, "mel", dialect="torchaudio", dtype="float64")[:, :, 0]
    empty = (bands == 0).all(axis=0)
    assert 1 < empty.sum() < 64
    logs = cnnkit.features(sound, 16000, "logmel", dialect="torchaudio", dtype="float64", log_range=1000)[:, :, 0]
    np.testing.assert_allclose(logs[:, empty], -100, rtol=1e-14)
    with pytest.raises(SizeError, match="covers no bin"):
        found(sound, 16000, empty_bands="error")
