"""Which values are written where what joins them would copy them to: among the channels of a concatenation."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import NamedTuple

from cnnkit.data.network.graph import Concatenate, Convolve, Graph, Scale
from cnnkit.operations.convolution.layer import is_depthwise
from cnnkit.operations.network.fusing import Step


class Part(NamedTuple):
    """A value as some channels of another one."""

    whole: int
    first: int  # channel


def parts(graph: Graph, steps: Sequence[Step], keep: Collection[int]) -> dict[int, Part]:
    """The values that are parts of others, which are no parts themselves.

    Only sums over channels, and joins, write pixels that are apart from each other, and only what scales, or joins,
    reads them. What is kept is a value of its own.
    """
    readers: dict[int, list[Step]] = {}
    for step in steps:
        for value in step.takes:
            readers.setdefault(value, []).append(step)
    found: dict[int, Part] = {}
    for step in steps:
        join = next((reader for reader in readers.get(step.output, ()) if _joins_channels(graph, reader)), None)
        is_alone = join is not None and join.inputs.count(step.output) == 1
        if join is None or not is_alone or step.output in keep or not _writes_apart(graph, step):
            continue
        if all(
            isinstance(reader.operation, Scale) or _joins_channels(graph, reader) for reader in readers[step.output]
        ):
            before = join.inputs[: join.inputs.index(step.output)]
            found[step.output] = Part(join.output, sum(graph.shape(value)[-1] for value in before))
    for value in reversed(found):
        whole, first = found[value]
        if whole in found:
            found[value] = Part(found[whole].whole, found[whole].first + first)
    return found


def _joins_channels(graph: Graph, step: Step) -> bool:
    shape = graph.shape(step.output)
    return isinstance(step.operation, Concatenate) and len(shape) == 4 and step.operation.axis % 4 == 3


def _writes_apart(graph: Graph, step: Step) -> bool:
    """Whether its pixels may have others between them: not where an addend is found by the place of a result."""
    operation = step.operation
    if isinstance(operation, Convolve):
        depth, kernels = graph.shape(step.inputs[0])[-1], operation.weights.shape[3]
        return not step.addend and not is_depthwise(depth, kernels, operation.groups)
    return _joins_channels(graph, step)
