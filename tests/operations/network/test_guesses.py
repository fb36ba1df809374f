"""What layer tensors look like, without a stack."""

from __future__ import annotations

import numpy as np
import pytest

from cnnkit.data.network.weights import Weights, tensor
from cnnkit.operations.network.groups import groups
from cnnkit.operations.network.guesses import layer_words, order_in_words, order_of
from tests.cases.state_dicts import STATE_DICTS


def words(order: str = "", **shapes: tuple[int, ...]) -> list[str]:
    found = groups(Weights({name: tensor(np.zeros(shape, np.float32)) for name, shape in shapes.items()}))
    return layer_words(found, order)


@pytest.mark.parametrize(
    ("shape", "order", "expected"),
    [
        ((64, 3, 7, 7), "", "oihw"),
        ((7, 7, 3, 64), "", "hwio"),
        ((3, 3, 3, 64), "oihw", "hwio"),
        ((10, 10, 3, 3), "", ""),
        ((10, 10, 3, 3), "oihw", "oihw"),
        ((5, 4, 64), "", "hwio"),
    ],
)
def test_orders_of_shapes(shape: tuple[int, ...], order: str, expected: str) -> None:
    assert order_of(shape, order) == expected


def test_words_of_layers() -> None:
    assert words("oihw", **{"a.weight": (64, 3, 7, 7), "b.weight": (64, 1, 3, 3), "c.weight": (16, 64, 1, 1)}) == [
        "conv7-64:nobias",
        "dwconv3:nobias",
        "conv1-16:nobias",
    ]
    assert words("hwio", **{"a/kernel": (3, 5, 1, 8), "a/bias": (8,), "b/depthwise_kernel": (3, 3, 8, 2)}) == [
        "conv3x5-8",
        "dwconv3:m2:nobias",
    ]
    assert words("hwio", **{"6.tconv2-4:s2:g2.weights": (2, 2, 2, 16), "7.bn.scale": (4,), "7.bn.mean": (4,)}) == [
        "tconv2-4:s2:g2",
        "bn",
    ]
    assert words("oihw", **{"fc.weight": (10, 512)}) == ["fc10:nobias"]
    assert words("", **{"n.weight": (8,), "n.bias": (8,), "p.alpha": (8,)}) == ["layernorm", "prelu"]


def test_what_order_names_tell() -> None:
    def told(*names: str) -> str:
        return order_in_words(groups(Weights({name: tensor(np.zeros((3, 3))) for name in names})))

    assert told("a.weight", "a.bias") == "oihw"
    assert told("a/kernel", "a/bias") == "hwio"
    assert told("1.fc3.weights") == "hwio"
    assert told("a.w", "b.w") == ""
    assert told("a.weight", "b/kernel") == ""


def test_vgg16_looks_like_itself() -> None:
    found = groups(Weights({name: tensor(values) for name, values in STATE_DICTS["vgg16"]().items()}))
    assert layer_words(found, "oihw")[:3] == ["conv3-64", "conv3-64", "conv3-128"]
    assert layer_words(found, "oihw")[-3:] == ["fc4096", "fc4096", "fc1000"]
