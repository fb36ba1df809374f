"""Layers that move values about, repeat them or cut them off: nothing is learned and nothing is multiplied.

Adaptive pools belong here too: they are given a size of output, not a window. Sources of their rules: PyTorch's
AdaptiveAvgPool2d, Upsample, PixelShuffle and ZeroPad2d.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from cnnkit.geometry.padding import Padding
from cnnkit.geometry.pair import counted
from cnnkit.network.layer import Layer, LayerShape, values_of, volume_of
from cnnkit.network.receptive_field import Axis, Field
from cnnkit.network.volume import Shape, Vector, Volume


def border(layer: Layer) -> Padding:
    """Rows and columns that a pad adds on each side; below 0 for a crop."""
    assert isinstance(layer.padding, Padding)
    return layer.padding if layer.name == "pad" else Padding(*(-side for side in layer.padding))


def _adaptive(layer: Layer, shape: Shape, field: Field) -> LayerShape:
    volume = volume_of(layer, shape)
    output = Volume(*layer.size, volume.depth)
    return _moved(layer, volume, output, field, lambda seen, axis: seen.through_bins(volume[axis], output[axis]))


def _bordered(layer: Layer, shape: Shape, field: Field) -> LayerShape:
    volume = volume_of(layer, shape)
    top, bottom, left, right = border(layer)
    output = Volume(volume.rows + top + bottom, volume.columns + left + right, volume.depth)
    if min(output) < 1:
        most = f"{counted(volume.rows - 1, 'row')} and {counted(volume.columns - 1, 'column')}"
        raise layer.error(f"{layer.spec} cuts off all of a {volume.text} volume", f"cut off at most {most} in all")
    before = top, left
    return _moved(layer, volume, output, field, lambda seen, axis: seen.through_window(1, 1, before[axis]))


def _enlarged(layer: Layer, shape: Shape, field: Field) -> LayerShape:
    volume = volume_of(layer, shape)
    down, across = factors = (layer.count, layer.count) if layer.name == "shuffle" else layer.size
    depth, rest = divmod(volume.depth, down * across) if layer.name == "shuffle" else (volume.depth, 0)
    if rest:
        depths = " or ".join(str(n * down * across) for n in (depth, depth + 1) if n)
        raise layer.error(
            f"{layer.spec} needs a depth that {down * across} divides, not {volume.depth}",
            hint=f"make the depth {depths} before it, as with conv1-{(depth + 1) * down * across}",
        )
    output = Volume(volume.rows * down, volume.columns * across, depth)

    def through(seen: Axis, axis: int) -> Axis:
        """As a transposed convolution that looks at the same samples: two neighbours for bilinear, else one."""
        factor = factors[axis]
        span, before = (2 * factor - factor % 2, factor // 2) if layer.mode == "bilinear" else (factor, 0)
        return seen.through_transposed(span, factor, before)

    return _moved(layer, volume, output, field, through)


def _reshape(layer: Layer, shape: Shape, field: Field) -> LayerShape:
    values, output = values_of(layer, shape), layer.spec.size
    assert isinstance(output, (Volume, Vector))
    if output.values != values.values:
        depth, rest = divmod(values.values, output.values // output[-1])
        cure = f"{output.rows}x{output.columns}x{depth}" if isinstance(output, Volume) and not rest else values.values
        raise layer.error(
            f"{layer.spec} takes {counted(output.values, 'value')}, and {values.text} has {values.values}",
            hint=f"write reshape{cure}",
        )
    return LayerShape(layer, values, output, None)


def _moved(
    layer: Layer, volume: Volume, output: Volume, field: Field, through: Callable[[Axis, int], Axis]
) -> LayerShape:
    seen: Any = field and tuple(through(axis, number) for number, axis in enumerate(field))
    return LayerShape(layer, volume, output, seen)


RULES: dict[str, Callable[[Layer, Shape, Field], LayerShape]] = {
    "maxpool-to": _adaptive,
    "avgpool-to": _adaptive,
    "pad": _bordered,
    "crop": _bordered,
    "upsample": _enlarged,
    "shuffle": _enlarged,
    "reshape": _reshape,
}
