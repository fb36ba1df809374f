"""Dialects by name, their fields given other values, and what cannot go together."""

from typing import Any

import pytest

from cnnkit.data.recipes.dialects import DIALECTS, check_kind, read_recipe
from cnnkit.errors import ArgumentError


def test_a_name_alone_gives_the_dialect() -> None:
    assert read_recipe() == DIALECTS["lecture"]
    assert read_recipe("psf") == DIALECTS["psf"]
    assert all(name == recipe.dialect for name, recipe in DIALECTS.items())


# python_speech_features 0.6, the defaults of mfcc().
def test_psf_has_the_defaults_of_its_source() -> None:
    psf = DIALECTS["psf"]
    assert (psf.frame_length, psf.hop_length, psf.n_mels, psf.n_mfcc) == ("25ms", "10ms", 26, 13)
    assert (psf.preemphasis, psf.lifter, psf.energy, psf.fmin, psf.fmax) == (0.97, 22, True, 0, None)


@pytest.mark.parametrize("dialect", DIALECTS)
def test_a_kind_beside_the_dialect(dialect: str) -> None:
    assert read_recipe(dialect).kind == "mfcc"
    assert read_recipe(dialect, "logmel") == DIALECTS[dialect]._replace(kind="logmel")
    # As many coefficients as bands are asked for only where there are coefficients.
    assert read_recipe(dialect, "logmel", n_mels=5).n_mels == 5


def test_unknown_kinds() -> None:
    with pytest.raises(ArgumentError, match=r"unknown features 'logmell' \(did you mean logmel\?\)"):
        read_recipe("lecture", "logmell")
    with pytest.raises(ArgumentError, match="use one of waveform, spectrogram, mel, logmel, mfcc"):
        check_kind("?")


def test_fields_take_other_values() -> None:
    recipe = read_recipe("psf", n_mfcc=20, hop_length="5ms", energy=False, fmax=None)
    assert (recipe.dialect, recipe.n_mfcc, recipe.hop_length, recipe.energy) == ("psf", 20, "5ms", False)
    assert recipe.frame_length == "25ms"


# A range of 80 dB is not 80 of anything else, and (x + 4) / 4 is for logarithms to base 10.
@pytest.mark.parametrize("log", ["none", "ln", "log10", "db"])
@pytest.mark.parametrize("dialect", ["librosa", "torchaudio", "whisper", "ast"])
def test_another_logarithm_takes_over_nothing(dialect: str, log: str) -> None:
    own, recipe = DIALECTS[dialect], read_recipe(dialect, log=log)
    is_its_own = own.log == log
    assert recipe.log_range == (own.log_range if is_its_own else None)
    assert (recipe.log_shift, recipe.log_gain) == ((own.log_shift, own.log_gain) if is_its_own else (0, 1))
    if log != "none":
        given = read_recipe(dialect, log=log, log_range=3, log_ref="max", log_shift=1, log_gain=2)
        assert (given.log_range, given.log_ref, given.log_shift, given.log_gain) == (3, "max", 1, 2)


@pytest.mark.parametrize("setting", [{"log_range": 3}, {"log_ref": "max"}, {"log_shift": 1}, {"log_gain": 2}])
def test_what_is_of_logarithms_is_refused_without_one(setting: dict[str, Any]) -> None:
    ((name, value),) = setting.items()
    with pytest.raises(ArgumentError, match=rf"{name} {value}(\.0)? is for logarithms, and log is none"):
        read_recipe("librosa", log="none", **setting)
    settled = read_recipe("librosa", log="none").plan(51200, 22050).settled._asdict()
    again = {name: value for name, value in settled.items() if name not in ("dialect", "kind")}
    assert read_recipe("librosa", **again)._asdict() == settled


def test_none_is_a_word_in_python_too() -> None:
    assert read_recipe("librosa", log_range=None) == DIALECTS["librosa"]._replace(log_range=None)
    assert read_recipe("librosa", mel_norm=None, taper=None).mel_norm == "none"
    assert read_recipe("tf", fmax=None).fmax == 3800


# librosa and PyTorch: win_length is n_fft unless it is given; torchaudio: hop_length is half of it.
@pytest.mark.parametrize(
    ("dialect", "settings", "sizes"),
    [
        ("librosa", {"n_fft": 1024}, (1024, 512, 1024)),
        ("librosa", {"n_fft": 4096, "frame_length": 2048}, (2048, 512, 4096)),
        ("librosa", {"frame_length": 1000}, (1000, 512, 2048)),
        ("whisper", {"n_fft": 512}, (512, 160, 512)),
        ("torchaudio", {"n_fft": 1024}, (1024, 512, 1024)),
        ("torchaudio", {"frame_length": 300}, (300, 150, 400)),
        ("torchaudio", {"frame_length": 1, "hop_length": 7}, (1, 7, 400)),
        ("torchaudio", {"frame_length": 1}, (1, 1, 400)),
        ("torchaudio", {"frame_length": "10ms"}, ("10ms", 200, 400)),
        ("lecture", {"n_fft": 4096}, (2048, 512, 4096)),
        ("kaldi", {"n_fft": 1024}, ("25ms", "10ms", 1024)),
    ],
)
def test_frames_follow_an_fft_where_they_fill_it(
    dialect: str, settings: dict[str, Any], sizes: tuple[Any, ...]
) -> None:
    recipe = read_recipe(dialect, **settings)
    assert (recipe.frame_length, recipe.hop_length, recipe.n_fft) == sizes


@pytest.mark.parametrize(
    ("dialect", "settings", "problem"),
    [
        ("psff", {}, r"unknown dialect 'psff' \(did you mean psf\?\)"),
        ("?", {}, "use one of lecture, psf"),
        ("lecture", {"n_mfc": 13}, r"unknown field 'n_mfc' \(did you mean n_mfcc\?\)"),
        ("lecture", {"dialect_": 1}, "unknown field 'dialect_'"),
        ("lecture", {"kind": "logmel"}, "unknown field 'kind'"),
        ("lecture", {"n_fft": 1024}, r"n_fft 1024 is below the frame of 2048 samples.*use n_fft 2048"),
        ("lecture", {"n_mfcc": 27}, r"n_mfcc 27 is above n_mels 26.*use n_mfcc 26 or less, or n_mels 27 or more"),
        ("lecture", {"fmin": 4000, "fmax": 300}, "fmax 300 Hz is not above fmin 4000 Hz"),
        ("lecture", {"fmax": 0}, "fmax 0 Hz is not above fmin 0 Hz"),
        ("tf", {"fmin": 5000}, r"fmax 3800 Hz is not above fmin 5000 Hz \(use fmin below 3800, or fmax above 5000\)"),
    ],
)
def test_wrong_recipes(dialect: str, settings: dict[str, Any], problem: str) -> None:
    with pytest.raises(ArgumentError, match=problem):
        read_recipe(dialect, **settings)
