"""The network of a command, ready for inputs of one shape: made once in a process, and kept for the inputs to come."""

from __future__ import annotations

import os
from collections.abc import Sequence
from importlib import import_module
from math import prod
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from cnnkit import memory
from cnnkit.cli.network.weights_option import learned
from cnnkit.cli.report import Report
from cnnkit.data.network.graph import Learned, Network, parameter_shapes
from cnnkit.errors import ArgumentError, InputError, MisfitError, NotationError, SizeError, printable
from cnnkit.files.network import trained as files
from cnnkit.files.network.trained import Trained
from cnnkit.files.stacks import StackFiles
from cnnkit.geometry.pair import pair_text
from cnnkit.network.notation.expansion import read_stack
from cnnkit.network.notation.networks import NETWORKS
from cnnkit.network.shape import Stack
from cnnkit.network.stack import NUMBER_BYTES, StackShape, stack_shape
from cnnkit.network.volume import Shape, Volume, Waveform
from cnnkit.operations.network.given import given_parameters
from cnnkit.operations.network.program import Program
from cnnkit.operations.network.stacks import network as network_of

MOST_SHAPES = 8
"""Shapes of inputs whose networks are kept."""

MOST_BYTES = 1 << 28
"""Weights and activations beyond which a network is kept for one shape alone."""

HEARING = ("waveform", "spectrogram", "mel", "logmel", "mfcc")
"""Layers that take a sound itself."""

speaks = False
"""Whether this process says how a network came about: the one that the user started, and once."""


class Recipe(NamedTuple):
    """What a network is made of, as plain values, which other processes can have."""

    words: tuple[str, ...] = ()
    weights: tuple[str, ...] = ()
    order: str = ""
    seed: int = 0
    model: str | None = None
    algorithm: str = "auto"
    named: tuple[str, ...] = ()  # marks that options name
    trained: str | None = None  # the file of a network that was trained, whose layers the words are
    is_of_features: bool = False  # whether it takes an image of a sound, whose size no option changes

    @property
    def title(self) -> str:
        """The network in a word: its file, or the first of its words."""
        file = self.model or self.trained
        return os.path.basename(file) if file is not None else self.words[0]

    @property
    def text(self) -> str:
        """The network as it was typed."""
        return Path(self.model).name if self.model else " ".join(self.words)


class Ready(NamedTuple):
    """A network for inputs of a shape, and what there is to say of its making."""

    network: Network
    notes: tuple[str, ...]
    shown: list[bool]  # whether its table was shown

    @property
    def stack(self) -> Stack:
        """Its layers as the table has them."""
        return Stack(*self.network.stack)

    @property
    def size(self) -> int:
        """Bytes of its weights and activations."""
        return self.network.stack.parameter_bytes + self.network.stack.activation_bytes


_networks: dict[tuple[Recipe, Shape], Ready] = {}
_programs: dict[tuple[Recipe, Shape, tuple[int, ...], int | None], Program] = {}


def stack_of(recipe: Recipe, shape: Shape) -> Stack:
    """The layers of a recipe after an input; a MisfitError where they do not fit it."""
    layout = "hwc" if isinstance(shape, Volume) else ""
    try:
        spec = read_stack((shape.text, *recipe.words), StackFiles(), layout, recipe.named)
        return Stack(*stack_shape(spec, input_layout=layout))
    except NotationError as error:
        raise MisfitError(error.problem, _cured(error.hint, recipe, shape), error.pointer) from None


def _cured(hint: str, recipe: Recipe, shape: Shape) -> str:
    """The hint, with what brings an input to the size that a network was made for."""
    own = own_input(recipe)
    cure = "" if own is None else bringing(own, shape)
    return f"{cure} brings it to {own.text}, which {recipe.title} was made for" if own and cure else hint


def own_input(recipe: Recipe) -> Shape | None:
    """The input that the network was made for: a model, or one of ours; None where nothing brings inputs there."""
    if recipe.is_of_features:
        return None
    if recipe.model is not None:
        return _model_input(read_model(recipe.model))
    words = NETWORKS.get(recipe.words[0], "").split() if recipe.words else []
    if recipe.trained is not None:
        words = [read_trained(recipe.trained).input]
    if not words:
        return None
    from cnnkit.network.notation.reading import read_input
    from cnnkit.network.notation.word import Word

    return read_input(Word(words[0]))


def bringing(own: Shape, shape: Shape) -> str:
    """The options that make an input one of another shape."""
    if not isinstance(own, Volume) or not isinstance(shape, Volume):
        rates = (own.rate, shape.rate) if isinstance(own, Waveform) and isinstance(shape, Waveform) else (0, 0)
        return f"--sample-rate {rates[0]}" if rates[0] != rates[1] else ""
    size = "" if own[:2] == shape[:2] else f"--resize {own.rows}" + f"x{own.columns}" * (own.columns != own.rows)
    colours = "" if own.depth == shape.depth else {1: "--grey", 3: "--rgb"}.get(own.depth, "")
    return " ".join(filter(None, (size, colours)))


def _size_notes(recipe: Recipe, shape: Shape) -> list[str]:
    """A note where a network of ours takes an input of another size than it was made for."""
    own = own_input(recipe)
    cure = "" if own is None else bringing(own, shape)
    if own is None or not cure:
        return []
    return [f"{recipe.title} was made for {own.text}, and this is {shape.text}: {cure} makes it that"]


