"""The examples that ``cnnkit train`` draws where none are named: bars that lie, stand, or cross each other."""

from __future__ import annotations

import numpy as np

from cnnkit.cli.learning.typed import Task
from cnnkit.data.learning.examples import Examples, dealt, examples_of

CLASSES = ("cross", "lying", "standing")
LAYERS = ("conv3-4", "relu", "maxpool2", "flatten", "fc3")
COUNT, SIDE, NOISE = 600, 8, 30.0


def example() -> tuple[Task, Examples]:
    """The task and its examples, the same each time: grey images of 8x8 with a bar or two, and some noise."""
    draw = np.random.default_rng(0)
    labels = np.arange(COUNT) % len(CLASSES)
    images = np.abs(draw.normal(0, NOISE, (COUNT, SIDE, SIDE, 1)))
    for image, label in zip(images, labels, strict=True):
        row, column = draw.integers(1, SIDE - 1, 2)
        if CLASSES[label] != "standing":
            image[row] += 150
        if CLASSES[label] != "lying":
            image[:, column] += 150
    inputs = images.clip(0, 255).astype(np.uint8)
    parts = dealt([f"{number:04}" for number in range(COUNT)], labels, None)
    return Task((), None, LAYERS, hears=False), examples_of(inputs, labels, CLASSES, parts)
