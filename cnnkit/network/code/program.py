"""A stack as a program for a framework: it builds the network, runs it once and prints what came out.

How each framework writes a layer is in ``torch`` and ``keras``, and what they share in ``calls``. Layers are written
with the frameworks' own, and with a few lines of Python where they have none: a pool with padding on four sides, for
one.
"""

from __future__ import annotations

from collections.abc import Iterable
from importlib import import_module
from typing import Any

from cnnkit.errors import ArgumentError, unknown_word
from cnnkit.geometry.transposed import TransposedPlacement
from cnnkit.network.code.calls import PLAIN, body
from cnnkit.network.layer import POOLS, LayerShape
from cnnkit.network.stack import StackShape
from cnnkit.network.volume import Waveform

FRAMEWORKS = ("torch", "keras")


def code(stack: StackShape, framework: str) -> str:
    """The stack as a program that runs; after a waveform it begins with the features of the first layer."""
    if framework not in FRAMEWORKS:
        raise unknown_word("framework", framework, FRAMEWORKS, synonyms={"tf": "keras", "tensorflow": "keras"})
    steps = list(stack.layers)
    start, comments = stack.input, []
    is_sound = isinstance(start, Waveform)
    if len(steps) <= is_sound:
        cure = "add mfcc13 and layers" if is_sound and not steps else "add layers, as in relu"
        raise ArgumentError("an input alone is not a network", cure)
    if isinstance(start, Waveform):
        features, *steps = steps
        source = ", from cnnkit.mfcc" if features.layer.name == "mfcc" else ""
        comments = [f"# the input: {features.layer.spec} of {start.samples} samples at {start.rate} Hz{source}"]
        start = features.output
    assert not isinstance(start, Waveform)
    writer: Any = import_module(f"cnnkit.network.code.{framework}")
    layers: list[tuple[str, str]] = []  # a call, and as a comment the shape after it
    if stack.is_graph:
        from cnnkit.network.code.graph import statements

        found = statements(stack, int(is_sound), lambda step: _calls(step, framework, writer), writer.shape_text)
        layers = [layer for statement in found[1] for layer in statement.layers]
        program = writer.graph(start, stack.batch, *found)
    else:
        for step in steps:
            *calls, last = _calls(step, framework, writer)
            layers += [*((text, "") for text in calls), (last, writer.shape_text(step.output))]
        program = writer.program(start, stack.batch, body(layers))
    defined = [
        definition
        for name, definition in writer.DEFINITIONS.items()
        if any(text.startswith(f"{name}(") for text, _ in layers)
    ]
    return "\n".join([*comments, *writer.IMPORTS, *defined, "", *program])


def _calls(step: LayerShape, framework: str, writer: Any) -> Iterable[str]:
    """The constructor calls of one layer."""
    name, placement = step.layer.name, step.placement
    if name in PLAIN:
        return [PLAIN[name][FRAMEWORKS.index(framework)]]
    if placement is None:
        found: Iterable[str] = writer.without_window(step)
    elif isinstance(placement, TransposedPlacement):
        found = writer.transposed(step, placement)
    else:
        found = (writer.pool if name in POOLS else writer.convolution)(step, placement)
    return found
