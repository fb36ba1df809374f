"""Transposed convolutions: sizes counted out by spreading every sample."""

from itertools import product
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnnkit.errors import ArgumentError, SizeError
from cnnkit.geometry.padding import Padding
from cnnkit.geometry.pair import Pair
from cnnkit.geometry.transposed import Phase, place_transposed
from cnnkit.geometry.window import Window, place

Pair3 = tuple[int, int, int]


@pytest.mark.parametrize(
    ("size", "window", "padding", "added", "expected"),
    [
        # Dumoulin and Visin, arXiv:1603.07285, the figures of chapter 4: from the output back to the input.
        (2, Window((3, 3)), "valid", 0, 4),
        (6, Window((4, 4)), 2, 0, 5),
        (5, Window((3, 3)), 1, 0, 5),
        (7, Window((3, 3)), 2, 0, 5),
        (2, Window((3, 3), (2, 2)), "valid", 0, 5),
        (3, Window((3, 3), (2, 2)), 1, 0, 5),
        (3, Window((3, 3), (2, 2)), 1, 1, 6),
        # PyTorch's documentation of ConvTranspose2d: 12x12, convolved with stride 2 and padding 1, comes back.
        (6, Window((3, 3), (2, 2)), 1, 1, 12),
        # DCGAN and U-Net.
        (1, Window((4, 4)), "valid", 0, 4),
        (4, Window((4, 4), (2, 2)), 1, 0, 8),
        (28, Window((2, 2), (2, 2)), "same", 0, 56),
    ],
)
def test_sizes_everybody_knows(size: int, window: Window, padding: str | int, added: int, expected: int) -> None:
    assert place_transposed((size, size), window, padding, (added, added)).output == (expected, expected)


@pytest.mark.parametrize("size", [1, 2, 5])
@pytest.mark.parametrize("k", [1, 2, 3, 4, 5])
@pytest.mark.parametrize("stride", [1, 2, 3])
@pytest.mark.parametrize("dilation", [1, 2])
def test_valid_is_as_far_as_the_samples_are_spread(size: int, k: int, stride: int, dilation: int) -> None:
    reached = {y * stride + a * dilation for y in range(size) for a in range(k)}
    window = Window((k, k), (stride, stride), (dilation, dilation))
    assert place_transposed((size, size), window, "valid").output[0] == max(reached) + 1


@pytest.mark.parametrize("word", ["same", "same-lower"])
@pytest.mark.parametrize("k", [1, 2, 3, 4, 7])
@pytest.mark.parametrize("stride", [1, 2, 3, 5])
@pytest.mark.parametrize("dilation", [1, 2, 3])
def test_same_multiplies_by_the_stride(word: str, k: int, stride: int, dilation: int) -> None:
    window = Window((k, k), (stride, 1), (dilation, 1))
    landed = place_transposed((7, 6), window, word)
    assert landed.output == (7 * stride, 6)
    # TensorFlow: the padding of the convolution that leads back.
    back = place(landed.output, window, word)
    assert (back.output, back.padding) == ((7, 6), landed.padding)


def test_the_odd_sample() -> None:
    window = Window((4, 4), (1, 1))
    assert place_transposed((5, 5), window, "same").padding == Padding(1, 2, 1, 2)
    assert place_transposed((5, 5), window, "same-lower").padding == Padding(2, 1, 2, 1)


pairs = st.tuples(st.integers(1, 5), st.integers(1, 5))


@given(pairs, pairs, pairs, st.integers(0, 4), pairs)
def test_a_convolution_leads_back(size: Pair, k: Pair, stride: Pair, padding: int, added: Pair) -> None:
    window = Window(k, stride)
    added = added[0] % stride[0], added[1] % stride[1]
    try:
        landed = place_transposed(size, window, padding, added)
        back = place(landed.output, window, padding)
    except SizeError:
        return
    assert back.output == size


def test_the_size_formula_over_a_grid() -> None:
    for size, k, stride, dilation, before, after, added in product(
        (1, 2, 5), (1, 2, 3), (1, 2, 3), (1, 2), (0, 1, 3), (0, 2), (0, 1, 2)
    ):
        window = Window((k, 1), (stride, 1), (dilation, 1))
        # As PyTorch's documentation of ConvTranspose2d has it.
        expected = (size - 1) * stride - before - after + dilation * (k - 1) + added + 1
        if added >= max(stride, dilation) or expected < 1:
            continue
        landed = place_transposed((size, 4), window, (before, after, 0, 0), (added, 0))
        assert landed.output == (expected, 4)


# Phases.


def spread_over(size: int, k: int, stride: int, dilation: int, before: int, output: int) -> set[Pair3]:
    """Every (result, input, tap) that meet, from the input's side."""
    landed = ((y * stride + a * dilation - before, y, a) for y in range(size) for a in range(k))
    return {(t, y, a) for t, y, a in landed if 0 <= t < output}


