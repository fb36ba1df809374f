"""A recipe laid out over sounds: numbers by hand, and what does not fit."""

import pytest

from cnnkit.data.recipes.dialects import DIALECTS
from cnnkit.data.recipes.recipe import Recipe
from cnnkit.errors import ArgumentError, SizeError

LECTURE = DIALECTS["lecture"]
PSF = DIALECTS["psf"]


def test_the_lectures_sound() -> None:
    plan = LECTURE.plan(51200, 22050)
    assert plan.shape == (100, 13, 1)
    assert (plan.n_fft, plan.fmax, len(plan.bands)) == (2048, 11025.0, 26)
    assert plan.seconds == pytest.approx(2.322, abs=0.001)


# 25 and 10 ms are 551.25 and 220.5 samples at 22050 Hz: python_speech_features rounds a half up.
@pytest.mark.parametrize(
    ("rate", "length", "hop", "n_fft"),
    [(8000, 200, 80, 512), (16000, 400, 160, 512), (22050, 551, 221, 1024), (44100, 1103, 441, 2048)],
)
def test_milliseconds_and_the_fft_that_holds_them(rate: int, length: int, hop: int, n_fft: int) -> None:
    plan = PSF.plan(rate, rate)
    assert (plan.frames.length, plan.frames.hop_length, plan.n_fft) == (length, hop, n_fft)


def test_a_frame_of_a_power_of_two_is_its_own_fft() -> None:
    assert Recipe("lecture", 4096, 512).plan(51200, 22050).n_fft == 4096
    assert Recipe("lecture", 4097, 512).plan(51200, 22050).n_fft == 8192


def test_settled_leaves_nothing_open() -> None:
    settled = PSF.plan(16000, 16000).settled
    assert (settled.frame_length, settled.hop_length, settled.n_fft, settled.fmax) == (400, 160, 512, 8000.0)
    assert settled.plan(16000, 16000).shape == PSF.plan(16000, 16000).shape


def test_an_fft_below_a_frame_in_milliseconds() -> None:
    recipe = Recipe("psf", "25ms", "10ms", n_fft=512)
    assert recipe.plan(16000, 16000).n_fft == 512
    with pytest.raises(SizeError, match=r"n_fft 512 is below the frame of 551 samples.*use n_fft 1024"):
        recipe.plan(22050, 22050)


# 25 ms are 1102.5 samples at 44100 Hz: Kaldi and HTK cut them off.
@pytest.mark.parametrize(("dialect", "length"), [("psf", 1103), ("kaldi", 1102), ("htk", 1102)])
def test_milliseconds_are_rounded_as_each_system_does(dialect: str, length: int) -> None:
    plan = DIALECTS[dialect].plan(44100, 44100)
    assert (plan.frames.length, plan.n_fft) == (length, 2048)


def test_what_lies_beyond_the_sound() -> None:
    outside = {word: DIALECTS[word].plan(51200, 16000).settled.pad_mode for word in DIALECTS}
    assert {word for word, mode in outside.items() if mode == "reflect"} == {"torchaudio", "whisper"}
    assert {word for word, mode in outside.items() if mode != "zero"} == {"torchaudio", "whisper"}
    assert PSF._replace(framing="kaldi").plan(51200, 16000).settled.pad_mode == "symmetric"
    assert PSF._replace(framing="kaldi", pad_mode="zero").plan(51200, 16000).frames.outside.is_constant


def test_bands_that_cover_no_bin() -> None:
    torchaudio = DIALECTS["torchaudio"]
    plan = torchaudio.plan(16000, 16000)
    assert plan.empty_bands == sum(not band.weights for band in plan.bands) > 0
    with pytest.raises(SizeError, match="covers no bin of an FFT of 400"):
        torchaudio._replace(empty_bands="error").plan(16000, 16000)


def test_an_odd_rate() -> None:
    assert DIALECTS["torchaudio"].plan(11025, 11025).fmax == 5512
    assert DIALECTS["librosa"].plan(11025, 11025).fmax == 5512.5


def test_a_band_edge_above_half_the_rate() -> None:
    with pytest.raises(SizeError, match=r"fmax 8000 Hz is above half the sample rate, 4000 Hz.*use fmax 4000 or less"):
        LECTURE._replace(fmax=8000).plan(51200, 8000)
    with pytest.raises(SizeError, match="fmin 4000 Hz is not below half the sample rate, 4000 Hz"):
        LECTURE._replace(fmin=4000).plan(51200, 8000)


def test_more_bands_than_bins() -> None:
    with pytest.raises(SizeError, match=r"mel band 1 of 128 .* covers no bin of an FFT of 512.*use n_mels"):
        PSF._replace(n_mels=128).plan(16000, 16000)


def test_milliseconds_below_a_sample() -> None:
    with pytest.raises(SizeError, match="hop_length 10ms is less than 1 sample at 40 Hz"):
        PSF.plan(16000, 40)


@pytest.mark.parametrize("rate", [0, -1, 22050.5, "22050", True])
def test_a_rate_is_whole_hertz(rate: int) -> None:
    with pytest.raises(ArgumentError, match="sample_rate"):
        LECTURE.plan(51200, rate)


@pytest.mark.parametrize(
    ("kind", "shape", "bands"),
    [
        ("waveform", (1, 51200, 1), 0),
        ("spectrogram", (100, 1025, 1), 0),
        ("mel", (100, 26, 1), 26),
        ("logmel", (100, 26, 1), 26),
        ("mfcc", (100, 13, 1), 26),
    ],
)
def test_every_kind_has_its_shape(kind: str, shape: tuple[int, int, int], bands: int) -> None:
    plan = LECTURE._replace(kind=kind).plan(51200, 22050)
    assert (plan.shape, len(plan.bands)) == (shape, bands)
    assert plan.settled.plan(51200, 22050).shape == shape


@pytest.mark.parametrize("kind", ["waveform", "spectrogram"])
def test_bands_that_nobody_asks_for_are_no_error(kind: str) -> None:
    crowded = PSF._replace(n_mels=128, kind=kind)
    assert crowded.plan(16000, 16000).bands == ()


def test_no_samples() -> None:
    with pytest.raises(SizeError, match="the sound has no samples"):
        LECTURE.plan(0, 22050)
