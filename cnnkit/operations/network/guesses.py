"""What layer tensors look like, where no stack says it: for lists, and for hints."""

from __future__ import annotations

import re
from collections.abc import Iterable

from cnnkit.geometry.pair import brief_text
from cnnkit.operations.network.groups import KERAS, OWN, TORCH, Group

MOST_SIDE = 15
"""Rows or columns of a kernel, where nothing else says which axes they are."""


def order_in_words(groups: list[Group]) -> str:
    """The order that the words of the names tell, oihw or hwio; empty if they tell none, or both."""
    words = frozenset(word for group in groups for word in group.words)
    is_torch, is_other = bool(words & TORCH), bool(words & (KERAS | OWN))
    return "" if is_torch == is_other else "oihw" if is_torch else "hwio"


def order_of(shape: tuple[int, ...], order: str) -> str:
    """The order of the axes of a convolution's weights, by their sizes, or as `order` says where both can be.

    >>> order_of((64, 3, 7, 7), ""), order_of((7, 7, 3, 64), ""), order_of((3, 3, 3, 3), "hwio")
    ('oihw', 'hwio', 'hwio')
    """
    sides = len(shape) - 2
    can = {"oihw": max(shape[2:]) <= MOST_SIDE, "hwio": max(shape[:sides]) <= MOST_SIDE}
    found = [name for name, fits in can.items() if fits]
    return found[0] if len(found) == 1 else order


def layer_words(groups: Iterable[Group], order: str = "") -> list[str]:
    """The words of the layers that tensors are most likely of, each by what stands before it; empty if none is like it.

    Kernels of depth 1 are depthwise where there are as many, or a multiple, as the convolution before them has.
    """
    words, before = [], 0
    for group in groups:
        words.append(layer_word(group, order, before))
        if group.kind == "conv":
            shape = group.tensors["weights"].shape
            before = shape[0] if order_of(shape, order) == "oihw" else shape[-1]
    return words


def layer_word(group: Group, order: str = "", before: int = 0) -> str:
    """The word of the layer that tensors are most likely of, `before` which a convolution has so many kernels.

    >>> from cnnkit.data.network.weights import tensor
    >>> import numpy as np
    >>> layer_word(Group("c", {"weights": tensor(np.zeros((64, 3, 7, 7)))}, {}, frozenset()))
    'conv7-64:nobias'
    """
    kind, own = group.kind, re.fullmatch(r"\d+\.([a-z][a-z0-9:x-]*)", group.title)
    if own and group.words & OWN:  # as cnnkit names it
        return own[1]
    if kind not in ("conv", "fc"):
        return {"norm": "layernorm"}.get(kind, kind)
    shape = group.tensors["weights"].shape
    bias = group.tensors.get("bias")
    ending = "" if bias is not None else ":nobias"
    if kind == "fc":
        units = shape[0] if order == "oihw" else shape[1]
        return f"fc{bias.shape[0] if bias is not None and bias.stored.ndim == 1 else units}{ending}"
    return f"{_convolution(group, shape, order_of(shape, order), before)}{ending}"


def _convolution(group: Group, shape: tuple[int, ...], order: str, before: int) -> str:
    if not order:
        return "conv"
    is_first = order == "oihw"
    sides = shape[2:] if is_first else shape[:-2]
    size = brief_text((1, *sides)[-2:])  # type: ignore[arg-type]
    depth, kernels = (shape[1], shape[0]) if is_first else shape[-2:]
    if depth == 1 and before > 1 and kernels % before == 0:
        return f"dwconv{size}{f':m{kernels // before}' * (kernels > before)}"
    if "depthwise_kernel" in group.words:
        return f"dwconv{size}{f':m{kernels}' * (kernels > 1)}"
    return f"conv{size}-{kernels}"
