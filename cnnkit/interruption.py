"""Signals that wait while a library calls back into Python.

Ctrl-C raises KeyboardInterrupt wherever Python is. In a function that libsndfile calls for the bytes of a file, nobody
could catch it: it would be printed and forgotten, and the sound taken for one that is cut off.

Standard library only.
"""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any

NAMES = ("SIGTERM", "SIGHUP", "SIGINT")
"""What ends a process and can be handled in Python; not every system has all. Ctrl-C last: it is let through first."""


@contextmanager
def interruptions_wait() -> Iterator[None]:
    """Within it, handlers of signals wait until its end: use it around one short call.

    >>> import os
    >>> events = []
    >>> before = signal.signal(signal.SIGINT, lambda number, frame: events.append("interrupted"))
    >>> with interruptions_wait():
    ...     os.kill(os.getpid(), signal.SIGINT)
    ...     events.append("done")
    >>> events
    ['done', 'interrupted']
    >>> _ = signal.signal(signal.SIGINT, before)
    """
    if threading.current_thread() is not threading.main_thread():  # no handler runs there
        yield
        return
    numbers = [getattr(signal, name) for name in NAMES if hasattr(signal, name)]
    handlers: dict[int, Callable[[int, FrameType | None], Any]] = {}
    for number in numbers:
        handler = signal.getsignal(number)
        if callable(handler):
            handlers[number] = handler
    came: list[tuple[int, FrameType | None]] = []
    try:
        for number in handlers:
            signal.signal(number, lambda number, frame: came.append((number, frame)))
        yield
    finally:
        for number, handler in handlers.items():
            signal.signal(number, handler)
        for number, frame in came:
            handlers[number](number, frame)
