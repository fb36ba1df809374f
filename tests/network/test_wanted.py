"""What reaches a wanted size: every choice does, none within the bounds is missing, and simple ones come first."""

from __future__ import annotations

import re
from contextlib import suppress
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnnkit.errors import ArgumentError, CnnkitError, NotationError, SizeError
from cnnkit.geometry.padding import Padding
from cnnkit.geometry.window import Window, output_length, place
from cnnkit.network.shape import Stack, shape
from cnnkit.network.wanted import (
    BOUNDS,
    LARGEST_KERNEL,
    LARGEST_SIDE,
    MAX_1X1_STRIDE,
    MAX_PADDINGS_PER_AXIS,
    MAX_TABLE_LINES,
    solve,
)
from tests.network.notation.test_expansion import calls_of
from tests.network.notation.test_spec import layers


def texts(stack: str, rows: int, columns: int) -> list[str]:
    return [choice.text for choice in solve(shape(stack), (rows, columns)).choices]


@pytest.mark.parametrize(
    ("stack", "wanted", "first"),
    [
        ("224x224x3 conv3-64", (112, 112), ["conv3-64:s2", "conv3-64:s2:p1", "conv5-64:s2"]),
        ("224x224x3 conv7-64", (112, 112), ["conv7-64:s2", "conv7-64:s2:p3"]),
        ("224x224x3 conv7-64:s2:p3", (112, 112), ["conv7-64:s2", "conv7-64:s2:p3"]),
        ("28x28 conv3-8", (28, 28), ["conv3-8"]),
        ("28x28 conv3-8", (26, 26), ["conv3-8:valid"]),
        ("28x28 conv3-8", (30, 30), ["conv3-8:full"]),
        ("28x28 conv3-8:nobias", (14, 14), ["conv3-8:s2:nobias"]),
        ("28x28 conv3-8:d2", (24, 24), ["conv3-8:valid:d2"]),
        ("28x28 maxpool2", (14, 14), ["maxpool2"]),
        ("55x55 maxpool2", (28, 28), ["maxpool2:ceil", "maxpool2:same"]),
        ("55x55 maxpool3", (27, 27), ["maxpool3:s2"]),
        ("28x28x8 dwconv3", (14, 14), ["dwconv3:s2", "dwconv3:s2:p1"]),
        ("7x7x3 tconv2-8", (14, 14), ["tconv2-8:s2"]),
        ("7x7x3 tconv4-8", (14, 14), ["tconv4-8:s2"]),
        ("7x7x3 tconv3-8:s2:p1:op1", (14, 14), ["tconv3-8:s2:p1:op1"]),
        ("224x200x3 conv5-8", (112, 50), ["conv5-8:s2x4"]),
        ("1000x1x8 conv9x1-16", (250, 1), ["conv9x1-16:s4"]),
        ("28x28 conv3-8 groupnorm4 gelu prelu", (14, 14), ["conv3-8:s2"]),
        ("784 reshape28x28 conv3-8", (14, 14), ["conv3-8:s2"]),
        ("28x28 conv3-8 bn relu dropout", (14, 14), ["conv3-8:s2"]),
    ],
)
def test_the_simplest_come_first(stack: str, wanted: tuple[int, int], first: list[str]) -> None:
    assert texts(stack, *wanted)[: len(first)] == first


@given(st.integers(3, 40), st.integers(3, 40), layers(largest=5), st.integers(1, 40), st.integers(1, 40))
def test_every_choice_reaches_the_size(rows: int, columns: int, word: str, high: int, wide: int) -> None:
    try:
        solutions = shape(f"{rows}x{columns}x4 {word}").want(high, wide)
    except CnnkitError:
        return
    assert solutions.choices
    for choice in (*solutions.choices, *solutions.same):
        step = shape(f"{rows}x{columns}x4 {choice.text}").layers[0]
        assert step.placement == choice.placement
    assert all(choice.placement.output == (high, wide) for choice in solutions.choices)
    assert len({choice.text for choice in solutions.choices}) == len(solutions.choices)


