"""What networks learn from files: written digits, and sounds that a network hears itself."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image
from sklearn.datasets import load_digits

ROOT = Path(__file__).parents[2]
Run = Callable[..., Any]


def trained(run: Run, *words: str, cwd: Path) -> float:
    """The validation accuracy of the best epoch."""
    ran = run("train", *words, "--json", cwd=cwd)
    assert ran.code == 0, ran.err
    (told,) = json.loads(ran.text)["results"]
    best: float = told["epochs"][told["best"] - 1]["validation_accuracy"]
    return best


def test_digits(here: Run, tmp_path: Path) -> None:
    digits = load_digits()
    for number, (image, label) in enumerate(zip(digits.images, digits.target, strict=True)):
        folder = tmp_path / "digits" / str(label)
        folder.mkdir(parents=True, exist_ok=True)
        Image.fromarray((image * 15.9).astype(np.uint8)).save(folder / f"{number:04}.png")
    layers = "conv3-16 relu maxpool2 conv3-32 relu maxpool2 flatten dropout fc10"
    assert trained(here, "digits", "8x8x1", *layers.split(), "--epochs", "30", cwd=tmp_path) >= 0.97


def test_tones_chirps_and_noises(here: Run, tmp_path: Path) -> None:
    subprocess.run([sys.executable, ROOT / "examples" / "sounds.py", "sounds"], cwd=tmp_path, check=True)
    layers = "mfcc13 conv3-8 relu maxpool2 conv3-16 relu gap fc3"
    assert trained(here, "sounds", *layers.split(), "--epochs", "40", "--batch", "16", cwd=tmp_path) >= 0.95
