"""The words for a channel, and what is said of a channel that is not there."""

from __future__ import annotations

from typing import Any

import pytest

from cnnkit.data.channels import channel_index, mixing_notes
from cnnkit.errors import ArgumentError, InputError


@pytest.mark.parametrize(
    ("channels", "word", "picked"),
    [
        (1, None, 0),
        (2, "left", 0),
        (2, "right", 1),
        (5, "5", 4),
        (2, "mix", None),
        (2, None, None),
        (1, "mix", 0),
        (1, "left", 0),
        (1, "1", 0),
        (2, "all", slice(None)),
        (1, "all", 0),
    ],
)
def test_channels(channels: int, word: str | None, picked: int | slice | None) -> None:
    assert channel_index(word, channels) == picked


@pytest.mark.parametrize(
    ("channels", "word", "kind", "problem"),
    [
        (2, "3", InputError, r"there is no channel 3: this sound has 2.*from 1 to 2, or mix"),
        (1, "right", InputError, r"there is no channel right: this sound has 1.*leave --channel out"),
        (2, "0", ArgumentError, "unknown channel '0'"),
        (2, "-1", ArgumentError, "unknown channel '-1'"),
        (2, "mono", ArgumentError, r"unknown channel 'mono' \(did you mean mix\?\)"),
        (2, "middle", ArgumentError, r"unknown channel 'middle' \(use left, right, mix, all or a number from 1\)"),
        (2, "", ArgumentError, "unknown channel ''"),
    ],
)
def test_wrong_channels(channels: int, word: Any, kind: type[Exception], problem: str) -> None:
    with pytest.raises(kind, match=problem):
        channel_index(word, channels)


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        (None, ("6 channels mixed to one (their mean); --channel left takes one",)),
        ("mix", ("6 channels mixed to one (their mean)",)),
        ("all", ()),
        ("6", ()),
    ],
)
def test_mixing_is_said_with_a_way_out_where_it_was_not_chosen(word: str | None, expected: tuple[str, ...]) -> None:
    assert mixing_notes(word, 6) == expected
    assert mixing_notes("1" if word == "6" else word, 1) == ()
