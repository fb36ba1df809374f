"""Which tensors of a file are whose: those of a stack's layers, by their order and shapes.

Tensors are gathered into layers by their names. A layer takes the first ones of its kind and shapes that are left, in
the order of the file, or where that is the alphabet's, in one that names and shapes tell. Nothing may be left over:
files that fit by chance are rare, and what does not fit is an error that says where.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from functools import partial
from itertools import pairwise, product
from typing import NamedTuple

import numpy as np

from cnnkit.data.network.graph import Learned
from cnnkit.data.network.weights import Weights, shape_text
from cnnkit.errors import ArgumentError, InputError, printable, unknown_word
from cnnkit.geometry.pair import counted
from cnnkit.network.stack import StackShape
from cnnkit.operations.network.groups import KERAS_NORM, Group, groups
from cnnkit.operations.network.guesses import layer_words, order_in_words
from cnnkit.operations.network.layouts import (
    KERAS_EPSILON,
    KINDS,
    ORDERS,
    Layout,
    Need,
    Orders,
    fits,
    needs,
    parameters,
)
from cnnkit.operations.network.succession import Names, are_told_apart, by_name, is_alphabetical, succession

SHOWN = 6
"""Tensors that an error or a note names."""

MOST_LEFT = 10_000
"""Layers of a file beyond which their order is not looked for, if the stack has fewer: they do not fit it anyway."""


class Matched(NamedTuple):
    """The parameters of a stack's layers, out of a file, and how they were found."""

    learned: Learned
    names: dict[int, dict[str, str]]  # of the tensors of each layer, by what they are to it
    layout: Layout
    notes: list[str]


class _Attempt(NamedTuple):
    """Layers and what they take, as far as it went."""

    pairs: list[tuple[Need, Group]]
    missing: Need | None
    left: list[Group]

    @property
    def is_whole(self) -> bool:
        return self.missing is None and not self.left


def match(stack: StackShape, weights: Weights, order: str = "") -> Learned:
    """The parameters of a stack's layers, out of a file; see `matched`."""
    return matched(stack, weights, order).learned


def matched(stack: StackShape, weights: Weights, order: str = "", given: Collection[int] = ()) -> Matched:
    """Find the tensors of each layer of a stack, but those that are `given`, by their numbers.

    `order` says how axes stand, oihw or hwio, where shapes and names do not. An InputError if a layer finds no tensors,
    or tensors no layer; an ArgumentError if both orders fit and nothing says which.
    """
    if order and order not in ORDERS:
        raise unknown_word("order of weights", order, ORDERS)
    wanted = [need for need in needs(stack) if need.number not in given]
    found = groups(weights)
    is_onnx = weights.metadata.get("format") == "onnx"  # in which convolutions have one order
    layouts = [Layout(*one) for one in product(["oihw"] if is_onnx else ORDERS, ORDERS)]
    in_words = "oihw" if weights.metadata.get("format") == "pt" else order_in_words(found)
    told = order or in_words
    layouts.sort(key=lambda one: (one.convolutions != (told or "oihw"), one.dense != (told or one.convolutions)))
    is_few = len(found) <= max(len(wanted), MOST_LEFT)
    names = Names.of(found) if is_few and is_alphabetical(weights) else None
    attempts = {layout: _attempt(wanted, found, layout, names) for layout in layouts}
    whole = [layout for layout, attempt in attempts.items() if attempt.is_whole]
    if not whole:
        layout = max(layouts, key=lambda one: len(attempts[one].pairs))
        error = _misfit(attempts[layout], layout)
        if is_onnx:  # whose convolutions often have the norms behind them folded in
            error.hint = f"run the model with its own layers: --model {printable(weights.name)}; or {error.hint}"
        raise error
    has_kernels = any(len(need.shapes.get("weights", ())) == 4 for need in wanted)
    found_order = whole[0].convolutions if has_kernels else whole[0].dense
    if order and order != found_order:
        raise ArgumentError(
            f"--weights-order {order} does not fit this file, whose shapes are those of {found_order}",
            hint="leave --weights-order out",
        )
    make = partial(_made, stack, attempts)
    layout = whole[0] if told else _only(whole, make, is_onnx=is_onnx)
    learned = make(layout)
    pairs = attempts[layout].pairs
    notes = [*_order_notes(pairs, found, weights), *_value_notes(learned, pairs, Orders.of(stack, layout), layout)]
    return Matched(learned, {need.number: group.names for need, group in pairs}, layout, notes)


