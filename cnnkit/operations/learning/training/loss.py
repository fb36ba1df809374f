"""How wrong answers are: cross-entropy of a softmax over the classes, and its slope."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from cnnkit.arrays import Array, Integers
from cnnkit.operations.learning.training.rooms import Room


class Count(NamedTuple):
    """Sums over some examples."""

    loss: float = 0.0
    right: int = 0
    examples: int = 0

    def plus(self, other: Count) -> Count:
        """Both together."""
        return Count(self.loss + other.loss, self.right + other.right, self.examples + other.examples)

    @property
    def mean_loss(self) -> float:
        """The mean cross-entropy, in nats; NaN of no examples."""
        return self.loss / self.examples if self.examples else float("nan")

    @property
    def accuracy(self) -> float:
        """The share of right answers; NaN of no examples."""
        return self.right / self.examples if self.examples else float("nan")


def cross_entropy(scores: Array, labels: Integers) -> tuple[Count, Array]:
    """Losses of scores (n, classes) against the labels (n,), and the shares that the softmax gives each class.

    Of scores that are no numbers the loss is none.

    Source: Goodfellow, Bengio and Courville, Deep Learning, 2016, 6.2.2.

    >>> count, shares = cross_entropy(np.array([[2.0, 0.0]]), np.array([0]))
    >>> round(count.loss, 4), count.right
    (0.1269, 1)
    """
    wide = scores.astype(np.float64)
    with np.errstate(invalid="ignore"):
        wide -= wide.max(axis=1, keepdims=True)
    grown = np.exp(wide)
    total = grown.sum(axis=1, keepdims=True)
    each = np.arange(len(labels))
    losses = np.log(total[:, 0]) - wide[each, labels]
    right = int((scores.argmax(axis=1) == labels).sum())
    return Count(float(losses.sum()), right, len(labels)), grown / total


class Loss:
    """The loss of a batch, and the slope of its scores: of the mean over the batch."""

    def __init__(self, scores: Room, slope: Room) -> None:
        self.scores, self.slope = scores.array, slope.array
        self.labels: Integers = np.zeros(len(self.scores), np.int64)
        self.count = Count()

    def __call__(self) -> None:
        """Compare the scores with the labels."""
        self.count, shares = cross_entropy(self.scores, self.labels)
        shares[np.arange(len(self.labels)), self.labels] -= 1
        self.slope[...] = shares / len(self.labels)
