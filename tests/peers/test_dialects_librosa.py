"""The dialect librosa, against librosa itself.

librosa keeps its mel weights in float32 even where all else is float64. Asked for weights in float64 it is met to 1e-9;
as it is, to 3e-7 on speech and noise, and to 4e-6 where one bin outweighs a band.
"""

from __future__ import annotations

import inspect
from pathlib import Path
from typing import Any

import librosa
import numpy as np
import numpy.typing as npt
import pytest
import soundfile
from hypothesis import given
from hypothesis import settings as examples
from hypothesis import strategies as st

import cnnkit
from tests.cases.sounds import NAMES, noise, sixteen_bits, sounds, voice

pytestmark = [
    pytest.mark.filterwarnings("ignore:n_fft=.* is too large:UserWarning"),
    pytest.mark.filterwarnings("ignore:Empty filters detected:UserWarning"),
]
SONG = Path(__file__).parents[2] / "examples" / "song.wav"
RATES = [8000, 16000, 22050, 44100]
Floats = npt.NDArray[np.float64]

EXACT, AS_IT_IS, IN_FLOAT32 = 1e-9, 4e-6, 2e-3
"""Of librosa with its mel weights in float64, of librosa, and between two ways of computing it all in float32."""


def oracle(
    sound: npt.NDArray[Any], rate: int, *, weights: Any = np.float64, top_db: float = 80, **settings: Any
) -> Floats:
    """What librosa.feature.mfcc does, written out because it does not hand on every setting."""
    last = {name: settings.pop(name) for name in ("n_mfcc", "lifter") if name in settings}
    bands = librosa.feature.melspectrogram(y=sound, sr=rate, dtype=weights, **settings)
    return np.asarray(librosa.feature.mfcc(S=librosa.power_to_db(bands, top_db=top_db), sr=rate, **last)).T


def found(sound: npt.NDArray[Any], rate: int, dtype: str = "float64", **settings: Any) -> Floats:
    return np.asarray(cnnkit.mfcc(sound, rate, dialect="librosa", dtype=dtype, **settings)[:, :, 0])


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("rate", RATES)
def test_mfcc_by_its_own_defaults(name: str, rate: int) -> None:
    sound = sounds(rate, rate)[name]
    settings = {"empty_bands": "allow"}  # librosa warns of them, and goes on
    np.testing.assert_allclose(found(sound, rate, **settings), oracle(sound, rate), rtol=0, atol=EXACT)
    plain = librosa.feature.mfcc(y=sound, sr=rate).T
    np.testing.assert_allclose(found(sound, rate, **settings), plain, rtol=0, atol=AS_IT_IS)
    single = sound.astype(np.float32)
    np.testing.assert_allclose(
        found(single, rate, "float32", **settings), librosa.feature.mfcc(y=single, sr=rate).T, rtol=0, atol=IN_FLOAT32
    )


def test_librosa_as_it_is() -> None:
    """On noise it is met to 3e-7. The example's pure tones put a single bin, and its rounded weight, above a band."""
    sound = noise(22050)
    np.testing.assert_allclose(found(sound, 22050), librosa.feature.mfcc(y=sound, sr=22050).T, rtol=0, atol=3e-7)
    samples, rate = soundfile.read(SONG, dtype="int16")
    plain = librosa.feature.mfcc(y=samples / 32768, sr=rate).T
    np.testing.assert_allclose(found(samples, rate), plain, rtol=0, atol=AS_IT_IS)
    np.testing.assert_allclose(found(samples, rate), oracle(samples / 32768, rate), rtol=0, atol=EXACT)


@pytest.mark.parametrize(
    ("settings", "librosas"),
    [
        ({"n_mfcc": 13}, {"n_mfcc": 13}),
        ({"n_mfcc": 40, "n_mels": 40}, {"n_mfcc": 40, "n_mels": 40}),
        ({"hop_length": 160, "lifter": 22}, {"hop_length": 160, "lifter": 22}),
        ({"lifter": 5.5, "n_mfcc": 12}, {"lifter": 5.5, "n_mfcc": 12}),
        ({"frame_length": 400, "hop_length": 160, "n_fft": 512}, {"win_length": 400, "hop_length": 160, "n_fft": 512}),
        ({"frame_length": 401, "n_fft": 512}, {"win_length": 401, "n_fft": 512}),
        ({"frame_length": 600, "n_fft": 601, "n_mels": 20}, {"win_length": 600, "n_fft": 601, "n_mels": 20}),
        ({"mel_scale": "htk", "n_mels": 64}, {"htk": True, "n_mels": 64}),
        ({"mel_norm": "none"}, {"norm": None}),
        ({"mel_scale": "htk", "mel_norm": "none", "n_mels": 80}, {"htk": True, "norm": None, "n_mels": 80}),
        ({"fmin": 50, "fmax": 7000}, {"fmin": 50, "fmax": 7000}),
        ({"framing": "valid"}, {"center": False}),
        ({"framing": "valid", "hop_length": 700}, {"center": False, "hop_length": 700}),
        ({"pad_mode": "reflect"}, {"pad_mode": "reflect"}),
        ({"pad_mode": "symmetric"}, {"pad_mode": "symmetric"}),
        ({"pad_mode": "replicate"}, {"pad_mode": "edge"}),
        ({"taper": "none"}, {"window": "boxcar"}),
        ({"taper": "hamming"}, {"window": np.hamming(2048)}),
        ({"spectrum": "magnitude"}, {"power": 1.0}),
        ({"log_range": 30}, {"top_db": 30}),
    ],
    ids=str,
)
@pytest.mark.parametrize("count", [22050, 22051, 30000])
def test_mfcc_with_other_values(settings: dict[str, Any], librosas: dict[str, Any], count: int) -> None:
    sound = voice(count, 22050)
    settings = {"empty_bands": "allow", **settings}
    expected = oracle(sound, 22050, **librosas)
    np.testing.assert_allclose(found(sound, 22050, **settings), expected, rtol=0, atol=EXACT)
    single = sound.astype(np.float32)
    np.testing.assert_allclose(
        found(single, 22050, "float32", **settings), expected, rtol=0, atol=IN_FLOAT32, err_msg="in float32"
    )


