"""The table as text: aligned, plain, complete."""

import re
from xml.etree import ElementTree

import pytest

from cnnkit.network.shape import shape
from cnnkit.network.text.table import HEADINGS, human_bytes, labels, sections, table, table_html
from tests.cases.public_stacks import LECTURE_SOUND, STACKS


def test_a_whole_table() -> None:
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
total           10       -       -        -      58,634  275,968      -     -

activations 54,974 values = 219.9 kB, parameters 234.5 kB, at 32 bits each

maxpool2: the last 1 column is never looked at
maxpool2: Caffe rounds pooling up, to 14x14; write :ceil for it

1 MAC = one multiply and one add = 2 FLOPs. Biases, activations and pooling are
not counted as MACs; biases are counted as parameters. All counts: one input.
padding is top x bottom x left x right; field is the receptive field, the rows x
columns of the input that one value sees; jump is the step from one value's
field to its neighbour's. The activations are the input and what comes out of
every layer but flatten.
bn has 2 parameters per channel, a scale and a shift; its running mean and
variance are not learned and not counted, and it adds no MACs."""
    )


@pytest.mark.parametrize("stack", [LECTURE_SOUND, "28x28", *(case.stack for case in STACKS)])
def test_lines_are_aligned_and_plain(stack: str) -> None:
    text = table(shape(stack))
    rows = text.split("\n\n")[0].splitlines()
    assert len({len(row) for row in rows}) == 1
    assert len(rows) == len(shape(stack).layers) + 3
    assert all(line == line.rstrip() for line in text.splitlines())
    assert text.isascii()
    assert "\t" not in text
    # A cell never has a space within, so that awk and cut find the columns.
    assert all(len(row.split()) == 9 for row in rows)


def test_a_field_of_unequal_sides_and_a_jump_that_is_a_fraction() -> None:
    rows = table(shape("28x28 conv3x5-8:s1x2 tconv2-8:s2 tconv2-8:s65x1")).splitlines()
    assert rows[2].split()[-2:] == ["3x5", "1x2"]
    assert rows[3].split()[-2:] == ["3x5", "1/2x1"]
    assert rows[4].split()[-2:] == ["-", "-"]


def test_notes_number_the_layer_when_its_word_occurs_twice() -> None:
    text = table(shape("27x28 maxpool2 conv3-8 maxpool2"))
    assert "\nmaxpool2 (layer 1): the last 1 row is never looked at\n" in text
    assert "\nmaxpool2 (layer 3): the last 1 row is never looked at\n" in text


def test_sounds_say_what_the_field_counts() -> None:
    text = table(shape(LECTURE_SOUND))
    assert text.splitlines()[1].split() == ["input", "51200@22050", *"-------"]
    assert "From mfcc on, field and jump count frames x coefficients." in " ".join(text.splitlines()[-2:])


def test_an_input_alone_is_a_stack() -> None:
    assert table(shape("28x28")).splitlines()[1].split() == ["input", "28x28x1", *"-----", "1", "1"]


CASES = [LECTURE_SOUND, "28x28", "1x1x8 conv3-8", "8x8x3 tconv3x5-64:s2x1:p0x1x0x1 conv3-8:d2:nobias bn gap fc1000"]
CASES += [case.stack for case in STACKS]


@pytest.mark.parametrize("width", [200, 100, 80, 60, 40, 24])
@pytest.mark.parametrize("stack", CASES, ids=lambda stack: stack[:30])
def test_nothing_is_wider_than_a_terminal_and_nothing_is_lost(stack: str, width: int) -> None:
    wide, narrow = shape(stack), table(shape(stack), width)
    longest = max(len(step.layer.spec.word.text) for step in wide.layers) if wide.layers else 0
    assert max(map(len, narrow.splitlines())) <= max(width, longest)
    words = set(narrow.replace(",\n", " ").replace(", ", " ").split())
    rows = table(wide).split("\n\n")[0].splitlines()
    assert {cell for row in rows[1:] for cell in row.split()} - words <= {"-"}


def test_a_narrow_terminal_has_the_rest_of_a_row_below_it() -> None:
    assert (
        table(shape("28x27x1 conv3-32 flatten"), 60).split("\n\n")[0]
        == """\
layer       output  parameters     MACs
input      28x27x1           -        -
    field 1, jump 1
conv3-32  28x27x32         320  217,728
    kernel 3x3, stride 1x1, padding 1x1x1x1, field 3, jump 1
flatten      24192           0        0
    field all
