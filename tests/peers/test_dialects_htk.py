"""The dialect htk, against the output of HTK 3.4 that Kaldi keeps for its own tests.

The files are not part of the project: they are looked for beside the checkout, in shared/data/htk, or where
$CNNKIT_HTK_DATA says, and tests are skipped without them. Both were made with frames of 25 ms, a hop of
10 ms, Hamming, no preemphasis, the power spectrum, and 23 bands from 0 to 8000 Hz. The static columns are compared.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
import soundfile

import cnnkit
from cnnkit.data.recipes.dialects import read_recipe
from tests.cases.sounds import voice
from tests.reference import features as twin

FOLDER = Path(os.environ.get("CNNKIT_HTK_DATA") or Path(__file__).parents[2].parent / "shared" / "data" / "htk")
SETTINGS: dict[str, Any] = {"preemphasis": 0, "spectrum": "power", "n_mels": 23}
Floats = npt.NDArray[np.float64]

there = pytest.mark.skipif(not FOLDER.is_dir(), reason="the output of HTK is not kept here")


def read(name: str) -> Floats:
    """An HTK file: 12 bytes of header (frames, period, bytes per frame, kind), then floats, high byte first."""
    data = (FOLDER / name).read_bytes()
    frames, width = int.from_bytes(data[:4], "big"), int.from_bytes(data[8:10], "big")
    return np.frombuffer(data[12:], ">f4").reshape(frames, width // 4).astype(np.float64)


def wave() -> tuple[npt.NDArray[np.int16], int]:
    return soundfile.read(FOLDER / "test.wav", dtype="int16")  # type: ignore[no-any-return]


@there
def test_twelve_cepstra_and_c0() -> None:
    samples, rate = wave()
    expected = read("mfcc_d_a_0.htk")[:, :13]
    found = cnnkit.mfcc(samples, rate, dialect="htk", dtype="float64", **SETTINGS)[:, :, 0]
    np.testing.assert_allclose(found, expected, rtol=0, atol=1.2e-4)
    single = cnnkit.mfcc(samples, rate, dialect="htk", dtype="float32", **SETTINGS)[:, :, 0]
    np.testing.assert_allclose(single, expected, rtol=0, atol=3e-4)
    first = cnnkit.mfcc(samples, rate, dialect="htk", dtype="float64", c0="first", **SETTINGS)[:, :, 0]
    np.testing.assert_allclose(first, np.roll(expected, 1, axis=1), rtol=0, atol=1.2e-4)


@there
def test_bands() -> None:
    samples, rate = wave()
    expected = read("fbank.htk")
    settings: dict[str, Any] = {"dialect": "htk", **SETTINGS}
    found = cnnkit.features(samples, rate, "logmel", dtype="float64", **settings)[:, :, 0]
    np.testing.assert_allclose(found, expected, rtol=0, atol=2e-5)
    plain = cnnkit.features(samples / 32768, rate, "logmel", dtype="float64", **settings)[:, :, 0]
    np.testing.assert_array_equal(plain, found)


def test_htks_rule_for_the_first_and_the_last_bin() -> None:
    """Bins are 31.25 Hz apart here: of those from 30 to 4000 Hz the rule takes 2 to 127, though bin 1 is within."""
    settings: dict[str, Any] = {"dialect": "htk", "dtype": "float64", **SETTINGS, "fmin": 30, "fmax": 4000}
    settings |= {"frame_length": 512, "hop_length": 512, "taper": "none", "empty_bands": "allow"}
    heard = {}
    for rule in ("all", "htk"):
        for k in (0, 1, 2, 127, 128):
            sound = 1000 * np.cos(2 * np.pi * k / 512 * np.arange(512))
            bands = cnnkit.features(sound, 16000, "mel", mel_bins=rule, scale="as-is", **settings)
            heard[rule, k] = bool(bands.max() > 1)
    assert heard == {
        ("all", 0): False, ("all", 1): True, ("all", 2): True, ("all", 127): True, ("all", 128): False,
        ("htk", 0): False, ("htk", 1): False, ("htk", 2): True, ("htk", 127): True, ("htk", 128): False,
    }  # fmt: skip


def test_the_books_own_settings_against_the_twin() -> None:
    """HTK Book, tutorial: 25 ms, 10 ms, Hamming, 0.97, 26 channels of magnitudes, 12 cepstra and C0, lifter 22."""
    samples = np.round(32768 * voice(1200, 8000)).astype(np.int16)
    found = cnnkit.mfcc(samples, 8000, dialect="htk", dtype="float64")[:, :, 0]
    recipe = read_recipe("htk").plan(len(samples), 8000).settled._asdict()
    expected = twin.features(samples.tolist(), 8000, **recipe, full_scale=32768)
    assert found.shape == (1 + (1200 - 200) // 80, 13)
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-9)
    book = {
        "frame_length": 200, "hop_length": 80, "n_fft": 256, "framing": "valid", "preemphasis": 0.97,
        "preemphasis_over": "frame", "taper": "hamming", "spectrum": "magnitude", "mel_scale": "htk",
        "mel_family": "mel", "mel_bins": "htk", "n_mels": 26, "log_floor": 1, "log_guard": "max", "dct": "htk",
        "n_mfcc": 13, "lifter": 22, "energy": False, "c0": "last",
    }  # fmt: skip
    np.testing.assert_allclose(found, twin.mfcc(samples.tolist(), 8000, **book), rtol=0, atol=1e-9)
