"""Layers with another window, in the briefest word, which reads back as what was meant."""

from __future__ import annotations

from typing import Any

import pytest

from cnnkit.geometry.padding import Padding
from cnnkit.network.layer import Layer, resolve
from cnnkit.network.notation.reading import read_layer
from cnnkit.network.notation.word import Word
from cnnkit.network.rewording import reworded


def layer(word: str) -> Layer:
    return resolve(read_layer(Word(word)))


@pytest.mark.parametrize(
    ("word", "changes", "expected"),
    [
        ("conv3-8:s2:p1", ((5, 5), (1, 1), "same"), "conv5-8"),
        ("conv3-8:g2", ((3, 3), (2, 2), "valid"), "conv3-8:s2:valid:g2"),
        ("conv3-8:d2:nobias", ((3, 1), (1, 1), Padding(2, 2, 0, 0)), "conv3x1-8:p2x0:d2:nobias"),
        ("conv3-8:d2", ((1, 1), (1, 1), "same"), "conv1-8"),  # what one weight has no use for
        ("maxpool3:s2:same", ((2, 2), (2, 2), "valid"), "maxpool2"),
        ("maxpool3:ceil", ((2, 2), (1, 1), Padding(0, 1, 0, 1)), "maxpool2:s1:p0x1x0x1:ceil"),
        ("tconv3-8:op1:p1", ((4, 4), (2, 2), Padding(1, 1, 1, 1)), "tconv4-8:s2:p1:op1"),
    ],
)
def test_words(word: str, changes: tuple[Any, ...], expected: str) -> None:
    found = reworded(layer(word), *changes)
    assert str(found.spec) == expected
    again = layer(expected)
    assert again._replace(spec=found.spec) == found


def test_a_pool_may_begin_to_round_up() -> None:
    assert str(reworded(layer("maxpool2"), (2, 2), (2, 2), "valid", ceil=True).spec) == "maxpool2:ceil"
