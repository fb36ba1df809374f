"""Layers by number, by mark and by word, and errors that name those there are."""

from __future__ import annotations

import pytest

from cnnkit.errors import ArgumentError
from cnnkit.network.layer_number import layer_number
from cnnkit.network.shape import Stack, shape


@pytest.fixture
def stack() -> Stack:
    return shape("28x28x1 mark:start conv3-8:s1 relu mark:low conv3x3-8 relu add:low cat:start")


@pytest.mark.parametrize(
    ("name", "number"),
    [("1", 1), (1, 1), ("6", 6), ("0", 0), ("low", 2), ("mark:low", 2), ("start", 0), ("conv3-8:s1", 1), ("add:low", 5),
     ("conv3x3-8", 3), ("conv3-8", 3)],
)  # fmt: skip
def test_a_layer_is_found_by_each_of_its_names(stack: Stack, name: str | int, number: int) -> None:
    assert layer_number(stack, name) == number


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("7", ("there is no layer 7", "6 layers", "1 conv3-8:s1, 2 relu, 3 conv3x3-8, 4 relu ... 6 cat:start")),
        ("relu", ("2 layers are relu", "2, 4")),
        ("lwo", ("no layer is called 'lwo'", "did you mean low?")),
        ("zebra", ("no layer is called 'zebra'", "layers are 1 conv3-8:s1")),
        ("-1", ("no layer is called '-1'",)),
    ],
)
def test_what_is_no_layer_is_answered_by_those_there_are(stack: Stack, name: str, words: tuple[str, ...]) -> None:
    with pytest.raises(ArgumentError) as caught:
        layer_number(stack, name)
    for word in words:
        assert word in str(caught.value)
