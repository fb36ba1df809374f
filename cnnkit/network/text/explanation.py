"""A stack with every number written out: symbols, numbers, value and the source of the relation."""

from __future__ import annotations

from textwrap import wrap

from cnnkit.network.layer_shape import field_of
from cnnkit.network.stack import VIEWS, StackShape
from cnnkit.network.text.relations import WIDEST, Relation, relations
from cnnkit.network.text.table import labels

SYMBOLS = (
    "i input, o output, k kernel, s stride, d dilation, e reach, op output padding; _h down the rows, _w across the "
    "columns. r' is the receptive field of the layer, jump' the step to its neighbour's and start' the middle of the "
    "first one, in samples of the input; r, jump and start are those of the layer before. As a dense layer: the "
    "parameters of a fully connected layer between the same two volumes. All for one input."
)
UPSCALED = (
    " After an upscaling or an adaptive pool, neighbours see unlike parts of the input: low and high are the first and "
    "the last sample that the one with the largest field sees."
)
JOINED = " Of a join, low and high are the first and the last sample that each of its branches sees."
_WIDTH = 100
_INDENT = 25  # columns for the names of relations; more where one is longer
_NARROW = 60  # below this width a relation goes under its name, not beside it
_NARROWEST = 24


def relations_of(stack: StackShape) -> list[list[Relation]]:
    """The relations of every layer, in order."""
    fields = [field_of(stack.input), *(step.field for step in stack.layers)]
    return [relations(step, fields[step.wire.sources[0]]) for step in stack.layers]


def totals_of(stack: StackShape) -> list[Relation]:
    """The totals of a stack for one input, as sums over its layers."""
    outputs = [step.output.values for step in stack.layers if step.layer.name not in VIEWS]
    views = " and ".join(f"{name}'s" for name in VIEWS if name in {"flatten", *(s.layer.name for s in stack.layers)})
    rows = (
        ("parameters", "the sum over the layers", [step.parameters for step in stack.layers]),
        ("MACs", "the sum over the layers", [step.macs for step in stack.layers]),
        ("activations", f"the input and every output but {views}", [stack.input.values, *outputs]),
    )
    found = []
    for name, symbols, numbers in rows:
        written = " + ".join(str(number) for number in numbers if number) or "0"
        found.append(Relation(name, "", symbols, written, sum(numbers)))
    values = found[-1].value
    found.append(Relation("bytes", "", "activations * 4", f"{values} * 4", values * 4))
    if stack.is_graph:
        everything = [stack.input.values, *(step.output.values for step in stack.layers)]
        number, held = stack.held
        symbols = f"what layer {number} takes and makes, and what later layers take"
        numbers = [everything[one] for one in held]
        found.append(Relation("held at once", "", symbols, " + ".join(map(str, numbers)), sum(numbers)))
    return found


def explanation(stack: StackShape, width: int | None = None) -> str:
    """Every layer with its relations, one a line where they fit, and the sources at the end."""
    columns = max(width or _WIDTH, _NARROWEST)
    everything = relations_of(stack)
    indent = max([_INDENT, *(len(relation.name) + 3 for found in everything for relation in found)])
    sources = list(dict.fromkeys(relation.source for found in everything for relation in found if relation.source))
    blocks: list[str] = []
    for label, step, found in zip(labels(stack.layers), stack.layers, everything, strict=True):
        inputs = " and ".join(shape.text for shape, _ in step.joined) or step.input.text
        lines = wrap(f"{label}: {inputs} to {step.output.text}", columns, subsequent_indent="  ")
        if not found:
            lines.append("  the shape stays, nothing is learned")
        for relation in found:
            lines += _lines(relation, sources, columns, indent)
        blocks.append("\n".join(lines))
    if stack.layers:
        totals = (line for found in totals_of(stack) for line in _lines(found, sources, columns, indent))
        blocks.append("\n".join(["total", *totals]))
    is_upscaled = any(relation.symbols == WIDEST for found in everything for relation in found)
    end = wrap(SYMBOLS + UPSCALED * is_upscaled + JOINED * stack.is_graph, min(columns, 80))
    for number, source in enumerate(sources, start=1):
        end += wrap(f"[{number}] {source}", min(columns, 80), subsequent_indent="    ")
    return "\n\n".join([*blocks, "\n".join(end)])


def _lines(relation: Relation, sources: list[str], width: int, indent: int) -> list[str]:
    """Symbols, numbers and value in one line; broken before each ``=`` where they do not fit."""
    mark = f"  [{sources.index(relation.source) + 1}]" if relation.source else ""
    symbol = f"{relation.symbol} = " if relation.symbol else ""
    parts = [symbol + relation.symbols]
    if relation.numbers != relation.symbols:
        parts.append(f"= {relation.numbers}")
    value = f"{relation.value:,.4g}" if isinstance(relation.value, float) else f"{relation.value:,}"
    if relation.numbers == str(relation.value):
        parts.pop()
    parts.append(f"= {value}{mark}")
    name = f"  {relation.name}"
    if width < _NARROW:
        indent = 4
    if indent + len(" ".join(parts)) <= width:
        parts = [" ".join(parts)]
    elif len(parts) > 2 and indent + len(" ".join(parts[1:])) <= width:
        parts = [parts[0], " ".join(parts[1:])]
    folded = [line for part in parts for line in wrap(part, width - indent, subsequent_indent="  ")]
    lines = [f"{' ' * indent}{line}" for line in folded]
    return [name, *lines] if width < _NARROW else [f"{name.ljust(indent)}{folded[0]}", *lines[1:]]
