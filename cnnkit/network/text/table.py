"""A stack as text: aligned columns, totals, notes on single layers, and what the numbers count.

Plain lines without box drawing, colours or trailing spaces, so that they can be piped and compared. Only where a width
is given, as on a terminal, is a table that does not fit broken into two lines a layer, or into a list.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from textwrap import wrap
from typing import NamedTuple

from cnnkit.geometry.pair import brief_text, pair_text
from cnnkit.network.layer import LayerShape
from cnnkit.network.receptive_field import ITSELF, Field
from cnnkit.network.stack import NUMBER_BYTES, StackShape
from cnnkit.network.text.notes import input_notes, notes
from cnnkit.network.volume import Volume, Waveform, shape_text

HEADINGS = ("layer", "output", "kernel", "stride", "padding", "parameters", "MACs", "field", "jump")
_BRIEF = (0, 1, 5, 6)  # the columns of a table that is too wide; the others follow below each row

_PROSE_WIDTH = 80
_NARROWEST = 24

CONVENTION = (
    "1 MAC = one multiply and one add = 2 FLOPs. Biases, activations and pooling are not counted as MACs; biases are "
    "counted as parameters. {counts} padding is top x bottom x left x right; field is the receptive field, the rows x "
    "columns of the input that one value sees; jump is the step from one value's field to its neighbour's. The "
    "activations are the input and what comes out of every layer but {views}."
)
BATCH_NORM = (
    "bn has 2 parameters per channel, a scale and a shift; its running mean and variance are not learned and not "
    "counted, and it adds no MACs."
)

JOINED = (
    "A join adds no MACs, and its field runs from the first to the last sample that any of its branches sees. Held at "
    "once are a layer's inputs and output and whatever later layers take."
)
WHOLE_MAP = "groupnorm and instancenorm take their statistics from whole maps, which the field leaves out."


class Section(NamedTuple):
    """Lines that belong together."""

    name: str  # table, memory, notes, explanation or convention
    lines: list[str]


def table(stack: StackShape, width: int | None = None) -> str:
    """The table of a stack, its notes and its conventions, within `width` columns if one is given."""
    return "\n\n".join("\n".join(section.lines) for section in sections(stack, width))


def sections(stack: StackShape, width: int | None = None) -> list[Section]:
    """The table, memory, notes and conventions of a stack, those that have lines: a terminal may style each."""
    prose = min(width or _PROSE_WIDTH, _PROSE_WIDTH)
    memory = f"activations {stack.activations:,} values = {human_bytes(stack.activation_bytes)}, "
    memory += f"parameters {human_bytes(stack.parameter_bytes)}, at 32 bits each"
    found = [
        Section("table", _table(stack, width)),
        Section("memory", [*_folded(memory, width), *(_folded(_held(stack), width) if stack.is_graph else [])]),
        Section("notes", [line for note in _notes(stack) for line in _folded(note, width, "  ")]),
        Section("convention", [line for text in _convention(stack) for line in wrap(text, prose)]),
    ]
    return [section for section in found if section.lines]


def _held(stack: StackShape) -> str:
    """Where branches wait for one another, the memory of a forward pass is no longer seen in single rows."""
    number, values = stack.held[0], stack.held_values
    where = f"at {labels(stack.layers)[number - 1]}"
    return f"at most {values:,} values = {human_bytes(NUMBER_BYTES * values)} are held at once, {where}"


def human_bytes(count: int) -> str:
    """Bytes as people say them, in powers of 1000."""
    if count < 1000:
        return f"{count} B"
    value, units = count / 1000, "kMGTPE"
    while value >= 999.95 and len(units) > 1:
        value, units = value / 1000, units[1:]
    return f"{value:,.1f} {units[0]}B"


def table_html(stack: StackShape) -> str:
    """The table, memory and notes of a stack for notebooks: without colours, so that it reads in light and in dark."""
    from html import escape

    rows = [[*map(escape, row)] for row in _rows(stack)]
    html = ""
    for row in rows:
        tag = "th" if row in (rows[0], rows[-1]) else "td"
        cells = "".join(f"<{tag}>{cell}</{tag}>" for cell in row[1:])
        html += f'<tr><th style="text-align:left">{row[0]}</th>{cells}</tr>'
    below = [line for one in sections(stack) if one.name in ("memory", "notes") for line in one.lines]
    return f"<table>{html}</table>{''.join(f'<div>{escape(line)}</div>' for line in below)}"


def _rows(stack: StackShape) -> list[Sequence[str]]:
    first, last = (shape_text(shape, stack.batch, stack.layout) for shape in (stack.input, stack.output))
    seen = _seen(ITSELF) if isinstance(stack.input, Volume) else ("-", "-")
    totals = f"{stack.parameters:,}", f"{stack.macs:,}"
    return [
        HEADINGS,
        (" ".join(("input", *stack.marks)), first, "-", "-", "-", "-", "-", *seen),
        *(_row(stack, step) for step in stack.layers),
        ("total", last, "-", "-", "-", *totals, "-", "-"),
    ]


def _table(stack: StackShape, width: int | None) -> list[str]:
    rows = _rows(stack)
    lines = aligned(rows)
    if width is None or max(map(len, lines)) <= width:
        return lines
    brief = aligned([[row[column] for column in _BRIEF] for row in rows])
    others = [column for column in range(len(HEADINGS)) if column not in _BRIEF]
    if max(map(len, brief)) > width:
        brief, others = [row[0] for row in rows], list(range(1, len(HEADINGS)))
    lines = [brief[0]]
    for line, row in zip(brief[1:], rows[1:], strict=True):
        cells = [f"{HEADINGS[column]}\0{row[column]}" for column in others if row[column] != "-"]
        lines.append(line)
        below = wrap(", ".join(cells), max(width, _NARROWEST), initial_indent="    ", subsequent_indent="    ")
        lines += [part.replace("\0", " ") for part in below]
    return lines


def aligned(rows: Sequence[Sequence[str]]) -> list[str]:
    """Rows in columns as wide as their widest cell, the first to the left and the others to the right."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = []
    for first, *others in rows:
        cells = [first.ljust(widths[0]), *(cell.rjust(width) for cell, width in zip(others, widths[1:], strict=True))]
        lines.append("  ".join(cells).rstrip())
    return lines


