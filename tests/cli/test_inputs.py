"""Standard input to the letter: what shows the worked example, what is read, and what is an error."""

from __future__ import annotations

import io
import os
import pty
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from cnnkit.cli.inputs import SILENCE, Source, find_sources
from cnnkit.errors import ArgumentError

Run = Callable[..., Any]
POOL = ("pool", "--size", "2", "--stride", "2")
EXAMPLE = "A worked example"


def shape(content: bytes) -> tuple[int, ...]:
    return np.asarray(Image.open(io.BytesIO(content))).shape


@pytest.mark.parametrize("words", [POOL, ("convolve", "--kernel", "edge"), ("convolve",)], ids=" ".join)
def test_dev_null_shows_the_example(run: Run, words: tuple[str, ...]) -> None:
    ran = run(*words)
    assert (ran.code, ran.err) == (0, "")
    assert ran.text.startswith(EXAMPLE)


def test_a_closed_stdin_shows_the_example(run: Run) -> None:
    for words in (POOL, ("convolve", "-k", "edge")):
        ran = run(*words, shell="{} <&-")
        assert (ran.code, ran.err) == (0, "")
        assert ran.text.startswith(EXAMPLE)


def test_a_terminal_shows_the_example(run: Run) -> None:
    ours, theirs = pty.openpty()
    try:
        for words in (POOL, ("convolve", "-k", "edge")):
            ran = run(*words, stdin=theirs)
            assert (ran.code, ran.err) == (0, "")
            assert ran.text.startswith(EXAMPLE)
    finally:
        os.close(ours)
        os.close(theirs)


def test_a_file_with_bytes_is_the_input(run: Run, folder: Path) -> None:
    assert shape(run(*POOL, stdin=folder / "grey.png").out) == (10, 15)


def test_an_empty_file_is_an_error(run: Run, refused: Run, tmp_path: Path) -> None:
    (tmp_path / "empty").touch()
    refused(run(*POOL, stdin=tmp_path / "empty"), 1, "empty")


def test_a_file_read_to_its_end_already_is_an_error(run: Run, refused: Run, folder: Path) -> None:
    with (folder / "grey.png").open("rb") as stream:
        stream.seek(0, 2)
        refused(run(*POOL, stdin=stream.fileno()), 1, "empty")


def test_a_pipe_with_bytes_is_the_input(run: Run, folder: Path) -> None:
    content = (folder / "grey.png").read_bytes()
    assert shape(run(*POOL, stdin=content).out) == (10, 15)
    assert shape(run(*POOL, "-", stdin=content).out) == (10, 15)


def test_a_pipe_that_is_slow_is_waited_for(run: Run, folder: Path) -> None:
    ran = run(*POOL, shell="(sleep 1; cat grey.png) | {}", cwd=folder)
    assert shape(ran.out) == (10, 15)


def test_a_pipe_that_closes_empty_is_an_error(run: Run, refused: Run) -> None:
    refused(run(*POOL, stdin=b""), 1, "closed without a byte")
    refused(run("convolve", "-k", "edge", stdin=b""), 1, "closed without a byte")


def test_a_silent_pipe_is_an_error_after_five_seconds(
    command_line: Run, surroundings: Run, refused: Run, folder: Path
) -> None:
    reading, writing = os.pipe()
    began = time.monotonic()
    words = [command_line(*POOL), command_line("convolve", "-k", "edge")]
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
            assert " - " in hint
            assert "/dev/null" in hint
    finally:
        for process in processes:
            process.kill()
            process.wait()
        os.close(reading)
        os.close(writing)


def test_a_named_dash_waits_longer(run: Run, folder: Path) -> None:
    ran = run(*POOL, "-", shell=f"(sleep {SILENCE + 0.6}; cat grey.png) | {{}}", cwd=folder)
    assert shape(ran.out) == (10, 15)


def test_a_dash_without_bytes_is_an_error(run: Run, refused: Run) -> None:
    refused(run(*POOL, "-"), 1, "no bytes")
    refused(run(*POOL, "-", stdin=b""), 1, "no bytes")
    refused(run(*POOL, "-", shell="{} <&-"), 1, "no bytes")


def test_a_dash_twice_is_an_error(run: Run, refused: Run) -> None:
    refused(run(*POOL, "-", "-", stdin=b"x"), 2, "twice")


def test_a_named_file_leaves_a_silent_pipe_alone(run: Run, folder: Path) -> None:
    reading, writing = os.pipe()
    try:
        began = time.monotonic()
        assert run(*POOL, "grey.png", stdin=reading, cwd=folder).code == 0
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