def ready_for(recipe: Recipe, shape: Shape, *, is_dry: bool = False) -> Ready:
    """The network for inputs of a shape; in a dry run, weights that would be drawn at random are not."""
    found = _networks.get((recipe, shape))
    if found is None:
        if len(_networks) >= MOST_SHAPES or sum(one.size for one in _networks.values()) > MOST_BYTES:
            _networks.clear()
            _programs.clear()
        found = _networks[recipe, shape] = _made(recipe, shape, is_dry=is_dry)
    return found


def _made(recipe: Recipe, shape: Shape, *, is_dry: bool) -> Ready:
    if recipe.model is not None:
        lower = import_module("cnnkit.operations.network.models.lower").lower
        try:
            return Ready(lower(read_model(recipe.model), shape), (), [])
        except SizeError as error:
            raise SizeError(error.problem, _cured(error.hint, recipe, shape)) from None
    stack = stack_of(recipe, shape)
    for row in range(1, len(stack.layers) + 1):
        for size in parameter_shapes(stack, row).values():
            what = f"an array of {pair_text(size)} weights for {stack.layers[row - 1].word}"
            memory.check(NUMBER_BYTES * prod(size), what, "use fewer kernels or units, or pool more before it")
    if is_dry and not recipe.weights and recipe.trained is None:
        return Ready(network_of(stack, _blank(stack)), tuple(_size_notes(recipe, shape)), [])
    try:
        parameters, notes = _learned(recipe, stack)
    except ArgumentError as error:
        raise error if recipe.trained is None else _misfit(recipe, shape, error) from None
    return Ready(network_of(stack, parameters), (*_size_notes(recipe, shape), *notes), [])


def _misfit(recipe: Recipe, shape: Shape, error: ArgumentError) -> SizeError | InputError:
    """Why what a network learned is not for an input: its size, or else the file."""
    own = own_input(recipe._replace(is_of_features=False))
    if own is None or own == shape:
        return InputError(f"--model {printable(recipe.trained or '')}: {error.problem}", files.CURE)
    cure = bringing(own, shape)
    if isinstance(own, Waveform) and not cure:
        cure = f"cut it, or pad it with silence, to {own.samples:,} samples"
    elif recipe.is_of_features:
        cure = "give a sound as long as those in training, with the same --features"
    problem = f"{recipe.title} was trained on {own.text}, and this is {shape.text}"
    return SizeError(problem, f"{cure} brings it there" if cure.startswith("--") else cure or f"give {own.text}")


def _blank(stack: StackShape) -> Learned:
    """Zeros for all parameters, which take no memory."""
    zero, rows = np.float32(0), range(1, len(stack.layers) + 1)
    return {
        row: {name: np.broadcast_to(zero, size) for name, size in shapes.items()}
        for row in rows
        if (shapes := parameter_shapes(stack, row))
    }


_latest: list[tuple[Recipe, list[dict[str, tuple[int, ...]]], Learned, list[str]]] = []
"""The parameters that were made last, which inputs of other shapes often have in common."""


def _learned(recipe: Recipe, stack: StackShape) -> tuple[Learned, list[str]]:
    """The parameters of all layers, and what there is to say of them."""
    shapes = [parameter_shapes(stack, row) for row in range(1, len(stack.layers) + 1)]
    if not (_latest and _latest[0][:2] == (recipe, shapes)):
        _latest.clear()
        made: tuple[Learned, list[str]] = (
            (given_parameters(stack, read_trained(recipe.trained).learned), [])
            if recipe.trained is not None
            else learned(recipe.weights, stack, seed=recipe.seed, order=recipe.order)
        )
        _latest.append((recipe, shapes, *made))
    return _latest[0][2:]


_models: dict[str, Any] = {}


def read_model(path: str) -> Any:
    """A model from its file, which is read once in a process."""
    if path not in _models:
        try:
            _models[path] = import_module("cnnkit.files.network.onnx").read_model(path)
        except InputError as error:
            raise InputError(f"--model {printable(path)}: {error.problem}", error.hint) from None
    return _models[path]


_trained: dict[str, Trained] = {}


def read_trained(path: str) -> Trained:
    """A network that was trained, from its file, which is read once in a process."""
    if path not in _trained:
        try:
            _trained[path] = files.read_trained(Path(path))
        except InputError as error:
            raise InputError(f"--model {printable(path)}: {error.problem}", error.hint) from None
    return _trained[path]


def _model_input(model: Any) -> Volume | None:
    """The image that a model takes, where its file says all sides; a depth of 1, 3 or 4 tells its place."""
    sides: Any = model.inputs[0].shape if model.inputs else None
    if not sides or len(sides) != 4 or not all(isinstance(side, int) and side > 0 for side in sides[1:]):
        return None
    if sides[1] not in (1, 3, 4) and sides[3] in (1, 3, 4):
        return Volume(*sides[1:])
    return Volume(sides[2], sides[3], sides[1])


def program_for(recipe: Recipe, shape: Shape, keep: tuple[int, ...], threads: int | None) -> Program:
    """The network of a shape as steps, giving the values `keep` beside its output."""
    key = recipe, shape, keep, threads
    if key not in _programs:
        ready = ready_for(recipe, shape)
        if _programs and ready.size > MOST_BYTES:
            _programs.clear()
        _programs[key] = Program(ready.network.graph, keep, algorithm=recipe.algorithm, threads=threads)
    return _programs[key]


def is_first_table() -> bool:
    """Whether the table of no other network was shown, whose explanations are those of all."""
    return sum(map(len, (one.shown for one in _networks.values()))) == 1


def say_once(notes: Sequence[str], report: Report) -> None:
    """Say how a network came about, once in a command."""
    global speaks  # noqa: PLW0603 - one flag of the process, as the networks are
    if speaks and notes:
        speaks = False
        for note in notes:
            report.remark(note)
