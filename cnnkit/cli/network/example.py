"""The worked example that ``cnnkit run`` shows without an input: a small network over a grid, every number of it."""

from __future__ import annotations

import shlex

import numpy as np

from cnnkit.arrays import Array
from cnnkit.cli.network import loading
from cnnkit.cli.network.loading import Recipe
from cnnkit.errors import ArgumentError, CnnkitError
from cnnkit.network.volume import Volume
from cnnkit.views.text.grids import arranged, grid_lines, number_format

SIDE = 8
"""Rows and columns of the grid."""

WORDS, WEIGHTS = ("conv3-2", "relu", "maxpool2"), ("1=sobel-x+sobel-y",)
MOST_MAPS, MOST_SIDE, MOST_VALUES, WIDTH = 4, 12, 10, 80
"""What of a layer is written out, and the columns for it."""

READING = """
sobel-x is large where it becomes brighter to the right, sobel-y where it
becomes brighter downwards. relu sets what is below 0 to 0: here the rim at the
right and below, where the padding of zeros begins. maxpool2 keeps the largest
of each 2x2. A map that is large somewhere has found there what its kernel looks
for."""


def example(recipe: Recipe, *, hears: bool) -> str:
    """The grid, and what each layer makes of it; an ArgumentError if the layers that are typed do not take it."""
    is_own = not recipe.words and recipe.model is None
    if is_own:
        recipe = recipe._replace(words=WORDS, weights=recipe.weights or WEIGHTS)
    typed = shlex.join(recipe.words)
    if hears or recipe.model is not None:
        name = "song.wav" if hears else "photo.png"
        line = f"cnnkit run {name} {typed or f'--model {recipe.model}'}"
        raise ArgumentError(
            "no input is given", hint=f"name one before the layers: {line}" if typed else f"name one: {line}"
        )
    grid = np.ones((SIDE, SIDE, 1), np.float32)
    grid[SIDE // 2 :, SIDE // 2 - 1 :] = 9
    shape = Volume(*grid.shape)
    try:
        ready = loading.ready_for(recipe, shape)
    except ArgumentError:
        raise
    except CnnkitError as error:
        problem = f"no input is given, and the worked example has {SIDE}x{SIDE} numbers: {error.problem}"
        raise ArgumentError(problem, hint=f"name an input before the layers: cnnkit run photo.png {typed}") from None
    network = ready.network
    found = loading.program_for(recipe, shape, network.values, 1).run(grid[None])
    weights = "".join(f" --weights {text}" for text in recipe.weights)
    lines = [f"A worked example: {typed}{weights}", "over a grid with a bright corner."]
    lines += ["", f"input {shape.text}", *grid_lines(grid[:, :, 0])]
    for number, step in enumerate(ready.stack.layers, start=1):
        lines += ["", f"{number} {step.word}: {step.output.text}"]
        lines += _numbers(found[network.values[number]][0])
    if is_own and recipe.weights == WEIGHTS:
        lines.append(READING)
    elif ready.notes:
        lines += ["", *ready.notes]
    return "\n".join(lines)


def _numbers(values: Array) -> list[str]:
    """The numbers of a layer: its first maps side by side, or its values in a row."""
    if values.ndim == 1:
        text = number_format(values[:MOST_VALUES])
        return [" ".join(map(text, values[:MOST_VALUES].tolist())) + " ..." * (len(values) > MOST_VALUES)]
    maps = np.moveaxis(values, 2, 0)
    if max(values.shape[:2]) > MOST_SIDE:
        return []
    blocks = [[f"map {number}", *grid_lines(np.round(one, 3))] for number, one in enumerate(maps[:MOST_MAPS])]
    more = [f"and {len(maps) - MOST_MAPS} more maps"] if len(maps) > MOST_MAPS else []
    return [*arranged(blocks, WIDTH), *more]


def next_line(recipe: Recipe) -> str:
    """What to type next, for an image."""
    words, weights = recipe.words or WORDS, recipe.weights or (() if recipe.words else WEIGHTS)
    return shlex.join(
        ["cnnkit", "run", "photo.png", *words, *(word for text in weights for word in ("--weights", text))]
    )
