"""A network made ready to be trained: values and slopes of every layer for one batch, and steps of descent."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any

import numpy as np

from cnnkit.arrays import Array, Integers
from cnnkit.data.network.graph import Learned, parameter_shapes
from cnnkit.errors import ArgumentError
from cnnkit.loops.machine.team import Team
from cnnkit.network.stack import StackShape
from cnnkit.network.volume import Vector, Volume
from cnnkit.operations.learning.training.convolutions import Convolving
from cnnkit.operations.learning.training.dense import Dense
from cnnkit.operations.learning.training.layer import Layer, Link
from cnnkit.operations.learning.training.loss import Count, Loss
from cnnkit.operations.learning.training.moves import Add, Border, Enlarge, Join, Largest, Mean, Reshape, Shuffle
from cnnkit.operations.learning.training.norms import BatchNorm, LocalResponse, Normalising
from cnnkit.operations.learning.training.optimisers import Descent, Optimiser
from cnnkit.operations.learning.training.pools import Pooling
from cnnkit.operations.learning.training.rooms import Parameters, Room
from cnnkit.operations.learning.training.values import SLOPES, Activation, Bent, Dropout, Softmax
from cnnkit.operations.network.work import WorkList

STATISTICS = ("mean", "variance")
LAYERS: dict[str, type[Any]] = {
    **dict.fromkeys(("conv", "dwconv", "tconv"), Convolving),
    "fc": Dense,
    **dict.fromkeys(("maxpool", "avgpool", "maxpool-to", "avgpool-to"), Pooling),
    "bn": BatchNorm,
    **dict.fromkeys(("layernorm", "groupnorm", "instancenorm"), Normalising),
    "lrn": LocalResponse,
    **dict.fromkeys(SLOPES, Activation),
    "prelu": Bent,
    "softmax": Softmax,
    "dropout": Dropout,
    **dict.fromkeys(("flatten", "reshape"), Reshape),
    "gap": Mean,
    "gmp": Largest,
    **dict.fromkeys(("pad", "crop"), Border),
    "shuffle": Shuffle,
    "upsample": Enlarge,
    "add": Add,
    "cat": Join,
}
"""The layers that have slopes."""


FREE = ("conv", "dwconv", "fc", "bn", "add")
"""Layers whose slopes need no output of theirs: a relu behind them writes where it reads."""


class Trainer:
    """A network and one batch of examples.

    Parameters
    ----------
    stack : StackShape
        For ``stack.batch`` examples at once; it ends in a value for each class. A softmax at its end belongs to the
        loss.
    learned : Learned
        What the network begins with.
    how : Descent
    dropout : float
        The share of values that layers ``dropout`` drop.
    random : callable
        Gives a generator for a step and a layer, by their numbers: which values are dropped follows from it alone.
    threads : int, optional
        One for each processor by default. The number changes no bit of any result.
    """

    def __init__(
        self,
        stack: StackShape,
        learned: Learned,
        how: Descent = Descent(),  # noqa: B008  # a tuple
        *,
        dropout: float = 0.5,
        random: Callable[[int, int], np.random.Generator] = lambda step, layer: np.random.default_rng((step, layer)),
        threads: int | None = None,
    ) -> None:
        check_layers(stack)
        self.stack = stack
        shapes = {
            (number, name): shape
            for number in range(1, len(stack.layers) + 1)
            for name, shape in parameter_shapes(stack, number).items()
        }
        self.parameters = Parameters({key: shape for key, shape in shapes.items() if key[1] not in STATISTICS})
        self.statistics = {key: np.zeros(shape, np.float32) for key, shape in shapes.items() if key[1] in STATISTICS}
        self.load(learned)
        self.optimiser = Optimiser(self.parameters, how)
        self._dropout, self._random = dropout, random
        self._values: list[Room] = [Room.of((stack.batch, *stack.input))]
        self._slopes: list[Room | None] = [None]
        self._consumers = Counter(source for step in stack.layers for source in step.wire.sources)
        end = stack.end or len(stack.layers)
        self._scores = stack.layers[end - 1].wire.sources[0] if stack.layers[end - 1].layer.name == "softmax" else end
        layers = [self._layer(number) for number in range(1, len(stack.layers) + 1)]
        used = [layer for number, layer in enumerate(layers, start=1) if number != end or number == self._scores]
        slope = self._slopes[self._scores]
        if slope is None:
            raise ArgumentError("nothing can be learned: no layer has weights", "add conv3-8 or fc10")
        self.loss = Loss(self._values[self._scores], slope)
        ahead, both = WorkList(threads), WorkList(threads)
        for layer in used:
            layer.forward(ahead, is_training=False)
            layer.forward(both, is_training=True)
        both.then(self.loss)
        written: set[int] = {self._scores}
        for layer in reversed(used):
            self._back(both, layer, written)
        self.optimiser.work(both)
        self._evaluation, self._training = Team(ahead.work, threads), Team(both.work, threads)

    @property
    def input(self) -> Array:
        """The batch, to be filled: (examples, rows, columns, depth) or (examples, values)."""
        return self._values[0].array

    @property
    def scores(self) -> Array:
        """What the network makes of the batch: (examples, classes)."""
        return self._values[self._scores].array

    def step(self, labels: Integers) -> Count:
        """Take a step of descent on the batch, and say how wrong the network was before it."""
        self.loss.labels[:] = labels
        with np.errstate(all="ignore"):  # whoever steps too far sees it by the loss
            self._training()
        return self.loss.count

    def evaluate(self) -> Array:
        """The scores of the batch as evaluation has them: nothing dropped, fixed statistics."""
        with np.errstate(all="ignore"):
            self._evaluation()
        return self.scores

    def load(self, learned: Learned) -> None:
        """Take parameters."""
        for (number, name), _ in self.parameters.shapes.items():
            self.parameters[number, name].weights[...] = learned[number][name]
        for (number, name), array in self.statistics.items():
            array[...] = learned[number][name]

    def learned(self) -> Learned:
        """A copy of the parameters, statistics among them."""
        found: Learned = {}
        for number, name in self.parameters.shapes:
            found.setdefault(number, {})[name] = self.parameters[number, name].weights.copy()
        for (number, name), array in self.statistics.items():
            found[number][name] = array.copy()
        return found

    def _relu_after(self, number: int) -> int:
        """The relu that alone takes the output of a layer which nobody needs any more as it was; 0 for none."""
        takers = [n for n, step in enumerate(self.stack.layers, start=1) if number in step.wire.sources]
        is_free = self.stack.layers[number - 1].layer.name in FREE and len(takers) == 1 and number != self._scores
        return takers[0] if is_free and self.stack.layers[takers[0] - 1].layer.name == "relu" else 0

    def _layer(self, number: int) -> Layer:
        """Make layer `number`, with rooms for its output and its slope."""
        step = self.stack.layers[number - 1]
        sources = step.wire.sources
        parameters = self.parameters.of(number)
        shape = (self.stack.batch, *step.output)
        is_needed = bool(parameters) or any(self._slopes[source] is not None for source in sources)
        source = sources[0]
        is_moved = LAYERS[step.layer.name] is Reshape and self._consumers[source] == 1 and number != self.stack.end
        if is_moved or (source and self._relu_after(source) == number):
            before = self._slopes[source]
            self._values.append(self._values[source].shaped(shape))
            self._slopes.append(None if before is None else before.shaped(shape))
        else:
            self._values.append(Room.of(shape))
            self._slopes.append(Room.of(shape) if is_needed else None)
        slope = self._slopes[number]
        link = Link(
            step,
            tuple(self._values[source] for source in sources),
            self._values[number],
            tuple(self._slopes[source] for source in sources),
            slope or self._values[number],
            parameters,
            {name: array for (layer, name), array in self.statistics.items() if layer == number},
            self._dropout,
            lambda: self._random(self.optimiser.steps, number),
        )
        if LAYERS[step.layer.name] is Convolving:
            return Convolving(link, self.parameters.values, is_limited=self._relu_after(number) > 0)
        if LAYERS[step.layer.name] is Dense:
            return Dense(link, self.parameters.values)
        if source and self._relu_after(source) == number:
            before_it = self.stack.layers[source - 1].layer.name
            return Activation(link, is_done_before=LAYERS[before_it] is Convolving)
        made: Layer = LAYERS[step.layer.name](link)
        return made

    def _back(self, work: WorkList, layer: Layer, written: set[int]) -> None:
        """Add a layer's work backward; where another has written a slope already, this one's is added to it."""
        number = next(n for n, step in enumerate(self.stack.layers, start=1) if step is layer.step)
        if self._slopes[number] is None or number not in written:
            return
        sources, targets, added = layer.step.wire.sources, [], []
        for source in sources:
            slope = self._slopes[source]
            if slope is not None and source in written:
                other = Room.of(slope.array.shape)
                added.append((slope, other))
                slope = other
            elif slope is not None:
                written.add(source)
            targets.append(slope)
        layer.link = layer.link._replace(input_slopes=tuple(targets))
        layer.backward(work)
        for slope, other in added:
            work.in_blocks(lambda a, b, out: np.add(a, b, out=out), slope.array, slope.array, other.array)


def check_layers(stack: StackShape) -> None:
    """Raise an error for what cannot be trained: a layer without slopes, or an end that is no value for each class."""
    if not isinstance(stack.input, Volume | Vector):
        raise ArgumentError("a network in training takes images or values", "make features of sounds first")
    for number, step in enumerate(stack.layers, start=1):
        if step.layer.name not in LAYERS:
            known = ", ".join(LAYERS)
            raise ArgumentError(f"layer {number}, {step.word}, is not trained through", f"layers that are: {known}")
    if not isinstance(stack.output, Vector) or not stack.layers:
        problem = f"the network ends in {stack.output.text}, not in a value for each class"
        raise ArgumentError(problem, "end it in flatten fc10, or gap")
