"""Which kernel, stride and padding of the last layer reach a wanted size.

Every choice within bounds is tried, by `place` and `place_transposed` themselves, so that what is offered is what
``cnnkit shape`` then says. Rows and columns are solved apart and joined, simplest first.

Standard library only: importing it must stay nearly free.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product
from typing import NamedTuple

from cnnkit.errors import ArgumentError, SizeError
from cnnkit.geometry.padding import Padding
from cnnkit.geometry.pair import LARGEST, Pair, pair_text
from cnnkit.geometry.transposed import TransposedPlacement, place_transposed
from cnnkit.geometry.window import Placement, output_length, place, reach
from cnnkit.network.layer import POOLS, Layer, LayerShape
from cnnkit.network.notation.spec import Setting, Spec
from cnnkit.network.stack import StackShape
from cnnkit.network.text.table import aligned
from cnnkit.network.volume import Volume

LARGEST_KERNEL = 11
"""AlexNet's; what is written is tried too."""

LARGEST_LEAP = 4
"""The largest stride of a 1x1 window; that of others is what they span."""

LARGEST_SIDE = 32
"""No more padding, and no larger stride, is tried, however far a dilation spreads the window."""

SHOWN = 40
"""Lines of the table; the object has all of them."""

MOST_SIDES = 8
"""Paddings along one axis that are combined with those along the other, where the two are unlike."""

BOUNDS = (
    f"Searched: square kernels up to {LARGEST_KERNEL}x{LARGEST_KERNEL} and the one written; strides up to what the "
    f"kernel spans, at most {LARGEST_SIDE} (of a 1x1 kernel up to {LARGEST_LEAP}), and the one written; same, valid, "
    "and full with stride 1; padding in numbers up to half of what the kernel spans, at most "
    f"{LARGEST_SIDE}, on each side, and at most one sample more after the input, where a window sees it; pools "
    "rounded down and up. Rows and columns are unlike only where unlike choices reach their sizes; then the "
    f"{MOST_SIDES} smallest paddings that reach each of the two are combined."
)

_KEEPING = ("relu", "tanh", "sigmoid", "softmax", "bn", "dropout")


class Choice(NamedTuple):
    """One way to reach the size.

    Attributes
    ----------
    text : str
        The layer's word.
    placement : Placement or TransposedPlacement
        Where its window lands, with stride and padding in numbers.
    """

    text: str
    placement: Placement | TransposedPlacement

    @property
    def unseen(self) -> Pair:
        """Rows and columns at the end that no window looks at."""
        return self.placement.unseen if isinstance(self.placement, Placement) else (0, 0)


class Solutions(NamedTuple):
    """All ways to reach a size, simplest first. As text it is a table.

    Attributes
    ----------
    step : LayerShape
        The layer as it was written.
    wanted : (rows, columns)
    choices : tuple of Choice
    same : tuple of Choice
        What padding ``same`` gives with each stride, whether it reaches the size or not.
    """

    step: LayerShape
    wanted: Pair
    choices: tuple[Choice, ...]
    same: tuple[Choice, ...]

    def __str__(self) -> str:
        return "\n".join([self.heading, *self.table(), "", *self.about_same()])

    @property
    def heading(self) -> str:
        """How many ways there are, and of what."""
        count = f"{len(self.choices)} way{'s' if len(self.choices) > 1 else ''}"
        size = pair_text(self.step.input[:2])
        return f"{count} for {self.step.layer.name} to make {pair_text(self.wanted)} of {size}, simplest first:"

    def table(self, width: int | None = None) -> list[str]:
        """The choices in rows below their headings; where `width` is too little for that, with fewer columns."""
        rows = [("layer", "padding", "unseen", "kernel", "stride")]
        for choice in self.choices[:SHOWN]:
            window, unseen = choice.placement.window, choice.unseen
            told = pair_text(unseen) if any(unseen) else "-"
            rows.append(
                (choice.text, choice.placement.padding.text, told, pair_text(window.size), pair_text(window.stride))
            )
        more = len(self.choices) - SHOWN
        for columns in ((0, 3, 4, 1, 2), (0, 1, 2), (0,)):
            lines = aligned([[row[column] for column in columns] for row in rows])
            if width is None or max(map(len, lines)) <= width:
                break
        return [*lines, *([f"... and {more} more; --json lists them all"] if more > 0 else [])]

    def about_same(self) -> list[str]:
        """What ``same`` padding would give, in a sentence."""
        sizes = ", ".join(
            f"{pair_text(choice.placement.output)} with stride {choice.placement.window.stride[0]}"
            for choice in self.same
        )
        return [f"same padding, whatever the kernel, gives {sizes}."]


