"""The state dicts of torchvision's networks: names and shapes in their order, as its modules give them.

Written from the modules' constructors; the values are one number each, stretched to the shape, so that a network of
half a gigabyte takes no memory.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt

Tensors = dict[str, npt.NDArray[Any]]


class _Dict:
    """A state dict that grows; each tensor is another number."""

    def __init__(self) -> None:
        self.tensors: Tensors = {}

    def add(self, name: str, *shape: int) -> None:
        self.tensors[name] = np.broadcast_to(np.float32(len(self.tensors) + 1), shape)

    def conv(self, name: str, kernels: int, depth: int, rows: int, *, bias: bool = False, columns: int = 0) -> None:
        self.add(f"{name}.weight", kernels, depth, rows, columns or rows)
        if bias:
            self.add(f"{name}.bias", kernels)

    def norm(self, name: str, depth: int) -> None:
        for part in ("weight", "bias", "running_mean", "running_var"):
            self.add(f"{name}.{part}", depth)
        self.tensors[f"{name}.num_batches_tracked"] = np.array(7, np.int64)

    def dense(self, name: str, units: int, values: int) -> None:
        self.add(f"{name}.weight", units, values)
        self.add(f"{name}.bias", units)


def vgg16() -> Tensors:
    made, depth, number = _Dict(), 3, 0
    for kernels, times in zip((64, 128, 256, 512, 512), (2, 2, 3, 3, 3), strict=True):
        for _ in range(times):
            made.conv(f"features.{number}", kernels, depth, 3, bias=True)
            depth, number = kernels, number + 2
        number += 1
    for number, (units, values) in zip((0, 3, 6), ((4096, 512 * 49), (4096, 4096), (1000, 4096)), strict=True):
        made.dense(f"classifier.{number}", units, values)
    return made.tensors


def resnet18() -> Tensors:
    made, depth = _Dict(), 64
    made.conv("conv1", 64, 3, 7)
    made.norm("bn1", 64)
    for stage, kernels in enumerate((64, 128, 256, 512), start=1):
        for block in range(2):
            name = f"layer{stage}.{block}"
            made.conv(f"{name}.conv1", kernels, depth, 3)
            made.norm(f"{name}.bn1", kernels)
            made.conv(f"{name}.conv2", kernels, kernels, 3)
            made.norm(f"{name}.bn2", kernels)
            if depth != kernels:
                made.conv(f"{name}.downsample.0", kernels, depth, 1)
                made.norm(f"{name}.downsample.1", kernels)
            depth = kernels
    made.dense("fc", 1000, 512)
    return made.tensors


def resnet50() -> Tensors:
    made, depth = _Dict(), 64
    made.conv("conv1", 64, 3, 7)
    made.norm("bn1", 64)
    for stage, (width, times) in enumerate(zip((64, 128, 256, 512), (3, 4, 6, 3), strict=True), start=1):
        for block in range(times):
            name = f"layer{stage}.{block}"
            for number, (kernels, before, size) in enumerate(
                ((width, depth, 1), (width, width, 3), (4 * width, width, 1)), start=1
            ):
                made.conv(f"{name}.conv{number}", kernels, before, size)
                made.norm(f"{name}.bn{number}", kernels)
            if not block:
                made.conv(f"{name}.downsample.0", 4 * width, depth, 1)
                made.norm(f"{name}.downsample.1", 4 * width)
            depth = 4 * width
    made.dense("fc", 1000, 2048)
    return made.tensors


def mobilenet_v2() -> Tensors:
    made, depth, number = _Dict(), 32, 1
    made.conv("features.0.0", 32, 3, 3)
    made.norm("features.0.1", 32)
    for expansion, kernels, times in (
        (1, 16, 1), (6, 24, 2), (6, 32, 3), (6, 64, 4), (6, 96, 3), (6, 160, 3), (6, 320, 1)
    ):  # fmt: skip
        for _ in range(times):
            name, wide, at = f"features.{number}.conv", depth * expansion, 0
            if expansion > 1:
                made.conv(f"{name}.0.0", wide, depth, 1)
                made.norm(f"{name}.0.1", wide)
                at = 1
            made.conv(f"{name}.{at}.0", wide, 1, 3)
            made.norm(f"{name}.{at}.1", wide)
            made.conv(f"{name}.{at + 1}", kernels, wide, 1)
            made.norm(f"{name}.{at + 2}", kernels)
            depth, number = kernels, number + 1
    made.conv("features.18.0", 1280, 320, 1)
    made.norm("features.18.1", 1280)
    made.dense("classifier.1", 1000, 1280)
    return made.tensors


def squeezenet1_1() -> Tensors:
    made, depth = _Dict(), 64
    made.conv("features.0", 64, 3, 3, bias=True)
    for number, squeeze in zip((3, 4, 6, 7, 9, 10, 11, 12), (16, 16, 32, 32, 48, 48, 64, 64), strict=True):
        name = f"features.{number}"
        made.conv(f"{name}.squeeze", squeeze, depth, 1, bias=True)
        made.conv(f"{name}.expand1x1", 4 * squeeze, squeeze, 1, bias=True)
        made.conv(f"{name}.expand3x3", 4 * squeeze, squeeze, 3, bias=True)
        depth = 8 * squeeze
    made.conv("classifier.1", 1000, 512, 1, bias=True)
    return made.tensors


def densenet121() -> Tensors:
    made, depth = _Dict(), 64
    made.conv("features.conv0", 64, 3, 7)
    made.norm("features.norm0", 64)
    for block, times in enumerate((6, 12, 24, 16), start=1):
        for number in range(1, times + 1):
            name = f"features.denseblock{block}.denselayer{number}"
            made.norm(f"{name}.norm1", depth)
            made.conv(f"{name}.conv1", 128, depth, 1)
            made.norm(f"{name}.norm2", 128)
            made.conv(f"{name}.conv2", 32, 128, 3)
            depth += 32
        if block < 4:
            made.norm(f"features.transition{block}.norm", depth)
            made.conv(f"features.transition{block}.conv", depth // 2, depth, 1)
            depth //= 2
    made.norm("features.norm5", depth)
    made.dense("classifier", 1000, depth)
    return made.tensors


def googlenet() -> Tensors:
    """Without its side outputs."""
    made, depth = _Dict(), 192

    def basic(name: str, kernels: int, before: int, size: int) -> None:
        made.conv(f"{name}.conv", kernels, before, size)
        made.norm(f"{name}.bn", kernels)

    basic("conv1", 64, 3, 7)
    basic("conv2", 64, 64, 1)
    basic("conv3", 192, 64, 3)
    for name, (one, three, third, five, fifth, pooled) in {
        "3a": (64, 96, 128, 16, 32, 32), "3b": (128, 128, 192, 32, 96, 64), "4a": (192, 96, 208, 16, 48, 64),
        "4b": (160, 112, 224, 24, 64, 64), "4c": (128, 128, 256, 24, 64, 64), "4d": (112, 144, 288, 32, 64, 64),
        "4e": (256, 160, 320, 32, 128, 128), "5a": (256, 160, 320, 32, 128, 128), "5b": (384, 192, 384, 48, 128, 128),
    }.items():  # fmt: skip
        module = f"inception{name}"
        basic(f"{module}.branch1", one, depth, 1)
        basic(f"{module}.branch2.0", three, depth, 1)
        basic(f"{module}.branch2.1", third, three, 3)
        basic(f"{module}.branch3.0", five, depth, 1)
        basic(f"{module}.branch3.1", fifth, five, 3)
        basic(f"{module}.branch4.1", pooled, depth, 1)
        depth = one + third + fifth + pooled
    made.dense("fc", 1000, depth)
    return made.tensors


STATE_DICTS: dict[str, Callable[[], Tensors]] = {
    "vgg16": vgg16,
    "resnet18": resnet18,
    "resnet50": resnet50,
    "mobilenet-v2": mobilenet_v2,
    "squeezenet1.1": squeezenet1_1,
    "densenet121": densenet121,
    "googlenet": googlenet,
}
"""By the networks' names in the notation."""


def sorted_as_safetensors(tensors: Tensors) -> Tensors:
    """In the order in which the package writes them: wide types first, then by name."""
    return dict(sorted(tensors.items(), key=lambda one: (-one[1].dtype.itemsize, one[0])))
