"""One convolution as a network of its own: how the loops that read images in place are called, and held to the twin."""

from __future__ import annotations

from typing import Any

import numpy as np

from cnnkit.data.network.graph import Activate, Add, Convolve, Graph, Node
from cnnkit.geometry.padding import Padding
from cnnkit.geometry.window import Window, place
from cnnkit.operations.network.program import Program
from tests.reference.networks import assert_close, evaluate


def drawn(seed: int, *shape: int) -> Any:
    """Samples around 0, float32."""
    return np.random.default_rng(seed).normal(size=shape).astype(np.float32)


def check(
    shape: tuple[int, int, int, int],
    weights: Any,
    padding: Any = (0, 0, 0, 0),
    *,
    groups: int = 1,
    stride: Any = (1, 1),
    dilation: Any = (1, 1),
    has_join: bool = True,
    threads: int = 1,
) -> None:
    """Convolve with a bias, add the same convolution of other weights, and limit: all that a layer's end may be."""
    window, sides = Window(weights.shape[:2], stride, dilation), Padding(*padding)
    output = (shape[0], *place(shape[1:3], window, sides).output, weights.shape[3])
    first = Convolve(weights, drawn(2, weights.shape[3]), window, sides, groups)
    nodes = [Node(first, (0,), output)]
    if has_join:
        nodes.append(Node(first._replace(weights=weights[::-1].copy()), (0,), output))
        nodes += [Node(Add(), (1, 2), output), Node(Activate("clip", (-1.0, 2.0)), (3,), output)]
    graph = Graph(shape, tuple(nodes), len(nodes))
    image = drawn(3, *shape)
    found = Program(graph, threads=threads).run(image)[len(nodes)]
    assert_close(found, evaluate(graph, image)[len(nodes)])
