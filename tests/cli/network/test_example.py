"""The worked example of layers that are typed, and what is proposed next."""

from __future__ import annotations

import pytest

from cnnkit.cli.network.example import example, next_line
from cnnkit.cli.network.loading import Recipe
from cnnkit.errors import ArgumentError


def test_a_page_has_80_columns_and_every_layer() -> None:
    text = example(Recipe(), hears=False)
    assert max(map(len, text.splitlines())) <= 80
    assert [line for line in text.splitlines() if line[:1].isdigit() and ":" in line] == [
        "1 conv3-2: 8x8x2",
        "2 relu: 8x8x2",
        "3 maxpool2: 4x4x2",
    ]


def test_of_many_maps_some_are_written_out_and_values_stand_in_a_row() -> None:
    text = example(Recipe(("conv3-9", "gap", "fc12")), hears=False)
    assert "and 5 more maps" in text
    assert text.split("3 fc12: 12\n")[1].splitlines()[0].endswith(" ...")
    assert "weights at random" in text


@pytest.mark.parametrize(("recipe", "hears"), [(Recipe(("mfcc13",)), True), (Recipe(model="net.onnx"), False)])
def test_what_needs_an_input_says_so(recipe: Recipe, hears: bool) -> None:
    with pytest.raises(ArgumentError, match="no input is given"):
        example(recipe, hears=hears)


def test_the_next_line() -> None:
    assert next_line(Recipe()) == "cnnkit run photo.png conv3-2 relu maxpool2 --weights 1=sobel-x+sobel-y"
    assert next_line(Recipe(("relu",))) == "cnnkit run photo.png relu"
