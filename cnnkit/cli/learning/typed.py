"""What is typed behind ``cnnkit train``: where the examples are, and the network."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from cnnkit.arrays import Array
from cnnkit.cli import options
from cnnkit.cli.network.loading import HEARING
from cnnkit.errors import ArgumentError
from cnnkit.files.stacks import StackFiles
from cnnkit.network.notation.arguments import split_arguments
from cnnkit.network.notation.expansion import read_layers, read_stack
from cnnkit.network.stack import StackShape, stack_shape
from cnnkit.network.volume import Shape, Vector, Volume, Waveform
from cnnkit.operations.learning.training.trainer import check_layers
from cnnkit.operations.network.program import Program
from cnnkit.operations.network.stacks import network

SIZE = re.compile(r"\d+(x\d+)*(@\d+)?")
MOST_WORDS = 6
SOME_LAYERS = "conv3-8 relu maxpool2 flatten fc10"
ANY_IMAGE, ANY_SOUND = "8x8x1", "8000@8000"
"""Inputs for layers that are read before theirs is known."""


class Task(NamedTuple):
    """What is typed: where the examples are, and the network."""

    names: tuple[str, ...]
    size: Shape | None
    layers: tuple[str, ...]  # each a word, networks and files written out
    hears: bool
    typed: str = ""  # the layers as they were typed

    @classmethod
    def of(cls, words: Sequence[str]) -> Task:
        """Read the words; an error where there are no layers, or they cannot be trained."""
        names, layers = split_arguments(words, os.path.lexists)
        size = None
        if len(names) > 1 and SIZE.fullmatch(names[-1]) and not os.path.lexists(names[-1]):
            size = read_stack((names[-1], "relu" if "@" not in names[-1] else "waveform"), StackFiles()).input
            names = names[:-1]
        options.given.pop("words", None)
        options.given.update(inputs=names, layers=layers)
        if not names or (len(names) == 1 and SIZE.fullmatch(names[0]) and not os.path.lexists(names[0])):
            line = " ".join(["cnnkit train photos/", *words[:MOST_WORDS]]) + " ..." * (len(words) > MOST_WORDS)
            raise ArgumentError("no examples are named", hint=f"name a folder first: {line}")
        if not layers:
            line = " ".join(["cnnkit train", *names, SOME_LAYERS])
            raise ArgumentError("no layers are given", hint=f"write them behind the examples: {line}")
        specs = read_layers(layers, StackFiles())
        hears = bool(specs) and specs[0].name in HEARING
        _, *written = str(read_stack((ANY_SOUND if hears else ANY_IMAGE, *layers), StackFiles())).split()
        if hears and len(written) < 2:
            raise ArgumentError(f"{layers[0]} learns nothing", hint=f"write layers behind it: {SOME_LAYERS}")
        return cls(tuple(names), size, tuple(written), hears, " ".join(layers))

    @property
    def learning(self) -> tuple[str, ...]:
        """The words of the layers that are trained."""
        return self.layers[1:] if self.hears else self.layers

    @property
    def wanted(self) -> tuple[int, ...] | None:
        """The shape that examples must have, if the words say so."""
        if self.size is None:
            return None
        if self.hears:
            return tuple(stack_shape(read_stack((self.size.text, self.layers[0]), StackFiles())).output)
        if isinstance(self.size, Waveform):
            problem = f"{self.size.text} is a sound, and {self.layers[0]} takes an image"
            raise ArgumentError(problem, hint="let the layers begin with mfcc13, logmel40 or spectrogram")
        return tuple(self.size)

    def stack(self, shape: tuple[int, ...]) -> StackShape:
        """The layers that are trained, for examples of a shape."""
        given: Shape = Volume(*shape) if len(shape) == 3 else Vector(*shape)
        layout = "hwc" if isinstance(given, Volume) else ""
        stack = stack_shape(read_stack((given.text, *self.learning), StackFiles(), layout), input_layout=layout)
        check_layers(stack)
        return stack


@dataclass(frozen=True)
class Hearing:
    """The first layer of a network that takes a sound itself."""

    word: str

    def __str__(self) -> str:
        return self.word

    def __call__(self, shape: Shape, batch: Array) -> Array:
        """What it makes of a sound."""
        stack = stack_shape(read_stack((shape.text, self.word), StackFiles()))
        graph = network(stack, {}).graph
        made: Array = Program(graph, threads=1).run(batch)[graph.output][0]
        return made
