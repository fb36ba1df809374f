"""Which kernel, stride and padding of the last layer reach a wanted size.

Every choice within bounds is tried, and placed as ``cnnkit shape`` places it, so that the two cannot disagree. Rows and
columns are solved separately and combined, simplest first.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product
from typing import NamedTuple

from cnnkit.errors import ArgumentError, SizeError
from cnnkit.geometry.padding import Padding
from cnnkit.geometry.pair import LARGEST, Pair, brief_text, counted, pair_text
from cnnkit.geometry.transposed import TransposedPlacement
from cnnkit.geometry.window import Placement, output_length, reach
from cnnkit.network.layer import POOLS, Layer, LayerShape, reworded
from cnnkit.network.notation.spec import KEEPING
from cnnkit.network.stack import StackShape
from cnnkit.network.text.table import aligned
from cnnkit.network.volume import Volume

LARGEST_KERNEL = 11  # AlexNet's; the kernel that is written is tried too
MAX_1X1_STRIDE = 4  # the largest stride of a 1x1 window; other windows have strides up to what they span
LARGEST_SIDE = 32  # the most padding and the largest stride, however far a dilation spreads the window
MAX_TABLE_LINES = 40  # lines of the table; `Solutions.choices` has all
MAX_PADDINGS_PER_AXIS = 8  # paddings of one axis that are combined with those of the other, where the two are unlike

BOUNDS = (
    f"Searched: square kernels up to {LARGEST_KERNEL}x{LARGEST_KERNEL} and the one written; strides up to what the "
    f"kernel spans, at most {LARGEST_SIDE} (of a 1x1 kernel up to {MAX_1X1_STRIDE}), and the one written; same, valid, "
    "and full with stride 1; padding in numbers up to half of what the kernel spans, at most "
    f"{LARGEST_SIDE}, on each side, and at most one sample more after the input, where a window sees it; pools "
    "rounded down and up. Rows and columns are unlike only where unlike choices reach their sizes; then the "
    f"{MAX_PADDINGS_PER_AXIS} smallest paddings that reach each of the two are combined."
)


class Choice(NamedTuple):
    """One way to reach the size: the layer's word, and where its window lands."""

    text: str
    placement: Placement | TransposedPlacement

    @property
    def unseen(self) -> Pair:
        """Rows and columns at the end that no window looks at."""
        return self.placement.unseen if isinstance(self.placement, Placement) else (0, 0)


class Solutions(NamedTuple):
    """All ways to reach a size, simplest first. Printing it gives a table."""

    step: LayerShape  # the layer as it was written
    wanted: Pair
    choices: tuple[Choice, ...]
    same: tuple[Choice, ...]  # those of `same_choices`

    def __str__(self) -> str:
        return "\n".join([self.heading, *self.table(), "", self.about_same])

    @property
    def heading(self) -> str:
        """How many ways there are to make which size from which."""
        count = counted(len(self.choices), "way")
        size = pair_text(self.step.input[:2])
        return f"{count} for {self.step.layer.name} to make {pair_text(self.wanted)} of {size}, simplest first:"

    def table(self, width: int | None = None) -> list[str]:
        """The choices in rows below their headings; with fewer columns where `width` is too small for all."""
        rows = [("layer", "kernel", "stride", "padding", "unseen")]
        for choice in self.choices[:MAX_TABLE_LINES]:
            window, unseen = choice.placement.window, pair_text(choice.unseen) if any(choice.unseen) else "-"
            padding = choice.placement.padding.text
            rows.append((choice.text, pair_text(window.size), pair_text(window.stride), padding, unseen))
        for columns in ((0, 1, 2, 3, 4), (0, 3, 4), (0,)):
            lines = aligned([[row[column] for column in columns] for row in rows])
            if width is None or max(map(len, lines)) <= width:
                break
        more = len(self.choices) - MAX_TABLE_LINES
        return [*lines, *([f"... and {more} more; --json lists them all"] if more > 0 else [])]

    @property
    def about_same(self) -> str:
        """The sizes that ``same`` padding gives, in a sentence."""
        sizes = ", ".join(
            f"{pair_text(choice.placement.output)} with stride {choice.placement.window.stride[0]}"
            for choice in self.same
        )
        return f"same padding, whatever the kernel, gives {sizes}."


def solve(stack: StackShape, wanted: Pair) -> Solutions:
    """Find every choice for the last layer with a window; layers that keep the shape (relu, bn ...) may follow it."""
    if min(wanted) < 1 or max(wanted) > LARGEST:
        raise ArgumentError(f"{pair_text(wanted)} is not a size", hint="give rows x columns, as in 112x112")
    step = _last_with_a_window(stack, wanted)
    found: dict[object, tuple[tuple[object, ...], Choice]] = {}
    for layer in _candidates(step, wanted):
        choice = _choice(layer, step)
        if choice is None or choice.placement.output != wanted:
            continue
        placement, rank = choice.placement, _rank(layer, step.layer, choice)
        if placement not in found or rank < found[placement][0]:
            found[placement] = rank, choice
    same = same_choices(stack)
    if not found:
        raise _out_of_reach(step, wanted, same)
    ordered = sorted(found.values(), key=lambda item: item[0])
    return Solutions(step, wanted, tuple(choice for _, choice in ordered), same)


def same_choices(stack: StackShape) -> tuple[Choice, ...]:
    """What padding ``same`` gives with strides 1 to 4, whether or not it is wanted."""
    step = _last_with_a_window(stack)
    strides = range(1, MAX_1X1_STRIDE + 1)
    choices = (_choice(reworded(step.layer, step.layer.size, (s, s), "same"), step) for s in strides)
    return tuple(choice for choice in choices if choice is not None)