def test_none_is_missing() -> None:
    """All square kernels, strides and even paddings within the bounds, tried one by one."""
    for length, wanted in product((4, 9, 16, 27), range(1, 15)):
        try:
            found = solve(shape(f"{length}x{length} conv3-8"), (wanted, wanted)).choices
        except SizeError:
            found = ()
        solved = {(c.placement.window.size, c.placement.window.stride, c.placement.padding) for c in found}
        for kernel in range(1, LARGEST_KERNEL + 1):
            for stride, padding in product(range(1, kernel + 1), range(kernel // 2 + 1)):
                try:
                    window = Window((kernel, kernel), (stride, stride))
                    placement = place((length, length), window, padding)
                except SizeError:
                    continue
                choice = ((kernel, kernel), (stride, stride), Padding(*[padding] * 4))
                assert (choice in solved) == (placement.output == (wanted, wanted)), (length, wanted, choice)


@pytest.mark.parametrize(
    ("rows", "columns", "high", "wide"), [(28, 20, 14, 20), (30, 20, 10, 10), (9, 5, 3, 5), (1, 40, 1, 8)]
)
def test_none_is_missing_where_rows_and_columns_are_unlike(rows: int, columns: int, high: int, wide: int) -> None:
    """Every stride and padding of the smaller kernels, few enough of which reach a side for all to be combined."""
    found = solve(shape(f"{rows}x{columns} conv3-8"), (high, wide)).choices
    solved = {(c.placement.window.size[0], c.placement.window.stride, c.placement.padding) for c in found}
    tried = set()
    for kernel in range(1, 6):
        strides = range(1, (kernel if kernel > 1 else MAX_1X1_STRIDE) + 1)
        down, across = (
            {
                (stride, before, after)
                for stride, before in product(strides, range(kernel // 2 + 1))
                for after in range(before, min(before + 1, kernel // 2) + 1)
                if output_length(length, before, after, kernel, stride) == wanted
                and (before == after or (wanted - 1) * stride + kernel == length + before + after)
            }
            for length, wanted in ((rows, high), (columns, wide))
        )
        tried |= {(kernel, (s, t), Padding(*above, *beside)) for (s, *above), (t, *beside) in product(down, across)}
    assert {choice for choice in solved if choice[0] < 6} == tried


def test_the_bounds_are_those_of_the_text() -> None:
    for bound in (LARGEST_KERNEL, MAX_1X1_STRIDE, LARGEST_SIDE, MAX_PADDINGS_PER_AXIS):
        assert re.search(rf"\b{bound}(\b|x)", BOUNDS)
    assert max(choice.placement.window.stride[0] for choice in shape("99x99 conv63-8").want(2, 2).choices) == 32
    rows = {
        (choice.placement.padding.top, choice.placement.padding.bottom)
        for choice in shape("31x90 conv31-8").want(2, 20).choices
        if choice.placement.window == Window((31, 31), (15, 4))
    }
    assert len(rows) == MAX_PADDINGS_PER_AXIS


def test_what_same_gives_is_said() -> None:
    solutions = shape("224x224x3 conv3-64").want(112, 112)
    assert [choice.placement.output[0] for choice in solutions.same] == [224, 112, 75, 56]
    assert "112x112 with stride 2" in str(solutions)


def test_as_text_it_is_a_table() -> None:
    assert str(shape("28x28 conv3-8").want(26, 26)).splitlines()[:4] == [
        "9 ways for conv to make 26x26 of 28x28, simplest first:",
        "layer              kernel  stride  padding  unseen",
        "conv3-8:valid         3x3     1x1  0x0x0x0       -",
        "conv5-8:p1            5x5     1x1  1x1x1x1       -",
    ]


def test_a_long_table_is_cut_and_says_so() -> None:
    solutions = shape("1000x1x8 conv9x1-16").want(250, 1)
    more = len(solutions.choices) - MAX_TABLE_LINES
    assert more > 0
    assert str(solutions).splitlines()[MAX_TABLE_LINES + 2] == f"... and {more} more; --json lists them all"


def test_choices_that_leave_rows_unseen_come_later() -> None:
    choices = shape("28x28 conv3-8").want(13, 13).choices
    assert choices[0].text == "conv3-8:s2:valid"
    assert choices[0].unseen == (1, 1)


@pytest.mark.parametrize(
    ("stack", "wanted", "expected", "problem", "hint"),
    [
        ("28x28 conv3-8", (100, 100), SizeError, "no conv of a usual size makes 100x100 of 28x28",
         "to enlarge, use a tconv: tconv2-8:s2 makes 56x56"),
        ("224x224 conv3-8", (3, 3), SizeError, "makes 3x3 of 224x224", "same padding reaches 224x224 (:s1), 112x112"),
        ("7x7 tconv2-8", (100, 100), SizeError, "no tconv of a usual size", "same padding reaches 7x7 (:s1)"),
        ("28x28 avgpool-to7", (14, 12), NotationError, "avgpool-to has no window", "write avgpool-to14x12"),
        ("28x28 maxpool-to7 relu", (14, 14), NotationError, "maxpool-to has no window", "write maxpool-to14"),
        ("28x28 conv3-8 upsample2", (14, 14), NotationError, "upsample has no window to choose", "a conv, tconv"),
        ("28x28 conv3-8 flatten", (14, 14), NotationError, "flatten has no window to choose", "a conv, tconv, dwconv"),
        ("28x28", (14, 14), ArgumentError, "the stack has no layer to choose for", "end it in a layer"),
        ("28x28 relu", (14, 14), ArgumentError, "the stack has no layer to choose for", "end it in a layer"),
        ("28x28 conv3-8", (0, 3), ArgumentError, "0x3 is not a size", "as in 112x112"),
    ],
)  # fmt: skip
def test_what_cannot_be(
    stack: str, wanted: tuple[int, int], expected: type[CnnkitError], problem: str, hint: str
) -> None:
    with pytest.raises(expected, match=problem) as caught:
        shape(stack).want(*wanted)
    assert hint in caught.value.hint


@pytest.mark.parametrize(
    "stack",
    [
        "2147483647x2147483647 conv3-8:d1000000000:valid",
        "2147483647x99 conv2147483647x3-8:valid",
        "999x9 maxpool3x9:d99x1:p200x9",
        "9x9 tconv3-8:d9999x1:s9999x1",
    ],
)
def test_searching_is_bounded(stack: str) -> None:
    stacked = shape(stack)

    def search() -> None:
        with suppress(SizeError):
            stacked.want(7, 7)

    assert calls_of(search) < 1_500_000


@pytest.mark.parametrize("layer", ["conv3-8", "conv3-8:s2", "dwconv3", "maxpool2:same", "tconv2-8:s2", "conv3-8 relu"])
def test_what_is_out_of_reach_has_a_hint_that_works(layer: str) -> None:
    """Every word and size that an error names: the word makes the size."""
    first, *others = layer.split()
    sizes = product(((28, 28), (7, 9), (1, 1)), product((1, 5, 30, 57, 61, 200), (3, 56, 60)))
    reached = 0
    for size, wanted in sizes:
        stack = shape(f"{size[0]}x{size[1]}x3", layer)
        hint = out_of_reach(stack, wanted)
        named = re.findall(r"(tconv\S+) makes (\d+)x(\d+)", hint)
        pairs = re.findall(r"(\d+)x(\d+) \((:s\d+)\)", hint)
        named += [(f"{first.split(':')[0]}{stride}:same", rows, columns) for rows, columns, stride in pairs]
        assert bool(named) == bool(hint)
        for word, rows, columns in named:
            found = shape(stack.input.text, word, *others)
            assert found.output == (int(rows), int(columns), stack.output[-1])
            reached += found.output[:2] == wanted
    assert reached > 0 or first.startswith("tconv")


def out_of_reach(stack: Stack, wanted: tuple[int, int]) -> str:
    """The hint of the error; nothing where the size is reached."""
    try:
        solve(stack, wanted)
    except SizeError as error:
        return error.hint
    return ""
