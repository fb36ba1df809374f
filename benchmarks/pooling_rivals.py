"""Who pools in the benchmark, how each is called, and whether their results agree.

Everybody gets two threads and the layout it likes best; every call returns a fresh output. What a call must do to give
the same output (a slice of a filtered image for a stride, a change of type) is timed.
"""

from __future__ import annotations

from collections.abc import Callable
from importlib import metadata
from typing import Any

import convolution_rivals
import cv2
import numpy as np
import onnx
import onnxruntime
import torch
from convolution_rivals import CV, ORT, OURS, SCIPY, THREADS, TORCH, TORCH_LAST, Calls, seconds_of
from onnx import helper
from pooling_cases import ADAPTIVE, FLOAT_TOLERANCE, GLOBAL, WINDOW, Array, Case, Region, regions, truth
from scipy import ndimage
from skimage.filters import rank
from skimage.measure import block_reduce

import cnnkit

CV_RESIZE, NUMPY, SKIMAGE = "OpenCV resize", "NumPy", "scikit-image"

LONGEST = 3.0
"""Seconds above which a peer is left out of a row, by its time on a corner: SciPy's wide medians, most of all."""
ESTIMATE_PIXELS = {40_000: (SCIPY, SKIMAGE), 160_000: (TORCH, TORCH_LAST, ORT)}
"""Pixels of that corner, and for whom: on a small one, waking their threads is all that frameworks' times show."""
LARGE_PIXELS = 500_000
"""Pixels from which on times are estimated first."""
SLOW_PIXELS = 12_000_000
"""Pixels above which only OpenCV, NumPy and the frameworks are asked."""


def versions() -> str:
    return f"{convolution_rivals.versions()}, scikit-image {metadata.version('scikit-image')}"


def rivals(case: Case) -> Calls:
    """The call of each that does the job, ours first."""
    calls: Calls = {OURS: ours(case)}
    if case.is_frame:
        calls |= opencv(case) | numpy(case)
        if case.picture.pixels <= SLOW_PIXELS:
            calls |= scipy(case) | scikit_image(case)
    return calls | pytorch(case) | onnx_runtime(case)


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
    if case.kind == "average" and case.dtype == "uint8":
        settings["dtype"] = case.dtype
    return lambda: cnnkit.pool(image, **settings)


def every(call: Callable[[], Any], stride: int) -> Callable[[], Any]:
    """The results a stride keeps, copied out of those of stride 1, as an output of their own."""

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

    def norm() -> Any:
        return cv2.sqrt(cv2.sqrBoxFilter(image, depth, side, None, anchor, False, zeros))

    filters: Calls = {
        "max": lambda: cv2.dilate(image, rect, anchor=anchor),
        "min": lambda: cv2.erode(image, rect, anchor=anchor),
        "average": lambda: cv2.boxFilter(image, depth, side, None, anchor, True, zeros),
        "lp": norm,
    }
    calls: Calls = {CV: every(filters[kind], case.stride)}
    if kind == "average" and case.stride == case.size:
        size = case.output[::-1]
        kept = np.dtype(case.dtype)
        calls[CV_RESIZE] = lambda: cv2.resize(image.astype(kept, copy=False), size, interpolation=cv2.INTER_AREA)
    return calls


def numpy(case: Case) -> Calls:
    """Whole images, and 2x2 windows as what one writes in NumPy: rows two by two, then columns."""
    image, kind = case.picture.flat, case.kind
    if case.how == GLOBAL:
        if kind == "max":
            return {NUMPY: lambda: image.max(axis=(0, 1))}
        return {NUMPY: lambda: image.mean(axis=(0, 1))}
    if (case.size, case.stride) != (2, 2) or kind == "lp" or (kind == "average" and case.dtype == "uint8"):
        return {}
    if kind == "average":
        wide = np.uint16 if image.dtype == np.uint8 else np.float32

        def means() -> Any:
            sums = np.add(image[::2], image[1::2], dtype=wide)
            return (sums[:, ::2] + sums[:, 1::2]) * np.float32(0.25)

        return {NUMPY: means}
    two = np.maximum if kind == "max" else np.minimum

    def extremes() -> Any:
        rows = two(image[::2], image[1::2])
        return two(rows[:, ::2], rows[:, 1::2])

    return {NUMPY: extremes}


