"""Models of ONNX. The one place that knows the package onnx, and uses no more of it than the classes of its messages.

A file comes from strangers: what it says of itself is compared with what it holds, and nothing in it is run.
Source: ONNX's IR specification (https://github.com/onnx/onnx/blob/main/docs/IR.md) and onnx.proto.
"""

from __future__ import annotations

import io
import os
from collections.abc import Sequence
from importlib.util import find_spec
from itertools import zip_longest
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

from cnnkit.data.network.model import Model, ModelNode, ModelValue
from cnnkit.errors import CnnkitError, InputError, printable, quoted
from cnnkit.files.network.order import ordered
from cnnkit.files.network.tensors import Tensors, text
from cnnkit.files.network.wire import Place, without_weights
from cnnkit.files.reading import open_file

MOST_BYTES = (1 << 31) - 1
"""Of a message, which its format limits; weights that are more stand in files beside it."""

MOST_NODES = 100_000
OWN_DOMAINS = ("", "ai.onnx")


def check_installed() -> None:
    """Raise an InputError if the package is missing."""
    if find_spec("onnx") is None:
        raise InputError(
            "a model of ONNX is read with the package onnx, which is not installed",
            hint="install it with pip install 'cnnkit[models]'",
        )


def read_model(source: str | os.PathLike[str] | bytes) -> Model:
    """Read a model from a file, or from the bytes of one; those have no folder in which further weights may stand.

    An InputError if it is damaged, contradicts itself, or names files outside its folder.
    """
    if isinstance(source, bytes):
        return _model(io.BytesIO(source), None)
    path = Path(source)
    with open_file(path, MOST_BYTES) as stream:
        return _model(stream, path.parent)


def _model(stream: BinaryIO, folder: Path | None) -> Model:
    check_installed()
    from onnx import ModelProto

    if stream.seek(0, 2) > MOST_BYTES:
        raise InputError("this file is larger than 2 GiB", "save the model with its weights as external data")
    content, places = without_weights(stream)
    message = ModelProto()
    try:
        message.ParseFromString(content)
    except Exception as error:  # DecodeError of whichever implementation of protobuf there is
        if type(error).__name__ not in ("DecodeError", "ValueError", "RuntimeWarning", "RecursionError"):
            raise
        raise _no_model("it is damaged or cut off") from None
    if not message.ir_version or not message.HasField("graph"):
        raise _no_model("it has no graph")
    return _read(message, Tensors(folder, stream), places)


def _no_model(why: str) -> InputError:
    return InputError(f"this is not a model of ONNX: {why}", hint="save it again, as with torch.onnx.export")


def _read(message: Any, tensors: Tensors, places: Sequence[Place | None]) -> Model:
    graph = message.graph
    if graph.sparse_initializer:
        raise InputError("the model has sparse tensors, which are not read", hint="save it with dense weights")
    if len(graph.node) > MOST_NODES:
        raise InputError(f"the model has {len(graph.node):,} operators", hint=f"the limit is {MOST_NODES:,}")
    constants: dict[str, Any] = {}
    for tensor, place in zip_longest(graph.initializer, places):
        name = text(tensor.name)
        if not name or name in constants:
            raise _twice(name)
        constants[name] = tensors.array(tensor, name, place)
    inputs = tuple(_value(one) for one in graph.input if text(one.name) not in constants)
    nodes = ordered([_node(node, tensors) for node in graph.node], [one.name for one in inputs], constants)
    outputs = tuple(_value(one) for one in graph.output)
    made = {name for node in nodes for name in node.outputs} | {one.name for one in inputs} | constants.keys()
    for one in outputs:
        if one.name not in made:
            raise InputError(f"the output {quoted(one.name)} is made by no operator", hint="save the model again")
    if not outputs or not inputs:
        raise InputError(f"the model has no {'inputs' if outputs else 'outputs'}", hint="save the model again")
    if len({one.name for one in inputs}) < len(inputs):
        raise _twice(inputs[0].name)
    said = [_value(one) for one in graph.value_info if one.type.HasField("tensor_type")]
    shapes = {one.name: one.shape for one in (*said, *outputs) if one.shape is not None}
    return Model(text(graph.name) or "model", _opset(message), inputs, outputs, nodes, constants, shapes)


def _twice(name: str) -> InputError:
    return InputError(f"two values of the model have the name {quoted(name)}", hint="save the model again")


def _opset(message: Any) -> int:
    versions = [one.version for one in message.opset_import if text(one.domain) in OWN_DOMAINS]
    version = int(versions[0]) if versions else 1
    if not 1 <= version < 1000:
        raise InputError(f"the version {version} of its operators is none", hint="save the model again")
    return version


def _value(one: Any) -> ModelValue:
    name = text(one.name)
    if not one.type.HasField("tensor_type"):
        raise InputError(f"{quoted(name)} is not an array", hint="save the model with arrays as inputs and outputs")
    kind = one.type.tensor_type
    sides: list[int | str | None] = []
    for side in kind.shape.dim:
        length = side.dim_value if side.HasField("dim_value") else None
        if length is not None and length > MOST_BYTES:
            raise InputError(f"a side of {quoted(name)} is {length}, which is too large", "save the model again")
        sides.append(length if length is not None and length > 0 else text(side.dim_param) or None)
    return ModelValue(name, tuple(sides) if kind.HasField("shape") else None, _dtype(kind.elem_type))


def _dtype(number: int) -> str:
    from onnx import TensorProto, helper

    if number == TensorProto.STRING:
        return "string"
    try:
        dtype = np.dtype(helper.tensor_dtype_to_np_dtype(number))
    except (KeyError, ValueError, TypeError):
        return "unknown"
    return "float32" if dtype.kind in "fV" else dtype.name


def _node(node: Any, tensors: Tensors) -> ModelNode:
    op, domain, name = text(node.op_type), text(node.domain), text(node.name)
    inputs, outputs = (tuple(map(text, names)) for names in (node.input, node.output))
    try:
        attributes = {text(one.name): _attribute(one, tensors, (*outputs, "")[0]) for one in node.attribute}
    except CnnkitError as error:
        raise InputError(f"{printable(op)} {quoted(name)}: {error.problem}", error.hint) from None
    return ModelNode(op, "" if domain in OWN_DOMAINS else domain, name, inputs, outputs, attributes)


def _attribute(one: Any, tensors: Tensors, output: str) -> Any:
    """The value of an attribute; None for a graph within the graph, as its operator is none that is run."""
    from onnx import AttributeProto as Kind

    found: Any = None
    match one.type:
        case Kind.FLOAT:
            found = float(one.f)
        case Kind.INT:
            found = int(one.i)
        case Kind.STRING:
            found = one.s.decode(errors="replace")
        case Kind.TENSOR:
            found = tensors.array(one.t, text(one.t.name) or output)
        case Kind.FLOATS:
            found = [float(value) for value in one.floats]
        case Kind.INTS:
            found = [int(value) for value in one.ints]
        case Kind.STRINGS:
            found = [value.decode(errors="replace") for value in one.strings]
        case Kind.SPARSE_TENSOR | Kind.SPARSE_TENSORS:
            raise InputError("it has a sparse tensor, which is not read", hint="save the model with dense weights")
    return found
