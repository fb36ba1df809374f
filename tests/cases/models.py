"""Models of ONNX, written here: one operator each, or small networks."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import onnx
from onnx import TensorProto, helper, numpy_helper

Array = npt.NDArray[Any]
LAST_OPSET = 21
IR = 8


def values(*shape: int, seed: int = 0) -> Array:
    """Random numbers around 0."""
    return np.random.default_rng((seed, *shape)).standard_normal(shape, dtype=np.float32)


def written(
    nodes: Sequence[onnx.NodeProto],
    shape: Sequence[int | str | None],
    constants: dict[str, Array] | None = None,
    *,
    opset: int = LAST_OPSET,
    outputs: Sequence[str] = ("y",),
    dtype: int = TensorProto.FLOAT,
) -> bytes:
    """A model of these nodes, from x to the outputs."""
    given = [helper.make_tensor_value_info("x", dtype, shape)]
    made = [helper.make_tensor_value_info(name, TensorProto.FLOAT, None) for name in outputs]
    kept = [numpy_helper.from_array(np.array(array, order="C"), name) for name, array in (constants or {}).items()]
    graph = helper.make_graph(nodes, "written", given, made, kept)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)], ir_version=IR)
    return bytes(model.SerializeToString())


def single(
    op: str, shape: Sequence[int | str | None], *constants: Array | None, opset: int = LAST_OPSET, **attributes: Any
) -> bytes:
    """A model of one operator of x and constants; None is an input that is left out."""
    names = ["" if array is None else f"c{number}" for number, array in enumerate(constants)]
    node = helper.make_node(op, ["x", *names], ["y"], name="the-node", **attributes)
    kept = {name: array for name, array in zip(names, constants, strict=True) if array is not None}
    return written([node], shape, kept, opset=opset)


def small_network(*, opset: int = LAST_OPSET, sides: tuple[int | None, int | None] = (32, 32)) -> bytes:
    """Two convolutions with a shortcut, a global mean, a layer of 10 classes and their shares."""
    node = helper.make_node
    nodes = [
        node("Conv", ["x", "w1", "b1"], ["a"], name="first", pads=[1, 1, 1, 1], strides=[2, 2]),
        node("Relu", ["a"], ["r"], name="rectify"),
        node("Conv", ["r", "w2"], ["c"], name="second", pads=[1, 1, 1, 1]),
        node("BatchNormalization", ["c", "s", "o", "m", "v"], ["n"], name="normalise"),
        node("Add", ["n", "r"], ["sum"], name="shortcut"),
        node("GlobalAveragePool", ["sum"], ["g"], name="mean"),
        node("Flatten", ["g"], ["f"], name="flat"),
        node("Gemm", ["f", "w3", "b3"], ["z"], name="classes", transB=1),
        node("Softmax", ["z"], ["y"], name="shares"),
    ]
    constants = {
        "w1": values(8, 3, 3, 3), "b1": values(8), "w2": values(8, 8, 3, 3), "s": values(8, seed=1),
        "o": values(8, seed=2), "m": values(8, seed=3), "v": np.abs(values(8, seed=4)) + 1, "w3": values(10, 8),
        "b3": values(10),
    }  # fmt: skip
    return written(nodes, ["n", 3, *sides], constants, opset=opset)
