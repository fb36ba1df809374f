"""Models run by cnnkit and by ONNX Runtime, side by side, in ONNX's order of axes."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import onnxruntime

from cnnkit.data.network.graph import Network
from cnnkit.files.network.onnx import read_model
from cnnkit.network.volume import Shape
from cnnkit.operations.network.models.inputs import sized
from cnnkit.operations.network.models.lower import lower
from cnnkit.operations.network.models.orders import IMAGE, laid
from cnnkit.operations.network.program import Program

Array = npt.NDArray[Any]
TOLERANCE = 1e-3
onnxruntime.set_default_logger_severity(4)


def ours(content: bytes, x: Array, size: Shape | None = None) -> tuple[Network, Array]:
    """The network of a model, and its first output."""
    model = read_model(content)
    batch = 1 if isinstance((model.inputs[0].shape or (1,))[0], int) else len(x)
    network = lower(model, size, batch=batch)
    order = sized(model, size, batch)[2]
    given = np.ascontiguousarray(laid(x, order), dtype=np.float32)
    y = Program(network.graph, threads=1).run(given)[network.graph.output]
    assert y.shape == network.graph.shape(network.graph.output)
    return network, y.transpose(0, 3, 1, 2) if y.ndim == 4 and order == IMAGE else y


def theirs(content: bytes, x: Array) -> Array:
    """The first output of ONNX Runtime, on one thread."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    session = onnxruntime.InferenceSession(content, options, providers=["CPUExecutionProvider"])
    return np.asarray(session.run(None, {session.get_inputs()[0].name: x})[0])


def agree(content: bytes, x: Array, size: Shape | None = None, tolerance: float = TOLERANCE) -> Network:
    """Check that both give the same, to a share of the largest magnitude."""
    network, y = ours(content, x, size)
    expected = theirs(content, x)
    compare(y.transpose(0, 3, 1, 2) if y.ndim == 4 and y.shape != expected.shape else y, expected, tolerance)
    return network


def compare(y: Array, expected: Array, tolerance: float = TOLERANCE) -> None:
    """Check an output: its shape, where it is not a number, and its values."""
    assert y.shape == expected.shape
    finite = np.isfinite(expected)
    largest = float(np.abs(expected[finite], dtype=np.float64).max(initial=0))
    np.testing.assert_allclose(
        np.asarray(y, np.float64), np.asarray(expected, np.float64), rtol=1e-5, atol=tolerance * max(largest, 1e-6)
    )
