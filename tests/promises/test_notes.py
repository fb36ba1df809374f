"""Notes below the table, held to what they say: each cure is followed as it is written, and must do what is promised.

Every note of thousands of layers is read by one of the checks below; one that none of them reads is a failure.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator
from itertools import product
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

import cnnkit
from cnnkit.errors import CnnkitError
from cnnkit.geometry.padding import Padding
from cnnkit.network.layer import POOLS, LayerShape
from cnnkit.network.notation.spec import Wire
from cnnkit.network.shape import Stack, shape
from cnnkit.network.text.notes import notes
from tests.reference.dependencies import computed, dependencies, random_stack

AXES = ("row", "column")
NUMBERS = re.compile(r"[\d,]*\d")


def numbers(text: str) -> list[int]:
    return [int(found.replace(",", "")) for found in NUMBERS.findall(text)]


def pair_of(text: str) -> tuple[int, int]:
    """What PyTorch makes of ``1`` or ``(1, 2)``."""
    found = numbers(text)
    return found[0], found[-1]


def images_of(step: LayerShape) -> npt.NDArray[np.float32]:
    return np.random.default_rng(2).uniform(-1, 1, (2, *step.input)).astype(np.float32)


def again(step: LayerShape, word: str) -> LayerShape:
    """Another word in the same place."""
    return shape(step.input.text, word).layers[0]


def same_values(step: LayerShape, **changes: Any) -> None:
    """The same layer with other settings, as the functions of cnnkit take them, has the same values."""
    images, layer = images_of(step), step.layer
    before = None if "pad" not in changes else changes.pop("pad")
    cut: Padding = changes.pop("cut", Padding(0, 0, 0, 0))
    padded = images
    if before is not None:
        top, bottom, left, right = before
        value = -np.inf if layer.name == "maxpool" else 0
        padded = np.pad(images, ((0, 0), (top, bottom), (left, right), (0, 0)), constant_values=value)
    setting: dict[str, Any] = {"stride": layer.stride, "dilation": layer.dilation, "padding": "valid", **changes}
    if layer.name in POOLS:
        kind: Any = "max" if layer.name == "maxpool" else "average"
        found = cnnkit.pool(padded, layer.size, kind=kind, **setting)
        placement = step.placement
        assert placement is not None
        wanted = cnnkit.pool(
            images, layer.size, kind=kind, **{**setting, "padding": placement.padding, "ceil": layer.ceil}
        )
    else:
        function: Any = cnnkit.convolve_transposed if layer.name == "tconv" else cnnkit.convolve
        groups, depth, kernels = layer.groups, step.input[-1], step.output[-1]
        if layer.name == "dwconv":
            groups = depth
        kernel_depths = (kernels // groups, depth) if layer.name == "tconv" else (depth // groups, kernels)
        weights = np.random.default_rng(3).uniform(-1, 1, (*layer.size, *kernel_depths)).astype(np.float32)
        found = function(padded, weights, groups=groups, **setting)
        rows, columns = found.shape[1:3]
        found = found[:, cut.top : rows - cut.bottom, cut.left : columns - cut.right]
        wanted = function(
            images,
            weights,
            groups=groups,
            **{**setting, "output_padding": 0, "padding": layer.padding}
            if (layer.name == "tconv")
            else {**setting, "padding": layer.padding},
        )
    assert found.shape[1:] == tuple(step.output)
    np.testing.assert_allclose(found, wanted, rtol=1e-4, atol=1e-5)


def check_pool_padding(step: LayerShape, padding: str, ceil: str | None, _count: str | None) -> None:
    sides = pair_of(padding)
    assert all(2 * side <= size for side, size in zip(sides, step.layer.size, strict=True)), "PyTorch refuses more"
    assert step.layer.name == "maxpool" or step.layer.dilation == (1, 1), "PyTorch has none"
    same_values(step, padding=sides, ceil=bool(ceil))


def check_nothing_is_the_same(step: LayerShape) -> None:
    for rows, columns in product(*(range(size // 2 + 1) for size in step.layer.size)):
        for ceil in (False, True):
            with pytest.raises((AssertionError, CnnkitError)):
                same_values(step, padding=(rows, columns), ceil=ceil)


def check_transposed(step: LayerShape, padding: str, added: str | None) -> None:
    extra = pair_of(added) if added else (0, 0)
    check_output_padding(step, extra)
    same_values(step, padding=pair_of(padding), output_padding=extra)


def check_output_padding(step: LayerShape, added: tuple[int, int]) -> None:
    """PyTorch refuses what is neither below the stride nor below the dilation."""
    layer = step.layer
    assert all(op < max(s, d) for op, s, d in zip(added, layer.stride, layer.dilation, strict=True) if op)


def check_cut(step: LayerShape, added: str | None, cut: str) -> None:
    extra = pair_of(added) if added else (0, 0)
    check_output_padding(step, extra)
    same_values(step, output_padding=extra, cut=Padding(*numbers(cut)))


def check_valid(step: LayerShape, rows: str, columns: str) -> None:
    """TensorFlow's conv2d_transpose: i * s + max(e - s, 0)."""
    placement = step.placement
    assert placement is not None
    window = placement.window
    axes = zip(placement.input, window.stride, window.reach, strict=True)
    assert (int(rows), int(columns)) == tuple(i * s + max(e - s, 0) for i, s, e in axes) != placement.output


