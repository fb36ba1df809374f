"""A stack as a Keras 3 program, for any of its backends. Checked against Keras 3.15 on PyTorch.

Keras refuses a stride together with a dilation, and unlike strides for rows and columns in a depthwise convolution:
there the layer computes every position, and a pool of one sample takes those of the stride.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING

from cnnkit.geometry.padding import Padding
from cnnkit.geometry.pair import Pair, brief
from cnnkit.geometry.transposed import TransposedPlacement
from cnnkit.geometry.window import Placement
from cnnkit.network.code.calls import assignments, call, commented, needed_after, pool_call, unless
from cnnkit.network.layer import LayerShape
from cnnkit.network.volume import Shape, Vector, Volume

if TYPE_CHECKING:
    from cnnkit.network.code.graph import Statement

IMPORTS = ("import keras", "from keras import layers")

POOL = '''

class Pool(layers.Layer):
    """A pool with padding on four sides and dilation; an average divides by the samples that are there."""

    def __init__(self, kind, size, stride, dilation, padding, output):
        super().__init__()
        self.kind, self.size, self.stride, self.step = kind, size, stride, dilation
        self.padding, self.rows_columns = padding, output  # (top, bottom, left, right), (rows, columns)

    def shifted(self, x, value):
        top, bottom, left, right = self.padding
        x = keras.ops.pad(x, ((0, 0), (top, bottom), (left, right), (0, 0)), constant_values=value)
        (down, across), (rows, columns) = self.stride, self.rows_columns
        for a in range(0, self.size[0] * self.step[0], self.step[0]):
            for b in range(0, self.size[1] * self.step[1], self.step[1]):
                yield x[:, a : a + (rows - 1) * down + 1 : down, b : b + (columns - 1) * across + 1 : across]

    def call(self, x):
        if self.kind == "max":
            return keras.ops.max(keras.ops.stack(list(self.shifted(x, float("-inf")))), axis=0)
        return sum(self.shifted(x, 0.0)) / sum(self.shifted(keras.ops.ones_like(x), 0.0))
'''

LOCAL_RESPONSE_NORM = '''

class LocalResponseNorm(layers.Layer):
    """PyTorch's, over 5 neighbouring channels, with its alpha of 1e-4, beta of 0.75 and k of 1."""

    def call(self, x):
        squares = keras.ops.pad(x * x, ((0, 0), (0, 0), (0, 0), (2, 2)))
        total = sum(squares[..., first : first + x.shape[-1]] for first in range(5))
        return x / (1 + 1e-4 / 5 * total) ** 0.75
