"""Products of matrices, against ONNX Runtime."""

from __future__ import annotations

import numpy as np
import pytest
from onnx import helper

from cnnkit.data.network.graph import Dense
from cnnkit.errors import InputError
from cnnkit.files.network.onnx import read_model
from cnnkit.operations.network.models.lower import lower
from tests.cases.models import single, values, written
from tests.reference.models import agree, ours


def test_a_layer_by_hand() -> None:
    weights = np.array([[1, 10], [2, 20], [3, 30]], np.float32)
    network, y = ours(single("Gemm", [1, 3], weights, np.array([0.5, 0], np.float32)), np.ones((1, 3), np.float32))
    np.testing.assert_array_equal(y, [[6.5, 60]])
    assert isinstance(network.graph.nodes[0].operation, Dense)


@pytest.mark.parametrize("opset", [7, 9, 11, 13])
@pytest.mark.parametrize("trans_b", [0, 1])
@pytest.mark.parametrize(("alpha", "beta"), [(1.0, 1.0), (0.5, 1.0), (2.0, 0.25), (1.0, 0.0)])
@pytest.mark.parametrize("bias", [(), (1,), (4,), (1, 4), (2, 1), (2, 4)])
def test_general_products(opset: int, trans_b: int, alpha: float, beta: float, bias: tuple[int, ...]) -> None:
    weights = values(4, 6) if trans_b else values(6, 4)
    third = np.asarray(values(*bias), np.float32)
    agree(single("Gemm", [2, 6], weights, third, opset=opset, transB=trans_b, alpha=alpha, beta=beta), values(2, 6))


def test_the_first_matrix_turned() -> None:
    agree(single("Gemm", [6, 2], values(6, 4), values(4), transA=1), values(6, 2))


@pytest.mark.parametrize("shape", [(4, 5), (2, 3, 4, 5), (3, 4, 5), (4,)])
def test_products(shape: tuple[int, ...]) -> None:
    content = single("MatMul", [2, 3, 6, 4], values(*shape))
    agree(content, values(2, 3, 6, 4))


def test_products_of_two_values() -> None:
    nodes = [
        helper.make_node("Transpose", ["x"], ["t"], perm=[0, 1, 3, 2]),
        helper.make_node("MatMul", ["x", "t"], ["y"]),
    ]
    network = agree(written(nodes, [1, 2, 3, 4]), values(1, 2, 3, 4))
    assert network.stack.macs == 2 * 3 * 3 * 4


def test_weights_that_stand_turned_are_not_copied() -> None:
    model = read_model(single("Gemm", [1, 6], values(4, 6), transB=1))
    operation = lower(model).graph.nodes[0].operation
    assert isinstance(operation, Dense)
    assert np.shares_memory(operation.weights, model.constants["c0"])


@pytest.mark.parametrize("op", ["Gemm", "MatMul"])
def test_what_does_not_fit(op: str) -> None:
    with pytest.raises(InputError, match="do not fit"):
        ours(single(op, [1, 6], values(5, 4)), values(1, 6))
