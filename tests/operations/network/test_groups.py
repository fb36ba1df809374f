"""Tensors gathered into layers: by the names of each framework, and by order where names say nothing."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from cnnkit.data.network.weights import Weights, tensor
from cnnkit.operations.network.groups import Group, groups, name_parts


def gathered(**shapes: tuple[int, ...]) -> list[Group]:
    return groups(Weights({name: tensor(np.zeros(shape, np.float32)) for name, shape in shapes.items()}))


@pytest.mark.parametrize(
    ("name", "title", "word"),
    [
        ("features.0.weight", "features.0", "weight"),
        ("layer1.0.bn1.num_batches_tracked", "layer1.0.bn1", "num_batches_tracked"),
        ("bn1.running_var", "bn1", "running_var"),
        ("conv2d_1/kernel:0", "conv2d_1", "kernel"),
        ("conv2d/conv2d/bias:0", "conv2d/conv2d", "bias"),
        ("batch_normalization/moving_variance", "batch_normalization", "moving_variance"),
        ("MobilenetV1/Conv2d_0/weights", "MobilenetV1/Conv2d_0", "weights"),
        ("stage1_conv0_weight", "stage1_conv0", "weight"),
        ("batchnorm0_running_mean", "batchnorm0", "running_mean"),
        ("gpu_0/conv1_w_0", "gpu_0/conv1", "w"),
        ("conv1_bn_riv_0", "conv1_bn_riv_0", ""),
        ("1.conv3-8:s2:p1.weights", "1.conv3-8:s2:p1", "weights"),
        ("W", "", "w"),
        ("weight", "", "weight"),
        ("running_mean", "", "running_mean"),
        ("onnx::Conv_193", "onnx::Conv_193", ""),
        ("arr_0", "arr_0", ""),
        ("rainbow", "rainbow", ""),
    ],
)
def test_names_of_frameworks(name: str, title: str, word: str) -> None:
    assert name_parts(name) == (title, word)


def test_kinds_of_layers() -> None:
    found = gathered(
        **{"a.weight": (8, 3, 3, 3), "a.bias": (8,), "b.weight": (8,), "b.bias": (8,), "b.running_mean": (8,)},
        **{"b.running_var": (8,), "c.weight": (10, 8), "d.weight": (8,), "d.bias": (8,), "e.weight": (1,)},
        **{"f.alpha": (1, 1, 8), "g.weight": (8, 3, 5)},
    )
    assert [(group.title, group.kind) for group in found] == [
        ("a", "conv"), ("b", "bn"), ("c", "fc"), ("d", "norm"), ("e", "prelu"), ("f", "prelu"), ("g", "conv"),
    ]  # fmt: skip
    assert found[1].names == {
        "scale": "b.weight",
        "bias": "b.bias",
        "mean": "b.running_mean",
        "variance": "b.running_var",
    }


@pytest.mark.parametrize(
    ("shapes", "expected"),
    [
        ([(8, 3, 3, 3), (8,), (10, 8), (10,)], [["weights", "bias"], ["weights", "bias"]]),
        ([(8, 3, 3, 3), (10, 8)], [["weights"], ["weights"]]),
        ([(8, 3, 3, 3), (8,), (8,), (8,), (8,)], [["weights"], ["scale", "bias", "mean", "variance"]]),
        ([(8, 3, 3, 3), (8,), (8,), (8,), (8,), (8,)], [["weights", "bias"], ["scale", "bias", "mean", "variance"]]),
        ([(8, 3, 3, 3), (8,), (8,), (8,)], [["weights", "bias"], ["scale", "bias"]]),
        ([(8,), (8,), (8,), (8,), (8, 3)], [["scale", "bias", "mean", "variance"], ["weights"]]),
        ([(3, 3, 8, 2), (16,), (1, 1, 16, 4), (4,)], [["weights", "bias"], ["weights", "bias"]]),
        ([(8,)], [["slope"]]),
    ],
)
def test_tensors_without_names_go_by_order(shapes: Any, expected: list[list[str]]) -> None:
    found = gathered(**{f"arr_{n}": shape for n, shape in enumerate(shapes)})
    assert [list(group.tensors) for group in found] == expected
    names = [name for group in found for name in group.names.values()]
    assert names == [f"arr_{n}" for n in range(len(shapes))]


def test_many_without_names_are_quick() -> None:
    assert len(gathered(**{f"arr_{n}": (1,) for n in range(50_000)})) == 12_500


def test_keras_s_separable_layer_is_two() -> None:
    found = gathered(**{"s/depthwise_kernel": (3, 3, 4, 1), "s/pointwise_kernel": (1, 1, 4, 8), "s/bias": (8,)})
    assert [(group.title, list(group.tensors)) for group in found] == [
        ("s", ["weights"]),
        ("s/pointwise", ["weights", "bias"]),
    ]


def test_a_part_that_stands_twice_is_not_lost() -> None:
    found = gathered(**{"x.b": (4,), "x.beta": (4,), "x.w": (4, 3)})
    assert sorted(name for group in found for name in group.names.values()) == ["x.b", "x.beta", "x.w"]
