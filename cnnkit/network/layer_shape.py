"""The shape, the parameters and the work of one layer.

`layer_shape` computes what a layer makes of a shape. Windows are placed by ``geometry.window``, as the loops' are,
transposed ones by ``geometry.transposed`` and frames of sound by ``geometry.framing``; this module adds the depth, the
parameters and the work. Layers that only move values about are in ``rearrangement``, loaded where a stack has one.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

from cnnkit.errors import ArgumentError, NotationError, SizeError
from cnnkit.geometry.framing import plan_frames, samples_in
from cnnkit.geometry.pair import LARGEST, counted
from cnnkit.geometry.transposed import TransposedPlacement
from cnnkit.geometry.window import Placement
from cnnkit.network.layer import Layer, LayerShape, values_of, volume_of
from cnnkit.network.notation.spec import JOINS, KEEPING, Wire
from cnnkit.network.receptive_field import ITSELF, Axis, Field
from cnnkit.network.volume import Shape, Vector, Volume, Waveform


def layer_shape(layer: Layer, shape: Shape, field: Field = ITSELF) -> LayerShape:
    """What one layer makes of `shape`; `field` is the part of the stack's input that one value of `shape` sees."""
    try:
        result = _rule(layer.name)(layer, shape, field)
    except NotationError:
        raise
    except (ArgumentError, SizeError) as error:
        raise layer.error(error.problem, error.hint, _to_blame(layer, shape, error)) from None
    return _checked(result)


def _checked(result: LayerShape) -> LayerShape:
    layer = result.layer
    if max(result.output) > LARGEST:
        raise layer.error(
            f"the output of {layer.spec.word.quoted}, {result.output.text}, is too large",
            hint=f"the largest side is {LARGEST}",
        )
    if result.field and max(axis.shift for axis in result.field) > LARGEST:
        raise layer.error(
            f"the strides so far multiply to more than {LARGEST}",
            "use stride 1 where one row or column is left",
            "stride",
        )
    return result


def step_shape(layer: Layer, wire: Wire, start: Shape, steps: Sequence[LayerShape]) -> LayerShape:
    """What one layer makes of what its wire takes: outputs of the `steps` before it, or the input of the stack."""
    before = [(steps[n - 1].output, steps[n - 1].field) if n else (start, field_of(start)) for n in wire.sources]
    if layer.name in JOINS:
        from cnnkit.network.joins import join_shape

        return _checked(join_shape(layer, wire, before, steps))
    return layer_shape(layer, *before[0])._replace(wire=wire)


def field_of(shape: Shape) -> Field:
    """What one value of the stack's input sees of it."""
    return ITSELF if isinstance(shape, Volume) else None


def _to_blame(layer: Layer, shape: Shape, error: ArgumentError | SizeError) -> str:
    """Which setting keeps a window from fitting: the dilation, where it would fit without."""
    if layer.name == "tconv":
        return "padding" if isinstance(error, SizeError) else "output_padding"
    if isinstance(shape, Volume) and layer.size[0] <= shape.rows and layer.size[1] <= shape.columns:
        return "dilation"
    return ""


