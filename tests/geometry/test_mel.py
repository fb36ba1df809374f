"""Mel edges by hand, against the twin, and bands that would be empty."""

import re
from itertools import pairwise

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from cnnkit.errors import SizeError
from cnnkit.geometry.mel import bin_edges, hertz, mel, mel_edges
from tests.reference.features import triangles


def test_a_thousand_hertz_are_a_thousand_mels() -> None:
    # The definition's anchor, but for its rounded constants (O'Shaughnessy 1987).
    assert mel(0) == 0
    assert mel(1000) == pytest.approx(1000, abs=0.02)


@given(st.floats(0, 96000))
def test_hertz_undoes_mel(frequency: float) -> None:
    assert hertz(mel(frequency)) == pytest.approx(frequency, abs=1e-7)


def test_edges_are_equally_far_apart_in_mel() -> None:
    mels = [mel(edge) for edge in mel_edges(26, 20, 8000)]
    steps = [high - low for low, high in pairwise(mels)]
    assert steps == pytest.approx([steps[0]] * 27)


def test_edges_of_the_tutorial() -> None:
    # The ten bands from 300 to 8000 Hz of the tutorial python_speech_features came with, practicalcryptography.com.
    assert bin_edges(10, 512, 16000, 300, 8000) == (9, 16, 25, 35, 47, 63, 81, 104, 132, 165, 206, 256)


@given(
    n_mels=st.integers(1, 80),
    n_fft=st.sampled_from([64, 200, 512, 1024]),
    rate=st.integers(4000, 48000),
    low=st.floats(0, 0.6),
    high=st.floats(0.7, 1),
)
def test_a_band_is_refused_just_when_it_has_no_weight(
    n_mels: int, n_fft: int, rate: int, low: float, high: float
) -> None:
    fmin, fmax = low * rate / 2, high * rate / 2
    empty = [band for band, row in enumerate(triangles(n_mels, n_fft, rate, fmin, fmax)) if not any(row)]
    if not empty:
        assert len(bin_edges(n_mels, n_fft, rate, fmin, fmax)) == n_mels + 2
        return
    with pytest.raises(SizeError, match=rf"mel band {empty[0] + 1} of {n_mels} .* covers no bin of an FFT of {n_fft}"):
        bin_edges(n_mels, n_fft, rate, fmin, fmax)


@given(n_mels=st.integers(20, 400), rate=st.integers(8000, 48000))
def test_what_the_hint_says_works(n_mels: int, rate: int) -> None:
    hint = ""
    try:
        bin_edges(n_mels, 256, rate, 0, rate / 2)
    except SizeError as error:
        hint = error.hint
    assume(hint)
    bands, size = map(int, re.fullmatch(r"use n_mels (\d+) or less, or n_fft (\d+)", hint).groups())  # type: ignore[union-attr]
    assert len(bin_edges(bands, 256, rate, 0, rate / 2)) == bands + 2
    assert len(bin_edges(n_mels, size, rate, 0, rate / 2)) == n_mels + 2


def test_edges_too_close_for_any_band() -> None:
    with pytest.raises(SizeError, match="use n_fft 16384"):
        bin_edges(1, 512, 16000, 1000, 1001)
    with pytest.raises(SizeError, match="use fewer bands, further between fmin and fmax"):
        bin_edges(1, 512, 16000, 1000, 1000.001)
