"""A stack as the user has it: it prints, explains, solves and becomes a program; what does so reads a `StackShape`."""

import pytest

from cnnkit.errors import ArgumentError, SizeError
from cnnkit.network.code.program import code
from cnnkit.network.shape import Stack, shape
from cnnkit.network.stack import StackShape
from cnnkit.network.text.explanation import explanation
from cnnkit.network.text.table import table
from cnnkit.network.wanted import solve

WORDS = "28x28 conv3-8 maxpool2"


def test_is_a_stack_shape_that_prints_as_its_table() -> None:
    stack = shape(WORDS)
    assert isinstance(stack, Stack)
    assert isinstance(stack, StackShape)
    assert str(stack) == repr(stack) == table(stack)


def test_its_methods_say_what_the_rooms_beneath_say() -> None:
    stack = shape(WORDS)
    assert stack.explain() == explanation(stack)
    assert stack.code("torch") == code(stack, "torch")
    assert stack.want(7, 7) == solve(stack, (7, 7))


def test_errors_come_through() -> None:
    with pytest.raises(ArgumentError, match="unknown framework"):
        shape(WORDS).code("caffe")
    with pytest.raises(SizeError, match="no "):
        shape(WORDS).want(1000, 1000)
