"""Convolutions in training: slopes against the twin for windows, strides, paddings, dilations and groups."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.reference.slopes import check_slopes, drawn, trained

WORDS = """
    conv3-5 conv3-4:s2 conv2x3-4:s2x1 conv3-4:d2 conv3-4:g2 conv3-4:full conv3-4:same-lower conv3-4:p0x1x2x3
    conv3-4:p0x1x5x3 conv1-4:p1x2x0x3:s2 conv1-3:nobias conv1-3:s3 conv2-4:s3:p4 conv3-6:g2:d2:s2
    dwconv3 dwconv3:m2:s2 dwconv5:nobias dwconv3:d2 dwconv1x7 dwconv2x3:s2x1:d1x2 dwconv3:p0x3x4x0
    tconv2-4:s2 tconv3-4:s2:p1:op1 tconv3-6:g2 tconv3x2-4:s3 tconv3-4:s2:valid:nobias tconv2-3 tconv3-4:d2
""".split()  # noqa: SIM905


@pytest.mark.parametrize("word", WORDS)
def test_slopes(word: str) -> None:
    check_slopes(f"7x6x2 conv1-4 {word} flatten fc3")


@pytest.mark.parametrize("word", ["conv3-5", "dwconv3", "tconv3-5:s2", "conv2-4:s2:d2:g2"])
def test_slopes_in_plain_python(word: str, engine: str) -> None:
    check_slopes(f"3x4x1 conv1-4 {word} gap fc2", batch=2)


@settings(max_examples=20)
@given(
    st.sampled_from(["conv", "tconv"]), st.tuples(*[st.integers(1, 3)] * 2), st.tuples(*[st.integers(1, 3)] * 2),
    st.tuples(*[st.integers(1, 3)] * 2), st.tuples(*[st.integers(0, 2)] * 4), st.integers(1, 3), st.integers(1, 3),
    st.integers(0, 99),
)  # fmt: skip
def test_random_settings(
    kind: str, size: Any, stride: Any, dilation: Any, padding: Any, groups: int, each: int, seed: int
) -> None:
    if kind == "tconv":  # whose padding takes away
        padding = [min(side, (length - 1) // 2) for side, length in zip(padding, np.repeat(size, 2), strict=True)]
    sides, (s, d) = "x".join(map(str, padding)), ("x".join(map(str, one)) for one in (stride, dilation))
    word = f"{kind}{size[0]}x{size[1]}-{groups * each}:s{s}:d{d}:p{sides}:g{groups}"
    check_slopes(f"8x9x2 conv1-{groups * 2} {word} flatten fc2", batch=2, seed=seed)


def test_the_first_layer_needs_no_slope_of_its_input() -> None:
    trainer = check_slopes("6x5x3 conv3-4 gap fc2")
    assert trainer._slopes[0] is None


@pytest.mark.parametrize("threads", [2, 3])
def test_threads_change_no_bit(threads: int) -> None:
    """Layers large enough to be shared: many pixels, many kernels, depthwise, transposed, grouped, with few weights
    and with many."""
    words = "17x16x8 conv3-32 relu dwconv3 conv1-64:s2 relu tconv3-16:s2 conv3-24:g4 conv3-24:d2 flatten fc5"
    stack, learned, x, labels = drawn(words, batch=5)
    found, expected = (trained(stack, learned, x, labels, threads=count) for count in (threads, 1))
    np.testing.assert_array_equal(found.scores, expected.scores)
    np.testing.assert_array_equal(found.parameters.slopes, expected.parameters.slopes)
