"""Who convolves in the benchmark, and how each is called.

Everybody gets two threads, the layout it likes best, and its weights ready before the call; every call returns a
fresh output. What a call must do to give the same output (padding that is not symmetric, saturation) is timed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import cv2
import frameworks
import numpy as np
import torch
from convolution_cases import Case
from frameworks import CV, MOST_PIXELS, ORT, SCIPY, TORCH, TORCH_LAST, channels_last, inference, onnx_node
from harness import OURS, THREADS, Calls
from scipy import ndimage

import cnnkit

MODULES = frameworks.MODULES
CV_SPECIAL = "OpenCV sep./box"
FRAMEWORK_PIXELS = 500_000
"""Above this, frameworks are called for dense kernels only."""


def calls(case: Case) -> Calls:
    """The call of each that does the job, ours first."""
    found: Calls = {OURS: ours(case)}
    pixels = case.picture.pixels
    if case.family != "layer":
        found |= opencv(case)
        if pixels <= MOST_PIXELS:
            found[SCIPY] = scipy(case)
    # To the frameworks a separable kernel and a box are grids like any other: one size is enough to show it.
    is_shown = case.family in ("separable", "box") and pixels > FRAMEWORK_PIXELS
    if case.dtype == "float32" and not is_shown:
        found |= pytorch(case) | {ORT: onnx_runtime(case)}
    return found


def skipped(case: Case, names: Iterable[str]) -> dict[str, str]:
    """Those who would take too long."""
    return frameworks.too_slow(case, names, calls)


def ours(case: Case) -> Callable[[], Any]:
    kernel = cnnkit.kernel(case.weights)
    settings: dict[str, Any] = {"threads": THREADS}
    if case.family != "layer":
        image = case.picture.flat
        settings["dtype"] = image.dtype
    else:
        image = case.picture.samples
        settings |= {"stride": case.stride, "dilation": case.dilation, "groups": case.groups}
    return lambda: cnnkit.convolve(image, kernel, **settings)


def opencv(case: Case) -> Calls:
    image, weights, zeros = case.picture.flat, case.weights.astype(np.float32), cv2.BORDER_CONSTANT
    found: Calls = {CV: lambda: cv2.filter2D(image, -1, weights, borderType=zeros)}
    if case.family == "box":
        found[CV_SPECIAL] = lambda: cv2.blur(image, (case.size, case.size), borderType=zeros)
    elif case.vectors is not None:
        column, row = (vector.astype(np.float32) for vector in case.vectors)
        found[CV_SPECIAL] = lambda: cv2.sepFilter2D(image, -1, row, column, borderType=zeros)
    return found


def scipy(case: Case) -> Callable[[], Any]:
    """SciPy wraps what does not fit into 8 bits: sums are made wider there, rounded and clipped."""
    image, weights = case.picture.flat, case.weights
    is_bytes = image.dtype == np.uint8
    wide: Any = np.float32 if case.family == "box" or not is_bytes else np.int32

    def sums() -> Any:
        if case.family == "box":
            size = (case.size, case.size, 1)[: image.ndim]
            return ndimage.uniform_filter(image, size, output=wide, mode="constant")
        if case.vectors is not None:
            middle = ndimage.correlate1d(image, case.vectors[0], axis=0, output=wide, mode="constant")
            return ndimage.correlate1d(middle, case.vectors[1], axis=1, output=wide, mode="constant")
        grid = weights if image.ndim == 2 else weights[:, :, None]
        return ndimage.correlate(image, grid, output=wide, mode="constant")

    def clipped() -> Any:
        return np.clip(np.rint(sums()), 0, 255).astype(np.uint8)

    return clipped if is_bytes else sums


def pytorch(case: Case) -> Calls:
    planes = channels_last(case.picture.samples).contiguous()
    weights = torch.from_numpy(np.ascontiguousarray(case.hwio.transpose(3, 2, 0, 1), dtype=np.float32))
    found: Calls = {TORCH: pytorch_call(case, planes, weights)}
    if case.depth > 1:
        last = torch.channels_last
        images, grids = (tensor.contiguous(memory_format=last) for tensor in (planes, weights))
        found[TORCH_LAST] = pytorch_call(case, images, grids)
    return found


def pytorch_call(case: Case, images: Any, grids: Any) -> Callable[[], Any]:
    layers = torch.nn.functional
    top, bottom, left, right = case.padding
    settings = {"stride": case.stride, "dilation": case.dilation, "groups": case.groups}
    if (top, left) == (bottom, right):
        return inference(lambda: layers.conv2d(images, grids, padding=(top, left), **settings))
    return inference(lambda: layers.conv2d(layers.pad(images, (left, right, top, bottom)), grids, **settings))


def onnx_runtime(case: Case) -> Callable[[], Any]:
    weights = np.ascontiguousarray(case.hwio.transpose(3, 2, 0, 1), dtype=np.float32)
    top, bottom, left, right = case.padding
    return onnx_node(
        "Conv",
        case.picture.planes,
        (1, weights.shape[0], *case.output),
        weights,
        pads=[top, left, bottom, right],
        strides=[case.stride] * 2,
        dilations=[case.dilation] * 2,
        group=case.groups,
    )
