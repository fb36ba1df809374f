"""The dialect kaldi, against kaldi-native-fbank, which computes in float32.

Where a frame has bands at very different levels, the weak ones hold the rounding of the strong ones there, so that
logarithms are compared on sounds with some noise, and the bands themselves on all.
"""

from __future__ import annotations

from typing import Any

import kaldi_native_fbank
import numpy as np
import numpy.typing as npt
import pytest

import cnnkit
from tests.cases.sounds import NAMES, noise, sixteen_bits, sounds, tone, voice

RATES = [8000, 16000, 22050, 44100]
EXACT, IN_FLOAT32 = 1e-4, 2e-4
TAPERS = {"none": "rectangular"}
Floats = npt.NDArray[np.float64]


def with_noise(samples: int, rate: int) -> dict[str, Floats]:
    """The sounds, those of a single frequency at a time with noise at -30 dB."""
    hiss = 0.03 * noise(samples, seed=5)
    return {n: s + hiss if n in ("tone", "chirp") else s for n, s in sounds(samples, rate).items()}


def frame_options(options: Any, rate: int, settings: dict[str, Any]) -> None:
    frames, bands = options.frame_opts, options.mel_opts
    frames.samp_freq, frames.dither = rate, 0
    frames.window_type = TAPERS.get(settings.get("taper", ""), settings.get("taper", "povey"))
    frames.snip_edges = settings.get("framing", "valid") == "valid"
    frames.preemph_coeff = settings.get("preemphasis", 0.97)
    frames.remove_dc_offset = settings.get("remove_mean", True)
    frames.frame_length_ms = float(str(settings.get("frame_length", "25ms"))[:-2])
    frames.frame_shift_ms = float(str(settings.get("hop_length", "10ms"))[:-2])
    bands.num_bins = settings.get("n_mels", 23)
    bands.low_freq, bands.high_freq = settings.get("fmin", 20), settings.get("fmax", 0)


def computed(computer: Any, samples: npt.NDArray[Any], rate: int) -> Floats:
    computer.accept_waveform(rate, samples.astype(np.float32).tolist())
    computer.input_finished()
    return np.array([computer.get_frame(t) for t in range(computer.num_frames_ready)], np.float64)


def mfcc_oracle(samples: npt.NDArray[Any], rate: int, **settings: Any) -> Floats:
    options = kaldi_native_fbank.MfccOptions()
    frame_options(options, rate, settings)
    options.use_energy = settings.get("energy", True)
    options.num_ceps = settings.get("n_mfcc", 13)
    options.cepstral_lifter = settings.get("lifter", 22)
    return computed(kaldi_native_fbank.OnlineMfcc(options), samples, rate)


def bands_oracle(samples: npt.NDArray[Any], rate: int, kind: str, **settings: Any) -> Floats:
    options = kaldi_native_fbank.FbankOptions()
    frame_options(options, rate, settings)
    options.use_log_fbank = kind == "logmel"
    options.use_power = settings.get("spectrum", "power") == "power"
    return computed(kaldi_native_fbank.OnlineFbank(options), samples, rate)


def found(samples: npt.NDArray[Any], rate: int, kind: str = "mfcc", dtype: str = "float64", **settings: Any) -> Floats:
    return np.asarray(cnnkit.features(samples, rate, kind, dialect="kaldi", dtype=dtype, **settings)[:, :, 0])


@pytest.mark.parametrize("framing", ["valid", "kaldi"])
@pytest.mark.parametrize("rate", RATES)
@pytest.mark.parametrize("name", NAMES)
def test_mfcc_by_its_own_defaults(name: str, rate: int, framing: str) -> None:
    sound = with_noise(rate + 77, rate)[name]
    for samples, scaled in ((sound, sound * 32768), (sixteen_bits(sound), sixteen_bits(sound))):
        expected = mfcc_oracle(scaled, rate, framing=framing)
        exact, single = (found(samples, rate, dtype=dtype, framing=framing) for dtype in ("float64", "float32"))
        loud = 0.02 if name in ("tone", "chirp") else 0  # Kaldi's own rounding
        np.testing.assert_allclose(exact, expected, rtol=0, atol=loud or EXACT)
        np.testing.assert_allclose(single, expected, rtol=0, atol=loud or IN_FLOAT32)


