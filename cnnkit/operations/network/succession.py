"""The order of layers whose tensors stand in the file in that of the alphabet, out of the layers' names.

The package safetensors sorts what it writes by name, so that bn1 stands before conv1, features.10 before features.2,
and the norm behind a network's first layer after those of its blocks. What names tell all the same: layers of one name
are counted (conv1 before conv2), and what is in a module (layer1.0) is finished before another begins. Among the orders
that are left, those that fit the shapes of the stack are tried, likely ones first.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

from cnnkit.data.network.weights import Weights
from cnnkit.operations.network.groups import Group
from cnnkit.operations.network.layouts import Need

MOST_STEPS = 50_000
"""After which no order is looked for any more; networks that fit take few more than they have layers."""

_Step = tuple[str, tuple[int, ...]]
"""A part of a name, without its numbers, and these."""


def is_alphabetical(weights: Weights) -> bool:
    """Whether a file has its tensors in the order of their names, type by type, so that it says nothing else."""
    kinds: dict[str, list[str]] = {}
    for name, tensor in weights.tensors.items():
        kinds.setdefault(tensor.dtype, []).append(name)
    return all(names == sorted(names) for names in kinds.values())


def path(title: str) -> tuple[_Step, ...]:
    """The modules that a layer's name names, and its own, with the numbers in them.

    >>> path("layer1.0.conv2")
    (('layer', (1,)), ('', (0,)), ('conv', (2,)))
    >>> path("conv2d_1")
    (('conv#d', (2, 1)),)
    """
    pieces = [re.sub(r"\d+", "#", piece) for piece in re.split(r"[./]", title)]
    numbers = [tuple(map(int, re.findall(r"\d+", piece))) for piece in re.split(r"[./]", title)]
    return tuple((re.sub(r"_?#$", "", piece), found) for piece, found in zip(pieces, numbers, strict=True))


def by_name(groups: Sequence[Group]) -> list[Group]:
    """Layers in the order of their names, numbers by their size."""
    return sorted(groups, key=lambda group: path(group.title))


def are_told_apart(one: Group, other: Group) -> bool:
    """Whether the names of two layers say which comes first: they differ in a number, before they differ in a word."""
    for (word, numbers), (word2, numbers2) in zip(path(one.title), path(other.title), strict=False):
        if word != word2:
            return False
        if numbers != numbers2:
            return True
    return True


class Names(NamedTuple):
    """What the names of layers tell of their order; sets of layers are bits."""

    paths: list[tuple[_Step, ...]]
    members: dict[tuple[_Step, ...], int]  # of each module
    earlier: list[int]  # for each layer, those whose names are the same up to a smaller number

    @classmethod
    def of(cls, groups: Sequence[Group]) -> Names:
        """The names of these layers."""
        paths = [path(group.title) for group in groups]
        members: dict[tuple[_Step, ...], int] = {}
        counted: dict[tuple[tuple[_Step, ...], str], dict[tuple[int, ...], int]] = {}
        for k, one in enumerate(paths):
            for depth, (word, numbers) in enumerate(one):
                members[one[:depth]] = members.get(one[:depth], 0) | 1 << k
                alike = counted.setdefault((one[:depth], word), {})
                alike[numbers] = alike.get(numbers, 0) | 1 << k
        before: dict[tuple[_Step, ...], int] = {}
        for (module, word), alike in counted.items():
            smaller = 0
            for numbers in sorted(alike):
                name: tuple[_Step, ...] = (*module, (word, numbers))
                before[name] = smaller
                smaller |= alike[numbers]
        earlier = [0] * len(paths)
        for k, one in enumerate(paths):
            for depth in range(len(one)):
                earlier[k] |= before[one[: depth + 1]]
        return cls(paths, members, earlier)


def succession(
    groups: Sequence[Group], needs: Sequence[Need], fits: Callable[[Group, Need], bool], names: Names
) -> list[Group] | None:
    """The layers of a file in the order of the `needs` that they fit; None if no order is found."""
    paths = names.paths
    alike: dict[tuple[object, ...], int] = {}
    fitting = []
    for need in needs:
        kind = (need.step.layer.name, need.step.input[-1], *need.shapes.items())
        if kind not in alike:
            alike[kind] = sum(1 << k for k, group in enumerate(groups) if fits(group, need))
        fitting.append(alike[kind])

    def choices(taken: list[int], left: int) -> Iterator[int]:
        found = left & fitting[len(taken)]
        before = paths[taken[-1]] if taken else ()
        for depth in range(len(before) - 1, 0, -1):
            if names.members[before[:depth]] & left:
                found &= names.members[before[:depth]]
                break
        free = []
        while found:
            k = (found & -found).bit_length() - 1
            found ^= 1 << k
            if not names.earlier[k] & left:
                free.append(k)
        return iter(sorted(free, key=lambda k: _unlikely(before, paths[k])))

    taken: list[int] = []
    left = (1 << len(groups)) - 1
    waiting = [choices(taken, left)] if needs else []
    for _ in range(MOST_STEPS):
        if not waiting:
            break
        chosen = next(waiting[-1], None)
        if chosen is None:
            waiting.pop()
            if taken:
                left |= 1 << taken.pop()
            continue
        taken.append(chosen)
        left ^= 1 << chosen
        if len(taken) == len(needs):
            return [groups[k] for k in taken]
        waiting.append(choices(taken, left))
    return None


def _unlikely(before: tuple[_Step, ...], one: tuple[_Step, ...]) -> tuple[bool, int, tuple[_Step, ...]]:
    """How unlikely a layer is to follow another: conv1 is followed by bn1, and by a layer beside it before a module."""
    common = next(
        (depth for depth, (a, b) in enumerate(zip(before, one, strict=False)) if a != b), min(len(before), len(one))
    )
    is_leaf = len(one) == common + 1 == len(before)
    return not (is_leaf and before[common][1] == one[common][1]), len(one) - common, one
