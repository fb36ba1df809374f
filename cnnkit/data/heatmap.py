"""Features as a picture, before anything is drawn: how large each cell is, its value, where the marks of the axes go.

Time runs to the right and the columns of the features upwards. Cells are a whole number of pixels, so that all are of
one size; where there are more numbers than pixels, a cell is the maximum or the mean of several, and says so.
Whoever draws it, with Pillow or with matplotlib, takes every size, number and word from here.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import ceil
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from cnnkit.errors import ArgumentError
from cnnkit.geometry.ticks import Tick, nice_ticks

WIDTH, HEIGHT = 960, 400
"""The size in pixels that maps come near to, whatever the number of cells."""

MOST_ACROSS, MOST_UP = 1400, 600
"""The largest number of cells: with the axes, a picture stays under 1600 pixels wide."""

TIME_TICK, COLUMN_TICK, VALUE_TICK = 80, 32, 40
"""Pixels from one mark to the next, at least."""

LARGEST = 1e300
"""Where the scale of values ends; their difference still is a number."""

BLOCK = 2**18
"""Numbers that are merged at a time, so that memory does not grow with the sound."""

Floats = npt.NDArray[np.float64]


class HeatmapAxes(NamedTuple):
    """What stands at the axes of a picture of features.

    Attributes
    ----------
    title : str
        One line above the picture; empty for none.
    frame_seconds : float
        From one frame to the next, above 0.
    first_time : float
        When the first frame is, in seconds; its cells lie around this moment.
    column_name, column_unit : str
        What the columns are, such as "coefficient" or "frequency", and in which unit, such as "Hz", or none: "".
    column_places : sequence of float, optional
        What is written beside each column, one number for each: evenly spaced ones get an axis with round numbers,
        such as the bins of a spectrogram in hertz; of others every so many are written out, such as the centres of
        mel bands. None counts them: 0, 1, 2, ...
    value_name : str
        What the colours tell, such as "dB" or "ln power"; empty for none.
    merged_by : {"mean", "maximum"}
        What a cell shows of several numbers. The maximum keeps lines and clicks of a spectrum; the mean favours no
        sign.

    >>> HeatmapAxes("song.wav", 0.01).column_name
    'coefficient'
    """

    title: str
    frame_seconds: float
    first_time: float = 0.0
    column_name: str = "coefficient"
    column_unit: str = ""
    column_places: Sequence[float] | None = None
    value_name: str = ""
    merged_by: str = "mean"


class Heatmap(NamedTuple):
    """A picture of features, laid out.

    Attributes
    ----------
    cells : ndarray of float64, (rows, columns)
        The values as they are seen: the last column of the features is the topmost row. Within [low, high] or NaN.
    cell_rows, cell_columns : int
        The size of a cell in pixels.
    low, high : float
        The values of the first and the last colour, low < high.
    times, columns, values : tuple of Tick
        The marks. Places are pixels: from the left of the map for times, from its lower edge for columns and values.
    title, time_name, column_name, value_name : str
        What is written at the axes.
    """

    cells: Floats
    cell_rows: int
    cell_columns: int
    low: float
    high: float
    times: tuple[Tick, ...]
    columns: tuple[Tick, ...]
    values: tuple[Tick, ...]
    title: str
    time_name: str
    column_name: str
    value_name: str

    @property
    def size(self) -> tuple[int, int]:
        """Rows and columns of the map in pixels."""
        return self.cells.shape[0] * self.cell_rows, self.cells.shape[1] * self.cell_columns


def lay_out_heatmap(values: npt.NDArray[Any], axes: HeatmapAxes) -> Heatmap:
    """Settle all there is to draw.

    Parameters
    ----------
    values : ndarray of real numbers, (frames, columns)
        At least one of each. Infinite values get the colour of the largest or smallest finite one.
    axes : HeatmapAxes

    Raises
    ------
    ArgumentError
        If the values are no such array, or there is not one place for each column.

    >>> heatmap = lay_out_heatmap(np.arange(1300.0).reshape(100, 13), HeatmapAxes("", 0.5))
    >>> heatmap.cells.shape, (heatmap.cell_rows, heatmap.cell_columns), heatmap.size
    ((13, 100), (31, 10), (403, 1000))
    >>> heatmap.cells[-1, 0], [tick.label for tick in heatmap.times]
    (np.float64(0.0), ['0', '5', '10', '15', '20', '25', '30', '35', '40', '45'])
    """
    if values.ndim != 2 or not values.size or values.dtype.kind not in "buif":
        raise ArgumentError(
            f"an array of shape {values.shape} and type {values.dtype} is no map of features",
            hint="give real numbers, frames x columns, at least one of each",
        )
    frames, columns = values.shape
    if axes.column_places is not None and len(axes.column_places) != columns:
        raise ArgumentError(
            f"{len(axes.column_places)} places for {columns} columns", hint="give one number for each column"
        )
    across, up = ceil(frames / MOST_ACROSS), ceil(columns / MOST_UP)
    cells = _merged(values, across, up, axes.merged_by).T[::-1]
    low, high = _range(cells)
    cell_columns = max(1, round(WIDTH / cells.shape[1]))
    cell_rows = max(1, round(HEIGHT / cells.shape[0]))
    width, height = cells.shape[1] * cell_columns, cells.shape[0] * cell_rows
    return Heatmap(
        np.ascontiguousarray(cells.clip(low, high)),
        cell_rows,
        cell_columns,
        low,
        high,
        _time_ticks(axes, frames, width, cell_columns / across),
        _column_ticks(axes, columns, height, cell_rows / up),
        tuple(
            Tick((place - low) / (high - low) * height, label)
            for place, label in nice_ticks(low, high, height // VALUE_TICK)
        ),
        _printable(axes.title),
        _time_name(axes.merged_by, across, up),
        _printable(f"{axes.column_name} ({axes.column_unit})" if axes.column_unit else axes.column_name),
        _printable(axes.value_name),
    )


def _merged(values: npt.NDArray[Any], across: int, up: int, merged_by: str) -> Floats:
    """Blocks of `across` frames x `up` columns as one number each; blocks at the ends are smaller."""
    frames, columns = values.shape
    out = np.empty((ceil(frames / across), ceil(columns / up)))
    step = max(1, BLOCK // (columns * across))
    for begin in range(0, len(out), step):
        part = values[begin * across : (begin + step) * across].astype(np.float64)
        out[begin : begin + step] = _maxima(part, across, up) if merged_by == "maximum" else _means(part, across, up)
    return out


def _maxima(part: Floats, across: int, up: int) -> Floats:
    """NaN only where there is nothing else."""
    maxima: Floats = _reduced(np.fmax, part, across, up)
    return maxima


def _means(part: Floats, across: int, up: int) -> Floats:
    is_number = ~np.isnan(part)
    with np.errstate(all="ignore"):  # NaN where there is nothing else, or where infinities cancel
        sums: Floats = _reduced(np.add, np.where(is_number, part, 0.0), across, up)
        counts: Floats = _reduced(np.add, is_number.astype(np.float64), across, up)
        return sums / counts


def _reduced(function: np.ufunc, part: Floats, across: int, up: int) -> Any:
    rows = function.reduceat(part, range(0, part.shape[0], across), axis=0) if across > 1 else part
    return function.reduceat(rows, range(0, part.shape[1], up), axis=1) if up > 1 else rows


def _range(cells: Floats) -> tuple[float, float]:
    """The smallest and largest finite value; a little around it if there is one value only, up to rounding errors."""
    finite = cells[np.isfinite(cells)]
    if not finite.size:
        return 0.0, 1.0
    low, high = (min(max(float(end), -LARGEST), LARGEST) for end in (finite.min(), finite.max()))
    size = max(abs(low), abs(high))
    if high - low > max(1e-9 * size, 1 / LARGEST):
        return low, high
    around = max(0.5, 1e-3 * size)
    return low - around, high + around


def _time_ticks(axes: HeatmapAxes, frames: int, width: int, pixels: float) -> tuple[Tick, ...]:
    step = axes.frame_seconds
    first = axes.first_time - step / 2
    ticks = nice_ticks(first, first + frames * step, width // TIME_TICK)
    return tuple(Tick((place - first) / step * pixels, label) for place, label in ticks)


def _column_ticks(axes: HeatmapAxes, columns: int, height: int, pixels: float) -> tuple[Tick, ...]:
    """Marks at `pixels` for each column."""
    places = np.arange(columns) if axes.column_places is None else np.asarray(axes.column_places, dtype=np.float64)
    most = height // COLUMN_TICK
    steps = np.diff(places)
    is_whole = bool((places == np.rint(places)).all())
    if columns > 1 and steps[0] > 0 and np.allclose(steps, steps[0], rtol=1e-6, atol=0):
        low, step = float(places[0]), float(steps[0])
        ticks = nice_ticks(low - step / 2, low + (columns - 0.5) * step, most, whole=is_whole)
        return tuple(Tick(((place - low) / step + 0.5) * pixels, label) for place, label in ticks)
    digits = 0 if is_whole or np.abs(steps).min(initial=1) >= 1 else 1
    chosen = range(0, columns, ceil(columns / most))
    return tuple(Tick((column + 0.5) * pixels, f"{places[column]:.{digits}f}") for column in chosen)


def _time_name(merged_by: str, across: int, up: int) -> str:
    parts = [f"{count} {word}" for count, word in ((across, "frames"), (up, "columns")) if count > 1]
    return "time (s)" + (f"; each cell is the {merged_by} of {' x '.join(parts)}" if parts else "")


def _printable(text: str) -> str:
    return "".join(letter if letter.isprintable() else "?" for letter in text)


def shortened(text: str, width: float, width_of: Callable[[str], float]) -> str:
    """A text without its middle, if it is wider than there is room for; `width_of` measures.

    >>> shortened("a-very-long-name.wav", 15, len), shortened("song.wav", 15, len)
    ('a-very...me.wav', 'song.wav')
    """
    short, kept = text, len(text)
    while kept > 2 and (found := width_of(short)) > width:
        kept = max(2, min(kept - 1, int(kept * width / found)))
        short = f"{text[: (kept + 1) // 2]}...{text[-(kept // 2) :]}"
    return short
