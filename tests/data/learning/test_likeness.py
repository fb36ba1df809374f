"""Which preset a kernel is like: itself, whatever its size, contrast, sign and mean."""

from __future__ import annotations

import numpy as np
import pytest

from cnnkit.data.kernels.presets import PRESETS
from cnnkit.data.learning.likeness import most_alike, references, wavelength

SIZES = [(2, 2), (3, 3), (4, 4), (5, 5), (1, 5), (7, 11), (40, 3), (33, 33)]


@pytest.mark.parametrize("size", SIZES)
def test_presets_have_the_size_and_a_pattern(size: tuple[int, int]) -> None:
    for grid in references(size).values():
        assert grid.shape == size
        assert np.ptp(grid) > 0


def test_presets_are_those_of_their_names() -> None:
    found = references((5, 5))
    np.testing.assert_array_equal(found["sobel-y"], PRESETS["sobel"].kernel(angle=270, size=5).weights)
    np.testing.assert_array_equal(references((3, 3))["sobel-x"], PRESETS["sobel-x"].kernel().weights)
    expected = PRESETS["gabor"].kernel(wavelength=wavelength((5, 5)), angle=45, size=5).weights
    np.testing.assert_array_equal(found["gabor:angle=45"], expected)


def test_an_even_side_is_the_mean_of_neighbours() -> None:
    np.testing.assert_array_equal(references((2, 2))["sobel-x"], [[-0.75, 0.75], [-0.75, 0.75]])


def test_there_is_nothing_to_compare_a_single_weight_with() -> None:
    assert references((1, 1)) == {}
    assert most_alike(np.ones((1, 1, 3)), {}) is None


@pytest.mark.parametrize("size", [(3, 3), (4, 4), (5, 5), (11, 11)])
@pytest.mark.parametrize("depth", [1, 3])
@pytest.mark.parametrize("factor", [2.0, -0.01])
def test_a_preset_is_like_itself(size: tuple[int, int], depth: int, factor: float) -> None:
    presets = references(size)
    for name, grid in presets.items():
        likeness = most_alike(factor * np.repeat(grid[..., None], depth, axis=2) + 5, presets)
        assert likeness == (name, np.sign(factor))


def test_the_cosine_is_that_of_all_channels() -> None:
    sobel = references((3, 3))["sobel-x"]
    one_channel = np.zeros((3, 3, 3))
    one_channel[..., 1] = sobel
    likeness = most_alike(one_channel, references((3, 3)))
    assert likeness is not None
    assert likeness.name == "sobel-x"
    assert likeness.cosine == pytest.approx(3**-0.5, abs=1e-6)


@pytest.mark.parametrize("value", [0.0, 3.0, np.nan, np.inf, 1e308])
def test_a_flat_kernel_is_like_none(value: float) -> None:
    assert most_alike(np.full((3, 3, 1), value), references((3, 3))) is None


@pytest.mark.parametrize("scale", [1e-300, 5e-324, 1e300])
def test_any_weights_can_be_compared(scale: float) -> None:
    weights = scale * np.sign(references((3, 3))["sobel-x"])[..., None]
    likeness = most_alike(weights, references((3, 3)))
    assert likeness is not None
    assert likeness.name == "sobel-x"
