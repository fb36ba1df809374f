"""The options of ``cnnkit mfcc`` that are settings of features: one for each field of the table, under its name."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from functools import wraps
from typing import Annotated, Any

import typer

from cnnkit.data.recipes.fields import FIELDS, Field


def with_settings(command: Callable[..., None]) -> Callable[..., None]:
    """A command whose parameter `settings`, a dict by name, is an option for each setting: None if it is not given."""

    @wraps(command)
    def with_options(**values: Any) -> None:
        command(settings={name: values.pop(name) for name in FIELDS}, **values)

    parameters = dict(inspect.signature(command, eval_str=True).parameters)
    place = list(parameters).index("settings")
    before, after = list(parameters.values())[:place], list(parameters.values())[place + 1 :]
    # Typer reads a command's options from its signature.
    with_options.__signature__ = inspect.Signature([*before, *map(_parameter, FIELDS.values()), *after])  # type: ignore[attr-defined]
    with_options.__annotations__ = {}
    return with_options


def _parameter(field: Field) -> inspect.Parameter:
    names = f"{field.option}/{field.off}" if field.off else field.option
    option = typer.Option(names, metavar=field.value.metavar, help=field.help)
    kind = inspect.Parameter.KEYWORD_ONLY
    return inspect.Parameter(field.name, kind, default=None, annotation=Annotated[field.value.type | None, option])


def words_after_deltas(arguments: Sequence[str]) -> list[str]:
    """Command-line words with ``--deltas`` joined to the word that follows it, or to columns.

    >>> words_after_deltas(["mfcc", "--deltas", "song.wav"]), words_after_deltas(["--deltas", "channels"])
    (['mfcc', '--deltas=columns', 'song.wav'], ['--deltas=channels'])
    """
    words = FIELDS["deltas"].value.words
    out: list[str] = []
    rest = list(arguments)
    while rest:
        word = rest.pop(0)
        if word == "--":
            return [*out, word, *rest]
        if word == "--deltas":
            word = f"--deltas={rest.pop(0) if rest and rest[0] in words else 'columns'}"
        out.append(word)
    return out
