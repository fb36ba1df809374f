"""Which algorithm computes a convolution, and why: by settings, types, sizes and weights, never samples or threads."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from cnnkit import arrays
from cnnkit.arrays import Floats
from cnnkit.data.luminance import grey_type
from cnnkit.errors import ArgumentError, unknown_word
from cnnkit.geometry.blocks import tile_size, tiles
from cnnkit.geometry.pair import pair_text
from cnnkit.geometry.window import Placement
from cnnkit.loops.machine.processor import VECTOR_BYTES
from cnnkit.operations.convolution.plan import MAX_FEW_PRODUCTS, Plan, has_whole_sums, products_per_sum
from cnnkit.operations.convolution.settings import Convolution

ALGORITHMS = ("auto", "direct", "separable", "box", "fourier", "layer", "winograd", "pointwise", "depthwise")

MIN_WINOGRAD_DEPTH = 32
"""Below this many channels or kernels, Winograd is slower: its transforms cost more than its products save."""

MIN_WINOGRAD_TILES = 14
"""Below this many tiles of 4x4 results, Winograd is slower: reading the transformed weights takes too long."""

PRODUCTS_PER_TRANSFORMED_SAMPLE = 60 + 11 * (VECTOR_BYTES // 4)
"""Products of direct sums that take as long as one sample of a tile in a transform: 31x31 weights take a third."""

MAX_PRODUCTS_IN_PLACE = 64
"""Products that are summed one by one without losing digits."""

MIN_FLOAT32_WEIGHT = 1e-30
"""Magnitude below which float32 would lose digits of a weight."""

MIN_BOX_PRODUCTS = 9
"""From so many products on, sums of rows and of neighbours are faster than products."""

MOST_MAPS, MIN_MAPS_COLUMNS = 4, 64
MIN_DIRECT_COLUMNS, MAX_DIRECT_DEPTH = 16, 64
"""With fewer columns or more channels, one kernel is faster summed pixel by pixel than along the columns, and so are
two to four."""


def plan_convolution(
    convolution: Convolution, dtype: np.dtype[Any], shape: tuple[int, ...], algorithm: str = "auto"
) -> Plan:
    """Plan a convolution of a batch of `shape`, `dtype`; an error if `algorithm` cannot do it or the kernel not fit."""
    if algorithm not in ALGORITHMS:
        raise unknown_word("algorithm", algorithm, ALGORITHMS)
    key = ("plan", dtype, shape, algorithm, convolution.key)
    plan: Plan = convolution.kernel.cache.get_or_make(key, lambda: _choose(convolution, dtype, shape, algorithm))
    return plan


def _choose(convolution: Convolution, dtype: np.dtype[Any], shape: tuple[int, ...], algorithm: str) -> Plan:
    images, rows, columns, depth = shape
    if convolution.depth == "grey" and depth > 1:
        dtype, depth = grey_type(dtype), 1
    weights = convolution.weights(depth)
    has_whole_weights = convolution.kernel.has_integer_weights
    sums = sum_type(dtype, weights, convolution)
    case = Case(
        weights,
        convolution.place((rows, columns)),
        images,
        depth,
        convolution.groups,
        sums,
        has_whole_weights,
        is_exact=dtype.kind in "bui" and has_whole_weights,
        has_whole_sums=has_whole_sums(dtype, convolution.pad_mode.value, products_per_sum(weights), sums),
        is_read_in_place=dtype == np.float32 and not convolution.pad_mode.value and convolution.pad_mode.is_constant,
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


def rows_together(plan: Plan) -> int:
    """Rows of results that one band must hold whole, so that each sum is made as in the whole image.

    Direct sums are made for two rows at a time, tiles transformed in pairs; of Winograd's, a strip decides as one; and
    a box adds up groups of as many rows as it has.
    """
    if plan.algorithm == "winograd":
        return plan.shape[1]
    if plan.algorithm == "box":
        return plan.placement.window.size[0]
    return 2 * tiles(plan.placement, 1, plan.details[0]).strip if plan.algorithm == "fourier" else 2


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
    has_whole_sums: bool = False  # of the samples, exact in the type of the sums
    is_read_in_place: bool = False  # whether loops may read the samples where they lie: float32, and zeros around

    @property
    def taps(self) -> int:
        """Products in a sum."""
        return products_per_sum(self.weights)

    @property
    def size(self) -> str:
        """The grid, in words."""
        return pair_text(self.weights.shape[:2])

    def plan(self, algorithm: str, reason: str, *details: Any) -> Plan:
        """The plan to compute this with `algorithm`."""
        maps = self.depth if self.weights.ndim == 2 else self.weights.shape[3]
        shape = (self.images, *self.placement.output, maps)
        return Plan(algorithm, reason, self.sum_type, self.placement, self.weights, shape, details)


Rule = Callable[..., "Plan | str"]
"""Takes a case and whether it is forced; returns a plan, or why there is none."""


def _box(case: Case, *, forced: bool) -> Plan | str:
    from cnnkit.operations.convolution.box import is_box, loses_digits

    if not is_box(case.weights):
        return "the weights differ"
    if case.placement.window.stride != (1, 1) or case.placement.window.dilation != (1, 1):
        return "it is for stride 1 and dilation 1"
    if not forced and case.taps < MIN_BOX_PRODUCTS:
        return "the kernel is small"
    if not case.has_whole_sums and loses_digits(*case.weights.shape):
        return "sums of so many rows of few would lose digits"
    reason = f"{case.size} weights are all the same: sums down the columns, then of neighbours along the rows"
    return case.plan("box", reason)


def _separable(case: Case, *, forced: bool) -> Plan | str:
    rows, columns = case.weights.shape
    if not forced and _along_both(rows, columns) >= case.taps:
        return "the kernel is small"
    from cnnkit.operations.convolution.separable import ROUNDING, factors

    found = factors(case.weights, ROUNDING[max(case.sum_type.itemsize, 4)])
    # Whole weights are factored into whole ones only, which leave whole sums whole.
    if found is None or (case.has_whole_weights and not found.are_whole):
        return "the kernel is not a column times a row"
    reason = f"{case.size} weights are a column times a row: {rows + columns} products instead of {case.taps}"
    return case.plan("separable", reason, found)


def _along_both(rows: int, columns: int) -> float:
    """The cost of a column and a row, in products of a direct sum: rows find their samples unaligned."""
    return rows + 1.5 * columns + 12


def _direct(case: Case, *, forced: bool) -> Plan | str:
    if case.weights.ndim == 4:
        maps = case.weights.shape[3]
        if maps > MOST_MAPS or case.groups > 1:
            return "the layer has several kernels"
        least, most = (MIN_DIRECT_COLUMNS, MAX_DIRECT_DEPTH) if maps == 1 else (MIN_MAPS_COLUMNS, MOST_MAPS)
        if not forced and (case.placement.output[1] < least or case.depth > most):
            return "the image is narrow or deep"
        kernels = "one kernel" if maps == 1 else f"{maps} kernels, one by one,"
        return case.plan("direct", f"{kernels} over {case.depth} channels: {case.taps} products a sum")
    how = ", two rows at a time" if case.taps > MAX_FEW_PRODUCTS else ""
    return case.plan("direct", f"{case.size} weights: {case.taps} products a sum{how}")


def _fourier(case: Case, *, forced: bool) -> Plan | str:
    window, output = case.placement.window, case.placement.output
    if case.is_exact:
        return "whole sums are to stay exact"
    size = tile_size(window.reach, output, window.stride, itemsize=case.sum_type.itemsize, depth=case.depth)
    if not size:
        return "the window spans more than 2048 samples"
    blocks = tiles(case.placement, case.depth, size)
    pairs = -(-(blocks.strips * -(-output[1] // blocks.width)) // 2)
    if not forced and 2 * pairs * size * size * PRODUCTS_PER_TRANSFORMED_SAMPLE >= output[0] * output[1] * case.taps:
        return "direct sums of so few products are faster"
    reason = f"{case.size} weights would be {case.taps} products a sum: spectra of {size}x{size} samples instead"
    return case.plan("fourier", reason, size)


def _layer(case: Case, *, forced: bool) -> Plan | str:
    from cnnkit.operations.convolution.layer import is_depthwise

    kernels = case.weights.shape[3]
    if is_depthwise(case.depth, kernels, case.groups):
        reason = f"each of {kernels} channels has its own {case.size} weights: channels side by side"
    else:
        reason = f"{kernels} kernels of {case.size}: {case.taps} products a sum, kernels side by side"
    return case.plan("layer", reason)


def _pointwise(case: Case, *, forced: bool) -> Plan | str:
    window = case.placement.window
    if window.size != (1, 1) or window.stride != (1, 1) or case.placement.padding.widest or case.groups > 1:
        return "it is for 1x1 kernels with stride 1, no padding and one group"
    if not case.is_read_in_place or case.sum_type.itemsize > 4:
        return "it is for float32 images"
    kernels = case.weights.shape[3]
    return case.plan("pointwise", f"{kernels} kernels of 1x1: pixels times weights, {case.depth} products a sum")


def _depthwise(case: Case, *, forced: bool) -> Plan | str:
    from cnnkit.operations.convolution.layer import is_depthwise

    kernels = case.weights.shape[3]
    if not is_depthwise(case.depth, kernels, case.groups):
        return "channels do not have one kernel each"
    if not case.is_read_in_place or case.sum_type.itemsize > 4:
        return "it is for float32 images with zeros around"
    if case.depth % (VECTOR_BYTES // 4) or case.taps > MAX_PRODUCTS_IN_PLACE:
        return "channels do not fill vectors, or the kernel is large"
    return case.plan("depthwise", f"each of {kernels} channels has its own {case.size} weights: read where they lie")


def _winograd(case: Case, *, forced: bool) -> Plan | str:
    window, output = case.placement.window, case.placement.output
    kernels = case.weights.shape[3]
    if window.size != (3, 3) or window.stride != (1, 1) or window.dilation != (1, 1) or case.groups > 1:
        return "it is for 3x3 kernels with stride 1, dilation 1 and one group"
    if case.is_exact:
        return "whole sums are to stay exact"
    if case.sum_type.itemsize > 4:
        return "sums are computed in float64"
    if not forced and min(case.depth, kernels) < MIN_WINOGRAD_DEPTH:
        return "there are few channels or kernels"
    if not forced and case.images * -(-output[0] // 4) * -(-output[1] // 4) < MIN_WINOGRAD_TILES:
        return "the image is small"
    reason = f"{kernels} kernels of 3x3 over {case.depth} channels: 36 products for 16 results instead of 144"
    return case.plan("winograd", reason)


EACH: dict[str, Rule] = {"box": _box, "separable": _separable, "fourier": _fourier, "direct": _direct}
"""For one grid on every channel by itself; the first rule that gives a plan decides."""

SUM: dict[str, Rule] = {
    "direct": _direct,
    "winograd": _winograd,
    "pointwise": _pointwise,
    "depthwise": _depthwise,
    "layer": _layer,
}
"""For kernels that sum over channels."""


def sum_type(dtype: np.dtype[Any], weights: Floats, convolution: Convolution) -> np.dtype[Any]:
    """The type sums are computed in: int16 or float32 where they are exact, or as exact as the image; else float64."""
    constant, bias = abs(convolution.pad_mode.value), convolution.bias
    largest_bias = float(np.abs(bias).max())
    is_whole = convolution.kernel.has_integer_weights and dtype.kind in "bui"
    if not is_whole:
        is_single = dtype.itemsize <= (4 if dtype.kind == "f" else 2)
        largest_term = max(float(np.abs(weights).max()) * products_per_sum(weights), constant, largest_bias)
        smallest = float(np.abs(weights[weights != 0]).min(initial=1.0))
        fits = largest_term < float(np.finfo(np.float32).max) and smallest > MIN_FLOAT32_WEIGHT
        return np.dtype(np.float32 if is_single and fits else np.float64)
    if dtype.itemsize > 2:
        return np.dtype(np.float64)
    largest = 1.0 if dtype.kind == "b" else float(max(abs(int(np.iinfo(dtype).min)), np.iinfo(dtype).max))
    axes = (0, 1) if weights.ndim == 2 else (0, 1, 2)
    bound = max(largest, constant) * float(np.abs(weights).sum(axis=axes).max()) + largest_bias
    has_whole_terms = float(convolution.pad_mode.value).is_integer() and bool((bias == np.rint(bias)).all())
    if bound < 2**15 and has_whole_terms and dtype.itemsize == 1 and weights.ndim == 2:
        return np.dtype(np.int16)
    return np.dtype(np.float32 if bound < arrays.EXACT_FLOAT32 else np.float64)
