"""The options of ``cnnkit mfcc`` that are settings of features: one for each field of the table, under its name."""

from __future__ import annotations

from collections import namedtuple
from collections.abc import Sequence
from typing import Annotated, Any

import typer

from cnnkit.data.recipes.fields import FIELDS, Field


def _option(field: Field) -> Any:
    names = f"{field.option}/{field.off}" if field.off else field.option
    option = typer.Option(names, metavar=field.value.metavar, help=field.help)
    return Annotated[field.value.type | None, option]


Settings: Any = namedtuple("Settings", list(FIELDS), defaults=(None,) * len(FIELDS))  # type: ignore[misc]
"""What a command is given of the fields of features; None where it is not given."""

Settings.__annotations__ = {name: _option(field) for name, field in FIELDS.items()}


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
