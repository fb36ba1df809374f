"""The commands together: help, version, words that are no command, and readers that go away."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

import cnnkit

Run = Callable[..., Any]
COMMANDS = ("convolve", "pool", "mfcc", "shape", "kernels", "weights", "compile")


def test_the_version(run: Run) -> None:
    ran = run("--version")
    assert (ran.code, ran.text, ran.err) == (0, f"cnnkit {cnnkit.__version__}\n", "")


@pytest.mark.parametrize("word", ["-h", "--help"])
def test_help_lists_every_command(run: Run, word: str) -> None:
    ran = run(word)
    assert (ran.code, ran.err) == (0, "")
    for command in COMMANDS:
        assert f"\n  {command}" in ran.text
    assert "\x1b" not in ran.text


def test_a_bare_cnnkit_greets_whatever_its_streams_are(run: Run) -> None:
    greeting = run("--help").text
    assert len(greeting.splitlines()) < 33
    for ran in (run(), run(stdin=b"image"), run(shell="{} <&-")):
        assert (ran.code, ran.err, ran.text) == (0, "", greeting)


@pytest.mark.parametrize("command", COMMANDS)
def test_help_of_a_command_has_an_example(here: Run, command: str) -> None:
    short, long = here(command, "-h"), here(command, "--help")
    assert short == long
    assert (long.code, long.err) == (0, "")
    assert long.text.startswith(f"Usage: cnnkit {command} ")
    assert "Example" in long.text
    assert f"cnnkit {command}" in long.text.split("Example")[1]
    assert "--json" in long.text


@pytest.mark.parametrize("command", ["convolve", "pool"])
def test_flags_every_command_with_files_has(run: Run, command: str) -> None:
    text = run(command, "--help").text
    for flag in (
        "-o, --output FILE",
        "--out-dir DIR",
        "--json",
        "-f, --force",
        "-q, --quiet",
        "-n, --dry-run",
        "--threads N",
    ):
        assert flag in text, flag


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("convlove",), "hint: write cnnkit convolve --kernel edge\n"),
        (("pol", "image.png"), "hint: write cnnkit pool image.png\n"),
        (("--",), "hint: see cnnkit --help"),
        (("zzz",), "zzz"),
        (("--zzz",), "--zzz"),
        (("pool", "--sise", "2"), "--size"),
        (("convolve", "--kernl", "edge"), "--kernel"),
        (("convolve", "-z"), "-z"),
        (("pool", "--size"), "--size"),
        (("pool", "--threads", "two"), "--threads"),
        (("pool", "--json=yes"), "--json"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else None,
)
def test_what_is_no_command_or_option(here: Run, refused: Run, words: tuple[str, ...], said: str) -> None:
    refused(here(*words), 2, said)


def test_wrong_settings_are_told_before_waiting_for_input(command_line: Run, surroundings: Run) -> None:
    reading, writing = os.pipe()
    try:
        began = time.monotonic()
        done = subprocess.run(
            command_line("pool", "--size", "0"), stdin=reading, capture_output=True, env=surroundings(), check=False
        )
        assert done.returncode == 2
        assert time.monotonic() - began < 4
    finally:
        os.close(reading)
        os.close(writing)


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("pool image.png", 0),
        ("pool none.png image.png", 1),
        ("shape 8x8 conv3-4 --expect 9x9x4", 1),
        ("pool image.png --size 0", 2),
    ],
)
def test_the_exit_codes(run: Run, folder: Path, line: str, code: int) -> None:
    """README: Exit codes: 0 done; 1 an input failed, or an expectation was not met; 2 wrong usage; 130 interrupted; 141
    the reader of a pipe went away.
    """
    assert run(*line.split(), cwd=folder).code == code


def test_a_reader_that_goes_away_is_no_error(run: Run, folder: Path) -> None:
    for words in (("kernels",), ("kernels", "--json"), ("convolve", "image.png", "-k", "edge", "-o", "-")):
        ran = run(*words, "-q" if words[0] == "convolve" else "edge", cwd=folder, shell="{} | true")
        assert ran.err == ""
    ran = run("kernels", shell="({}; echo $? >&2) | head -n 1")
    assert ran.lines in (["141"], ["0"])


def test_an_interrupt_while_waiting_is_130(command_line: Run, surroundings: Run) -> None:
    """README: Exit codes: 0 done; 1 an input failed, or an expectation was not met; 2 wrong usage; 130 interrupted; 141
    the reader of a pipe went away.
    """
    reading, writing = os.pipe()
    process = subprocess.Popen(
        command_line("pool"), stdin=reading, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=surroundings()
    )
    try:
        time.sleep(1.5)
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=20)
    finally:
        process.kill()
        process.wait()
        os.close(reading)
        os.close(writing)
    assert (process.returncode, out, err) == (130, b"", b"")


@pytest.fixture
def signals_kept() -> Iterator[None]:
    """The door takes over a signal, which is pytest's in here."""
    before = signal.getsignal(signal.SIGTERM)
    yield
    signal.signal(signal.SIGTERM, before)


@pytest.mark.usefixtures("signals_kept")
def test_the_door_returns_the_exit_code(capsys: pytest.CaptureFixture[str]) -> None:
    from cnnkit.cli.app import run as door

    assert door(["kernels", "edge"]) == 0
    assert door(["kernels", "no-such-kernel"]) == 2
    assert door([]) == 0
    assert capsys.readouterr().err.count("error: ") == 1


@pytest.mark.usefixtures("signals_kept")
def test_running_out_of_memory_is_two_lines(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from cnnkit.cli import app

    def exhausted(*arguments: object, **settings: object) -> int:
        raise MemoryError

    monkeypatch.setattr(app, "application", lambda arguments: exhausted)
    assert app.run(["pool"]) == 1
    problem, hint = capsys.readouterr().err.splitlines()
    assert "memory" in problem
    assert hint.startswith("hint: ")