total        24192         320  217,728"""
    )


def test_a_very_narrow_one_has_a_list() -> None:
    lines = table(shape("28x27x1 conv3-32"), 30).split("\n\n")[0].splitlines()
    assert lines[:3] == ["layer", "input", "    output 28x27x1, field 1,"]


def test_a_pipe_has_no_width() -> None:
    stack = shape("28x28 conv3-32:s1x1:p1x1x2x2:d1x2:nobias x9")
    rows = table(stack).split("\n\n")[0].splitlines()
    assert len(rows) == 12
    assert rows[0].split() == [*HEADINGS]


def test_a_batch_is_before_every_shape_and_in_the_work() -> None:
    one, many = shape("28x28 conv3-8 flatten fc10"), shape("28x28 conv3-8 flatten fc10", batch=16)
    rows = [row.split() for row in table(many).splitlines()[1:6]]
    assert [row[1] for row in rows] == ["16x28x28x1", "16x28x28x8", "16x6272", "16x10", "16x10"]
    assert rows[-1][6] == f"{16 * one.macs:,}"
    assert f"activations {16 * one.activations:,} values" in table(many)
    assert "MACs and activations: a batch of 16." in " ".join(table(many).split())


def test_layouts() -> None:
    text = "27x28 conv3-8 gap"
    columns = {layout: table(shape(text, layout=layout)).splitlines()[2].split()[1] for layout in ("", "nhwc", "nchw")}
    assert columns == {"": "27x28x8", "nhwc": "1x27x28x8", "nchw": "1x8x27x28"}
    assert table(shape(LECTURE_SOUND, layout="nchw")).splitlines()[1].split()[1] == "51200@22050"


def test_a_vector_has_no_field_yet() -> None:
    rows = [row.split() for row in table(shape("784 fc10", layout="nchw")).splitlines()[1:3]]
    assert [row[1] for row in rows] == ["1x784", "1x10"]
    assert [row[-2:] for row in rows] == [["-", "-"], ["all", "-"]]


@pytest.mark.parametrize(
    ("text", "end"),
    [
        ("9@8 waveform", "From waveform on, field and jump count samples."),
        ("9000@8000 spectrogram", "From spectrogram on, field and jump count frames x bins."),
        ("9000@8000 mel64", "From mel on, field and jump count frames x bands."),
        ("9000@8000 mfcc13", "From mfcc on, field and jump count frames x coefficients."),
        ("9x9 reshape81", "every layer but flatten and reshape."),
        (
            "9x9 groupnorm1",
            "groupnorm and instancenorm take their statistics from whole maps, which the field leaves out.",
        ),
        (
            "9x9 instancenorm bn",
            "groupnorm and instancenorm take their statistics from whole maps, which the field leaves out.",
        ),
        ("9x9 bn", "it adds no MACs."),
        ("9x9 layernorm", "every layer but flatten."),
    ],
)
def test_the_convention_ends_in_what_the_stack_has(text: str, end: str) -> None:
    assert " ".join(table(shape(text)).split()).endswith(end)


def test_sections_have_their_names() -> None:
    assert [section.name for section in sections(shape("28x28 relu"))] == ["table", "memory", "convention"]
    assert [section.name for section in sections(shape("27x28 maxpool2"))] == ["table", "memory", "notes", "convention"]


def test_labels() -> None:
    steps = shape("28x28 relu conv3-8 relu").layers
    assert labels(steps) == ["relu (layer 1)", "conv3-8", "relu (layer 3)"]


@pytest.mark.parametrize(
    ("count", "text"),
    [(0, "0 B"), (999, "999 B"), (1000, "1.0 kB"), (999_949, "999.9 kB"), (999_950, "1.0 MB"),
     (553_430_176, "553.4 MB"), (4 * 10**18, "4.0 EB"), (10**22, "10,000.0 EB")],
)  # fmt: skip
def test_human_bytes(count: int, text: str) -> None:
    assert human_bytes(count) == text


def test_a_notebook_has_the_same_cells_and_lines_without_colours() -> None:
    stack = shape("27x28 conv3-8 x2 maxpool2 flatten fc10")
    html = ElementTree.fromstring(f"<body>{table_html(stack)}</body>")
    cells = [[cell.text for cell in row] for row in html.iter("tr")]
    assert cells == [line.split() for line in sections(stack)[0].lines]
    assert [line.text for line in html.iter("div")] == [*sections(stack)[1].lines, *sections(stack)[2].lines]
    assert not re.search("color|background|<style", table_html(stack))
    assert stack._repr_html_() == table_html(stack)