@pytest.mark.parametrize("rate", RATES)
@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_bands(name: str, rate: int, dtype: str) -> None:
    sound = sounds(rate, rate)[name]
    expected = bands_oracle(sound * 32768, rate, "mel", n_mels=40)
    near = 1e-4 * expected + 1e-7 * expected.max(axis=1, keepdims=True) + 1e-12
    mel = found(sound, rate, "mel", dtype, n_mels=40, empty_bands="allow")
    assert mel.shape == expected.shape
    assert (np.abs(mel - expected) <= near).all()


@pytest.mark.parametrize(
    "settings",
    [
        {"energy": False},
        {"taper": "hamming"},
        {"taper": "none"},
        {"taper": "hamming", "energy": False, "framing": "kaldi"},
        {"preemphasis": 0},
        {"preemphasis": 0.5},
        {"remove_mean": False},
        {"remove_mean": False, "preemphasis": 0},
        {"n_mels": 40, "n_mfcc": 40, "lifter": 0},
        {"lifter": 0, "energy": False},
        {"lifter": 10, "n_mfcc": 20},
        {"fmin": 100, "fmax": 3800, "n_mels": 20},
        {"frame_length": "32ms", "hop_length": "8ms"},
        {"frame_length": "20ms", "hop_length": "30ms", "framing": "kaldi"},
    ],
    ids=str,
)
@pytest.mark.parametrize("rate", RATES)
def test_mfcc_with_other_values(settings: dict[str, Any], rate: int) -> None:
    sound = voice(rate, rate) + 0.01
    expected = mfcc_oracle(sound * 32768, rate, **settings)
    np.testing.assert_allclose(found(sound, rate, **settings), expected, rtol=0, atol=EXACT)
    np.testing.assert_allclose(found(sound, rate, dtype="float32", **settings), expected, rtol=0, atol=IN_FLOAT32)


@pytest.mark.parametrize("rate", RATES)
@pytest.mark.parametrize("spectrum", ["power", "magnitude"])
def test_logarithms_of_bands(rate: int, spectrum: str) -> None:
    sound = voice(rate, rate)
    expected = bands_oracle(sound * 32768, rate, "logmel", spectrum=spectrum)
    np.testing.assert_allclose(found(sound, rate, "logmel", spectrum=spectrum), expected, rtol=0, atol=EXACT)


@pytest.mark.parametrize("framing", ["valid", "kaldi"])
@pytest.mark.parametrize("beyond", [-80, -1, 0, 1, 79, 80, 81, 159, 160, 161])
def test_short_sounds(framing: str, beyond: int) -> None:
    count = (400 if framing == "valid" else 320) + max(beyond, 0 if framing == "valid" else -200)
    sound = noise(count, seed=count)
    expected = mfcc_oracle(sound * 32768, 16000, framing=framing)
    np.testing.assert_allclose(found(sound, 16000, framing=framing), expected, rtol=0, atol=EXACT)


@pytest.mark.parametrize("framing", ["valid", "kaldi"])
def test_as_many_frames_at_every_rate(framing: str) -> None:
    """Kaldi cuts milliseconds off to samples, and reckons them by its own arithmetic."""
    for rate in (*range(8000, 48001, 1009), 11025, 12000, 24000, 32000, 48000, 44056, 47952):
        samples = noise(rate // 3, seed=rate)
        expected = mfcc_oracle(samples * 32768, rate, framing=framing)
        result = found(samples, rate, framing=framing)
        assert result.shape == expected.shape, rate
        np.testing.assert_allclose(result, expected, rtol=0, atol=EXACT, err_msg=f"{rate} Hz")


def test_floats_and_integers_are_one_scale() -> None:
    samples = sixteen_bits(tone(8000, 16000))
    np.testing.assert_array_equal(found(samples, 16000), found(samples / 32768, 16000))
