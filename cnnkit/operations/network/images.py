"""Batches whose images are run one by one: what one leaves between two layers is small enough to stay in the cache."""

from __future__ import annotations

import math
from collections.abc import Iterable

from cnnkit.data.network.graph import (
    Activate,
    Add,
    Compute,
    Concatenate,
    Convolve,
    Dense,
    Graph,
    Node,
    Pool,
    Reshape,
    Scale,
)
from cnnkit.operations.pooling.settings import read_pooling
from cnnkit.operations.pooling.windows import in_parts

UNEVEN = 1.25
"""How many times as many images as the average the thread with most images may have."""


def image_by_image(graph: Graph, threads: int) -> Graph | None:
    """The graph of one image, if `threads` do better with an image each than with parts of each layer of a batch.

    For that, weights, which are then read for each image, have to be fewer than what is written and read between the
    layers.

    >>> batch = Graph((4, 1, 1, 8), (Node(Activate("relu"), (0,), (4, 1, 1, 8)),), 1)
    >>> image_by_image(batch, 2).nodes[0].shape, image_by_image(batch, 3)
    ((1, 1, 1, 8), None)
    """
    count = graph.input[0]
    if count < 2 or -(-count // threads) * threads > UNEVEN * count:
        return None
    if any(node.shape[:1] != (count,) or not _is_by_image(node, graph) for node in graph.nodes):
        return None
    if _weights(graph.nodes) > 2 * sum(math.prod(node.shape[1:]) for node in graph.nodes):
        return None
    nodes = tuple(node._replace(shape=(1, *node.shape[1:])) for node in graph.nodes)
    return Graph((1, *graph.input[1:]), nodes, graph.output)


def _is_by_image(node: Node, graph: Graph) -> bool:
    """Whether each image of the result comes of the same one given, by the same sums however many there are."""
    match node.operation:
        case Convolve() | Dense() | Scale() | Activate() | Reshape():
            return True
        case Pool(settings):  # tall windows are summed in parts, unless there are many images
            sides = graph.shape(node.inputs[0])[1:3]
            return in_parts(read_pooling(**dict(settings)).windows(sides), sides, 1) is None  # type: ignore[arg-type]
        case Add():
            return len({graph.shape(value) for value in node.inputs}) == 1
        case Concatenate(axis):
            return axis % len(node.shape) != 0
        case Compute(_, _, is_by_image):
            return is_by_image
    return False  # transposed convolutions choose their algorithm by the number of images


def _weights(nodes: Iterable[Node]) -> int:
    found = (getattr(node.operation, "weights", None) for node in nodes)
    return sum(weights.size for weights in found if weights is not None)
