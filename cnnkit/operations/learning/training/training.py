"""Epochs of training: batches drawn anew for each, and what the network makes of examples it has not seen."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from math import prod
from typing import Any, NamedTuple

import numpy as np

from cnnkit import memory
from cnnkit.arrays import Array, Integers
from cnnkit.data.learning.epochs import Epoch
from cnnkit.data.learning.examples import Examples
from cnnkit.data.network.graph import Learned, parameter_shapes
from cnnkit.errors import ArgumentError, SizeError
from cnnkit.geometry.pair import counted, pair_text
from cnnkit.network.notation.networks import NETWORKS
from cnnkit.network.stack import NUMBER_BYTES, StackShape
from cnnkit.network.volume import shape_text
from cnnkit.operations.learning.training.loss import Count, cross_entropy
from cnnkit.operations.learning.training.optimisers import RATES, Descent
from cnnkit.operations.learning.training.trainer import Trainer, check_layers
from cnnkit.operations.network.initial import random_parameters

MEASURED = 2_000
"""Examples by whose mean and deviation inputs are standardised."""

ORDER, DROPPED, DRAWN = 1, 2, 3
"""What random numbers are for."""

Watch = Callable[[int, int, Count], None]
"""Called after each batch of an epoch: batches that are done, of how many, and the sums so far."""


class Settings(NamedTuple):
    """How to train, whatever the network and the examples."""

    descent: Descent = Descent()
    batch: int = 32
    epochs: int = 20
    patience: int | None = None  # epochs without a smaller validation loss after which it ends
    dropout: float = 0.5
    seed: int = 0
    standardise: bool = True
    threads: int | None = None


class Measured(NamedTuple):
    """Of each channel of inputs, float32."""

    mean: Array
    deviation: Array


class Training:
    """A network and its examples, trained an epoch at a time.

    After each epoch the state is whole: `state` gives it as arrays, and one made with the same arguments goes on from
    it with `restore`, to the same bits.

    Attributes
    ----------
    epochs : list of Epoch
        Those that are done.
    best : int
        The epoch with the smallest validation loss, or the last where nothing was held back; 0 before the first.
    first : Learned
        What the network began with.
    """

    def __init__(self, stack: StackShape, examples: Examples, settings: Settings = Settings()) -> None:  # noqa: B008
        check_layers(stack)
        _check(stack, examples)
        self.stack, self.examples, self.settings = stack, examples, settings
        count, seed = len(examples.training), settings.seed
        self._batches = -(-count // settings.batch)
        stack = stack._replace(batch=-(-count // self._batches))
        _check_memory(stack)
        self.measured = _measured(examples, seed) if settings.standardise else None
        self.first = random_parameters(stack, seed)
        self._trainer = Trainer(
            stack,
            self.first,
            settings.descent,
            dropout=settings.dropout,
            random=lambda step, layer: np.random.default_rng((seed, DROPPED, step, layer)),
            threads=settings.threads,
        )
        self.epochs: list[Epoch] = []
        self.best = 0
        self._best = self.first

    @property
    def learned(self) -> Learned:
        """The parameters of the best epoch; number 0 holds the mean and the deviation of inputs."""
        return self._best if self.measured is None else {0: self.measured._asdict(), **self._best}

    @property
    def latest(self) -> Learned:
        """The parameters as they are now."""
        return self._trainer.learned()

    @property
    def is_over(self) -> bool:
        """Whether all epochs are done, or no better one is to be expected."""
        done, patience = len(self.epochs), self.settings.patience
        return done >= self.settings.epochs or (patience is not None and done - self.best >= patience)

    def run(self, watch: Watch = lambda done, of, count: None) -> Iterator[Epoch]:
        """Train until it is over; an ArgumentError if the loss is no number any more."""
        while not self.is_over:
            yield self._epoch(watch)

    def _epoch(self, watch: Watch) -> Epoch:
        begun, number, count = time.monotonic(), len(self.epochs) + 1, Count()
        draw = np.random.default_rng((self.settings.seed, ORDER, number))
        size = len(self._trainer.input)
        order = np.resize(draw.permutation(self.examples.training), size * self._batches)  # the last batch is filled up
        for batch in range(self._batches):
            chosen = order[batch * size : (batch + 1) * size]
            self._fill(chosen)
            count = count.plus(self._trainer.step(self.examples.labels[chosen]))
            watch(batch + 1, self._batches, count)
            if not np.isfinite(count.loss):
                text = f"in batch {batch + 1} of epoch {number} the loss is {count.loss}, no number to descend from"
                raise self._diverged(text)
        seen, _ = self.evaluate(self.examples.validation)
        if not np.isfinite(seen.loss):  # the last step led there
            raise self._diverged(f"after epoch {number} the validation loss is {seen.loss}, no number")
        if not np.isfinite(self._trainer.parameters.values).all():
            raise self._diverged(f"after epoch {number} some weights are no numbers")
        epoch = Epoch(
            number, count.mean_loss, count.accuracy, seen.mean_loss, seen.accuracy, time.monotonic() - begun
        )  # fmt: skip
        least = min((one.validation_loss for one in self.epochs), default=np.inf)
        self.epochs.append(epoch)
        if not seen.examples or epoch.validation_loss < least or not self.best:
            self.best, self._best = number, self._trainer.learned()
        return epoch

    def _diverged(self, problem: str) -> ArgumentError:
        descent = self.settings.descent
        rate = min(descent.first_rate / 10, RATES[descent.optimiser])
        return ArgumentError(problem, hint=f"take smaller steps: --rate {rate:g}")

    def _fill(self, chosen: Integers) -> None:
        """Bring examples into the batch; where it is larger, what stands behind them is of no account."""
        given = self.examples.inputs[chosen]
        target = self._trainer.input[: len(chosen)]
        if self.measured is None:
            np.copyto(target, given, casting="unsafe")
            return
        np.subtract(given, self.measured.mean, out=target)
        np.divide(target, self.measured.deviation, out=target)

    def evaluate(self, chosen: Integers) -> tuple[Count, Integers]:
        """How wrong the network is now on some examples, and its answers."""
        count, answers, size = Count(), np.zeros(len(chosen), np.int64), len(self._trainer.input)
        for begin in range(0, len(chosen), size):
            some = chosen[begin : begin + size]
            self._fill(some)
            scores = self._trainer.evaluate()[: len(some)]
            one, _ = cross_entropy(scores, self.examples.labels[some])
            count = count.plus(one)
            answers[begin : begin + size] = scores.argmax(axis=1)
        return count, answers

    def confusion(self) -> Integers | None:
        """How often the best network answers what: (classes, classes), rows the truth; None where nothing is held back.

        The training is over then: the network keeps its best parameters.
        """
        chosen = self.examples.validation
        if not len(chosen):
            return None
        self._trainer.load(self._best)
        _, answers = self.evaluate(chosen)
        classes = len(self.examples.classes)
        found = np.zeros((classes, classes), np.int64)
        np.add.at(found, (self.examples.labels[chosen], answers), 1)
        return found

    def state(self) -> tuple[dict[str, Array], dict[str, Any]]:
        """All that is needed to go on later: arrays of float32, and plain values."""
        optimiser = self._trainer.optimiser
        found = {f"now.{name}": array for name, array in _flat(self._trainer.learned()).items()}
        found |= {f"best.{name}": array for name, array in _flat(self._best).items()}
        found |= {f"descent.{number}": array.copy() for number, array in enumerate(optimiser.state)}
        return found, {"steps": optimiser.steps, "best": self.best, "epochs": [[*epoch] for epoch in self.epochs]}

    def restore(self, arrays: Mapping[str, Array], facts: Mapping[str, Any]) -> None:
        """Go on from a state; a KeyError, TypeError or ValueError, with nothing done, if it is of no such training."""
        trainer = self._trainer
        now, best = (_deep(arrays, f"{name}.", self.first) for name in ("now", "best"))
        epochs = [Epoch(int(row[0]), *map(float, row[1:])) for row in facts["epochs"]]
        steps, number, done = int(facts["steps"]), int(facts["best"]), len(epochs)
        if [one.number for one in epochs] != [*range(1, done + 1)] or not min(done, 1) <= number <= done:
            raise ValueError("no such epoch")
        state = trainer.optimiser.state
        kept = [arrays[f"descent.{place}"].reshape(array.shape) for place, array in enumerate(state)]
        for array, before in zip(state, kept, strict=True):
            array[...] = before
        trainer.load(now)
        trainer.optimiser.steps, self.best, self._best, self.epochs = steps, number, best, epochs


def _flat(learned: Learned) -> dict[str, Array]:
    return {f"{number}.{name}": array for number, parts in learned.items() for name, array in parts.items()}


def _deep(state: Mapping[str, Array], prefix: str, like: Learned) -> Learned:
    """The parameters out of a state, each as large as in `like`."""
    found: Learned = {number: {} for number in like}
    for number, parts in like.items():
        for name, array in parts.items():
            found[number][name] = state[f"{prefix}{number}.{name}"].reshape(array.shape).astype(np.float32)
    return found


def check_units(stack: StackShape, classes: int, name: str = "") -> None:
    """Raise a SizeError if the network, which may have a `name`, does not end in a value for each class."""
    if stack.output[-1] != classes:
        problem = f"the network ends in {shape_text(stack.output)}, and there are {classes:,} classes"
        hint = f"end it in fc{classes}"
        if name in NETWORKS:
            hint = f"write its layers, which cnnkit shape {name} --show-stack prints, and {hint}"
        raise SizeError(problem, hint)


def _check(stack: StackShape, examples: Examples) -> None:
    shape, wanted = examples.inputs.shape[1:], tuple(stack.input)
    if shape != wanted:
        text = "x".join(map(str, shape))
        raise SizeError(f"the examples are {text}, and the network takes {stack.input.text}", f"write {text} before it")
    check_units(stack, len(examples.classes))
    if not len(examples.training):
        raise SizeError("no examples are left to train with", hint="hold fewer back: --split 80:20")


def _check_memory(stack: StackShape) -> None:
    """Raise an error, before memory is taken, for what is larger than one array may be."""
    for number, step in enumerate(stack.layers, start=1):
        for size in parameter_shapes(stack, number).values():
            what = f"an array of {pair_text(size)} weights for {step.word}"
            memory.check(NUMBER_BYTES * prod(size), what, "use fewer kernels or units, or pool more before it")
        what = f"what {step.word} makes of {counted(stack.batch, 'example')}"
        hint = "take a smaller --batch, use fewer kernels, or pool more before it"
        memory.check(NUMBER_BYTES * stack.batch * prod(step.output), what, hint)


def _measured(examples: Examples, seed: int) -> Measured:
    """The mean and the deviation of each channel of inputs; a deviation of 1 where nothing varies."""
    draw = np.random.default_rng((seed, DRAWN))
    some = examples.training
    if len(some) > MEASURED:
        some = np.sort(draw.choice(some, MEASURED, replace=False))
    depth = examples.inputs.shape[-1] if examples.inputs.ndim == 4 else 1
    total, squares, count = np.zeros(depth), np.zeros(depth), 0
    for begin in range(0, len(some), 64):
        block = examples.inputs[some[begin : begin + 64]].astype(np.float64).reshape(-1, depth)
        total, squares, count = total + block.sum(axis=0), squares + np.square(block).sum(axis=0), count + len(block)
    mean = total / count
    deviation = np.sqrt(np.maximum(squares / count - mean**2, 0))
    deviation[deviation <= 1e-6 * np.abs(mean)] = 1
    return Measured(mean.astype(np.float32), deviation.astype(np.float32))