'''

DEFINITIONS = {"Pool": POOL, "LocalResponseNorm": LOCAL_RESPONSE_NORM}

_CALLS: dict[str, Callable[[LayerShape], str]] = {
    "fc": lambda step: call("layers.Dense", step.layer.count, use_bias=unless(step.layer.bias, True)),
    "layernorm": lambda _: "layers.LayerNormalization()",
    "instancenorm": lambda _: "layers.GroupNormalization(-1, center=False, scale=False)",
    "gap": lambda _: "layers.GlobalAveragePooling2D()",
    "gmp": lambda _: "layers.GlobalMaxPooling2D()",
    "bn": lambda _: "layers.BatchNormalization()",
    "groupnorm": lambda step: call("layers.GroupNormalization", step.layer.count),
    "prelu": lambda step: call(
        "layers.PReLU", shared_axes=[*range(1, len(step.input) + (not step.layer.is_each_channel))] or None
    ),
    "avgpool-to": lambda step: _adaptive(step, "Average"),
    "maxpool-to": lambda step: _adaptive(step, "Max"),
    "pad": lambda step: call("layers.ZeroPadding2D", _sides(step.layer.padding)),
    "crop": lambda step: call("layers.Cropping2D", _sides(step.layer.padding)),
    "upsample": lambda step: call(
        "layers.UpSampling2D", brief(step.layer.size), interpolation=unless(step.layer.mode, "nearest")
    ),
    "reshape": lambda step: call("layers.Reshape", tuple(step.output)),
}


def program(start: Volume | Vector, batch: int, layers: list[str]) -> list[str]:
    """The lines after the imports: the network of these layers, and one run of it."""
    return [
        "model = keras.Sequential([",
        f"    {call('keras.Input', tuple(start))},",
        *layers,
        "])",
        "",
        *_run(start, batch),
    ]


def graph(start: Volume | Vector, batch: int, names: Sequence[str], found: Sequence[Statement]) -> list[str]:
    """The lines after the imports of a network with branches, in the functional API."""
    lines = [f"x = inputs = {call('keras.Input', tuple(start))}", *assignments(names)]
    for statement in found:
        source, *_ = statement.sources
        for text, shape in statement.layers:
            lines.append(commented(f"x = {text}({source})", shape))
            source = "x"
        if statement.join:
            join = "layers.Add()" if statement.join == "add" else "layers.Concatenate()"
            lines.append(commented(f"x = {join}([{', '.join(statement.sources)}])", statement.shape))
        lines += assignments(statement.names)
    return [*lines, "model = keras.Model(inputs, x)", "", *_run(start, batch)]


def _run(start: Volume | Vector, batch: int) -> list[str]:
    return [
        f"output = model(keras.ops.zeros({(batch, *start)}))",
        'print("output", tuple(output.shape))',
        'print("parameters", sum(w.size for w in map(keras.ops.convert_to_numpy, model.trainable_weights)))',
    ]


def shape_text(shape: Shape) -> str:
    """A shape in Keras's order, depth last."""
    return shape.text


def without_window(step: LayerShape) -> Iterator[str]:
    """The constructor calls of a layer that has no window."""
    if step.layer.name == "shuffle":  # PyTorch's order of channels; Keras's depth_to_space has another
        yield call("layers.Reshape", (*step.input[:2], step.output[-1], step.layer.count, step.layer.count))
        yield call("layers.Permute", (1, 4, 2, 5, 3))
        yield call("layers.Reshape", tuple(step.output))
    else:
        yield _CALLS[step.layer.name](step)


def _adaptive(step: LayerShape, kind: str) -> str:
    """A pool of one window where the sizes divide; else the adaptive pool that only newer versions of Keras have."""
    (rows, more_rows), (columns, more_columns) = map(divmod, step.input[:2], step.layer.size)
    if more_rows or more_columns:
        return call(f"layers.Adaptive{kind}Pooling2D", brief(step.layer.size))
    return call(f"layers.{kind}Pooling2D", brief((rows, columns)))


def _sides(padding: str | Padding) -> tuple[Pair, Pair]:
    assert isinstance(padding, Padding)
    return (padding.top, padding.bottom), (padding.left, padding.right)


def convolution(step: LayerShape, placement: Placement) -> Iterator[str]:
    """A convolution; padding on four sides is a layer before it, a stride that Keras refuses one after it."""
    layer, window, padding = step.layer, placement.window, placement.padding
    is_depthwise = layer.name == "dwconv"
    stride, later = window.stride, (1, 1)
    is_unlike = is_depthwise and stride[0] != stride[1]
    if stride != (1, 1) and (window.dilation != (1, 1) or is_unlike):
        stride, later = (1, 1), window.stride
    is_same = layer.padding == "same" and later == (1, 1)
    if not is_same and padding.widest:
        yield call("layers.ZeroPadding2D", _sides(padding))
    yield call(
        "layers.DepthwiseConv2D" if is_depthwise else "layers.Conv2D",
        *([] if is_depthwise else [layer.count]),
        brief(window.size),
        strides=unless(brief(stride), 1),
        padding="same" if is_same else None,
        dilation_rate=unless(brief(window.dilation), 1),
        groups=unless(layer.groups, 1),
        depth_multiplier=unless(layer.multiplier, 1),
        use_bias=unless(layer.bias, True),
    )
    if later != (1, 1):
        yield call("layers.MaxPooling2D", 1, strides=brief(later))


def transposed(step: LayerShape, placement: TransposedPlacement) -> Iterator[str]:
    """A transposed convolution; what is cut off is a layer after it."""
    layer, window, padding = step.layer, placement.window, placement.padding
    if layer.groups != 1:
        raise layer.error("Keras has no groups in a transposed convolution", "leave :g out", "groups")
    if window.dilation != (1, 1) and window.stride != (1, 1):
        raise layer.error(
            "Keras has no stride with a dilation in a transposed convolution", "leave one out", "dilation"
        )
    # Its valid gives s(i - 1) + max(e, s); what is to be cut off after that follows from the size.
    axes = zip(placement.input, window.stride, window.reach, padding.before, placement.output, strict=True)
    bottom, right = (s * (i - 1) + max(e, s) - before - o for i, s, e, before, o in axes)
    if min(bottom, right) < 0:
        raise layer.error(
            "Keras has no output padding beyond what the padding cuts off", "leave :op out", "output_padding"
        )
    yield call(
        "layers.Conv2DTranspose",
        layer.count,
        brief(window.size),
        strides=unless(brief(window.stride), 1),
        dilation_rate=unless(brief(window.dilation), 1),
        use_bias=unless(layer.bias, True),
    )
    if max(padding.top, bottom, padding.left, right):
        yield call("layers.Cropping2D", ((padding.top, bottom), (padding.left, right)))


def pool(step: LayerShape, placement: Placement) -> Iterator[str]:
    """A pool: Keras's where it has such a one."""
    layer, window = step.layer, placement.window
    is_average = layer.name == "avgpool"
    is_plain = placement.padding.widest == 0 and needed_after(placement) == (0, 0)
    # On PyTorch, Keras averages over copies of the border where same padding is uneven: the pool below does not.
    is_same = layer.padding == "same" and not layer.ceil and (not is_average or is_plain)
    if window.dilation == (1, 1) and (is_plain or is_same):
        yield call(
            "layers.AveragePooling2D" if is_average else "layers.MaxPooling2D",
            brief(window.size),
            strides=unless(brief(window.stride), brief(window.size)),
            padding=None if is_plain else "same",
        )
        return
    yield pool_call(step, placement)
