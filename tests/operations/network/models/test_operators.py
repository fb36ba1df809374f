"""Every operator by the cases that ship with ONNX; and what is said of those that are not known."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import onnx
from onnx.backend.test.case.node import collect_testcases

from cnnkit.errors import CnnkitError
from cnnkit.files.network.onnx import read_model
from cnnkit.operations.network.models.operators import OPERATORS, needed, unknown_operators, unknown_text
from tests.cases.models import written
from tests.reference.models import compare, ours

node = onnx.helper.make_node
REFUSED = (
    "is not supported", "does not depend on its input", "is not computed", "depend on the values of the image",
)  # fmt: skip
OTHERWISE = {"test_resize_downsample_scales_linear_align_corners"}
"""Where ONNX Runtime and PyTorch stretch to whole lengths, and the case does not."""


def cases() -> list[tuple[str, bytes, np.ndarray[Any, Any], np.ndarray[Any, Any]]]:
    """Models of known operators with one image of floats; their other inputs become constants."""
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        collected = collect_testcases(None)
    found = []
    for case in collected:
        graph = case.model.graph
        if case.name.endswith("_expanded") and len(graph.node) > 40:  # attention, in many operators
            continue
        if any(one.domain or one.op_type not in OPERATORS for one in graph.node) or case.name in OTHERWISE:
            continue
        given, expected = case.data_sets[0]
        arrays = [*given, *expected]
        places = [n for n, x in enumerate(given) if isinstance(x, np.ndarray) and x.dtype == np.float32]
        place = next((n for n in places if 2 <= given[n].ndim <= 4 and given[n].size), None)
        if place is None or not all(isinstance(array, np.ndarray) and array.dtype.kind in "buif" for array in arrays):
            continue
        model = onnx.ModelProto()
        model.CopyFrom(case.model)
        for number, (value, array) in enumerate(zip(graph.input, given, strict=True)):
            if number != place:
                model.graph.initializer.append(onnx.numpy_helper.from_array(np.array(array, order="C"), value.name))
        found.append((case.name, model.SerializeToString(), given[place], expected[0]))
    return found


def test_the_cases_of_onnx() -> None:
    agreed, wrong = 0, {}
    for name, content, x, expected in cases():
        try:
            y = ours(content, x)[1]
            y = y.transpose(0, 3, 1, 2) if y.ndim == 4 and y.shape != expected.shape else y
            compare(np.asarray(y, np.float32), np.asarray(expected, np.float32))
        except CnnkitError as error:
            if not any(words in error.problem for words in REFUSED):
                wrong[name] = str(error)
        except AssertionError as error:
            wrong[name] = str(error)[:200]
        else:
            agreed += 1
    assert wrong == {}
    assert agreed > 400


def test_unknown_operators_are_counted_with_the_place_of_the_first() -> None:
    nodes = [
        node("Relu", ["x"], ["r"]),
        node("LSTM", ["r"], ["l"], name="lstm_3"),
        node("GRU", ["l"], ["g"]),
        node("GRU", ["g"], ["h"]),
        node("Loop", ["x"], ["unused"]),
        node("Custom", ["h"], ["y"], domain="com.example"),
    ]
    model = read_model(written(nodes, [1, 4, 4, 4]))
    found = unknown_operators(model)
    assert [number for number, _ in found] == [2, 3, 4, 6]
    assert unknown_text(model, found) == "LSTM (node 'lstm_3', 2nd of 6) and 3 more: GRU x2, Custom"
    assert unknown_text(model, found[:1]) == "LSTM (node 'lstm_3', 2nd of 6)"
    assert [one.op for _, one in needed(model)] == ["Relu", "LSTM", "GRU", "GRU", "Custom"]


CLASSICAL = """
Conv ConvTranspose BatchNormalization LRN MaxPool AveragePool GlobalAveragePool Relu LeakyRelu PRelu Clip Sigmoid
HardSigmoid HardSwish Tanh Softmax Add Sub Mul Div Sum Concat Split Slice Gemm MatMul Flatten Reshape Squeeze Unsqueeze
Transpose Pad Resize Upsample ReduceMean Dropout Identity Shape Gather Constant ConstantOfShape
"""


def test_operators_of_classical_networks_are_known() -> None:
    assert set(CLASSICAL.split()) <= OPERATORS.keys()
