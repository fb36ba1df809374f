"""Where windows land and how often: the size formula, counted out."""

from itertools import product
from typing import Any

import pytest

from cnnkit.errors import ArgumentError, SizeError
from cnnkit.geometry.padding import Padding
from cnnkit.geometry.window import Window, output_length, place, reach, window_settings
from tests.reference import convolution, pooling


@pytest.mark.parametrize(
    ("size", "window", "padding", "expected"),
    [
        # Dumoulin and Visin, arXiv:1603.07285, the figures of chapter 2.
        (4, Window((3, 3)), "valid", 2),
        (5, Window((4, 4)), 2, 6),
        (5, Window((3, 3)), 1, 5),
        (5, Window((3, 3)), "full", 7),
        (5, Window((3, 3), (2, 2)), "valid", 2),
        (5, Window((3, 3), (2, 2)), 1, 3),
        (6, Window((3, 3), (2, 2)), 1, 3),
        (7, Window((3, 3), (1, 1), (2, 2)), "valid", 3),
        # Layers everybody knows.
        (227, Window((11, 11), (4, 4)), "valid", 55),  # AlexNet
        (224, Window((7, 7), (2, 2)), 3, 112),  # ResNet
        (224, Window((3, 3)), "same", 224),  # VGG
        (299, Window((3, 3), (2, 2)), "valid", 149),  # Inception
    ],
)
def test_sizes_from_the_literature(size: int, window: Window, padding: Any, expected: int) -> None:
    assert place((size, size), window, padding).output == (expected, expected)


def test_rows_and_columns_are_independent() -> None:
    placement = place((10, 20), Window((3, 5), (2, 3), (1, 2)), "1x2x3x4")
    assert placement.window.reach == (3, 9)
    assert placement.padded == (13, 27)
    assert placement.output == (6, 7)
    assert placement.padding == Padding(1, 2, 3, 4)
    assert placement.input == (10, 20)


def test_reach_is_what_a_window_spans() -> None:
    assert [reach(size, dilation) for size, dilation in [(1, 9), (2, 3), (3, 1), (3, 2)]] == [1, 4, 3, 5]


def test_numbers_and_text_are_windows_too() -> None:
    window: Any = Window
    assert window("3x5", 2, "1x2") == Window((3, 5), (2, 2), (1, 2))


def test_lengths_agree_with_windows_counted_out() -> None:
    for length, before, after, size, stride, dilation in product(
        range(1, 8), range(3), range(3), range(1, 4), range(1, 5), range(1, 3)
    ):
        found = output_length(length, before, after, reach(size, dilation), stride)
        assert max(found, 0) == len(convolution.starts(length, before, after, size, stride, dilation))


def test_lengths_with_ceil_agree_with_windows_counted_out() -> None:
    for length, before, after, size, stride, dilation in product(
        range(1, 8), range(3), range(3), range(1, 4), range(1, 5), range(1, 3)
    ):
        span = reach(size, dilation)
        if after >= span or before + length + after < span:
            continue  # each has a test of its own
        found = output_length(length, before, after, span, stride, ceil=True)
        expected = pooling.starts(length, before, after, size, stride, dilation, ceil=True)
        assert found == len(expected), (length, before, after, span, stride)


def test_ceil_on_an_input_smaller_than_the_window_is_the_formula_still() -> None:
    # ceil((P - e) / s) + 1, as ONNX and PyTorch: the window hangs over on its very first landing.
    assert output_length(1, 0, 0, span=2, stride=2, ceil=True) == 1
    assert output_length(1, 0, 0, span=5, stride=5, ceil=True) == 1
    assert output_length(1, 0, 0, span=3, stride=2, ceil=True) == 0  # ceil(-2 / 2) + 1


def test_ceil_never_gives_fewer_windows() -> None:
    # Also where padding is wider than the window: nothing hangs over, so there is nothing to drop.
    for length, before, after, span, stride in product(range(1, 6), range(4), range(8), range(1, 5), range(1, 5)):
        floor = output_length(length, before, after, span, stride)
        ceil = output_length(length, before, after, span, stride, ceil=True)
        assert floor <= ceil <= floor + 1, (length, before, after, span, stride)


