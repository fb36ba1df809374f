"""What ``cnnkit shape`` prints of a stack: the table for a terminal or a pipe, and the JSON object."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

from cnnkit.cli.report import Report, colours, show
from cnnkit.errors import ArgumentError, SizeError

if TYPE_CHECKING:
    from cnnkit.cli.figures import FigureFile
    from cnnkit.geometry.pair import Pair
    from cnnkit.network.layer import LayerShape
    from cnnkit.network.shape import Stack
    from cnnkit.network.text.relations import Relation
    from cnnkit.network.volume import Vector, Volume
    from cnnkit.network.wanted import Choice, Solutions

BOLD, DIM, YELLOW, PLAIN = "\x1b[1m", "\x1b[2m", "\x1b[33m", "\x1b[0m"


class ShapeSettings(NamedTuple):
    """The options of one command line."""

    explain: bool = False
    want: str | None = None
    expect: str | None = None
    code: str | None = None
    show_stack: bool = False
    as_json: bool = False
    quiet: bool = False
    input_layout: str | None = None

    def check(self, *, has_stack: bool) -> None:
        """Check that no option lacks its stack and no two print different things, before anything is computed."""
        named = {"--want": self.want, "--code": self.code, "--show-stack": self.show_stack or None}
        given = [option for option, value in named.items() if value is not None]
        if not has_stack:
            others = {"--expect": self.expect, "--input-layout": self.input_layout}
            for option in [*given, *(name for name, value in others.items() if value is not None)]:
                what = {"--expect": "check", "--want": "solve", "--input-layout": "read"}.get(option, "print")
                raise ArgumentError(f"{option} has no stack to {what}", hint="name the input and its layers before it")
        alone = [*given, *(["--explain"] if self.explain else [])]
        if len(alone) > 1 and given and not self.as_json:
            raise ArgumentError(
                f"{alone[0]} and {alone[1]} print different things", hint="give one of them, or add --json for both"
            )

    def read_sizes(self) -> tuple[Pair | None, Volume | Vector | None]:
        """The size of ``--want`` and the shape of ``--expect``."""
        from cnnkit.network.notation.reading import read_output, read_sides

        wanted = None if self.want is None else read_sides(self.want)
        return wanted, None if self.expect is None else read_output(self.expect)


def print_stack(
    stack: Stack,
    settings: ShapeSettings,
    notes: Sequence[str] = (),
    before: str = "",
    after: str = "",
    *,
    figure: FigureFile | None = None,
) -> None:
    """Print what the settings say, between `before` and `after` if it is the table; then check the expectation.

    The `notes` are on the files that were read, for ``--json``. The figure is written when nothing else can be wrong.
    """
    wanted, expected = settings.read_sizes()
    solutions, out_of_reach, missed = None, None, None
    if wanted is not None:
        try:
            solutions = stack.want(*wanted)
        except SizeError as error:
            if not settings.as_json:
                raise
            out_of_reach = error  # the JSON object is complete all the same
    if expected is not None:
        try:
            stack.expect(expected)
        except SizeError as error:
            missed = error
    code = None if settings.code is None else stack.code(settings.code)
    _draw(stack, figure)
    if settings.as_json:
        facts = json_facts(stack, explain=settings.explain)
        facts["notes"] = [*notes, *facts["notes"]]
        if wanted is not None:
            facts["want"] = _want_facts(stack, wanted, solutions)
        if code is not None:
            facts["code"] = {"framework": settings.code, "text": code}
        if expected is not None:
            facts["expect"] = {"output": expected, "met": missed is None}
        report = Report("shape", as_json=True)
        if problem := out_of_reach or missed:
            report.refuse(problem, **facts)
        report.close(**facts)
    elif not settings.quiet:
        show(_text(stack, settings, code, solutions, before, after), is_coloured=colours(sys.stdout))
    if missed is not None:
        raise missed


def _draw(stack: Stack, figure: FigureFile | None) -> None:
    if figure:
        from cnnkit.views.figures.volumes import draw_volumes

        figure.write(partial(draw_volumes, stack))


def _text(
    stack: Stack, settings: ShapeSettings, code: str | None, solutions: Solutions | None, before: str, after: str
) -> str:
    other = code or (stack.notation if settings.show_stack else _solutions_text(solutions) if solutions else None)
    if other is None:
        return "\n".join(filter(None, (before, table_text(stack, explain=settings.explain), after)))
    from cnnkit.network.text.notes import input_notes

    for note in input_notes(stack):  # which the table has itself
        Report("shape").say(f"input: {note}")
    return other


def terminal_width() -> int | None:
    """Columns of the terminal on standard output; None for a pipe or a file, which has no width."""
    if not sys.stdout.isatty():
        return None
    from shutil import get_terminal_size

    return get_terminal_size().columns


def table_text(stack: Stack, *, explain: bool = False) -> str:
    """The table, its notes and conventions: within a terminal's width and with its colours, or plain."""
    from cnnkit.network.text.table import Section, sections

    width = terminal_width()
    found = sections(stack, width)
    if explain:
        from cnnkit.network.text.explanation import explanation

        found.insert(-1, Section("explanation", explanation(stack, width).splitlines()))
    is_coloured = colours(sys.stdout)
    return "\n\n".join("\n".join(_coloured(*section) if is_coloured else section.lines) for section in found)


