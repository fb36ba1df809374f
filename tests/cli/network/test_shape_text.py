"""What is printed where: a terminal of any width, with colours or without, and pipes, which have neither."""

from __future__ import annotations

import os
import re
import struct
import subprocess
import sys
from pathlib import Path

import pytest

from cnnkit.cli.network.shape_text import ShapeSettings, json_facts, table_text, terminal_width
from cnnkit.errors import ArgumentError
from cnnkit.network.shape import shape
from cnnkit.network.volume import Vector, Volume

ROOT = Path(__file__).resolve().parents[3]
ESCAPE = re.compile(r"\x1b\[[0-9;]*m")


def on_a_terminal(columns: int, *words: str, **changes: str) -> str:
    """What a terminal of `columns` columns receives."""
    pty = pytest.importorskip("pty")
    fcntl, termios = pytest.importorskip("fcntl"), pytest.importorskip("termios")
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
    environment = {name: value for name, value in os.environ.items() if name not in ("NO_COLOR", "COLUMNS", "LINES")}
    done = subprocess.Popen(
        [sys.executable, "-m", "cnnkit", "shape", *words],
        cwd=ROOT,
        env={**environment, "TERM": "xterm", **changes},
        stdin=subprocess.DEVNULL,
        stdout=theirs,
        stderr=theirs,
    )
    os.close(theirs)
    sent = b""
    while True:
        try:
            part = os.read(ours, 65536)
        except OSError:  # what a closed terminal answers
            break
        if not part:
            break
        sent += part
    os.close(ours)
    assert done.wait() == 0
    return sent.decode().replace("\r\n", "\n")


@pytest.mark.parametrize("columns", [200, 100, 80, 60, 40])
@pytest.mark.parametrize("option", ["--quiet=", "--explain", "--want=7"])
def test_nothing_is_wider_than_the_terminal(columns: int, option: str) -> None:
    words = [] if option == "--quiet=" else [option]
    shown = ESCAPE.sub("", on_a_terminal(columns, "13x28x3", "conv3-32", "bn", "maxpool3:s2:p1", *words))
    assert max(map(len, shown.splitlines())) <= columns


def test_a_wide_terminal_has_the_table_of_a_pipe() -> None:
    words = ("13x28x3", "conv3-32", "maxpool3:s2:p1")
    shown = on_a_terminal(120, *words, NO_COLOR="1")
    assert shown.split("\n\n")[0] == str(shape(*words)).split("\n\n")[0]


def test_colours_are_for_terminals_alone() -> None:
    words = ("13x28x3", "conv3-32", "maxpool2", "--explain")
    shown = on_a_terminal(100, *words)
    assert shown.startswith("\x1b[1mlayer")
    assert "\x1b[33mmaxpool2:" in shown
    for change in ({"NO_COLOR": "1"}, {"TERM": "dumb"}):
        assert "\x1b" not in on_a_terminal(100, *words, **change)
    command = [sys.executable, "-m", "cnnkit", "shape", *words]
    piped = subprocess.run(command, cwd=ROOT, capture_output=True, check=True, env={**os.environ, "TERM": "xterm"})
    assert b"\x1b" not in piped.stdout
    assert ESCAPE.sub("", shown).split("\n\n")[0] == piped.stdout.decode().split("\n\n")[0]


@pytest.mark.parametrize("option", [[], ["--explain"], ["--want", "14"], ["--code", "keras"]])
def test_a_pipe_is_plain(option: list[str]) -> None:
    command = [sys.executable, "-m", "cnnkit", "shape", "28x28", "conv3-8", *option]
    piped = subprocess.run(command, cwd=ROOT, capture_output=True, check=True, env={**os.environ, "COLUMNS": "40"})
    text = piped.stdout.decode()
    assert text.isascii()
    assert "\x1b" not in text
    assert all(line == line.rstrip() for line in text.splitlines())
    wider = subprocess.run(command, cwd=ROOT, capture_output=True, check=True, env={**os.environ, "COLUMNS": "300"})
    assert wider.stdout == piped.stdout


def test_in_a_test_there_is_no_terminal() -> None:
    assert terminal_width() is None
    assert table_text(shape("28x28 relu")) == str(shape("28x28 relu"))


def test_the_arithmetic_comes_before_the_conventions() -> None:
    text = table_text(shape("28x28 fc10".replace("fc", "flatten fc")), explain=True)
    assert text.index("values * units") < text.index("1 MAC = one multiply")


def test_options_are_read() -> None:
    assert ShapeSettings(want="7x9", expect="7x9x3").read_sizes() == ((7, 9), Volume(7, 9, 3))
    assert ShapeSettings(expect="10").read_sizes() == (None, Vector(10))


def test_options_that_do_not_go_together() -> None:
    ShapeSettings(want="7", code="torch", as_json=True).check(has_stack=True)
    ShapeSettings(want="7", expect="7x7x3").check(has_stack=True)
    ShapeSettings(explain=True).check(has_stack=False)
    with pytest.raises(ArgumentError, match="--code and --show-stack print different things"):
        ShapeSettings(code="torch", show_stack=True).check(has_stack=True)
    with pytest.raises(ArgumentError, match="--expect has no stack to check"):
        ShapeSettings(expect="7").check(has_stack=False)


def test_shapes_in_json_are_rows_columns_depth_in_any_layout() -> None:
    for layout in ("", "nhwc", "nchw"):
        facts = json_facts(shape("28x27 conv3-8", layout=layout))
        assert tuple(facts["layers"][0]["output"]) == (28, 27, 8)
