"""Rows that have a name alone: their fields and counts, and what a table makes of them."""

from __future__ import annotations

from cnnkit.network.layer import Layer
from cnnkit.network.named import NOT_FOLLOWED, named_shape
from cnnkit.network.notation.spec import Spec, Wire
from cnnkit.network.notation.word import Word
from cnnkit.network.receptive_field import ITSELF
from cnnkit.network.stack import StackShape
from cnnkit.network.text.table import table
from cnnkit.network.volume import UNKNOWN, Vector, Volume, shape_text

START = Volume(4, 5, 3)
LAYER = Layer(Spec("Some", None, None, (), Word("Some")))


def test_fields() -> None:
    before = [(START, ITSELF)]
    assert named_shape(LAYER, before, START, Wire((0,)), keeps_place=True).field == ITSELF
    assert named_shape(LAYER, before, START, Wire((0,))).field == NOT_FOLLOWED
    assert named_shape(LAYER, before, Vector(60), Wire((0,))).field is None
    assert named_shape(LAYER, before, UNKNOWN, Wire((0,))).field == NOT_FOLLOWED


def test_a_table_with_a_row_that_is_unknown() -> None:
    known = named_shape(LAYER, [(START, ITSELF)], Volume(2, 5, 3), Wire((0,)), parameters=7, macs=9)
    other = named_shape(LAYER, [(known.output, known.field)], UNKNOWN, Wire((1,)))
    stack = StackShape(START, (known, other), batch=2)
    assert (stack.parameters, stack.macs, stack.activations, stack.held_values) == (7, 18, 180, 180)
    rows = [line.split() for line in table(stack).splitlines()]
    assert rows[2][:2] == ["Some", "2x2x5x3"]
    assert rows[3] == ["Some", "unknown", "-", "-", "-", "0", "0", "-", "-"]


def test_the_output_of_a_stack_may_be_that_of_another_row() -> None:
    known = named_shape(LAYER, [(START, ITSELF)], START, Wire((0,)))
    other = named_shape(LAYER, [(START, ITSELF)], Vector(3), Wire((1,)))
    assert StackShape(START, (known, other)).output == Vector(3)
    assert StackShape(START, (known, other), end=1).output == START


def test_what_is_unknown_has_no_batch() -> None:
    assert shape_text(UNKNOWN, 8, "nchw") == "unknown"
