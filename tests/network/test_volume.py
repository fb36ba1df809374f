"""What flows: its text is the notation, and it compares as a plain tuple."""

import pytest

from cnnkit.network.notation.reading import read_input, read_output
from cnnkit.network.notation.word import Word
from cnnkit.network.volume import Shape, Vector, Volume, Waveform, looks_depth_first, may_be_depth_first


@pytest.mark.parametrize(
    ("shape", "text"),
    [(Volume(28, 28, 1), "28x28x1"), (Volume(100, 13, 64), "100x13x64"), (Waveform(51200, 22050), "51200@22050")],
)
def test_an_input_reads_as_it_is_written(shape: Shape, text: str) -> None:
    assert shape.text == text
    assert read_input(Word(text)) == shape


@pytest.mark.parametrize("shape", [Volume(7, 7, 512), Volume(3, 224, 224), Vector(10)])
def test_an_output_reads_as_it_is_written(shape: Volume | Vector) -> None:
    assert read_output(shape.text) == shape


def test_volumes_are_tuples() -> None:
    assert Volume(7, 7, 512) == (7, 7, 512)
    assert Volume(7, 7, 512).values == 25088
    assert Vector(25088).values == 25088


def test_three_numbers_in_either_order() -> None:
    assert Volume.read((224, 225, 3)) == Volume.read((224, 225, 3), "hwc") == (224, 225, 3)
    assert Volume.read((3, 224, 225), "chw") == (224, 225, 3)
    assert Volume.read((28, 27), "chw") == Volume.read((28, 27)) == (28, 27, 1)


@pytest.mark.parametrize(
    ("sides", "looks", "may_be"),
    [
        ((3, 224, 224), True, True),
        ((1, 28, 28), True, True),
        ((3, 480, 640), True, True),
        ((4, 100, 256), False, True),
        ((4, 64, 64), False, True),
        ((2, 28, 28), False, True),
        ((1, 98, 40), False, True),
        ((1, 4000, 1), False, False),
        ((1, 7, 4), False, False),
        ((3, 3, 512), False, False),
        ((4, 4, 512), False, False),
        ((4, 40, 40), False, True),
        ((7, 7, 512), False, False),
        ((100, 13, 1), False, False),
        ((224, 224, 3), False, False),
        ((2, 100, 60), False, False),
    ],
)
def test_inputs_that_look_depth_first(sides: tuple[int, ...], looks: bool, may_be: bool) -> None:
    assert (looks_depth_first(sides), may_be_depth_first(sides)) == (looks, may_be)
