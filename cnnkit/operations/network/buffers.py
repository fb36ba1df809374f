"""Where each value of a network lies: in one piece of memory, where what nobody needs any more is written over."""

from __future__ import annotations

import math
from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np

from cnnkit import arrays
from cnnkit.arrays import Array
from cnnkit.data.network.graph import Activate, Graph, Reshape, Scale
from cnnkit.geometry.blocks import rounded_up
from cnnkit.loops.machine.processor import VECTOR_BYTES
from cnnkit.operations.network.fusing import Step
from cnnkit.operations.network.joining import Part, parts

UNIT = 4  # bytes in which buffers are measured: a float32
LINE_VALUES = 16  # of a line of the cache, where each value begins
IN_PLACE = (Activate, Scale)
"""What writes each value where it was read, if nobody else needs that."""


class Buffers:
    """The memory of a network's values, allocated once."""

    def __init__(self, graph: Graph, steps: Sequence[Step], keep: Collection[int]) -> None:
        values = (0, *(step.output for step in steps))
        self._shapes = {value: graph.shape(value) for value in values}
        self._parts = parts(graph, steps, {*keep, graph.output})
        self._types = {value: graph.dtype(value) for value in values}
        self._sizes = {}  # with a vector more, which loops may read
        for value in values:
            units = -(-math.prod(self._shapes[value]) * self._types[value].itemsize // UNIT)
            self._sizes[value] = rounded_up(units + VECTOR_BYTES // UNIT, LINE_VALUES)
        lives = _lives(self._sizes, steps, {*keep, graph.output}, self._parts)
        begins = _placed({life.of: life for life in lives.values()}, self._sizes)
        self.place = {value: begins[life.of] for value, life in lives.items()}
        ends = [begin + self._sizes[of] for of, begin in begins.items()]
        self._room = arrays.aligned(max(ends), np.float32)  # in one piece, which systems map by large pages
        self._room[...] = 0

    def __getitem__(self, value: int) -> Array:
        """The array of a value."""
        shape = self._shapes[value]
        if part := self._parts.get(value):
            return self[part.whole][..., part.first : part.first + shape[-1]]
        return self.flat(value).view(self._types[value])[: math.prod(shape)].reshape(shape)

    def flat(self, value: int) -> Array:
        """The memory of a value, with values beyond its end."""
        return self._room[self.place[value] :][: self._sizes[value]]

    @property
    def nbytes(self) -> int:
        """Bytes of all."""
        return self._room.nbytes


@dataclass
class _Life:
    """From which step to which a piece of memory is needed, and the value that it is made for."""

    of: int
    begin: int
    end: int

    def meets(self, other: _Life) -> bool:
        """Whether both are needed at one time."""
        return self.begin <= other.end and other.begin <= self.end


def _lives(
    sizes: dict[int, int], steps: Sequence[Step], keep: Collection[int], parts: dict[int, Part]
) -> dict[int, _Life]:
    """The life of each value's memory, which views and what is written in place share with what they are made of."""
    last = dict.fromkeys(sizes, -1)
    for number, step in enumerate(steps):
        last.update(dict.fromkeys(step.takes, number))
    last.update(dict.fromkeys((0, *keep), len(steps)))
    for value, (whole, _) in parts.items():
        last[whole] = max(last[whole], last[value])
    lives = {0: _Life(0, -1, last[0])}
    for number, step in enumerate(steps):
        value = step.output
        held = parts[value].whole if value in parts else value
        if held not in lives and step.inputs:
            source = step.inputs[0]
            mine = lives[source]
            is_alone = mine.end == number and sizes[value] <= sizes[mine.of] and source not in parts
            if isinstance(step.operation, Reshape) or (isinstance(step.operation, IN_PLACE) and is_alone):
                mine.end = max(mine.end, last[value])
                lives[value] = mine
                continue
        lives.setdefault(held, _Life(held, number, max(last[held], number)))
        lives[value] = lives[held]
    return lives


def _placed(lives: dict[int, _Life], sizes: dict[int, int]) -> dict[int, int]:
    """Where each piece begins: the largest first, each as far to the front as there is room while it is needed."""
    begins: dict[int, int] = {}
    for value in sorted(lives, key=lambda one: (-sizes[one], lives[one].begin)):
        place = 0
        for begin, other in sorted((begins[one], one) for one in begins if lives[one].meets(lives[value])):
            if place + sizes[value] <= begin:
                break
            place = max(place, begin + sizes[other])
        begins[value] = place
    return begins
