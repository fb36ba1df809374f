"""The operators of a model in an order in which they can be computed: none before what it takes, no circle."""

from __future__ import annotations

from collections import deque
from collections.abc import Collection, Mapping, Sequence

from cnnkit.data.network.model import ModelNode
from cnnkit.errors import InputError, printable, quoted


def ordered(nodes: Sequence[ModelNode], inputs: Sequence[str], constants: Collection[str]) -> tuple[ModelNode, ...]:
    """The nodes, each behind those whose outputs it takes; as they stand, where they stand so already.

    An InputError if two make one value, one takes what nobody makes, or some wait for each other.
    """
    known = {*inputs, *constants}
    maker: dict[str, int] = {}
    for number, node in enumerate(nodes):
        for name in filter(None, node.outputs):
            if name in maker or name in known:
                raise InputError(f"two operators make the value {quoted(name)}", hint="save the model again")
            maker[name] = number
    waits = [{_maker(node, name, maker) for name in node.inputs if name and name not in known} for node in nodes]
    if all(not before or max(before) < number for number, before in enumerate(waits)):
        return tuple(nodes)
    return _sorted(nodes, waits)


def _maker(node: ModelNode, name: str, maker: Mapping[str, int]) -> int:
    if name not in maker:
        problem = f"{printable(node.op)} {quoted(node.name)} takes {quoted(name)}, which no operator makes"
        raise InputError(problem, hint="save the model again")
    return maker[name]


def _sorted(nodes: Sequence[ModelNode], waits: Sequence[set[int]]) -> tuple[ModelNode, ...]:
    followers: list[list[int]] = [[] for _ in nodes]
    for number, before in enumerate(waits):
        for other in before:
            followers[other].append(number)
    missing = [len(before) for before in waits]
    ready = deque(number for number, count in enumerate(missing) if not count)
    found: list[ModelNode] = []
    while ready:
        number = ready.popleft()
        found.append(nodes[number])
        for follower in followers[number]:
            missing[follower] -= 1
            if not missing[follower]:
                ready.append(follower)
    if len(found) < len(nodes):
        first = next(node for node, count in zip(nodes, missing, strict=True) if count)
        text, left = f"{printable(first.op)} {quoted(first.name)}", len(nodes) - len(found)
        problem = f"{left} operators wait for each other in a circle, {text} among them"
        problem = problem if left > 1 else f"{text} takes what it makes itself"
        raise InputError(problem, hint="save the model again")
    return tuple(found)
