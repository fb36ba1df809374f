"""The windows of all inputs that excite a map most, gathered while inputs are worked on, and their figure."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

import numpy as np

from cnnkit.arrays import Array
from cnnkit.cli import pictures
from cnnkit.cli.figures import FigureFile
from cnnkit.cli.inputs import Source
from cnnkit.cli.network import loading
from cnnkit.cli.network.task import Place, Running, taken
from cnnkit.cli.network.text import place_text, windows_text
from cnnkit.cli.report import Report
from cnnkit.data.raster import Raster
from cnnkit.errors import ArgumentError
from cnnkit.network.volume import Volume
from cnnkit.operations.levels import to_levels
from cnnkit.views.text.grids import number_text

MOST = 9
"""Windows that are listed and drawn."""


class Ranking(Report):
    """A report that keeps the strongest windows of all that is recorded, however many inputs there are."""

    def __init__(self, of: Report, where: Place) -> None:
        super().__init__(of.command, quiet=of.quiet, as_json=of.as_json)
        self.keeps_records = True
        self.where = where
        self.windows: list[dict[str, Any]] = []
        self.word, self.count = "", 0

    def record(self, **facts: Any) -> None:
        """Keep the windows of an input that are among the strongest."""
        super().record(**facts)
        self.count += "windows" in facts or "network" in facts  # of a dry run
        if "windows" in facts:
            self.word = f"layer {facts['layer']}, {facts['word']}" if facts["layer"] else "the input"
            of: dict[str, Any] = {name: facts[name] for name in ("input", "frame") if name in facts}
            self.windows += [of | one for one in facts["windows"]]
            self.windows.sort(key=lambda one: -one["value"])
            del self.windows[MOST:]

    @property
    def what(self) -> str:
        """The map, in words."""
        return f"{self.word}, map {self.where.map}"


def show_windows(ranking: Ranking, task: Running, sources: Sequence[Source], figure: FigureFile) -> None:
    """Print the windows and draw them, each cut out of its input, which is read again."""
    if not ranking.count:
        return
    if figure.dry_run:
        figure.write(lambda file_type, note: lambda stream: None)
        return
    if not ranking.windows:
        ranking.remark(f"{ranking.what}: no value is a number, and nothing is drawn")
        return
    ranking.show(windows_text(ranking.what, ranking.windows, ranking.count))
    if ranking.windows[0]["value"] <= 0:
        ranking.remark("nothing excites this map: no value of it is above 0")
    ranking.drawn["where"] = {"map": ranking.where.map, "layer": ranking.word, "windows": ranking.windows}
    from cnnkit.views.figures.patches import Patch, draw_patches

    by_name = {source.name: source for source in sources}
    found: dict[int, Patch] = {}
    whole = Patch(np.zeros((1, 1, 1), np.uint8), ())
    for name in dict.fromkeys(one["input"] for one in ranking.windows):
        ranks = {rank: one for rank, one in enumerate(ranking.windows) if one["input"] == name}
        for image in pictures.read(by_name[name], task.reading, Report("", quiet=True)):
            frame = None if image.frame is None else image.frame.number
            here = {rank: one for rank, one in ranks.items() if one.get("frame") == frame}
            if not here:
                continue
            ground = _picture(_ground_of(task, image))
            is_sound = image.sound is not None and len(ground) > 1  # samples in a row run to the right already
            for rank, one in here.items():
                top, left, rows, columns = one["box"]
                cut = ground[top : top + rows, left : left + columns].copy()
                lines = place_text(one), f"{number_text(one['value'])} at {one['row']}, {one['column']}"
                found[rank] = Patch(cut, lines, is_sound=is_sound)
            if 0 in here:
                top, left, rows, columns = here[0]["box"]
                what = f"the strongest sees rows {top}..{top + rows - 1}, columns {left}..{left + columns - 1}"
                whole = Patch(ground, (place_text(here[0]), what), is_sound=is_sound)
    patches = [found[rank] for rank in sorted(found)]
    box = ranking.windows[0]["box"]
    figure.write(partial(draw_patches, ranking.what, task.recipe.text, whole, box, patches))


def _ground_of(task: Running, image: Raster) -> Array:
    """What receptive fields lie on: the prepared input, or of a sound its features."""
    if not task.hears:
        return task.reading.looks(image).colour
    shape, batch = taken(image, hears=True)
    network = loading.ready_for(task.recipe, shape).network
    number = next((row for row, one in enumerate(network.stack.layers, 1) if isinstance(one.output, Volume)), 0)
    kept = network.values[number]
    ground: Array = loading.program_for(task.recipe, shape, (kept,), None).run(batch)[kept][0]
    return ground if ground.ndim == 3 else ground[None, :, None]


def _picture(samples: Array) -> Array:
    """Samples as levels of grey or colour, stretched from the smallest to the largest where they are no levels."""
    if samples.shape[2] not in (1, 3):
        samples = samples.mean(axis=2, keepdims=True, dtype=np.float64)
    if samples.dtype == np.uint8:
        return samples
    levels: Array = to_levels(np.ascontiguousarray(samples), np.uint8, "minmax")[0]
    return levels


def figure_name(where: Place) -> str:
    """The file of the figure where none is named.

    >>> figure_name(Place("4", 7)), figure_name(Place("conv3-8:s2", 0))
    ('where-4-7.png', 'where-conv3-8-s2-0.png')
    """
    return f"where-{where.layer.replace(':', '-')}-{where.map}.png"


def read_where(text: str) -> Place:
    """Read LAYER:MAP.

    >>> read_where("conv3-8:s2:5")
    Place(layer='conv3-8:s2', map=5)
    """
    layer, colon, number = text.rpartition(":")
    if not (colon and layer and number.isascii() and number.isdecimal() and len(number) < 10):
        raise ArgumentError(
            f"--where {text} names no map of a layer",
            hint="write the layer, as a row of the table or its word, and the map from 0: --where 4:7",
        )
    return Place(layer, int(number))
