"""Silence on stderr while a C library works that writes there by itself.

libmpg123 tells of every damaged frame on stderr, through libsndfile, which has no setting against it. What is wrong
with a sound is said by cnnkit, in its own words.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

STDERR = 2
"""The number under which every process has it."""

_ALONE = threading.Lock()
"""Two that redirect at once would not find back."""


@contextmanager
def silent_stderr() -> Iterator[None]:
    """Within it, what is written to stderr is lost, from whichever thread it comes: use it around one short call."""
    with _ALONE:
        kept = nowhere = -1
        try:
            with suppress(OSError):  # there is no stderr: nothing to keep quiet
                kept = os.dup(STDERR)
                nowhere = os.open(os.devnull, os.O_WRONLY)
                os.dup2(nowhere, STDERR)
            yield
        finally:
            if kept >= 0:
                os.dup2(kept, STDERR)
            for number in (kept, nowhere):
                if number >= 0:
                    os.close(number)
