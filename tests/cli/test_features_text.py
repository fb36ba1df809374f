"""What is said about features: every number is the layout's own."""

from __future__ import annotations

import pytest

from cnnkit.cli.features_text import OTHERS, example, explanation, refuse_outputs
from cnnkit.data.recipes.dialects import DIALECTS, read_recipe
from cnnkit.data.recipes.recipe import KINDS
from cnnkit.errors import ArgumentError
from cnnkit.geometry.framing import FRAMINGS


def test_every_framing_has_its_users() -> None:
    assert set(OTHERS) == set(FRAMINGS)


def test_other_framings_find_other_frames() -> None:
    text = explanation(read_recipe().lay_out(51200, 22050))
    for line in (
        "the same frames of 2048, 512 apart, with other framings:",
        "1 + floor(51200 samples / hop 512) = 101 frames",
        "1 + ceil((51200 samples - frame 2048) / hop 512) = 97 frames",
        "1 + floor((51200 samples - frame 2048) / hop 512) = 97 frames",
        "floor((51200 samples + floor(hop 512 / 2)) / hop 512) = 100 frames",
        "floor(51200 samples / hop 512) = 100 frames",
    ):
        assert line in text
    assert "pad-end   tf" not in text


@pytest.mark.parametrize("word", FRAMINGS)
def test_its_own_framing_is_not_told_as_another(word: str) -> None:
    text = explanation(read_recipe(framing=word).lay_out(51200, 22050))
    assert OTHERS[word] not in text
    assert sum(other in text for other in OTHERS.values()) == len(OTHERS) - 1


def test_a_waveform_has_no_frames_to_tell_of() -> None:
    assert "fram" not in explanation(read_recipe("lecture", "waveform").lay_out(51200, 22050))


# The worked example.


@pytest.mark.parametrize("dialect", ["lecture", "psf"])
@pytest.mark.parametrize("n_mfcc", [1, 13])
def test_the_worked_example_follows_the_settings(dialect: str, n_mfcc: int) -> None:
    text = example(read_recipe(dialect, n_mfcc=n_mfcc))
    frames = {"lecture": 100, "psf": 231}[dialect]
    assert f"{frames}x{n_mfcc}x1" in text
    assert f"(dialect {dialect})" in text
    assert text.endswith("Next: cnnkit mfcc song.wav --print-shape")
    assert ("..." in text) == (n_mfcc > 6)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("dialect", DIALECTS)
def test_every_recipe_has_a_worked_example(dialect: str, kind: str) -> None:
    text = example(read_recipe(dialect, kind))
    head, *rows = text.split("The first ")[1].splitlines()[1:-2]
    counted = 6 * (2 if kind == "spectrogram" else 1)  # 21.5 Hz are two words
    assert len(head.split()) == counted
    assert len(rows) == (1 if kind == "waveform" else 2)


def test_the_worked_example_shows_the_tone() -> None:
    """As it is: 10000 sin(2 pi 440 n / 22050), rounded."""
    text = example(read_recipe("lecture", "waveform"))
    assert "as a waveform (dialect lecture)" in text
    assert text.split("x[5]\n")[1].split()[:3] == ["0.000", "1251.000", "2481.000"]


def test_the_worked_example_of_one_frame() -> None:
    text = example(read_recipe(hop_length=60000, framing="pad-end"))
    assert text.count("  frame 0  ") == 1
    assert "The first 6 columns of the frame:" in text


# What cannot be asked together.


@pytest.mark.parametrize(
    ("given", "name"),
    [
        ({"output": "a.npy"}, "-o"),
        ({"out_dir": "out"}, "--out-dir"),
        ({"format": "csv"}, "--format"),
        ({"verify": True}, "--verify"),
        ({"show_recipe": True}, "--show-recipe"),
    ],
)
def test_what_is_printed_is_not_written(given: dict[str, object], name: str) -> None:
    with pytest.raises(ArgumentError, match=f"{name} and --print-shape are both given"):
        refuse_outputs("--print-shape", **given)


def test_nothing_given_is_nothing_refused() -> None:
    refuse_outputs("--print-shape", output=None, out_dir=None, format=None, verify=False)