def test_same_gives_ceil_of_size_over_stride_at_any_setting() -> None:
    for rule, length, size, stride, dilation in product(
        ("same", "same-lower"), range(1, 15), range(1, 8), range(1, 7), range(1, 4)
    ):
        placement = place((length, 1), Window((size, 1), (stride, 1), (dilation, 1)), rule)
        assert placement.output == (-(-length // stride), 1)


def test_unseen_are_the_samples_behind_the_last_window() -> None:
    for length, padding, size, stride in product(range(1, 12), range(3), range(1, 5), range(1, 6)):
        if length + 2 * padding < size:
            continue
        placement = place((length, length), Window((size, 1), (stride, 1)), (padding, 0))
        last = (placement.output[0] - 1) * stride + size - 1 - padding
        seen_from_there = [row for row in range(length) if row > last]
        assert placement.unseen == (len(seen_from_there), 0)


@pytest.mark.parametrize(
    ("window", "padding", "settings", "words"),
    [
        (Window((3, 3)), "same", {}, ""),
        (Window((3, 3), (2, 2)), "same-lower", {}, "s2 same-lower"),
        (Window((3, 3), (1, 2), (2, 1)), Padding(1, 1, 2, 2), {}, "s1x2 p1x2 d2x1"),
        (Window((3, 3)), Padding(0, 1, 0, 1), {}, "p0x1x0x1"),
        (Window((3, 3)), Padding(0, 0, 0, 0), {}, "valid"),
        (Window((3, 2), (3, 2)), Padding(0, 0, 0, 0), {"is_pool": True}, ""),
        (Window((3, 2), (2, 3)), "same", {"is_pool": True, "ceil": True}, "s2x3 same ceil"),
        (Window((2, 2), (1, 1)), "full", {"is_pool": True}, "s1 full"),
    ],
)
def test_settings_that_differ_from_the_defaults(
    window: Window, padding: str | Padding, settings: dict[str, bool], words: str
) -> None:
    assert " ".join(map(str, window_settings(window, padding, **settings))) == words


def test_huge_numbers_cost_nothing() -> None:
    large = 2**31 - 1
    assert place((large, large), Window((3, 3)), "same").output == (large, large)
    assert place((1, 1), Window((large, large), (large, large)), "same").output == (1, 1)


@pytest.mark.parametrize(
    ("size", "window", "padding", "message"),
    [
        ((2, 5), Window((3, 3)), "valid", r"window of 3x3 does not fit an input of 2x5, 2x5 with padding"),
        ((2, 5), Window((3, 7)), (1, 0), r"window of 3x7 does not fit an input of 2x5, 4x5 with padding"),
        ((4, 4), Window((3, 3), (1, 1), (2, 2)), 0, r"window of 3x3 \(spanning 5x5\) does not fit an input of 4x4"),
        ((3, 3), Window((3, 3), (1, 1), (2**31 - 1, 1)), 0, r"spanning 4294967295x3"),
    ],
)
def test_a_window_that_does_not_fit(size: tuple[int, int], window: Window, padding: Any, message: str) -> None:
    with pytest.raises(SizeError, match=message):
        place(size, window, padding)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (((0, 3),), "window size 0 is below 1"),
        (((3, 3), (0, 1)), "stride 0 is below 1"),
        (((3, 3), (1, 1), (1, -1)), "dilation -1 is below 1"),
        (((3, 3, 3),), "window size has 3 numbers"),
        (((3, 3), 1.5), r"stride 1\.5 is not whole numbers"),
    ],
)
def test_what_is_no_window(arguments: Any, message: str) -> None:
    with pytest.raises(ArgumentError, match=message):
        Window(*arguments)


def test_an_input_needs_rows_and_columns() -> None:
    with pytest.raises(ArgumentError, match="input size 0 is below 1"):
        place((0, 5), Window((1, 1)))
