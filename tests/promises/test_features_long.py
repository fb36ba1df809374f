"""`cnnkit mfcc` and sounds longer than what is computed at a time: the same bits, little memory, no half file."""

from __future__ import annotations

import io
import json
import os
import signal
import struct
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile

import cnnkit
from cnnkit.cli.app import run as run_here
from cnnkit.operations.features.blocks import BLOCK_SAMPLES, MAX_CACHED_BYTES

SAMPLES = 3 * BLOCK_SAMPLES + 12345
LINE = f"{SAMPLES} samples at 22,050 Hz"

Run = Callable[..., Any]
Words = Callable[..., list[str]]
Capture = pytest.CaptureFixture[str]
linux = pytest.mark.skipif(sys.platform != "linux", reason="asks Linux how much memory a process had")
pytestmark = pytest.mark.usefixtures("nothing_is_compiled")


@pytest.fixture(scope="module")
def noise() -> np.ndarray[Any, np.dtype[np.int16]]:
    """Louder and louder, so that what a whole sound decides is decided by its end."""
    random = np.random.default_rng(3).integers(-300, 300, SAMPLES)
    return (random * np.linspace(0.01, 100, SAMPLES)).astype(np.int16)


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory, noise: Any) -> Path:
    folder = tmp_path_factory.mktemp("long")
    soundfile.write(folder / "long.wav", noise, 22050)
    soundfile.write(folder / "long.flac", np.stack([noise, -noise], axis=1), 22050)
    return folder


