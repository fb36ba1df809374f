"""Silence on stderr while a C library works that writes there by itself.

libmpg123 reports every damaged frame on stderr, through libsndfile, and libtiff every damaged row, through Pillow;
neither has a setting against it. cnnkit says what is wrong with a file in its own words.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

STDERR = 2  # its file descriptor in every process
_ONE_AT_A_TIME = threading.Lock()  # two threads that redirect at once would not restore it


@contextmanager
def silent_stderr() -> Iterator[None]:
    """Discard what any thread writes to stderr meanwhile: use it around one short call."""
    with _ONE_AT_A_TIME:
        saved = nowhere = -1
        try:
            with suppress(OSError):  # stderr is closed
                saved = os.dup(STDERR)
            nowhere = os.open(os.devnull, os.O_WRONLY)
            os.dup2(nowhere, STDERR)
            yield
        finally:
            if saved >= 0:
                os.dup2(saved, STDERR)
            for number in {saved, nowhere, STDERR if saved < 0 else -1} - {-1}:
                os.close(number)