@pytest.mark.parametrize("count", [1, 2, 3, 511, 512, 513, 1023, 1024, 1025, 2047, 2048, 2049])
@pytest.mark.parametrize("mode", ["zero", "reflect", "replicate", "wrap", "symmetric"])
def test_short_sounds(count: int, mode: str) -> None:
    sound = noise(count, seed=count)
    padded = np.pad(sound, 1024, mode={"zero": "constant", "replicate": "edge"}.get(mode, mode))  # type: ignore[call-overload]
    expected = oracle(padded, 16000, center=False)
    np.testing.assert_allclose(
        found(sound, 16000, pad_mode=mode, empty_bands="allow"), expected, rtol=0, atol=EXACT, err_msg="padded by NumPy"
    )
    if mode == "zero":
        np.testing.assert_allclose(oracle(sound, 16000), expected, rtol=0, atol=EXACT)


@given(data=st.data())
@examples(max_examples=150)
def test_frames_of_any_size(data: st.DataObject) -> None:
    """Whatever n_fft, win_length, hop and center, sounds shorter than the FFT too: as many frames, and the same."""
    n_fft = data.draw(st.integers(2, 70))
    length = data.draw(st.integers(1, n_fft))
    hop = data.draw(st.integers(1, 80))
    center = data.draw(st.booleans())
    sound = noise(data.draw(st.integers(1 if center else n_fft, 200)), seed=n_fft)
    window = data.draw(st.sampled_from(["hann", "hamming", "boxcar", "blackman"]))
    mode = data.draw(st.sampled_from(["zero", "replicate"]))
    expected = librosa.stft(
        sound, n_fft=n_fft, win_length=length, hop_length=hop, center=center, window=window,
        pad_mode={"zero": "constant", "replicate": "edge"}[mode],
    )  # fmt: skip
    spectra = cnnkit.features(
        sound, 8000, "spectrogram", dialect="librosa", dtype="float64", log="none", n_fft=n_fft, frame_length=length,
        hop_length=hop, framing="center" if center else "valid", pad_mode=mode,
        taper={"hann": "hann", "boxcar": "none"}.get(window, f"{window}-periodic"),
    )  # fmt: skip
    assert spectra.shape == (*expected.T.shape, 1)
    np.testing.assert_allclose(spectra[:, :, 0], np.abs(expected.T) ** 2, rtol=0, atol=1e-5)


def test_the_song_without_a_logarithm() -> None:
    samples, rate = soundfile.read(SONG, dtype="int16")
    spectra = cnnkit.features(samples, rate, "spectrogram", dialect="librosa", log="none")[:, :, 0]
    power = np.abs(librosa.stft(samples / 32768).T) ** 2
    assert f"{power.max():.1f}" == "19099.9"
    np.testing.assert_allclose(spectra, power, rtol=1e-5, atol=1e-6 * power.max())
    assert spectra.min() < 1e-6


