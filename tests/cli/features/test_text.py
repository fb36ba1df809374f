"""What is said of features: a worked example, what is done at the end of a sound, options that do not go together."""

from __future__ import annotations

from typing import Any

import pytest

from cnnkit.cli.features.text import example, finish_notes, refuse_outputs
from cnnkit.data.recipes.dialects import DIALECTS, read_recipe
from cnnkit.data.recipes.finish import Finish, plan_sound
from cnnkit.data.recipes.recipe import KINDS
from cnnkit.errors import ArgumentError

# The worked example.


@pytest.mark.parametrize("dialect", ["lecture", "psf"])
@pytest.mark.parametrize("n_mfcc", [1, 13])
def test_the_worked_example_follows_the_settings(dialect: str, n_mfcc: int) -> None:
    text = example(read_recipe(dialect, n_mfcc=n_mfcc))
    frames = {"lecture": 100, "psf": 231}[dialect]
    assert f"{frames}x{n_mfcc}x1" in text
    assert f"(dialect {dialect})" in text
    assert ("..." in text) == (n_mfcc > 6)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("dialect", DIALECTS)
def test_every_recipe_has_a_worked_example(dialect: str, kind: str) -> None:
    text = example(read_recipe(dialect, kind))
    head, *rows = text.split("The first ")[1].splitlines()[1:]
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


# The end of a sound.


def notes(samples: int, kind: str = "mfcc", **settings: Any) -> list[str]:
    """What is done to a sound in frames of 512 samples, 100 to a second."""
    return finish_notes(plan_sound(read_recipe("lecture", kind), Finish(**settings), samples, 51200))


@pytest.mark.parametrize(
    ("settings", "lines"),
    [
        ({}, []),
        ({"length": 80}, []),
        ({"length": 81}, ["1 frame of zeros was added at the end: 80 of 81 are the sound's"]),
        (
            {"length": 90, "pad_value": "silence"},
            ["10 frames of silence were added at the end: 80 of 90 are the sound's"],
        ),
        ({"length": 90, "pad_value": -5.0}, ["10 frames of -5.0 were added at the end: 80 of 90 are the sound's"]),
        ({"length": 79}, ["1 of 80 frames was cut off at the end: 79 are left"]),
        ({"length": 1, "fit": "trim"}, ["79 of 80 frames were cut off at the end: 1 is left"]),
        ({"length": 100, "fit": "loop"}, ["the sound begins again after 80 frames: 20 of 100 are repeated"]),
        (
            {"length": 60, "segment": 20480},
            ["20 frames of zeros were added at the end: 40 of 60 are every segment's"],
        ),
        (
            {"length": 60, "segment": 20480, "fit": "loop"},
            ["every segment begins again after 40 frames: 20 of 60 are repeated"],
        ),
        ({"segment": "96f"}, ["16 frames of zeros were added to the last of 1 segment: 80 of 96 are the sound's"]),
        (
            {"segment": "30f", "overlap": "10f", "pad_value": "silence"},
            ["10 frames of silence were added to the last of 4 segments: 20 of 30 are the sound's"],
        ),
        (
            {"segment": "32f", "fit": "trim"},
            ["16 of 80 frames were left out at the end: they are no whole segment of 32"],
        ),
    ],
)
def test_what_is_done_to_80_frames(settings: dict[str, Any], lines: list[str]) -> None:
    assert notes(80 * 512, **settings) == lines


@pytest.mark.parametrize(
    ("settings", "lines"),
    [
        ({"segment": 25}, []),
        ({}, []),
        ({"duration": 100, "segment": 50}, []),
        ({"segment": 30}, ["20 samples of zeros were added to the last of 4 segments: 10 of 30 are the sound's"]),
        ({"segment": 101}, ["1 sample of zeros was added to the last of 1 segment: 100 of 101 are the sound's"]),
        (
            {"segment": 30, "fit": "loop"},
            ["the last of 4 segments begins again after 10 samples: 20 of 30 are repeated"],
        ),
        (
            {"segment": 60, "overlap": 30},
            ["20 samples of zeros were added to the last of 3 segments: 40 of 60 are the sound's"],
        ),
        (
            {"segment": 30, "fit": "trim"},
            ["10 of 100 samples were left out at the end: they are no whole segment of 30"],
        ),
        ({"segment": 99, "fit": "trim"}, ["1 of 100 samples was left out at the end: it is no whole segment of 99"]),
        ({"duration": 120}, ["20 samples of zeros were added at the end: 100 of 120 are the sound's"]),
        ({"duration": 101, "fit": "loop"}, ["the sound begins again after 100 samples: 1 of 101 are repeated"]),
        ({"duration": 1}, ["99 of 100 samples were cut off at the end: 1 is left"]),
        (
            {"duration": 130, "segment": 60},
            [
                "30 samples of zeros were added at the end: 100 of 130 are the sound's",
                "50 samples of zeros were added to the last of 3 segments: 10 of 60 are the sound's",
            ],
        ),
    ],
)
def test_what_is_done_to_100_samples(settings: dict[str, Any], lines: list[str]) -> None:
    assert notes(100, "waveform", **settings) == lines


# Options that do not go together.


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
    refuse_outputs("", output="a.npy", verify=True)  # nothing else is printed
