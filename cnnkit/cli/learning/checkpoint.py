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
from cnnkit.errors import ArgumentError, InputError, OutputError
from cnnkit.files.network.safetensors import NOTE, encode_safetensors
from cnnkit.files.network.weights import read_weights
from cnnkit.files.writing import write_file
from cnnkit.operations.learning.training.training import Training

ENTRY = "checkpoint"
"""The entry of the metadata that holds plain values."""

FREE = ("epochs", "patience", "threads")
"""Settings that may change on the way."""

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

    def restore(self, training: Training, layers: Sequence[str]) -> None:
        """Go on from the file, if it is there; an error if it is of another training."""
        if not self.path.exists():
            return
        found = read_weights(self.path)
        if ENTRY not in found.metadata:
            problem = f"--checkpoint {self.path} is no checkpoint of a training"
            raise InputError(problem, "choose another name")
        try:
            facts = json.loads(found.metadata[ENTRY])
            other = _differing(facts["of"], _identity(training, layers))
            if not other:
                training.restore(found, facts)
        except (KeyError, TypeError, ValueError, AttributeError):
            problem = f"--checkpoint {self.path}: what is in it cannot be read"
            raise InputError(problem, "choose another name, or delete it") from None
        if other:
            problem = f"--checkpoint {self.path} is of a training with other {other}"
            raise ArgumentError(problem, hint="choose another name, or delete it to begin anew")
        done = len(training.epochs)
        left = "nothing is left to train: --epochs trains on" if training.is_over else "goes on"
        self._report.remark(f"{self.path} has {done} epoch{'s' * (done > 1)}; {left}")

    def write(self, training: Training, layers: Sequence[str]) -> None:
        """Write the state, in place of the one before."""
        arrays, facts = training.state()
        text = json.dumps({**facts, "of": _identity(training, layers)})
        encode = encode_safetensors(arrays, {ENTRY: text, NOTE: made_by()})
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
