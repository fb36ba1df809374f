"""The commands as Typer runs them: one layout for their help, and words that Typer would take for something else."""

from __future__ import annotations

import os
import re
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from shlex import quote
from typing import Any

import typer
from typer.core import TyperCommand, TyperGroup

from cnnkit.errors import ArgumentError

WIDTH = 80
"""Columns of a page, whatever the terminal's: it reads alike everywhere, and examples keep their columns."""

NAMES = 24
"""Columns for the names of options; a longer one has a line of its own."""

GENERAL = "General"
"""The heading of options that are in no group."""


def in_group(heading: str) -> Callable[..., Any]:
    """`typer.Option` for the options under one heading of the help, where they stand in their order in the command."""
    return partial(typer.Option, rich_help_panel=heading)


def help_page(command: Any, context: Any) -> str:
    """The help of a command: usage, what it does, examples, then arguments and options in their groups."""
    sections: dict[str, list[tuple[str, str]]] = {}
    for name, one in getattr(command, "commands", {}).items():
        sections.setdefault("Commands", []).append((name, one.help.partition("\n\n")[0]))
    for parameter in command.get_params(context):
        is_option = parameter.param_type_name == "option"
        heading = parameter.rich_help_panel or GENERAL if is_option else "Arguments"
        name, text = parameter.get_help_record(context)
        text = re.sub(r"x>=(\d)", r"\1 or more", text).replace(": 0.0]", ": 0]")
        sections.setdefault(heading, []).append((name, text))
    width = min(max(len(name) for rows in sections.values() for name, _ in rows), NAMES)
    blocks = [f"Usage: {context.command_path} {' '.join(command.collect_usage_pieces(context))}"]
    blocks += _paragraphs(command.help)
    blocks += ["\n".join([f"{heading}:", *_table(rows, width)]) for heading, rows in sections.items()]
    return "\n\n".join([*blocks, *_paragraphs(command.epilog or "")])


def _paragraphs(text: str) -> list[str]:
    """The paragraphs of a text, wrapped; what has indented lines stays as it is."""
    blocks = text.strip().split("\n\n")
    return [block if "\n " in block else "\n".join(_wrapped(block, WIDTH)) for block in blocks]


def _table(rows: Iterable[tuple[str, str]], width: int) -> Iterable[str]:
    for name, text in rows:
        first, *rest = _wrapped(text, WIDTH - width - 4)
        yield f"  {name:{width}}  {first}" if len(name) <= width else f"  {name}\n{'':{width + 4}}{first}"
        yield from (f"{'':{width + 4}}{line}" for line in rest)


def _wrapped(text: str, width: int) -> list[str]:
    """Lines of whole words, where what stands in square brackets is one."""
    lines = [""]
    for word in re.findall(r"\[[^\]]{1,40}\]|\S+", text):
        if lines[-1] and len(lines[-1]) + len(word) >= width:
            lines.append(word)
        else:
            lines[-1] = f"{lines[-1]} {word}".lstrip()
    return lines


class _Paged:
    """What a command and the group of all commands have in common: this help."""

    def format_help(self, ctx: Any, formatter: Any) -> None:
        """Write the help."""
        formatter.write(help_page(self, ctx))


class Group(_Paged, TyperGroup):
    """All commands together."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Read the words of the command line, all of which an option that ends it may need."""
        ctx.obj = tuple(args)
        return list(super().parse_args(ctx, args))


class Command(_Paged, TyperCommand):
    """A command, which refuses words that Typer would not know or silently take for something else."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Read the words of the command line."""
        options = {name: one for one in self.get_params(ctx) for name in (*one.opts, *one.secondary_opts)}
        command = str(self.name)
        args = [f" {word}" if re.match(r"-[\d.][^-]*[\s;,]", word) else word for word in args]  # a grid, and no option
        words = list(args)
        _check_options(words, command, options)
        rest: list[str] = super().parse_args(ctx, args)
        for word in ctx.params.get("inputs") or ():
            if word != "-" and not os.path.lexists(word):
                from cnnkit.cli.inputs import is_grid
                from cnnkit.cli.usage.mistakes import check_input

                is_image = command == "pool" or (command == "convolve" and ctx.params.get("kernel"))
                if not (is_image and is_grid(word)):
                    check_input(word, command, options, words)
        return rest


def _check_options(words: Sequence[str], command: str, options: dict[str, Any]) -> None:
    """Refuse options that are unknown, lack their value or are given twice, and ``-output x`` and ``-o=x``."""
    given: dict[str, str] = {}
    remaining = deque(words)
    while remaining:
        word = remaining.popleft()
        name, equals, value = word.partition("=")
        option: Any = options.get(name)
        first: Any = options.get(word[:2])
        if word == "--":
            break
        if word[:1] != "-" or word == "-":
            continue
        if option is None:
            is_unknown = first is None or (first.is_flag and f"-{word[2]}" not in options)
            if is_unknown or word[1] == "-" or name in ("-out", "-outdir"):
                from cnnkit.cli.usage.mistakes import unknown_option

                raise unknown_option(name, value if equals else "".join([*remaining][:1]), command, options, words)
            if f"-{name}" in options:
                raise ArgumentError(f"{name} would be read as {name[:2]} {name[2:]}", hint=f"write -{word}")
            remaining.extendleft([f"-{word[2:]}" if first.is_flag else word[2:], word[:2]])
            continue
        if not (option.is_flag or equals) and remaining:
            value = remaining.popleft()
        is_options = value[:1] == "-" != value and all(f"-{letter}" in options for letter in value[1:])
        if equals if option.is_flag else is_options or value[:2] in ("", "--"):
            from cnnkit.cli.usage.mistakes import wrong_value

            raise wrong_value(name, option, value)
        if equals and name[1] != "-":
            raise ArgumentError(f"{name} takes its value without =", hint=f"write {name} {quote(value)}")
        value = name if option.is_flag else value
        before = given.setdefault(option.name, value)
        if before != value and not option.multiple:
            whose, what = ("", "") if option.is_flag else (f" for {name}", f" {quote(value)}")
            raise ArgumentError(f"{before} and {value} are both given{whose}", hint=f"write {name}{what} alone")
