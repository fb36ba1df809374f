"""What ``cnnkit shape`` says of a stack: the table for a terminal or a pipe, and the JSON object."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any, NamedTuple

from cnnkit.cli.report import Report, colours
from cnnkit.errors import ArgumentError, SizeError

if TYPE_CHECKING:
    from cnnkit.geometry.pair import Pair
    from cnnkit.network.layer import LayerShape
    from cnnkit.network.receptive_field import Axis
    from cnnkit.network.shape import Stack
    from cnnkit.network.text.relations import Relation
    from cnnkit.network.volume import Vector, Volume
    from cnnkit.network.wanted import Choice, Solutions

BOLD, DIM, YELLOW, PLAIN = "\x1b[1m", "\x1b[2m", "\x1b[33m", "\x1b[0m"


class Asked(NamedTuple):
    """What the options of one command line ask for."""

    explain: bool = False
    want: str | None = None
    expect: str | None = None
    code: str | None = None
    show_stack: bool = False
    as_json: bool = False
    quiet: bool = False

    def check(self, *, has_stack: bool) -> None:
        """Check that the options go together, before anything is computed.

        Raises
        ------
        ArgumentError
            If one needs a stack, or two would print different things.
        """
        named = {"--want": self.want, "--code": self.code, "--show-stack": self.show_stack or None}
        given = [option for option, value in named.items() if value is not None]
        if not has_stack:
            for option in [*given, *(["--expect"] if self.expect is not None else [])]:
                what = {"--expect": "check", "--want": "solve"}.get(option, "print")
                raise ArgumentError(f"{option} has no stack to {what}", hint="name the input and its layers before it")
        alone = [*given, *(["--explain"] if self.explain else [])]
        if len(alone) > 1 and given and not self.as_json:
            raise ArgumentError(
                f"{alone[0]} and {alone[1]} print different things", hint="give one of them, or add --json for both"
            )

    @property
    def wanted(self) -> Pair | None:
        """The size of ``--want``."""
        from cnnkit.network.notation.reading import read_sides

        return None if self.want is None else read_sides(self.want)

    @property
    def expected(self) -> Volume | Vector | None:
        """The shape of ``--expect``."""
        from cnnkit.network.notation.reading import read_output

        return None if self.expect is None else read_output(self.expect)


def answer(stack: Stack, asked: Asked, before: str = "", after: str = "") -> None:
    """Print what was asked for, then check the expectation.

    Raises
    ------
    SizeError
        If the stack does not end in the expected shape, or the wanted size is out of reach.
    ArgumentError
        If an option cannot be read, or the stack has no code.
    """
    expected, wanted = asked.expected, asked.wanted
    solutions, code, out_of_reach = None, None, None
    if wanted is not None:
        try:
            solutions = stack.want(*wanted)
        except SizeError as error:
            if not asked.as_json:
                raise
            out_of_reach = error  # the object is whole all the same
    if asked.code is not None:
        code = stack.code(asked.code)
    if asked.as_json:
        facts = json_facts(stack, explain=asked.explain)
        if wanted is not None:
            facts["want"] = _want_facts(stack, wanted, solutions)
        if code is not None:
            facts["code"] = {"framework": asked.code, "text": code}
        if expected is not None:
            facts["expect"] = {"output": expected, "met": _is_met(stack, expected)}
        Report("shape", as_json=True).close(**facts)
    elif not asked.quiet:
        print(code or _text(stack, asked, solutions, before, after))
    if out_of_reach is not None:
        raise out_of_reach
    if expected is not None:
        stack.expect(expected)


def _text(stack: Stack, asked: Asked, solutions: Solutions | None, before: str, after: str) -> str:
    if asked.show_stack:
        return stack.notation
    if solutions is not None:
        return _solutions_text(solutions)
    return "\n".join(filter(None, (before, table_text(stack, explain=asked.explain), after)))


def _is_met(stack: Stack, expected: Volume | Vector) -> bool:
    try:
        stack.expect(expected)
    except SizeError:
        return False
    return True


def terminal_width() -> int | None:
    """Columns of the terminal that is printed to; None for a pipe or a file, which has no width."""
    if not sys.stdout.isatty():
        return None
    from shutil import get_terminal_size

    return get_terminal_size().columns


def table_text(stack: Stack, *, explain: bool = False) -> str:
    """The table and what belongs to it: within a terminal's width and with its colours, or plain."""
    from cnnkit.network.text.table import Block, blocks

    width = terminal_width()
    found = blocks(stack, width)
    if explain:
        from cnnkit.network.text.explanation import explanation

        found.insert(-1, Block("explanation", explanation(stack, width).splitlines()))
    is_coloured = colours(sys.stdout)
    return "\n\n".join("\n".join(_painted(block) if is_coloured else block.lines) for block in found)


def _painted(block: Any) -> list[str]:
    lines: list[str] = block.lines
    if block.kind == "table":
        return [_in(BOLD, line) if i == 0 or line.startswith("total ") else line for i, line in enumerate(lines)]
    if block.kind == "notes":
        return [_in(YELLOW, line) for line in lines]
    if block.kind == "explanation":
        return [line if line.startswith("  ") or not line else _in(BOLD, line) for line in lines]
    return [_in(DIM, line) for line in lines] if block.kind == "convention" else lines


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
    about = [fill(text, prose) for text in (*solutions.about_same(), BOUNDS)]
    return "\n".join([fill(solutions.heading, prose), "", *rows, "", *about])


def json_facts(stack: Stack, *, explain: bool = False) -> dict[str, Any]:
    """The keys that ``--json`` always has; docs/shape.md describes them."""
    from cnnkit.network.volume import Waveform

    start = stack.input
    layers = [_layer_facts(step, stack.batch) for step in stack.layers]
    if explain:
        from cnnkit.network.text.explanation import relations_of

        for facts, found in zip(layers, relations_of(stack), strict=True):
            facts["explanation"] = [_relation_facts(relation) for relation in found]
    return {
        "stack": stack.notation,
        "input": start._asdict() if isinstance(start, Waveform) else start,
        "batch": stack.batch,
        "layers": layers,
        "totals": {
            "output": stack.output,
            "parameters": stack.parameters,
            "macs": stack.macs,
            "activations": stack.activations,
            "activation_bytes": stack.activation_bytes,
            "parameter_bytes": stack.parameter_bytes,
        },
    }


def _layer_facts(step: LayerShape, batch: int) -> dict[str, Any]:
    from cnnkit.network.text.notes import notes

    facts: dict[str, Any] = {"layer": step.layer.spec.word.text, "name": step.layer.name, "output": step.output}
    if step.placement is not None:
        window = step.placement.window
        facts |= {"kernel": window.size, "stride": window.stride, "dilation": window.dilation}
        facts["padding"] = step.placement.padding
    facts |= {"parameters": step.parameters, "macs": batch * step.macs}
    if step.field is None:
        facts |= {"receptive_field": "all", "jump": None, "start": None}
    else:
        facts["receptive_field"] = [axis.size or None for axis in step.field]
        facts["jump"] = [_number(*axis.jump) if axis.size else None for axis in step.field]
        facts["start"] = [_start(axis) for axis in step.field]
    return facts | {"notes": notes(step)}


def _number(numerator: int, denominator: int) -> float:
    return numerator if denominator == 1 else numerator / denominator


def _start(axis: Axis) -> float | None:
    """The middle of what the first value sees."""
    return (axis.low[0] + axis.high[0]) / 2 if axis.low else None


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