def scipy(case: Case) -> Calls:
    """Filters, so without a stride; mirrored or repeated samples around add no new extreme."""
    if case.how == GLOBAL or case.stride > 1 or (case.kind == "average" and case.dtype == "uint8"):
        return {}
    image = case.picture.flat
    size = (case.size, case.size, 1)[: image.ndim]
    calls: Calls = {
        "max": lambda: ndimage.maximum_filter(image, size),
        "min": lambda: ndimage.minimum_filter(image, size),
        "average": lambda: ndimage.uniform_filter(image, size, output=np.float32, mode="constant"),
        "median": lambda: ndimage.median_filter(image, size, mode="nearest"),
    }
    return {SCIPY: calls[case.kind]} if case.kind in calls else {}


def scikit_image(case: Case) -> Calls:
    image, kind = case.picture.flat, case.kind
    if kind == "median" and image.dtype == np.uint8:
        square = np.ones((case.size, case.size), np.uint8)
        planes = case.picture.planes[0]
        return {SKIMAGE: lambda: np.stack([rank.median(plane, square) for plane in planes])[None]}
    if case.how == GLOBAL or case.stride != case.size or kind not in ("max", "min", "average"):
        return {}
    if kind == "average" and case.dtype == "uint8":
        return {}
    blocks = (case.size, case.size, 1)[: image.ndim]
    reduce: Any = {"max": np.max, "min": np.min, "average": np.mean}[kind]
    settings = {"dtype": np.float32} if kind == "average" else {}
    return {SKIMAGE: lambda: block_reduce(image, blocks, reduce, func_kwargs=settings)}


def pytorch(case: Case) -> Calls:
    is_bytes = case.picture.samples.dtype == np.uint8
    if case.kind in ("min", "median") or (case.kind == "average" and case.dtype == "uint8"):
        return {}
    if is_bytes and case.how == WINDOW and case.kind != "max":
        return {}
    planes = torch.from_numpy(case.picture.planes)
    calls: Calls = {TORCH: pytorch_call(case, planes)}
    # Of bytes it pools planes only.
    if case.depth > 1 and not (is_bytes and case.how == WINDOW):
        calls[TORCH_LAST] = pytorch_call(case, torch.from_numpy(case.picture.samples)[None].permute(0, 3, 1, 2))
    return calls


def pytorch_call(case: Case, images: Any) -> Callable[[], Any]:
    layers, around = torch.nn.functional, case.padding
    is_max = case.kind == "max"

    @torch.inference_mode()  # type: ignore[untyped-decorator]
    def whole() -> Any:
        kept = images.amax((2, 3)) if is_max else images.mean((2, 3), dtype=torch.float32)
        return kept[:, :, None, None]

    @torch.inference_mode()  # type: ignore[untyped-decorator]
    def adaptive() -> Any:
        return (layers.adaptive_max_pool2d if is_max else layers.adaptive_avg_pool2d)(images, case.output)

    @torch.inference_mode()  # type: ignore[untyped-decorator]
    def norm() -> Any:
        padded = layers.pad(images, (around,) * 4) if around else images
        return layers.lp_pool2d(padded, 2.0, case.size, case.stride)

    @torch.inference_mode()  # type: ignore[untyped-decorator]
    def window() -> Any:
        return (layers.max_pool2d if is_max else layers.avg_pool2d)(images, case.size, case.stride, around)

    if case.kind == "lp":
        return norm  # type: ignore[no-any-return]
    return {GLOBAL: whole, ADAPTIVE: adaptive, WINDOW: window}[case.how]  # type: ignore[no-any-return]


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
    kind = onnx.TensorProto.UINT8 if is_bytes else onnx.TensorProto.FLOAT
    planes = case.picture.planes
    graph = helper.make_graph(
        [helper.make_node(operator, ["images"], ["kept"], **settings)],
        "pooling",
        [helper.make_tensor_value_info("images", kind, planes.shape)],
        [helper.make_tensor_value_info("kept", kind, (1, case.depth, *case.output))],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=10)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads, options.inter_op_num_threads = THREADS, 1
    session = onnxruntime.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])
    return {ORT: lambda: session.run(None, {"images": planes})[0]}


