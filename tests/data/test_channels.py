"""The words for a channel, and what is said of a channel that is not there."""

from __future__ import annotations

from typing import Any

import pytest

from cnnkit.data.channels import channel_index
from cnnkit.errors import ArgumentError, InputError


@pytest.mark.parametrize(
    ("channels", "word", "picked"),
    [
        (1, None, 0),
        (2, "left", 0),
        (2, "right", 1),
        (5, "5", 4),
        (2, "mix", None),
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
        (2, None, InputError, r"this sound has 2 channels, and one is needed.*--channel left, right, mix"),
        (2, "3", InputError, r"there is no channel 3: this sound has 2.*from 1 to 2, or mix"),
        (1, "right", InputError, r"there is no channel right: this sound has 1.*leave --channel out"),
        (2, "0", ArgumentError, "unknown channel '0'"),
        (2, "-1", ArgumentError, "unknown channel '-1'"),
        (2, "middle", ArgumentError, r"unknown channel 'middle' \(use left, right, mix, all or a number from 1\)"),
        (2, "", ArgumentError, "unknown channel ''"),
    ],
)
def test_wrong_channels(channels: int, word: Any, kind: type[Exception], problem: str) -> None:
    with pytest.raises(kind, match=problem):
        channel_index(word, channels)
