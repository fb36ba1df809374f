"""Faults of the world around a command: readers that go away, full disks, closed streams, signals, silent pipes.

Real processes, with Python's buffers and without them (PYTHONUNBUFFERED).
"""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

Run = Callable[..., Any]
EXAMPLES = Path(__file__).parents[2] / "examples"
COMMANDS = [
    ("--help",),
    ("--version",),
    ("kernels", "--json"),
    ("pool", "--size", "2"),
    ("shape", "8x8x3", "conv3-8", "--json"),
    ("mfcc", "--dialect", "psf", "--show-recipe"),
    ("mfcc", "song.wav", "song.wav", "--print-shape", "-q"),
    ("convolve", "image.png", "-k", "edge", "-o", "-", "-q"),
    ("mfcc", "song.wav", "-o", "-", "-q"),
]
"""One for each way in which something comes to standard output."""

BUFFERING = [{}, {"PYTHONUNBUFFERED": "1"}]


@pytest.fixture
def examples(tmp_path: Path) -> Path:
    for name in ("image.png", "song.wav"):
        shutil.copy(EXAMPLES / name, tmp_path)
    return tmp_path


@pytest.fixture
def start(command_line: Run, surroundings: Run, examples: Path) -> Callable[..., subprocess.Popen[bytes]]:
    """Begin a command whose streams are the test's."""

    def started(*words: object, changes: dict[str, str] | None = None, **streams: Any) -> subprocess.Popen[bytes]:
        streams = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE, **streams}
        return subprocess.Popen(command_line(*words), cwd=examples, env=surroundings(**changes or {}), **streams)

    return started


@pytest.mark.parametrize("changes", BUFFERING, ids=["buffered", "unbuffered"])
@pytest.mark.parametrize("words", COMMANDS, ids=" ".join)
def test_a_reader_that_went_away_is_141_and_a_full_disk_an_error(
    start: Run, words: tuple[str, ...], changes: dict[str, str]
) -> None:
    """README: Exit codes: 0 done; 1 an input failed, or an expectation was not met; 2 wrong usage; 130 interrupted; 141
    the reader of a pipe went away.
    """
    reading, writing = os.pipe()
    os.close(reading)
    gone = start(*words, stdout=writing, changes=changes)
    os.close(writing)
    with open("/dev/full", "wb") as full:
        refused = start(*words, stdout=full, changes=changes)
    assert gone.communicate()[1] == b""
    assert gone.returncode == 141
    problem, hint = refused.communicate()[1].decode().splitlines()
    assert problem == "error: standard output cannot be written: No space left on device"
    assert hint.startswith("hint: ")
    assert refused.returncode == 1


@pytest.mark.parametrize("name", ["full", "broken"])
def test_messages_that_are_lost_are_no_failure(start: Run, examples: Path, name: str) -> None:
    """README: stdout carries data alone, and all of it or an error; messages go to stderr, and one that cannot be
    written is no failure.
    """
    if name == "full":
        lost = os.open("/dev/full", os.O_WRONLY)
    else:
        reading, lost = os.pipe()
        os.close(reading)
    commands = [
        ("pool", "image.png", "-o", "out.npy"),
        ("kernels", "edge"),
        ("pool", "missing.png"),
        ("pool", "--size", "0"),
    ]
    processes = [start(*words, stderr=lost) for words in commands]
    printed = [process.communicate()[0] for process in processes]
    os.close(lost)
    assert [process.returncode for process in processes] == [0, 0, 1, 2]
    assert [bool(text) for text in printed] == [False, True, False, False]
    assert np.load(examples / "out.npy").shape == (160, 240, 3)


