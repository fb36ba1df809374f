"""Kernels as text: one with its weights, or one a line."""

from __future__ import annotations

from collections.abc import Iterable
from math import ceil, log10
from textwrap import wrap
from typing import Any

import numpy as np
import numpy.typing as npt

from cnnkit.data.kernels.kernel import Kernel
from cnnkit.data.kernels.preset import Preset
from cnnkit.geometry.pair import pair_text
from cnnkit.views.text.grids import grid_lines, number_text, total_text

MAX_SIDE = 31
"""Rows and columns of a grid that still fit a page; of a larger one only the extent of its numbers is shown."""

WIDTH = 80
"""Characters of a line."""


def kernel_lines(presets: Iterable[Preset]) -> list[str]:
    """A line for each preset: its name, its grid by default, what it does."""
    return [f"  {one.name:<15}  {pair_text(one.kernel().size):>5}  {one.detects}" for one in presets]


def kernel_text(kernel: Kernel, preset: Preset | None = None, others: Iterable[Preset] = ()) -> str:
    """A kernel's name, size, sum and grid, what is known about it, the settings of its preset, others to look at."""
    weights = kernel.weights
    head = f"{kernel.name}  {pair_text(weights.shape)}, sum {total_text(kernel)}"
    lines = [head, *(f"  {line}" for line in _grid(kernel))]
    also = ", ".join(one.name for one in others)
    for text in (kernel.detects, kernel.source and f"source: {kernel.source}", also and f"see also: {also}"):
        lines += wrap(text, WIDTH, initial_indent="  ", subsequent_indent="    ", break_on_hyphens=False)
    if preset and preset.parameters:
        words = [f"{name}={number_text(default)}" for name, (_, default) in preset.parameters.items()]
        width = max(map(len, words))
        meanings = zip(words, preset.meanings.values(), strict=True)
        lines += ["  settings:", *(f"    {word:<{width}}  {meaning}" for word, meaning in meanings)]
    return "\n".join(lines)


def _grid(kernel: Kernel) -> list[str]:
    """The weights in rows: as they are, over a denominator, or rounded where they would not fit a line."""
    weights = kernel.weights
    extent = [f"weights from {number_text(weights.min())} to {number_text(weights.max())}"]
    if weights.ndim > 2 or max(weights.shape) > MAX_SIDE:
        return extent
    is_plain = all(len(number_text(abs(weight)).partition(".")[2]) <= 1 for weight in weights.flat)
    denominator = 1 if is_plain else kernel.denominator
    ways: list[tuple[str, npt.NDArray[Any]]] = [("", weights)]
    if denominator > 1:
        ways[0] = (f"1/{denominator} *", np.rint(weights * denominator))
    for digits in (3, 2, 1):
        unit = ceil(log10(np.abs(weights).max() or 1.0)) - digits
        ways.append((f"about 1e{unit} *", np.rint(weights / 10.0**unit)))
    for factor, numbers in ways:
        lines = grid_lines(numbers)
        if max(map(len, lines)) <= WIDTH - 2:
            return [factor] * bool(factor) + lines
    return extent
