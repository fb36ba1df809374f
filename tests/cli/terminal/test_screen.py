"""The terminal is as it was before, whatever ends the play: looked at from the other side of a pseudo-terminal."""

from __future__ import annotations

import os
import select
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import command, environment

if os.name == "nt":
    pytest.skip("there are no pseudo-terminals", allow_module_level=True)

import fcntl
import struct
import termios

GRID = ("5 3 1 0; 2 6 4 1; 0 8 7 2", "-k", "1 0 0; 0 1 0; 0 0 1")
PLAY = command("convolve", *GRID, "--play")
ENTER, LEAVE = "\x1b[?1049h", "\x1b[?1049l"
PAUSED, OVER = "space go on", "space again"
LONG = 60


class Terminal:
    """A terminal of 80x24 with a command in it."""

    def __init__(self, words: Sequence[str], cwd: Path, **changes: str) -> None:
        self.ours, self.theirs = os.openpty()
        self.resize(24, 80)
        self.before = termios.tcgetattr(self.theirs)
        names = environment(**{"TERM": "xterm-256color", "COLUMNS": "", "LINES": "", "NO_COLOR": "", **changes})
        streams: dict[str, Any] = dict.fromkeys(("stdin", "stdout", "stderr"), self.theirs)
        self.process = subprocess.Popen(
            words,
            cwd=cwd,
            env={name: value for name, value in names.items() if value},
            start_new_session=True,
            preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),  # noqa: PLW1509
            **streams,
        )
        self.text = ""

    def resize(self, lines: int, columns: int) -> None:
        fcntl.ioctl(self.theirs, termios.TIOCSWINSZ, struct.pack("HHHH", lines, columns, 0, 0))

    def until(self, *words: str) -> str:
        """What is shown from now on, until all of the words are."""
        shown, ends = "", time.monotonic() + LONG
        while not all(word in shown for word in words):
            assert time.monotonic() < ends, (words, shown)
            if select.select([self.ours], [], [], 0.2)[0]:
                shown += os.read(self.ours, 1 << 16).decode()
        self.text += shown
        return shown

    def press(self, keys: str, *words: str) -> str:
        os.write(self.ours, keys.encode())
        return self.until(*words)

    def ended(self) -> int:
        """The exit code; the terminal must have its modes, its cursor and its own screen again."""
        code = self.process.wait(LONG)
        while select.select([self.ours], [], [], 0.1)[0]:
            self.text += os.read(self.ours, 1 << 16).decode()
        assert termios.tcgetattr(self.theirs) == self.before
        assert self.text.rfind(LEAVE) > self.text.rfind(ENTER) >= 0
        for hidden, back in (("\x1b[?25l", "\x1b[?25h"), ("\x1b[?7l", "\x1b[?7h")):
            assert self.text.rfind(back) > self.text.rfind(hidden) >= 0
        return code


@pytest.fixture
def terminal(tmp_path: Path) -> Iterator[Callable[..., Terminal]]:
    made: list[Terminal] = []

    def start(words: Sequence[str] = PLAY, **changes: str) -> Terminal:
        made.append(Terminal(words, tmp_path, **changes))
        return made[-1]

    yield start
    for one in made:
        if one.process.poll() is None:
            one.process.kill()
            one.process.wait()
        os.close(one.ours)
        os.close(one.theirs)


def step(number: int) -> str:
    return f"{number} of 12: "


def test_keys_move_the_window_and_q_leaves(terminal: Callable[..., Terminal]) -> None:
    shown = terminal()
    shown.until(ENTER, step(1), "space pause")
    assert "9 products: " in shown.text
    shown.press(" ", PAUSED)
    shown.press("\x1b[H", step(1))
    shown.press("\x1b[C", step(2))
    shown.press("\x1bOB", step(6), " = 18")
    assert "\x1b[30;43m 18 " in shown.text
    shown.press("\x1b[D", step(5))
    shown.press("\x1b[A", step(1))
    shown.press("\x1b[F", step(12), OVER)
    shown.press(" ", step(1), "space pause")
    shown.press("q", LEAVE)
    assert shown.ended() == 0


def test_it_goes_on_by_itself_and_stops_at_the_end(terminal: Callable[..., Terminal]) -> None:
    shown = terminal(command("pool", "5 3 1 0; 2 6 4 1", "--size", "2", "--play"))
    shown.until("1 of 2: ")
    shown.until("2 of 2: ", OVER)
    shown.press("\x1b", LEAVE)
    assert shown.ended() == 0


@pytest.mark.parametrize(("number", "code"), [("SIGINT", 130), ("SIGTERM", 143), ("SIGHUP", 129)])
def test_a_signal_ends_it(terminal: Callable[..., Terminal], number: str, code: int) -> None:
    shown = terminal()
    shown.until(step(1))
    shown.process.send_signal(getattr(signal, number))
    assert shown.ended() == code


def test_control_c_is_a_signal_too(terminal: Callable[..., Terminal]) -> None:
    shown = terminal()
    shown.until(step(1))
    os.write(shown.ours, b"\x03")
    assert shown.ended() == 130


def test_an_error_ends_it(terminal: Callable[..., Terminal]) -> None:
    code = (
        "from cnnkit.cli.terminal.screen import shown\n"
        "with shown() as screen:\n    screen.draw(['a line'])\n    raise ValueError('in the middle')"
    )
    shown = terminal([sys.executable, "-c", code])
    shown.until("a line", "in the middle")
    assert shown.ended() == 1


