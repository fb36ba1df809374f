"""Standard input to the letter: what shows the worked example, what is read, and what is an error."""

from __future__ import annotations

import io
import os
import socket
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile
from PIL import Image

from cnnkit.cli.inputs import Source, find_sources
from cnnkit.errors import ArgumentError
from cnnkit.files.reading import SECONDS_OF_SILENCE

Run = Callable[..., Any]
POOL = ("pool", "--size", "2", "--stride", "2")
EXAMPLE = "A worked example"
COMMANDS = [POOL, ("convolve", "-k", "edge"), ("mfcc",)]
"""Every rule holds for every command that reads standard input."""

every_command = pytest.mark.parametrize("words", COMMANDS, ids=lambda words: words[0])


def shape(content: bytes) -> tuple[int, ...]:
    if content.startswith(b"\x93NUMPY"):
        return np.asarray(np.load(io.BytesIO(content))).shape
    return np.asarray(Image.open(io.BytesIO(content))).shape


@pytest.fixture
def given(folder: Path, words: tuple[str, ...]) -> Path:
    """A file that the command of a test takes."""
    if words[0] != "mfcc":
        return folder / "grey.png"
    soundfile.write(folder / "song.wav", np.arange(2000, dtype=np.int16), 22050)
    return folder / "song.wav"


RESULTS = {"pool": (10, 15), "convolve": (20, 31), "mfcc": (4, 13, 1)}
"""The shape of what a command makes of it."""


@pytest.mark.parametrize("words", [*COMMANDS, ("pool",), ("convolve",)], ids=" ".join)
def test_dev_null_shows_the_example(here: Run, words: tuple[str, ...]) -> None:
    ran = here(*words)
    assert (ran.code, ran.err) == (0, "")
    assert ran.text.startswith(EXAMPLE)


@every_command
def test_a_closed_stdin_shows_the_example(run: Run, words: tuple[str, ...]) -> None:
    ran = run(*words, shell="{} <&-")
    assert (ran.code, ran.err) == (0, "")
    assert ran.text.startswith(EXAMPLE)


@every_command
def test_a_terminal_shows_the_example(run: Run, words: tuple[str, ...]) -> None:
    """README: A command without input shows a worked example; it never waits for a terminal and never hangs on a silent
    pipe, named or not.
    """
    pty = pytest.importorskip("pty")
    ours, theirs = pty.openpty()
    try:
        ran = run(*words, stdin=theirs)
        assert (ran.code, ran.err) == (0, "")
        assert ran.text.startswith(EXAMPLE)
    finally:
        os.close(ours)
        os.close(theirs)


@every_command
def test_a_terminal_that_is_named_is_read_to_its_end(run: Run, refused: Run, words: tuple[str, ...]) -> None:
    pty = pytest.importorskip("pty")
    ours, theirs = pty.openpty()
    try:
        os.write(ours, b"\x04")  # the user ends the input without having typed anything
        refused(run(*words, "-", stdin=theirs), 1, "no bytes")
    finally:
        os.close(ours)
        os.close(theirs)


@every_command
def test_a_file_with_bytes_is_the_input(run: Run, given: Path, words: tuple[str, ...]) -> None:
    assert shape(run(*words, stdin=given).out) == RESULTS[words[0]]
    assert shape(run(*words, "-", stdin=given).out) == RESULTS[words[0]]


@every_command
def test_an_empty_file_is_an_error(run: Run, refused: Run, tmp_path: Path, words: tuple[str, ...]) -> None:
    (tmp_path / "empty").touch()
    refused(run(*words, stdin=tmp_path / "empty"), 1, "empty")


def test_a_file_read_to_its_end_already_is_an_error(run: Run, refused: Run, folder: Path) -> None:
    with (folder / "grey.png").open("rb") as stream:
        stream.seek(0, 2)
        refused(run(*POOL, stdin=stream.fileno()), 1, "empty")


@every_command
def test_a_pipe_with_bytes_is_the_input(run: Run, given: Path, words: tuple[str, ...]) -> None:
    content = given.read_bytes()
    assert shape(run(*words, stdin=content).out) == RESULTS[words[0]]
    assert shape(run(*words, "-", stdin=content).out) == RESULTS[words[0]]


@every_command
def test_a_socket_is_a_pipe(run: Run, refused: Run, given: Path, words: tuple[str, ...]) -> None:
    """Services and build machines connect programs by sockets."""
    for content in (given.read_bytes(), b""):
        ours, theirs = socket.socketpair()
        with theirs:
            ours.sendall(content)
            ours.close()
            ran = run(*words, stdin=theirs.fileno())
        if content:
            assert shape(ran.out) == RESULTS[words[0]]
        else:
            refused(ran, 1, "closed without a byte")


