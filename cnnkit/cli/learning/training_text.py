"""What ``cnnkit train`` says: the examples, a line for each epoch, and what came of it."""

from __future__ import annotations

from collections.abc import Sequence
from math import isnan

import numpy as np

from cnnkit.arrays import Array
from cnnkit.data.learning.epochs import Epoch
from cnnkit.data.learning.examples import Examples
from cnnkit.errors import MAX_WORD_LENGTH, quoted
from cnnkit.geometry.pair import counted, pair_text
from cnnkit.network.stack import StackShape
from cnnkit.operations.learning.training.loss import Count
from cnnkit.operations.learning.training.training import Training

MOST_CLASSES, MOST_CONFUSED, WIDTH = 8, 5, 60


class EpochTable:
    """A table that grows by a line with each epoch."""

    def __init__(self, *, has_validation: bool) -> None:
        self._has_validation = has_validation

    def head(self, done: Sequence[Epoch]) -> list[str]:
        """The head of the table, and the epochs that are done already."""
        title = "epoch     loss  accuracy" + "  validation loss  accuracy" * self._has_validation + "  seconds"
        return [title, *map(self.line, done)]

    def line(self, epoch: Epoch) -> str:
        """The line of an epoch.

        >>> EpochTable(has_validation=True).line(Epoch(3, 0.25, 0.9, 0.3, 0.875, 1.25))
        '    3   0.2500    90.0 %           0.3000    87.5 %      1.2'
        """
        held = f"  {loss_text(epoch.validation_loss):>15}  {share(epoch.validation_accuracy):>8}" * self._has_validation
        return f"{epoch.number:5}  {loss_text(epoch.loss):>7}  {share(epoch.accuracy):>8}{held}  {epoch.seconds:7.1f}"


def loss_text(value: float) -> str:
    """A loss, whose decimals are of no account where it is large.

    >>> loss_text(0.25), loss_text(1234567.0)
    ('0.2500', '1.2e+06')
    """
    return f"{value:.4f}" if value < 100 else f"{value:.2g}"


def share(value: float) -> str:
    """A share in percent.

    >>> share(0.98765), share(float("nan"))
    ('98.8 %', '-')
    """
    return "-" if isnan(value) else f"{100 * value:.1f} %"


def named(name: str) -> str:
    """The name of a class; in quotes if it could be taken for a count.

    >>> named("cat"), named("7")
    ('cat', "'7'")
    """
    return quoted(name) if name[:1].isdigit() or len(name) > MAX_WORD_LENGTH else name


def begin_text(examples: Examples, stack: StackShape) -> str:
    """What is learned from what."""
    names, held = examples.classes, len(examples.validation)
    fitting = [n for n in range(1, MOST_CLASSES + 1) if len(", ".join(names[:n])) <= WIDTH]
    first = names[: max(fitting, default=1)]
    shown = ", ".join(map(named, first)) + ", ..." * (len(names) > len(first))
    kept = f", {held:,} to validate on" if held else ""
    size = pair_text(tuple(examples.inputs.shape[1:]))
    return (
        f"{len(examples.training):,} examples of {size} to train on{kept}\n"
        f"{len(names)} classes: {shown}\n"
        f"{stack.parameters:,} parameters in {counted(len(stack.layers), 'layer')}\n"
    )


def progress_line(number: int, done: int, of: int, count: Count) -> str:
    """How far an epoch is.

    >>> progress_line(2, 10, 40, Count(5.0, 90, 100))
    'epoch 2  batch 10/40  loss 0.0500  accuracy 90.0 %'
    """
    return f"epoch {number}  batch {done}/{of}  loss {loss_text(count.mean_loss)}  accuracy {share(count.accuracy)}"


def end_text(training: Training, confusion: Array | None) -> str:
    """What came of it: the best epoch, and which classes are taken for each other."""
    if not training.epochs:
        return ""
    best = training.epochs[training.best - 1]
    if confusion is None:
        return f"\nkept the last epoch, {best.number}: no example was held back to choose by"
    right, total = int(np.trace(confusion)), int(confusion.sum())
    lines = ["", f"best epoch {best.number}: {share(right / total)} right, {right:,} of {total:,} that were held back"]
    wrong = confusion - np.diag(np.diag(confusion))
    order = np.argsort(-wrong, axis=None, kind="stable")[:MOST_CONFUSED]
    names = training.examples.classes
    for place in order:
        truth, answer = divmod(int(place), len(names))
        if count := int(wrong[truth, answer]):
            of = f"{int(confusion[truth].sum()):,} {named(names[truth])}"
            lines.append(f"{count:6,} of {of} taken for {named(names[answer])}")
    return "\n".join(lines)
