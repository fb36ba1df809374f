"""How long a command takes to start, as a ratio to importing the packages it cannot do without.

Every figure is a whole process, started in turn with the others, its loops compiled before.
"""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

from processes import PROGRAM, Process, interleaved, python
from report import ROOT, machine, table

HEAVY, LIGHT = "import numpy, PIL.Image, typer", "import typer"
COMMANDS = {
    "convolve image.png --kernel edge": (HEAVY, 1.4),
    "pool image.png --size 2": (HEAVY, None),
    "mfcc song.wav": (HEAVY, None),
    "shape 224x224x3 conv3-64 maxpool2": (LIGHT, 1.3),
    "mfcc song.wav --print-shape": (LIGHT, 1.3),
    "--help": (LIGHT, 1.3),
    "--version": (LIGHT, 1.3),
}
"""The commands, what each is compared with, and the bar the ratio should stay below."""


def report(rounds: int) -> str:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for file in ("image.png", "song.wav"):
            shutil.copy(ROOT / "examples" / file, folder)
        calls = {base: Process(python(base), folder) for base in (HEAVY, LIGHT)}
        calls |= {line: Process([str(PROGRAM), *line.split(), *quietly(line)], folder) for line in COMMANDS}
        seconds = interleaved(calls, rounds=rounds)
    rows = []
    for line, (base, bar) in COMMANDS.items():
        ratio = f"{seconds[line] / seconds[base]:.2f}"
        rows.append([f"`cnnkit {line}`", f"`{base}`", f"{1e3 * seconds[line]:.0f}", ratio, f"{bar}" if bar else ""])
    return (
        f"{machine()}; median of {rounds}, interleaved\n\n"
        + "".join(f"- `python -c '{base}'`: {1e3 * seconds[base]:.0f} ms\n" for base in (HEAVY, LIGHT))
        + "\n"
        + table(["command", "compared with", "ms", "ratio", "bar"], rows)
    )


def quietly(line: str) -> list[str]:
    """Options that keep a command from talking, where it has them."""
    return ["-q"] if line.split(maxsplit=1)[0] in ("convolve", "pool", "mfcc") else []