def _last_with_a_window(stack: StackShape, wanted: Pair | None = None) -> LayerShape:
    number = len(stack.layers)
    while number:
        step = stack.layers[number - 1]
        if step.placement is not None:
            return step
        number = step.wire.sources[0]
        if step.layer.name not in KEEPING:
            cure = "end the stack in the layer to choose for: a conv, tconv, dwconv or pool"
            if wanted and step.layer.name.endswith("-to"):
                cure = f"write {step.layer.name}{brief_text(wanted)}, which gives it whatever comes in"
            raise step.layer.error(f"{step.layer.name} has no window to choose", cure)
    raise ArgumentError("the stack has no layer to choose for", hint="end it in a layer, as in 224x224x3 conv3-64")


class _Reach(NamedTuple):
    """The paddings that reach the size along one axis with one kernel and stride: words, and (before, after)."""

    words: set[str]
    sides: list[tuple[int, int]]


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
                yield reworded(layer, kernel, (down, across), padding, ceil=ceil)


def _strides(step: LayerShape, wanted: Pair, kernel: Pair, axis: int, *, ceil: bool) -> dict[int, _Reach]:
    """Every stride within bounds that reaches the size along one axis, with the padding that does."""
    layer, length = step.layer, step.input[axis]
    span = reach(kernel[axis], layer.dilation[axis])
    half = min(span // 2, LARGEST_SIDE)
    sides = [(p, q) for p in range(half + 1) for q in (p, p + 1) if q <= max(half, 1)] if span > 1 else [(0, 0)]
    largest = min(span, LARGEST_SIDE) if span > 1 else MAX_1X1_STRIDE
    found: dict[int, _Reach] = {}
    for stride in sorted({*range(1, largest + 1), layer.stride[axis]}):

        def reaches(before: int, after: int, step_by: int = stride) -> bool:
            if layer.name == "tconv":
                whole = step_by * (length - 1) + span + layer.output_padding[axis]
                return whole - before - after == wanted[axis]
            if after > before and (wanted[axis] - 1) * step_by + span < length + before + after:
                return False  # no window looks at the odd sample
            return output_length(length, before, after, span, step_by, ceil=ceil) == wanted[axis]

        is_transposed = layer.name == "tconv"
        words = {
            "same": ceil or (length * stride if is_transposed else -(-length // stride)) == wanted[axis],
            "valid": reaches(0, 0),
            "full": not is_transposed and stride == 1 and reaches(span - 1, span - 1),
        }
        result = _Reach(
            {word for word, is_good in words.items() if is_good}, [side for side in sides if reaches(*side)]
        )
        if any(result):
            found[stride] = result
    return found


def _paddings(rows: _Reach, columns: _Reach, *, is_square: bool) -> Iterator[str | Padding]:
    yield from sorted(rows.words & columns.words)
    if is_square:
        yield from (Padding(*side, *side) for side in rows.sides if side in columns.sides)
    else:
        pairs = product(rows.sides[:MAX_PADDINGS_PER_AXIS], columns.sides[:MAX_PADDINGS_PER_AXIS])
        yield from (Padding(*above, *beside) for above, beside in pairs)


def _choice(layer: Layer, step: LayerShape) -> Choice | None:
    """The layer in place of `step`, where its window fits."""
    assert isinstance(step.input, Volume)
    try:
        return Choice(str(layer.spec), layer.place(step.input[:2]))
    except (ArgumentError, SizeError):
        return None


def _rank(layer: Layer, written: Layer, choice: Choice) -> tuple[object, ...]:
    """Simple choices first: strides alike, the kernel as written, padding a word or symmetric, nothing unseen."""
    padding = choice.placement.padding
    is_number = not isinstance(layer.padding, str)
    return (
        layer.stride[0] != layer.stride[1],
        layer.size != written.size,
        is_number and not padding.is_symmetric,
        layer.size[0] % 2 == 0 and written.name not in POOLS and layer.size != written.size,
        any(choice.unseen),
        is_number,
        abs(layer.size[0] - written.size[0]),
        len(choice.text),
        layer.size,
        layer.stride,
        padding,
    )


def _out_of_reach(step: LayerShape, wanted: Pair, same: tuple[Choice, ...]) -> SizeError:
    assert isinstance(step.input, Volume)
    size = step.input[:2]
    reached = ", ".join(
        f"{pair_text(choice.placement.output)} (:s{choice.placement.window.stride[0]})" for choice in same
    )
    hint = f"same padding reaches {reached}"
    if step.layer.name != "tconv" and max(wanted) > max(size):
        word, made = f"tconv2-{step.output[-1]}:s2", (2 * size[0], 2 * size[1])
        strides = wanted[0] // size[0], wanted[1] // size[1]
        kernel = wanted[0] - strides[0] * (size[0] - 1), wanted[1] - strides[1] * (size[1] - 1)
        if min(strides) > 0 and max(kernel) <= LARGEST_KERNEL:  # what its size relation says without padding
            valid = "" if kernel == strides else ":valid"
            word, made = f"tconv{brief_text(kernel)}-{step.output[-1]}:s{brief_text(strides)}{valid}", wanted
        hint = f"to enlarge, use a tconv: {word} makes {pair_text(made)}"
    return SizeError(f"no {step.layer.name} of a usual size makes {pair_text(wanted)} of {pair_text(size)}", hint=hint)
