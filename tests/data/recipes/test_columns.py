"""What columns are called, and where they stand."""

from __future__ import annotations

import pytest

from cnnkit.data.recipes.columns import columns
from cnnkit.data.recipes.dialects import DIALECTS, read_recipe
from cnnkit.data.recipes.recipe import KINDS


def named(dialect: str = "lecture", kind: str = "mfcc", **overrides: object) -> list[str]:
    return columns(read_recipe(dialect, kind, **overrides).plan(51200, 22050)).names


@pytest.mark.parametrize(
    ("overrides", "names"),
    [
        ({}, ["energy", "c1", "c2"]),
        ({"energy": False}, ["c0", "c1", "c2"]),
        ({"c0": "last"}, ["c1", "c2", "energy"]),
        ({"c0": "last", "energy": False}, ["c1", "c2", "c0"]),
    ],
)
def test_coefficients(overrides: dict[str, object], names: list[str]) -> None:
    assert named(n_mfcc=3, **overrides) == names


def test_coefficients_have_no_unit_and_stand_at_their_numbers() -> None:
    found = columns(read_recipe("htk", n_mfcc=4).plan(51200, 22050))
    assert (found.axis, found.unit, found.places, found.value) == ("coefficient", "", [1.0, 2.0, 3.0, 0.0], "")


def test_bins_by_hand() -> None:
    """An FFT of 8 at 8000 Hz: 0, 1000 ... 4000 Hz."""
    plan = read_recipe("lecture", "spectrogram", frame_length=8, n_fft=8).plan(80, 8000)
    found = columns(plan)
    assert found.places == [0, 1000, 2000, 3000, 4000]
    assert found.names == ["0.0 Hz", "1000.0 Hz", "2000.0 Hz", "3000.0 Hz", "4000.0 Hz"]
    assert (found.axis, found.unit, found.value) == ("frequency", "Hz", "ln power")


@pytest.mark.parametrize(
    ("dialect", "kind", "value"),
    [
        ("lecture", "logmel", "ln power"),
        ("librosa", "logmel", "dB"),
        ("whisper", "logmel", "log10 power"),
        ("htk", "logmel", "ln magnitude"),
        ("htk", "spectrogram", "ln magnitude"),
        ("htk", "mel", "sum of magnitudes"),
        ("lecture", "mel", "sum of powers"),
    ],
)
def test_what_the_numbers_are(dialect: str, kind: str, value: str) -> None:
    assert columns(read_recipe(dialect, kind).plan(51200, 22050)).value == value


def test_values_without_a_logarithm_have_no_word_for_one() -> None:
    plan = read_recipe("lecture", "spectrogram", log="none").plan(51200, 22050)
    assert columns(plan).value == "power"


def test_bands_rise_and_stand_in_their_middles() -> None:
    """The middle of the last of 26 bands up to 11025 Hz: 25 of 26 steps up in mel, which HTK's formula turns back."""
    found = columns(read_recipe("lecture", "logmel").plan(51200, 22050))
    assert found.names[:2] == ["mel1", "mel2"]
    assert found.names[-1] == "mel26"
    assert found.places == sorted(found.places)
    top = (1 + 11025 / 700) ** (26 / 27)
    assert found.places[-1] == pytest.approx(700 * (top - 1))


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind != "waveform"])
@pytest.mark.parametrize("dialect", DIALECTS)
def test_one_name_and_one_place_for_each_column(dialect: str, kind: str) -> None:
    plan = read_recipe(dialect, kind).plan(51200, 22050)
    found = columns(plan)
    assert len(found.names) == len(found.places) == plan.shape[1]
    assert len(set(found.names)) == len(found.names)
