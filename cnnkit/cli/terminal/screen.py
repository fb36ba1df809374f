"""A terminal that shows one screen after another and hands over keys, and is as it was before when that ends.

It never asks the terminal anything: an answer could be taken for keys.
"""

from __future__ import annotations

import os
import re
import signal
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from select import select

from cnnkit.cli.report import takes_escapes
from cnnkit.errors import ArgumentError
from cnnkit.interruption import interruptions_wait

KEYBOARD, PICTURE = 0, 2
"""The descriptors of standard input and error; a result may be on its way through standard output."""

ENTER, LEAVE = "\x1b[?1049h\x1b[?25l\x1b[?7l\x1b[2J", "\x1b[0m\x1b[?7h\x1b[?25h\x1b[?1049l"
"""The alternate screen, without cursor, with lines cut off at the edge; and back."""

SECONDS_OF_ESCAPE = 0.05
"""After which an escape is the key of that name, and not the begin of another's code."""

CODES = re.compile(rb"\x1b\[[0-?]*[ -/]*[@-~]|\x1bO.|\x1b.|.", re.DOTALL)
ENDS = {b"A": "up", b"B": "down", b"C": "right", b"D": "left", b"H": "home", b"F": "end"}
KEYS = {begin + end: name for begin in (b"\x1b[", b"\x1bO") for end, name in ENDS.items()}
KEYS |= {b"\x1b[%d~" % number: name for number, name in ((1, "home"), (7, "home"), (4, "end"), (8, "end"))}
KEYS |= {b" ": "space"} | dict.fromkeys([b"q", b"Q", b"\x1b", b"\x04"], "quit")


def check_terminal(option: str) -> None:
    """Refuse what cannot be shown here, where the keyboard or the screen is no terminal."""
    problem = ""
    if os.name == "nt":
        problem = f"{option} moves on terminals of Linux and macOS alone"
    elif sys.stdin is None or not sys.stdin.isatty():
        problem = f"{option} takes keys, and standard input is no terminal"
    elif not sys.stderr.isatty():
        problem = f"{option} draws on standard error, which is no terminal"
    elif not takes_escapes(sys.stderr):
        problem = f"{option} needs a terminal that can be drawn on, and TERM is dumb"
    if problem:
        hint = "use --explain, --at R,C, or --animate run.gif for all in motion"
        raise ArgumentError(problem, hint=hint)


def terminal_size() -> tuple[int, int]:
    """Lines and columns."""
    with suppress(OSError):
        columns, lines = os.get_terminal_size(PICTURE)
        if lines and columns:
            return lines, columns
    return 24, 80


class Screen:
    """The terminal, inside `shown`."""

    def __init__(self, wakes: int) -> None:
        self._wakes = wakes

    def draw(self, lines: Sequence[str]) -> None:
        """Replace what is there by lines, each of which resets the style it has set."""
        _write("\x1b[H" + "\r\n".join(f"{line}\x1b[K" for line in lines) + "\x1b[J")

    def keys(self, seconds: float | None) -> list[str]:
        """The keys that are pressed next: none where time is up, or what is shown has to be drawn anew."""
        ready, _, _ = select([KEYBOARD, self._wakes], [], [], seconds)
        if self._wakes in ready:
            os.read(self._wakes, 1 << 10)
        if KEYBOARD not in ready:
            return []
        data = _read()
        if data.endswith(b"\x1b") and select([KEYBOARD], [], [], SECONDS_OF_ESCAPE)[0]:
            data += _read()
        if not data:  # the terminal went away
            return ["quit"]
        return [KEYS[code] for code in CODES.findall(data) if code in KEYS]


@contextmanager
def shown() -> Iterator[Screen]:
    """Take the terminal, and give it back whatever happens: also where the process is stopped, and goes on later."""
    import termios

    sys.stdout.flush()
    sys.stderr.flush()
    before = termios.tcgetattr(KEYBOARD)
    ours = [*before[:6], [*before[6]]]
    ours[3] &= ~(termios.ICANON | termios.ECHO)
    ours[6][termios.VMIN], ours[6][termios.VTIME] = 1, 0
    ours[6][termios.VQUIT] = b"\0"  # which would end the process without a way back

    def take() -> None:
        termios.tcsetattr(KEYBOARD, termios.TCSADRAIN, ours)
        _write(ENTER)

    def give_back() -> None:
        _write(LEAVE)
        with suppress(termios.error):
            termios.tcsetattr(KEYBOARD, termios.TCSADRAIN, before)

    def stop(number: int, frame: object) -> None:
        give_back()
        signal.signal(signal.SIGTSTP, signal.SIG_DFL)
        os.kill(os.getpid(), signal.SIGTSTP)  # where no shell waits, it goes on at once
        signal.signal(signal.SIGTSTP, stop)
        take()

    def go_on(number: int, frame: object) -> None:
        termios.tcsetattr(KEYBOARD, termios.TCSADRAIN, ours)

    reader, writer = os.pipe()
    os.set_blocking(writer, False)
    woken = signal.set_wakeup_fd(writer, warn_on_full_buffer=False)
    handlers = {signal.SIGTSTP: stop, signal.SIGCONT: go_on, signal.SIGWINCH: lambda number, frame: None}
    others = {number: signal.getsignal(number) for number in handlers}
    others = {number: other for number, other in others.items() if other != signal.SIG_IGN}  # nobody would wake it
    try:
        for number in others:
            signal.signal(number, handlers[number])
        take()
        yield Screen(reader)
    finally:
        with interruptions_wait():
            for number, other in others.items():
                signal.signal(number, other)
            signal.set_wakeup_fd(woken)
            give_back()
            os.close(reader)
            os.close(writer)


def _read() -> bytes:
    with suppress(OSError):
        return os.read(KEYBOARD, 1 << 10)
    return b""


def _write(text: str) -> None:
    """Past the streams of Python, whose buffers do not let a handler of signals write in the middle of a line."""
    data = text.encode(sys.stderr.encoding or "ascii", "backslashreplace")
    with suppress(OSError):  # the result counts, and it is written
        while data:
            data = data[os.write(PICTURE, data) :]
