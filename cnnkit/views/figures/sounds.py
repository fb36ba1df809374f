"""The axes of sounds and of what became of them: seconds, and the columns of features.

A result lies where the middle of its window lies on the input.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from cnnkit.data.raster import Raster, SoundOrigin
from cnnkit.data.recipes.columns import Columns, columns
from cnnkit.data.recipes.recipe import Recipe
from cnnkit.data.trace import MOST_MAPS, Trace
from cnnkit.views.figures.features import mark_columns, merged
from cnnkit.views.figures.maps import PIXELS_PER_INCH, SIGNED, TITLE_POINTS, Cells, Map, Size

if TYPE_CHECKING:
    from matplotlib.axes import Axes

BELOW = 0.4
"""Room for the axis of time, in inches."""

HEAT = "viridis"


class SoundAxes:
    """Where the features of a sound and what became of them lie: in seconds, and at their columns."""

    def __init__(self, sound: SoundOrigin, shape: tuple[int, int, int]) -> None:
        self.shape, self.is_wave = shape, sound.features == "waveform"
        self.first, self.step = 0.0, 1 / sound.sample_rate
        self.columns: Columns | None = None
        if not self.is_wave:
            recipe = Recipe(**sound.recipe)
            hop, n_fft = (recipe.samples_of(name, sound.sample_rate) for name in ("hop_length", "n_fft"))
            plan = recipe.plan(shape[0] * hop + n_fft, sound.sample_rate)
            self.columns, frames = columns(plan), plan.frames
            self.step = frames.hop_length / sound.sample_rate
            self.first = (frames.first + frames.length / 2) / sound.sample_rate

    def map_of(self, values: Raster, trace: Trace | None, cells: Cells, lines: tuple[str, ...], size: Size) -> Map:
        """A result where it lies on the axes of the input."""
        if self.is_wave:
            begin, end = self.seconds(_span(trace, 1, self.shape))
            return Map(lines, size, mark=lambda axes: _curve(axes, values, begin, end, size), below=BELOW)
        (begin, end), (low, high) = self.seconds(_span(trace, 0, self.shape)), _span(trace, 1, self.shape)
        left, right = self.seconds((-0.5, self.shape[0] - 0.5))
        columns = self.columns

        def mark(axes: Axes) -> None:
            axes.set_xlim(min(left, begin), max(right, end))
            axes.set_ylim(min(-0.5, low), max(self.shape[1] - 0.5, high))
            axes.set_facecolor("0.93")
            axes.set_xlabel("time (s)", fontsize=TITLE_POINTS)
            if columns is not None:
                mark_columns(axes.yaxis, columns)
                unit = f" ({columns.unit})" if columns.unit else ""
                axes.set_ylabel(f"{columns.axis}{unit}", fontsize=TITLE_POINTS)

        coloured = cells if cells.colours == SIGNED else cells._replace(colours=HEAT)
        return Map(lines, size, coloured, has_bar=True, extent=(begin, end, low, high), mark=mark, below=BELOW)

    def seconds(self, places: tuple[float, float]) -> tuple[float, float]:
        """When samples of the input are."""
        return self.first + places[0] * self.step, self.first + places[1] * self.step


def _curve(axes: Axes, values: Raster, begin: float, end: float, size: Size) -> None:
    """Draw the rows of a waveform over seconds, from its lowest to its highest where samples are closer than pixels."""
    rows = np.concatenate([values.samples[..., channel] for channel in range(values.colours)])[:MOST_MAPS]
    count = rows.shape[1]
    block = -(-count // round(size[0] * PIXELS_PER_INCH))
    step = (end - begin) / count
    for row in rows:
        high, low = (sign * merged(sign * row[None].astype(float), 1, block, "maximum")[0] for sign in (1, -1))
        places = begin + (np.arange(len(high)) + 0.5) * step * block
        if block > 1:
            axes.fill_between(places, low, high, linewidth=0.5)
        else:
            axes.plot(places, high, linewidth=0.8)
    axes.set_xlim(begin, end)
    axes.set_xlabel("time (s)", fontsize=TITLE_POINTS)


def _span(trace: Trace | None, axis: int, shape: tuple[int, int, int]) -> tuple[float, float]:
    """Where results lie along an axis of the input, in its samples: each in the middle of its window."""
    if trace is None or trace.placement is None:
        return -0.5, shape[axis] - 0.5
    placement = trace.placement
    step, reach = placement.window.stride[axis], placement.window.reach[axis]
    first = (reach - 1) / 2 - placement.padding.before[axis]
    return first - step / 2, first + (placement.output[axis] - 0.5) * step
