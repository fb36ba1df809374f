"""Work to be done again and again in order: loops over bands, and functions of arrays."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from math import prod
from typing import Any

import numpy as np

from cnnkit import arrays
from cnnkit.arrays import Array
from cnnkit.loops.machine.bands import Bands
from cnnkit.loops.machine.threads import share

Work = Callable[[], object]

STEPS_WORTH_A_THREAD = 100_000
"""Inner steps that take longer than a meeting of threads that are awake."""

VALUES_PER_BLOCK = 1 << 15
"""Values that a function goes through at a time, so that they stay in the cache from one operation to the next."""


class WorkList:
    """Work for a `Team`, whose loops share scratch arrays."""

    def __init__(self, threads: int | None) -> None:
        self.threads = threads
        self.work: list[Work] = []
        self._scratch: dict[tuple[int, int], Array] = {}

    def __call__(self, loop: Any, rows: int, steps: int, threads: int | None, *arguments: Any, **settings: Any) -> None:
        """Have a loop run over bands when its turn comes; as `run_bands` does at once."""
        settings["worth"] = STEPS_WORTH_A_THREAD
        self.work.append(Bands(loop, rows, steps, threads, *arguments, room=self._room, **settings))

    def then(self, work: Callable[..., object], *given: Any) -> None:
        """Have something done when its turn comes, with what is given."""
        self.work.append(partial(work, *given) if given else work)

    def in_blocks(self, function: Callable[..., object], out: Array, *given: Array, width: int = 1) -> None:
        """Have a function run over blocks of rows of `width` values, shared among threads; the result comes last."""
        rows = [
            array.reshape(-1) if width == 1 else array.reshape(prod(array.shape[:-1]), array.shape[-1])
            for array in (*given, out)
        ]
        height = max(VALUES_PER_BLOCK // width, 1)
        ranges = [slice(first, first + height) for first in range(0, len(rows[-1]), height)]

        def one(block: int) -> None:
            with np.errstate(all="ignore"):
                function(*[array[ranges[block]] for array in rows])

        self.then(partial(share, lambda: one, len(ranges), self.threads))

    def _room(self, wanted: Sequence[tuple[int, Any]], number: int) -> list[Array]:
        """Scratch arrays of a thread; the same for all loops, where they are large enough."""
        found = []
        for index, (size, dtype) in enumerate(wanted):
            count, key = size * np.dtype(dtype).itemsize, (number, index)
            if key not in self._scratch or self._scratch[key].size < count:
                self._scratch[key] = arrays.aligned(count, np.uint8)
            found.append(self._scratch[key][:count].view(dtype))
        return found