def test_a_pipe_that_is_slow_is_waited_for(run: Run, folder: Path) -> None:
    ran = run(*POOL, shell="(sleep 1; cat grey.png) | {}", cwd=folder)
    assert shape(ran.out) == (10, 15)


@every_command
def test_a_pipe_that_closes_empty_is_an_error(run: Run, refused: Run, words: tuple[str, ...]) -> None:
    refused(run(*words, stdin=b""), 1, "closed without a byte")


def test_a_silent_pipe_is_an_error_after_five_seconds(
    command_line: Run, surroundings: Run, refused: Run, folder: Path
) -> None:
    """README: A command without input shows a worked example; it never waits for a terminal and never hangs on a silent
    pipe, named or not.
    """
    reading, writing = os.pipe()
    began = time.monotonic()
    words = [command_line(*one) for one in COMMANDS]
    processes = [
        subprocess.Popen(one, stdin=reading, stdout=-1, stderr=-1, env=surroundings(), cwd=folder) for one in words
    ]
    try:
        for process in processes:
            out, err = process.communicate(timeout=30)
            assert 4.5 < time.monotonic() - began < 20
            assert process.returncode == 2
            assert out == b""
            problem, hint = err.decode().splitlines()
            assert "5 s" in problem
            assert hint.startswith("hint: ")
            assert " - " in hint
            assert "/dev/null" in hint
    finally:
        for process in processes:
            process.kill()
            process.wait()
        os.close(reading)
        os.close(writing)


def test_a_named_dash_waits_longer(run: Run, folder: Path) -> None:
    ran = run(*POOL, "-", shell=f"(sleep {SECONDS_OF_SILENCE + 0.6}; cat grey.png) | {{}}", cwd=folder)
    assert shape(ran.out) == (10, 15)


@every_command
def test_a_dash_without_bytes_is_an_error(run: Run, refused: Run, words: tuple[str, ...]) -> None:
    refused(run(*words, "-"), 1, "no bytes")
    refused(run(*words, "-", stdin=b""), 1, "no bytes")
    refused(run(*words, "-", shell="{} <&-"), 1, "no bytes")


@every_command
def test_a_dash_twice_is_an_error(run: Run, refused: Run, words: tuple[str, ...]) -> None:
    refused(run(*words, "-", "-", stdin=b"x"), 2, "twice")


@every_command
def test_a_named_file_leaves_a_silent_pipe_alone(run: Run, given: Path, words: tuple[str, ...]) -> None:
    reading, writing = os.pipe()
    try:
        began = time.monotonic()
        assert run(*words, given.name, stdin=reading, cwd=given.parent).code == 0
        assert time.monotonic() - began < 4.5
    finally:
        os.close(reading)
        os.close(writing)


def test_stdin_into_a_folder_is_named_stdin(run: Run, folder: Path) -> None:
    ran = run(*POOL, "--out-dir", "out", stdin=folder / "grey.png", cwd=folder)
    assert ran.out == b""
    assert shape((folder / "out" / "stdin.maxpool2.png").read_bytes()) == (10, 15)


def test_stdin_and_files_together(run: Run, refused: Run, folder: Path) -> None:
    content = (folder / "grey.png").read_bytes()
    assert run(*POOL, "-", "image.png", "--out-dir", "out", stdin=content, cwd=folder).code == 0
    assert sorted(p.name for p in (folder / "out").iterdir()) == ["image.maxpool2.png", "stdin.maxpool2.png"]
    refused(run(*POOL, "-", "image.png", stdin=content, cwd=folder), 2, "--out-dir")


@pytest.mark.parametrize("content", [b"hello\n", b"\x89PNG\r\n\x1a\n", b"\x89PNG\r\n\x1a\n" + bytes(17)])
def test_a_pipe_of_something_else_is_an_error(run: Run, refused: Run, content: bytes) -> None:
    refused(run(*POOL, stdin=content), 1, "standard input")


def test_a_named_pipe_is_an_input(run: Run, folder: Path) -> None:
    os.mkfifo(folder / "fifo.png")
    ran = run(*POOL, "fifo.png", "-o", "out.png", shell="cat grey.png > fifo.png & {}", cwd=folder)
    assert ran.code == 0
    assert shape((folder / "out.png").read_bytes()) == (10, 15)


def test_sources_in_the_order_given() -> None:
    sources = find_sources(["b.png", "-", "a.png"])
    assert [str(source) for source in sources] == ["b.png", "standard input", "a.png"]
    assert [source.is_stdin for source in sources] == [False, True, False]
    assert Source("a.png").path == Path("a.png")
    with pytest.raises(ArgumentError, match="twice"):
        find_sources(["-", "a", "-"])
