"""What flows: its text is the notation, and it compares as a plain tuple."""

import pytest

from cnnkit.network.notation.reading import read_input, read_output
from cnnkit.network.notation.word import Word
from cnnkit.network.volume import Shape, Vector, Volume, Waveform


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