def check_ceil(step: LayerShape, rows: str, columns: str) -> None:
    assert again(step, f"{step.layer.spec}:ceil").output[:2] == (int(rows), int(columns)) != step.output[:2]


def check_floor(step: LayerShape, rows: str, columns: str) -> None:
    word = str(step.layer.spec).replace(":ceil", "")
    assert again(step, word).output[:2] == (int(rows), int(columns)) != step.output[:2]


def check_no_floor(step: LayerShape) -> None:
    with pytest.raises(CnnkitError, match="does not fit"):
        again(step, str(step.layer.spec).replace(":ceil", ""))


def reached(step: LayerShape) -> tuple[list[npt.NDArray[np.bool_]], list[npt.NDArray[np.bool_]]]:
    """Whether each row and column of the input moves the output, and each of the output moves with the input."""
    alone = step._replace(wire=Wire((0,)))
    moved = dependencies(Stack(step.input, (alone,)))  # type: ignore[arg-type]
    return [found.any(axis=0) for found in moved], [found.any(axis=1) for found in moved]


def check_missing(step: LayerShape, text: str, found: list[npt.NDArray[np.bool_]], name: str, end: str) -> None:
    """``the last 1 row``, ``2 of every 3 columns`` and ``4 of its 9 rows``, joined by ``and``."""
    assert step.placement is not None
    reach = step.placement.window.reach
    for part in text.split(" and "):
        axis = AXES.index("row" if "row" in part else "column")
        is_reached = found[axis]
        if last := re.fullmatch(rf"the last (\d+) {name}(row|column)s?", part):
            count = int(last[1])
            assert not is_reached[-count:].any()
            assert len(is_reached) == count or is_reached[-count - 1] or end == "gap"
        elif every := re.fullmatch(rf"(\d+) of every (\d+) {name}(row|column)s", part):
            count, stride = int(every[1]), int(every[2])
            ramp = max(reach[axis] - stride, 0)  # where not all taps have had their turn yet, or any more
            middle = is_reached[ramp : int(np.flatnonzero(is_reached)[-1]) + 1 - ramp]
            for first in range(len(middle) - stride + 1):
                assert (~middle[first : first + stride]).sum() == count, part
        elif of := re.fullmatch(rf"([\d,]+) of its ([\d,]+) {name}(row|column)s?", part):
            assert ((~is_reached).sum(), len(is_reached)) == (numbers(of[1])[0], numbers(of[2])[0])
        else:
            raise AssertionError(part)


def check_unseen(step: LayerShape, text: str) -> None:
    has_gap = max(step.layer.stride) > 1 or max(step.layer.dilation) > 1
    check_missing(step, text, reached(step)[0], "", "gap" if has_gap else "")


def check_holes(step: LayerShape, text: str, value: str) -> None:
    assert (value == "the bias alone") == step.layer.bias
    check_missing(step, text, reached(step)[1], "", "gap")


def check_cut_off(step: LayerShape, text: str) -> None:
    check_missing(step, text, reached(step)[0], "input ", "")


def check_padding_alone(step: LayerShape, text: str, word: str | None, size: str | None) -> None:
    found = reached(step)[1]
    check_missing(step, text, found, "", "gap")
    if word is None:
        return
    cured = again(step, word)
    assert cured.output.text == size
    assert not any(re.search("sees? padding alone", note) for note in notes(cured))
    assert all(axis.all() for axis in reached(cured)[1])
    # The values that are left are those that saw a sample.
    images = images_of(step)
    kept = computed(step, images)[:, found[0]][:, :, found[1]]
    np.testing.assert_allclose(computed(cured, images), kept, rtol=1e-4, atol=1e-5)


def check_whole(step: LayerShape) -> None:
    assert not any(axis.any() for axis in reached(step)[1])


