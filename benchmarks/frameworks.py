"""The image tools and frameworks that convolution and pooling are compared with: names, threads, common steps.

Importing it gives OpenCV and PyTorch the threads that everybody has.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import cv2
import numpy as np
import onnx
import onnxruntime
import torch
from harness import THREADS, Calls
from images import AnyCase, Array
from onnx import helper, numpy_helper
from timing import seconds_of

CV, SCIPY, SKIMAGE = "OpenCV", "SciPy", "scikit-image"
TORCH, TORCH_LAST, ORT = "torch", "torch ch. last", "ONNX Runtime"
FRAMEWORKS = (TORCH, TORCH_LAST, ORT)
MODULES = {"OpenCV": "cv2", "SciPy": "scipy", "PyTorch": "torch", "ONNX Runtime": "onnxruntime", "NumPy": "numpy"}

LONGEST_SECONDS = 3.0
"""A peer that takes longer is left out of a row, by its time on a corner: SciPy's wide windows, most of all."""
ESTIMATES = {40_000: (SCIPY, SKIMAGE), 160_000: FRAMEWORKS}
"""Pixels of that corner, and for whom: on a small one, waking their threads is all that frameworks' times show."""
LARGE_PIXELS = 500_000
"""From here on times are estimated first."""
MOST_PIXELS = 12_000_000
"""Above this, SciPy and scikit-image are not called."""

cv2.setNumThreads(THREADS)
torch.set_num_threads(THREADS)


def too_slow(case: AnyCase, names: Iterable[str], calls: Callable[[AnyCase], Calls]) -> dict[str, str]:
    """Peers that would take too long, and in words how long."""
    pixels = case.picture.pixels
    if pixels < LARGE_PIXELS:
        return {}
    found = {}
    for corner, estimated in ESTIMATES.items():
        for name, call in calls(case.cropped(corner)).items():
            if name not in estimated or name not in names:
                continue
            # A first call makes plans; where it is too long, a second is what a call costs.
            if all(seconds_of(call)[0] * pixels / corner > LONGEST_SECONDS for _ in range(2)):
                found[name] = f"> {1e3 * LONGEST_SECONDS:,.0f}"
    return found


def inference(call: Callable[[], Any]) -> Callable[[], Any]:
    """A call of PyTorch without anything for gradients."""
    without: Callable[[], Any] = torch.inference_mode()(call)
    return without


def channels_last(image: Array) -> Any:
    """(1, depth, rows, columns) as PyTorch likes it best: channel beside channel in memory."""
    return torch.from_numpy(image)[None].permute(0, 3, 1, 2)


def onnx_node(
    operator: str, planes: Array, shape: tuple[int, ...], weights: Array | None = None, **settings: Any
) -> Callable[[], Any]:
    """A session of ONNX Runtime that does one thing; `shape` is its result's."""
    kind = onnx.TensorProto.UINT8 if planes.dtype == np.uint8 else onnx.TensorProto.FLOAT
    constants = [] if weights is None else [numpy_helper.from_array(weights, "weights")]
    graph = helper.make_graph(
        [helper.make_node(operator, ["images", *(constant.name for constant in constants)], ["maps"], **settings)],
        "layer",
        [helper.make_tensor_value_info("images", kind, planes.shape)],
        [helper.make_tensor_value_info("maps", kind, shape)],
        constants,
    )
    # Version 10 of the format and 17 of the operators: what every ONNX Runtime of the last years reads.
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=10)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads, options.inter_op_num_threads = THREADS, 1
    session = onnxruntime.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])
    return lambda: session.run(None, {"images": planes})[0]
