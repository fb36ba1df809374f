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
    ],
)
def test_wrong_recipes(dialect: str, settings: dict[str, Any], problem: str) -> None:
    with pytest.raises(ArgumentError, match=problem):
        read_recipe(dialect, **settings)
