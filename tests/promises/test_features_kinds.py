"""Spectrograms, log mel bands and waveforms by hand, against the slow twin, and against python_speech_features."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
import python_speech_features
from hypothesis import given, settings
from hypothesis import strategies as st
from python_speech_features import sigproc

import cnnkit
from cnnkit.errors import ArgumentError, InputError, SizeError
from cnnkit.operations.features import blocks
from cnnkit.operations.features.features import features
from tests.reference import features as twin

KINDS = ["waveform", "spectrogram", "logmel", "mfcc"]
NOTHING = math.log(2.220446049250313e-16)
SMALL: dict[str, Any] = {"frame_length": 4, "hop_length": 4, "n_fft": 4, "n_mels": 1, "n_mfcc": 1, "preemphasis": 0}


def noise(samples: int) -> npt.NDArray[np.int16]:
    return np.random.default_rng(samples).integers(-20000, 20000, samples).astype(np.int16)


# Worked by hand.


def test_an_alternating_sound_by_hand() -> None:
    # 1 -1 1 -1 is all in the last of the bins 0, 1, 2: |X|^2 / 4 = 16 / 4. The one band holds bin 1 alone: nothing.
    found = features([1, -1, 1, -1], 8, "spectrogram", dtype="float64", **SMALL)
    np.testing.assert_allclose(found, [[[NOTHING], [NOTHING], [math.log(4)]]], rtol=1e-15)
    np.testing.assert_allclose(features([1, -1, 1, -1], 8, dtype="float64", **SMALL), [[[NOTHING]]])


def test_an_impulse_is_flat() -> None:
    found = features([1, 0, 0, 0], 8, "spectrogram", dtype="float64", **SMALL)
    np.testing.assert_allclose(found[0, :, 0], [math.log(1 / 4)] * 3, rtol=1e-15)
    np.testing.assert_allclose(features([1, 0, 0, 0], 8, "logmel", **SMALL), [[[math.log(1 / 4)]]], rtol=1e-6)


def test_silence() -> None:
    for kind in ("spectrogram", "logmel"):
        np.testing.assert_allclose(features(np.zeros(4096), 22050, kind, dtype="float64"), NOTHING)
    np.testing.assert_array_equal(features(np.zeros(4096), 22050, "waveform"), np.zeros((1, 4096, 1)))


@pytest.mark.parametrize("samples", [[3, -4, 5], np.array([-32768, 32767], np.int16), np.array([0.25, -1.0], "f4")])
def test_a_waveform_is_the_samples_in_one_row(samples: Any) -> None:
    found = features(samples, 22050, "waveform")
    assert (found.dtype, found.shape) == (np.float32, (1, len(samples), 1))
    np.testing.assert_array_equal(found[0, :, 0], samples)


def test_a_waveform_is_a_copy() -> None:
    samples = np.ones(5, np.float32)
    features(samples, 22050, "waveform")[:] = 7
    np.testing.assert_array_equal(samples, 1)
    assert np.isinf(features([1e50], 22050, "waveform")).all()
    np.testing.assert_array_equal(features([1e50], 22050, "waveform", dtype="float64"), [[[1e50]]])


def test_a_kernel_of_one_row_lies_along_time() -> None:
    samples = noise(5000)
    steps = cnnkit.convolve(features(samples, 22050, "waveform"), "-1 1", padding="valid")
    np.testing.assert_array_equal(steps[0, :, 0], np.diff(samples.astype(np.float32)))
    loudest = cnnkit.pool(features(samples, 22050, "waveform"), (1, 100))
    np.testing.assert_array_equal(loudest[0, :, 0], samples.reshape(50, 100).max(axis=1))


def test_a_tone_stands_in_its_bin_and_time_runs_down() -> None:
    tone = np.zeros(51200)
    tone[25600:] = 10000 * np.sin(2 * np.pi * 64 / 2048 * np.arange(25600))
    found = features(tone, 22050, "spectrogram")[:, :, 0]
    assert found.shape == (100, 1025)
    np.testing.assert_array_equal(found[:46], np.float32(NOTHING))
    assert (found[50:96].argmax(axis=1) == 64).all()


# Against the twin.


@given(data=st.data())
@settings(max_examples=60)
def test_against_the_twin(data: st.DataObject) -> None:
    kind = data.draw(st.sampled_from(["spectrogram", "logmel", "mfcc"]))
    length = data.draw(st.integers(3, 40))
    fields = {
        "frame_length": length,
        "hop_length": data.draw(st.integers(1, 50)),
        "n_fft": data.draw(st.integers(max(length, 24), 64)),
        "framing": data.draw(st.sampled_from(["pad-end", "center", "psf"])),
        "taper": data.draw(st.sampled_from(["none", "hann", "hamming"])),
        "preemphasis": data.draw(st.sampled_from([0, 0.5, 0.97])),
        "n_mels": 3,
        "n_mfcc": 3,
    }
    samples = np.random.default_rng(length).integers(-1000, 1000, data.draw(st.integers(1, 150)))
    expected = np.array(twin.features(samples.tolist(), 8000, kind, **fields))
    found = features(samples, 8000, kind, dtype="float64", **fields)
    assert found.shape == (*expected.shape, 1)
    if kind == "spectrogram":  # of which a bin can be next to nothing, where no logarithm is exact
        found, expected = np.exp(found), np.exp(expected)
    np.testing.assert_allclose(found[:, :, 0], expected, rtol=1e-8, atol=1e-8)


# Against python_speech_features.


@pytest.mark.parametrize("rate", [8000, 16000, 22050, 44100, 48000])
def test_logmel_is_logfbank(rate: int) -> None:
    samples = noise(2 * rate)
    length, step = int(0.025 * rate + 0.5), int(0.01 * rate + 0.5)
    size = max(512, 1 << (length - 1).bit_length())
    found = features(samples, rate, dialect="psf", dtype="float64")[:, :, 0]
    expected = python_speech_features.logfbank(samples, rate, nfft=size)
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-9)
    found = features(samples, rate, "spectrogram", dialect="psf", dtype="float64")[:, :, 0]
    frames = sigproc.framesig(sigproc.preemphasis(samples, 0.97), length, step)
    np.testing.assert_allclose(np.exp(found), sigproc.powspec(frames, size), rtol=1e-8)


def test_the_lecture_is_python_speech_features_on_the_padded_sound() -> None:
    samples = noise(51200)
    padded = np.pad(samples, (0, 1536))
    found = features(samples, 22050, dtype="float64")[:, :, 0]
    expected = python_speech_features.logfbank(padded, 22050, winlen=2048 / 22050, winstep=512 / 22050, nfft=2048)
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-9)


# What holds for any sound.


@pytest.mark.parametrize("kind", KINDS)
def test_blocks_and_types_do_not_change_a_bit(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    samples = noise(40000)
    expected = features(samples, 16000, kind, dtype="float64")
    monkeypatch.setattr(blocks, "BLOCK_SAMPLES", 5000)
    np.testing.assert_array_equal(features(samples, 16000, kind, dtype="float64"), expected)
    np.testing.assert_array_equal(features(samples.astype(">i4"), 16000, kind), expected.astype(np.float32))


def test_mfcc_is_a_kind_of_features() -> None:
    samples = noise(20000)
    np.testing.assert_array_equal(features(samples, 16000, "mfcc", n_mfcc=20), cnnkit.mfcc(samples, 16000, n_mfcc=20))
    np.testing.assert_array_equal(cnnkit.features(samples, 16000), features(samples, 16000, "logmel"))


def test_fields_of_later_steps_change_nothing() -> None:
    samples = noise(20000)
    np.testing.assert_array_equal(
        features(samples, 16000, n_mels=10), features(samples, 16000, n_mels=10, n_mfcc=5, lifter=0, energy=False)
    )
    np.testing.assert_array_equal(
        features(samples, 16000, "spectrogram"), features(samples, 16000, "spectrogram", n_mels=1000)
    )


# Asked wrongly.


@pytest.mark.parametrize("kind", KINDS)
def test_what_no_kind_takes(kind: str) -> None:
    with pytest.raises(SizeError, match="the sound has no samples"):
        features([], 16000, kind)
    with pytest.raises(InputError, match="1 of 3 samples are NaN or infinite; the first is sample 1"):
        features([0.0, math.nan, 1.0], 16000, kind)
    with pytest.raises(ArgumentError, match=r"\(5, 2\) have 2 channels, and one is needed"):
        features(np.zeros((5, 2)), 16000, kind)
    with pytest.raises(ArgumentError, match="is not a type of the result"):
        features([1], 16000, kind, dtype="int16")


def test_unknown_kinds_and_fields() -> None:
    with pytest.raises(ArgumentError, match=r"unknown features 'spectogram' \(did you mean spectrogram\?\)"):
        features([1], 16000, "spectogram")
    with pytest.raises(ArgumentError, match="unknown field 'kind'"):
        cnnkit.mfcc([1], 16000, kind="logmel")
    with pytest.raises(SizeError, match="covers no bin"):
        features(noise(2000), 16000, n_mels=500)