def _made(stack: StackShape, attempts: dict[Layout, _Attempt], layout: Layout) -> Learned:
    orders = Orders.of(stack, layout)
    learned = {need.number: parameters(group, need, layout, orders) for need, group in attempts[layout].pairs}
    for need, group in attempts[layout].pairs:
        if group.kind == "bn" and group.words & KERAS_NORM and "epsilon" not in group.tensors:
            learned[need.number]["epsilon"] = np.array(KERAS_EPSILON)
    return learned


def _attempt(wanted: list[Need], found: list[Group], layout: Layout, names: Names | None) -> _Attempt:
    def can_be(group: Group, need: Need) -> bool:
        return fits(group, need, layout)

    if names is None:
        return _first_fits(wanted, found, can_be)
    arranged = succession(found, wanted, can_be, names)
    if arranged is None:
        return _first_fits(wanted, by_name(found), can_be)
    taken = {*map(id, arranged)}
    left = [group for group in found if id(group) not in taken]
    return _Attempt([*zip(wanted, arranged, strict=True)], None, left)


def _first_fits(wanted: list[Need], found: list[Group], can_be: Callable[[Group, Need], bool]) -> _Attempt:
    left, pairs = list(found), list[tuple[Need, Group]]()
    for need in wanted:
        place = next((k for k, group in enumerate(left) if can_be(group, need)), None)
        if place is None:
            return _Attempt(pairs, need, left)
        pairs.append((need, left.pop(place)))
    return _Attempt(pairs, None, left)


def _only(whole: list[Layout], make: Callable[[Layout], Learned], *, is_onnx: bool) -> Layout:
    """The layout of a file where names say none: the one that fits, or all that fit make the same of it."""
    alike = [layout for layout in whole if layout.convolutions == layout.dense and not is_onnx] or whole
    first, *others = alike
    learned = make(first) if others else {}
    for other in others:
        for number, values in make(other).items():
            if any(not np.array_equal(learned[number][part], values[part], equal_nan=True) for part in values):
                raise ArgumentError(
                    f"the order of axes is not known: the tensors of layer {number} fit it as OIHW and as HWIO",
                    hint="name it: --weights-order oihw (PyTorch, ONNX) or --weights-order hwio (Keras)",
                )
    return first


def _misfit(attempt: _Attempt, layout: Layout) -> InputError:
    """The error for the first layer that finds nothing, or for what is left over."""
    need, left = attempt.missing, attempt.left
    if need is not None:  # those of its kind first
        left = sorted(left, key=lambda group: group.kind != KINDS[need.step.layer.name])
    words = layer_words(left, layout.convolutions)
    if need is None:
        count = sum(len(one.names) for one in left)
        return InputError(
            f"{counted(count, 'tensor')} of this file belong{'s' * (count == 1)} to no layer: {_listed(left)}",
            hint=f"add the layers that they are of: {' '.join(filter(None, words[:SHOWN])) or 'none is like them'}"
            f"{' ...' * (len(words) > SHOWN)}",
        )
    shape = shape_text(need.shape_in(layout))
    rest = f"left are {_listed(left)}" if left else "and nothing is left"
    problem = (
        f"{need.text} finds no tensors of {shape}{' and a bias' * ('bias' in need.shapes and len(need.shapes) == 2)}"
    )
    word = need.step.word
    without = need._replace(shapes={part: size for part, size in need.shapes.items() if part != "bias"})
    kernels = need.step.output[-1]
    if "bias" in need.shapes and any(fits(group, without, layout) for group in left):
        hint = f"write {word}:nobias: those of this shape have no bias"
    elif "weights" in need.shapes and any(
        fits(group, need._replace(shapes={**need.shapes, "bias": (kernels,)}), layout) for group in left
    ):
        hint = f"leave :nobias out of {word}: those of this shape have a bias"
    elif left:
        hint = f"the next layer in the file looks like {words[0] or 'none that is known'}"
        hint += ": change the stack, or give the file that belongs to it"
    else:
        hint = "end the stack before it, or give a file with its weights too"
    return InputError(f"{problem} in this file; {rest}", hint)