@pytest.fixture
def folder(recorded: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    for path in recorded.iterdir():
        Path(path.name).symlink_to(path)
    return tmp_path


def zeros(path: Path, minutes: int, rate: int = 16000) -> None:
    """A WAV of zeros of 16 bits, which takes no room on the disk."""
    size = 2 * 60 * minutes * rate
    head = struct.pack(
        "<4sI8sIHHIIHH4sI", b"RIFF", 36 + size, b"WAVEfmt ", 16, 1, 1, rate, 2 * rate, 2, 16, b"data", size
    )
    with path.open("wb") as stream:
        stream.write(head)
        stream.truncate(len(head) + size)


# The same bits.


@pytest.mark.parametrize(
    "words",
    [
        {},
        {"dialect": "librosa"},
        {"dialect": "torchaudio"},
        {"dialect": "kaldi", "framing": "kaldi"},
        {"dialect": "librosa", "features": "logmel", "log_ref": "max"},
        {"dialect": "psf", "hop_length": 30000},
        {"dialect": "librosa", "frame_length": 1200, "n_fft": 1201},  # NumPy transforms it
    ],
    ids=lambda words: "-".join(map(str, words.values())),
)
def test_blocks_are_the_whole_bit_for_bit(
    folder: Path, noise: Any, monkeypatch: pytest.MonkeyPatch, words: dict[str, Any]
) -> None:
    typed = [text for name, value in words.items() for text in (f"--{name.replace('_', '-')}", str(value))]
    assert run_here(["mfcc", "long.wav", "-o", "made.npy", "-q", *typed]) == 0
    kind = words.get("features", "mfcc")
    monkeypatch.setattr("cnnkit.operations.features.blocks.BLOCK_SAMPLES", 2**40)  # all at once
    fields = {name: value for name, value in words.items() if name != "features"}
    expected = cnnkit.features(noise, 22050, kind, **fields)
    np.testing.assert_array_equal(np.load("made.npy"), expected)


@pytest.mark.parametrize(("word", "sign"), [("left", 1), ("right", -1)])
def test_what_is_decoded_piece_by_piece(folder: Path, noise: Any, word: str, sign: int) -> None:
    words = ["--channel", word, "--dialect", "librosa"]
    assert run_here(["mfcc", "long.flac", "-o", "made.npy", "-q", *words]) == 0
    np.testing.assert_array_equal(np.load("made.npy"), cnnkit.mfcc(sign * noise, 22050, dialect="librosa"))


def test_resampled_while_it_is_decoded(folder: Path, noise: Any) -> None:
    soxr = pytest.importorskip("soxr")
    assert run_here(["mfcc", "long.wav", "-o", "made.npy", "-q", "--sample-rate", "16000"]) == 0
    samples = soxr.resample(noise.astype(np.float32), 22050, 16000)
    np.testing.assert_array_equal(np.load("made.npy"), cnnkit.mfcc(samples, 16000))


@pytest.mark.parametrize(
    "words", [["--deltas", "columns", "--cmvn", "utterance"], ["--segment", "20s", "--layout", "nctf"]]
)
def test_finished(folder: Path, noise: Any, words: list[str]) -> None:
    assert run_here(["mfcc", "long.wav", "-o", "made.npy", "-q", *words]) == 0
    options: dict[str, Any] = {"segment": "20s", "layout": "nctf"} if "20s" in words else {}
    expected = cnnkit.mfcc(noise, 22050, **(options or {"deltas": "columns", "cmvn": "utterance"}))
    np.testing.assert_array_equal(np.load("made.npy"), expected)


@pytest.mark.parametrize("kind", ["npz", "csv"])
def test_other_formats_are_written_while_it_is_computed(folder: Path, noise: Any, kind: str) -> None:
    assert run_here(["mfcc", "long.wav", "--format", kind, "--out-dir", "made", "-q", "--n-mfcc", "2"]) == 0
    expected = cnnkit.mfcc(noise, 22050, n_mfcc=2)
    if kind == "npz":
        np.testing.assert_array_equal(np.load("made/long.mfcc2.npz")["data"], expected)
    else:
        found = np.loadtxt("made/long.mfcc2.csv", delimiter=",", dtype=np.float32)
        np.testing.assert_array_equal(found, expected[:, :, 0])


def test_through_pipes(run: Run, folder: Path, noise: Any) -> None:
    done = run("mfcc", "-", "--dialect", "librosa", stdin=folder / "long.wav")
    assert done.code == 0
    np.testing.assert_array_equal(np.load(io.BytesIO(done.out)), cnnkit.mfcc(noise, 22050, dialect="librosa"))
    assert done.err == f"wrote -  6169x20x1 float32  ({LINE}, hop 512: 6169 frames, 143.22 s)\n"
    assert sorted(path.name for path in Path().iterdir()) == ["long.flac", "long.wav"]


def test_a_pipe_whose_reader_goes_away(run: Run, folder: Path) -> None:
    done = run("mfcc", "long.wav", "--features", "spectrogram", "-o", "-", shell="{} | head -c 10")
    assert done.out == b"\x93NUMPY\x01\x00v\x00"
    assert done.err == ""


# Little memory.

PROGRAM = """
import sys
from cnnkit.cli.app import run
code = run(sys.argv[1:])
status = open("/proc/self/status").read()
print(code, status.split("VmHWM:")[1].split()[0], *sys.modules)
"""
IMPORTING = """
import sys
from contextlib import suppress
from importlib import import_module
for name in sys.argv[1:]:
    with suppress(ImportError):
        import_module(name)
status = open("/proc/self/status").read()
print(0, status.split("VmHWM:")[1].split()[0])
"""


def most_megabytes(*words: str, program: str = PROGRAM) -> tuple[float, list[str]]:
    """The most memory that a process had, where all is compiled already, and the modules it imported."""
    done = subprocess.run([sys.executable, "-c", program, *words], capture_output=True, text=True, check=True)
    code, kilobytes, *modules = done.stdout.split()
    assert code == "0", done.stderr
    return int(kilobytes) / 1024, modules


@linux
@pytest.mark.parametrize(
    "words",
    [
        [],
        ["--dialect", "librosa"],
        ["--dialect", "torchaudio", "--features", "logmel"],
        ["--sample-rate", "8000", "--format", "npz"],
        ["--segment", "30s"],
        ["--deltas", "columns", "--cmvn", "utterance"],
    ],
    ids=" ".join,
)
def test_twenty_minutes_take_little_more_than_one(
    folder: Path, surroundings: Callable[..., dict[str, str]], monkeypatch: pytest.MonkeyPatch, words: list[str]
) -> None:
    """38 MB of samples, 77 MB as float32; a whole one is held nowhere.

    What Python and its libraries take alone differs by their releases and by the machine, so it is taken off.
    """
    for name, value in surroundings().items():
        monkeypatch.setenv(name, value)
    zeros(folder / "one.wav", 1)
    zeros(folder / "twenty.wav", 20)
    allowed = 40 if "--deltas" in words or "--segment" in words else 25
    allowed += 10 + MAX_CACHED_BYTES // 2**20 if "--dialect" in words else 0  # both hold logarithms within a range
    most_megabytes("mfcc", "one.wav", "-o", "one.npz", "-f", "-q", *words)  # may have to compile, which takes more
    one, _ = most_megabytes("mfcc", "one.wav", "--out-dir", "made", "-q", *words)
    twenty, modules = most_megabytes("mfcc", "twenty.wav", "--out-dir", "made", "-q", *words)
    imported, _ = most_megabytes(*modules, program=IMPORTING)
    assert twenty - imported < 85
    assert twenty - one < allowed
    os.remove(folder / "twenty.wav")


# No half file.


def started(words: list[str], surroundings: Callable[..., dict[str, str]], **settings: Any) -> subprocess.Popen[bytes]:
    return subprocess.Popen(words, env=surroundings(), stdin=subprocess.DEVNULL, stderr=subprocess.PIPE, **settings)


@pytest.mark.parametrize("kind", ["npy", "npz", "csv"])
def test_interrupted(folder: Path, command_line: Words, surroundings: Callable[..., dict[str, str]], kind: str) -> None:
    zeros(folder / "hours.wav", 1200)
    before = sorted(os.listdir())
    words = command_line("mfcc", "hours.wav", "--features", "spectrogram", "--format", kind)
    process = started(words, surroundings)
    try:
        end = time.monotonic() + 30
        while not any(path.stat().st_size for path in Path().glob(".cnnkit-*.tmp")):  # it writes
            assert process.poll() is None
            assert time.monotonic() < end
            time.sleep(0.01)
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=30)
    finally:
        process.kill()
        process.wait()
    assert process.returncode == 130, err
    assert b"Traceback" not in err
    assert sorted(os.listdir()) == before