def check_meeting(step: LayerShape, rows: str, columns: str, size: str, word: str | None) -> None:
    images, layer = images_of(step), step.layer
    weights = np.random.default_rng(4).uniform(0.5, 1, (*layer.size, *weights_shape(step)[2:])).astype(np.float32)
    wanted = computed(step, images, weights)
    meets = [[], []]  # type: list[list[int]]
    for axis in (0, 1):
        for tap in range(layer.size[axis]):
            without = weights.copy()
            without[(slice(None),) * axis + (tap,)] = 0
            if not np.array_equal(computed(step, images, without), wanted):
                meets[axis].append(tap)
    assert [len(taps) for taps in meets] == [int(rows), int(columns)]
    assert tuple(numbers(size)) == layer.size
    if word is not None:
        cured = again(step, word)
        kept = weights[meets[0][0] : meets[0][-1] + 1, meets[1][0] : meets[1][-1] + 1]
        assert cured.layer.size == kept.shape[:2]
        assert cured.output == step.output
        np.testing.assert_allclose(computed(cured, images, kept), wanted, rtol=1e-4, atol=1e-5)


def weights_shape(step: LayerShape) -> tuple[int, ...]:
    groups = step.input[-1] if step.layer.name == "dwconv" else step.layer.groups
    return (*step.layer.size, step.input[-1] // groups, step.output[-1])


def check_even(step: LayerShape, sides: str) -> None:
    placement = step.placement
    assert placement is not None
    padding = Padding(*numbers(sides))
    assert placement.padding == padding
    assert not padding.is_symmetric
    assert all(0 <= after - before <= 1 for before, after in zip(padding.before, padding.after, strict=True))


def check_lower(step: LayerShape) -> None:
    placement, other = step.placement, again(step, str(step.layer.spec).replace("same-lower", "same")).placement
    assert placement is not None
    assert other is not None
    assert (placement.padding.before, placement.padding.after) == (other.padding.after, other.padding.before)
    assert placement.padding != other.padding


def check_refused(step: LayerShape) -> None:
    placement = step.placement
    assert placement is not None
    top, bottom, left, right = placement.padding
    assert 2 * max(top, bottom) > step.layer.size[0] or 2 * max(left, right) > step.layer.size[1]


def check_dilated_average(step: LayerShape) -> None:
    assert step.layer.name == "avgpool"
    assert step.layer.dilation != (1, 1)


def check_frames(step: LayerShape, count: str, word: str, others: str) -> None:
    assert (numbers(count)[0], word) == (step.output[0], step.layer.framing)
    for tool, other in re.findall(r"\((\w+)\) ([\d,]+)", others):
        written = ":".join(part for part in str(step.layer.spec).split(":") if part != word)
        assert again(step, f"{written}:{tool}").output[0] == numbers(other)[0] != step.output[0]


def check_seconds(step: LayerShape, count: str, hop: str, rate: str, seconds: str) -> None:
    assert step.input[1:] == (numbers(rate)[0],)
    assert step.layer.hop_length == numbers(hop)[0]
    assert float(seconds.replace(",", "")) == pytest.approx(
        numbers(count)[0] * numbers(hop)[0] / numbers(rate)[0], rel=0.01
    )


SIDES = r"(\d+x\d+x\d+x\d+)"
PAIR = r"(\d+|\(\d+, \d+\))"
POOLED = rf"padding={PAIR}(, ceil_mode=True)?(, count_include_pad=False)?"
CHECKS: dict[str, Callable[..., None]] = {
    rf"PyTorch has no same padding in its pools; {POOLED} is the same there": check_pool_padding,
    rf"PyTorch has no same padding in its pools; pad by {SIDES} with -inf before it there":
        lambda step, sides: same_values(step, pad=numbers(sides)),
    r"PyTorch has no same padding in its pools; there is nothing the same there at the border":
        check_nothing_is_the_same,
    rf"PyTorch has no same padding with a stride; padding {PAIR} is the same there":
        lambda step, sides: same_values(step, padding=pair_of(sides)),
    rf"PyTorch has no same padding with a stride; pad by {SIDES} before it there":
        lambda step, sides: same_values(step, pad=numbers(sides)),
    rf"PyTorch has no same padding here; padding {PAIR}(?: and output_padding {PAIR})? is the same there":
        check_transposed,
    rf"PyTorch has no same padding here; leave its padding at 0(?:, give it output_padding {PAIR})?"
    rf" and cut {SIDES} off there":
        check_cut,
    r"TensorFlow's valid gives (\d+)x(\d+)": check_valid,
    r"Caffe rounds pooling up, to (\d+)x(\d+); write :ceil for it": check_ceil,
    r"TensorFlow rounds pooling down, to (\d+)x(\d+)": check_floor,
    r"TensorFlow rounds pooling down: this window does not fit there": check_no_floor,
    r"(.*) (?:is|are) never looked at": check_unseen,
    r"(.*) (?:holds?|is|are) (the bias alone|0), for no sample reaches (?:it|them)": check_holes,
    r"its whole output (?:holds the bias alone|is 0), for no sample reaches it": check_whole,
    r"(.*) reach(?:es)? nothing but what the padding cuts off": check_cut_off,
    r"(.*) sees? padding alone(?:; write (\S+) for (\S+))?": check_padding_alone,
    r"its whole output sees padding alone": check_whole,
    r"only (\d+)x(\d+) of its (\d+x\d+) weights ever meets? a sample, the others? meets? padding alone"
    r"(?:; (\S+) does the same)?":
        check_meeting,
    rf"an even kernel has no middle: same padding is {SIDES}, the odd sample after": check_even,
    r"TensorFlow and PyTorch put the odd sample of same padding after, not before": check_lower,
    r"PyTorch refuses a pool with more padding than half its window": check_refused,
    r"PyTorch's average pools have no dilation": check_dilated_average,
    r"([\d,]+) frames? at hop ([\d,]+) and ([\d,]+) Hz (?:are|is) ([\d,.e-]+) s": check_seconds,
    r"([\d,]+) frames by framing ([\w-]+); (.*)": check_frames,
}  # fmt: skip
"""What is done with a note that reads like this."""


def hold(step: LayerShape) -> Iterator[str]:
    """Follow every note on a layer; which they were."""
    for note in notes(step):
        reads = [(pattern, match) for pattern in CHECKS if (match := re.fullmatch(pattern, note))]
        reads.sort(key=lambda found: len(found[1].groups()[0] or "") if found[1].groups() else 0)
        assert reads, note
        pattern, match = reads[0]
        try:
            CHECKS[pattern](step, *match.groups())
        except (AssertionError, CnnkitError, pytest.fail.Exception) as error:
            raise AssertionError(f"{step.input.text} {step.layer.spec}: {note}\n{error}") from error
        yield pattern


def layers(inputs: tuple[str, ...], names: tuple[str, ...]) -> Iterator[LayerShape]:
    """A grid of small layers of these kinds."""
    paddings = ("", ":same", ":same-lower", ":valid", ":full", ":p1", ":p1x0", ":p3", ":p0x2x3x1")
    for name, size, stride, dilation, padding, start in product(
        names, ("1", "2", "3", "1x3", "2x1"), ("1", "2", "3x1", "4"), ("1", "2", "3x4"), paddings, inputs
    ):
        head = f"{name}{size}" + ("-2" if name in ("conv", "tconv") else "")
        for extra in ("", ":ceil") if name in POOLS else ("", ":nobias") if name == "tconv" and size == "1" else ("",):
            try:
                yield shape(start, f"{head}:s{stride}:d{dilation}{padding}{extra}").layers[0]
            except CnnkitError:
                continue


SPARSE = 11
"""Of the grid every layer was held once; from then on a part, which meets every size, stride, dilation and padding."""


@pytest.mark.parametrize(
    ("name", "kinds"), [("conv", 8), ("dwconv", 8), ("tconv", 6), ("maxpool", 10), ("avgpool", 11)]
)
def test_every_note_of_a_grid_of_layers_is_true(name: str, kinds: int) -> None:
    everything = [*layers(("1x1x2", "7x2x2", "9x8x2", "23x20x2"), (name,))]
    found = Counter(pattern for step in everything[::SPARSE] for pattern in hold(step))
    assert len(found) == kinds
    assert sum(found.values()) > 100


def test_every_note_of_random_stacks_is_true() -> None:
    stacks = [stack for seed in range(1000, 1100) if (stack := random_stack(seed))]
    steps = [step for stack in stacks for step in stack.layers]
    # A layer that sees the holes of the upscaling before it alone has a note that is about the stack.
    alone = [step for step in steps if not all(axis.size for axis in step.field or ())]
    assert all(notes(step)[-1].startswith("no sample of the stack's input reaches it") for step in alone)
    assert sum(1 for step in steps if step not in alone for _ in hold(step)) > 100


@pytest.mark.parametrize("framing", ["pad-end", "valid", "center", "psf", "kaldi"])
def test_every_note_on_frames_is_true(framing: str) -> None:
    cases = [*product((2048, 51200, 99999), (8000, 22050), (1, 160, 512))]
    found = [
        [*hold(shape(f"{samples}@{rate}", f"mfcc13:hop{hop}:{framing}").layers[0])] for samples, rate, hop in cases
    ]
    assert all(found)
