"""The state of a training in a file, written after each epoch in one step, from which it goes on."""

from __future__ import annotations

import json
import zlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from cnnkit.cli.outputs import made_by
from cnnkit.cli.outputs.targets import problem_of_folder
from cnnkit.cli.report import Report
from cnnkit.data.network.weights import Weights
from cnnkit.errors import ArgumentError, InputError, OutputError
from cnnkit.files.network.safetensors import NOTE, encode_safetensors
from cnnkit.files.network.trained import STATE as ENTRY
from cnnkit.files.network.weights import read_weights
from cnnkit.files.writing import sweep, write_file
from cnnkit.interruption import interruptions_wait
from cnnkit.operations.learning.training.training import Training

FREE = ("epochs", "patience", "threads")
"""Settings that may change on the way."""

ANOTHER = "choose another name, or delete it to begin anew"

SAMPLED = 64
"""Examples whose values are compared."""


class Checkpoint:
    """A file that is there from an earlier run, or is to be made."""

    def __init__(self, path: Path, report: Report) -> None:
        self.path, self._report = path, report
        try:
            if path.suffix.lower() != ".safetensors":
                raise ArgumentError(f"--checkpoint {path} names no format", hint="end its name in .safetensors")
            if error := problem_of_folder(path.absolute().parent):
                raise OutputError(error.problem, hint=error.hint.replace("-o or --out-dir", "--checkpoint"))
        except OutputError as error:
            report.refuse(error)
        sweep(path.absolute().parent)
        self._found = self._read()

    def _read(self) -> Weights | None:
        """What is in the file, if it is there; an InputError if it is no state of a training."""
        if not self.path.exists():
            return None
        try:
            found = read_weights(self.path)
        except InputError as error:
            raise InputError(f"--checkpoint {self.path}: {error.problem}", ANOTHER) from None
        if ENTRY not in found.metadata:
            raise InputError(f"--checkpoint {self.path} is no checkpoint of a training", ANOTHER)
        return found

    def restore(self, training: Training, layers: Sequence[str]) -> None:
        """Go on from the file, if it is there; an error if it is of another training."""
        found, self._found = self._found, None
        if found is None:
            return
        try:
            facts = json.loads(found.metadata[ENTRY])
            other = _differing(facts["of"], _identity(training, layers))
            if not other:
                training.restore(found, facts)
        except (KeyError, IndexError, TypeError, ValueError, AttributeError, OverflowError, RecursionError):
            problem = f"--checkpoint {self.path}: what is in it cannot be read"
            raise InputError(problem, ANOTHER) from None
        if other:
            problem = f"--checkpoint {self.path} is of a training with other {other}"
            raise ArgumentError(problem, hint=ANOTHER)
        done = len(training.epochs)
        more = f": --epochs {done + 1} would be one more" * (done >= training.settings.epochs)
        left = f"nothing is left to train{more}" if training.is_over else "the training goes on"
        self._report.remark(f"{self.path} has {done} epoch{'s' * (done > 1)}; {left}")

    def write(self, training: Training, layers: Sequence[str]) -> None:
        """Write the state, in place of the one before."""
        arrays, facts = training.state()
        text = json.dumps({**facts, "of": _identity(training, layers)})
        encode = encode_safetensors(arrays, {ENTRY: text, NOTE: made_by()})
        with interruptions_wait():  # Ctrl-C does not lose the epoch, nor leave a file that is half written
            write_file(self.path, encode, shape="checkpoint", force=True)


def _identity(training: Training, layers: Sequence[str]) -> dict[str, Any]:
    """What must be the same for a training to go on."""
    examples = training.examples
    settings: dict[str, Any] = {name: value for name, value in training.settings._asdict().items() if name not in FREE}
    settings |= settings.pop("descent")._asdict()
    step = max(len(examples.inputs) // SAMPLED, 1)
    seen = np.ascontiguousarray(examples.inputs[::step][:SAMPLED])
    return {
        "layers": [*layers],
        "classes": [*examples.classes],
        "settings": settings,
        "examples": [
            list(examples.inputs.shape),
            *(zlib.crc32(np.ascontiguousarray(one).tobytes()) for one in (seen, examples.labels, examples.training)),
        ],
    }


def _differing(kept: Any, now: dict[str, Any]) -> str:
    """What is not the same, in words."""
    if kept["settings"] != now["settings"]:
        names = [name for name, value in now["settings"].items() if kept["settings"].get(name) != value]
        return f"settings: {', '.join(names)}"
    return next((name for name, value in now.items() if kept.get(name) != value), "")
