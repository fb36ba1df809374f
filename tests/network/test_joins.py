"""Where branches meet: cases worked by hand, and random graphs against a slow reading of their words."""

from __future__ import annotations

import pytest

from cnnkit.errors import NotationError
from cnnkit.network.receptive_field import Axis, joined_axis
from cnnkit.network.shape import shape
from cnnkit.network.volume import Vector, Volume
from tests.reference.graphs import random_graph, read_slowly

RESIDUAL = (
    "56x56x64 mark:in conv3-128:s2:p1:nobias bn relu conv3-128:nobias bn mark:main from:in conv1-128:s2:nobias bn "
    "add:main relu"
)


def test_a_residual_block_by_hand() -> None:
    """ResNet-18's first projection: 9*64*128 + 9*128*128 + 64*128 weights, and 2*128 of each bn."""
    stack = shape(RESIDUAL)
    assert stack.output == Volume(28, 28, 128)
    assert stack.parameters == 73_728 + 147_456 + 8_192 + 3 * 256
    assert stack.macs == 28 * 28 * (73_728 + 147_456 + 8_192)
    join = stack.layers[-2]
    assert join.wire.sources == (7, 5)
    assert [shape.text for shape, _ in join.joined] == ["28x28x128", "28x28x128"]
    assert join.field == (Axis((-3,), (3,), 2),) * 2  # 3x3 of stride 2, then 3x3: 3 + 2 * 2 = 7 around the first
    assert stack.held == (2, [0, 1, 2])  # the input waits for the shortcut while bn holds what it takes and makes
    assert stack.held_values == 56 * 56 * 64 + 2 * 28 * 28 * 128


def test_an_inception_join_by_hand() -> None:
    stack = shape(
        "28x28x192 mark:in conv1-64 mark:a from:in conv1-96 conv3-128 mark:b from:in conv1-16 conv5-32 mark:c from:in "
        "maxpool3:s1:same conv1-32 cat:a:b:c:."
    )
    assert stack.output == Volume(28, 28, 64 + 128 + 32 + 32)
    assert [shape.text.rpartition("x")[2] for shape, _ in stack.layers[-1].joined] == ["64", "128", "32", "32"]
    assert stack.layers[-1].field is not None
    assert [axis.size for axis in stack.layers[-1].field] == [5, 5]


def test_values_in_a_row_are_joined_too() -> None:
    stack = shape("8x8x3 mark:in gap mark:a from:in gmp cat:a fc4")
    assert [step.output for step in stack.layers] == [Vector(3), Vector(3), Vector(6), Vector(4)]
    assert shape("8x8x3 mark:in gap mark:a from:in gmp add:a").output == Vector(3)
    assert all(step.field is None for step in stack.layers)


def test_branches_of_unlike_phases() -> None:
    """Position t of one sees samples t // 2, of the other t // 2 - 1 to t // 2 where t is even."""
    found = joined_axis([Axis((0, 0), (0, 0), 1), Axis((-1, 0), (0, 0), 1)])
    assert found == Axis((-1, 0), (0, 0), 1)
    assert joined_axis([Axis((0,), (0,), 1), Axis((0, 1, 2), (0, 1, 2), 3)]) == Axis((0, 1, 2), (0, 1, 2), 3)
    assert joined_axis([Axis((None,), (None,), 5), Axis((0,), (1,), 2)]) == Axis((0,), (1,), 2)


@pytest.mark.parametrize(
    "axes",
    [
        [Axis((0,), (0,), 1), Axis((0,), (0,), 2)],
        [Axis((0,), (0,), 1), Axis((), (), 0)],
        [Axis((0,) * 9, (0,) * 9, 8), Axis((0,) * 63, (0,) * 63, 56)],
    ],
)
def test_fields_that_are_not_followed(axes: list[Axis]) -> None:
    assert not joined_axis(axes).is_followed or len(joined_axis(axes).low) == 63


def test_unlike_steps_are_said() -> None:
    stack = shape("28x28 mark:in maxpool2 pad7 add:in conv3-1")
    text = str(stack)
    assert "add:in: its branches move over the input by 2 and 1 a row, so that its field grows" in text
    assert text.count("its field grows") == 1


def test_a_waveform_is_not_joined() -> None:
    with pytest.raises(NotationError, match="add after a waveform"):
        shape("100@100 mark:in waveform add:in")


@pytest.mark.parametrize("first", range(0, 1000, 250))
def test_random_graphs(first: int) -> None:
    inner = 0
    for seed in range(first, first + 250):
        text = random_graph(seed)
        stack, slow = shape(text), read_slowly(text)
        assert [stack.input, *(step.output for step in stack.layers)] == slow.sizes, text
        assert (stack.parameters, stack.macs, stack.held_values) == (slow.parameters, slow.macs, slow.held), text
        assert [list(step.wire.sources) for step in stack.layers] == slow.sources[1:], text
        assert shape(stack.notation).layers == stack.layers, text
        for step, seen in zip(stack.layers, slow.seen[1:], strict=True):
            assert step.field is not None
            axis, side = step.field[0], stack.input[0]
            for place, samples in enumerate(seen):
                low, high = axis.bounds_at(place)
                assert low is not None
                assert high is not None
                assert low <= min(samples) <= max(samples) <= high, text
                if 0 <= low <= high < side:
                    inner += 1
                    assert (min(samples), max(samples)) == (low, high), text
    assert inner > 5000
