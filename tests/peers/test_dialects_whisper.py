"""The dialect whisper, against the steps of openai/whisper's log_mel_spectrogram, restated with librosa's mel weights.

Source: whisper/audio.py: a periodic Hann of 400, hop 160, reflected at the ends, the last frame dropped, the square of
the magnitude, librosa.filters.mel(sr=16000, n_fft=400) kept in float32, log10 of at least 1e-10, nothing more than 8
below the clip's largest, (x + 4) / 4.
"""

from __future__ import annotations

from typing import Any

import librosa
import numpy as np
import numpy.typing as npt
import pytest

import cnnkit
from cnnkit.errors import SizeError
from tests.cases.sounds import NAMES, noise, sixteen_bits, sounds, voice

RATE = 16000
Floats = npt.NDArray[np.float64]


def published(sound: Floats, n_mels: int = 80, weights: Any = np.float64) -> Floats:
    frames = np.lib.stride_tricks.sliding_window_view(np.pad(sound, 200, mode="reflect"), 400)[::160]
    frames = frames * (0.5 - 0.5 * np.cos(2 * np.pi * np.arange(400) / 400))
    power = np.abs(np.fft.rfft(frames))[:-1] ** 2
    bands = power @ librosa.filters.mel(sr=RATE, n_fft=400, n_mels=n_mels, dtype=weights).T
    logs = np.log10(np.maximum(bands, 1e-10))
    return np.asarray((np.maximum(logs, logs.max() - 8) + 4) / 4)


def found(sound: npt.NDArray[Any], dtype: str = "float64", **settings: Any) -> Floats:
    return np.asarray(cnnkit.features(sound, RATE, "logmel", dialect="whisper", dtype=dtype, **settings)[:, :, 0])


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("n_mels", [80, 128])
def test_logmel_by_its_own_defaults(name: str, n_mels: int) -> None:
    sound = sounds(RATE, RATE)[name]
    result = found(sound, n_mels=n_mels)
    np.testing.assert_allclose(result, published(sound, n_mels), rtol=0, atol=1e-9)
    np.testing.assert_allclose(result, published(sound, n_mels, np.float32), rtol=0, atol=1e-6)
    assert result.shape == (100, n_mels)


@pytest.mark.parametrize("n_mels", [80, 128])
def test_the_input_of_the_model_in_float32(n_mels: int) -> None:
    for sound in (voice(5 * RATE, RATE), noise(RATE), sounds(RATE, RATE)["quiet"], np.zeros(RATE)):
        single = found(sound.astype(np.float32), "float32", n_mels=n_mels)
        assert single.dtype == np.float32
        expected = published(sound, n_mels, np.float32)
        np.testing.assert_allclose(single, expected, rtol=0, atol=1e-5)


def test_a_clip_padded_to_thirty_seconds_is_3000_frames() -> None:
    sound = np.pad(voice(2 * RATE, RATE), (0, 28 * RATE))
    result = found(sound)
    assert result.shape == (3000, 80)
    np.testing.assert_allclose(result, published(sound), rtol=0, atol=1e-9)


@pytest.mark.parametrize("count", [201, 319, 320, 321, 399, 400, 401, 1601])
def test_short_sounds(count: int) -> None:
    sound = noise(count, seed=count)
    np.testing.assert_allclose(found(sound), published(sound), rtol=0, atol=1e-9)


def test_fewer_samples_than_a_hop_are_refused() -> None:
    assert found(noise(160)).shape == (1, 80)
    with pytest.raises(SizeError, match="159 samples"):
        found(noise(159))


def test_integers_are_brought_to_the_unit_scale() -> None:
    samples = sixteen_bits(voice(5000, RATE))
    np.testing.assert_allclose(found(samples), published(samples / 32768), rtol=0, atol=1e-9)
