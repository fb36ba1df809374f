"""Normalisations and shares, against ONNX Runtime."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from cnnkit.data.network.graph import Scale
from cnnkit.errors import InputError
from tests.cases.models import single, values
from tests.reference.models import agree, ours

SHAPE = [2, 6, 4, 5]
X = values(*SHAPE)
SCALE, SHIFT, MEAN = values(6, seed=1), values(6, seed=2), values(6, seed=3)
VARIANCE = np.abs(values(6, seed=4)) + 0.1


@pytest.mark.parametrize("opset", [7, 9, 14, 15])
@pytest.mark.parametrize("shape", [(2, 6), (2, 6, 5), (2, 6, 4, 5)])
def test_batch_normalisation_is_a_scale_of_channels(opset: int, shape: tuple[int, ...]) -> None:
    content = single("BatchNormalization", shape, SCALE, SHIFT, MEAN, VARIANCE, opset=opset, epsilon=1e-2)
    network = agree(content, values(*shape), tolerance=1e-5)
    assert isinstance(network.graph.nodes[0].operation, Scale)
    assert network.stack.parameters == 12


@pytest.mark.parametrize(
    ("size", "settings"), [(3, {}), (5, {"alpha": 0.5, "beta": 0.6, "bias": 2.0}), (4, {"alpha": 1.0})]
)
def test_neighbouring_channels(size: int, settings: dict[str, Any]) -> None:
    if size % 2 == 0:  # ONNX Runtime has odd sizes alone
        ours(single("LRN", SHAPE, size=size, **settings), X)
    else:
        agree(single("LRN", SHAPE, size=size, **settings), X, tolerance=1e-5)


@pytest.mark.parametrize("shape", [(2, 6, 5), (2, 6, 4, 5)])
def test_instances(shape: tuple[int, ...]) -> None:
    agree(single("InstanceNormalization", shape, SCALE, SHIFT), values(*shape))


@pytest.mark.parametrize("groups", [1, 2, 3])
def test_groups(groups: int) -> None:
    agree(single("GroupNormalization", SHAPE, SCALE, SHIFT, opset=21, num_groups=groups), X)
    scales = values(groups, seed=5), values(groups, seed=6)
    agree(single("GroupNormalization", SHAPE, *scales, opset=18, num_groups=groups), X)


@pytest.mark.parametrize("axis", [-1, 1, 2])
def test_layers(axis: int) -> None:
    shape = tuple(SHAPE[axis:])
    agree(single("LayerNormalization", SHAPE, values(*shape, seed=1), values(*shape, seed=2), axis=axis), X)
    agree(single("LayerNormalization", SHAPE, values(*shape, seed=1), axis=axis), X)


@pytest.mark.parametrize("p", [1, 2])
def test_lengths(p: int) -> None:
    agree(single("LpNormalization", SHAPE, p=p, axis=1), X)


def test_whole_maps() -> None:
    agree(single("MeanVarianceNormalization", SHAPE), X)


@pytest.mark.parametrize("op", ["Softmax", "LogSoftmax", "Hardmax"])
@pytest.mark.parametrize("opset", [7, 11, 13, 18])
@pytest.mark.parametrize("axis", [None, 0, 1, 2, 3, -1])
def test_shares_of_all_axes_from_one_on_and_along_one_since_version_13(op: str, opset: int, axis: int | None) -> None:
    if opset < 11 and axis == -1:
        pytest.skip("no axis from the end there")
    agree(single(op, SHAPE, opset=opset, **({} if axis is None else {"axis": axis})), X)
    agree(single(op, [3, 7], opset=opset), values(3, 7))


def test_shares_of_whole_images_of_one_sample_stay_along_the_channels() -> None:
    network = agree(single("Softmax", [1, 6, 1, 1], opset=9), values(1, 6, 1, 1))
    assert network.stack.layers[0].word == "softmax"
    assert len(network.graph.nodes) == 1


def test_training_is_refused() -> None:
    content = single("BatchNormalization", SHAPE, SCALE, SHIFT, MEAN, VARIANCE, training_mode=1)
    with pytest.raises(InputError, match="in training is not supported"):
        ours(content, X)


def test_counts_that_do_not_fit() -> None:
    with pytest.raises(InputError, match="5 scales do not fit a depth of 6"):
        ours(single("BatchNormalization", SHAPE, values(5), SHIFT, MEAN, VARIANCE), X)
    with pytest.raises(InputError, match="4 groups do not divide a depth of 6"):
        ours(single("GroupNormalization", SHAPE, SCALE, SHIFT, num_groups=4), X)
