"""Silence while a C library works that prints by itself.

libmpg123 reports damaged frames on stderr, libtiff damaged rows, and libsndfile damaged packets on stdout, where they
would stand among somebody's numbers. None has a setting against it, and cnnkit says what is wrong in its own words.
"""

from __future__ import annotations

import ctypes
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import cache

STDOUT, STDERR = 1, 2
"""Their file descriptors in every process."""

_ONE_AT_A_TIME = threading.RLock()
"""Two threads that redirect at once would not restore it."""

if hasattr(os, "register_at_fork"):  # a child of a process that is silent meanwhile would stay silent
    os.register_at_fork(
        before=_ONE_AT_A_TIME.acquire, after_in_parent=_ONE_AT_A_TIME.release, after_in_child=_ONE_AT_A_TIME.release
    )


@contextmanager
def silent() -> Iterator[None]:
    """Discard what any thread prints on stdout and stderr meanwhile: use it around one short call into C."""
    with _ONE_AT_A_TIME:
        _flush()
        nowhere = os.open(os.devnull, os.O_WRONLY)
        saved: dict[int, int] = {}
        try:
            for number in {STDOUT, STDERR} - {nowhere}:
                with suppress(OSError):  # it is closed: there is nothing to silence
                    saved[number] = os.dup(number)
                    os.dup2(nowhere, number)
            yield
        finally:
            _flush()  # what C has printed may still lie in its buffer
            for number, copy in saved.items():
                os.dup2(copy, number)
                os.close(copy)
            os.close(nowhere)


@cache
def _library() -> ctypes.CDLL:
    return ctypes.CDLL(None)


def _flush() -> None:
    with suppress(OSError, AttributeError, TypeError):  # no C library under this name (Windows)
        _library().fflush(None)
