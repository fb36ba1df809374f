"""Names of classes from a file: a line each, or JSON as ImageNet's come, a list or an object by number."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from cnnkit.errors import InputError, printable
from cnnkit.files.reading import decoded, open_file

MOST_BYTES = 1 << 24
"""No list of classes is longer."""


def read_labels(name: str) -> dict[int, str]:
    """The names of classes by their numbers, counted from 0; an InputError if the file holds none.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as place:
    ...     path = Path(place, "classes.json")
    ...     _ = path.write_text('{"0": ["n01440764", "tench"], "1": "goldfish"}')
    ...     read_labels(str(path))
    {0: 'tench', 1: 'goldfish'}
    """
    try:
        with open_file(Path(name), MOST_BYTES + 1) as stream:
            content = stream.read(MOST_BYTES + 1)
        if len(content) > MOST_BYTES:
            raise InputError(f"this is too long for names of classes: more than {MOST_BYTES:,} bytes", _HINT)
        text = decoded(content)
        if text is None:
            raise InputError("this is no text", _HINT)
        found = _of_json(text) if text.lstrip()[:1] in ("[", "{") else dict(enumerate(_lines(text)))
        if not found:
            raise InputError("this names no class", _HINT)
    except InputError as error:
        raise InputError(f"--labels {printable(name)}: {error.problem}", error.hint) from None
    return found


_HINT = "write one name a line, in UTF-8, or JSON: a list of names"


def _lines(text: str) -> list[str]:
    """The lines, without the end of the last; a blank one within is a class without a name."""
    return [line.strip() for line in text.rstrip().splitlines()]


def _of_json(text: str) -> dict[int, str]:
    try:
        held: Any = json.loads(text)
    except (ValueError, RecursionError) as error:
        reason = str(error) or type(error).__name__
        raise InputError(f"this is not the JSON that it begins as: {reason}", _HINT) from None
    pairs = enumerate(held) if isinstance(held, list) else held.items()
    found: dict[int, str] = {}
    for key, value in pairs:
        label = value[-1] if isinstance(value, list) and value else value  # of ImageNet's, the first is a number
        number, is_turned = str(key), isinstance(label, int) and not isinstance(label, bool)
        if is_turned and not number.isdecimal():  # {"tench": 0}
            number, label = str(label), key
        if not (number.isascii() and number.isdecimal() and len(number) < 10 and isinstance(label, str)):
            raise InputError(f"this JSON has no name for class {printable(number)[:40]}", _HINT)
        found[int(number)] = label
    return found
