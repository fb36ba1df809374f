"""Inputs near the given one that a network of our own takes: its words are not the user's to change.

Every size that a hint proposes has been computed to the end of the stack. Loaded for errors alone.
"""

from __future__ import annotations

from collections.abc import Callable

from cnnkit.errors import CnnkitError, NotationError
from cnnkit.network.notation.networks import NETWORKS
from cnnkit.network.notation.spec import JOINS, Spec, StackSpec
from cnnkit.network.volume import Volume

MOST_STEPS = 32  # rows and columns more, and less, that are tried

Compute = Callable[[StackSpec], object]


def hinted(error: NotationError, layer: Spec, spec: StackSpec, compute: Compute) -> NotationError:
    """The error of a layer, with the inputs that fit as its hint where the layer is of a network."""
    network, given = layer.word.origin, spec.input
    if network not in NETWORKS or not isinstance(given, Volume):
        return error

    def fits(rows: int, columns: int) -> bool:
        try:
            compute(spec._replace(input=Volume(rows, columns, given.depth)))
        except CnnkitError:
            return False
        return True

    def nearest(length: int, step: int) -> int:
        tried = range(length, length + step * (MOST_STEPS + 1), step)
        return next((side for side in tried if side > 0 and fits(side, side)), 0)

    sides = [(nearest(given.rows, step), nearest(given.columns, step)) for step in (-1, 1)]
    own = NETWORKS[network].split("x", 2)[:2]  # 572x572x1; of a sound there is none
    if not any(map(all, sides)) and all(map(str.isdecimal, own)):
        sides.append((int(own[0]), int(own[1])))
    found = dict.fromkeys(Volume(*pair, given.depth).text for pair in sides if all(pair) and fits(*pair))
    edit = f"change the words that cnnkit shape {network} --show-stack prints"
    if found:
        error.hint = f"inputs that fit: {', '.join(found)}; or {edit}"
    elif layer.name in JOINS:
        error.hint = edit
    return error