@pytest.mark.parametrize("changes", BUFFERING, ids=["buffered", "unbuffered"])
@pytest.mark.parametrize("how", ["does not wait", "stopped"])
@pytest.mark.parametrize(
    "words", [("kernels", "--json"), ("convolve", "image.png", "-k", "box", "-o", "-", "-q")], ids=" ".join
)
def test_every_byte_arrives_however_few_are_taken_at_a_time(
    start: Run, words: tuple[str, ...], how: str, changes: dict[str, str]
) -> None:
    """README: stdout carries data alone, and all of it or an error; messages go to stderr, and one that cannot be
    written is no failure.
    """
    whole = start(*words).communicate()[0]
    reading, writing = os.pipe()
    os.set_blocking(writing, how == "stopped")
    if hasattr(fcntl, "F_SETPIPE_SZ"):
        fcntl.fcntl(writing, fcntl.F_SETPIPE_SZ, 4096)
    process = start(*words, stdout=writing, changes=changes)
    os.close(writing)
    found = b""
    with open(reading, "rb", buffering=0) as stream:
        while part := stream.read(max(3000, len(whole) // 20)):
            found += part
            if how == "stopped" and process.poll() is None:
                process.send_signal(signal.SIGSTOP)
                process.send_signal(signal.SIGCONT)
    assert process.communicate() == (None, b"")
    assert process.returncode == 0
    assert found == whole


def test_standard_input_that_does_not_wait_is_read_to_its_end(start: Run, examples: Path) -> None:
    reading, writing = os.pipe()
    os.set_blocking(reading, False)
    process = start("pool", "-", "-o", "out.npy", stdin=reading)
    os.close(reading)
    content = (examples / "image.png").read_bytes()
    with open(writing, "wb", buffering=0) as stream:
        for begin in range(0, len(content), 50_000):
            stream.write(content[begin : begin + 50_000])
            time.sleep(0.1)
    assert process.communicate() == (b"", b"wrote out.npy  160x240x3 uint8\n")


@pytest.mark.parametrize("closed", ["0<&-", "1>&-", "2>&-", "0<&- 1>&-", "0<&- 2>&-", "1>&- 2>&-", "0<&- 1>&- 2>&-"])
def test_closed_streams(run: Run, examples: Path, closed: str) -> None:
    assert run("pool", "image.png", "-o", "out.npy", cwd=examples, shell=f"{{}} {closed}").code == 0
    assert np.load(examples / "out.npy").shape == (160, 240, 3)
    printed = run("kernels", "edge", shell=f"{{}} {closed}")
    assert printed.code == ("1>" in closed)
    assert ("cannot be written" in printed.err) == ("1>" in closed and "2>" not in closed)


FAULTY = [(Path("/proc/self/mem"), "Input/output error")] if Path("/proc/self/mem").exists() else []


@pytest.mark.parametrize(("faulty", "reason"), FAULTY)
@pytest.mark.parametrize(
    "words",
    [
        ("pool", "--out-dir", "o"),
        ("convolve", "-k", "edge", "--out-dir", "o"),
        ("mfcc", "--out-dir", "o"),
        ("mfcc", "--print-shape"),
    ],
)
def test_an_input_that_cannot_be_read_is_named_and_the_others_go_on(
    run: Run, examples: Path, words: tuple[str, ...], faulty: Path, reason: str
) -> None:
    """README: A fault of one input, of whatever kind, ends that input alone and is said under its name."""
    first = "song.wav" if words[0] == "mfcc" else "image.png"
    shutil.copy(examples / first, examples / f"last-{first}")
    ran = run(*words, first, faulty, f"last-{first}", "--json", cwd=examples)
    assert ran.code == 1
    told = json.loads(ran.out)
    assert [one["input"] for one in told["results"]] == [first, f"last-{first}"]
    assert [(one["input"], one["problem"]) for one in told["errors"]] == [
        (str(faulty), f"this file cannot be read: {reason}")
    ]
    assert ran.lines[0] == f"error: {faulty}: this file cannot be read: {reason}"


@pytest.mark.parametrize(("faulty", "reason"), FAULTY)
@pytest.mark.parametrize("words", [("kernels", "@{}"), ("shape", "{}", "conv3-8"), ("shape", "@{}")])
def test_files_beside_the_inputs_are_named_too(
    run: Run, refused: Run, words: tuple[str, ...], faulty: Path, reason: str
) -> None:
    ran = run(*(word.format(faulty) for word in words))
    refused(ran, 2 if words[0] == "kernels" else 1, f"{faulty}: this file cannot be read: {reason}")


def test_a_disk_that_is_full_for_one_result_ends_that_one(run: Run, examples: Path) -> None:
    np.save(examples / "small.npy", np.zeros((8, 8)))
    ran = run("pool", "image.png", "small.npy", "--format", "npy", cwd=examples, shell="ulimit -f 16; {}")
    assert ran.code == 1
    assert ran.lines[0] == "error: image.png: image.maxpool2.npy cannot be written: File too large"
    assert ran.lines[-1] == "1 of 2 inputs failed"
    assert sorted(path.name for path in examples.glob("*pool*")) == ["small.maxpool2.npy"]
    assert list(examples.glob(".*")) == []


@pytest.mark.parametrize("name", ["SIGTERM", "SIGINT", "SIGHUP"])
def test_a_signal_is_heard_while_a_loop_is_compiled(start: Run, examples: Path, name: str) -> None:
    """README: Killed or interrupted at any moment, a command leaves whole files."""
    number = getattr(signal, name)
    cache = examples / "cache"
    process = start("convolve", "image.png", "-k", "edge", changes={"CNNKIT_CACHE_DIR": str(cache)})
    assert b"compiling" in process.stderr.readline()
    process.send_signal(number)
    assert process.communicate() == (b"", b"")
    assert process.returncode == 128 + number
    assert list(cache.iterdir()) == []  # it did not wait for the end
    assert sorted(path.name for path in examples.iterdir()) == ["cache", "image.png", "song.wav"]


def test_killed_at_any_moment_no_result_is_half_written(start: Run, examples: Path) -> None:
    """README: Killed or interrupted at any moment, a command leaves whole files."""
    words = ("mfcc", "song.wav", "--features", "spectrogram", "--out-dir", "out")
    began = time.monotonic()
    assert start(*words).communicate()[0] == b""
    seconds = time.monotonic() - began
    whole = (examples / "out" / "song.spectrogram.npy").read_bytes()
    for share in (0.6, 0.8, 0.9, 1.0):
        shutil.rmtree(examples / "out")
        process = start(*words)
        time.sleep(share * seconds)
        process.kill()
        process.communicate()
        left = list((examples / "out").iterdir()) if (examples / "out").exists() else []
        assert all(path.read_bytes() == whole or path.name.startswith(".cnnkit-") for path in left)
        start(*words).communicate()
        assert (examples / "out" / "song.spectrogram.npy").read_bytes() == whole


def test_a_pipe_that_nobody_writes_into_is_no_wait_without_end(run: Run, refused: Run, examples: Path) -> None:
    """README: A command without input shows a worked example; it never waits for a terminal and never hangs on a silent
    pipe, named or not.
    """
    os.mkfifo(examples / "pipe.png")
    refused(run("pool", "pipe.png", cwd=examples), 1, "pipe.png: for 5 s no program wrote into this pipe")


def test_a_result_into_a_pipe_whose_reader_goes_away_is_141(start: Run, examples: Path) -> None:
    os.mkfifo(examples / "pipe.npy")
    process = start("convolve", "image.png", "-k", "box", "-o", "pipe.npy")
    with (examples / "pipe.npy").open("rb") as stream:
        assert stream.read(6) == b"\x93NUMPY"
    assert process.communicate() == (b"", b"")
    assert process.returncode == 141


def test_a_device_is_written_to_whoever_made_it(run: Run, examples: Path) -> None:
    os.mkfifo(examples / "pipe.npy")
    ran = run("pool", "image.png", "-o", "pipe.npy", "--dry-run", cwd=examples)  # which opens nothing
    assert (ran.code, ran.err) == (0, "would write pipe.npy  160x240x3 uint8\n")


ESCAPE = "d\x1b[31m\n\udcff.png"


@pytest.mark.parametrize(
    "words",
    [
        ("pool", ESCAPE),
        ("pool", ESCAPE, "--json"),
        ("pool", ESCAPE.replace("31", "3")),
        ("pool", "--out-dir", ESCAPE),
        ("pool", "image.png", "-o", f"{ESCAPE}/a.png"),
        ("pool", f"--{ESCAPE}"),
        (f"pool{ESCAPE}",),
        ("pool", "--type", ESCAPE),
        ("convolve", "-k", f"@{ESCAPE}", "image.png"),
        ("convolve", "-k", f"1 {ESCAPE}"),
        ("mfcc", ESCAPE, "--explain"),
        ("shape", ESCAPE, "conv3-8", "--explain"),
        ("shape", "8x8x3", ESCAPE),
        ("shape", f"@{ESCAPE}"),
        ("kernels", ESCAPE),
    ],
    ids=ascii,
)
def test_no_name_or_word_reaches_the_terminal_as_an_escape(run: Run, examples: Path, words: tuple[str, ...]) -> None:
    shutil.copy(examples / "image.png", examples / ESCAPE)
    ran = run(*words, cwd=examples)
    assert ran.err + ran.text
    assert "\x1b" not in ran.err + ran.text
    assert "Traceback" not in ran.err
    assert "mistake of cnnkit" not in ran.err


def test_infinities_are_strings_in_json(run: Run, examples: Path) -> None:
    """README: --json prints one object, with the errors too unless usage is wrong; NaN and infinities are strings in
    it.
    """
    np.save(examples / "wild.npy", np.array([[np.inf, 1], [-np.inf, np.nan]]))

    def refuse(word: str) -> None:
        raise ValueError(word)

    ran = run("pool", "wild.npy", "--size", "1", "--format", "png", "--json", cwd=examples)
    told = json.loads(ran.out, parse_constant=refuse)
    assert ran.code == 0
    assert (told["results"][0]["minimum"], told["results"][0]["maximum"]) == ("-Infinity", "Infinity")


FORKING = """
import os, sys, threading, time
from cnnkit.files import silence
from cnnkit.loops.machine import compile

held = threading.Event()

def hold():
    with compile._lock, silence.silent():
        held.set()
        time.sleep(0.5)

threading.Thread(target=hold).start()
held.wait()
child = os.fork()
if child == 0:
    os.write(1, b"heard")
    os._exit(not (compile._lock.acquire(timeout=5) and silence._ONE_AT_A_TIME.acquire(timeout=5)))
sys.exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
"""


def test_a_child_forked_while_another_thread_compiles_works_on(surroundings: Run) -> None:
    done = subprocess.run(
        [sys.executable, "-c", FORKING], capture_output=True, env=surroundings(), timeout=60, check=False
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, b"heard", b"")
