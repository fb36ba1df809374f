"""Whole stacks, against the numbers their authors and the frameworks have published."""

import pytest

from cnnkit.errors import ArgumentError, NotationError
from cnnkit.geometry.pair import LARGEST
from cnnkit.network.notation.expansion import read_stack
from cnnkit.network.shape import shape
from cnnkit.network.stack import StackShape, stack_shape
from cnnkit.network.volume import Vector, Waveform
from tests.cases.public_stacks import LECTURE_SHAPES, LECTURE_SOUND, STACKS, PublicStack

COMPUTING = ("conv", "dwconv", "tconv", "maxpool", "avgpool", "gap", "fc", "mfcc")


@pytest.mark.parametrize("case", STACKS, ids=lambda case: case.name)
def test_published_numbers(case: PublicStack) -> None:
    stack = shape(case.stack)
    assert case.parameters in (None, stack.parameters)
    assert case.macs in (None, stack.macs)
    assert stack.output == case.output
    if case.field is not None:
        last = [step.field for step in stack.layers if step.field is not None][-1]
        assert tuple(axis.size for axis in last) in (case.field, (case.field, case.field))
    for number, printed in zip((stack.parameters, stack.macs), case.rounded, strict=True):
        digits = len(printed.partition("e")[0]) - 2
        assert not printed or f"{number:.{digits}e}" == printed
    if case.shapes:
        computing = [step for step in stack.layers if step.layer.name in COMPUTING]
        assert tuple(step.output.text for step in computing) == case.shapes


def test_the_lectures_sound() -> None:
    stack = shape(LECTURE_SOUND)
    assert stack.input == Waveform(51200, 22050)
    assert tuple(step.output.text for step in stack.layers) == LECTURE_SHAPES


def test_repeats_equal_the_word_written_out() -> None:
    assert shape("28x28 conv3-8 x3 relu") == shape("28x28 conv3-8 conv3-8 conv3-8 relu")


def test_totals() -> None:
    stack = shape("28x28 conv3-32 maxpool2 flatten fc10")
    assert stack.output == Vector(10)
    assert stack.parameters == 320 + 62_730
    assert stack.macs == 225_792 + 62_720


def test_an_input_alone() -> None:
    stack = shape("28x28")
    assert (stack.layers, stack.output, stack.parameters, stack.macs) == ((), (28, 28, 1), 0, 0)


def test_an_error_points_at_the_word_that_was_written_once() -> None:
    with pytest.raises(NotationError, match="window of 2x2 does not fit an input of 1x1") as caught:
        shape("8x8 maxpool2 x4 relu")
    assert caught.value.pointer == "8x8 maxpool2 x4 relu\n    ^^^^^^^^"


def test_strides_on_a_single_sample_end() -> None:
    with pytest.raises(NotationError, match="the strides so far multiply to more than") as caught:
        shape("8x8 conv3-8:s2 x40")
    assert caught.value.pointer.endswith("\n            ^^")


def test_a_stack_shape_is_the_numbers_alone() -> None:
    stack = stack_shape(read_stack(["28x28 conv3-8"]), batch=2, layout="nchw")
    assert type(stack) is StackShape
    assert (stack.macs, stack.batch, stack.layout) == (2 * 28 * 28 * 8 * 9, 2, "nchw")


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"batch": 0}, "batch 0 is below 1"),
        ({"batch": 1.5}, "batch 1.5 is not a whole number"),
        ({"batch": LARGEST + 1}, "batch 2147483648 is too large"),
        ({"layout": "nhcw"}, "unknown layout 'nhcw'"),
        ({"layout": "channels_first"}, r"did you mean nchw\?"),
    ],
)
def test_settings_that_cannot_be(settings: dict[str, object], message: str) -> None:
    with pytest.raises(ArgumentError, match=message):
        shape("28x28", **settings)  # type: ignore[arg-type]
