"""The input of a model: which of its sides are rows, columns and depth, and which are open."""

from __future__ import annotations

from typing import NamedTuple

from cnnkit.data.network.model import Model, ModelNode, ModelValue
from cnnkit.errors import ArgumentError, InputError, SizeError, quoted
from cnnkit.network.volume import Shape, Vector, Volume, Waveform
from cnnkit.operations.network.models.orders import IMAGE, SOUND, Order, Sizes, in_memory, plain

CHANNELS = (1, 3, 4)
"""How deep images are, by which the axis of channels is known."""

_ON_CHANNELS = (
    "Conv", "ConvTranspose", "BatchNormalization", "InstanceNormalization", "GroupNormalization", "LRN", "MaxPool",
    "AveragePool", "LpPool", "GlobalMaxPool", "GlobalAveragePool", "DepthToSpace", "SpaceToDepth",
)  # fmt: skip


_ON_VALUES = ("Identity", "Cast", "Sub", "Add", "Mul", "Div", "Clip", "Pad", "Resize")


class ModelInput(NamedTuple):
    """The input of a model, and the order in which an image, a sound or values stand for it."""

    value: ModelValue
    order: Order

    @property
    def sides(self) -> tuple[int | None, ...]:
        """Rows, columns and depth, or the number of values; None where open."""
        shape = self.value.shape or ()
        wanted = [1 if axis < 0 else shape[axis] for axis in self.order[1:]]
        return tuple(side if isinstance(side, int) else None for side in wanted)

    @property
    def text(self) -> str:
        """What it takes, as a size is written, with a question mark for an open side."""
        return "x".join("?" if side is None else str(side) for side in self.sides)


def model_input(model: Model) -> ModelInput:
    """The one input of a model, and how an image is laid for it."""
    taken = {name for node in model.nodes for name in node.inputs}
    used = [value for value in model.inputs if value.name in taken] or list(model.inputs[:1])
    if len(used) > 1:
        names = ", ".join(f"{quoted(value.name)} {value.text}" for value in used[:4])
        raise InputError(
            f"the model takes {len(used)} inputs, and one can be given: {names}",
            hint="export it with the others as constants",
        )
    value = used[0]
    if value.dtype not in ("float32", "uint8", "int8", "int32", "int64", "uint16", "int16"):
        raise InputError(
            f"its input {quoted(value.name)} is of {value.dtype}", hint="export it with an input of floats"
        )
    shape = value.shape
    if shape is None or not 2 <= len(shape) <= 4:
        raise InputError(
            f"its input {quoted(value.name)} is {value.text}", hint="export it for an image, a sound or values"
        )
    return ModelInput(value, _order(model, value))


def _order(model: Model, value: ModelValue) -> Order:
    shape = value.shape or ()
    first = _first_that_tells(model, value.name)
    if len(shape) == 4:
        is_last = shape[3] in (1, 3) and not any(isinstance(side, int) and side <= max(CHANNELS) for side in shape[1:3])
        if first is not None:
            is_last = first.op == "Transpose" and list(first.attributes.get("perm", [])) == [0, 3, 1, 2]
        return plain(4) if is_last else IMAGE
    if len(shape) == 3:
        is_sound = (first is not None and first.op != "Transpose") or shape[1] == 1
        return SOUND if is_sound else (0, 1, 2, -1)
    return plain(2)


def _first_that_tells(model: Model, name: str) -> ModelNode | None:
    """The first operator that says which axis has the channels, behind those on single values."""
    names = {name}
    for node in model.nodes:
        if names.isdisjoint(node.inputs):
            continue
        if node.op in _ON_CHANNELS or node.op == "Transpose":
            return node
        if node.op not in _ON_VALUES:
            return None
        names.update(node.outputs)
    return None


def sized(model: Model, size: Shape | None, batch: int = 1) -> tuple[Shape, Sizes, Order]:
    """The input with no side open: as a volume or values, in the order of the file, and the order in memory."""
    given = model_input(model)
    wanted, named = given.sides, quoted(given.value.name)
    sides = _filled(given, size) if size is not None else wanted
    if None in sides:
        raise ArgumentError(
            f"sides of the model's input are open: {given.text}", hint=f"give its size, as in {_example(sides)}"
        )
    closed = [side for side in sides if side is not None]
    shape = given.value.shape or ()
    first = shape[0] if isinstance(shape[0], int) else batch
    if batch not in (1, first):
        raise SizeError(f"the model takes {first} inputs at once, not {batch}", hint=f"use a batch of {first}")
    memory = (first, *closed)
    file = [0] * len(shape)
    for place, axis in enumerate(given.order):
        if axis >= 0:
            file[axis] = memory[place]
    if min(file) < 1:
        raise InputError(f"its input {named} has no values", hint="save the model again")
    assert in_memory(file, given.order) == memory
    return Volume(*closed) if len(closed) == 3 else Vector(closed[0]), tuple(file), given.order


def _filled(given: ModelInput, size: Shape) -> tuple[int, ...]:
    wanted = given.sides
    numbers: tuple[int, ...] = (size.samples,) if isinstance(size, Waveform) else tuple(size)
    if len(wanted) == 3 and len(numbers) == 1:
        numbers = (1, numbers[0], 1)
    elif len(wanted) == 1 and len(numbers) == 3 and max(numbers) == size.values:
        numbers = (size.values,)
    if len(numbers) != len(wanted) or any(side not in (None, n) for side, n in zip(wanted, numbers, strict=True)):
        cure = [n if side is None else side for side, n in zip(wanted, numbers, strict=False)]
        text = "x".join(map(str, cure)) if len(cure) == len(wanted) else _example(wanted)
        raise SizeError(f"the model takes {given.text}, not {size.text}", hint=f"give it {text}")
    return numbers


def _example(sides: tuple[int | None, ...]) -> str:
    if len(sides) == 3:
        usual = (224, 224, 3) if sides[0] != 1 else (1, 16000, 1)
        return "x".join(str(side or other) for side, other in zip(sides, usual, strict=True))
    return str(sides[0] or 784)