def test_a_bad_sample_at_the_end_leaves_what_stood_there(folder: Path, capfd: Capture) -> None:
    samples = np.zeros(SAMPLES, np.float32)
    soundfile.write("made.wav", samples[:5000], 22050, subtype="FLOAT")
    assert run_here(["mfcc", "made.wav", "-q"]) == 0
    earlier = Path("made.mfcc13.npy").read_bytes()
    samples[-1] = np.inf
    soundfile.write("made.wav", samples, 22050, subtype="FLOAT")
    before = sorted(os.listdir())
    assert run_here(["mfcc", "made.wav"]) == 1
    err = capfd.readouterr().err
    assert err.startswith(
        f"error: made.wav: 1 of {SAMPLES} samples are NaN or infinite; the first is sample {SAMPLES - 1}"
    )
    assert sorted(os.listdir()) == before
    assert Path("made.mfcc13.npy").read_bytes() == earlier
    assert run_here(["mfcc", "made.wav", "-o", "-"]) == 1
    assert capfd.readouterr().out == ""  # nothing of it reached the pipe either


def test_a_dry_run_looks_at_every_sample(folder: Path, capfd: Capture) -> None:
    samples = np.zeros(SAMPLES, np.float32)
    samples[-1] = np.nan
    soundfile.write("made.wav", samples, 22050, subtype="FLOAT")
    assert run_here(["mfcc", "made.wav", "-n", "--json"]) == 1
    (error,) = json.loads(capfd.readouterr().out)["errors"]
    assert "NaN or infinite" in error["problem"]
