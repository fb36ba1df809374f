"""Who pools in the benchmark, and how each is called.

Everybody gets two threads and the layout it likes best; every call returns a fresh output. What a call must do to give
the same output (a slice of a filtered image for a stride, a change of type) is timed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import cv2
import frameworks
import numpy as np
import torch
from frameworks import CV, MOST_PIXELS, ORT, SCIPY, SKIMAGE, TORCH, TORCH_LAST, channels_last, inference, onnx_node
from harness import COPY, OURS, THREADS, Calls
from pooling_cases import ADAPTIVE, GLOBAL, WINDOW, Case
from scipy import ndimage
from skimage.filters import rank
from skimage.measure import block_reduce

import cnnkit

MODULES = {**frameworks.MODULES, "scikit-image": "skimage"}
CV_RESIZE, NUMPY = "OpenCV resize", "NumPy"


def calls(case: Case) -> Calls:
    """The call of each that does the job, ours first, and a copy."""
    found: Calls = {OURS: ours(case)}
    if case.is_frame:
        found |= opencv(case) | numpy(case)
        if case.picture.pixels <= MOST_PIXELS:
            found |= scipy(case) | scikit_image(case)
    return found | pytorch(case) | onnx_runtime(case) | {COPY: copy(case)}


def skipped(case: Case, names: Iterable[str]) -> dict[str, str]:
    """Those who would take too long."""
    return {} if case.how == GLOBAL else frameworks.too_slow(case, names, calls)


def copy(case: Case) -> Callable[[], Any]:
    """`np.copyto` that moves as many bytes as the pooling: half of them read, half of them written to ready memory."""
    source = np.ones(max(case.moved // 2, 1), np.uint8)
    target = np.empty_like(source)
    return lambda: np.copyto(target, source)


def ours(case: Case) -> Callable[[], Any]:
    image = case.picture.flat
    settings: dict[str, Any] = {"kind": case.kind, "threads": THREADS}
    if case.how == ADAPTIVE:
        settings["adaptive"] = case.output
    elif case.how == GLOBAL:
        settings["size"] = GLOBAL
    else:
        settings |= {"size": case.size, "stride": case.stride, "padding": case.padding}
        if case.kind == "average":
            settings["count_padding"] = True
    if case.is_mean_of_bytes:
        settings["dtype"] = case.dtype
    return lambda: cnnkit.pool(image, **settings)


def every(call: Callable[[], Any], stride: int) -> Callable[[], Any]:
    """The results for a stride, copied out of those of stride 1, as an output of their own."""

    def sliced() -> Any:
        return call()[::stride, ::stride].copy()

    return call if stride == 1 else sliced


def opencv(case: Case) -> Calls:
    image, kind, side = case.picture.flat, case.kind, (case.size, case.size)
    if case.how == GLOBAL:
        if kind == "average":
            return {CV: lambda: cv2.mean(image)[: case.depth]}
        if case.depth == 1:
            return {CV: lambda: cv2.minMaxLoc(image)[1]}
        return {CV: lambda: cv2.reduce(cv2.reduce(image, 0, cv2.REDUCE_MAX), 1, cv2.REDUCE_MAX)}
    if kind == "median":
        # Of float32 it has 3x3 and 5x5.
        return {CV: lambda: cv2.medianBlur(image, case.size)} if image.dtype == np.uint8 or case.size <= 5 else {}
    anchor, zeros, rect = (case.padding, case.padding), cv2.BORDER_CONSTANT, np.ones(side, np.uint8)
    depth = cv2.CV_8U if case.dtype == "uint8" else cv2.CV_32F
    filters: Calls = {
        "max": lambda: cv2.dilate(image, rect, anchor=anchor),
        "min": lambda: cv2.erode(image, rect, anchor=anchor),
        "average": lambda: cv2.boxFilter(image, depth, side, None, anchor, True, zeros),
        "lp": lambda: cv2.sqrt(cv2.sqrBoxFilter(image, depth, side, None, anchor, False, zeros)),
    }
    found: Calls = {CV: every(filters[kind], case.stride)}
    if kind == "average" and case.stride == case.size:
        size, dtype = case.output[::-1], np.dtype(case.dtype)
        found[CV_RESIZE] = lambda: cv2.resize(image.astype(dtype, copy=False), size, interpolation=cv2.INTER_AREA)
    return found


def numpy(case: Case) -> Calls:
    """Whole images, and 2x2 windows as what one writes in NumPy: rows two by two, then columns."""
    image, kind = case.picture.flat, case.kind
    if case.how == GLOBAL:
        return {NUMPY: lambda: image.max(axis=(0, 1)) if kind == "max" else image.mean(axis=(0, 1))}
    if (case.size, case.stride) != (2, 2) or kind == "lp" or case.is_mean_of_bytes:
        return {}
    wide = np.uint16 if image.dtype == np.uint8 else np.float32
    two = np.maximum if kind == "max" else np.minimum

    def means() -> Any:
        sums = np.add(image[::2], image[1::2], dtype=wide)
        return (sums[:, ::2] + sums[:, 1::2]) * np.float32(0.25)

    def extremes() -> Any:
        rows = two(image[::2], image[1::2])
        return two(rows[:, ::2], rows[:, 1::2])

    return {NUMPY: means if kind == "average" else extremes}


def scipy(case: Case) -> Calls:
    """Filters, so without a stride; mirrored or repeated samples around add no new extreme."""
    if case.how == GLOBAL or case.stride > 1 or case.is_mean_of_bytes:
        return {}
    image = case.picture.flat
    size = (case.size, case.size, 1)[: image.ndim]
    found: Calls = {
        "max": lambda: ndimage.maximum_filter(image, size),
        "min": lambda: ndimage.minimum_filter(image, size),
        "average": lambda: ndimage.uniform_filter(image, size, output=np.float32, mode="constant"),
        "median": lambda: ndimage.median_filter(image, size, mode="nearest"),
    }
    return {SCIPY: found[case.kind]} if case.kind in found else {}


def scikit_image(case: Case) -> Calls:
    image, kind = case.picture.flat, case.kind
    if kind == "median" and image.dtype == np.uint8:
        square = np.ones((case.size, case.size), np.uint8)
        planes = case.picture.planes[0]
        return {SKIMAGE: lambda: np.stack([rank.median(plane, square) for plane in planes])[None]}
    if case.how == GLOBAL or case.stride != case.size or kind not in ("max", "min", "average"):
        return {}
    if case.is_mean_of_bytes:
        return {}
    blocks = (case.size, case.size, 1)[: image.ndim]
    reduce: Any = {"max": np.max, "min": np.min, "average": np.mean}[kind]
    settings = {"dtype": np.float32} if kind == "average" else {}
    return {SKIMAGE: lambda: block_reduce(image, blocks, reduce, func_kwargs=settings)}


def pytorch(case: Case) -> Calls:
    is_bytes = case.picture.samples.dtype == np.uint8
    if case.kind in ("min", "median") or case.is_mean_of_bytes:
        return {}
    if is_bytes and case.how == WINDOW and case.kind != "max":
        return {}
    found: Calls = {TORCH: pytorch_call(case, torch.from_numpy(case.picture.planes))}
    # Of bytes it pools planes only.
    if case.depth > 1 and not (is_bytes and case.how == WINDOW):
        found[TORCH_LAST] = pytorch_call(case, channels_last(case.picture.samples))
    return found


def pytorch_call(case: Case, images: Any) -> Callable[[], Any]:
    layers, around, is_max = torch.nn.functional, case.padding, case.kind == "max"

    def whole() -> Any:
        return (images.amax((2, 3)) if is_max else images.mean((2, 3), dtype=torch.float32))[:, :, None, None]

    def adaptive() -> Any:
        return (layers.adaptive_max_pool2d if is_max else layers.adaptive_avg_pool2d)(images, case.output)

    def norm() -> Any:
        padded = layers.pad(images, (around,) * 4) if around else images
        return layers.lp_pool2d(padded, 2.0, case.size, case.stride)

    def window() -> Any:
        return (layers.max_pool2d if is_max else layers.avg_pool2d)(images, case.size, case.stride, around)

    return inference(norm if case.kind == "lp" else {GLOBAL: whole, ADAPTIVE: adaptive, WINDOW: window}[case.how])


def onnx_runtime(case: Case) -> Calls:
    """One node; it has no adaptive pooling, but windows that come to the same here."""
    is_bytes = case.picture.samples.dtype == np.uint8
    if case.kind not in ("max", "average", "lp") or (is_bytes and (case.kind != "max" or case.how == GLOBAL)):
        return {}
    operator = {"max": "MaxPool", "average": "AveragePool", "lp": "LpPool"}[case.kind]
    settings: dict[str, Any] = {}
    if case.how == GLOBAL:
        operator = f"Global{operator}"
    else:
        settings = {"kernel_shape": [case.size] * 2, "strides": [case.stride] * 2, "pads": [case.padding] * 4}
        settings |= {"count_include_pad": 1} if case.kind == "average" else {}
    return {ORT: onnx_node(operator, case.picture.planes, (1, case.depth, *case.output), **settings)}