def _listed(left: list[Group]) -> str:
    tensors = [(group.names[part], tensor.shape) for group in left for part, tensor in group.tensors.items()]
    shown = [f"{printable(name)} {shape_text(shape)}" for name, shape in tensors[:SHOWN]]
    more = len(tensors) - SHOWN
    return ", ".join(shown) + (f" and {more} more" if more > 0 else "")


def _order_notes(pairs: list[tuple[Need, Group]], found: list[Group], weights: Weights) -> list[str]:
    """What is to be known where the order of layers is not that of the file."""
    if not is_alphabetical(weights):
        place = {id(group): number for number, group in enumerate(found)}
        moved = [pair for before, pair in pairwise(pairs) if place[id(pair[1])] < place[id(before[1])]]
        listed = ", ".join(
            f"{printable(group.title)} to layer {need.number}, {need.step.word}" for need, group in moved[:SHOWN]
        )
        more = f" and {len(moved) - SHOWN} more" if len(moved) > SHOWN else ""
        return [f"the file has another order than the stack: {listed}{more}"] if moved else []
    kinds: dict[object, list[Group]] = {}
    for need, group in pairs:
        kinds.setdefault((group.kind, *need.shapes.values()), []).append(group)
    unsure = [pair for alike in kinds.values() for pair in pairwise(alike) if not are_told_apart(*pair)]
    if not unsure:
        return []
    first, second = unsure[0]
    return [
        "the file has its tensors in the order of their names; the order of layers was found by their shapes and the "
        f"numbers in their names: {printable(first.title)} before {printable(second.title)}, for one"
    ]


def _value_notes(learned: Learned, pairs: list[tuple[Need, Group]], orders: Orders, layout: Layout) -> list[str]:
    """What is to be known of the values of layers."""
    notes = []
    words = {need.number: need.step.word for need, _ in pairs}
    moved = [f"layer {number}, {words[number]}" for number in sorted({*orders.taken, *orders.made}) if number in words]
    if moved:
        notes.append(
            f"{'; '.join(moved)}: PyTorch's order of values, depth first, was turned into rows, columns, depth"
        )
    if any(
        "epsilon" in values and group.words & KERAS_NORM
        for (_, group), values in zip(pairs, learned.values(), strict=True)
    ):
        notes.append(f"bn adds {KERAS_EPSILON:g} to variances, as Keras does")
    elif layout.convolutions == "hwio" and any(group.kind == "bn" and not group.words for _, group in pairs):
        notes.append("bn adds 1e-05 to variances; Keras adds 0.001")
    for need, group in pairs:
        for part, values in learned[need.number].items():
            with np.errstate(all="ignore"):
                total = float(np.add.reduce(values, axis=None))
            if not np.isfinite(total) and (wrong := values.size - int(np.isfinite(values).sum())):
                name = group.names.get({"shift": "bias"}.get(part, part), group.title)
                notes.append(
                    f"{printable(name)} holds {counted(wrong, 'value')} that {'is' if wrong == 1 else 'are'} no number"
                )
    return notes