def solve(stack: StackShape, wanted: Pair) -> Solutions:
    """Find every choice for the last layer with a window that makes its output `wanted`.

    Parameters
    ----------
    stack : StackShape
        Layers that keep the shape (relu, bn ...) may follow that layer.
    wanted : (rows, columns)

    Raises
    ------
    SizeError
        If there is none within the bounds.
    NotationError
        If the last layer has no window.
    ArgumentError
        If the size is no size, or the stack has no layer.

    Examples
    --------
    >>> from cnnkit.network.shape import shape
    >>> [choice.text for choice in solve(shape("28x28 conv3-8"), (14, 14)).choices][:3]
    ['conv3-8:s2', 'conv3-8:s2:p1', 'conv5-8:s2']
    """
    if min(wanted) < 1 or max(wanted) > LARGEST:
        raise ArgumentError(f"the size {pair_text(wanted)} cannot be wanted", hint="give rows x columns, as in 112x112")
    step = _last_with_a_window(stack)
    found: dict[object, tuple[tuple[object, ...], Choice]] = {}
    for layer in _candidates(step, wanted):
        placement = _placed(layer, step)
        if placement is None or placement.output != wanted:
            continue
        choice = Choice(str(layer.spec), placement)
        geometry = placement.window, placement.padding, getattr(placement, "output_padding", None)
        rank = _rank(layer, step.layer, choice)
        if geometry not in found or rank < found[geometry][0]:
            found[geometry] = rank, choice
    same = tuple(_same(step))
    if not found:
        raise _out_of_reach(step, wanted, same)
    ordered = sorted(found.values(), key=lambda item: item[0])
    return Solutions(step, wanted, tuple(choice for _, choice in ordered), same)


def same_choices(stack: StackShape) -> tuple[Choice, ...]:
    """What padding ``same`` gives with strides 1 to 4, whatever is wanted.

    >>> from cnnkit.network.shape import shape
    >>> [choice.placement.output for choice in same_choices(shape("28x28 conv3-8"))]
    [(28, 28), (14, 14), (10, 10), (7, 7)]
    """
    return tuple(_same(_last_with_a_window(stack)))


def _last_with_a_window(stack: StackShape) -> LayerShape:
    for step in reversed(stack.layers):
        if step.placement is not None:
            return step
        if step.layer.name not in _KEEPING:
            raise step.layer.error(
                f"{step.layer.name} has no window to choose",
                hint="end the stack in the layer to choose for: a conv, tconv, dwconv or pool",
            )
    raise ArgumentError("the stack has no layer to choose for", hint="end it in a layer, as in 224x224x3 conv3-64")


class _Reach(NamedTuple):
    """What reaches the size along one axis with one kernel and stride: words of padding, and (before, after)."""

    words: frozenset[str]
    sides: tuple[tuple[int, int], ...]


def _candidates(step: LayerShape, wanted: Pair) -> Iterator[Layer]:
    """Layers like this one with another kernel, stride and padding, each axis of which reaches its size."""
    layer = step.layer
    kernels = sorted({(k, k) for k in range(1, LARGEST_KERNEL + 1)} | {layer.size})
    roundings = (False, True) if layer.name in POOLS and not layer.ceil else (layer.ceil,)
    for kernel, ceil in product(kernels, roundings):
        rows, columns = (_strides(step, wanted, kernel, axis, ceil=ceil) for axis in (0, 1))
        is_square = rows == columns
        for down, across in product(rows, columns):
            if is_square and down != across and (down, across) != layer.stride:
                continue  # unlike strides are for unlike axes
            for padding in _paddings(rows[down], columns[across], is_square=is_square):
                yield _changed(layer, kernel, (down, across), padding, ceil=ceil)


