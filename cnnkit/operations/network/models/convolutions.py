"""Convolutions and pools: windows that move over images. Of one dimension they move along an image of one row.

Source: ONNX's Conv, ConvTranspose, MaxPool, AveragePool and LpPool (https://onnx.ai/onnx/operators/).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from cnnkit.arrays import Array
from cnnkit.data.network.graph import Convolve, ConvolveTransposed, Pool
from cnnkit.errors import InputError
from cnnkit.geometry.padding import Padding, four_sides
from cnnkit.geometry.pair import Pair
from cnnkit.geometry.transposed import place_transposed
from cnnkit.geometry.window import Setting, Window, place
from cnnkit.operations.network.models.builder import Step, Traced, Value
from cnnkit.operations.network.models.orders import image_order
from cnnkit.operations.network.models.words import windowed, worded

_RULES = {"SAME_UPPER": "same", "SAME_LOWER": "same-lower", "VALID": "valid"}


def _image(step: Step) -> tuple[Traced, Pair]:
    """The image that a window moves over, and its rows and columns."""
    value = step.traced()
    rank = len(value.shape)
    if rank == 5:
        raise step.unsupported("a window of 3 dimensions", "export a model of images or sounds")
    if rank not in (3, 4) or 0 in value.shape:
        raise InputError(f"its input of {value.shape} is no image", hint="check the size of the input")
    if value.dtype != "float32":
        raise step.unsupported(f"an image of {value.dtype}")
    return value, (1, value.shape[2]) if rank == 3 else (value.shape[2], value.shape[3])


def _pair(step: Step, name: str, default: int, rank: int) -> Pair:
    numbers = [int(number) for number in step.attribute(name) or [default] * (rank - 2)]
    if len(numbers) != rank - 2:
        raise InputError(f"its {name} are {len(numbers)} numbers, not {rank - 2}", hint="save the model again")
    return (default, numbers[0]) if rank == 3 else (numbers[0], numbers[1])


def _window(step: Step, size: Sequence[int], rank: int) -> Window:
    if len(size) != rank - 2:
        raise InputError(f"its window has {len(size)} sides, not {rank - 2}", hint="save the model again")
    sides = (1, int(size[0])) if rank == 3 else (int(size[0]), int(size[1]))
    return Window(sides, _pair(step, "strides", 1, rank), _pair(step, "dilations", 1, rank))


def _pads(step: Step, rank: int) -> Padding:
    numbers = [int(number) for number in step.attribute("pads") or [0] * (2 * rank - 4)]
    if len(numbers) != 2 * rank - 4 or min(numbers) < 0:
        raise InputError(f"its pads are {numbers}", hint="save the model again")
    if rank == 3:
        return Padding(0, 0, *numbers)
    return Padding(numbers[0], numbers[2], numbers[1], numbers[3])


def _padding(step: Step, rank: int, size: Pair, window: Window) -> Padding:
    word = step.attribute("auto_pad", "NOTSET")
    if word == "NOTSET":
        return _pads(step, rank)
    if word not in _RULES:
        raise InputError(f"its auto_pad is {word!r}", hint="save the model again")
    return four_sides(_RULES[word], size, window.reach, window.stride)


def _kernels(step: Step, rank: int) -> Array:
    """The weights of a convolution, of a row if they have one dimension."""
    weights = step.constant(1, "weights")
    if weights.ndim != rank or weights.dtype != np.float32 or 0 in weights.shape:
        raise InputError(f"weights of {weights.shape} do not fit an input of {rank} axes", hint="save the model again")
    return weights if rank == 4 else weights[:, :, None, :]


def _bias(step: Step, kernels: int) -> Array | None:
    if not step.has(2):
        return None
    bias = step.constant(2, "biases")
    if bias.shape != (kernels,):
        raise InputError(f"{bias.size} biases do not fit {kernels} kernels", hint="save the model again")
    return bias


def _shape(value: Traced, depth: int, size: Pair) -> tuple[int, ...]:
    return (value.shape[0], depth, *(size if len(value.shape) == 4 else size[1:]))


def _rearranged(step: Step, weights: Array, axes: tuple[int, ...]) -> Array:
    moved: Array = weights.transpose(axes)
    if moved.flags.c_contiguous:
        return moved
    step.builder.spend(weights.nbytes)
    return np.ascontiguousarray(moved)


def _conv(step: Step) -> Value:
    value, size = _image(step)
    rank = len(value.shape)
    weights = _kernels(step, rank)
    groups = int(step.attribute("group", 1))
    kernels, depth = weights.shape[:2]
    if groups < 1 or depth * groups != value.shape[1] or kernels % groups:
        problem = f"{kernels} kernels of depth {depth} in {groups} groups do not fit a depth of {value.shape[1]}"
        raise InputError(problem, hint="check the depth of the input")
    window = _window(step, weights.shape[2:] if rank == 4 else weights.shape[3:], rank)
    padding = _padding(step, rank, size, window)
    bias = _bias(step, kernels)
    output = place(size, window, padding).output
    is_depthwise = depth == 1 and groups > 1
    others = [Setting("nobias", "bias", False)] if bias is None else []
    if is_depthwise and kernels > groups:
        others.insert(0, Setting("m", "multiplier", kernels // groups))
    elif groups > 1 and not is_depthwise:
        others.insert(0, Setting("g", "groups", groups))
    name, count = ("dwconv", None) if is_depthwise else ("conv", kernels)
    step.layer = windowed(name, window, padding, size, count=count, others=tuple(others))
    operation = Convolve(_rearranged(step, weights, (2, 3, 1, 0)), bias, window, padding, groups)
    return step.add(operation, [step.image(value)], _shape(value, kernels, output), image_order(rank))


def _conv_transposed(step: Step) -> Value:
    value, size = _image(step)
    rank = len(value.shape)
    weights = _kernels(step, rank)
    groups = int(step.attribute("group", 1))
    depth, kernels = weights.shape[0], weights.shape[1] * groups
    if groups < 1 or depth != value.shape[1] or depth % groups:
        raise InputError(f"weights of depth {depth} do not fit a depth of {value.shape[1]}", "check the input's depth")
    window = _window(step, weights.shape[2:] if rank == 4 else weights.shape[3:], rank)
    bias = _bias(step, kernels)
    added = _pair(step, "output_padding", 0, rank)
    word = step.attribute("auto_pad", "NOTSET")
    wanted = step.attribute("output_shape")
    padding = _pads(step, rank) if word == "NOTSET" else Padding(0, 0, 0, 0)
    if wanted or word in ("SAME_UPPER", "SAME_LOWER"):
        padding, added = _cut_off(step, size, window, added, wanted, word)
    placement = place_transposed(size, window, padding, added)
    settings = [Setting("op", "output_padding", added)] if any(added) else []
    settings += [Setting("g", "groups", groups)] if groups > 1 else []
    settings += [Setting("nobias", "bias", False)] if bias is None else []
    step.layer = windowed("tconv", window, padding, size, count=kernels, others=tuple(settings))
    moved = _rearranged(step, weights, (2, 3, 1, 0))
    operation = ConvolveTransposed(moved, bias, window, padding, added, groups)
    return step.add(operation, [step.image(value)], _shape(value, kernels, placement.output), image_order(rank))


def _cut_off(
    step: Step, size: Pair, window: Window, added: Pair, wanted: Sequence[int] | None, word: str
) -> tuple[Padding, Pair]:
    """What is cut off a transposed convolution to reach a size, and what is added where it falls short of it."""
    lengths = [length * stride for length, stride in zip(size, window.stride, strict=True)]
    if wanted:
        given = [int(length) for length in wanted][-2:]
        lengths = [1, *given[-1:]] if len(step.traced().shape) == 3 else given
    sides: list[int] = []
    more: list[int] = []
    for axis, length in enumerate(lengths):
        total = window.stride[axis] * (size[axis] - 1) + added[axis] + window.reach[axis] - length
        cut, extra = max(total, 0), max(-total, 0)
        # ONNX puts the odd one before unless it is told SAME_UPPER.
        before = cut // 2 if word == "SAME_UPPER" else cut - cut // 2
        sides += [before, cut - before]
        more.append(added[axis] + extra)
    return Padding(*sides), (more[0], more[1])


def _pool(kind: str) -> Callable[[Step], Value]:
    def lower(step: Step) -> Value:
        value, size = _image(step)
        rank = len(value.shape)
        if len(step.node.outputs) > 1 and step.node.outputs[1]:
            raise step.unsupported("a pool that also gives the places of its maxima")
        window = _window(step, step.attribute("kernel_shape", []), rank)
        padding = _padding(step, rank, size, window)
        ceil = bool(step.attribute("ceil_mode", 0)) and step.attribute("auto_pad", "NOTSET") == "NOTSET"
        counts = bool(step.attribute("count_include_pad", 0)) and kind == "average"
        output = place(size, window, padding, ceil=ceil).output
        settings: dict[str, Any] = {"kind": kind, "size": window.size, "stride": window.stride}
        settings |= {"dilation": window.dilation, "padding": padding, "ceil": ceil}
        if counts:
            settings["count_padding"] = True
        if kind == "lp":
            settings["p"] = _power(step)
        elif not counts or not padding.widest:
            step.layer = windowed("maxpool" if kind == "max" else "avgpool", window, padding, size, ceil=ceil)
        pooled = Pool(tuple(settings.items()))
        return step.add(pooled, [step.image(value)], _shape(value, value.shape[1], output), image_order(rank))

    return lower


def _power(step: Step) -> int:
    p = int(step.attribute("p", 2))
    if p < 1:
        raise InputError(f"its p is {p}", hint="save the model again")
    return p


def _global(kind: str) -> Callable[[Step], Value]:
    def lower(step: Step) -> Value:
        value, _ = _image(step)
        rank = len(value.shape)
        settings: dict[str, Any] = {"kind": kind, "adaptive": (1, 1)}
        if kind == "lp":
            settings = {"kind": kind, "size": "global", "p": _power(step)}
        else:
            step.layer = worded("avgpool-to" if kind == "average" else "maxpool-to", (1, 1))
        shape = _shape(value, value.shape[1], (1, 1))
        return step.add(Pool(tuple(settings.items())), [step.image(value)], shape, image_order(rank))

    return lower


def _shuffled(step: Step) -> Value:
    """Channels to rows and columns."""
    value, block = step.traced(rank=4), int(step.attribute("blocksize", 0))
    n, depth, rows, columns = value.shape
    if block < 1 or depth % block**2:
        raise InputError(f"blocks of {block} do not divide a depth of {depth}", hint="save the model again")
    kept, is_crd = depth // block**2, step.attribute("mode", "DCR") == "CRD"

    def moved(x: Array) -> Array:
        split = x.reshape((n, rows, columns, kept, block, block) if is_crd else (n, rows, columns, block, block, kept))
        axes = (0, 1, 4, 2, 5, 3) if is_crd else (0, 1, 3, 2, 4, 5)
        return np.reshape(split.transpose(axes), (n, rows * block, columns * block, kept))

    if is_crd and block > 1:
        step.layer = worded("shuffle", count=block)
    return step.compute(moved, [value], (n, kept, rows * block, columns * block), image_order(4))


def _to_depth(step: Step) -> Value:
    value, block = step.traced(rank=4), int(step.attribute("blocksize", 0))
    n, depth, rows, columns = value.shape
    if block < 1 or rows % block or columns % block:
        raise InputError(f"blocks of {block} do not divide {rows}x{columns}", hint="check the size of the input")

    axes = (0, 1, 3, 5, 2, 4) if step.attribute("mode", "DCR") == "CRD" else (0, 1, 3, 2, 4, 5)

    def moved(x: Array) -> Array:
        split = x.reshape(n, rows // block, block, columns // block, block, depth).transpose(axes)
        return np.reshape(split, (n, rows // block, columns // block, block * block * depth))

    return step.compute(moved, [value], (n, depth * block**2, rows // block, columns // block), image_order(4))


OPERATORS: dict[str, Callable[[Step], Any]] = {
    "Conv": _conv,
    "ConvTranspose": _conv_transposed,
    "MaxPool": _pool("max"),
    "AveragePool": _pool("average"),
    "LpPool": _pool("lp"),
    "GlobalMaxPool": _global("max"),
    "GlobalAveragePool": _global("average"),
    "GlobalLpPool": _global("lp"),
    "DepthToSpace": _shuffled,
    "SpaceToDepth": _to_depth,
}
