"""Mel bands by hand, against the twin and librosa, and bands that would be empty."""

import re
from itertools import pairwise

import librosa
import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from cnnkit.data.recipes.mel import Axis, Band, MelBands, hertz, mel, mel_bands
from cnnkit.errors import SizeError
from tests.reference.features import triangles


def axis(n_fft: int, rate: int) -> Axis:
    return Axis(n_fft, rate, rate / 2)


def dense(bands: tuple[Band, ...], bins: int) -> npt.NDArray[np.float64]:
    """The bands as a matrix, (bands, bins)."""
    rows = np.zeros((len(bands), bins))
    for row, band in zip(rows, bands, strict=True):
        row[band.first : band.first + len(band.weights)] = band.weights
    return rows


# By hand.


def test_a_thousand_hertz_are_a_thousand_mels() -> None:
    # The definition's anchor, but for its rounded constants (O'Shaughnessy 1987).
    assert mel(0) == 0
    assert mel(1000) == pytest.approx(1000, abs=0.02)


def test_slaneys_scale() -> None:
    # 3 f / 200 up to 1 kHz, then 27 mels for each factor of 6.4.
    assert [mel(f, "slaney") for f in (0, 200, 1000)] == [0, 3, 15]
    assert mel(6400, "slaney") == pytest.approx(42)


@pytest.mark.parametrize("scale", ["htk", "slaney"])
@given(frequency=st.floats(0, 96000))
def test_hertz_undoes_mel(scale: str, frequency: float) -> None:
    assert hertz(mel(frequency, scale), scale) == pytest.approx(frequency, abs=1e-7)


@pytest.mark.parametrize("scale", ["htk", "slaney"])
def test_edges_are_equally_far_apart_in_mel(scale: str) -> None:
    mels = [mel(edge, scale) for edge in MelBands(26, 20, 8000, scale).edges]
    steps = [high - low for low, high in pairwise(mels)]
    assert steps == pytest.approx([steps[0]] * 27)


def test_edges_of_the_tutorial() -> None:
    # The ten bands from 300 to 8000 Hz of the tutorial python_speech_features came with, practicalcryptography.com,
    # stand between bins 9, 16, 25, 35, 47, 63, 81, 104, 132, 165, 206, 256; a band is 0 at its edges.
    edges = (9, 16, 25, 35, 47, 63, 81, 104, 132, 165, 206, 256)
    bands = mel_bands(MelBands(10, 300, 8000), axis(512, 16000))
    assert [band.first for band in bands] == [edge + 1 for edge in edges[:-2]]
    assert [band.first + len(band.weights) for band in bands] == list(edges[2:])
    assert all(band.weights[peak - band.first] == 1 for band, peak in zip(bands, edges[1:-1], strict=True))


def test_triangles_straight_over_hertz_and_over_mel() -> None:
    # One band from 0 to 4000 Hz; bins at 0, 1000, 2000, 3000, 4000.
    middle = hertz(mel(4000) / 2)
    (over_hertz,) = mel_bands(MelBands(1, 0, 4000, family="hz"), axis(8, 8000))
    assert over_hertz.weights == pytest.approx(
        [1000 / middle, (4000 - 2000) / (4000 - middle), (4000 - 3000) / (4000 - middle)]
    )
    (over_mel,) = mel_bands(MelBands(1, 0, 4000, family="mel"), axis(8, 8000))
    half = mel(4000) / 2
    assert over_mel.weights == pytest.approx([mel(1000) / half, 2 - mel(2000) / half, 2 - mel(3000) / half])
    (unit,) = mel_bands(MelBands(1, 0, 4000, family="hz", norm="slaney"), axis(8, 8000))
    assert unit.weights == pytest.approx([weight * 2 / 4000 for weight in over_hertz.weights])


def test_htks_first_and_last_bin() -> None:
    # int(300 * 512 / 16000 + 2.5) = 12 and int(3400 * 512 / 16000 + 0.5) = 109, counted from 1.
    bands = mel_bands(MelBands(8, 300, 3400, family="mel", bins="htk"), axis(512, 16000))
    assert bands[0].first == 11
    assert bands[-1].first + len(bands[-1].weights) - 1 == 108


def test_bins_up_to_whole_hertz() -> None:
    whole = Axis(400, 11025, 5512.0)
    assert whole.frequency(200) == 5512
    assert axis(400, 11025).frequency(200) == 5512.5


# Against others.


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
    spec = MelBands(n_mels, low * rate / 2, high * rate / 2)
    expected = triangles(n_mels, n_fft, rate, spec.fmin, spec.fmax)
    found = dense(mel_bands(spec, axis(n_fft, rate), may_be_empty=True), n_fft // 2 + 1)
    np.testing.assert_allclose(found, expected, rtol=1e-12, atol=1e-15)
    empty = [band for band, row in enumerate(expected) if not any(row)]
    if empty:
        with pytest.raises(SizeError, match=rf"mel band {empty[0] + 1} of {n_mels} .* covers no bin of an FFT of"):
            mel_bands(spec, axis(n_fft, rate))


@pytest.mark.parametrize("norm", ["none", "slaney"])
@pytest.mark.parametrize("scale", ["htk", "slaney"])
@pytest.mark.parametrize(("n_mels", "n_fft", "rate"), [(128, 2048, 22050), (40, 512, 16000), (80, 400, 16000)])
def test_bands_of_librosa(n_mels: int, n_fft: int, rate: int, scale: str, norm: str) -> None:
    spec = MelBands(n_mels, 0, rate / 2, scale, "hz", norm)
    expected = librosa.filters.mel(
        sr=rate,
        n_fft=n_fft,
        n_mels=n_mels,
        htk=scale == "htk",
        norm=None if norm == "none" else norm,
        dtype=np.float64,
    )
    found = dense(mel_bands(spec, axis(n_fft, rate), may_be_empty=True), n_fft // 2 + 1)
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-12)


# Asked for too many.


@given(n_mels=st.integers(20, 400), rate=st.integers(8000, 48000), family=st.sampled_from(["hz", "mel", "bin"]))
def test_what_the_hint_says_works(n_mels: int, rate: int, family: str) -> None:
    spec = MelBands(n_mels, 0, rate / 2, family=family)
    hint = ""
    try:
        mel_bands(spec, axis(256, rate))
    except SizeError as error:
        hint = error.hint
    assume(hint)
    bands, size = map(int, re.fullmatch(r"use n_mels (\d+) or less, or n_fft (\d+)", hint).groups())  # type: ignore[union-attr]
    assert len(mel_bands(spec._replace(n_mels=bands), axis(256, rate))) == bands
    assert len(mel_bands(spec, axis(size, rate))) == n_mels


def test_edges_too_close_for_any_band() -> None:
    with pytest.raises(SizeError, match="use n_fft 16384"):
        mel_bands(MelBands(1, 1000, 1001), axis(512, 16000))
    with pytest.raises(SizeError, match="use fewer bands, or fmin and fmax further apart"):
        mel_bands(MelBands(1, 1000, 1000.001), axis(512, 16000))


def test_the_last_bin_of_an_odd_fft() -> None:
    assert Axis(401, 16000, 8000.0).frequency(200) == 200 * 16000 / 401
    stretched = Axis(401, 16000, 8000.0, True)
    assert (stretched.frequency(200), stretched.frequency(100)) == (8000, 4000)
