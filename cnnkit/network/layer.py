"""The shape, the parameters and the work of one layer.

`resolve` fills in what the notation leaves open, `layer_shape` computes what the layer makes of a shape. Windows are
placed by ``geometry.window``, as the loops' are, transposed ones by ``geometry.transposed`` and frames of sound by
``geometry.framing``; this module adds the depth, the parameters and the work.

Standard library only: importing it must stay nearly free.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, NamedTuple

from cnnkit.errors import ArgumentError, NotationError, SizeError
from cnnkit.geometry.framing import plan_frames
from cnnkit.geometry.padding import Padding
from cnnkit.geometry.pair import LARGEST, Pair, counted
from cnnkit.geometry.transposed import TransposedPlacement, place_transposed
from cnnkit.geometry.window import Placement, Window, place
from cnnkit.network.notation.spec import Spec
from cnnkit.network.receptive_field import ITSELF, Axis, Field
from cnnkit.network.volume import Shape, Vector, Volume, Waveform

POOLS = ("maxpool", "avgpool")


class Layer(NamedTuple):
    """One layer with nothing left open. A field that the layer does not have keeps its neutral value."""

    spec: Spec  # as it was written
    size: Pair = (1, 1)
    stride: Pair = (1, 1)
    dilation: Pair = (1, 1)
    padding: str | Padding = "valid"
    count: int = 0  # type: ignore[assignment]  # kernels, units, coefficients or bands, in place of tuple.count
    groups: int = 1
    multiplier: int = 1
    output_padding: Pair = (0, 0)
    ceil: bool = False
    bias: bool = True
    hop_length: int = 512  # in samples, like the next
    frame_length: int = 2048
    framing: str = "pad-end"

    @property
    def name(self) -> str:
        """conv, maxpool, fc ..."""
        return self.spec.name

    @property
    def window(self) -> Window:
        """The moving frame."""
        return Window(self.size, self.stride, self.dilation)

    def place(self, size: Pair) -> Placement | TransposedPlacement:
        """Where the window lands on an input of `size`."""
        if self.name == "tconv":
            return place_transposed(size, self.window, self.padding, self.output_padding)
        return place(size, self.window, self.padding, ceil=self.ceil)

    def error(self, problem: str, hint: str, target: str = "") -> NotationError:
        """An error that points at the setting of `target`, or at the layer when that is not set."""
        return self.spec.word_of(target).error(problem, hint)


class LayerShape(NamedTuple):
    """What one layer makes of the shape before it; printed in brief.

    >>> from cnnkit.network.shape import shape
    >>> shape("28x28 conv3-8").layers[0]
    LayerShape(conv3-8: 28x28x1 -> 28x28x8, parameters=80, macs=56448)

    Attributes
    ----------
    layer : Layer
    input, output : Volume, Vector or Waveform
    field : pair of Axis, or None
        The part of the stack's input that one value of the output sees; None when it sees all of it.
    parameters : int
        Weights and biases to be learned.
    macs : int
        Multiply-accumulate operations of one forward pass over one input.
    placement : Placement, TransposedPlacement or None
        Where the window lands, with its padding in numbers; None for a layer without a window.
    """

    layer: Layer
    input: Shape
    output: Shape
    field: Field
    parameters: int = 0
    macs: int = 0
    placement: Placement | TransposedPlacement | None = None

    def __repr__(self) -> str:
        work = f"parameters={self.parameters}, macs={self.macs}"
        return f"LayerShape({self.layer.spec}: {self.input.text} -> {self.output.text}, {work})"


def resolve(spec: Spec) -> Layer:
    """Fill in the defaults: a convolution has stride 1 and ``same`` padding, a pool stride = size and no padding.

    >>> from cnnkit.network.notation.reading import read_layer, Word
    >>> layer = resolve(read_layer(Word("maxpool3")))
    >>> layer.stride, layer.padding
    ((3, 3), 'valid')
    """
    given: dict[str, Any] = {setting.target: setting.value for setting in spec.settings}
    if spec.size is not None:
        given["size"] = spec.size
        given.setdefault("stride", spec.size if spec.name in POOLS else (1, 1))
        given.setdefault("padding", "valid" if spec.name in POOLS else "same")
    return Layer(spec, count=spec.count or 0, **given)


def layer_shape(layer: Layer, shape: Shape, field: Field = ITSELF) -> LayerShape:
    """What one layer makes of `shape`; `field` is the part of the stack's input that one value of `shape` sees.

    >>> from cnnkit.network.notation.reading import read_layer, Word
    >>> step = layer_shape(resolve(read_layer(Word("conv3-64:s2"))), Volume(224, 224, 3))
    >>> step.output.text, step.parameters, step.macs
    ('112x112x64', 1792, 21676032)
    """
    try:
        result = _SHAPES[layer.name](layer, shape, field)
    except NotationError:
        raise
    except (ArgumentError, SizeError) as error:
        raise layer.error(error.problem, error.hint, _to_blame(layer, shape, error)) from None
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


def _to_blame(layer: Layer, shape: Shape, error: ArgumentError | SizeError) -> str:
    """Which setting keeps a window from fitting: the dilation, where it would fit without."""
    if layer.name == "tconv":
        return "padding" if isinstance(error, SizeError) else "output_padding"
    if isinstance(shape, Volume) and layer.size[0] <= shape.rows and layer.size[1] <= shape.columns:
        return "dilation"
    return ""


def _convolution(layer: Layer, shape: Shape, field: Field) -> LayerShape:
    volume = _volume(layer, shape)
    groups, kernels = layer.groups, layer.count
    if layer.name == "dwconv":
        groups, kernels = volume.depth, volume.depth * layer.multiplier
    placement = layer.place(volume[:2])
    weights = _weights_per_kernel(layer, volume.depth, groups, kernels)
    output = Volume(*placement.output, kernels)
    parameters = (weights + layer.bias) * kernels
    # A convolution uses every weight once for each output, a transposed one for each input.
    positions = math.prod(volume[:2] if layer.name == "tconv" else placement.output)
    macs = positions * kernels * weights
    return LayerShape(layer, volume, output, _seen(field, placement), parameters, macs, placement)


def _pool(layer: Layer, shape: Shape, field: Field) -> LayerShape:
    volume = _volume(layer, shape)
    placement = layer.place(volume[:2])
    output = Volume(*placement.output, volume.depth)
    return LayerShape(layer, volume, output, _seen(field, placement), placement=placement)


def _global_pool(layer: Layer, shape: Shape, field: Field) -> LayerShape:
    volume = _volume(layer, shape)
    return LayerShape(layer, volume, Vector(volume.depth), None)


def _flatten(layer: Layer, shape: Shape, field: Field) -> LayerShape:
    values = _values(layer, shape)
    return LayerShape(layer, values, Vector(values.values), None)


def _dense(layer: Layer, shape: Shape, field: Field) -> LayerShape:
    values = _values(layer, shape)
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
    frames = plan_frames(layer.framing, shape.samples, layer.frame_length, layer.hop_length)
    return LayerShape(layer, shape, Volume(frames.count, layer.count, 1), ITSELF)


def _unchanged(layer: Layer, shape: Shape, field: Field) -> LayerShape:
    """Batch normalisation learns a scale and a shift per channel; its running mean and variance are not parameters."""
    values = _values(layer, shape)
    return LayerShape(layer, values, values, field, parameters=2 * values[-1] if layer.name == "bn" else 0)


def _values(layer: Layer, shape: Shape) -> Volume | Vector:
    if isinstance(shape, Waveform):
        raise layer.error(
            f"{layer.name} after a waveform of {shape.samples} samples", hint="put mfcc13 or logmel40 before it"
        )
    return shape


def _volume(layer: Layer, shape: Shape) -> Volume:
    values = _values(layer, shape)
    if isinstance(values, Vector):
        raise layer.error(
            f"{layer.name} after {counted(values.values, 'value')} without rows and columns",
            hint=f"put {layer.name} before the flatten, gap or gmp, or leave it out",
        )
    return values


def _weights_per_kernel(layer: Layer, depth: int, groups: int, kernels: int) -> int:
    if depth % groups or kernels % groups:
        raise layer.error(
            f"{groups} groups do not divide the depth {depth} and the {kernels} kernels evenly",
            f"use a number that divides both: the largest is :g{math.gcd(depth, kernels)}",
            "groups",
        )
    return layer.size[0] * layer.size[1] * (depth // groups)


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
    "mfcc": _features,
    "logmel": _features,
    **dict.fromkeys(("bn", "relu", "tanh", "sigmoid", "softmax", "dropout"), _unchanged),
}
