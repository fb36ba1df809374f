"""The words of ``--weights``: files, and kernels for single layers; what is left gets weights at random."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from cnnkit.data.network.graph import Learned, parameter_shapes
from cnnkit.data.network.weights import Weights
from cnnkit.errors import ArgumentError, CnnkitError, InputError, nearest, quoted
from cnnkit.files.kernels import read_kernel
from cnnkit.files.network.trained import trained_of
from cnnkit.files.network.weights import read_weights
from cnnkit.geometry.pair import counted
from cnnkit.network.stack import StackShape
from cnnkit.operations.network.given import PLUS, carrier, given_parameters
from cnnkit.operations.network.initial import preset_parameters, random_parameters
from cnnkit.operations.network.matching import matched

MOST_NAMED = 6
"""Layers that a note or a hint names."""


def learned(texts: Sequence[str], stack: StackShape, *, seed: int = 0, order: str = "") -> tuple[Learned, list[str]]:
    """The parameters of a stack's layers, and what is to be known of them.

    Parameters
    ----------
    texts : sequence of str
        Files of weights (several are read as one), and LAYER=KERNEL+KERNEL with a layer's number in the table, counted
        from 1, its word, if only one has it, or a mark's name; a kernel is a preset, a literal or @FILE.
    stack : StackShape
    seed : int
        Of the weights of layers that get none.
    order : {"", "oihw", "hwio"}
        How kernels stand in the files, where names and shapes leave that open.

    Returns
    -------
    (Learned, list of str)

    >>> from cnnkit.network.shape import shape
    >>> found, notes = learned(["1=sobel-x+sobel-y"], shape("28x28 conv3-2 relu flatten fc10"))
    >>> found[1]["weights"][1, :, 0, 0].tolist(), notes
    ([-2.0, 0.0, 2.0], ['1 of 2 layers has weights at random (He, seed 0): 4 fc10'])
    """
    made: Learned = {}
    files: list[str] = []
    for text in texts:
        layer, equals, kernels = text.partition("=")
        if not equals or os.path.exists(text):
            files.append(text)
            continue
        number = layer_number(stack, layer)
        if number in made:
            word = stack.layers[number - 1].word
            raise ArgumentError(
                f"--weights gives layer {number}, {word}, kernels twice",
                hint=f"join them by +, as in --weights {number}=sobel-x+sobel-y",
            )
        if not kernels.strip("+ "):
            raise ArgumentError(f"--weights {text} names no kernels", hint=f"write --weights {layer}=sobel-x")
        made[number] = preset_parameters(stack, number, [read_kernel(one.strip()) for one in PLUS.split(kernels)])
    notes: list[str] = []
    if files:
        read = []
        for name in files:
            with _named(name):
                read.append(read_weights(_known(name, stack)))
        if len(read) == 1 and not made and (own := trained_of(read[0])) is not None:
            with _named(files[0]):
                return given_parameters(stack, own.learned), []
        with _named(files[0]):
            found = matched(stack, _together(read), order, given=made)
        made |= found.learned
        notes += found.notes
    numbers = [n for n in range(1, len(stack.layers) + 1) if parameter_shapes(stack, n)]
    drawn = [f"{n} {stack.layers[n - 1].word}" for n in numbers if n not in made]
    if drawn:
        listed = ", ".join(drawn[:MOST_NAMED]) + f" and {len(drawn) - MOST_NAMED} more" * (len(drawn) > MOST_NAMED)
        verb = "has" if len(drawn) == 1 else "have"
        of = f"{len(drawn)} of {counted(len(numbers), 'layer')}"
        notes.append(f"{of} {verb} weights at random (He, seed {seed}): {listed}")
    return random_parameters(stack, seed, made), notes


def layer_number(stack: StackShape, name: str) -> int:
    """The layer that a number, a word or a mark names; an ArgumentError says which there are.

    A mark behind a normalisation or an activation names the layer with weights whose values they take.
    """
    count = len(stack.layers)
    if name.isdecimal() and name.isascii():
        if not 1 <= int(name[:9]) <= count:
            raise ArgumentError(f"--weights {name}=: there is no layer {name}", hint=f"{_choices(stack)}")
        return int(name)
    marked = [n for n, step in enumerate(stack.layers, start=1) if f"mark:{name}" in step.wire.marks]
    if marked:
        return carrier(stack, marked[0])
    worded = [n for n, step in enumerate(stack.layers, start=1) if step.word == name]
    if len(worded) > 1:
        numbers = ", ".join(map(str, worded[:MOST_NAMED])) + ", ..." * (len(worded) > MOST_NAMED)
        raise ArgumentError(
            f"--weights {name}=: {len(worded)} layers are {name}", hint=f"name one by its number: {numbers}"
        )
    if not worded:
        marks = [mark.removeprefix("mark:") for step in stack.layers for mark in step.wire.marks]
        near = nearest(name, [*marks, *(step.word for step in stack.layers)])
        raise ArgumentError(
            f"--weights {quoted(name)[1:-1]}=: no layer has this word or mark",
            hint=f"did you mean {near}?" if near else _choices(stack),
        )
    return worded[0]


@contextmanager
def _named(name: str) -> Iterator[None]:
    """Name the file in errors."""
    try:
        yield
    except CnnkitError as error:
        error.problem = f"{name}: {error.problem}" if name not in error.problem else error.problem
        raise


def _choices(stack: StackShape) -> str:
    found = [
        f"{n} ({step.word})" for n, step in enumerate(stack.layers, start=1) if step.layer.name in ("conv", "dwconv")
    ]
    more = ", ..." * (len(found) > MOST_NAMED)
    return f"use one of {', '.join(found[:MOST_NAMED])}{more}" if found else "give kernels to a stack that has a conv"


def _known(name: str, stack: StackShape) -> Path:
    """A file that is there; what is none may be kernels without their layer."""
    if not os.path.exists(name):
        from cnnkit.data.kernels.search import preset_called

        if preset_called(re.split(r"[:+]", name)[0]):
            number = next((n for n, step in enumerate(stack.layers, start=1) if step.layer.name == "conv"), 1)
            raise ArgumentError(f"--weights {name} names no layer", hint=f"write --weights {number}={name}")
    return Path(name)


def _together(found: list[Weights]) -> Weights:
    """The tensors of several files as those of one."""
    first, *others = found
    if not others:
        return first
    tensors = dict(first.tensors)
    for other in others:
        if twice := next((name for name in other.tensors if name in tensors), ""):
            raise InputError(f"{quoted(twice)} is in {other.name} too", hint="give one of these files")
        tensors |= other.tensors
    return Weights(tensors, " and ".join(one.name for one in found), first.metadata)
