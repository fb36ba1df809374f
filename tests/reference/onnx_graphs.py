"""Graphs of networks as ONNX models, for ONNX Runtime to run: one node or two for each operation."""

from __future__ import annotations

from typing import Any

import numpy as np
from onnx import TensorProto, helper, numpy_helper

from cnnkit.data.network.graph import Activate, Add, Concatenate, Convolve, Dense, Graph, Node, Pool, Reshape, Scale

OPSET = 17
WORDS = {"relu": "Relu", "sigmoid": "Sigmoid", "tanh": "Tanh", "leakyrelu": "LeakyRelu", "hardswish": "HardSwish"}


class Writer:
    """The nodes and weights of a model, channels first."""

    def __init__(self) -> None:
        self.nodes: list[Any] = []
        self.weights: list[Any] = []

    def constant(self, values: Any) -> str:
        name = f"w{len(self.weights)}"
        self.weights.append(numpy_helper.from_array(np.ascontiguousarray(values), name))
        return name

    def node(self, kind: str, inputs: list[str], output: str, **attributes: Any) -> None:
        self.nodes.append(helper.make_node(kind, inputs, [output], **attributes))


def model(graph: Graph) -> Any:
    """The model of a graph; its input and output are channels first."""
    writer, names = Writer(), {0: "x"}
    for number, node in enumerate(graph.nodes, start=1):
        names[number] = f"v{number}"
        write(writer, node, [names[value] for value in node.inputs], names[number], graph)
    shapes = [first(graph.input), first(graph.shape(graph.output))]
    x, y = (
        helper.make_tensor_value_info(name, TensorProto.FLOAT, shape)
        for name, shape in zip(("x", names[graph.output]), shapes, strict=True)
    )
    made = helper.make_graph(writer.nodes, "network", [x], [y], writer.weights)
    found = helper.make_model(made, opset_imports=[helper.make_opsetid("", OPSET)])
    found.ir_version = 8
    return found


def first(shape: tuple[int, ...]) -> list[int]:
    """A shape with the channels first."""
    return [shape[0], shape[3], *shape[1:3]] if len(shape) == 4 else [*shape]


def channels_first(values: Any) -> Any:
    """An array with the channels first."""
    return np.ascontiguousarray(values.transpose(0, 3, 1, 2)) if values.ndim == 4 else values


def channels_last(values: Any) -> Any:
    """An array with the channels last."""
    return np.ascontiguousarray(values.transpose(0, 2, 3, 1)) if values.ndim == 4 else values


def write(  # noqa: PLR0912
    writer: Writer, node: Node, given: list[str], output: str, graph: Graph
) -> None:
    """The node, or the two, of an operation."""
    operation, inputs = node.operation, node.inputs
    match operation:
        case Convolve(weights, bias, window, padding, groups):
            rest = [] if bias is None else [writer.constant(bias)]
            settings = {
                "strides": window.stride,
                "dilations": window.dilation,
                "pads": [padding.top, padding.left, padding.bottom, padding.right],
                "group": groups,
            }
            writer.node("Conv", [*given, writer.constant(weights.transpose(3, 2, 0, 1)), *rest], output, **settings)
        case Dense(weights, bias):
            rest = [] if bias is None else [writer.constant(bias)]
            writer.node("Gemm", [*given, writer.constant(weights), *rest], output)
        case Pool(settings):
            found: dict[str, Any] = dict(settings)
            if found.get("adaptive") == (1, 1):
                is_vector = len(node.shape) == 2
                pooled = f"{output}p" if is_vector else output
                writer.node("GlobalAveragePool" if found["kind"] == "average" else "GlobalMaxPool", given, pooled)
                if is_vector:
                    writer.node("Flatten", [pooled], output)
                return
            padding = found["padding"]
            writer.node(
                "AveragePool" if found["kind"] == "average" else "MaxPool",
                given,
                output,
                kernel_shape=found["size"],
                strides=found["stride"],
                pads=[padding.top, padding.left, padding.bottom, padding.right],
                ceil_mode=int(found["ceil"]),
            )
        case Scale(factors, offsets):
            side = (-1, 1, 1) if len(graph.shape(inputs[0])) == 4 else (-1,)
            writer.node("Mul", [*given, writer.constant(factors.reshape(side))], f"{output}s")
            writer.node("Add", [f"{output}s", writer.constant(offsets.reshape(side))], output)
        case Activate("clip", (low, high)):
            limits = [writer.constant(np.float32(limit)) for limit in (low, high)]
            writer.node("Clip", [*given, *limits], output)
        case Activate(kind, numbers):
            writer.node(WORDS[kind], given, output, **({"alpha": numbers[0]} if numbers else {}))
        case Add():
            writer.node("Add", given, output)
        case Concatenate():
            writer.node("Concat", given, output, axis=1)
        case Reshape():
            source = f"{output}t"
            if len(graph.shape(inputs[0])) == 4:
                writer.node("Transpose", given, source, perm=[0, 2, 3, 1])
            writer.node("Flatten", [source], output)
        case _ if getattr(operation, "name", "") == "softmax":
            writer.node("Softmax", given, output)
        case _:
            raise NotImplementedError(operation)
