"""A laid-out stack as text: aligned columns, what to know about single steps, and what the numbers count.

Plain lines without box drawing, colours or trailing spaces, so that they can be piped and compared.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING

from cnnkit.geometry.layer import LayerShape
from cnnkit.geometry.notes import notes
from cnnkit.geometry.pair import pair_text
from cnnkit.geometry.receptive_field import ITSELF, Field
from cnnkit.geometry.spec import size_text
from cnnkit.geometry.volume import Waveform

if TYPE_CHECKING:
    from cnnkit.geometry.stack import Stack

HEADINGS = ("layer", "output", "kernel", "stride", "padding", "parameters", "MACs", "field", "jump")
_LEFT = 1
"""Columns that are aligned left; the others hold numbers."""

CONVENTION = (
    "1 MAC = one multiply and one add = 2 FLOPs. Biases, activations and pooling are",
    "not counted as MACs; biases are counted as parameters. All counts: one input.",
    "padding is top x bottom x left x right; field is the receptive field, the rows x",
    "columns of the input that one value sees; jump is the step from one value's",
    "field to its neighbour's.",
)
BATCH_NORM = (
    "bn has 2 parameters per channel, a scale and a shift; its running mean and",
    "variance are not learned and not counted, and it adds no MACs.",
)


def table(stack: Stack) -> str:
    """The table of a stack, its notes and its conventions."""
    rows = [HEADINGS, _input_row(stack), *map(_row, stack.layers), _total_row(stack)]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = [_line(row, widths) for row in rows]
    blocks = [lines, _notes(stack.layers), _footer(stack)]
    return "\n\n".join("\n".join(block) for block in blocks if block)


def _input_row(stack: Stack) -> Sequence[str]:
    seen = ("-", "-") if isinstance(stack.input, Waveform) else _seen(ITSELF)
    return ("input", stack.input.text, "-", "-", "-", "-", "-", *seen)


def _row(step: LayerShape) -> Sequence[str]:
    geometry = ("-", "-", "-")
    if step.placement is not None:
        window = step.placement.window
        geometry = (pair_text(window.size), pair_text(window.stride), step.placement.padding.text)
    work = (f"{step.parameters:,}", f"{step.macs:,}")
    return (step.layer.spec.word.text, step.output.text, *geometry, *work, *_seen(step.field))


def _total_row(stack: Stack) -> Sequence[str]:
    return ("total", stack.output.text, "", "", "", f"{stack.parameters:,}", f"{stack.macs:,}", "", "")


def _seen(field: Field) -> tuple[str, str]:
    if field is None:
        return "all", "-"
    if not all(axis.size for axis in field):
        return "-", "-"
    rows, columns = (_fraction(*axis.jump) for axis in field)
    return size_text((field[0].size, field[1].size)), rows if rows == columns else f"{rows}x{columns}"


def _fraction(numerator: int, denominator: int) -> str:
    return str(numerator) if denominator == 1 else f"{numerator}/{denominator}"


def _line(row: Sequence[str], widths: Sequence[int]) -> str:
    cells = [
        cell.ljust(width) if column < _LEFT else cell.rjust(width)
        for column, (cell, width) in enumerate(zip(row, widths, strict=True))
    ]
    return "  ".join(cells).rstrip()


def _notes(steps: Sequence[LayerShape]) -> list[str]:
    """The notes, each after its layer's word; the layer's number too, when the word stands there twice."""
    times = Counter(step.layer.spec.word.text for step in steps)
    lines: list[str] = []
    for number, step in enumerate(steps, start=1):
        word = step.layer.spec.word.text
        label = f"{word} (layer {number})" if times[word] > 1 else word
        lines += [f"{label}: {note}" for note in notes(step)]
    return lines


def _footer(stack: Stack) -> list[str]:
    lines = list(CONVENTION)
    if isinstance(stack.input, Waveform) and stack.layers:
        lines.append(f"From {stack.layers[0].layer.name} on, field and jump count frames x coefficients.")
    if any(step.layer.name == "bn" for step in stack.layers):
        lines += BATCH_NORM
    return lines
