"""Receptive fields by gradients: change the samples of the input and see, with the real loops, which outputs move."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest

from cnnkit.geometry.transposed import TransposedPlacement
from cnnkit.network.shape import Stack, shape
from tests.reference.dependencies import dependencies, random_stack
from tests.reference.graphs import random_graph

STACKS = [
    "13x11 conv3-1",
    "13x11 conv3-1:s2",
    "12x11 conv3-1:s2",
    "12x11 conv4-1:s2:same-lower",
    "13x11 conv2x3-1",
    "13x11 conv3-1:d2",
    "13x12 conv3x2-1:d2x3:s2x1",
    "12x11 conv3-1:full",
    "12x11 conv3-1:p0x3x2x1:s3",
    "13x11 conv3-1 conv3-1 maxpool2 conv3-1",
    "14x13 conv3-1:s2 conv3-1:d2 avgpool3:s2:p1",
    "15x14 maxpool3:s2:same conv2-1 conv3-1:valid",
    "13x11 maxpool3:s2:ceil",
    "6x5 tconv2-1:s2",
    "6x5 tconv3-1:s2",
    "6x5 tconv3-1:s2:p1:op1 conv3-1",
    "7x6 tconv4-1:s2:valid maxpool2",
    "9x8 conv3-1:s2 tconv3-1:s2 conv3-1 tconv3x2-1:s3x2",
    "1x40 conv1x2-1:d1x1:valid conv1x2-1:d1x2:valid conv1x2-1:d1x4:valid conv1x2-1:d1x8:valid",
    "30x13 conv3-1 maxpool2 conv3-1 maxpool2",
    # holes: a stride beyond the kernel's reach, a stride that shares a factor with the dilation
    "61x61 tconv1x3-1:s3:d2",
    "9x9 tconv1-1:s2 conv3-1",
    "9x9 tconv2-1:s3 conv2-1:d3 maxpool2",
    "9x8 tconv3-1:s2:d2 conv3-1",
    "9x8 tconv3-1:s4:d2:p3 avgpool3:s1 conv2-1:s3:d2",
    "9x9 tconv1-1:s2 conv1-1:s2:p1",
    "9x9 tconv2-4:s2:d3 conv3-4:g2 tconv3-2:s3:d2:op2x1:valid dwconv2:m2",
    # branches: a residual block, its projection, an inception join, U-Net's skip, dilations, branches of unlike phases
    "13x11x2 mark:in conv3-2 conv3-2 add:in",
    "14x13 mark:in conv3-2:s2 conv3-2 mark:main from:in conv1-2:s2 add:main conv3-1",
    "13x12 mark:in conv1-1 mark:a from:in conv1-1 conv5-2 mark:b from:in maxpool3:s1:same conv1-1 cat:a:b:. conv3-1",
    "16x12 conv3-1 mark:skip maxpool2 conv3-2 tconv2-1:s2 cat:skip conv3-1",
    "17x13 conv3-1:valid mark:skip maxpool2 conv3-2 tconv2-1:s2:valid:op1 cat:skip conv2-1",
    "15x14 mark:in conv3-1:d2 mark:a from:in conv3-1:d3x2 mark:b from:in conv2-1 add:a:b maxpool2",
    "12x12 mark:in tconv3-1:s2 mark:a from:in tconv4-1:s3 maxpool3:s3:same tconv2-1:s2 cat:a conv3-1:s2",
    "12x10x2 block mark:in conv3-2 conv2-2 add:in end x3 maxpool2",
    "9x9 mark:in tconv1-1:s2 mark:a from:in tconv2-1:s2 add:a conv3-1:s3",
]


def is_inner(stack: Stack, position: int, axis: int) -> bool:
    """Whether no border on the way changes what an output sees: every position behind it lies inside its volume."""
    needed = {len(stack.layers): (position, position)}  # of each layer's output, the first and the last position
    for number in range(len(stack.layers), 0, -1):
        step, (first, last) = stack.layers[number - 1], needed[number]
        placement = step.placement
        if placement is None:  # a join, or a layer that keeps the shape
            for source in step.wire.sources:
                low, high = needed.get(source, (first, last))
                needed[source] = min(low, first), max(high, last)
            continue
        span, stride, before = (
            placement.window.reach[axis],
            placement.window.stride[axis],
            placement.padding.before[axis],
        )
        if isinstance(placement, TransposedPlacement):
            first, last = -((span - 1 - before - first) // stride), (last + before) // stride
        else:
            first, last = first * stride - before, last * stride - before + span - 1
        if first < 0 or last >= step.input[axis]:
            return False
        (source,) = step.wire.sources
        low, high = needed.get(source, (first, last))
        needed[source] = min(low, first), max(high, last)
    return True


def check(stack: Stack) -> Counter[str]:
    """Hold every output to its field; how many were inner ones, at a border, and in holes."""
    field = stack.layers[-1].field
    assert field is not None
    found: Counter[str] = Counter()
    found_all = dependencies(stack)
    is_nothing = not all(axis.size for axis in field)
    for axis, moved in enumerate(found_all):
        seen_at_most = 0
        for position, depends in enumerate(moved):
            turns, phase = divmod(position, len(field[axis].low))
            low, high = field[axis].low[phase], field[axis].high[phase]
            samples = np.flatnonzero(depends)
            if low is None or high is None or is_nothing:
                assert not len(samples), (axis, position)
                found["hole"] += 1
                continue
            low, high = low + turns * field[axis].shift, high + turns * field[axis].shift
            if is_inner(stack, position, axis) and moved.any():
                assert (samples.min(), samples.max()) == (low, high), (axis, position)
                found["inner"] += 1
            elif len(samples):
                assert low <= samples.min() <= samples.max() <= high, (axis, position)
                found["border"] += 1
            seen_at_most = max(seen_at_most, int(np.ptp(samples)) + 1 if len(samples) else 0)
        assert seen_at_most <= field[axis].size
    return found


@pytest.mark.parametrize("text", STACKS)
def test_outputs_move_with_the_samples_of_their_field_and_no_others(text: str) -> None:
    assert sum(check(shape(text)).values()) > 0


@pytest.mark.parametrize("first", range(0, 400, 100))
def test_random_stacks(first: int) -> None:
    found: Counter[str] = Counter()
    for seed in range(first, first + 100):
        stack = random_stack(seed)
        if stack is not None:
            found += check(stack)
    assert min(found["inner"], found["border"], found["hole"]) > 100


def test_random_graphs() -> None:
    found: Counter[str] = Counter()
    for seed in range(60):
        found += check(shape(random_graph(seed)))
    assert min(found["inner"], found["border"]) > 300


def test_an_inner_output_sees_the_whole_field() -> None:
    stack = shape("30x28 conv3-1 maxpool2 conv3-1:d2 avgpool3:s2:p1")
    field = stack.layers[-1].field
    assert field is not None
    assert [int(moved[3].sum()) for moved in dependencies(stack)] == [axis.size for axis in field]


@pytest.mark.parametrize(
    ("text", "field"),
    [
        ("61x61 tconv1x3-1:s3:d2", (1, 1)),
        ("61x61 tconv1x3-1:s2", (1, 2)),
        ("9x9 tconv1-1:s2 conv3-1", (2, 2)),
        ("9x9 tconv1-1:s2 conv1-1:s2:p1", (0, 0)),
        ("9x9 tconv3-1:d2:s2", (3, 3)),
    ],
)
def test_fields_by_hand(text: str, field: tuple[int, int]) -> None:
    found = shape(text).layers[-1].field
    assert found is not None
    assert tuple(axis.size for axis in found) == field
