"""The dialect tf, against numbers TensorFlow keeps for its own tests, and against tf.signal's published formulas.

The formulas: tf.signal.stft with pad_end, hann_window, linear_to_mel_weight_matrix, log(. + 1e-6) as in the example of
mfccs_from_log_mel_spectrograms, whose DCT is scaled by sqrt(2 / M) in all terms.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

import cnnkit
from tests.cases import tensorflow_numbers as stored
from tests.cases.sounds import NAMES, sixteen_bits, sounds, voice
from tests.reference import features as twin

Floats = npt.NDArray[np.float64]


def published(
    sound: Floats, rate: int, *, length: int = 1024, step: int = 256, bands: int = 20, low: float = 125,
    high: float = 3800, kept: int = 20,
) -> dict[str, Floats]:  # fmt: skip
    """tf.signal's steps in float64: every kind of features."""
    count = -(-len(sound) // step)
    padded = np.pad(sound, (0, max(0, (count - 1) * step + length - len(sound))))
    frames = np.lib.stride_tricks.sliding_window_view(padded, length)[::step][:count]
    size = 1 << (length - 1).bit_length()
    taper = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(length) / length)
    magnitude = np.abs(np.fft.rfft(frames * taper, size))

    def mel(hertz: Any) -> Any:
        return 1127 * np.log(1 + hertz / 700)

    bins = mel(np.linspace(0, rate / 2, size // 2 + 1)[1:])[:, None]
    edges = np.linspace(mel(low), mel(high), bands + 2)
    lower = (bins - edges[:-2]) / (edges[1:-1] - edges[:-2])
    upper = (edges[2:] - bins) / (edges[2:] - edges[1:-1])
    sums = magnitude @ np.pad(np.maximum(0, np.minimum(lower, upper)), ((1, 0), (0, 0)))
    logs = np.log(sums + 1e-6)
    place = np.arange(bands)[:, None] + 0.5
    cosines = 2 * np.cos(np.pi * place * np.arange(kept) / bands)  # tf.signal.dct
    return {"mel": sums, "logmel": logs, "mfcc": logs @ cosines / np.sqrt(2 * bands)}


def found(samples: npt.NDArray[Any], rate: int, kind: str = "mfcc", dtype: str = "float64", **settings: Any) -> Floats:
    return np.asarray(cnnkit.features(samples, rate, kind, dialect="tf", dtype=dtype, **settings)[:, :, 0])


# Numbers TensorFlow keeps.


def test_the_bands_tensorflow_keeps() -> None:
    sound = stored.sound_of(stored.POWER)
    result = found(sound, stored.RATE, "mel", **stored.FRAME, n_mels=20)
    np.testing.assert_allclose(result, [stored.BANDS], rtol=0, atol=1e-8)


def test_those_bands_need_htks_rule_for_the_first_bin() -> None:
    sound = stored.sound_of(stored.POWER)
    result = found(sound, stored.RATE, "mel", **{**stored.FRAME, "mel_bins": "all"}, n_mels=20)
    np.testing.assert_allclose(result[0, 1:], stored.BANDS[1:], rtol=0, atol=1e-8)
    assert result[0, 0] > stored.BANDS[0] + 0.01


def test_the_coefficients_tensorflow_keeps() -> None:
    sound = stored.sound_of(stored.POWER)
    result = found(sound, stored.RATE, **stored.FRAME, **stored.MFCC_LOG)
    np.testing.assert_allclose(result, [stored.MFCC], rtol=0, atol=1e-8)
    single = found(sound, stored.RATE, dtype="float32", **stored.FRAME, **stored.MFCC_LOG)
    np.testing.assert_allclose(single, [stored.MFCC], rtol=0, atol=2e-5)


def test_silence_and_one_bin_as_tensorflow_tests_them() -> None:
    # mfcc_test.cc: no NaN of silence; of a sound in bin 10 of 129 alone, coefficient 1 is the largest.
    assert np.isfinite(found(np.zeros(1024), stored.RATE, **stored.FRAME, **stored.MFCC_LOG)).all()
    power = np.zeros(129)
    power[10] = 1
    settings = {**stored.FRAME, **stored.MFCC_LOG, "frame_length": 256, "fmin": 125, "fmax": 3800, "n_mfcc": 40}
    assert found(stored.sound_of(power), 8000, **settings).argmax() == 1


def test_the_cosine_transform_tensorflow_keeps() -> None:
    terms = [twin.cosine_sum([1, 2, 3, 4, 5, 6], c, "htk") for c in range(6)]
    np.testing.assert_allclose(terms, stored.DCT, rtol=0, atol=1e-10)


# The published formulas.


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("rate", [8000, 16000, 44100])
@pytest.mark.parametrize("kind", ["mel", "logmel", "mfcc"])
def test_by_its_own_defaults(name: str, rate: int, kind: str) -> None:
    sound = sounds(rate + 1, rate)[name]
    expected = published(sound, rate)[kind]
    weak = name in ("tone", "chirp")  # in whose weakest bands a logarithm is of little but rounding
    near = 1e-7 if weak and kind != "mel" else 1e-9
    np.testing.assert_allclose(found(sound, rate, kind), expected, rtol=1e-9, atol=near)
    if kind == "mel" or not weak:
        single = found(sound.astype(np.float32), rate, kind, "float32")
        np.testing.assert_allclose(single, expected, rtol=1e-5, atol=2e-4)


def test_the_example_of_its_documentation() -> None:
    """mfccs_from_log_mel_spectrograms: 80 bands from 80 to 7600 Hz, the first 13 coefficients."""
    sound = voice(16001, 16000)
    expected = published(sound, 16000, bands=80, low=80, high=7600, kept=13)["mfcc"]
    result = found(sound, 16000, n_mels=80, fmin=80, fmax=7600, n_mfcc=13)
    np.testing.assert_allclose(result, expected, rtol=0, atol=1e-9)


@pytest.mark.parametrize("count", [1, 255, 256, 257, 1023, 1024, 1025])
def test_short_sounds(count: int) -> None:
    sound = voice(count, 16000)
    np.testing.assert_allclose(found(sound, 16000), published(sound, 16000)["mfcc"], rtol=0, atol=1e-9)


def test_integers_are_brought_to_the_unit_scale() -> None:
    samples = sixteen_bits(voice(5000, 16000))
    np.testing.assert_allclose(found(samples, 16000), published(samples / 32768, 16000)["mfcc"], rtol=0, atol=1e-9)
