"""Whole stacks, against the numbers their authors and the frameworks have published."""

import pytest

import cnnkit
from cnnkit.errors import NotationError, SizeError
from cnnkit.network.shape import shape
from cnnkit.network.volume import Vector, Volume, Waveform
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


def test_words_may_come_in_any_pieces() -> None:
    one = shape("224x224x3 conv3-64 maxpool2")
    assert shape("224x224x3", "conv3-64", "maxpool2") == one
    assert shape("224x224x3", "conv3-64 maxpool2") == one
    assert cnnkit.shape("224x224x3", "conv3-64", "maxpool2") == one
    assert hash(shape("224x224x3", "conv3x3-64", "maxpool2")) == hash(one)


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


def test_a_stack_is_frozen_and_prints_as_its_table() -> None:
    stack = shape("28x28 relu")
    with pytest.raises(AttributeError):
        stack.input = Volume(1, 1, 1)  # type: ignore[misc]
    assert repr(stack) == str(stack)
    assert str(stack).startswith("layer")


def test_an_expectation_that_is_met() -> None:
    shape("28x28 conv3-8 maxpool2").expect(Volume(14, 14, 8))
    shape("28x28 flatten fc10").expect(Vector(10))


@pytest.mark.parametrize(
    ("stack", "expected", "problem", "hint"),
    [
        ("28x28 conv3-8", Volume(28, 28, 16), "ends in 28x28x8, not in 28x28x16", "depth 8, not 16"),
        ("28x28 maxpool2", Volume(14, 13, 2), "ends in 14x14x1, not", "columns 14, not 13; depth 1, not 2"),
        ("28x28 flatten", Vector(10), "ends in 784, not in 10", "values 784, not 10"),
        ("28x28 flatten", Volume(28, 28, 1), "ends in 784, not in 28x28x1", ""),
        ("28x28", Vector(784), "ends in 28x28x1, not in 784", ""),
        ("10@10", Vector(10), "ends in 10@10, not in 10", ""),
    ],
)
def test_an_expectation_that_is_not_met(stack: str, expected: Volume | Vector, problem: str, hint: str) -> None:
    with pytest.raises(SizeError, match=problem) as caught:
        shape(stack).expect(expected)
    assert (caught.value.hint, caught.value.exit_code) == (hint, 1)


def test_an_error_points_at_the_word_that_was_written_once() -> None:
    with pytest.raises(NotationError, match="window of 2x2 does not fit an input of 1x1") as caught:
        shape("8x8 maxpool2 x4 relu")
    assert caught.value.pointer == "8x8 maxpool2 x4 relu\n    ^^^^^^^^"


def test_strides_on_a_single_sample_end() -> None:
    with pytest.raises(NotationError, match="the strides so far multiply to more than") as caught:
        shape("8x8 conv3-8:s2 x40")
    assert caught.value.pointer.endswith("\n            ^^")


def test_no_stack_at_all() -> None:
    with pytest.raises(NotationError, match="the stack has no words"):
        shape()
