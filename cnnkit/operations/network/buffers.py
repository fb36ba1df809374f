"""Where each value of a network lies: few buffers, each used again as soon as what it held is not needed any more."""

from __future__ import annotations

import math
from collections.abc import Collection, Sequence
from itertools import accumulate, pairwise

import numpy as np

from cnnkit import arrays
from cnnkit.arrays import Array
from cnnkit.data.network.graph import Activate, Graph, Reshape, Scale
from cnnkit.geometry.blocks import rounded_up
from cnnkit.loops.machine.processor import VECTOR_BYTES
from cnnkit.operations.network.fusing import Step
from cnnkit.operations.network.joining import Part, parts

UNIT = 4  # bytes in which buffers are measured: a float32
LINE_VALUES = 16  # of a line of the cache, where each buffer begins
IN_PLACE = (Activate, Scale)
"""What writes each value where it was read, if nobody else needs that."""


class Buffers:
    """The buffers of a network's values, allocated once."""

    def __init__(self, graph: Graph, steps: Sequence[Step], keep: Collection[int]) -> None:
        values = (0, *(step.output for step in steps))
        self._shapes = {value: graph.shape(value) for value in values}
        self._parts = parts(graph, steps, {*keep, graph.output})
        self._types = {value: graph.dtype(value) for value in values}
        units = {value: -(-math.prod(self._shapes[value]) * self._types[value].itemsize // UNIT) for value in values}
        self.place, sizes = _placed(units, steps, {*keep, graph.output}, self._parts)
        slack = VECTOR_BYTES // 4
        # In one piece, which systems map by large pages.
        ends = [0, *accumulate(rounded_up(size + slack, LINE_VALUES) for size in sizes)]
        room = arrays.aligned(ends[-1], np.float32)
        self._flat = [room[begin:end] for begin, end in pairwise(ends)]
        for flat, size in zip(self._flat, sizes, strict=True):
            flat[size:] = 0

    def __getitem__(self, value: int) -> Array:
        """The array of a value."""
        shape = self._shapes[value]
        if part := self._parts.get(value):
            return self[part.whole][..., part.first : part.first + shape[-1]]
        return self.flat(value).view(self._types[value])[: math.prod(shape)].reshape(shape)

    def flat(self, value: int) -> Array:
        """The buffer of a value, with values beyond its end."""
        return self._flat[self.place[value]]

    @property
    def nbytes(self) -> int:
        """Bytes of all buffers."""
        return sum(flat.nbytes for flat in self._flat)


def _placed(
    units: dict[int, int], steps: Sequence[Step], keep: Collection[int], parts: dict[int, Part]
) -> tuple[dict[int, int], list[int]]:
    """The number of the buffer of each value, and the size of each buffer."""
    last = dict.fromkeys(units, -1)
    for number, step in enumerate(steps):
        last.update(dict.fromkeys(step.takes, number))
    last.update(dict.fromkeys((0, *keep), len(steps)))
    for value, (whole, _) in parts.items():
        last[whole] = max(last[whole], last[value])
    place, sizes = {0: 0}, [units[0]]
    until = {0: last[0]}  # the step after which each buffer is free
    for number, step in enumerate(steps):
        source, value = step.inputs[0] if step.inputs else 0, step.output
        held = parts[value].whole if value in parts else value
        if held in place:  # as a part of it was made before
            place[value] = place[held]
            continue
        size, need = units[held], max(last[held], number)
        mine = place[source] if step.inputs else 0
        is_alone = until[mine] == number and size <= sizes[mine]
        if isinstance(step.operation, Reshape) and step.inputs:
            place[value], until[mine] = mine, max(until[mine], need)
            continue
        if isinstance(step.operation, IN_PLACE) and is_alone and source not in parts:
            place[value], until[mine] = mine, need
            continue
        free = [buffer for buffer, end in until.items() if end < number]
        fits = [buffer for buffer in free if sizes[buffer] >= size]
        if fits:
            buffer = min(fits, key=sizes.__getitem__)
        elif free:
            buffer = max(free, key=sizes.__getitem__)
            sizes[buffer] = size
        else:
            buffer = len(sizes)
            sizes.append(size)
        place[value] = place[held] = buffer
        until[buffer] = need
    return place, sizes
