"""Constructor calls as text: what the programs of all frameworks share."""

from __future__ import annotations

from collections.abc import Sequence

from cnnkit.geometry.pair import Pair
from cnnkit.geometry.window import Placement
from cnnkit.network.layer import LayerShape

LONGEST_LINE = 100


PLAIN = {
    "flatten": ("nn.Flatten()", "layers.Flatten()"),
    "relu": ("nn.ReLU()", "layers.ReLU()"),
    "leakyrelu": ("nn.LeakyReLU()", "layers.LeakyReLU(0.01)"),
    "elu": ("nn.ELU()", "layers.ELU()"),
    "gelu": ("nn.GELU()", 'layers.Activation("gelu")'),
    "silu": ("nn.SiLU()", 'layers.Activation("silu")'),
    "hardswish": ("nn.Hardswish()", 'layers.Activation("hard_silu")'),
    "lrn": ("nn.LocalResponseNorm(5)", "LocalResponseNorm()"),
    "tanh": ("nn.Tanh()", 'layers.Activation("tanh")'),
    "sigmoid": ("nn.Sigmoid()", 'layers.Activation("sigmoid")'),
    "softmax": ("nn.Softmax(dim=1)", "layers.Softmax()"),
    "dropout": ("nn.Dropout()", "layers.Dropout(0.5)"),
}
"""Layers that are written without any number: in PyTorch and in Keras."""


def call(name: str, *positional: object, **keywords: object) -> str:
    """Write a constructor call; keywords that are None are left out.

    >>> call("nn.Conv2d", 3, 8, (3, 5), padding=None, bias=False)
    'nn.Conv2d(3, 8, (3, 5), bias=False)'
    """
    named = (f"{key}={_literal(value)}" for key, value in keywords.items() if value is not None)
    return f"{name}({', '.join([*map(_literal, positional), *named])})"


def _literal(value: object) -> str:
    return f'"{value}"' if isinstance(value, str) else repr(value)


def unless(value: object, default: object) -> object:
    """The value of a keyword, or None, which is not written, where it is the default."""
    return None if value == default else value


def pool_call(step: LayerShape, placement: Placement) -> str:
    """A call of the pool class that both frameworks' programs define where the framework's own pools do not suffice."""
    window, padding, after = placement.window, placement.padding, needed_after(placement)
    kind = "average" if step.layer.name == "avgpool" else "max"
    sides = padding.top, after[0], padding.left, after[1]
    return call("Pool", kind, window.size, window.stride, window.dilation, sides, placement.output)


def needed_after(placement: Placement) -> Pair:
    """Padding after rows and columns with which the last window ends inside, also one that hangs over by ``ceil``."""
    window, padding = placement.window, placement.padding
    rows, columns = (
        max((output - 1) * stride + span - before - length, after)
        for output, stride, span, before, length, after in zip(
            placement.output, window.stride, window.reach, padding.before, placement.input, padding.after, strict=True
        )
    )
    return rows, columns


def body(layers: list[tuple[str, str]], indent: int = 4) -> list[str]:
    """The calls, one a line, with the shape after each as a comment where it fits."""
    return [commented(f"{' ' * indent}{text},", shape) for text, shape in layers]


def commented(line: str, shape: str) -> str:
    """A line with a shape as its comment, where it fits."""
    return f"{line}  # {shape}" if shape and len(line) + len(shape) + 4 <= LONGEST_LINE else line


def assignments(names: Sequence[str]) -> list[str]:
    """The line that names the current volume, where a later one takes it."""
    return [f"{' = '.join(names)} = x"] if names else []
