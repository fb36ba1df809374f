"""The options of ``cnnkit mfcc`` that are settings of features: one for each field of the table, under its name."""

from __future__ import annotations

from collections import namedtuple
from typing import Annotated, Any

from cnnkit.cli.usage.command import in_group
from cnnkit.data.recipes.fields import FIELDS, GROUPS, Field


def _option(field: Field) -> Any:
    names = f"{field.option}/{field.off}" if field.off else field.option
    option = in_group(GROUPS[field.group])(names, metavar=field.value.metavar, help=field.help)
    return Annotated[field.value.type | None, option]


Settings: Any = namedtuple("Settings", list(FIELDS), defaults=(None,) * len(FIELDS))  # type: ignore[misc]
"""What a command is given of the fields of features; None where it is not given."""

Settings.__annotations__ = {name: _option(field) for name, field in FIELDS.items()}
