"""How a classifier learned: loss and accuracy of each epoch, and the best of them."""

from __future__ import annotations

from collections.abc import Sequence
from math import inf, isfinite
from typing import NamedTuple


class Epoch(NamedTuple):
    """One pass over all training examples.

    Attributes
    ----------
    number : int
        Counted from 1.
    loss, accuracy : float
        The mean cross-entropy over the batches of the epoch, and the share of right answers, 0 to 1.
    validation_loss, validation_accuracy : float
        The same of the examples that were held back; NaN where there are none.
    seconds : float
        How long it took.
    """

    number: int
    loss: float
    accuracy: float
    validation_loss: float
    validation_accuracy: float
    seconds: float

    @property
    def is_validated(self) -> bool:
        """Whether examples were held back."""
        return self.validation_loss == self.validation_loss or self.validation_accuracy == self.validation_accuracy


def best(epochs: Sequence[Epoch]) -> Epoch:
    """The epoch with the least validation loss, or the least loss where nothing was held back; of equal ones the first.

    A loss that is no finite number is never the least.

    >>> nan = float("nan")
    >>> best([Epoch(1, 2.0, 0.5, 1.8, 0.6, 1.0), Epoch(2, 1.0, 0.8, 1.9, 0.6, 1.0)]).number
    1
    >>> best([Epoch(1, 2.0, 0.5, nan, nan, 1.0), Epoch(2, 1.0, 0.8, nan, nan, 1.0)]).number
    2
    """
    is_validated = any(isfinite(epoch.validation_loss) for epoch in epochs)

    def key(epoch: Epoch) -> float:
        loss = epoch.validation_loss if is_validated else epoch.loss
        return loss if isfinite(loss) else inf

    return min(epochs, key=key)
