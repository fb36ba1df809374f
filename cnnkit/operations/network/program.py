"""A graph made ready to be run again and again: steps joined where they can be, weights packed, buffers allocated."""

from __future__ import annotations

from collections.abc import Collection

import numpy as np

from cnnkit.arrays import Array
from cnnkit.data.network.graph import Graph
from cnnkit.errors import unknown_word
from cnnkit.loops.machine.team import Team
from cnnkit.operations.network.buffers import Buffers
from cnnkit.operations.network.fusing import fused
from cnnkit.operations.network.steps import Workshop

ALGORITHMS = ("auto", "direct")


class Program:
    """A graph, ready to be run by one thread at a time; `keep` are the values beside the output that a run gives.

    With ``direct`` as `algorithm` convolutions are summed product by product, with ``auto`` 3x3 ones by Winograd's
    products where that is faster.
    """

    def __init__(
        self, graph: Graph, keep: Collection[int] = (), *, algorithm: str = "auto", threads: int | None = None
    ) -> None:
        if algorithm not in ALGORITHMS:
            raise unknown_word("algorithm", algorithm, ALGORITHMS)
        self.graph, self.keep = graph, {*keep, graph.output}
        steps = fused(graph, self.keep)
        self.buffers = Buffers(graph, steps, self.keep)
        shop = Workshop(self.buffers, algorithm=algorithm, threads=threads)
        for step in steps:
            shop.add(step)
        self._team = Team(shop.work, threads)

    def run(self, values: Array) -> dict[int, Array]:
        """Run the graph on an input of its shape; the output and the values to be kept, by their numbers."""
        np.copyto(self.buffers[0], values, casting="same_kind")
        self._team()
        return {value: self.buffers[value].copy() for value in self.keep}
