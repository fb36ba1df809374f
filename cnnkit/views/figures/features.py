"""Features as a figure with axes, units and a colour bar, drawn by matplotlib, which is loaded for nothing else.

Time runs to the right and frequency upwards. Where there are more numbers than pixels, a cell shows the maximum or the
mean of several, and the axis says so: letting the picture drop every other frame would drop clicks and lines.
"""

from __future__ import annotations

from collections.abc import Callable
from math import ceil
from typing import TYPE_CHECKING, Any, BinaryIO, NamedTuple

import numpy as np
import numpy.typing as npt

from cnnkit.arrays import Floats
from cnnkit.data.recipes.columns import Columns
from cnnkit.views.figures.canvas import encoded, entitle, value_range

if TYPE_CHECKING:
    from matplotlib.axis import Axis
    from matplotlib.figure import Figure

SIZE_INCHES = (8.0, 4.0)
MAX_CELLS_ACROSS, MAX_CELLS_UP = 800, 400
"""Below the pixels of the map, so that each cell gets one at least."""

TITLE_SHARE = 0.85
"""How much of the figure's width a title may take; letters of a wider one are made smaller."""

MIN_MARK_SHARE = 0.05
"""Of the height of the map, from one mark to the next."""

MARKED_HERTZ = [mantissa * 10**power for power in range(5) for mantissa in (1, 2, 5)]
"""Frequencies that are marked where bands are unevenly spaced."""


class FeatureMap(NamedTuple):
    """The features of one sound, and what stands at the axes of their figure."""

    values: npt.NDArray[Any]  # (frames, columns), real numbers; NaN is drawn grey, an infinity as the end of the scale
    columns: Columns
    title: str
    frame_seconds: float  # from one frame to the next
    first_time: float  # of the middle of the first frame, in seconds
    value_name: str  # what the colours show
    merge: str  # "maximum" or "mean": what a cell shows of several numbers


def draw_features(features: FeatureMap, file_type: str, note: str) -> Callable[[BinaryIO], None]:
    """Draw the features of a sound and return a function that writes the figure; as `encoded`."""
    return encoded(lambda: _figure(features), file_type, note)


def _figure(features: FeatureMap) -> Figure:
    from matplotlib import colormaps
    from matplotlib.figure import Figure

    frames, columns = features.values.shape
    across, up = ceil(frames / MAX_CELLS_ACROSS), ceil(columns / MAX_CELLS_UP)
    cells = merged(features.values, across, up, features.merge)
    low, high = value_range(cells)
    begin = features.first_time - features.frame_seconds / 2
    end = begin + features.frame_seconds * frames
    figure = Figure(figsize=SIZE_INCHES, layout="constrained")
    axes = figure.add_subplot()
    image = axes.imshow(
        cells.T.clip(low, high),
        cmap=colormaps["viridis"].with_extremes(bad="0.63"),
        vmin=low,
        vmax=high,
        aspect="auto",
        origin="lower",
        interpolation="nearest",
        extent=(begin, end, -0.5, columns - 0.5),
    )
    mark_columns(axes.yaxis, features.columns)
    across_note, up_note = (f", {features.merge} of every {n}" if n > 1 else "" for n in (across, up))
    unit = f" ({features.columns.unit})" if features.columns.unit else ""
    axes.set_xlabel(f"time (s){across_note and across_note + ' frames'}")
    axes.set_ylabel(f"{features.columns.axis}{unit}{up_note}", parse_math=False)
    entitle(axes, features.title, TITLE_SHARE)
    figure.colorbar(image, pad=0.015, aspect=30).set_label(features.value_name, parse_math=False)
    return figure


def mark_columns(axis: Axis, columns: Columns) -> None:
    """Mark round numbers at the places of the columns: whole ones for coefficients, even or uneven ones for hertz."""
    from matplotlib.ticker import AutoLocator, MaxNLocator

    places = np.asarray(columns.places)
    if columns.unit and len(places) > 1:
        evenly = np.allclose(np.diff(places), places[1] - places[0], rtol=1e-6, atol=0)
        marks = np.asarray(AutoLocator().tick_values(places[0], places[-1]) if evenly else MARKED_HERTZ)
        marks = marks[(marks >= places[0]) & (marks <= places[-1])]
        rows = np.interp(marks, places, np.arange(len(places)))
        crowded = np.flatnonzero(np.diff(rows) < MIN_MARK_SHARE * len(places))
        lowest = crowded[-1] + 1 if crowded.size else 0  # bands crowd at low frequencies
        marks, rows = marks[lowest:], rows[lowest:]
        axis.set_ticks(rows, [f"{mark:g}" for mark in marks])
    else:
        rows = np.asarray(MaxNLocator(integer=True, nbins=13).tick_values(0, len(places) - 1))
        rows = rows[(rows >= 0) & (rows < len(places))].astype(int)
        axis.set_ticks(rows, [f"{places[row]:g}" for row in rows])


def merged(values: npt.NDArray[Any], across: int, up: int, merge: str) -> Floats:
    """Blocks of `across` frames x `up` columns as one number each, NaN only where there is nothing else.

    They are the maximum, the mean, or what is strongest: farthest from 0.

    >>> merged(np.array([[1.0, 4.0], [np.nan, 2.0], [8.0, 9.0]]), 2, 1, "mean").tolist()
    [[1.0, 3.0], [8.0, 9.0]]
    """

    def over(function: np.ufunc, numbers: npt.NDArray[Any], dtype: type | None = None) -> npt.NDArray[Any]:
        rows = function.reduceat(numbers, range(0, values.shape[0], across), axis=0, dtype=dtype)
        reduced: npt.NDArray[Any] = function.reduceat(rows, range(0, values.shape[1], up), axis=1, dtype=dtype)
        return reduced

    if across == up == 1:
        return values.astype(np.float64)
    if merge == "maximum":
        return over(np.fmax, values).astype(np.float64)
    if merge == "strongest":
        high, low = (over(extreme, values).astype(np.float64) for extreme in (np.fmax, np.fmin))
        return np.where(high + low < 0, low, high)
    missing = np.isnan(values)
    with np.errstate(all="ignore"):  # no number at all, or infinities that cancel: NaN
        means: Floats = over(np.add, np.where(missing, 0, values), np.float64) / over(np.add, ~missing, np.intp)
        return means