def _coloured(name: str, lines: list[str]) -> list[str]:
    if name == "table":
        return [_in(BOLD, line) if i == 0 or line.startswith("total ") else line for i, line in enumerate(lines)]
    if name == "explanation":
        return [line if line.startswith("  ") or not line else _in(BOLD, line) for line in lines]
    colour = {"notes": YELLOW, "convention": DIM}.get(name)
    return [_in(colour, line) for line in lines] if colour else lines


def _in(colour: str, text: str) -> str:
    return f"{colour}{text}{PLAIN}"


def _solutions_text(solutions: Solutions) -> str:
    from textwrap import fill

    from cnnkit.network.wanted import BOUNDS

    width = terminal_width()
    rows = solutions.table(width)
    if colours(sys.stdout):
        rows[0] = _in(BOLD, rows[0])
    prose = min(width or 80, 80)
    about = [fill(text, prose) for text in (solutions.about_same, BOUNDS)]
    return "\n".join([fill(solutions.heading, prose), "", *rows, "", *about])


def json_facts(stack: Stack, *, explain: bool = False) -> dict[str, Any]:
    """The keys that ``--json`` always has; docs/shape.md describes them."""
    from cnnkit.network.text.notes import input_notes
    from cnnkit.network.volume import Waveform

    start = stack.input
    layers = [_layer_facts(step, stack.batch) for step in stack.layers]
    if explain:
        from cnnkit.network.text.explanation import relations_of

        for facts, found in zip(layers, relations_of(stack), strict=True):
            facts["explanation"] = [_relation_facts(relation) for relation in found]
    held: dict[str, Any] = {}
    if stack.is_graph:
        from cnnkit.network.stack import NUMBER_BYTES

        for facts, step in zip(layers, stack.layers, strict=True):
            facts["inputs"] = step.wire.sources
        held = {"held_values": stack.held_values, "held_bytes": NUMBER_BYTES * stack.held_values}
        held["held_layer"] = stack.held[0]
    return {
        "stack": stack.notation,
        "input": start._asdict() if isinstance(start, Waveform) else start,
        "input_layout": stack.input_layout or "hwc",
        "batch": stack.batch,
        "notes": input_notes(stack),
        "layers": layers,
        "totals": {
            "output": stack.output,
            "parameters": stack.parameters,
            "macs": stack.macs,
            "activations": stack.activations,
            "activation_bytes": stack.activation_bytes,
            "parameter_bytes": stack.parameter_bytes,
            **held,
        },
    }


def _layer_facts(step: LayerShape, batch: int) -> dict[str, Any]:
    from cnnkit.network.text.notes import notes
    from cnnkit.network.volume import UNKNOWN

    facts: dict[str, Any] = {"layer": step.word, "name": step.layer.name}
    facts["output"] = None if step.output is UNKNOWN else step.output
    if step.placement is not None:
        window = step.placement.window
        facts |= {"kernel": window.size, "stride": window.stride, "dilation": window.dilation}
        facts["padding"] = step.placement.padding
    facts |= {"parameters": step.parameters, "macs": batch * step.macs}
    if step.field is None:
        facts |= {"receptive_field": "all", "jump": None, "start": None}
    else:
        is_reached = all(axis.size for axis in step.field if axis.is_followed)  # else it sees no rows, or no columns
        sizes = [axis.size * is_reached if axis.is_followed else None for axis in step.field]
        facts["receptive_field"] = sizes
        facts["jump"] = [_quotient(*axis.jump) if size else None for axis, size in zip(step.field, sizes, strict=True)]
        facts["start"] = [axis.start for axis in step.field]
    return facts | {"notes": notes(step)}


def _quotient(numerator: int, denominator: int) -> float:
    return numerator if denominator == 1 else numerator / denominator


def _relation_facts(relation: Relation) -> dict[str, Any]:
    return {**relation._asdict(), "source": relation.source or None, "symbol": relation.symbol or None}


def _want_facts(stack: Stack, wanted: Pair, solutions: Solutions | None) -> dict[str, Any]:
    from cnnkit.network.wanted import same_choices

    choices = solutions.choices if solutions else ()
    return {
        "size": wanted,
        "choices": [{**_choice_facts(choice), "unseen": choice.unseen} for choice in choices],
        "same": [{**_choice_facts(choice), "output": choice.placement.output} for choice in same_choices(stack)],
    }


def _choice_facts(choice: Choice) -> dict[str, Any]:
    window = choice.placement.window
    return {
        "layer": choice.text,
        "kernel": window.size,
        "stride": window.stride,
        "padding": choice.placement.padding,
    }
