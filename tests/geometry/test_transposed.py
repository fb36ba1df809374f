"""Transposed convolutions: sizes counted out by spreading every sample."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnnkit.errors import ArgumentError, SizeError
from cnnkit.geometry.padding import Padding
from cnnkit.geometry.pair import Pair
from cnnkit.geometry.transposed import place_transposed
from cnnkit.geometry.window import Window, place


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
def test_same_multiplies_by_the_stride(word: str, k: int, stride: int) -> None:
    window = Window((k, k), (stride, 1))
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


def test_output_padding_must_be_below_the_stride() -> None:
    with pytest.raises(ArgumentError, match="output padding 2 is not below the stride 2"):
        place_transposed((5, 5), Window((3, 3), (2, 2)), 1, (2, 0))


def test_or_below_the_dilation() -> None:
    assert place_transposed((5, 5), Window((3, 3), (1, 1), (3, 3)), 0, (2, 2)).output == (13, 13)
    with pytest.raises(ArgumentError, match="not below the stride 1 or the dilation 3"):
        place_transposed((5, 5), Window((3, 3), (1, 1), (3, 3)), 0, (3, 0))


def test_output_padding_has_no_place_beside_same() -> None:
    with pytest.raises(ArgumentError, match="padding same already fixes the size"):
        place_transposed((5, 5), Window((3, 3), (2, 2)), "same", (1, 1))


def test_full_has_no_agreed_meaning() -> None:
    with pytest.raises(ArgumentError, match="full is for convolutions"):
        place_transposed((5, 5), Window((3, 3)), "full")


def test_more_cut_off_than_there_is() -> None:
    with pytest.raises(SizeError, match="padding 4x4x4x4 cuts off all of the 7x7 there are"):
        place_transposed((5, 5), Window((3, 3)), 4)
