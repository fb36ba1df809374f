"""Convolution by spectra at the sizes it is for: against SciPy, in threads, and how far off it is."""

from typing import Any

import numpy as np
import pytest
from scipy import ndimage, signal

from cnnkit.geometry.blocks import tile_size
from cnnkit.operations.convolution.fourier import run
from cnnkit.operations.convolution.planner import plan_convolution
from cnnkit.operations.convolution.problem import Problem
from cnnkit.operations.convolution.settings import read_convolution
from tests.cases.layouts import samples

ERRORS = {"f4": 2e-7, "f8": 1e-15}
"""Of the sum of the weights' magnitudes times the largest sample; measured: 2e-8 and 5e-17."""


def convolve(image: Any, weights: Any, mode: str = "zero", threads: int | None = None, **settings: Any) -> Any:
    """Convolve (n, rows, columns, depth) in the image's type, by tiles of the planned size or of `size`."""
    size = settings.pop("size", None)
    convolution = read_convolution(weights, pad_mode=mode, **settings)
    plan = plan_convolution(convolution, image.dtype, image.shape, "fourier")
    assert plan.sum_type == image.dtype
    out = np.full(plan.shape, 99, dtype=image.dtype)
    run(Problem(convolution, plan, image, out, threads), *([size] if size else plan.details))
    return out


def bound(image: Any, weights: Any) -> float:
    return ERRORS[image.dtype.str[1:]] * float(np.abs(weights).sum() * np.abs(image).max())


@pytest.mark.parametrize("dtype", ["f4", "f8"])
@pytest.mark.parametrize(
    ("shape", "grid"), [((1, 150, 210, 1), (17, 17)), ((2, 90, 140, 3), (31, 20)), ((1, 300, 280, 1), (101, 63))]
)
def test_against_correlate(shape: Any, grid: Any, dtype: str) -> None:
    image, weights = samples(0, shape, dtype), samples(1, grid, "f8")
    found = convolve(image, weights, padding="full")
    for n in range(shape[0]):
        for c in range(shape[3]):
            expected = signal.oaconvolve(image[n, :, :, c].astype(float), weights[::-1, ::-1])
            np.testing.assert_allclose(found[n, :, :, c], expected, rtol=0, atol=bound(image, weights))


@pytest.mark.parametrize(
    ("mode", "name"), [("replicate", "nearest"), ("reflect", "mirror"), ("symmetric", "reflect"), ("wrap", "wrap")]
)
def test_pad_modes(mode: str, name: str) -> None:
    image, weights = samples(2, (1, 40, 50, 1), "f8"), samples(3, (17, 19), "f8")
    expected = ndimage.correlate(image[0, :, :, 0], weights, mode=name)
    np.testing.assert_allclose(convolve(image, weights, mode)[0, :, :, 0], expected, rtol=0, atol=bound(image, weights))


@pytest.mark.parametrize("size", [64, 128, 256, 512])
@pytest.mark.parametrize("stride", [(1, 1), (2, 3), (40, 1)])
def test_tiles_of_every_size_keep_what_the_stride_does(size: int, stride: Any) -> None:
    image, weights = samples(4, (1, 201, 340, 1), "f4"), samples(5, (18, 33), "f8")
    whole = signal.oaconvolve(image[0, :, :, 0].astype(float), weights[::-1, ::-1], mode="valid")
    found = convolve(image, weights, padding="valid", stride=stride, size=size)[0, :, :, 0]
    np.testing.assert_allclose(found, whole[:: stride[0], :: stride[1]], rtol=0, atol=bound(image, weights))


def test_an_impulse_gives_the_kernel_turned() -> None:
    image, weights = np.zeros((1, 120, 130, 1)), samples(6, (21, 23), "f8")
    image[0, 60, 70] = 1
    found = convolve(image, weights)[0, 50:71, 59:82, 0]
    np.testing.assert_allclose(found, weights[::-1, ::-1], rtol=0, atol=1e-14)


def test_threads_change_no_bit() -> None:
    image, weights = samples(7, (3, 200, 170, 2), "f4"), samples(8, (19, 17), "f8")
    image[1, 30, 40, 1] = np.nan
    one = convolve(image, weights, threads=1, size=64)
    for threads in (2, 3, 50):
        np.testing.assert_array_equal(convolve(image, weights, threads=threads, size=64), one)


def test_an_image_does_not_depend_on_its_batch() -> None:
    image, weights = samples(9, (3, 70, 100, 1), "f4"), samples(10, (17, 17), "f8")
    together = convolve(image, weights, size=64)
    for n in range(3):
        np.testing.assert_array_equal(convolve(image[n : n + 1], weights, size=64)[0], together[n])


def test_size_of_tiles() -> None:
    assert tile_size((31, 31), (5, 5), (1, 1)) == 64
    assert tile_size((600, 31), (5, 5), (1, 1)) == 1024
    assert tile_size((3000, 1), (5, 5), (1, 1)) == 0
    assert tile_size((31, 31), (3000, 4000), (1, 1), depth=1024) == 64