def _convolution(layer: Layer, shape: Shape, field: Field) -> LayerShape:
    volume = volume_of(layer, shape)
    groups, kernels = layer.groups, layer.count
    if layer.name == "dwconv":
        groups, kernels = volume.depth, volume.depth * layer.multiplier
    placement = layer.place(volume[:2])
    if volume.depth % groups or kernels % groups:
        raise layer.error(
            f"{groups} groups do not divide the depth {volume.depth} and the {kernels} kernels evenly",
            f"use a number that divides both: the largest is :g{math.gcd(volume.depth, kernels)}",
            "groups",
        )
    weights = layer.size[0] * layer.size[1] * (volume.depth // groups)
    output = Volume(*placement.output, kernels)
    parameters = (weights + layer.bias) * kernels
    # A convolution uses every weight once for each output, a transposed one for each input.
    positions = math.prod(volume[:2] if layer.name == "tconv" else placement.output)
    macs = positions * kernels * weights
    return LayerShape(layer, volume, output, _seen(field, placement), parameters, macs, placement)


def _pool(layer: Layer, shape: Shape, field: Field) -> LayerShape:
    volume = volume_of(layer, shape)
    placement = layer.place(volume[:2])
    output = Volume(*placement.output, volume.depth)
    return LayerShape(layer, volume, output, _seen(field, placement), placement=placement)


def _global_pool(layer: Layer, shape: Shape, field: Field) -> LayerShape:
    volume = volume_of(layer, shape)
    return LayerShape(layer, volume, Vector(volume.depth), None)


def _flatten(layer: Layer, shape: Shape, field: Field) -> LayerShape:
    values = values_of(layer, shape)
    return LayerShape(layer, values, Vector(values.values), None)


def _dense(layer: Layer, shape: Shape, field: Field) -> LayerShape:
    values = values_of(layer, shape)
    if isinstance(values, Volume):
        raise layer.error(
            f"{layer.name} after a {values.text} volume",
            hint=f"add flatten ({counted(values.values, 'value')}) or gap ({counted(values.depth, 'value')}) before it",
        )
    weights = values.values * layer.count
    return LayerShape(layer, values, Vector(layer.count), None, weights + layer.bias * layer.count, macs=weights)


def _features(layer: Layer, shape: Shape, field: Field) -> LayerShape:
    """Frames down the rows, coefficients across the columns; the receptive field is counted in them from here on."""
    if not isinstance(shape, Waveform):
        raise layer.error(
            f"{layer.name} takes a waveform, not {shape.text}", "begin with samples@rate, as in 51200@22050"
        )
    if layer.name == "waveform":
        return LayerShape(layer, shape, Volume(1, shape.samples, 1), ITSELF)
    hop_length, frame_length = (_samples(layer, name, shape.rate) for name in ("hop_length", "frame_length"))
    n_fft = layer.n_fft or 1 << (frame_length - 1).bit_length()
    if n_fft < frame_length:
        cure = f"use :fft{1 << (frame_length - 1).bit_length()}, or a shorter :win"
        raise layer.error(f"an FFT of {n_fft} samples cuts off frames of {frame_length}", cure, "n_fft")
    layer = layer._replace(hop_length=hop_length, frame_length=frame_length, n_fft=n_fft)
    frames = plan_frames(layer.framing, shape.samples, frame_length, hop_length, n_fft)
    numbers = layer.count or n_fft // 2 + 1
    return LayerShape(layer, shape, Volume(frames.count, numbers, 1), ITSELF)


def _samples(layer: Layer, name: str, rate: int) -> int:
    """A length of frames in samples, rounded as ``cnnkit mfcc`` rounds it."""
    length: int | str = getattr(layer, name)
    samples = length if isinstance(length, int) else samples_in(float(length[:-2]), rate)
    if samples < 1:
        raise layer.error(f"{length} is less than 1 sample at {rate} Hz", "use more milliseconds, or samples", name)
    return samples


def _unchanged(layer: Layer, shape: Shape, field: Field) -> LayerShape:
    """What is learned is a scale and a shift for each channel, or a slope; running statistics are not parameters."""
    values = volume_of(layer, shape) if layer.name in ("instancenorm", "lrn") else values_of(layer, shape)
    depth = values[-1]
    if values.values == {"instancenorm": depth, "groupnorm": layer.count}.get(layer.name):
        raise layer.error(f"{layer.spec} after {values.text} takes single values from their own mean", "leave it out")
    if layer.name == "groupnorm" and depth % layer.count:
        divisors = (n for d in range(1, math.isqrt(depth) + 1) if depth % d == 0 for n in (d, depth // d))
        fitting = max(n for n in divisors if n <= layer.count)
        raise layer.error(f"{layer.count} groups do not divide the depth {depth}", f"use groupnorm{fitting}")
    learned = dict.fromkeys(("bn", "layernorm", "groupnorm"), 2 * depth)
    learned["prelu"] = depth if layer.is_each_channel else 1
    return LayerShape(layer, values, values, field, parameters=learned.get(layer.name, 0))


def _seen(field: Field, placement: Placement | TransposedPlacement) -> Field:
    if field is None:
        return None
    through = Axis.through_window if isinstance(placement, Placement) else Axis.through_transposed
    window = placement.window
    rows, columns = zip(window.reach, window.stride, placement.padding.before, window.dilation, strict=True)
    return through(field[0], *rows), through(field[1], *columns)


_SHAPES: dict[str, Callable[[Layer, Shape, Field], LayerShape]] = {
    "conv": _convolution,
    "dwconv": _convolution,
    "tconv": _convolution,
    "maxpool": _pool,
    "avgpool": _pool,
    "gap": _global_pool,
    "gmp": _global_pool,
    "flatten": _flatten,
    "fc": _dense,
    **dict.fromkeys(("waveform", "spectrogram", "mel", "logmel", "mfcc"), _features),
    **dict.fromkeys(KEEPING, _unchanged),
}


def _rule(name: str) -> Callable[[Layer, Shape, Field], LayerShape]:
    if name in _SHAPES:
        return _SHAPES[name]
    from cnnkit.network.rearrangement import RULES

    return RULES[name]
