"""Where the time of features goes: by their stages, by what the command does, and the memory it takes.

No clock is built into the package: a stage's time is the difference between a kind of features and the one before it.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import wave
from collections.abc import Callable
from pathlib import Path
from typing import Any

import soundfile
from features_cases import Sound, minute
from report import milliseconds, table
from timing import PROGRAM, interleaved, process, seconds_of, settled

import cnnkit

RATE = 16000
STAGED: dict[str, dict[str, Any]] = {"psf": {}, "librosa": {"n_mfcc": 13}, "kaldi": {}}
STAGED_RATES = (16000, 44100)
NARROW = {"n_mels": 1, "fmin": 0, "fmax": 300}
"""One band of few bins, which costs next to nothing and writes next to nothing."""
BARE = {"taper": "none", "preemphasis": 0, "remove_mean": False}
STEPS: dict[str, tuple[str, dict[str, Any]]] = {
    "cut, FFT, power": ("mel", NARROW | BARE),
    "mean, preemphasis, taper": ("mel", NARROW),
    "bands": ("mel", {}),
    "log": ("logmel", {}),
    "DCT, lifter, energy": ("mfcc", {}),
    "a spectrogram": ("spectrogram", {}),
}
"""For each stage, the features that end with it."""
SCRIPTS = {
    "psf": "import numpy, soundfile, python_speech_features as psf\n"
    "samples, rate = soundfile.read('{name}', dtype='int16')\n"
    "numpy.save('psf.npy', psf.mfcc(samples, rate))",
    "librosa": "import numpy, librosa\n"
    "samples, rate = librosa.load('{name}', sr=None)\n"
    "numpy.save('librosa.npy', librosa.feature.mfcc(y=samples, sr=rate, n_mfcc=13))",
}
"""What one writes instead of the command, in the dialect of the same name."""
WATCH = """
import os, sys, time
began = time.perf_counter()
child = os.spawnv(os.P_NOWAIT, sys.argv[1], sys.argv[1:])
_, status, usage = os.wait4(child, 0)
print(time.perf_counter() - began, usage.ru_maxrss, status)
"""
"""Starts a program and watches it: in a small process of its own, for a child's memory begins with its parent's."""


def stages(seconds: int, rounds: int) -> str:
    """The time of every stage, with one thread, and its share."""
    rows = []
    for dialect, settings in STAGED.items():
        for rate in STAGED_RATES:
            sound = Sound(seconds, rate)
            try:
                calls = staged(dialect, sound, settings)
                for call in calls.values():
                    call()
            except cnnkit.CnnkitError as error:
                print(f"cnnkit cannot: stages of {dialect}: {error}", file=sys.stderr, flush=True)
                continue
            times = settled(calls, rounds=rounds, seconds=2)
            spectrogram = times.pop("a spectrogram")
            whole, before, cells = times["DCT, lifter, energy"], 0.0, []
            for taken in times.values():
                cells.append(f"{milliseconds(taken - before)} ({100 * (taken - before) / whole:.0f} %)")
                before = taken
            rows.append([f"{dialect}, {sound.name}", milliseconds(whole), *cells, milliseconds(spectrogram)])
    text = table(["13 MFCC as", "ms", *list(STEPS)[:-1], "a spectrogram, ms"], rows)
    return f"### Stages, 1 thread\n\n{text}"


def staged(dialect: str, sound: Sound, settings: dict[str, Any]) -> dict[str, Callable[[], Any]]:
    samples = sound.floats if dialect == "librosa" else sound.integers

    def call(kind: str, more: dict[str, Any]) -> Callable[[], Any]:
        return lambda: cnnkit.features(
            samples, sound.rate, kind, dialect=dialect, threads=1, **(settings if kind == "mfcc" else {}), **more
        )

    return {stage: call(kind, more) for stage, (kind, more) in STEPS.items()}


def whole(rounds: int) -> str:
    """A process from its start to its end, what it does with that time, and scripts that do the same."""
    rows = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for file in ("minute.wav", "minute.flac"):
            soundfile.write(folder / file, minute(RATE), RATE)
        soundfile.write(folder / "short.wav", minute(RATE)[:RATE], RATE)
        # The first MFCCs on a machine compile.
        first, _ = seconds_of(run([str(PROGRAM), "mfcc", "short.wav", "-q", "-f", "-o", "first.npy"], folder))
        for dialect, script in SCRIPTS.items():
            for file in ("minute.wav", "minute.flac"):
                arguments = [str(PROGRAM), "mfcc", file, "--dialect", dialect, "--n-mfcc", "13"]
                calls = {
                    "cnnkit": run([*arguments, "-q", "-f", "-o", "ours.npy"], folder),
                    "numpy": run([sys.executable, "-c", "import numpy, typer"], folder),
                    "script": run([sys.executable, "-c", script.format(name=file)], folder),
                }
                try:
                    times = interleaved(calls, rounds=rounds)
                except subprocess.CalledProcessError as error:
                    print(f"cannot: {file} as {dialect}: {error.stderr.decode()}", file=sys.stderr, flush=True)
                    continue
                parts = parts_of(folder / file, dialect, rounds)
                cells = [times["cnnkit"], times["cnnkit"] - sum(parts), *parts, times["numpy"], times["script"]]
                ratio = f"{times['cnnkit'] / times['script']:.2f}"
                rows.append([f"{file}, {dialect}", *map(milliseconds, cells), ratio])
    head = ["a minute at 16 kHz", "command ms", "start-up and the rest", "reading", "computing", "writing"]
    text = table([*head, "`import numpy, typer`", "a script with that library", "ratio"], rows)
    return (
        f"### The whole command\n\n{text}\n\n"
        f"The first MFCCs on a machine, compiling their loops: {first:.1f} s. Reading, computing and writing are those"
        " of a process that has done them before."
    )


def run(arguments: list[str], folder: Path) -> Callable[[], subprocess.CompletedProcess[bytes]]:
    return process(arguments, folder, folder / "loops")


def parts_of(path: Path, dialect: str, rounds: int) -> list[float]:
    """Seconds of reading, computing and writing by themselves, in this process."""
    # The package has no public reading and writing of files.
    from cnnkit.files.matrices import encode_matrix
    from cnnkit.files.sounds.sound import open_signal
    from cnnkit.files.writing import write_file

    def read() -> Any:
        with path.open("rb") as stream, open_signal(stream) as sound:
            return sound.between(0, sound.count), sound.sample_rate

    samples, sample_rate = read()

    def compute() -> Any:
        return cnnkit.mfcc(samples, sample_rate, dialect=dialect, n_mfcc=13)

    result = compute()

    def write() -> Any:
        encode = encode_matrix(result, "npy", "a benchmark")
        return write_file(path.with_suffix(".npy"), encode, shape="", force=True)

    calls = {"reading": read, "computing": compute, "writing": write}
    for call in calls.values():
        call()
    return list(settled(calls, rounds=max(rounds, 5), seconds=1).values())


def memory(lengths: tuple[int, ...]) -> str:
    """The most memory the command held, and its time, on sounds of several lengths."""
    rows = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for seconds in lengths:
            write_long(folder / "long.wav", seconds)
            size = (folder / "long.wav").stat().st_size
            for dialect in ("psf", "librosa", "kaldi"):
                arguments = [str(PROGRAM), "mfcc", "long.wav", "--dialect", dialect, "-q", "-f", "-o", "long.npy"]
                peak_of(arguments, folder)  # compiles, and puts the file into the system's cache
                found = peak_of(arguments, folder)
                if found is None:
                    print(f"cannot: {seconds} s as {dialect}", file=sys.stderr, flush=True)
                    continue
                taken, peak = found
                result = (folder / "long.npy").stat().st_size
                length = f"{seconds // 3600} h" if seconds >= 3600 else f"{seconds} s"
                cells = [f"{size / 2**20:.1f}", f"{result / 2**20:.1f}", f"{peak / 2**20:.0f}", f"{taken:.2f}"]
                rows.append([f"{length}, {dialect}", *cells, f"{seconds / taken:,.0f}"])
    text = table(["16 kHz WAV", "file MB", "result MB", "most memory MB", "s", "times real time"], rows)
    return f"### Memory and time of the command\n\n{text}"


def write_long(path: Path, seconds: int) -> None:
    """A WAV of the minute over and over, written piece by piece."""
    piece = minute(RATE).tobytes()
    with wave.open(str(path), "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(RATE)
        whole, rest = divmod(2 * seconds * RATE, len(piece))
        for _ in range(whole):
            out.writeframesraw(piece)
        out.writeframes(piece[:rest])


def peak_of(arguments: list[str], folder: Path) -> tuple[float, float] | None:
    """Seconds of a process and the most bytes it held; nothing if it failed."""
    found = run([sys.executable, "-S", "-c", WATCH, *arguments], folder)()
    taken, peak, status = found.stdout.split()
    unit = 1 if sys.platform == "darwin" else 1024
    return None if int(status) else (float(taken), float(peak) * unit)