def _strides(step: LayerShape, wanted: Pair, kernel: Pair, axis: int, *, ceil: bool) -> dict[int, _Reach]:
    """Every stride within bounds that reaches the size along one axis, with the padding that does."""
    layer, length = step.layer, step.input[axis]
    span = reach(kernel[axis], layer.dilation[axis])
    half = min(span // 2, LARGEST_SIDE)
    sides = [(p, q) for p in range(half + 1) for q in (p, p + 1) if q <= max(half, 1)] if span > 1 else [(0, 0)]
    largest = min(span, LARGEST_SIDE) if span > 1 else LARGEST_LEAP
    found: dict[int, _Reach] = {}
    for stride in sorted({*range(1, largest + 1), layer.stride[axis]}):

        def reaches(before: int, after: int, step_by: int = stride) -> bool:
            if layer.name == "tconv":
                whole = step_by * (length - 1) + span + layer.output_padding[axis]
                return whole - before - after == wanted[axis]
            if after > before and (wanted[axis] - 1) * step_by + span < length + before + after:
                return False  # no window looks at the odd sample
            return output_length(length, before, after, span, step_by, ceil=ceil) == wanted[axis]

        words = set()
        if (length * stride if layer.name == "tconv" else -(-length // stride)) == wanted[axis] or ceil:
            words |= {"same"}
        words |= {"valid"} if reaches(0, 0) else set()
        words |= {"full"} if layer.name != "tconv" and stride == 1 and reaches(span - 1, span - 1) else set()
        good = tuple(side for side in sides if reaches(*side))
        if words or good:
            found[stride] = _Reach(frozenset(words), good)
    return found


def _paddings(rows: _Reach, columns: _Reach, *, is_square: bool) -> Iterator[str | Padding]:
    yield from sorted(rows.words & columns.words)
    if is_square:
        yield from (Padding(*side, *side) for side in rows.sides if side in columns.sides)
    else:
        pairs = product(rows.sides[:MOST_SIDES], columns.sides[:MOST_SIDES])
        yield from (Padding(*above, *beside) for above, beside in pairs)


def _changed(layer: Layer, kernel: Pair, stride: Pair, padding: str | Padding, *, ceil: bool = False) -> Layer:
    """The layer with these instead, and the word that says so as briefly as the notation can."""
    is_pool = layer.name in POOLS
    default = (kernel, "valid") if is_pool else ((1, 1), "same")
    settings = [s for s in layer.spec.settings if s.target not in ("stride", "padding")]
    chosen: list[Setting] = []
    if stride != default[0]:
        chosen.append(Setting("s", "stride", stride))
    if padding != default[1]:
        chosen.append(Setting(padding if isinstance(padding, str) else "p", "padding", padding))
    if ceil and not layer.ceil:
        chosen.append(Setting("ceil", "ceil", True))
    spec = Spec(layer.spec.name, kernel, layer.spec.count, (*chosen, *settings), layer.spec.word)
    return layer._replace(spec=spec, size=kernel, stride=stride, padding=padding, ceil=ceil or layer.ceil)


def _placed(layer: Layer, step: LayerShape) -> Placement | TransposedPlacement | None:
    size: Pair = (step.input[0], step.input[1])  # type: ignore[misc]
    try:
        if layer.name == "tconv":
            return place_transposed(size, layer.window, layer.padding, layer.output_padding)
        return place(size, layer.window, layer.padding, ceil=layer.ceil)
    except (ArgumentError, SizeError):
        return None


def _rank(layer: Layer, written: Layer, choice: Choice) -> tuple[object, ...]:
    """What makes a choice simple: the kernel stays, sides are alike, padding is a word or even, nothing is unseen."""
    padding = choice.placement.padding
    is_word = isinstance(layer.padding, str)
    kind = 0 if is_word else 1 if padding.top == padding.bottom and padding.left == padding.right else 2
    return (
        layer.stride[0] != layer.stride[1],
        layer.size != written.size,
        kind == 2,
        layer.size[0] % 2 == 0 and written.name not in POOLS and layer.size != written.size,
        any(choice.unseen),
        kind,
        abs(layer.size[0] - written.size[0]),
        len(choice.text),
        layer.size,
        layer.stride,
        padding,
    )


def _same(step: LayerShape) -> Iterator[Choice]:
    for stride in range(1, LARGEST_LEAP + 1):
        layer = _changed(step.layer, step.layer.size, (stride, stride), "same")
        placement = _placed(layer, step)
        if placement is not None:
            yield Choice(str(layer.spec), placement)


def _out_of_reach(step: LayerShape, wanted: Pair, same: tuple[Choice, ...]) -> SizeError:
    size = step.input[:2]
    reached = ", ".join(
        f"{pair_text(choice.placement.output)} (:s{choice.placement.window.stride[0]})" for choice in same
    )
    hint = f"same padding reaches {reached}"
    if step.layer.name != "tconv" and isinstance(step.input, Volume) and max(wanted) > max(size):
        hint = (
            f"to enlarge, use a tconv: tconv2-{step.output[-1]}:s2 makes {2 * step.input.rows}x{2 * step.input.columns}"
        )
    return SizeError(f"no {step.layer.name} of a usual size makes {pair_text(wanted)} of {pair_text(size)}", hint=hint)
