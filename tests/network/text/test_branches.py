"""What is printed of a stack with branches: rows, memory, notes and the arithmetic of its joins."""

from __future__ import annotations

import pytest

from cnnkit.errors import NotationError
from cnnkit.network.shape import shape
from cnnkit.network.text.explanation import explanation, relations_of, totals_of
from cnnkit.network.text.notes import notes
from cnnkit.network.text.table import JOINED, labels, sections, table
from tests.reference.graphs import random_graph

RESIDUAL = "8x8x2 block mark:in conv3-2:nobias add:in end x2 mark:main maxpool2 tconv2-1:s2 cat:main:."


def test_one_layer_a_line_and_a_join_says_what_it_joins() -> None:
    rows = [line.split("  ")[0] for line in sections(shape(RESIDUAL))[0].lines]
    assert rows == [
        "layer", "input mark:in", "conv3-2:nobias", "add:in mark:in2", "conv3-2:nobias", "add:in2 mark:main",
        "maxpool2", "tconv2-1:s2", "cat:main:.", "total",
    ]  # fmt: skip
    assert labels(shape(RESIDUAL).layers)[-1] == "cat:main:."


def test_what_is_held_at_once() -> None:
    _, memory, *_ = sections(shape(RESIDUAL, batch=2))
    assert memory.lines[1] == "at most 768 values = 3.1 kB are held at once, at add:in"  # in, what was made of it, sum
    assert "held at once" not in table(shape("8x8 conv3-2 relu"))


def test_a_view_holds_what_it_is_given() -> None:
    stack = shape("8x8x2 mark:in flatten fc3 mark:a from:in gap fc3 add:a")
    assert stack.held_values == 128 + 3 + 2  # the input, of which flatten is a view, and the outputs of fc3 and gap
    assert stack.held[0] == 3


def test_the_convention_speaks_of_joins_where_there_are_some() -> None:
    assert JOINED.split(".", maxsplit=1)[0] in " ".join(table(shape(RESIDUAL)).split())
    assert "join" not in table(shape("8x8 conv3-2"))


def test_samples_that_another_branch_may_look_at_are_not_said_to_be_lost() -> None:
    stack = shape("8x8 mark:in conv3-2:s2 mark:a from:in conv1-2:s2 add:a")
    assert notes(stack.layers[1])[0].endswith("are never looked at by this branch")
    assert notes(shape("8x8 conv1-2:s2").layers[0])[0].endswith("are never looked at")


def test_the_arithmetic_of_joins() -> None:
    stack = shape(RESIDUAL)
    everything = relations_of(stack)
    assert [(one.name, one.numbers, one.value) for one in everything[1]] == [("field", "max(1, 0) - min(-1, 0) + 1", 3)]
    assert everything[-1][0][:5] == ("depth", "", "the sum of the depths", "2 + 1", 3)
    assert "add:in: 8x8x2 and 8x8x2 to 8x8x2" in explanation(stack)
    held = totals_of(stack)[-1]
    assert (held.name, held.numbers, held.value) == ("held at once", "128 + 128 + 128", stack.held_values)


@pytest.mark.parametrize("seed", range(40))
def test_every_number_of_a_graph_is_the_value_of_its_relation(seed: int) -> None:
    stack = shape(random_graph(seed))
    for step, found in zip(stack.layers, relations_of(stack), strict=True):
        for one in found if step.joined else ():
            assert eval(one.numbers) == one.value
            assert step.field is not None
            assert one.name == "depth" or one.value in [axis.size for axis in step.field]
    if stack.is_graph:
        assert eval(totals_of(stack)[-1].numbers) == stack.held_values
    assert max(map(len, table(stack, 60).splitlines())) <= 60
    explanation(stack, 60)


def test_the_last_window_is_solved_and_a_join_has_none() -> None:
    stack = shape("8x8x2 mark:in conv3-2 add:in maxpool2 relu")
    assert stack.want(4, 4).choices[0].text == "maxpool2"
    with pytest.raises(NotationError, match="add has no window to choose"):
        shape("8x8x2 mark:in conv3-2 add:in relu").want(4, 4)
    shape(RESIDUAL).expect("8x8x3")