# 25 ms of 22050 Hz are 551 samples; another n_fft is another win_length too, as long as that is not given.
@pytest.mark.parametrize(
    ("settings", "librosas"),
    [
        ({"n_fft": 551, "hop_length": 441}, {"n_fft": 551, "hop_length": 441}),
        ({"n_fft": 1024}, {"n_fft": 1024}),
        ({"n_fft": 4096}, {"n_fft": 4096}),
        ({"frame_length": 551, "n_fft": 2048, "framing": "valid"}, {"win_length": 551, "center": False}),
        ({"log_ref": "max"}, {"ref": np.max}),
        ({"log_ref": 3.5, "log_range": None}, {"ref": 3.5, "top_db": None}),
        ({"log_ref": 1e-20, "log_range": "none"}, {"ref": 1e-20, "top_db": None}),
        ({"taper": "hamming-periodic"}, {"window": "hamming"}),
        ({"taper": "hann-symmetric"}, {"window": np.hanning(2048)}),
        ({"taper": "blackmanharris-periodic"}, {"window": "blackmanharris"}),
    ],
)
def test_decibels_of_bands(settings: dict[str, Any], librosas: dict[str, Any]) -> None:
    sound = voice(88200, 22050)
    decibels = {name: librosas.pop(name) for name in ("ref", "top_db") if name in librosas}
    bands = librosa.feature.melspectrogram(y=sound, sr=22050, dtype=np.float64, n_mels=40, **librosas)
    settings = {"dialect": "librosa", "dtype": "float64", "n_mels": 40, **settings}
    logs = cnnkit.features(sound, 22050, "logmel", **settings)[:, :, 0]
    np.testing.assert_allclose(logs, librosa.power_to_db(bands, **decibels).T, rtol=0, atol=EXACT)
    if "n_fft" in librosas:
        assert len(logs) == 1 + (88200 - librosas["n_fft"] % 2) // librosas.get("hop_length", 512)


@pytest.mark.parametrize("name", NAMES)
def test_the_steps_before_it(name: str) -> None:
    sound, rate = sounds(22050, 22050)[name], 22050
    settings: dict[str, Any] = {"dialect": "librosa", "dtype": "float64"}
    bands = librosa.feature.melspectrogram(y=sound, sr=rate, dtype=np.float64).T
    mel = cnnkit.features(sound, rate, "mel", **settings)[:, :, 0]
    np.testing.assert_allclose(mel, bands, rtol=1e-9, atol=1e-16 * max(1, bands.max()))
    logmel = cnnkit.features(sound, rate, "logmel", **settings)[:, :, 0]
    np.testing.assert_allclose(logmel, librosa.power_to_db(bands), rtol=0, atol=EXACT)
    spectrogram = cnnkit.features(sound, rate, "spectrogram", **settings)[:, :, 0]
    power = np.abs(librosa.stft(sound).T) ** 2
    np.testing.assert_allclose(spectrogram, librosa.power_to_db(power), rtol=0, atol=1e-5)


def test_integers_are_brought_to_the_unit_scale() -> None:
    samples = sixteen_bits(voice(20000, 22050))
    expected = oracle(samples / 32768, 22050)
    np.testing.assert_allclose(found(samples, 22050), expected, rtol=0, atol=EXACT)
    np.testing.assert_array_equal(found(samples, 22050), found(samples / 32768, 22050))
    small = (samples // 256).astype(np.int8)
    np.testing.assert_array_equal(found(small, 22050), found(small / 128, 22050))


# What makes it ready for a network.


# Up to librosa 0.11 that was the only rule; since 1.0 each channel has a range of its own unless this is given.
LOUDEST_OF_ALL = {"axes": None} if "axes" in inspect.signature(librosa.power_to_db).parameters else {}


@pytest.mark.parametrize("kind", ["logmel", "mfcc"])
def test_all_channels_are_within_80_db_of_the_loudest_of_them(kind: str) -> None:
    left = voice(22050, 22050)
    both = np.stack([left, 1e-4 * left[::-1]], axis=1)
    mine = cnnkit.features(both, 22050, kind, dialect="librosa", channel="all", dtype="float64")
    power = librosa.feature.melspectrogram(y=both.T, sr=22050, dtype=np.float64)
    bands = librosa.power_to_db(power, **LOUDEST_OF_ALL)
    wanted = bands if kind == "logmel" else librosa.feature.mfcc(S=bands)
    np.testing.assert_allclose(mine, wanted.T, rtol=0, atol=EXACT)
    alone = cnnkit.features(both[:, 1], 22050, kind, dialect="librosa", dtype="float64")
    assert not np.allclose(mine[:, :, 1], alone[:, :, 0], atol=1)


@pytest.mark.parametrize("deltas", ["columns", "channels"])
def test_deltas(deltas: str) -> None:
    sound = noise(22050)
    mine = cnnkit.mfcc(sound, 22050, dialect="librosa", deltas=deltas, dtype="float64")
    static = cnnkit.mfcc(sound, 22050, dialect="librosa", dtype="float64")[:, :, 0].T
    orders = [static, librosa.feature.delta(static), librosa.feature.delta(static, order=2)]
    wanted = np.concatenate(orders).T[:, :, np.newaxis] if deltas == "columns" else np.stack(orders).T
    np.testing.assert_allclose(mine, wanted, rtol=0, atol=1e-10 * np.abs(static).max())


def test_a_clip_of_4_seconds_padded_as_librosa_fixes_its_length() -> None:
    sound = noise(50000)
    fixed = librosa.util.fix_length(sound, size=88200)
    mine = cnnkit.features(sound, 22050, "logmel", dialect="librosa", duration="4s", layout="ftc", dtype="float64")
    wanted = librosa.power_to_db(librosa.feature.melspectrogram(y=fixed, sr=22050, dtype=np.float64))
    assert mine.shape == (128, 173, 1)
    np.testing.assert_allclose(mine[:, :, 0], wanted, rtol=0, atol=EXACT)
