"""A stack as the user has it: it prints, explains, checks, solves and becomes a program; those read a `StackShape`."""

import pytest

import cnnkit
from cnnkit.errors import ArgumentError, NotationError, SizeError
from cnnkit.network.code.program import code
from cnnkit.network.notation.reading import read_output
from cnnkit.network.shape import Stack, shape
from cnnkit.network.stack import StackShape
from cnnkit.network.text.explanation import explanation
from cnnkit.network.text.table import table
from cnnkit.network.volume import Vector, Volume
from cnnkit.network.wanted import solve

WORDS = "28x28 conv3-8 maxpool2"


def test_is_a_stack_shape_that_prints_as_its_table() -> None:
    stack = shape(WORDS)
    assert isinstance(stack, Stack)
    assert isinstance(stack, StackShape)
    assert str(stack) == repr(stack) == table(stack)


def test_its_methods_are_the_functions_of_the_rooms() -> None:
    stack = shape(WORDS)
    assert stack.explain() == explanation(stack)
    assert stack.code("torch") == code(stack, "torch")
    assert stack.want(7, 7) == solve(stack, (7, 7))


def test_errors_come_through() -> None:
    with pytest.raises(ArgumentError, match="unknown framework"):
        shape(WORDS).code("caffe")
    with pytest.raises(SizeError, match="no "):
        shape(WORDS).want(1000, 1000)


def test_words_may_come_in_any_pieces() -> None:
    one = shape("224x224x3 conv3-64 maxpool2")
    assert shape("224x224x3", "conv3-64", "maxpool2") == one
    assert shape("224x224x3", "conv3-64 maxpool2") == one
    assert cnnkit.shape("224x224x3", "conv3-64", "maxpool2") == one
    assert hash(shape("224x224x3", "conv3x3-64", "maxpool2")) == hash(one)


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
        ("28x28", Vector(784), "ends in 28x28x1, not in 784",
         "end the stack in flatten, which makes 784 values of it"),
        ("28x28x3", Vector(10), "ends in 28x28x3, not in 10", ""),
        ("10@10", Vector(10), "ends in 10@10, not in 10", ""),
    ],
)  # fmt: skip
def test_an_expectation_that_is_not_met(stack: str, expected: Volume | Vector, problem: str, hint: str) -> None:
    with pytest.raises(SizeError, match=problem) as caught:
        shape(stack).expect(expected)
    assert (caught.value.hint, caught.value.exit_code) == (hint, 1)


def test_no_stack_at_all() -> None:
    with pytest.raises(NotationError, match="the stack has no words"):
        shape()


def test_its_notation_gives_it_again() -> None:
    stack = shape("28x28 conv3x3-8:p1x1x1x1 x2 maxpool2x2")
    assert stack.notation == "28x28x1 conv3-8:p1 conv3-8:p1 maxpool2"
    assert shape(stack.notation).layers == stack.layers


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("7x7x512 conv3-8", Volume(8, 7, 7)),
        ("7x9x512 conv3-8", Volume(8, 7, 9)),
        ("7x7x512 conv3-8", Vector(392)),
        ("7x7x512 conv3-8", Vector(8)),
        ("1x1x8", Vector(8)),
    ],
)
def test_the_cure_of_an_expectation_meets_it(words: str, expected: Volume | Vector) -> None:
    with pytest.raises(SizeError) as caught:
        shape(words).expect(expected)
    cure = caught.value.hint
    if isinstance(expected, Volume):
        shape(words).expect(read_output(cure.removeprefix("write ").partition(":")[0]))  # type: ignore[arg-type]
    else:
        shape(words, cure.removeprefix("end the stack in ").partition(",")[0]).expect(expected)
