"""Receptive fields by brute force: change one sample of the input and see, with the real loops, which outputs move."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

import cnnkit
from cnnkit.network.layer import LayerShape
from cnnkit.network.shape import shape

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
]

Samples = npt.NDArray[Any]


def forward(images: Samples, steps: tuple[LayerShape, ...]) -> Samples:
    """Lay weights of 1 over every image; no output can then hide what it sees."""
    for step in steps:
        layer, placement = step.layer, step.placement
        assert placement is not None
        setting = {"stride": layer.stride, "padding": placement.padding}
        weights = np.ones((*layer.size, 1, 1), np.float32)
        if layer.name == "conv":
            images = cnnkit.convolve(images, weights, dilation=layer.dilation, **setting)
        elif layer.name == "tconv":
            added = placement.output_padding  # type: ignore[union-attr]
            images = cnnkit.convolve_transposed(
                images, weights, dilation=layer.dilation, output_padding=added, **setting
            )
        else:
            kind = "max" if layer.name == "maxpool" else "average"
            images = cnnkit.pool(images, layer.size, kind=kind, ceil=layer.ceil, dilation=layer.dilation, **setting)
    return images


@pytest.mark.parametrize("text", STACKS)
def test_outputs_move_with_the_samples_of_their_field_and_no_others(text: str) -> None:
    stack = shape(text)
    rows, columns, _ = stack.input  # type: ignore[misc]
    # One image for every sample, in which that sample alone is not zero.
    images = np.eye(rows * columns, dtype=np.float32).reshape(rows * columns, rows, columns, 1)
    moved = forward(images, stack.layers)[..., 0] > 0
    assert moved.shape[1:] == stack.output[:2]
    field = stack.layers[-1].field
    assert field is not None
    has_gaps = any(step.layer.dilation != (1, 1) for step in stack.layers)
    widest = [0, 0]
    for i, j in np.ndindex(moved.shape[1:]):
        seen = np.argwhere(moved[:, i, j].reshape(rows, columns))
        for axis, (position, length) in enumerate(((i, rows), (j, columns))):
            turns, phase = divmod(position, len(field[axis].low))
            low, high = (bounds[phase] + turns * field[axis].shift for bounds in (field[axis].low, field[axis].high))
            if not len(seen):
                continue  # it looks into padding, or into a hole that an upscaling leaves
            first, last = int(seen[:, axis].min()), int(seen[:, axis].max())
            if has_gaps and (low < 0 or high >= length):  # the sample at the border may lie between two taps
                assert max(low, 0) <= first <= last <= min(high, length - 1), (i, j)
            else:
                assert (first, last) == (max(low, 0), min(high, length - 1)), (i, j)
            widest[axis] = max(widest[axis], int(np.ptp(seen[:, axis])) + 1)
    assert all(found <= axis.size for found, axis in zip(widest, field, strict=True))
    assert len(set(moved.any(axis=0).ravel())) in (1, 2)


def test_an_inner_output_sees_the_whole_field() -> None:
    stack = shape("30x28 conv3-1 maxpool2 conv3-1:d2 avgpool3:s2:p1")
    images = np.eye(30 * 28, dtype=np.float32).reshape(30 * 28, 30, 28, 1)
    moved = forward(images, stack.layers)[:, 3, 3, 0].reshape(30, 28) > 0
    field = stack.layers[-1].field
    assert field is not None
    assert [int(moved.any(axis=1 - axis).sum()) for axis in (0, 1)] == [axis.size for axis in field]
