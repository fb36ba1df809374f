"""One convolution to be computed: the arguments of the loops, and what is prepared once."""

from typing import Any

import numpy as np
import pytest

from cnnkit.arrays import readable
from cnnkit.data.kernels.kernel import Kernel
from cnnkit.geometry.padding import PadMode, pad_mode
from cnnkit.operations.convolution.convolve import convolve
from cnnkit.operations.convolution.planner import plan_convolution
from cnnkit.operations.convolution.problem import Problem, outside
from cnnkit.operations.convolution.settings import read_convolution
from tests.cases.layouts import LAYOUTS, REAL_TYPES, samples
from tests.reference import convolution as twin


def problem(kernel: Any, image: Any, **settings: Any) -> Problem:
    convolution = read_convolution(kernel, **settings)
    plan = plan_convolution(convolution, image.dtype, image.shape)
    return Problem(convolution, plan, image, np.zeros(plan.shape), 1)


@pytest.mark.parametrize("mode", ["replicate", "reflect", "symmetric", "wrap"])
@pytest.mark.parametrize("length", [1, 2, 5])
def test_where_padding_comes_from(mode: str, length: int) -> None:
    for before, after in ((0, 0), (1, 0), (0, 3), (4, 7), (12, 13)):
        expected = twin.extended(length, before, after, mode)
        found = outside(length, before, after, PadMode(mode))
        assert found.dtype == np.int64
        assert found.tolist() == [*expected[:before], *expected[before + length :]]


def test_a_constant_comes_from_nowhere() -> None:
    assert outside(4, 2, 1, pad_mode("constant=3")).tolist() == [-1, -1, -1]


@pytest.mark.parametrize("dtype", REAL_TYPES)
@pytest.mark.parametrize("layout", LAYOUTS)
def test_samples_are_readable_in_any_layout(dtype: str, layout: str) -> None:
    image = samples(1, (2, 3, 4, 2), dtype)
    found = readable(LAYOUTS[layout](image))
    assert found.dtype.str[1:] in ("u1", "i2", "u2", "f4", "f8")
    assert found.dtype.isnative
    assert found.flags.c_contiguous
    assert found.flags.aligned
    np.testing.assert_array_equal(found, image.astype(np.float64))


def test_readable_samples_are_not_copied() -> None:
    for dtype in ("u1", "i2", "u2", "f4", "f8"):
        image = samples(1, (2, 3, 4, 2), dtype)
        assert np.shares_memory(readable(image), image)


def test_products_are_counted() -> None:
    image = np.zeros((2, 6, 7, 3))
    assert problem(np.ones((3, 2)), image).multiplications == 2 * 6 * 7 * 3 * 6
    assert problem(np.ones((3, 2)), image, depth="sum").multiplications == 2 * 6 * 7 * 18
    assert problem(np.ones((3, 2, 3, 5)), image, stride=2).multiplications == 2 * 3 * 4 * 5 * 18
    assert problem(np.ones((3, 2, 1, 6)), image, groups=3).multiplications == 2 * 6 * 7 * 6 * 6


def test_zeros_are_skipped_where_no_nan_can_be() -> None:
    for dtype, expected in (("u1", True), ("i2", True), ("f4", False), ("f8", False)):
        assert problem(np.ones((2, 2)), np.zeros((1, 3, 3, 1), dtype)).skip_zeros is expected


def test_the_image_as_arguments_of_a_loop() -> None:
    image = samples(1, (2, 3, 4, 2), "f4")
    flat, rows, columns, constant = problem(np.ones((3, 5)), image, pad_mode="reflect").image()
    np.testing.assert_array_equal(flat, image.ravel())
    assert (rows.tolist(), columns.tolist(), constant) == ([1, 1], [2, 1, 2, 1], 0)
    assert problem(np.ones((3, 3)), image, pad_mode="constant=2.5").image()[3] == 2.5


def test_what_is_prepared_is_cached_with_its_kernel() -> None:
    made: list[int] = []

    def make() -> int:
        made.append(1)
        return len(made)

    kernel, image = Kernel(np.ones((2, 2))), np.zeros((1, 4, 4, 1))
    assert problem(kernel, image).prepared("a", make) == 1
    assert problem(kernel, image, stride=2).prepared("a", make) == 1
    assert problem(kernel, image).prepared("b", make) == 2
    assert problem(Kernel(np.ones((2, 2))), image).prepared("a", make) == 3
    assert problem(kernel, image, depth="sum").prepared("a", make) == 4
    assert problem(kernel, np.zeros((1, 4, 4, 3)), depth="sum").prepared("a", make) == 5


@pytest.mark.parametrize("algorithm", ["direct", "layer", "winograd"])
def test_a_kernel_that_is_used_again_is_right_for_every_image(algorithm: str) -> None:
    """The depth, the type, the size, the stride and the dilation change; the kernel stays."""
    flat = Kernel(np.arange(9.0).reshape(3, 3, 1, 1) / 8)
    settings: list[dict[str, Any]] = [{}, {"padding": "full"}]
    if algorithm != "winograd":
        settings += [{"stride": (2, 1)}, {"dilation": (1, 2)}, {"dilation": (2, 1)}]
    for _ in range(2):
        for depth in (1, 4, 2):
            for dtype in ("f4", "u1"):
                for setting in settings:
                    image = samples(depth, (5, 8, depth), dtype)
                    found = convolve(image, flat, depth="sum", algorithm=algorithm, **setting)
                    spread = np.repeat(flat.weights, depth, axis=2)
                    expected = twin.convolve(image, spread, **setting)
                    np.testing.assert_allclose(found, expected, atol=2e-5 * 5 * np.abs(image.astype(float)).max())