def copy(case: Case) -> Callable[[], Any]:
    """`np.copyto` that moves as many bytes as the pooling: half of them read, half of them written to ready memory."""
    source = np.ones(max(case.moved // 2, 1), np.uint8)
    target = np.empty_like(source)
    return lambda: np.copyto(target, source)


def too_slow(case: Case) -> set[str]:
    """Peers that would take more than `LONGEST`, by their time on a corner of the image."""
    if case.picture.pixels < LARGE_PIXELS or case.how == GLOBAL:
        return set()
    found = set()
    for pixels, names in ESTIMATE_PIXELS.items():
        times = case.picture.pixels / pixels
        for name, call in rivals(case.cropped(pixels)).items():
            # A first call makes plans; where it is too long, a second is what a call costs.
            if name in names and all(seconds_of(call)[0] * times > LONGEST for _ in range(2)):
                found.add(name)
    return found


def as_image(case: Case, result: Any) -> Array:
    """(rows, columns, depth) from what a rival returns: without a copy, unless it is a number for each channel."""
    array: Array = np.asarray(result)
    if case.how == GLOBAL:
        return array.astype(case.dtype).reshape(1, 1, case.depth)
    if array.ndim == 4:
        array = array[0].transpose(1, 2, 0)
    return array[:, :, None] if array.ndim == 2 else array


def bound(case: Case, name: str, largest: float) -> float:
    """Samples are kept as they are; a mean in 8 bits may fall to the other side of a half, but not ours."""
    if case.kind not in ("average", "lp"):
        return 0.0
    if case.dtype == "uint8":
        return 0.0 if name == OURS else 1.0
    return FLOAT_TOLERANCE * largest


def difference(case: Case, image: Array, region: Region, expected: Array, edge: int) -> float:
    """From the truth, at most, in a region without the outermost `edge` rows and columns of the image."""
    limits = [(edge, length - edge) for length in case.output]
    inner = tuple(
        slice(max(part.start, low), min(part.stop, high)) for part, (low, high) in zip(region, limits, strict=True)
    )
    there = tuple(slice(p.start - part.start, p.stop - part.start) for p, part in zip(inner, region, strict=True))
    return float(np.abs(image[inner] - expected[there]).max(initial=0.0))


def agreement(case: Case, calls: Calls) -> tuple[dict[str, float], dict[str, str]]:
    """Compare each with the truth, and all of each with all of ours.

    Returns
    -------
    seconds : dict
        Of the one call made to compare, for those that agree.
    errors : dict
        What is wrong with those that do not, or cannot.

    Raises
    ------
    AssertionError
        If ours does not agree.
    """
    places = regions(case)
    expected = [truth(case, region) for region in places]
    largest = max(float(np.abs(part).max()) for part in expected)
    seconds: dict[str, float] = {}
    errors: dict[str, str] = {}
    our_image: Array | None = None
    for name, call in calls.items():
        try:
            taken, result = seconds_of(call)
        except (TypeError, ValueError, RuntimeError) as problem:
            errors[name] = f"cannot: {str(problem).splitlines()[0]}"
            continue
        image = as_image(case, result)
        edge = 0 if name == OURS else case.edge
        pairs = zip(places, expected, strict=True)
        error = max(difference(case, image, region, part, edge) for region, part in pairs)
        if name == OURS:
            our_image = image
        elif our_image is not None:
            # Both may be off by the bound, on either side.
            error = max(error, apart(image, our_image, case.edge) / 2)
        allowed = bound(case, name, largest)
        if name == OURS and (error > allowed or image.dtype != case.dtype):
            raise AssertionError(
                f"{case.name}: cnnkit is off by {error:.3g} in {image.dtype}, allowed is {allowed:.3g}"
            )
        if error <= allowed and image.dtype == case.dtype:
            seconds[name] = taken
        else:
            errors[name] = f"differs by up to {error:.3g} ({image.dtype})"
    return seconds, errors


def apart(image: Array, ours: Array, edge: int) -> float:
    """The largest difference of two results, without the outermost `edge` rows and columns."""
    inner = slice(edge, -edge or None)
    planes = range(image.shape[2])
    return max(float(cv2.norm(image[inner, inner, plane], ours[inner, inner, plane], cv2.NORM_INF)) for plane in planes)
