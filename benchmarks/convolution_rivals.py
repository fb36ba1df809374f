"""Who convolves in the benchmark, how each is called, and whether their results agree.

Everybody gets two threads, the layout it likes best, and its weights ready before the call; every call returns a
fresh output. What a call must do to give the same output (padding that is not symmetric, saturation) is timed.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import cv2
import numpy as np
import onnx
import onnxruntime
import scipy as scipy_package
import torch
from convolution_cases import FLOAT_TOLERANCE, Array, Case, regions, truth
from onnx import helper, numpy_helper
from scipy import ndimage

import cnnkit

THREADS = 2
OURS = "cnnkit"
CV, CV_SPECIAL, SCIPY = "OpenCV", "OpenCV sep./box", "SciPy"
TORCH, TORCH_LAST, ORT = "torch", "torch ch. last", "ONNX Runtime"
FILTER_RIVALS = (OURS, CV, CV_SPECIAL, SCIPY, TORCH, TORCH_LAST, ORT)
LAYER_RIVALS = (OURS, TORCH, TORCH_LAST, ORT)
FRAMEWORKS = (TORCH, TORCH_LAST, ORT)

LONGEST = 3.0
"""Seconds above which a peer is left out of a row."""
FAR = 3.0
"""A peer so many times slower than the best one is not timed in every round: it does not set the ratio."""
HOPELESS = 20.0
"""A peer so many times slower at its first call is not given a second one to show that it is faster."""
SHORT = 0.1
"""Seconds below which every peer is timed in full all the same."""
SCIPY_PIXELS = 12_000_000
"""Pixels above which SciPy is not asked."""
FRAMEWORK_PIXELS = 500_000
"""Pixels above which frameworks are asked for dense kernels only."""
ESTIMATE_PIXELS = 40_000
"""Pixels of the corner that times are estimated from."""

Calls = dict[str, Callable[[], Any]]


def set_threads() -> None:
    cv2.setNumThreads(THREADS)
    torch.set_num_threads(THREADS)


def versions() -> str:
    names = {"OpenCV": cv2, "SciPy": scipy_package, "PyTorch": torch, "ONNX Runtime": onnxruntime, "NumPy": np}
    return ", ".join(f"{name} {package.__version__}" for name, package in {"cnnkit": cnnkit, **names}.items())


def rivals(case: Case) -> Calls:
    """The call of each that does the job, ours first."""
    calls: Calls = {OURS: ours(case)}
    if case.family != "layer":
        calls |= opencv(case)
        if case.image.shape[0] * case.image.shape[1] <= SCIPY_PIXELS:
            calls[SCIPY] = scipy(case)
    # To the frameworks a separable kernel and a box are grids like any other: their time is told once.
    is_told = case.family in ("separable", "box") and case.image.shape[0] * case.image.shape[1] > FRAMEWORK_PIXELS
    if case.image.dtype == np.float32 and not is_told:
        calls |= pytorch(case) | {ORT: onnx_runtime(case)}
    return calls


def flat(image: Array) -> Array:
    """A grey image without its depth, as filters take it."""
    return image[:, :, 0] if image.shape[2] == 1 else image


def ours(case: Case) -> Callable[[], Any]:
    kernel = cnnkit.kernel(case.weights)
    settings: dict[str, Any] = {"threads": THREADS}
    if case.family != "layer":
        image = flat(case.image)
        settings["dtype"] = image.dtype
    else:
        image = case.image
        settings |= {"stride": case.stride, "dilation": case.dilation, "groups": case.groups}
    return lambda: cnnkit.convolve(image, kernel, **settings)


def opencv(case: Case) -> Calls:
    image, weights, zeros = flat(case.image), case.weights.astype(np.float32), cv2.BORDER_CONSTANT
    calls: Calls = {CV: lambda: cv2.filter2D(image, -1, weights, borderType=zeros)}
    if case.family == "box":
        calls[CV_SPECIAL] = lambda: cv2.blur(image, (case.size, case.size), borderType=zeros)
    elif case.vectors is not None:
        column, row = (vector.astype(np.float32) for vector in case.vectors)
        calls[CV_SPECIAL] = lambda: cv2.sepFilter2D(image, -1, row, column, borderType=zeros)
    return calls


def scipy(case: Case) -> Callable[[], Any]:
    """SciPy wraps what does not fit into 8 bits: sums are made wider there, rounded and clipped."""
    image, weights = flat(case.image), case.weights
    is_bytes = image.dtype == np.uint8
    kind: Any = np.float32 if case.family == "box" or not is_bytes else np.int32

    def sums() -> Any:
        if case.family == "box":
            size = (case.size, case.size, 1)[: image.ndim]
            return ndimage.uniform_filter(image, size, output=kind, mode="constant")
        if case.vectors is not None:
            middle = ndimage.correlate1d(image, case.vectors[0], axis=0, output=kind, mode="constant")
            return ndimage.correlate1d(middle, case.vectors[1], axis=1, output=kind, mode="constant")
        grid = weights if image.ndim == 2 else weights[:, :, None]
        return ndimage.correlate(image, grid, output=kind, mode="constant")

    def clipped() -> Any:
        return np.clip(np.rint(sums()), 0, 255).astype(np.uint8)

    return clipped if is_bytes else sums


def pytorch(case: Case) -> Calls:
    last = torch.from_numpy(case.image)[None].permute(0, 3, 1, 2)
    weights = torch.from_numpy(np.ascontiguousarray(case.hwio.transpose(3, 2, 0, 1), dtype=np.float32))
    top, bottom, left, right = case.padding
    settings = {"stride": case.stride, "dilation": case.dilation, "groups": case.groups}

    def call(images: Any, grids: Any) -> Callable[[], Any]:
        @torch.inference_mode()  # type: ignore[untyped-decorator]
        def even() -> Any:
            return torch.nn.functional.conv2d(images, grids, padding=(top, left), **settings)

        @torch.inference_mode()  # type: ignore[untyped-decorator]
        def uneven() -> Any:
            padded = torch.nn.functional.pad(images, (left, right, top, bottom))
            return torch.nn.functional.conv2d(padded, grids, **settings)

        chosen: Callable[[], Any] = even if (top, left) == (bottom, right) else uneven
        return chosen

    calls: Calls = {TORCH: call(last.contiguous(), weights)}
    if case.depth > 1:
        kind = torch.channels_last
        calls[TORCH_LAST] = call(last.contiguous(memory_format=kind), weights.contiguous(memory_format=kind))
    return calls


def onnx_runtime(case: Case) -> Callable[[], Any]:
    planes = np.ascontiguousarray(case.image.transpose(2, 0, 1))[None]
    weights = np.ascontiguousarray(case.hwio.transpose(3, 2, 0, 1), dtype=np.float32)
    top, bottom, left, right = case.padding
    node = helper.make_node(
        "Conv",
        ["images", "weights"],
        ["maps"],
        pads=[top, left, bottom, right],
        strides=[case.stride] * 2,
        dilations=[case.dilation] * 2,
        group=case.groups,
    )
    kind = onnx.TensorProto.FLOAT
    graph = helper.make_graph(
        [node],
        "layer",
        [helper.make_tensor_value_info("images", kind, planes.shape)],
        [helper.make_tensor_value_info("maps", kind, (1, weights.shape[0], *case.output))],
        [numpy_helper.from_array(weights, "weights")],
    )
    # Version 10 of the format and 17 of the operators: what every ONNX Runtime of the last years reads.
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=10)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads, options.inter_op_num_threads = THREADS, 1
    session = onnxruntime.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])
    return lambda: session.run(None, {"images": planes})[0]


def too_slow(case: Case) -> set[str]:
    """Peers that would take more than `LONGEST`, by their time on a corner of the image."""
    pixels = case.image.shape[0] * case.image.shape[1]
    if case.family == "layer" or pixels < 10 * ESTIMATE_PIXELS:
        return set()
    found = set()
    asked = set(rivals(case)) & {SCIPY, *FRAMEWORKS}
    for name, call in rivals(case.cropped(ESTIMATE_PIXELS)).items():
        if name in asked:
            # A first call makes plans; the second is what a call costs.
            seconds = min(seconds_of(call)[0] for _ in range(2))
            if seconds * pixels / ESTIMATE_PIXELS > LONGEST:
                found.add(name)
    return found


def far_behind(seconds: dict[str, float], times: float = FAR) -> set[str]:
    """Peers too slow to set the ratio, and too slow to be called often."""
    bound = max(times * min(seconds.values(), default=0.0), SHORT)
    return {name for name, taken in seconds.items() if taken > bound}


def seconds_of(call: Callable[[], Any]) -> tuple[float, Any]:
    began = time.perf_counter()
    result = call()
    return time.perf_counter() - began, result


def as_image(result: Any) -> Array:
    """(rows, columns, depth) from what a rival returns, without a copy."""
    array: Array = np.asarray(result)
    if array.ndim == 4:
        array = array[0].transpose(1, 2, 0)
    return array[:, :, None] if array.ndim == 2 else array


def tolerance(case: Case, largest: float) -> float:
    """Whole weights on 8 bits are exact; a box rounds, and may fall to the other side of a half."""
    if case.image.dtype == np.uint8:
        return 1.0 if case.family == "box" else 0.0
    return FLOAT_TOLERANCE * largest


def agreement(case: Case, calls: Calls) -> tuple[dict[str, float], dict[str, float]]:
    """Compare each with the truth, and all of each with all of ours.

    Returns
    -------
    seconds : dict
        Of the one call made to compare, for those that agree.
    errors : dict
        The largest difference of those that do not.

    Raises
    ------
    AssertionError
        If ours is the one that does not.
    """
    places = regions(case)
    expected = [truth(case, region) for region in places]
    if case.image.dtype == np.uint8:
        expected = [np.clip(np.floor(part + 0.5), 0, 255) for part in expected]
    bound = tolerance(case, max(float(np.abs(part).max()) for part in expected))
    seconds, errors = {}, {}
    our_image = np.empty(0)
    for name, call in calls.items():
        taken, result = seconds_of(call)
        image = as_image(result)
        error = max(float(np.abs(image[region] - part).max()) for region, part in zip(places, expected, strict=True))
        if name == OURS:
            our_image = image
        else:
            planes = range(image.shape[2])
            apart = max(float(cv2.norm(image[:, :, plane], our_image[:, :, plane], cv2.NORM_INF)) for plane in planes)
            # Both may be off by the bound, on either side.
            error = max(error, apart / 2)
        if error <= bound:
            seconds[name] = taken
        else:
            errors[name] = error
    if OURS in errors:
        raise AssertionError(f"{case.name}: cnnkit is off by {errors[OURS]:.3g}, allowed is {bound:.3g}")
    return seconds, errors
