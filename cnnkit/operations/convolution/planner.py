"""Which algorithm computes a convolution, and why: the one place that decides.

Every algorithm gives the same numbers within the stated tolerance. What is asked, the types, the sizes
and the weights; never the samples or the number of threads.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from cnnkit import arrays
from cnnkit.errors import ArgumentError, unknown_word
from cnnkit.geometry.blocks import tile_size, tiles
from cnnkit.geometry.pair import pair_text
from cnnkit.geometry.window import Placement
from cnnkit.loops.machine.processor import VECTOR_BYTES
from cnnkit.operations.convolution.problem import Problem
from cnnkit.operations.convolution.settings import Convolution, Floats, made_of

ALGORITHMS = ("auto", "direct", "separable", "box", "fourier", "layer", "winograd")

FEW = 32
"""Channels or kernels with fewer of which Winograd's transforms cost more than its products save."""

SPECTRAL = 60 + 11 * (VECTOR_BYTES // 4)
"""Products of direct sums that take as long as one sample of a tile in a transform: 31x31 weights take a third."""

SMALLEST = 1e-30
"""Magnitude of weights below which float32 would lose digits of them."""

SMALLEST_BOX = 225
"""Products from which on doubled sums are faster than a column and a row."""

FEW_TILES = 14
"""Tiles of 4x4 results with fewer of which reading the transformed weights takes longer than the products."""

NARROW, DEEP = 16, 64
"""Columns below which, and channels above which, one kernel is better summed pixel by pixel than along the columns."""


class Plan(NamedTuple):
    """How a convolution is computed.

    Attributes
    ----------
    algorithm : str
    reason : str
        Why, in words.
    sum_type : dtype
        The type sums are made in: int16, float32 or float64.
    details : tuple
        What the algorithm needs to know beside the problem.
    """

    algorithm: str
    reason: str
    sum_type: np.dtype[Any]
    details: tuple[Any, ...] = ()

    @property
    def writes_any_type(self) -> bool:
        """Whether the result is rounded to its own type as it leaves the registers."""
        return self.algorithm in ("direct", "separable", "box")

    def run(self, problem: Problem) -> None:
        """Compute it."""
        room = importlib.import_module(f"cnnkit.operations.convolution.{self.algorithm}")
        room.run(problem, *self.details)

    def __repr__(self) -> str:
        return f"Plan: {self.algorithm}, sums in {self.sum_type}\n  {self.reason}"


def choose(asked: Convolution, dtype: np.dtype[Any], shape: tuple[int, ...], algorithm: str = "auto") -> Plan:
    """Choose how to convolve a batch of `shape` (n, rows, columns, depth) and `dtype`.

    Raises
    ------
    ArgumentError
        If the algorithm that is forced does not exist, or cannot do what is asked.
    SizeError
        If the kernel does not fit the image.
    """
    if algorithm not in ALGORITHMS:
        raise unknown_word("algorithm", algorithm, ALGORITHMS)
    settings = (asked.window, asked.padding, asked.pad_mode, asked.groups, asked.bias.tobytes(), asked.depth)
    key = ("plan", dtype, shape, algorithm, settings)
    plan: Plan = made_of(asked.kernel, key, lambda: _choose(asked, dtype, shape, algorithm))
    return plan


def _choose(asked: Convolution, dtype: np.dtype[Any], shape: tuple[int, ...], algorithm: str) -> Plan:
    depth = shape[3]
    if asked.depth == "grey" and asked.is_each and depth > 1:
        dtype, depth = grey_type(dtype), 1
    weights = asked.weights(depth)
    case = Case(
        weights,
        asked.place((shape[1], shape[2])),
        shape[0],
        depth,
        asked.groups,
        sum_type(dtype, weights, asked),
        has_whole_weights=asked.kernel.has_integer_weights,
        is_exact=dtype.kind in "bui" and asked.kernel.has_integer_weights,
    )
    rules = EACH if weights.ndim == 2 else SUM
    refusals = {}
    for name, rule in rules.items():
        if algorithm not in ("auto", name):
            continue
        found = rule(case, forced=algorithm == name)
        if isinstance(found, Plan):
            return found
        refusals[name] = found
    why = refusals.get(algorithm, f"it does not go with weights of {weights.ndim} dimensions")
    raise ArgumentError(f"algorithm {algorithm} cannot do this: {why}", hint="use algorithm auto, which finds one")


class Case(NamedTuple):
    """What decides: the weights, where they land, and the type of the sums."""

    weights: Floats
    placement: Placement
    images: int
    depth: int
    groups: int
    sum_type: np.dtype[Any]
    has_whole_weights: bool
    is_exact: bool

    @property
    def taps(self) -> int:
        """Products in a sum."""
        return self.weights.size if self.weights.ndim == 2 else self.weights[..., 0].size

    @property
    def size(self) -> str:
        """The grid, in words."""
        return pair_text(self.weights.shape[:2])


Rule = Callable[..., "Plan | str"]
"""Takes a case and whether it is forced; answers with a plan, or why there is none."""


def _box(case: Case, *, forced: bool) -> Plan | str:
    from cnnkit.operations.convolution.box import is_box

    if not is_box(case.weights):
        return "the weights differ"
    if case.placement.window.stride != (1, 1) or case.placement.window.dilation != (1, 1):
        return "it is for stride 1 and dilation 1"
    if not forced and case.taps < SMALLEST_BOX:
        return "the kernel is small"
    reason = f"{case.size} weights are all the same: sums of columns, then doubled along the rows"
    return Plan("box", reason, case.sum_type)


def _separable(case: Case, *, forced: bool) -> Plan | str:
    rows, columns = case.weights.shape
    if not forced and _along_both(rows, columns) >= case.taps:
        return "the kernel is small"
    from cnnkit.operations.convolution.separable import ROUNDING, factors

    found = factors(case.weights, ROUNDING[max(case.sum_type.itemsize, 4)])
    # Whole weights are only taken apart into whole ones, which leave whole sums whole.
    if found is None or (case.has_whole_weights and not found.are_whole):
        return "the kernel is no column times a row"
    reason = f"{case.size} weights are a column times a row: {rows + columns} products instead of {case.taps}"
    return Plan("separable", reason, case.sum_type, (found,))


def _along_both(rows: int, columns: int) -> float:
    """The cost of a column and a row, in products of a direct sum: rows find their samples unaligned."""
    return rows + 1.5 * columns + 12


def _direct(case: Case, *, forced: bool) -> Plan | str:
    if case.weights.ndim == 4:
        if case.weights.shape[3] > 1 or case.groups > 1:
            return "the layer has several kernels"
        if not forced and (case.placement.output[1] < NARROW or case.depth > DEEP):
            return "the image is narrow or deep"
        return Plan("direct", f"one kernel over {case.depth} channels: {case.taps} products a sum", case.sum_type)
    return Plan("direct", f"{case.size} weights: {case.taps} products a sum, two rows at a time", case.sum_type)


def _fourier(case: Case, *, forced: bool) -> Plan | str:
    window, output = case.placement.window, case.placement.output
    if case.is_exact:
        return "whole sums are to stay exact"
    size = tile_size(window.reach, output, window.stride, itemsize=case.sum_type.itemsize, depth=case.depth)
    if not size:
        return "the window spans more than 2048 samples"
    blocks = tiles(case.placement, case.depth, size)
    pairs = -(-(blocks.strips * -(-output[1] // blocks.width)) // 2)
    if not forced and 2 * pairs * size * size * SPECTRAL >= output[0] * output[1] * case.taps:
        return "direct sums of so few products are faster"
    reason = f"{case.size} weights would be {case.taps} products a sum: spectra of {size}x{size} samples instead"
    return Plan("fourier", reason, case.sum_type, (size,))


def _layer(case: Case, *, forced: bool) -> Plan | str:
    from cnnkit.operations.convolution.layer import is_depthwise

    kernels = case.weights.shape[3]
    if is_depthwise(case.depth, kernels, case.groups):
        reason = f"each of {kernels} channels has its own {case.size} weights: channels side by side"
    else:
        reason = f"{kernels} kernels of {case.size}: {case.taps} products a sum, kernels side by side"
    return Plan("layer", reason, case.sum_type)


def _winograd(case: Case, *, forced: bool) -> Plan | str:
    window = case.placement.window
    kernels = case.weights.shape[3]
    if window.size != (3, 3) or window.stride != (1, 1) or window.dilation != (1, 1) or case.groups > 1:
        return "it is for 3x3 kernels with stride 1, dilation 1 and one group"
    if case.is_exact:
        return "whole sums are to stay exact"
    if case.sum_type.itemsize > 4:
        return "sums are made in float64"
    if not forced and min(case.depth, kernels) < FEW:
        return "there are few channels or kernels"
    if not forced and case.images * -(-case.placement.output[0] // 4) * -(-case.placement.output[1] // 4) < FEW_TILES:
        return "the image is small"
    reason = f"{kernels} kernels of 3x3 over {case.depth} channels: 36 products for 16 results instead of 144"
    return Plan("winograd", reason, case.sum_type)


EACH: dict[str, Rule] = {"box": _box, "separable": _separable, "fourier": _fourier, "direct": _direct}
"""For one grid on every channel by itself; the first that applies is taken."""

SUM: dict[str, Rule] = {"direct": _direct, "winograd": _winograd, "layer": _layer}
"""For kernels that sum over channels."""


def grey_type(dtype: np.dtype[Any]) -> np.dtype[Any]:
    """The type of the grey that is made of colours of `dtype`."""
    return np.dtype(np.float64 if dtype.itemsize > 2 and dtype != np.float32 else np.float32)


def sum_type(dtype: np.dtype[Any], weights: Floats, asked: Convolution) -> np.dtype[Any]:
    """The type sums are made in: int16 or float32 where they are exact, or as exact as the image; else float64."""
    axes = (0, 1) if weights.ndim == 2 else (0, 1, 2)
    largest_weight = float(np.abs(weights).max())
    constant = abs(asked.pad_mode.value)
    is_whole = asked.kernel.has_integer_weights and dtype.kind in "bui"
    if dtype.kind == "f" or not is_whole:
        is_single = dtype.itemsize <= (4 if dtype.kind == "f" else 2)
        taps = weights.size if weights.ndim == 2 else weights[..., 0].size
        largest_term = max(largest_weight * taps, constant, float(np.abs(asked.bias).max()))
        smallest = float(np.abs(weights[weights != 0]).min(initial=1.0))
        fits = largest_term < float(np.finfo(np.float32).max) and smallest > SMALLEST
        return np.dtype(np.float32 if is_single and fits else np.float64)
    if dtype.itemsize > 2:
        return np.dtype(np.float64)
    largest = 1.0 if dtype.kind == "b" else float(max(abs(int(np.iinfo(dtype).min)), np.iinfo(dtype).max))
    largest = max(largest, constant)
    bound = largest * float(np.abs(weights).sum(axis=axes).max()) + float(np.abs(asked.bias).max())
    has_whole_terms = float(asked.pad_mode.value).is_integer() and bool((asked.bias == np.rint(asked.bias)).all())
    if bound < 2**15 and has_whole_terms and dtype.itemsize == 1 and weights.ndim == 2:
        return np.dtype(np.int16)
    return np.dtype(np.float32 if bound < arrays.EXACT_FLOAT32 else np.float64)
