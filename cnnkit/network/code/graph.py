"""A stack with branches as statements: runs of layers on one variable, joins, and names for what a later one takes.

Both frameworks' programs are written from these. The volume that stands there is ``x``; a mark is a variable of its
name. Loaded where a stack has branches.
"""

from __future__ import annotations

import builtins
from collections.abc import Callable, Iterable, Iterator, Sequence
from keyword import iskeyword
from typing import NamedTuple

from cnnkit.errors import ArgumentError
from cnnkit.network.layer import LayerShape
from cnnkit.network.stack import StackShape

CURRENT = "x"
TAKEN = (CURRENT, "self", "torch", "nn", "keras", "layers", "inputs", "model", "output")  # by the programs themselves


class Statement(NamedTuple):
    """Layers on a variable, or a join of several; then names for what came out."""

    sources: list[str]
    layers: list[tuple[str, str]]  # calls and the shapes after them, as comments; empty for a join
    join: str = ""  # add or cat
    shape: str = ""  # after a join
    names: Sequence[str] = ()


def statements(
    stack: StackShape, first: int, calls: Callable[[LayerShape], Iterable[str]], shape_text: Callable[..., str]
) -> tuple[Sequence[str], list[Statement]]:
    """The names of the input, and the statements of the layers behind number `first`, whose output the input is."""
    marks = [stack.marks, *(step.wire.marks for step in stack.layers)]
    names = _variables(marks)
    found: list[Statement] = []
    for number, step in enumerate(stack.layers[first:], start=first + 1):
        wire = step.wire
        if min(wire.sources) < first:
            raise ArgumentError(
                "a program takes one kind of features, and this stack takes the waveform itself twice",
                hint="mark the features in place of the waveform",
            )
        here = number - 1
        sources = [names[one][0] if one != here or wire.start else CURRENT for one in wire.sources]
        if step.joined:
            found.append(Statement(sources, [], step.layer.name, shape_text(step.output), names[number]))
            continue
        *texts, last = calls(step)
        layers = [*((text, "") for text in texts), (last, shape_text(step.output))]
        if found and not (found[-1].join or found[-1].names or wire.start):
            found[-1].layers.extend(layers)
            found[-1] = found[-1]._replace(names=names[number])
        else:
            found.append(Statement(sources, layers, names=names[number]))
    return names[first], found


def _variables(marks: Sequence[Sequence[str]]) -> list[list[str]]:
    """The marks as Python's names: no word or function of the language, no name of the program, none twice."""
    taken = set(TAKEN)

    def free(mark: str) -> Iterator[str]:
        name = mark.partition(":")[2].replace("-", "_")
        name = f"v{name}" if name[0].isdecimal() else name
        yield from (name + "_" * more for more in range(len(taken) + 1))

    found: list[list[str]] = []
    for words in marks:
        found.append([])
        for word in words:
            name = next(one for one in free(word) if not (one in taken or iskeyword(one) or hasattr(builtins, one)))
            taken.add(name)
            found[-1].append(name)
    return found
