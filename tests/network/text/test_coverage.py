"""Sentences on what meets nothing: number, singular and plural, and the word that mends it."""

from __future__ import annotations

from itertools import product

import pytest

from cnnkit.errors import CnnkitError
from cnnkit.geometry.transposed import TransposedPlacement
from cnnkit.geometry.window import Placement
from cnnkit.network.shape import shape
from cnnkit.network.text.coverage import padding_alone, unreached, unseen
from cnnkit.network.text.notes import _may_miss


@pytest.mark.parametrize(
    ("stack", "expected"),
    [
        ("9x9 conv3-1", []),
        ("11x11 conv3-1:s4:valid", ["1 of every 4 rows and 1 of every 4 columns are never looked at"]),
        ("9x9 conv3-1:s4:valid", ["the last 2 rows and the last 2 columns are never looked at",
                                  "1 of every 4 rows and 1 of every 4 columns are never looked at"]),
        ("10x9 conv3-1:s3:valid", ["the last 1 row is never looked at"]),
        ("11x9 conv3-1:s3:valid", ["the last 2 rows are never looked at"]),
        ("10x10 conv3-1:s3:valid", ["the last 1 row and the last 1 column are never looked at"]),
        ("1x9 conv1-1:s9", ["the last 8 columns are never looked at"]),
        ("9x9 conv2x1-1:d4:valid", []),
        ("20000x1 conv2x1-1:d18000:valid", ["16,000 of its 20,000 rows are never looked at"]),
        ("1x1 conv2-1:d4", []),  # its output sees padding alone, which the other note says
    ],
)  # fmt: skip
def test_unseen(stack: str, expected: list[str]) -> None:
    placement = shape(stack).layers[0].placement
    assert isinstance(placement, Placement)
    assert unseen(placement) == expected


@pytest.mark.parametrize(
    ("stack", "expected"),
    [
        ("16000x1x1 conv3x1-32:p1", ["2 of its 3 columns see padding alone; write conv3x1-32:p1x0 for 16000x1x32"]),
        ("8x8 conv1-2:p0x1x0x0:nobias", ["the last 1 row sees padding alone; write conv1-2:valid:nobias for 8x8x2"]),
        ("8x8 conv2-2:s4:p4x5x0x0", ["2 of its 4 rows see padding alone; write conv2-2:s4:p0x1x0x0 for 2x2x2"]),
        ("3x3 conv2-2:d4:p2", ["1 of its 3 rows and 1 of its 3 columns see padding alone"]),  # in the middle
        ("8x8 conv3-2:full", []),
        ("8x8 maxpool2:p2", ["2 of its 6 rows and 2 of its 6 columns see padding alone; write maxpool2 for 4x4x1"]),
        ("8x1 maxpool2x1:p0x1", ["2 of its 3 columns see padding alone; write maxpool2x1 for 4x1x1"]),
        ("1x1 conv2-2:d2:p1", ["its whole output sees padding alone"]),
        ("1x1 conv1x2-2", ["only 1x1 of its 1x2 weights ever meets a sample, the other meets padding alone;"
                           " conv1-2 does the same"]),
    ],
)  # fmt: skip
def test_padding_alone(stack: str, expected: list[str]) -> None:
    step = shape(stack).layers[0]
    assert isinstance(step.placement, Placement)
    found = padding_alone(step, step.placement)
    assert found == expected


@pytest.mark.parametrize(
    ("stack", "expected"),
    [
        ("8x8 tconv2-1:s2", []),
        ("8x8 tconv1x2-1:s2", ["1 of every 2 rows holds the bias alone, for no sample reaches it"]),
        ("8x8 tconv1x2-1:s3x2:nobias", ["2 of every 3 rows are 0, for no sample reaches them"]),
        ("8x8 tconv3-1:s2:op1x0:p0", ["the last 1 row holds the bias alone, for no sample reaches it"]),
        ("1x8 tconv2-1:d3:valid", ["2 of its 4 rows hold the bias alone, for no sample reaches them"]),
        ("8x8 tconv1-1:p0x1x0x0", ["1 of its 8 input rows reaches nothing but what the padding cuts off"]),
        ("1x1 tconv2-1:d2:p1", ["its whole output holds the bias alone, for no sample reaches it"]),
        ("1x1 tconv2-1:d2:p1:nobias", ["its whole output is 0, for no sample reaches it"]),
    ],
)
def test_unreached(stack: str, expected: list[str]) -> None:
    step = shape(stack).layers[0]
    assert isinstance(step.placement, TransposedPlacement)
    assert unreached(step, step.placement) == expected


def test_layers_that_are_passed_over_have_nothing_to_say() -> None:
    """The notes look only at layers that may miss something, so that a usual stack is printed at once."""
    passed = 0
    for name, size, stride, padding, start in product(
        ("conv", "tconv", "maxpool"),
        (1, 2, 3, 5),
        (1, 2, 3),
        ("same", "valid", "p1", "p2", "p0x1x0x1"),
        (1, 2, 5, 6, 9),
    ):
        try:
            word = f"{name}{size}{'' if name == 'maxpool' else '-2'}:s{stride}:{padding}"
            step = shape(f"{start}x{start}", word).layers[0]
        except CnnkitError:
            continue
        if step.placement is None or _may_miss(step.placement):
            continue
        passed += 1
        if isinstance(step.placement, TransposedPlacement):
            assert unreached(step, step.placement) == [], word
        else:
            assert unseen(step.placement) + padding_alone(step, step.placement) == [], word
    assert passed > 100
