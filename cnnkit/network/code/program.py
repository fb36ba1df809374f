"""A stack as a program for a framework: it builds the network, runs it once and prints what came out.

What both frameworks' programs share stands here; how each writes a layer, in ``code_torch`` and ``code_keras``.
Layers are written with the frameworks' own, and with a few lines of their own where they have none: a pool with
padding on four sides, for one.

Standard library only: importing it must stay nearly free.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any, NamedTuple

from cnnkit.errors import ArgumentError, unknown_word
from cnnkit.geometry.pair import Pair
from cnnkit.geometry.window import Placement
from cnnkit.network.layer import LayerShape
from cnnkit.network.stack import StackShape
from cnnkit.network.volume import Volume, Waveform

FRAMEWORKS = ("torch", "keras")

LONGEST_LINE = 100


class Program(NamedTuple):
    """What a framework's module writes.

    Attributes
    ----------
    layers : list of (str, str)
        Each a constructor call, and the shape after it as a comment; empty where nothing is to be said.
    needs_pool : bool
        Whether a layer is the pool of a few lines that the framework does not have.
    """

    layers: list[tuple[str, str]]
    needs_pool: bool


def code(stack: StackShape, framework: str) -> str:
    """The stack as a program that runs.

    Parameters
    ----------
    stack : StackShape
        A sound must have become frames x coefficients by its first layer; the program begins behind that.
    framework : str
        torch or keras (version 3, on any backend).

    Raises
    ------
    ArgumentError
        If there is no such framework, or it cannot build a layer; then with the layer's place.

    Examples
    --------
    >>> from cnnkit.network.shape import shape
    >>> print(code(shape("28x28 conv3-8 flatten"), "torch"))
    import torch
    from torch import nn
    <BLANKLINE>
    model = nn.Sequential(
        nn.Conv2d(1, 8, 3, padding=1),  # 8x28x28
        nn.Flatten(),  # 6272
    )
    <BLANKLINE>
    model.eval()
    output = model(torch.zeros(1, 1, 28, 28))
    print("output", tuple(output.shape))
    print("parameters", sum(p.numel() for p in model.parameters()))
    """
    if framework not in FRAMEWORKS:
        raise unknown_word("framework", framework, FRAMEWORKS)
    steps = list(stack.layers)
    start, comment = stack.input, ""
    if isinstance(start, Waveform):
        if not steps:
            raise ArgumentError("a waveform alone is no network", hint="add mfcc13 or logmel40, and layers")
        features, *steps = steps
        comment = f"# the input: {features.layer.spec} of {start.samples} samples at {start.rate} Hz"
        if features.layer.name == "mfcc":
            comment += ", from cnnkit.mfcc"
        start = features.output  # type: ignore[assignment]
    assert isinstance(start, Volume)
    module: Any = import_module(f"cnnkit.network.code.{framework}")
    text: str = module.program(start, steps, stack.batch, comment)
    return text


def call(name: str, *given: object, **settings: object) -> str:
    """Write a constructor call; settings that are None are left out.

    >>> call("nn.Conv2d", 3, 8, (3, 5), padding=None, bias=False)
    'nn.Conv2d(3, 8, (3, 5), bias=False)'
    """
    named = (f"{key}={_literal(value)}" for key, value in settings.items() if value is not None)
    return f"{name}({', '.join([*map(_literal, given), *named])})"


def _literal(value: object) -> str:
    return f'"{value}"' if isinstance(value, str) else repr(value)


def brief(value: Pair) -> int | Pair:
    """One number for two that are equal.

    >>> brief((3, 3)), brief((3, 5))
    (3, (3, 5))
    """
    return value[0] if value[0] == value[1] else value


def unless(value: object, default: object) -> object:
    """The value of a setting, or None, which is not written, where it is the default."""
    return None if value == default else value


def needed_after(placement: Placement) -> Pair:
    """Padding after rows and columns with which the last window ends inside, also one that hangs over by ``ceil``."""
    ends = [
        (o - 1) * s + e - before - i
        for o, s, e, before, i in zip(
            placement.output,
            placement.window.stride,
            placement.window.reach,
            (placement.padding.top, placement.padding.left),
            placement.input,
            strict=True,
        )
    ]
    return max(ends[0], placement.padding.bottom), max(ends[1], placement.padding.right)


def body(layers: list[tuple[str, str]], indent: str = "    ") -> str:
    """The calls, one a line, with the shape after each as a comment where it fits."""
    lines = []
    for text, shape in layers:
        line = f"{indent}{text},"
        lines.append(f"{line}  # {shape}" if shape and len(line) + len(shape) + 4 <= LONGEST_LINE else line)
    return "\n".join(lines)


def is_symmetric(step: LayerShape) -> bool:
    """Whether a window's padding is the same on both sides of each axis."""
    assert step.placement is not None
    padding = step.placement.padding
    return padding.top == padding.bottom and padding.left == padding.right
