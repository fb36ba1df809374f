"""Branches that do not fit: which rows of the table they are, and what would make them fit.

Every change that a hint proposes has been placed and reaches the size; it is one of a layer that only one of the two
branches has, so that the other stays what it is. Loaded for errors alone.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import chain, count, product

from cnnkit.errors import ArgumentError, NotationError, SizeError
from cnnkit.geometry.padding import Padding
from cnnkit.geometry.pair import Pair, brief_text
from cnnkit.geometry.window import Setting
from cnnkit.network.layer import POOLS, Layer, LayerShape, resolve, reworded
from cnnkit.network.notation.spec import KEEPING, Wire
from cnnkit.network.volume import Shape, Vector, Volume

LARGEST_STRIDE = 4  # that is tried in place of the one written
MOST_CURES = 3


class _Branch:
    """What one of two volumes came from."""

    def __init__(self, number: int, shape: Volume | Vector, steps: Sequence[LayerShape]) -> None:
        self.number, self.shape, self.steps = number, shape, steps

    @property
    def row(self) -> str:
        """Its row of the table, in words."""
        if not self.number:
            return f"the input is {self.shape.text}"
        return f"{self.steps[self.number - 1].word} (layer {self.number}) makes {self.shape.text}"

    def ancestors(self) -> set[int]:
        """The numbers of all layers that it depends on, its own too."""
        found, waiting = set[int](), [self.number]
        while waiting:
            number = waiting.pop()
            if number and number not in found:
                found.add(number)
                waiting += self.steps[number - 1].wire.sources
        return found

    def back(self) -> Iterator[tuple[int, LayerShape]]:
        """The layers before it, while they keep rows and columns, and the first that does not."""
        number = self.number
        while number:
            step = self.steps[number - 1]
            yield number, step
            is_even = step.placement is not None and step.input[:2] == step.output[:2] and step.layer.stride == (1, 1)
            if not is_even and step.layer.name not in KEEPING:
                break
            number = step.wire.sources[0]


def misfit(layer: Layer, wire: Wire, shapes: Sequence[Volume | Vector], steps: Sequence[LayerShape]) -> NotationError:
    """The error for a join of volumes that do not fit."""
    names = [str(setting) for setting in layer.spec.settings]
    place = names.index(".") if "." in names else 0
    typed = [part for part in layer.spec.word.split(":")[1:] if part.text != "."]
    here = _Branch(wire.sources[place], shapes[place], steps)
    size = slice(None) if layer.name == "add" else slice(-1)
    others = [_Branch(*pair, steps) for n, pair in enumerate(zip(wire.sources, shapes, strict=True)) if n != place]
    unlike = [
        (word, one)
        for word, one in zip(typed, others, strict=True)
        if type(one.shape) is not type(here.shape) or one.shape[size] != here.shape[size]
    ]
    word, there = unlike[0]
    needed = "rows, columns and depth" if layer.name == "add" else "rows and columns"
    if isinstance(here.shape, Vector) or isinstance(there.shape, Vector):
        needed = "values" if type(here.shape) is type(there.shape) else "both volumes, or both values in a row,"
    problem = f"{layer.spec.word.text} needs equal {needed}: {here.row}, {there.row}"
    if needed.startswith("both"):
        problem = f"{layer.spec.word.text} needs {needed} to join: {here.row}, {there.row}"
    cures = list(dict.fromkeys(_cures(layer, word.text, here, there)))
    is_ours = len(unlike) == len(others)
    if len(others) > 1:  # the one that differs is changed: the current volume, or the other
        ends = tuple(f"(layer {number})" for number, _ in (here if is_ours else there).back())
        begin = "put" if is_ours else "write mark:"
        cures = [cure for cure in cures if cure.startswith(begin) or (ends and cure.endswith(ends))]
    if not cures:
        who, aim = ("the current volume", there.shape) if is_ours else (word.text, here.shape)
        size_text = aim.text if layer.name == "add" else brief_text(_sides(aim))
        cures = [f"make {who} {size_text} before {layer.spec.word.text}"]
    cures = cures[:MOST_CURES]
    return (word if len(typed) > 1 else layer.spec.word).error(problem, "; or ".join(cures))


def _cures(layer: Layer, name: str, here: _Branch, there: _Branch) -> Iterator[str]:
    ours, theirs = here.shape, there.shape
    if isinstance(ours, Vector) or isinstance(theirs, Vector):
        if isinstance(ours, Vector) and isinstance(theirs, Vector):
            yield _in_front(layer, f"fc{theirs.values}")
        elif isinstance(ours, Volume):
            yield _in_front(layer, _to_values(layer, ours, theirs))
        elif isinstance(theirs, Volume):
            yield _on_the_other(layer, name, _to_values(layer, theirs, ours), here.steps)
        return
    is_deep = layer.name == "add" and ours.depth != theirs.depth
    if not is_deep:
        yield from _by_window(here, there)
        yield from _by_window(there, here)
        yield from _by_border(layer, name, here, there)
    elif ours[:2] == theirs[:2]:
        yield from _by_kernels(here, there)
        yield from _by_kernels(there, here)
    if layer.name == "add":
        is_ours = ours[:2] != theirs[:2] and ours.rows >= theirs.rows
        source, target = (ours, theirs) if is_ours else (theirs, ours)
        if words := _projection(source, target):
            yield _in_front(layer, words) if is_ours else _on_the_other(layer, name, words, here.steps)
        elif is_deep:  # then the sizes are made equal first
            source = Volume(*theirs[:2], ours.depth)
            yield _on_the_other(layer, name, f"conv1-{ours.depth}", here.steps) + ", and make rows and columns equal"


def _to_values(layer: Layer, volume: Volume, target: Volume | Vector) -> str:
    values = f" fc{target.values}" if layer.name == "add" and volume.depth != target.values else ""
    return f"gap{values}"


def _in_front(layer: Layer, words: str) -> str:
    return f"put {words} before {layer.spec.word.text}"


def _on_the_other(layer: Layer, name: str, words: str, steps: Sequence[LayerShape]) -> str:
    """The same join, with layers on the volume that has a name."""
    taken = {mark for step in steps for mark in step.wire.marks}
    here, fit = (
        next(one for one in chain([base], (f"{base}{n}" for n in count(2))) if f"mark:{one}" not in taken)
        for base in ("here", f"{name}-fit")
    )
    names = layer.spec.word.text.split(":")[1:]
    if names == [name]:
        join = f"{layer.name}:{here}" + ":." * (layer.name == "cat")
        return f"write mark:{here} from:{name} {words} {join} in place of {layer.spec.word.text}"
    join = ":".join([layer.name, *(fit if one == name else one for one in names)])
    return f"write mark:{here} from:{name} {words} mark:{fit} from:{here} {join} in place of {layer.spec.word.text}"


def _by_window(branch: _Branch, other: _Branch) -> Iterator[str]:
    """Another padding, output padding, rounding or stride of the last window of a branch."""
    shared = other.ancestors()
    for number, step in branch.back():
        if step.placement is not None and number not in shared:
            wanted = _sides(other.shape)
            found = (one for one in _variants(step) if _placed(one, step) == wanted)
            if (best := next(found, None)) is not None:
                yield f"write {best.spec} in place of {step.word} (layer {number})"


def _placed(layer: Layer, step: LayerShape) -> Pair | None:
    try:
        return layer.place(_sides(step.input)).output
    except (ArgumentError, SizeError):
        return None


def _sides(shape: Shape) -> Pair:
    assert isinstance(shape, Volume)
    return shape[:2]


def _variants(step: LayerShape) -> Iterator[Layer]:
    """The layer with one setting changed, then with two."""
    layer, (rows, columns) = step.layer, step.layer.size
    numbers = [Padding(p, p, q, q) for p, q in ((n, min(n, columns)) for n in range(max(rows // 2, columns // 2) + 1))]
    if layer.name == "tconv":
        spread = [max(s, d) for s, d in zip(layer.stride, layer.dilation, strict=True)]
        for padding, down, across in product(
            (layer.padding, "valid", "same", *numbers), range(spread[0]), range(spread[1])
        ):
            others = tuple(one for one in layer.spec.settings if one.target != "output_padding")
            extra = (Setting("op", "output_padding", (down, across)),) if down or across else ()
            yield reworded(resolve(layer.spec._replace(settings=(*others, *extra))), layer.size, layer.stride, padding)
        return
    strides = [layer.stride, *((n, n) for n in range(1, LARGEST_STRIDE + 1))]
    rounding = (False, True) if layer.name in POOLS and not layer.ceil else (False,)
    for stride, padding, ceil in product(strides, (layer.padding, "same", *numbers, "valid"), rounding):
        yield reworded(layer, layer.size, stride, padding, ceil=ceil)


def _by_border(layer: Layer, name: str, here: _Branch, there: _Branch) -> Iterator[str]:
    """What is added to the smaller, or taken from the larger of the two: where one is a multiple, a factor."""
    pairs = list(zip(_sides(there.shape), _sides(here.shape), strict=True))
    more = [large - small for large, small in pairs]
    if min(more) < 0 < max(more):
        return
    sides = Padding(*(side for n in map(abs, more) for side in (n // 2, n - n // 2))).brief
    grow, shrink = f"pad{sides}", f"crop{sides}"
    if not any(max(pair) % min(pair) for pair in pairs):
        rows, columns = (max(pair) // min(pair) for pair in pairs)
        grow, shrink = (f"{name}{brief_text((rows, columns))}" for name in ("upsample", "maxpool"))
    if max(more) > 0:
        yield _on_the_other(layer, name, shrink, here.steps)
        yield _in_front(layer, grow)
    else:
        yield _in_front(layer, shrink)
        yield _on_the_other(layer, name, grow, here.steps)


def _by_kernels(branch: _Branch, other: _Branch) -> Iterator[str]:
    """As many kernels as the other has channels."""
    shared = other.ancestors()
    for number, step in branch.back():
        layer, depth = step.layer, other.shape[-1]
        if layer.name in ("conv", "tconv") and number not in shared and depth % layer.groups == 0:
            yield f"write {layer.spec._replace(count=depth)} in place of {step.word} (layer {number})"
        if layer.name not in (*KEEPING, *POOLS):
            break


def _projection(source: Volume, target: Volume) -> str:
    """The 1x1 convolution of a shortcut, with the stride that reaches the size; nothing where none does."""
    strides = [-(-large // small) for large, small in zip(source[:2], target[:2], strict=True)]
    reached = tuple(-(-length // stride) for length, stride in zip(source[:2], strides, strict=True))
    if reached != target[:2]:
        return ""
    stride = "" if strides == [1, 1] else f":s{brief_text((strides[0], strides[1]))}"
    return f"conv1-{target.depth}{stride}:nobias bn"
