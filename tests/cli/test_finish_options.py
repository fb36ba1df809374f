"""`--deltas` may be followed by a word, wherever it stands; the words of the help are those that are read."""

from __future__ import annotations

from typing import Any, get_args

import pytest

from cnnkit.cli import finish_options
from cnnkit.cli.finish_options import words_after_deltas
from cnnkit.data.recipes.finish import WORDS, Finish


@pytest.mark.parametrize(
    ("typed", "read"),
    [
        ("mfcc song.wav", "mfcc song.wav"),
        ("mfcc song.wav --deltas", "mfcc song.wav --deltas=columns"),
        ("mfcc --deltas song.wav", "mfcc --deltas=columns song.wav"),
        ("mfcc --deltas channels song.wav", "mfcc --deltas=channels song.wav"),
        ("mfcc --deltas columns song.wav", "mfcc --deltas=columns song.wav"),
        ("mfcc song.wav --deltas --json", "mfcc song.wav --deltas=columns --json"),
        ("mfcc song.wav --deltas channels -q", "mfcc song.wav --deltas=channels -q"),
        ("mfcc --deltas=channels song.wav", "mfcc --deltas=channels song.wav"),
        ("mfcc --deltas --deltas channels", "mfcc --deltas=columns --deltas=channels"),
        ("mfcc --deltas -- channels", "mfcc --deltas=columns -- channels"),
        ("mfcc -- --deltas channels", "mfcc -- --deltas channels"),
        ("--deltas", "--deltas=columns"),
    ],
)
def test_a_word_after_deltas(typed: str, read: str) -> None:
    assert words_after_deltas(typed.split()) == read.split()


def test_what_is_typed_is_not_changed() -> None:
    typed = ("mfcc", "--deltas", "channels")
    words_after_deltas(typed)
    assert typed == ("mfcc", "--deltas", "channels")


OPTIONS = {
    "deltas": finish_options.Deltas,
    "cmvn": finish_options.Cmvn,
    "length": finish_options.Length,
    "fit": finish_options.Fit,
    "segment": finish_options.Segment,
    "layout": finish_options.LayoutWord,
}


def test_every_field_of_a_finish_has_an_option() -> None:
    assert list(OPTIONS) == list(Finish._fields)


@pytest.mark.parametrize("name", WORDS)
def test_the_help_names_every_word(name: str) -> None:
    told: Any = get_args(OPTIONS[name])[1].help
    assert [word for word in WORDS[name] if word not in told] == []
