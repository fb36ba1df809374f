"""Weights at random, and presets as weights."""

import numpy as np
import pytest

from cnnkit.data.kernels.text import kernel
from cnnkit.errors import ArgumentError
from cnnkit.network.shape import shape
from cnnkit.operations.network.initial import preset_parameters, random_parameters


def test_every_layer_that_learns_gets_its_own() -> None:
    stack = shape("28x28x1 conv3-8 bn relu conv3-16:nobias prelu:channels tconv2-4:s2 groupnorm2 flatten fc10")
    learned = random_parameters(stack, 3)
    assert {n: {k: v.shape for k, v in one.items()} for n, one in learned.items()} == {
        1: {"weights": (3, 3, 1, 8), "bias": (8,)},
        2: {"scale": (8,), "shift": (8,), "mean": (8,), "variance": (8,)},
        4: {"weights": (3, 3, 8, 16)},
        5: {"slope": (16,)},
        6: {"weights": (2, 2, 4, 16), "bias": (4,)},
        7: {"scale": (4,), "shift": (4,)},
        9: {"weights": (56 * 56 * 4, 10), "bias": (10,)},
    }
    assert all(array.dtype == np.float32 for one in learned.values() for array in one.values())
    assert learned[2]["scale"].tolist() == [1] * 8
    assert learned[5]["slope"][0] == 0.25


def test_the_deviation_is_that_of_he() -> None:
    stack = shape("8x8x64 conv3-128 flatten fc100")
    learned = random_parameters(stack)
    assert learned[1]["weights"].std() == pytest.approx((2 / (9 * 64)) ** 0.5, rel=0.02)
    assert learned[3]["weights"].std() == pytest.approx((2 / (64 * 128)) ** 0.5, rel=0.02)


def test_a_seed_gives_the_same_and_layers_do_not_depend_on_those_before() -> None:
    a, b = shape("8x8x3 conv3-4 relu conv3-4"), shape("8x8x3 conv1-3 relu conv3-5")
    first = random_parameters(a, 7)
    np.testing.assert_array_equal(first[3]["weights"], random_parameters(a, 7)[3]["weights"])
    assert (first[3]["weights"] != random_parameters(a, 8)[3]["weights"]).any()
    given = {1: {"weights": np.zeros((3, 3, 3, 4), np.float32)}}
    again = random_parameters(a, 7, given)
    assert again[1] is given[1]
    np.testing.assert_array_equal(first[3]["weights"], again[3]["weights"])
    assert random_parameters(b, 7).keys() == {1, 3}


def test_presets_lie_on_every_channel() -> None:
    stack = shape("8x8x3 conv3-2 dwconv3 dwconv3:m2")
    made = preset_parameters(stack, 1, [kernel("sobel-x"), kernel("edge")])
    assert made["weights"].shape == (3, 3, 3, 2)
    np.testing.assert_array_equal(made["weights"][:, :, 2, 0], kernel("sobel-x").weights)
    assert made["bias"].tolist() == [0, 0]
    single = preset_parameters(stack, 2, [kernel("edge")])["weights"]
    assert single.shape == (3, 3, 1, 2)
    both = preset_parameters(stack, 3, [kernel("edge"), kernel("sobel-x")])["weights"]
    np.testing.assert_array_equal(both[:, :, 0, 2], kernel("edge").weights)
    np.testing.assert_array_equal(both[:, :, 0, 3], kernel("sobel-x").weights)


@pytest.mark.parametrize(
    ("number", "presets", "problem"),
    [
        (1, ["edge"], "conv3-2 has 2 kernels, and 1 are given"),
        (1, ["gaussian:size=5", "edge"], "a kernel of 5x5x3 does not fit conv3-2, whose kernels are 3x3x3"),
        (2, ["edge"], "relu has no kernels to be given"),
    ],
)
def test_what_does_not_fit_is_told(number: int, presets: list[str], problem: str) -> None:
    with pytest.raises(ArgumentError, match=problem):
        preset_parameters(shape("8x8x3 conv3-2 relu"), number, [kernel(preset) for preset in presets])
