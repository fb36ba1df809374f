"""A stack as a PyTorch program. Checked against PyTorch 2.13."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING

from cnnkit.geometry.padding import Padding
from cnnkit.geometry.pair import brief
from cnnkit.geometry.transposed import TransposedPlacement
from cnnkit.geometry.window import Placement
from cnnkit.network.code.calls import assignments, body, call, commented, pool_call, unless
from cnnkit.network.layer import Layer, LayerShape
from cnnkit.network.rearrangement import border
from cnnkit.network.volume import Shape, Vector, Volume

if TYPE_CHECKING:
    from cnnkit.network.code.graph import Statement

IMPORTS = ("import torch", "from torch import nn")

POOL = '''

class Pool(nn.Module):
    """A pool with padding on four sides and dilation; an average divides by the samples that are there."""

    def __init__(self, kind, size, stride, dilation, padding, output):
        super().__init__()
        self.kind, self.size, self.stride, self.dilation = kind, size, stride, dilation
        self.padding, self.output = padding, output  # (top, bottom, left, right), (rows, columns)

    def shifted(self, x, value):
        top, bottom, left, right = self.padding
        x = nn.functional.pad(x, (left, right, top, bottom), value=value)
        (down, across), (rows, columns) = self.stride, self.output
        for a in range(0, self.size[0] * self.dilation[0], self.dilation[0]):
            for b in range(0, self.size[1] * self.dilation[1], self.dilation[1]):
                yield x[:, :, a::down, b::across][:, :, :rows, :columns]

    def forward(self, x):
        if self.kind == "max":
            return torch.stack(list(self.shifted(x, float("-inf")))).amax(0)
        return sum(self.shifted(x, 0.0)) / sum(self.shifted(torch.ones_like(x), 0.0))
'''

CHANNEL_NORM = '''

class ChannelNorm(nn.LayerNorm):
    """Layer normalisation over the channels at each position."""

    def forward(self, x):
        return super().forward(x.movedim(1, -1)).movedim(-1, 1)
'''

DEFINITIONS = {"Pool": POOL, "ChannelNorm": CHANNEL_NORM}

_CALLS: dict[str, Callable[[Layer, Shape], str]] = {
    "fc": lambda layer, shape: call("nn.Linear", shape[-1], layer.count, bias=unless(layer.bias, True)),
    "bn": lambda _, shape: call("nn.BatchNorm1d" if isinstance(shape, Vector) else "nn.BatchNorm2d", shape[-1]),
    "layernorm": lambda _, shape: call("nn.LayerNorm" if isinstance(shape, Vector) else "ChannelNorm", shape[-1]),
    "groupnorm": lambda layer, shape: call("nn.GroupNorm", layer.count, shape[-1]),
    "instancenorm": lambda _, shape: call("nn.InstanceNorm2d", shape[-1]),
    "prelu": lambda layer, shape: call("nn.PReLU", *([shape[-1]] if layer.is_each_channel else [])),
    "avgpool-to": lambda layer, _: call("nn.AdaptiveAvgPool2d", brief(layer.size)),
    "maxpool-to": lambda layer, _: call("nn.AdaptiveMaxPool2d", brief(layer.size)),
    "pad": lambda layer, _: _pad(border(layer)),
    "crop": lambda layer, _: _pad(border(layer)),
    "upsample": lambda layer, _: call(
        "nn.Upsample", scale_factor=brief(layer.size), mode=unless(layer.mode, "nearest")
    ),
    "shuffle": lambda layer, _: call("nn.PixelShuffle", layer.count),
}


def program(start: Volume | Vector, batch: int, layers: list[str]) -> list[str]:
    """The lines after the imports: the network of these layers, and one run of it."""
    return [
        "model = nn.Sequential(",
        *layers,
        ")",
        "",
        *_run(start, batch),
    ]


def graph(start: Volume | Vector, batch: int, names: Sequence[str], found: Sequence[Statement]) -> list[str]:
    """The lines after the imports of a network with branches: a module, whose parts are runs of layers."""
    parts: list[str] = []
    lines = assignments(names)
    number = 0
    for statement in found:
        if statement.join:
            joined = " + ".join(statement.sources)
            if statement.join == "cat":
                joined = f"torch.cat([{', '.join(statement.sources)}], dim=1)"
            lines.append(commented(f"x = {joined}", statement.shape))
        else:
            number += 1
            parts += [f"self.part{number} = nn.Sequential(", *body(statement.layers), ")"]
            lines.append(f"x = self.part{number}({statement.sources[0]})")
        lines += assignments(statement.names)
    inner = " " * 8
    return [
        "",
        "class Network(nn.Module):",
        "    def __init__(self):",
        *(f"{inner}{line}" for line in ("super().__init__()", *parts)),
        "",
        "    def forward(self, x):",
        *(f"{inner}{line}" for line in (*lines, "return x")),
        "",
        "",
        "model = Network()",
        *_run(start, batch),
    ]


def _run(start: Volume | Vector, batch: int) -> list[str]:
    return [
        "model.eval()",
        f"output = model(torch.zeros({', '.join([str(batch), *shape_text(start).split('x')])}))",
        'print("output", tuple(output.shape))',
        'print("parameters", sum(p.numel() for p in model.parameters()))',
    ]


def shape_text(shape: Shape) -> str:
    """A shape in PyTorch's order, depth first."""
    return f"{shape.depth}x{shape.rows}x{shape.columns}" if isinstance(shape, Volume) else shape.text