def _folded(text: str, width: int | None, indent: str = "") -> list[str]:
    return [text] if width is None else wrap(text, max(width, _NARROWEST), subsequent_indent=indent)


def _row(stack: StackShape, step: LayerShape) -> Sequence[str]:
    geometry = ("-", "-", "-")
    if step.placement is not None:
        window = step.placement.window
        geometry = (pair_text(window.size), pair_text(window.stride), step.placement.padding.text)
    work = (f"{step.parameters:,}", f"{stack.batch * step.macs:,}")
    output = shape_text(step.output, stack.batch, stack.layout)
    return (step.wire.text(step.word), output, *geometry, *work, *_seen(step.field))


def _seen(field: Field) -> tuple[str, str]:
    if field is None:
        return "all", "-"
    if not all(axis.is_followed for axis in field):
        return "-", "-"
    if not all(axis.size for axis in field):
        return "nothing", "-"
    rows, columns = (axis.jump_text for axis in field)
    return brief_text((field[0].size, field[1].size)), rows if rows == columns else f"{rows}x{columns}"


def labels(steps: Sequence[LayerShape]) -> list[str]:
    """Each layer's word; its number too, when the word occurs twice."""
    words = [step.word for step in steps]
    times = Counter(words)
    return [f"{word} (layer {number})" if times[word] > 1 else word for number, word in enumerate(words, start=1)]


def _notes(stack: StackShape) -> list[str]:
    found = [f"input: {note}" for note in input_notes(stack)]
    named = zip(labels(stack.layers), stack.layers, strict=True)
    return found + [f"{label}: {note}" for label, step in named for note in notes(step)]


def _convention(stack: StackShape) -> list[str]:
    counts = "All counts: one input." if stack.batch == 1 else f"MACs and activations: a batch of {stack.batch:,}."
    names = [step.layer.name for step in stack.layers]
    text = CONVENTION.format(counts=counts, views="flatten and reshape" if "reshape" in names else "flatten")
    if isinstance(stack.input, Waveform) and names:
        numbers = {"waveform": "samples", "spectrogram": "frames x bins", "mfcc": "frames x coefficients"}
        text += f" From {names[0]} on, field and jump count {numbers.get(names[0], 'frames x bands')}."
    found = {BATCH_NORM: ("bn",), WHOLE_MAP: ("groupnorm", "instancenorm")}
    joins = [JOINED] if stack.is_graph else []
    return [text, *joins, *(about for about, layers in found.items() if not {*layers}.isdisjoint(names))]
