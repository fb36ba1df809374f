"""Layers that move, add and copy values: slopes against the twin, in chains and in branches."""

import numpy as np
import pytest

from cnnkit.network.shape import shape
from tests.reference.slopes import check_slopes, trained

WORDS = """
    gap gmp reshape6x7x4 reshape3x14x4 pad1x0x2x1 pad0x0x0x2 crop1 crop2x0x1x3 upsample2 upsample3x1 upsample2:bilinear
    upsample1x3:bilinear shuffle1 shuffle2
""".split()  # noqa: SIM905

BRANCHES = [
    "conv1-4 mark:a conv3-4 relu add:a relu gap fc3",
    "conv1-4 relu mark:a conv3-4 bn mark:b from:a conv1-4 add:b relu flatten fc3",
    "conv1-4 mark:a conv3-4 relu mark:b from:a maxpool3:s1:same conv1-2 cat:a:b:. flatten fc3",
    "conv1-4 mark:a relu mark:b conv3-4 add:a:b relu gap fc3",
    "conv1-4 mark:map gmp mark:most from:map gap add:most fc3",
    "mark:in conv1-2 add:in relu gap fc3",
    "conv1-4 mark:a relu conv3-4 relu cat:a relu gap fc3",
    "conv1-4 mark:a flatten fc5 mark:b from:a gap cat:b fc3",
    "mark:in gap mark:a from:in gmp cat:a fc4 relu mark:b fc4 add:b fc3",
    "conv1-4 mark:a flatten mark:b reshape5x4x4 add:a conv1-2 flatten cat:b fc3",
]


@pytest.mark.parametrize("word", WORDS)
def test_slopes(word: str) -> None:
    check_slopes(f"7x6x2 conv1-4 {word} {'' if word in ('gap', 'gmp') else 'flatten '}fc3")


@pytest.mark.parametrize("words", BRANCHES)
def test_branches(words: str, engine: str) -> None:
    check_slopes(f"5x4x2 {words}")


def test_what_is_moved_lies_where_it_lay() -> None:
    trainer = check_slopes("4x4x2 conv1-4 flatten fc3")
    assert np.may_share_memory(trainer._values[1].array, trainer._values[2].array)
    trainer = check_slopes("4x4x2 conv1-4 mark:a flatten fc4 mark:b from:a gap add:b fc3")
    assert not np.may_share_memory(trainer._values[1].array, trainer._values[2].array)


def test_the_slope_of_a_largest_value_is_the_first_of_equal_ones() -> None:
    stack = shape("2x2x1 conv1-1:nobias gmp fc2:nobias", batch=1)
    learned = {1: {"weights": np.ones((1, 1, 1, 1))}, 3: {"weights": np.array([[1.0, -1.0]])}}
    trainer = trained(stack, learned, np.array([3, 7, 7, 1], np.float32).reshape(1, 2, 2, 1), np.array([1]))
    found = trainer._slopes[1]
    assert found is not None
    assert (found.array.ravel() != 0).tolist() == [False, True, False, False]
