"""Small things to train on, and files of networks as ``cnnkit train`` writes them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import soundfile
from PIL import Image

from cnnkit.data.network.graph import Learned
from cnnkit.files.network.trained import ENTRY, Trained
from cnnkit.files.network.weights import save_weights
from cnnkit.network.shape import shape
from cnnkit.operations.network.initial import random_parameters
from cnnkit.operations.network.names import named

LAYERS = ("conv3-2", "relu", "flatten", "fc2")


def pets(folder: Path, count: int = 8, size: tuple[int, ...] = (6, 5, 3)) -> Path:
    """Dark cats and bright dogs, as .png; of `count` each."""
    for place, name in enumerate(("cat", "dog")):
        (folder / name).mkdir(parents=True)
        for number in range(count):
            samples = np.random.default_rng(10 * place + number).integers(0, 120, size) + 120 * place
            Image.fromarray(samples.astype(np.uint8)).save(folder / name / f"{number}.png")
    return folder


def tones(folder: Path, count: int = 4, *, longer: int = 0, rate: int = 8000) -> Path:
    """Low and high tones of half a second, each `longer` by some samples than the one before."""
    for frequency, name in ((300, "low"), (1500, "high")):
        (folder / name).mkdir(parents=True)
        for number in range(count):
            time = np.arange(rate // 2 + longer * number) / rate
            noise = np.random.default_rng(number).normal(0, 0.05, len(time))
            soundfile.write(folder / name / f"{number}.wav", 0.3 * np.sin(2 * np.pi * frequency * time) + noise, rate)
    return folder


def trained_network(size: str = "6x5x3", layers: tuple[str, ...] = LAYERS, **facts: Any) -> Trained:
    """A network with random weights, as if it had been trained on cats and dogs."""
    stack = shape(size, *layers)
    learned: Learned = dict(random_parameters(stack, seed=3))
    depth = stack.layers[0].output[-1] if "@" in size else stack.input[-1]
    learned[0] = {"mean": np.full(depth, 90, np.float32), "deviation": np.full(depth, 40, np.float32)}
    made = Trained(layers, size, ("cat", "dog"), learned, {}, {}, {"epochs": 1})
    return made._replace(**facts)


def written(path: Path, network: Trained, metadata: dict[str, Any] | None = None, **changes: Any) -> Path:
    """Write a network; `changes` replace what the file says of it, `metadata` all of it."""
    tensors = named(shape(network.input, *network.layers), network.learned)
    facts = json.loads(network.metadata[ENTRY]) | changes
    save_weights(path, tensors, {ENTRY: json.dumps(facts)} if metadata is None else metadata, force=True)
    return path
