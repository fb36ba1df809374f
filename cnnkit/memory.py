"""The most memory that one array may take, so that a small file or a slip of a digit costs an error and not gigabytes.

The command line sets it; the library has no such limit, as whoever calls it has made arrays before. Standard library
only.
"""

from __future__ import annotations

import math
import re

from cnnkit.errors import ArgumentError, SizeError

DEFAULT = "8G"  # the float32 results of 700 megapixels in RGB, or what most laptops have
MOST_RAISED = 1 << 42  # 4 TiB: no hint proposes a higher limit
PLAUSIBLE_BYTES = 256 << 20  # unless it is said, of what a file of a few bytes becomes
PLAUSIBLE_RATIO = 1 << 15  # from which on it is a few bytes

most_bytes = math.inf
_plausible_bytes = math.inf


def limit(text: str | None) -> str | None:
    """Set the limit from the words of ``--max-memory``, such as 500M or 16G, and return them; None is the default."""
    global most_bytes, _plausible_bytes  # noqa: PLW0603  # a process has one memory
    found = re.fullmatch(r"([0-9]{1,9})([MG])(i?B)?", DEFAULT if text is None else text, re.IGNORECASE)
    if found is None or not int(found[1]):
        raise ArgumentError(f"--max-memory {text} is no size", hint="write it in MiB or GiB: --max-memory 500M, or 16G")
    most_bytes = int(found[1]) << {"M": 20, "G": 30}[found[2].upper()]
    _plausible_bytes = PLAUSIBLE_BYTES if text is None else most_bytes
    return text


def check(n_bytes: int, what: str, hint: str, file_bytes: float = math.inf) -> None:
    """Raise a SizeError if `what`, out of so large a file, takes more than the limit; `hint` is another way out."""
    is_plausible = n_bytes <= PLAUSIBLE_RATIO * file_bytes
    most = most_bytes if is_plausible else min(most_bytes, _plausible_bytes)
    if n_bytes > most:
        out_of = "" if is_plausible else f" out of {file_bytes:,} bytes"
        higher = f", or, if the machine has that much, add --max-memory {math.ceil(n_bytes / 2**30)}G"
        raise SizeError(
            f"{what} takes {size_text(n_bytes)} of memory, and one array{out_of} may take {size_text(most)}",
            hint=f"{hint}{higher * (n_bytes <= MOST_RAISED)}",
        )


def size_text(n_bytes: float) -> str:
    """A number of bytes in GiB or MiB.

    >>> size_text(3 << 29), size_text(500 << 20)
    ('1.5 GiB', '500 MiB')
    """
    number, unit = (n_bytes / 2**30, "GiB") if n_bytes >= 2**30 else (n_bytes / 2**20, "MiB")
    return f"{number:,.0f} {unit}" if number >= 100 else f"{number:.3g} {unit}"
