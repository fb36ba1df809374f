"""Train a network on labelled examples: the public door of training."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from cnnkit import arrays
from cnnkit.arrays import Integers
from cnnkit.data.dataset import read_split
from cnnkit.data.learning.epochs import Epoch
from cnnkit.data.learning.examples import Examples, dealt, examples_of
from cnnkit.data.network.graph import Learned
from cnnkit.errors import ArgumentError, SizeError
from cnnkit.geometry.pair import counted, whole
from cnnkit.network.notation.expansion import read_stack
from cnnkit.network.stack import StackShape, stack_shape
from cnnkit.network.volume import Shape, Vector, Volume
from cnnkit.operations.learning.training.optimisers import Descent
from cnnkit.operations.learning.training.training import Settings, Training


@dataclass(frozen=True, eq=False)
class TrainedNetwork:
    """A network that was trained, and how.

    Attributes
    ----------
    stack : StackShape
        Its layers, for one input.
    weights : dict
        Its parameters by the numbers of layers, as `run` takes them; number 0 has the mean and deviation of inputs.
    epochs : tuple of Epoch
        Each with its loss and accuracy.
    best : int
        The epoch that the weights are of.
    classes : tuple of str
    confusion : ndarray of int or None
        (classes, classes): how often an example of the class of a row was taken for that of a column; of the examples
        that were held back, if there are any.
    """

    stack: StackShape
    weights: Learned
    epochs: tuple[Epoch, ...]
    best: int
    classes: tuple[str, ...]
    confusion: Integers | None


def train(
    inputs: npt.ArrayLike,
    labels: npt.ArrayLike,
    *words: str,
    classes: Sequence[str] | None = None,
    split: str | None = None,
    optimiser: str = "adam",
    rate: float | None = None,
    momentum: float = 0.9,
    weight_decay: float = 0.0,
    dropout: float = 0.5,
    batch: int = 32,
    epochs: int = 20,
    patience: int | None = None,
    seed: int = 0,
    as_is: bool = False,
    threads: int | None = None,
    watch: Callable[[Epoch], None] | None = None,
) -> TrainedNetwork:
    """Train a network to tell classes apart.

    Parameters
    ----------
    inputs : array_like
        Examples: (n, rows, columns), (n, rows, columns, depth) or (n, values).
    labels : (n,) array_like of int
        The class of each, from 0.
    *words : str
        The layers, as in `run`; the last gives a value for each class. A softmax at the end belongs to the loss.
    classes : sequence of str, optional
        Names for the classes; else their numbers.
    split : str, optional
        Shares to train on and to validate on, ``"80:20"`` by default. Each class is divided.
    optimiser : {"adam", "sgd"}
        Adam, with decay apart from the gradient (AdamW); or gradient descent with `momentum`.
    rate : float, optional
        Of a step: 0.002 for Adam and 0.05 for SGD by default.
    momentum, weight_decay, dropout : float
        Of SGD; how much weights shrink, biases and the like not; the share of values that layers ``dropout`` drop.
    batch, epochs : int
        Examples of a step, at most, and how often all are gone through.
    patience : int, optional
        End when the validation loss fell in none of so many epochs.
    seed : int
        Of all that is drawn: weights, which examples are held back, their order, and what is dropped.
    as_is : bool
        Do not standardise inputs by the mean and the deviation of the examples.
    threads : int, optional
        One for each processor by default. Their number changes no bit of the result.
    watch : callable, optional
        Called with each `Epoch`.

    Returns
    -------
    TrainedNetwork
        With the weights of the epoch with the smallest validation loss.

    Raises
    ------
    ArgumentError
        For settings, layers that have no gradients, or a loss that is no number any more.
    SizeError
        If examples, labels and the network do not fit each other.

    Notes
    -----
    The loss is the cross-entropy of the softmax, in nats; `bn` normalises over the batch and keeps means of its
    statistics with a momentum of 0.1. Weights begin as He and others draw them (arXiv:1502.01852). Sources: Kingma and
    Ba, arXiv:1412.6980; Loshchilov and Hutter, arXiv:1711.05101; Goodfellow, Bengio and Courville, Deep Learning, 2016,
    chapters 6 to 9.

    Examples
    --------
    >>> draw = np.random.default_rng(0)
    >>> labels = np.arange(80) % 2
    >>> bright = draw.random((80, 4, 4)) + labels[:, None, None]
    >>> found = train(bright, labels, "conv3-4 relu gap fc2", epochs=30, batch=16)
    >>> found.epochs[-1].validation_accuracy
    1.0
    """
    settings = settings_of(
        optimiser, rate, momentum, weight_decay, dropout, batch, epochs, patience, seed, as_is=as_is, threads=threads
    )
    examples, shape = _examples(inputs, labels, classes, split, seed)
    spec = read_stack((shape.text, *words), input_layout="hwc" * isinstance(shape, Volume))
    stack = stack_shape(spec)
    training = Training(stack, examples, settings)
    for epoch in training.run():
        if watch is not None:
            watch(epoch)
    confusion = training.confusion()
    return TrainedNetwork(
        stack, training.learned, tuple(training.epochs), training.best, examples.classes, confusion
    )  # fmt: skip


def settings_of(
    optimiser: str,
    rate: float | None,
    momentum: float,
    weight_decay: float,
    dropout: float,
    batch: int,
    epochs: int,
    patience: int | None,
    seed: int,
    *,
    as_is: bool = False,
    threads: int | None = None,
) -> Settings:
    """The settings of a training, checked; an ArgumentError names the one that is wrong."""
    descent = Descent(optimiser, rate, momentum, weight_decay)
    descent.check()
    for name, value, least in (
        ("batch", batch, 1),
        ("epochs", epochs, 1),
        ("patience", patience, 1),
        ("seed", seed, 0),
    ):
        if value is not None:
            whole(value, name, least=least)
    if rate is not None and not 0 < rate < np.inf:
        raise ArgumentError(f"rate {rate:g} is no number above 0", hint="write a small number: 0.001")
    if not 0 <= weight_decay < np.inf:
        raise ArgumentError(
            f"weight_decay {weight_decay:g} is not 0 or more", hint="write a small number, as 0.0001, or 0"
        )
    for name, share in (("momentum", momentum), ("dropout", dropout)):
        if not 0 <= share < 1:
            raise ArgumentError(
                f"{name} {share:g} is not from 0 to below 1", hint=f"write 0.9 or 0.5, or 0 for no {name}"
            )
    threads = arrays.check_threads(threads)
    return Settings(descent, batch, epochs, patience, dropout, seed, not as_is, threads)


def _examples(
    inputs: npt.ArrayLike, labels: npt.ArrayLike, classes: Sequence[str] | None, split: str | None, seed: int
) -> tuple[Examples, Shape]:
    """Checked examples, and the shape of one."""
    samples, numbers = arrays.real(inputs, "inputs"), np.asarray(labels)
    if samples.ndim == 3:
        samples = samples[..., None]
    if samples.ndim not in (2, 4) or not samples.size:
        hint = "give n x rows x columns, n x rows x columns x depth, or n x values"
        raise SizeError(f"inputs have the shape {samples.shape}", hint)
    if numbers.shape != samples.shape[:1] or numbers.dtype.kind not in "iub":
        problem = f"labels are {numbers.dtype} of shape {numbers.shape}, for {counted(len(samples), 'input')}"
        raise SizeError(problem, "give a whole number for each input")
    if numbers.min() < 0:
        raise ArgumentError(f"label {numbers.min()} is below 0", hint="count classes from 0")
    count = int(numbers.max()) + 1
    names = tuple(map(str, range(count))) if classes is None else tuple(classes)
    if len(names) < max(count, 2):
        problem = (
            f"labels go up to {count - 1}, and there {'is' if len(names) == 1 else 'are'} {counted(len(names), 'name')}"
        )
        raise SizeError(problem, "give at least two classes, and a name for each")
    if not np.isfinite(samples).all():
        raise ArgumentError("some inputs are no numbers", hint="replace NaN and Inf")
    files = [f"{number:09}" for number in range(len(samples))]
    parts = dealt(files, numbers.astype(np.int64), None if split is None else read_split(split), seed)
    found = examples_of(samples, numbers.astype(np.int64), names, parts)
    one = samples.shape[1:]
    return found, Volume(*one) if len(one) == 3 else Vector(*one)
