"""How a convolution is computed: what the planner decides, and everything that is known before any sample is read."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from cnnkit.arrays import EXACT_FLOAT32, Floats
from cnnkit.geometry.pair import pair_text
from cnnkit.geometry.window import Placement


def has_whole_sums(dtype: np.dtype[Any], constant: float, taps: int, sum_type: np.dtype[Any]) -> bool:
    """Whether as many samples, or constants of the padding, add up to whole numbers that `sum_type` holds exactly.

    >>> [has_whole_sums(np.dtype("u2"), 0, taps, np.dtype("f4")) for taps in (256, 257)]
    [True, False]
    """
    if dtype.kind not in "bui" or not float(constant).is_integer():
        return False
    limits = (0, 1) if dtype.kind == "b" else (np.iinfo(dtype).min, np.iinfo(dtype).max)
    largest = max(abs(int(limits[0])), int(limits[1]), abs(int(constant)))
    return largest * taps < (2**53 if sum_type.itemsize == 8 else EXACT_FLOAT32)


MAX_FEW_PRODUCTS = 25
"""Up to so many, direct sums are made one by one: a register tile for two rows would take longer to begin and to end
than it saves."""


class Plan(NamedTuple):
    """How a convolution is computed."""

    algorithm: str
    reason: str
    sum_type: np.dtype[Any]  # int16, float32 or float64
    placement: Placement
    weights: Floats  # (rows, columns), for every channel by itself, or HWIO
    shape: tuple[int, ...]  # of the result, (n, rows, columns, maps)
    details: tuple[Any, ...] = ()  # what the algorithm takes beside the problem

    @property
    def precision(self) -> np.dtype[Any]:
        """The type of results that keep what the sums hold."""
        return np.dtype(np.float64 if self.sum_type.itemsize == 8 else np.float32)

    @property
    def writes_any_type(self) -> bool:
        """Whether the result is rounded to its own type as it leaves the registers."""
        return self.algorithm in ("direct", "separable", "box")

    def __eq__(self, other: object) -> bool:
        return self._decided == other._decided if isinstance(other, Plan) else NotImplemented

    def __ne__(self, other: object) -> bool:  # a tuple's own would compare arrays
        return not self == other

    def __hash__(self) -> int:
        return hash(self._decided)

    @property
    def _decided(self) -> tuple[Any, ...]:
        """What can be compared: all but the arrays."""
        return self.algorithm, self.reason, self.sum_type, self.placement, self.shape

    def __repr__(self) -> str:
        return f"Plan: {self.algorithm}, sums in {self.sum_type}\n  {self.reason}"

    def _repr_html_(self) -> str:
        """The plan as a table, for notebooks."""
        from html import escape

        lands, window = self.placement, self.placement.window
        facts = {
            "algorithm": self.algorithm,
            "reason": self.reason,
            "sums in": self.sum_type,
            "window": pair_text(window.size),
            "stride": pair_text(window.stride),
            "dilation": pair_text(window.dilation),
            "padding": f"{lands.padding.text}, top x bottom x left x right",
            "size": f"{pair_text(lands.input)} becomes {pair_text(lands.output)}",
        }
        cell = '<tr><th style="text-align:left">{}</th><td style="text-align:left">{}</td></tr>'
        return f"<table>{''.join(cell.format(name, escape(str(fact))) for name, fact in facts.items())}</table>"


def products_per_sum(weights: Floats) -> int:
    """How many products the sum for one result has."""
    return weights.size if weights.ndim == 2 else weights[..., 0].size
