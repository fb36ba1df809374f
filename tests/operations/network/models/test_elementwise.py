"""Functions of single values, against ONNX Runtime and by hand."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from cnnkit.data.network.graph import Activate
from tests.cases.models import single, values
from tests.reference.models import agree, ours

SHAPE = [1, 3, 5, 4]
X = values(*SHAPE) * 3


@pytest.mark.parametrize(
    ("op", "settings", "kind"),
    [
        ("Relu", {}, "relu"),
        ("LeakyRelu", {}, "leakyrelu"),
        ("LeakyRelu", {"alpha": 0.3}, "leakyrelu"),
        ("Sigmoid", {}, "sigmoid"),
        ("Tanh", {}, "tanh"),
        ("HardSigmoid", {}, "hardsigmoid"),
        ("HardSigmoid", {"alpha": 0.5, "beta": 0.1}, "hardsigmoid"),
        ("HardSwish", {}, "hardswish"),
        ("Elu", {"alpha": 0.7}, "elu"),
        ("Gelu", {}, "gelu"),
    ],
)
def test_activations_are_first_class(op: str, settings: dict[str, Any], kind: str) -> None:
    network = agree(single(op, SHAPE, **settings), X, tolerance=1e-5)
    (node,) = network.graph.nodes
    assert isinstance(node.operation, Activate)
    assert node.operation.kind == kind


@pytest.mark.parametrize("opset", [7, 9, 13, 18])
@pytest.mark.parametrize("op", ["Relu", "LeakyRelu", "Sigmoid", "Tanh", "Elu", "Selu", "HardSigmoid", "Softplus"])
def test_in_every_version(op: str, opset: int) -> None:
    agree(single(op, SHAPE, opset=opset), X, tolerance=1e-5)


@pytest.mark.parametrize(
    ("op", "settings"),
    [
        ("Selu", {}), ("Celu", {"alpha": 2.0}), ("Mish", {}), ("Softplus", {}), ("Softsign", {}), ("Abs", {}),
        ("ThresholdedRelu", {"alpha": 0.4}), ("Shrink", {"bias": 0.2, "lambd": 0.7}), ("Exp", {}), ("Neg", {}),
        ("Sign", {}), ("Floor", {}), ("Ceil", {}), ("Round", {}), ("Erf", {}), ("Sin", {}), ("Cos", {}), ("Atan", {}),
        ("Sinh", {}), ("Asinh", {}), ("Gelu", {"approximate": "tanh"}), ("Reciprocal", {}),
    ],
)  # fmt: skip
def test_others(op: str, settings: dict[str, Any]) -> None:
    agree(single(op, SHAPE, **settings), X, tolerance=1e-5)


@pytest.mark.parametrize("op", ["Sqrt", "Log"])
def test_of_positive_numbers(op: str) -> None:
    agree(single(op, SHAPE), np.abs(X) + 0.1, tolerance=1e-5)


@pytest.mark.parametrize("limits", [{}, {"min": -0.5}, {"max": 0.25}, {"min": 0.0, "max": 6.0}])
def test_limits_are_attributes_first_and_inputs_since_version_11(limits: dict[str, float]) -> None:
    agree(single("Clip", SHAPE, opset=7, **limits), X)
    given = [np.float32(limits[name]) if name in limits else None for name in ("min", "max")]
    agree(single("Clip", SHAPE, *map(_array, given), opset=13), X)


def _array(value: Any) -> Any:
    return None if value is None else np.asarray(value)


@pytest.mark.parametrize("shape", [(1,), (3, 1, 1), (1, 3, 1, 1), (5, 4)])
@pytest.mark.parametrize("opset", [7, 16])
def test_slopes_of_channels_and_of_places(shape: tuple[int, ...], opset: int) -> None:
    agree(single("PRelu", SHAPE, values(*shape), opset=opset), X)


def test_a_sigmoid_is_of_each_value() -> None:
    _, y = ours(single("Sigmoid", [1, 1, 1, 2]), np.array([[[[0.0, np.log(3)]]]], np.float32))
    np.testing.assert_allclose(y.ravel(), [0.5, 0.75], rtol=1e-6)
