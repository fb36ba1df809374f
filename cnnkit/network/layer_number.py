"""Which layer of a stack is meant: by its number in the table, the name of its mark, or its word.

Standard library only.
"""

from __future__ import annotations

from cnnkit.errors import ArgumentError, nearest, quoted
from cnnkit.geometry.pair import counted
from cnnkit.network.stack import StackShape


def layer_number(stack: StackShape, name: str | int) -> int:
    """The number of a layer, counted from 1; of the volume that a mark names, which may be the input, 0.

    >>> from cnnkit.network.shape import shape
    >>> stack = shape("28x28x1 conv3-8 mark:low relu add:low")
    >>> layer_number(stack, "2"), layer_number(stack, "low"), layer_number(stack, "relu")
    (2, 1, 2)
    """
    text, count = str(name), len(stack.layers)
    if text.isascii() and text.isdecimal():
        if int(text[:9]) > count:
            raise ArgumentError(f"there is no layer {text}: the stack has {counted(count, 'layer')}", _rows(stack))
        return int(text)
    marks = marked(stack)
    if text.removeprefix("mark:") in marks:
        return marks[text.removeprefix("mark:")]
    found = [row for row, step in enumerate(stack.layers, start=1) if text in (step.word, str(step.layer.spec))]
    if len(found) == 1:
        return found[0]
    if found:
        shown = ", ".join(map(str, found[:5])) + ", ..." * (len(found) > 5)
        raise ArgumentError(f"{len(found)} layers are {text}", hint=f"give the number of one: {shown}")
    known = [*marks, *(step.word for step in stack.layers)]
    near = nearest(text, known)
    raise ArgumentError(f"no layer is called {quoted(text)}", hint=f"did you mean {near}?" if near else _rows(stack))


def marked(stack: StackShape) -> dict[str, int]:
    """The names of marks, and the layers that they stand behind."""
    found = {mark.partition(":")[2]: 0 for mark in stack.marks}
    return found | {mark.partition(":")[2]: row for row, one in enumerate(stack.layers, 1) for mark in one.wire.marks}


def _rows(stack: StackShape) -> str:
    """The first rows of the table, for a hint."""
    rows = [f"{row} {step.word}" for row, step in enumerate(stack.layers, start=1)]
    return f"layers are {', '.join(rows[:4])}" + (f" ... {rows[-1]}" if len(rows) > 4 else "")
