"""One line that says how far a command with many inputs is."""

from __future__ import annotations

import time
from shutil import get_terminal_size

SECONDS_BEFORE, SECONDS_BETWEEN = 1.0, 0.1
"""Before a line is shown at all, and between two of them."""

BAR = 20


class Progress:
    """How many of several inputs are done since it was made."""

    def __init__(self, count: int) -> None:
        self.count = count
        self._began = self._shown = time.monotonic()

    def line(self, done: int, failed: int, item: object = "") -> str:
        """What is shown now, if anything is: `item` is what is worked on, where that is known."""
        now = time.monotonic()
        seconds = now - self._began
        if self.count < 2 or seconds < SECONDS_BEFORE or now - self._shown < SECONDS_BETWEEN:
            return ""
        self._shown = now
        return progress_text(done, self.count, failed, seconds, f"{item}")[: get_terminal_size().columns - 1]


def progress_text(done: int, count: int, failed: int, seconds: float, item: str = "") -> str:
    """A bar, how many are done and how fast, and when the rest will be.

    >>> progress_text(50, 200, 1, 5.0)
    '[#####...............] 50/200  10/s  15 s left  1 failed'
    """
    parts = [f"[{'#' * (BAR * done // count):.<{BAR}}] {done}/{count}"]
    if done:
        rate = done / seconds
        parts += [f"{rate:.3g}/s" if rate < 1000 else f"{rate:.0f}/s", f"{_duration((count - done) / rate)} left"]
    parts += [f"{failed} failed"] * bool(failed) + [item] * bool(item)
    return "  ".join(parts)


def _duration(seconds: float) -> str:
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    return f"{whole // 60} min" if whole < 3600 else f"{whole // 3600} h {whole // 60 % 60} min"
