"""The options of ``cnnkit mfcc`` that are settings of features: one for each field of the table, under its name."""

from __future__ import annotations

from collections import namedtuple
from typing import Annotated, Any

from cnnkit.cli.usage.command import in_group
from cnnkit.data.recipes.fields import FIELDS, Field

GROUPS = {
    "framing": "Frames",
    "spectrum": "Spectrum",
    "mel": "Mel bands",
    "log": "Logarithm",
    "dct": "Coefficients",
    "finish": "Length, segments, deltas and layout",
}
"""The headings of the help, in the order in which things are done to a sound."""


def _option(field: Field) -> Any:
    names = f"{field.option}/{field.off}" if field.off else field.option
    option = in_group(GROUPS[field.group])(names, metavar=field.value.metavar, help=field.help)
    return Annotated[field.value.type | None, option]


_FIELDS = {field.name: field for group in GROUPS for field in FIELDS.values() if field.group == group}
Settings: Any = namedtuple("Settings", list(_FIELDS), defaults=(None,) * len(_FIELDS))  # type: ignore[misc]
"""What a command is given of the fields of features; None where it is not given."""

Settings.__annotations__ = {name: _option(field) for name, field in _FIELDS.items()}
