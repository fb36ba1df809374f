"""``cnnkit shape net.onnx``: the table of a model, read from its file."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from cnnkit.cli.network.shape_text import ShapeSettings
from cnnkit.errors import ArgumentError, CnnkitError, InputError, printable
from cnnkit.files.network.onnx import read_model
from cnnkit.files.network.recognition import is_model, is_weights
from cnnkit.files.network.trained import read_trained
from cnnkit.files.stacks import StackFiles
from cnnkit.network.notation.expansion import read_stack
from cnnkit.network.shape import Stack, shape
from cnnkit.network.stack import StackShape
from cnnkit.network.volume import Shape
from cnnkit.operations.network.models.lower import model_stack
from cnnkit.operations.network.models.operators import unknown_operators, unknown_text
from cnnkit.operations.network.models.words import is_worded


def model_shape(
    words: Sequence[str],
    files: StackFiles,
    settings: ShapeSettings,
    *,
    batch: int = 1,
    layout: str = "",
    input_layout: str = "",
) -> Stack:
    """The table of the model that one of two words names; the other is the size of its input, or a file of it."""
    name, others = _the_model(words)
    size: Shape | None = None
    if others:
        size = read_stack(others, files, input_layout).input
    elif input_layout:
        raise ArgumentError("--input-layout has no input to read", hint=f"write it before the model: 224x224x3 {name}")
    try:
        if is_weights(name):
            trained = read_trained(Path(name))
            text = size.text if size is not None else trained.input
            return shape(text, *trained.layers, batch=batch, layout=layout)
        model = read_model(Path(name))
        stack = model_stack(model, size)
    except CnnkitError as error:
        error.problem = f"{printable(name)}: {error.problem}"
        raise
    _check_words(stack, settings)
    if unknown := unknown_operators(model):
        note = f"cnnkit does not have the operator {unknown_text(model, unknown)}; what is behind it is left out"
        files.notes.append(f"{printable(name)}: {note} of the totals")
    if len(model.outputs) > 1:
        first = printable(model.outputs[0].name)
        files.notes.append(
            f"{printable(name)}: of its {len(model.outputs)} outputs, the total shows the first, {first}"
        )
    return Stack(*stack._replace(batch=batch, layout=layout, input_layout=input_layout))


def _the_model(words: Sequence[str]) -> tuple[str, list[str]]:
    """The name of the model, and the other words: none, or its input."""
    is_one = [is_model(word) or is_weights(word) for word in words[:2]]
    place = 1 if is_one == [False, True] else 0
    others = [word for number, word in enumerate(words) if number != place]
    if len(others) > 1:
        raise ArgumentError(
            f"{words[place]} is a model, which has its layers itself", hint=f"leave {others[1]} out; a size may stay"
        )
    return words[place], others


def _check_words(stack: StackShape, settings: ShapeSettings) -> None:
    """Check that no option needs the model in words that the notation does not have."""
    named = {"--code": settings.code, "--want": settings.want}
    flags = {"--show-stack": settings.show_stack, "--explain": settings.explain}
    given = [name for name, value in {**named, **flags}.items() if value]
    without = next(((n, s) for n, s in enumerate(stack.layers, start=1) if not is_worded(s.layer)), None)
    if given and without:
        raise InputError(
            f"{given[0]} needs a word for every layer, and row {without[0]}, {without[1].word}, has none",
            hint=f"leave {given[0]} out: the table, --json, --expect and --figure work for every model",
        )
