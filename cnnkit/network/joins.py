"""Where branches meet: ``add`` sums volumes of one shape, ``cat`` puts the channels of one behind those of another.

Nothing is learned and nothing is multiplied. The depth of a concatenation is the sum of the depths; values in a row
(after flatten, gap or fc) are joined as a depth is. Loaded where a stack has a join.
"""

from __future__ import annotations

from collections.abc import Sequence

from cnnkit.network.layer import Layer, LayerShape, values_of
from cnnkit.network.notation.spec import Wire
from cnnkit.network.receptive_field import Field, joined_axis
from cnnkit.network.volume import Shape, Vector, Volume


def join_shape(
    layer: Layer, wire: Wire, before: Sequence[tuple[Shape, Field]], steps: Sequence[LayerShape]
) -> LayerShape:
    """What a join makes of the outputs `before` it; `steps` are the layers so far, for its error."""
    shapes = tuple(values_of(layer, shape) for shape, _ in before)
    if len({_fixed(layer, shape) for shape in shapes}) > 1:
        from cnnkit.network.fitting import misfit

        raise misfit(layer, wire, shapes, steps)
    first = shapes[0]
    output: Volume | Vector = first
    if layer.name == "cat":
        depth = sum(shape[-1] for shape in shapes)
        output = Volume(*first[:2], depth) if isinstance(first, Volume) else Vector(depth)
    fields = [field for _, field in before if field]
    field = None
    if len(fields) == len(before):
        field = joined_axis([rows for rows, _ in fields]), joined_axis([columns for _, columns in fields])
    return LayerShape(
        layer, first, output, field, joined=tuple(zip(shapes, (field for _, field in before), strict=True)), wire=wire
    )


def _fixed(layer: Layer, shape: Volume | Vector) -> tuple[object, ...]:
    """What all that is joined must have in common."""
    return (type(shape), *(shape if layer.name == "add" else shape[:-1]))
