"""The table as text: aligned, plain, complete."""

import pytest

from cnnkit.geometry.stack import shape
from cnnkit.geometry.table import table
from tests.cases.public_stacks import LECTURE_SOUND, STACKS


def test_a_table_as_it_stands() -> None:
    assert (
        table(shape("28x27x1 conv3-32 bn maxpool2 flatten fc10"))
        == """\
layer       output  kernel  stride  padding  parameters     MACs  field  jump
input      28x27x1       -       -        -           -        -      1     1
conv3-32  28x27x32     3x3     1x1  1x1x1x1         320  217,728      3     1
bn        28x27x32       -       -        -          64        0      3     1
maxpool2  14x13x32     2x2     2x2  0x0x0x0           0        0      4     2
flatten       5824       -       -        -           0        0    all     -
fc10            10       -       -        -      58,250   58,240    all     -
total           10                               58,634  275,968

maxpool2: the last 1 column is never looked at
maxpool2: Caffe rounds pooling up, to 14x14; write :ceil for it

1 MAC = one multiply and one add = 2 FLOPs. Biases, activations and pooling are
not counted as MACs; biases are counted as parameters. All counts: one input.
padding is top x bottom x left x right; field is the receptive field, the rows x
columns of the input that one value sees; jump is the step from one value's
field to its neighbour's.
bn has 2 parameters per channel, a scale and a shift; its running mean and
variance are not learned and not counted, and it adds no MACs."""
    )


@pytest.mark.parametrize("stack", [LECTURE_SOUND, "28x28", *(case.stack for case in STACKS)])
def test_lines_are_aligned_and_plain(stack: str) -> None:
    text = table(shape(stack))
    rows = text.split("\n\n")[0].splitlines()
    assert len({len(row) for row in rows[:-1]}) == 1
    assert len(rows) == len(shape(stack).layers) + 3
    assert all(line == line.rstrip() for line in text.splitlines())
    assert text.isascii()
    assert "\t" not in text
    # A cell never has a space within, so that awk and cut find the columns.
    assert all(len(row.split()) == 9 for row in rows[:-1])


def test_a_field_of_unequal_sides_and_a_jump_that_is_a_fraction() -> None:
    rows = table(shape("28x28 conv3x5-8:s1x2 tconv2-8:s2 tconv2-8:s65x1")).splitlines()
    assert rows[2].split()[-2:] == ["3x5", "1x2"]
    assert rows[3].split()[-2:] == ["3x5", "1/2x1"]
    assert rows[4].split()[-2:] == ["-", "-"]


def test_notes_number_the_layer_when_its_word_stands_there_twice() -> None:
    text = table(shape("27x28 maxpool2 conv3-8 maxpool2"))
    assert "\nmaxpool2 (layer 1): the last 1 row is never looked at\n" in text
    assert "\nmaxpool2 (layer 3): the last 1 row is never looked at\n" in text


def test_sounds_say_what_the_field_counts() -> None:
    text = table(shape(LECTURE_SOUND))
    assert text.splitlines()[1].split() == ["input", "51200@22050", *"-------"]
    assert text.splitlines()[-1] == "From mfcc on, field and jump count frames x coefficients."


def test_an_input_alone_is_a_stack() -> None:
    assert table(shape("28x28")).splitlines()[1].split() == ["input", "28x28x1", *"-----", "1", "1"]
