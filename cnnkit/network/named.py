"""Rows that no word of the notation makes: a name, what goes in and what comes out, and counts that are given."""

from __future__ import annotations

from collections.abc import Sequence

from cnnkit.network.layer import Layer, LayerShape
from cnnkit.network.notation.spec import Wire
from cnnkit.network.receptive_field import Axis, Field, joined_axis
from cnnkit.network.volume import UNKNOWN, Shape, Vector

NOT_FOLLOWED: Field = (Axis((), (), 0), Axis((), (), 0))
"""The field of what may see anything."""


def named_shape(
    layer: Layer,
    before: Sequence[tuple[Shape, Field]],
    output: Shape,
    wire: Wire,
    *,
    parameters: int = 0,
    macs: int = 0,
    keeps_place: bool = False,
) -> LayerShape:
    """A row with a name; with `keeps_place` each value sees what those at its place before it saw."""
    field = None if isinstance(output, Vector) and output is not UNKNOWN else NOT_FOLLOWED
    fields = [seen for _, seen in before if seen]
    if keeps_place and len(fields) == len(before):
        field = joined_axis([rows for rows, _ in fields]), joined_axis([columns for _, columns in fields])
    return LayerShape(layer, before[0][0], output, field, parameters, macs, wire=wire)