def gathered(phases: Any, size: int, k: int) -> list[Pair3]:
    """Every (result, input, tap) that meet, from the side of the phases' windows."""
    found = []
    for phase in phases:
        taps, results = list(range(k))[phase.taps][::-1], range(*phase.output.indices(10**6))
        inputs = [None] * phase.before + list(range(size))[phase.input] + [None] * phase.after
        assert len(inputs) - phase.dilation * (len(taps) - 1) == len(results)
        for start, t in enumerate(results):
            for m, a in enumerate(taps):
                y = inputs[start + m * phase.dilation]
                if y is not None:
                    found.append((t, y, a))
    return found


@pytest.mark.parametrize("padding", ["same", "same-lower", "valid", (2, 0, 0, 0), (0, 3, 0, 0), (5, 4, 0, 0)])
@pytest.mark.parametrize("stride", [1, 2, 3, 4, 6])
def test_phases_gather_what_is_spread_and_nothing_twice(padding: Any, stride: int) -> None:
    for size, k, dilation, added in product((1, 2, 3, 6), (1, 2, 3, 4), (1, 2, 3, 4), (0, 1, 3)):
        if added and (added >= max(stride, dilation) or isinstance(padding, str)):
            continue
        window = Window((k, 1), (stride, 1), (dilation, 1))
        try:
            landed = place_transposed((size, 3), window, padding, (added, 0))
        except SizeError:
            continue
        rows, _ = landed.phases
        expected = spread_over(size, k, stride, dilation, landed.padding.top, landed.output[0])
        assert sorted(gathered(rows, size, k)) == sorted(expected)
        results = [t for phase in rows for t in range(*phase.output.indices(10**6))]
        assert len(set(results)) == len(results) <= landed.output[0]
        assert all(phase.input.start < phase.input.stop for phase in rows)


def test_phases_of_columns_are_their_own() -> None:
    landed = place_transposed((4, 5), Window((3, 2), (2, 3), (1, 2)), (1, 0, 0, 2), (1, 2))
    _, columns = landed.phases
    assert sorted(gathered(columns, 5, 2)) == sorted(spread_over(5, 2, 3, 2, 0, landed.output[1]))
    window = Window((1, 4), (1, 3))
    _, columns = place_transposed((1, 2), window, "0x0x2x0").phases
    # Results 1 and 4 meet tap 0 of one sample and tap 3 of the one before it; for 4, the first is a zero after the end.
    assert columns[0] == Phase(slice(0, 4, 3), 1, slice(0, 2), 0, 1, slice(1, 5, 3))


@pytest.mark.parametrize("stride", [3, 10**9])
def test_no_phase_is_made_for_results_that_nothing_reaches(stride: int) -> None:
    rows, columns = place_transposed((2, 2), Window((1, 2), (1, stride))).phases
    assert len(rows) == 1
    assert [phase.output for phase in columns] == [slice(0, stride + 1, stride), slice(1, stride + 2, stride)]


# Every error.


def test_output_padding_must_be_below_the_stride() -> None:
    with pytest.raises(ArgumentError, match="output padding 2 is not below the stride 2"):
        place_transposed((5, 5), Window((3, 3), (2, 2)), 1, (2, 0))


def test_or_below_the_dilation() -> None:
    assert place_transposed((5, 5), Window((3, 3), (1, 1), (3, 3)), 0, (2, 2)).output == (13, 13)
    with pytest.raises(ArgumentError, match="not below the stride 1 or the dilation 3"):
        place_transposed((5, 5), Window((3, 3), (1, 1), (3, 3)), 0, (3, 0))


def test_output_padding_is_a_number_or_two_of_0_or_more() -> None:
    window = Window((3, 3), (2, 2))
    assert place_transposed((5, 5), window, 1, 1) == place_transposed((5, 5), window, 1, (1, 1))
    with pytest.raises(ArgumentError, match="output padding -1 is below 0"):
        place_transposed((5, 5), window, 1, (0, -1))


def test_output_padding_has_no_place_beside_same() -> None:
    with pytest.raises(ArgumentError, match=r"padding same already fixes the size.*or give the padding in numbers"):
        place_transposed((5, 5), Window((3, 3), (2, 2)), "same", (1, 1))


def test_full_has_no_agreed_meaning() -> None:
    with pytest.raises(ArgumentError, match="full is for convolutions"):
        place_transposed((5, 5), Window((3, 3)), "full")


def test_more_cut_off_than_there_is() -> None:
    with pytest.raises(SizeError, match="padding 4x4x4x4 cuts off all of the 7x7 there are"):
        place_transposed((5, 5), Window((3, 3)), 4)
