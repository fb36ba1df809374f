"""How long a command takes to start, as a ratio to importing the packages it cannot do without.

    python benchmarks/start_up.py [ROUNDS]

Run it with the Python that cnnkit is installed in. Every figure is a whole process, started in turn with the others.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from timing import interleaved, machine, table

EXAMPLES = Path(__file__).parent.parent / "examples"
PROGRAM = Path(sys.executable).with_name("cnnkit")
HEAVY, LIGHT = "import numpy, PIL.Image, typer", "import typer"
COMMANDS = {
    "convolve image.png --kernel edge": (HEAVY, 1.6),
    "pool image.png --size 2": (HEAVY, None),
    "mfcc song.wav": (HEAVY, None),
    "shape 224x224x3 conv3-64 maxpool2": (LIGHT, 1.3),
    "mfcc song.wav --print-shape": (LIGHT, 1.3),
    "--help": (LIGHT, 1.3),
    "--version": (LIGHT, 1.3),
}
"""What is run, what it is compared with, and the bar the ratio should stay below."""


def process(arguments: list[str], folder: Path, cache: Path) -> Callable[[], object]:
    environment = {**os.environ, "CNNKIT_CACHE_DIR": str(cache)}
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    return lambda: subprocess.run(
        arguments, cwd=folder, env=environment, stdin=subprocess.DEVNULL, capture_output=True, check=True
    )


def first_run(folder: Path) -> float:
    """Seconds of the first convolution on a machine, which compiles."""
    call = process(
        [str(PROGRAM), "convolve", "image.png", "--kernel", "edge", "-o", "first.png"], folder, folder / "new"
    )
    began = time.perf_counter()
    call()
    return time.perf_counter() - began


def main() -> None:
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 25
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for file in ("image.png", "song.wav"):
            shutil.copy(EXAMPLES / file, folder)
        cache = folder / "loops"
        rivals = {base: process([sys.executable, "-c", base], folder, cache) for base in (HEAVY, LIGHT)}
        rivals |= {line: process([str(PROGRAM), *line.split(), *quietly(line)], folder, cache) for line in COMMANDS}
        seconds = interleaved(rivals, rounds=rounds)
        compiling = first_run(folder)
    rows = []
    for line, (base, bar) in COMMANDS.items():
        ratio = f"{seconds[line] / seconds[base]:.2f}"
        rows.append([f"`cnnkit {line}`", f"`{base}`", f"{1e3 * seconds[line]:.0f}", ratio, f"{bar}" if bar else ""])
    print(f"{machine()}; median of {rounds}, interleaved\n")
    for base in (HEAVY, LIGHT):
        print(f"`python -c '{base}'`: {1e3 * seconds[base]:.0f} ms")
    print(f"the first convolution on a machine, compiling its loops: {compiling:.1f} s (bar: 3 s)\n")
    print(table(["command", "compared with", "ms", "ratio", "bar"], rows))


def quietly(line: str) -> list[str]:
    """Options that keep a command from talking, where it has them."""
    return ["-q"] if line.split(maxsplit=1)[0] in ("convolve", "pool", "mfcc") else []


if __name__ == "__main__":
    main()