def test_the_result_is_there_before_it_is_played(terminal: Callable[..., Terminal], tmp_path: Path) -> None:
    shown = terminal([*PLAY, "-o", "out.csv"])
    shown.until(step(1))
    assert (tmp_path / "out.csv").read_text() == "11,7,2,0\n10,18,9,2\n0,10,13,6\n"
    shown.process.terminate()
    assert shown.ended() == 143


def test_stopped_by_a_shell_and_going_on(terminal: Callable[..., Terminal]) -> None:
    script = 'set -m; "$@"; echo stopped; stty -a; fg'
    shown = terminal(["sh", "-c", script, "sh", *PLAY])
    shown.until(step(1))
    between = shown.press("\x1a", "stopped", "lnext", ENTER, "of 12: ").partition("stopped")
    assert LEAVE in between[0]
    modes = between[2].partition(ENTER)[0].split()
    assert {"icanon", "echo"} <= {word.rstrip(";") for word in modes}
    shown.press("q", LEAVE)
    assert shown.ended() == 0


def test_another_size_is_drawn_anew(terminal: Callable[..., Terminal]) -> None:
    shown = terminal()
    shown.until(step(1))
    shown.press(" ", PAUSED)
    shown.resize(10, 40)
    shown.process.send_signal(signal.SIGWINCH)
    lines = shown.until("40x10", "space go on  arrows  q quit").rpartition("\x1b[H")[2].split("\n")
    assert len(lines) == 10
    shown.resize(24, 80)
    shown.process.send_signal(signal.SIGWINCH)
    shown.until(PAUSED)
    shown.press("q", LEAVE)
    assert shown.ended() == 0


def test_without_colours_the_window_is_inverse(terminal: Callable[..., Terminal]) -> None:
    shown = terminal(NO_COLOR="1")
    shown.until(step(1))
    shown.press("q", LEAVE)
    assert shown.ended() == 0
    assert "\x1b[7m 5 " in shown.text
    assert "\x1b[30;" not in shown.text


@pytest.mark.parametrize(("words", "problem"), [
    (["--json"], "--play and --json are both given"),
    (["-q"], "--play and --quiet are both given"),
    (["9 9; 9 9"], "--play shows one input, and 2 are named"),
    (["--at", "0,0", "--at", "1,1"], "--play moves around one --at, and 2 are given"),
    ([], "--play takes keys, and standard input is no terminal"),
])  # fmt: skip
def test_what_is_not_played(
    run: Callable[..., Any], refused: Callable[..., None], tmp_path: Path, words: list[str], problem: str
) -> None:
    refused(run("convolve", *GRID, "--play", *words, cwd=tmp_path), 2, problem, "--")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("more", [[], ["-o", "-"], ["-o", "out.png"]])
def test_an_image_from_a_pipe_leaves_no_keyboard(
    terminal: Callable[..., Terminal], tmp_path: Path, more: list[str]
) -> None:
    import numpy as np
    from PIL import Image

    Image.fromarray(np.eye(9, dtype=np.uint8)).save(tmp_path / "a.png")
    shown = terminal(["sh", "-c", 'cat a.png | "$@"', "sh", *command("pool", "--play", *more)])
    shown.until("--play takes keys from standard input, and the image comes from there", "hint: name the image")
    assert shown.process.wait(LONG) == 2
    assert not (tmp_path / "out.png").exists()
    shown = terminal(command("pool", "a.png", "--play", "-o", "out.png"))  # the cure
    shown.until("1 of 16: ")
    shown.press("q", LEAVE)
    assert shown.ended() == 0


def test_the_room_of_a_large_terminal_is_used(terminal: Callable[..., Terminal], tmp_path: Path) -> None:
    import numpy as np
    from PIL import Image

    Image.fromarray(np.arange(1600, dtype=np.uint16).reshape(40, 40)).save(tmp_path / "a.png")
    counts = []
    for lines, columns in ((24, 80), (50, 160)):
        words = command("convolve", "a.png", "-k", "edge", "-o", "b.png", "-f", "--play")
        script = f'stty rows {lines} cols {columns}; exec "$@"'
        shown = terminal(["sh", "-c", script, "sh", *words])
        counts.append(int(shown.until(ENTER, ": row", "q quit").partition("1 of ")[2].partition(":")[0]))
        shown.press("q", LEAVE)
        assert shown.ended() == 0
    assert counts[0] < counts[1]


def test_a_terminal_that_cannot_be_drawn_on(
    terminal: Callable[..., Terminal], run: Callable[..., Any], tmp_path: Path
) -> None:
    shown = terminal(TERM="dumb")
    shown.until("TERM is dumb", "hint: use --explain")
    assert shown.process.wait(LONG) == 2
    piped = run("convolve", *GRID, "--play", stdin=shown.theirs)
    assert (piped.code, piped.lines[0]) == (2, "error: --play draws on standard error, which is no terminal")
    for words in (["--explain"], ["--at", "1,1"], ["--animate", str(tmp_path / "run.gif")]):  # the cures
        assert run("convolve", *GRID, *words).code == 0
    empty = run("pool", "--play", "--stride", "1")
    assert (empty.code, empty.lines[0]) == (2, "error: --play has no image to move over")
