"""One layer of a stack with nothing left open, and what it makes of the shape before it."""

from __future__ import annotations

from typing import Any, NamedTuple

from cnnkit.errors import NotationError
from cnnkit.geometry.padding import Padding
from cnnkit.geometry.pair import Pair, counted
from cnnkit.geometry.transposed import TransposedPlacement, place_transposed
from cnnkit.geometry.window import Placement, Window, place, window_settings
from cnnkit.network.notation.spec import FORMS, JOINS, WINDOW, Spec, Wire
from cnnkit.network.receptive_field import Field
from cnnkit.network.volume import Shape, Vector, Volume, Waveform

POOLS = ("maxpool", "avgpool")


class Layer(NamedTuple):
    """One layer with nothing left open. A field that the layer does not have keeps its neutral value."""

    spec: Spec  # as it was written
    size: Pair = (1, 1)  # of the window, of the output of an adaptive pool, or a factor
    stride: Pair = (1, 1)
    dilation: Pair = (1, 1)
    padding: str | Padding = "valid"
    count: int = 0  # type: ignore[assignment]  # kernels, units, coefficients or bands, in place of tuple.count
    groups: int = 1
    multiplier: int = 1
    output_padding: Pair = (0, 0)
    ceil: bool = False
    bias: bool = True
    mode: str = "nearest"
    is_each_channel: bool = False
    hop_length: int = 512  # in samples, like the next; a text as "10ms" until the rate is known
    frame_length: int = 2048
    n_fft: int = 0  # 0 for the next power of two
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
    joined : tuple of (Volume or Vector, field)
        Of a join all that it joins, in their order.
    wire : Wire
        Which layers it takes its inputs from, by their numbers (0 is the stack's input), and the marks around it.
    """

    layer: Layer
    input: Shape
    output: Shape
    field: Field
    parameters: int = 0
    macs: int = 0
    placement: Placement | TransposedPlacement | None = None
    joined: tuple[tuple[Volume | Vector, Field], ...] = ()
    wire: Wire = Wire()

    @property
    def word(self) -> str:
        """The layer as it was typed; a join with the names of the whole stack, where each is one volume's."""
        return str(self.layer.spec) if self.joined else self.layer.spec.word.text

    def __repr__(self) -> str:
        work = f"parameters={self.parameters}, macs={self.macs}"
        return f"LayerShape({self.layer.spec}: {self.input.text} -> {self.output.text}, {work})"


def resolve(spec: Spec) -> Layer:
    """Fill in the defaults: a convolution has stride 1 and ``same`` padding, a pool stride = size and no padding."""
    if spec.name in JOINS:
        return Layer(spec)
    given: dict[str, Any] = {setting.target: setting.value for setting in spec.settings}
    if isinstance(spec.size, Padding):
        given["padding"] = spec.size
    elif spec.size is not None and len(spec.size) == 2:
        given["size"] = spec.size
    if FORMS[spec.name].size == WINDOW:
        given.setdefault("stride", spec.size if spec.name in POOLS else (1, 1))
        given.setdefault("padding", "valid" if spec.name in POOLS else "same")
    return Layer(spec, count=spec.count or 0, **given)


def reworded(layer: Layer, size: Pair, stride: Pair, padding: str | Padding, *, ceil: bool = False) -> Layer:
    """The layer with another window, stride and padding, in the briefest word for it; its other settings stay."""
    changed = ("stride", "padding", *(["dilation"] if max(size) == 1 else []))  # which spreads nothing there
    is_pool = layer.name in POOLS
    chosen = window_settings(Window(size, stride), padding, is_pool=is_pool, ceil=ceil and not layer.ceil)
    others = (setting for setting in layer.spec.settings if setting.target not in changed)
    return resolve(layer.spec._replace(size=size, settings=(*chosen, *others)))


def values_of(layer: Layer, shape: Shape) -> Volume | Vector:
    """The shape before `layer`, which must not be a waveform."""
    if isinstance(shape, Waveform):
        raise layer.error(
            f"{layer.name} after a waveform of {shape.samples} samples",
            hint="put mfcc13, logmel40 or waveform before it",
        )
    return shape


def volume_of(layer: Layer, shape: Shape) -> Volume:
    """The shape before `layer`, which must have rows and columns."""
    values = values_of(layer, shape)
    if isinstance(values, Vector):
        raise layer.error(
            f"{layer.name} after {counted(values.values, 'value')} without rows and columns",
            hint=f"begin with rows x columns x depth, and put {layer.name} before any flatten, gap, gmp or fc",
        )
    return values