def without_window(step: LayerShape) -> Iterator[str]:
    """The constructor calls of a layer that has no window."""
    layer = step.layer
    if layer.name in ("gap", "gmp"):
        yield f"nn.Adaptive{'Avg' if layer.name == 'gap' else 'Max'}Pool2d(1)"
        yield "nn.Flatten()"
    elif layer.name == "reshape":
        if isinstance(step.input, Volume) or isinstance(step.output, Vector):
            yield "nn.Flatten()"
        if isinstance(step.output, Volume):
            yield call("nn.Unflatten", 1, (step.output.depth, *step.output[:2]))
    else:
        yield _CALLS[layer.name](layer, step.input)


def _pad(padding: Padding) -> str:
    return call("nn.ZeroPad2d", (padding.left, padding.right, padding.top, padding.bottom))


def convolution(step: LayerShape, placement: Placement) -> Iterator[str]:
    """A convolution; padding on four sides is a layer before it."""
    layer, window, padding = step.layer, placement.window, placement.padding
    inside = padding.before if padding.is_symmetric else (0, 0)
    if not padding.is_symmetric:
        yield _pad(padding)
    depth = step.input[-1]
    yield call(
        "nn.Conv2d",
        depth,
        step.output[-1],
        brief(window.size),
        stride=unless(brief(window.stride), 1),
        padding=unless(brief(inside), 0),
        dilation=unless(brief(window.dilation), 1),
        groups=unless(depth if layer.name == "dwconv" else layer.groups, 1),
        bias=unless(layer.bias, True),
    )


def transposed(step: LayerShape, placement: TransposedPlacement) -> Iterator[str]:
    """A transposed convolution; what is cut off unevenly is a layer after it."""
    layer, window, padding = step.layer, placement.window, placement.padding
    inside = padding.before if padding.is_symmetric else (0, 0)
    yield call(
        "nn.ConvTranspose2d",
        step.input[-1],
        layer.count,
        brief(window.size),
        stride=unless(brief(window.stride), 1),
        padding=unless(brief(inside), 0),
        output_padding=unless(brief(placement.output_padding), 0),
        groups=unless(layer.groups, 1),
        bias=unless(layer.bias, True),
        dilation=unless(brief(window.dilation), 1),
    )
    if not padding.is_symmetric:
        yield _pad(Padding(-padding.top, -padding.bottom, -padding.left, -padding.right))


def pool(step: LayerShape, placement: Placement) -> Iterator[str]:
    """A pool: PyTorch's where it has such a one."""
    layer, window, padding = step.layer, placement.window, placement.padding
    is_average = layer.name == "avgpool"
    is_wide = 2 * padding.top > window.size[0] or 2 * padding.left > window.size[1]
    if not padding.is_symmetric or is_wide or (is_average and window.dilation != (1, 1)):
        yield pool_call(step, placement)
        return
    inside = brief(padding.before)
    yield call(
        "nn.AvgPool2d" if is_average else "nn.MaxPool2d",
        brief(window.size),
        stride=unless(brief(window.stride), brief(window.size)),
        padding=unless(inside, 0),
        dilation=unless(brief(window.dilation), 1),
        ceil_mode=unless(layer.ceil, False),
        count_include_pad=False if is_average and (inside != 0 or layer.ceil) else None,
    )
