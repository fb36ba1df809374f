"""A graph made ready to be run again and again: steps joined where they can be, weights packed, buffers allocated."""

from __future__ import annotations

from collections.abc import Callable, Collection

import numpy as np

from cnnkit.arrays import Array
from cnnkit.data.network.graph import Graph
from cnnkit.errors import unknown_word
from cnnkit.loops.machine.team import Team
from cnnkit.loops.machine.threads import MAX_THREADS, available_threads, share
from cnnkit.operations.network.buffers import Buffers
from cnnkit.operations.network.fusing import fused
from cnnkit.operations.network.images import image_by_image
from cnnkit.operations.network.steps import Prepared, Workshop

ALGORITHMS = ("auto", "direct")


class Program:
    """A graph, ready to be run by one thread at a time; `keep` are the values beside the output that a run gives.

    With ``direct`` as `algorithm` convolutions are summed product by product, with ``auto`` 3x3 ones by Winograd's
    products where that is faster. A program that runs single images of a batch is told how many `images` that has, as
    algorithms are chosen by it, and shares with the others what was `prepared` of the weights.
    """

    def __init__(
        self,
        graph: Graph,
        keep: Collection[int] = (),
        *,
        algorithm: str = "auto",
        threads: int | None = None,
        images: int | None = None,
        prepared: Prepared | None = None,
    ) -> None:
        if algorithm not in ALGORITHMS:
            raise unknown_word("algorithm", algorithm, ALGORITHMS)
        self.graph, self.keep = graph, {*keep, graph.output}
        prepared = {} if prepared is None else prepared
        most = min(available_threads() if threads is None else threads, MAX_THREADS)
        self._each: list[Program] = []  # for each thread, one that runs an image
        if one := image_by_image(graph, most):
            images = graph.input[0]
            self._each = [
                Program(one, keep, algorithm=algorithm, threads=1, images=images, prepared=prepared)
                for _ in range(min(most, images))
            ]
            return
        steps = fused(graph, self.keep)
        self._buffers = Buffers(graph, steps, self.keep)
        images = graph.input[0] if images is None else images
        shop = Workshop(self._buffers, algorithm=algorithm, threads=threads, images=images, prepared=prepared)
        for step in steps:
            shop.add(step)
        self._team = Team(shop.work, threads)

    @property
    def nbytes(self) -> int:
        """Bytes of the memory that values lie in from layer to layer."""
        return sum(one.nbytes for one in self._each) or self._buffers.nbytes

    def run(self, values: Array) -> dict[int, Array]:
        """Run the graph on an input of its shape; the output and the values to be kept, by their numbers."""
        if self._each:
            return self._run_each(np.broadcast_to(values, self.graph.input))
        np.copyto(self._buffers[0], values, casting="same_kind")
        self._team()
        return {value: self._buffers[value].copy() for value in self.keep}

    def _run_each(self, values: Array) -> dict[int, Array]:
        found = {value: np.empty(self.graph.shape(value), self.graph.dtype(value)) for value in self.keep}
        ready = [*self._each]

        def begin() -> Callable[[int], None]:
            mine = ready.pop()  # a single step in Python

            def work(image: int) -> None:
                for value, one in mine.run(values[image : image + 1]).items():
                    found[value][image] = one[0]

            return work

        share(begin, len(values), len(ready))
        return found
