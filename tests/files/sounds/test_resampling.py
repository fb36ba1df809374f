"""Another rate: soxr's numbers, in pieces as at once, and nothing folded back."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
import soxr

from cnnkit.errors import ArgumentError
from cnnkit.files.sounds.resampling import resampled
from cnnkit.geometry.resampling import resampled_count

NOISE = np.random.default_rng(0).normal(size=30000).astype(np.float32)


def in_pieces(samples: Any, size: int) -> Iterator[Any]:
    for start in range(0, len(samples), size):
        yield samples[start : start + size]


def tone(hertz: float, rate: int, samples: int) -> Any:
    return np.sin(2 * np.pi * hertz * np.arange(samples) / rate)


@pytest.mark.parametrize(("rate", "wanted"), [(44100, 16000), (16000, 44100), (48000, 16000), (22050, 22051)])
@pytest.mark.parametrize("size", [13, 1000, 4096, 30000])
def test_pieces_have_the_bits_of_the_whole(rate: int, wanted: int, size: int) -> None:
    parts = np.concatenate(list(resampled(in_pieces(NOISE, size), rate, wanted)))
    np.testing.assert_array_equal(parts, soxr.resample(NOISE, rate, wanted, quality="HQ"))
    assert len(parts) == resampled_count(len(NOISE), rate, wanted)


@pytest.mark.parametrize("samples", [1, 2, 3, 80, 240])
def test_short_sounds_have_their_number_too(samples: int) -> None:
    for rate, wanted in [(8000, 7350), (44100, 16000), (8000, 48000)]:
        parts = list(resampled(in_pieces(NOISE[:samples], 7), rate, wanted))
        assert sum(map(len, parts)) == resampled_count(samples, rate, wanted)


def test_a_tone_stays_that_tone() -> None:
    out = np.concatenate(list(resampled([tone(1000, 44100, 44100)], 44100, 16000)))
    np.testing.assert_allclose(out[500:-500], tone(1000, 16000, 16000)[500:-500], atol=2e-6)


def test_what_the_new_rate_cannot_hold_is_gone() -> None:
    out = np.concatenate(list(resampled([tone(9000, 44100, 44100)], 44100, 16000)))  # would be heard at 7000 Hz
    assert np.abs(out[500:-500]).max() < 1e-6  # -120 dB


@pytest.mark.parametrize("dtype", ["i1", "i2", "i4", "f8"])
def test_every_type_becomes_float_on_its_own_scale(dtype: str) -> None:
    parts = list(resampled([np.full(4000, 100, dtype)], 8000, 16000))
    assert {part.dtype for part in parts} == {np.dtype(np.float32)}
    np.testing.assert_allclose(np.concatenate(parts)[500:-500], 100, rtol=1e-5)


@pytest.mark.parametrize(("wanted", "problem"), [(0, "sample_rate 0 is not positive"), (16, "more than 1000 times")])
def test_rates_that_are_not_meant(wanted: int, problem: str) -> None:
    with pytest.raises(ArgumentError, match=problem):
        list(resampled([NOISE], 44100, wanted))


def test_soxr_is_imported_only_to_resample() -> None:
    program = "import sys, cnnkit.files.sounds.sound; print('soxr' in sys.modules)"
    result = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert result.stdout == "False\n"
