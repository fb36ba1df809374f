"""The sums of products against the slow twin, as machine code and as plain Python."""

import os
import subprocess
import sys
from itertools import product
from typing import Any

import numpy as np
import pytest

from cnnkit.loops.convolution import convolve_depth, convolve_each
from tests.cases.layouts import samples
from tests.reference import convolution as twin


def each(image: Any, kernel: Any, stride: Any, dilation: Any, bias: float, rows: Any = None) -> Any:
    """Call the loop on (n, rows, columns, depth), over the output rows `rows`; others are left at 99."""
    n, height, width, depth = image.shape
    sizes = [
        (length - dilation[axis] * (kernel.shape[axis] - 1) - 1) // stride[axis] + 1
        for axis, length in enumerate((height, width))
    ]
    out = np.full((n, sizes[0], sizes[1] * depth), 99, dtype=image.dtype)
    band = (0, n * sizes[0]) if rows is None else rows
    convolve_each(image.reshape(n, height, -1), kernel, bias, out, *stride, *dilation, depth, *band)
    return out.reshape(n, *sizes, depth)


def deep(image: Any, weights: Any, stride: Any, dilation: Any, bias: Any, rows: Any = None) -> Any:
    """Call the loop that sums over channels, over the output rows `rows`; others are left at 99."""
    sizes = [
        (length - dilation[axis] * (weights.shape[axis] - 1) - 1) // stride[axis] + 1
        for axis, length in enumerate(image.shape[1:3])
    ]
    out = np.full((len(image), *sizes, weights.shape[3]), 99, dtype=image.dtype)
    band = (0, len(image) * sizes[0]) if rows is None else rows
    convolve_depth(image, weights, bias, out, *stride, *dilation, *band)
    return out


def tolerance(dtype: str) -> float:
    return 2e-6 if dtype == "f4" else 1e-14


@pytest.mark.parametrize("dtype", ["f4", "f8"])
def test_each_channel_by_itself(dtype: str, engine: str) -> None:
    for grid, stride, dilation, depth in product(
        ((1, 1), (1, 4), (2, 3), (3, 2), (1, 5), (2, 6), (1, 7)), ((1, 1), (2, 3)), ((1, 1), (1, 2), (3, 1)), (1, 3)
    ):
        image = samples(0, (2, 8, 14, depth), dtype)
        kernel = samples(1, grid, dtype)
        found = each(image, kernel, stride, dilation, 0.5)
        for n, one in enumerate(image):
            settings: dict[str, Any] = {"stride": stride, "dilation": dilation, "padding": "valid", "bias": 0.5}
            expected = twin.convolve(one, kernel, **settings)
            scale = twin.magnitude(one, kernel, **settings)
            assert found[n].shape == expected.shape
            assert (np.abs(found[n] - expected) <= tolerance(dtype) * scale).all(), (grid, stride, dilation, depth)


@pytest.mark.parametrize("dtype", ["f4", "f8"])
def test_sums_over_channels(dtype: str, engine: str) -> None:
    for grid, stride, dilation, groups in product(((1, 1), (2, 3), (3, 1)), ((1, 1), (2, 3)), ((1, 1), (1, 2)), (1, 2)):
        image = samples(2, (2, 6, 7, 4), dtype)
        weights = samples(3, (*grid, 4 // groups, 6), dtype)
        bias = samples(4, (6,), dtype)
        found = deep(image, weights, stride, dilation, bias)
        for n, one in enumerate(image):
            settings: dict[str, Any] = {"stride": stride, "dilation": dilation, "padding": "valid", "groups": groups}
            expected = twin.convolve(one, weights, bias=bias, **settings)
            scale = twin.magnitude(one, weights, bias=bias, **settings)
            assert found[n].shape == expected.shape
            assert (np.abs(found[n] - expected) <= tolerance(dtype) * scale).all(), (grid, stride, dilation, groups)


@pytest.mark.parametrize("band", [(0, 0), (0, 1), (2, 5), (3, 8), (7, 8)])
def test_a_band_is_all_that_is_written_and_the_same_to_the_bit(band: tuple[int, int], engine: str) -> None:
    image, kernel, weights = samples(5, (2, 6, 9, 2), "f4"), samples(6, (3, 3), "f4"), samples(7, (3, 3, 2, 3), "f4")
    bias = np.zeros(3, dtype=np.float32)
    for loop, grids, offset in ((each, kernel, 0.0), (deep, weights, bias)):
        whole = loop(image, grids, (1, 1), (1, 1), offset)
        found = loop(image, grids, (1, 1), (1, 1), offset, rows=band)
        inside = np.zeros(8, dtype=bool)
        inside[slice(*band)] = True
        flat, all_rows = found.reshape(8, -1), whole.reshape(8, -1)
        np.testing.assert_array_equal(flat[inside], all_rows[inside])
        np.testing.assert_array_equal(flat[~inside], np.full_like(flat[~inside], 99))


@pytest.mark.parametrize("width", range(1, 10))
def test_whole_numbers_are_exact_at_every_width(width: int, engine: str) -> None:
    rng = np.random.default_rng(width)
    image = rng.integers(0, 256, (1, 3, width + 6, 1)).astype(np.float32)
    kernel = rng.integers(-9, 10, (2, width)).astype(np.float32)
    found = each(image, kernel, (1, 1), (1, 1), 0.0)
    np.testing.assert_array_equal(found[0], twin.convolve(image[0], kernel, padding="valid"))


def test_neither_nan_nor_infinity_spreads(engine: str) -> None:
    image = np.zeros((1, 5, 12, 1))
    image[0, 2, 3], image[0, 2, 9] = np.nan, np.inf
    found = each(image, np.ones((3, 3)), (1, 1), (1, 1), 0.0)[0, :, :, 0]
    np.testing.assert_array_equal(found, [[0, np.nan, np.nan, np.nan, 0, 0, 0, np.inf, np.inf, np.inf]] * 3)


def test_inputs_are_only_read(engine: str) -> None:
    image, kernel = samples(8, (1, 5, 5, 2), "f4"), samples(9, (3, 3), "f4")
    image.setflags(write=False)
    kernel.setflags(write=False)
    before = image.copy(), kernel.copy()
    each(image, kernel, (1, 1), (1, 1), 0.0)
    np.testing.assert_array_equal(image, before[0])
    np.testing.assert_array_equal(kernel, before[1])


def test_a_process_without_the_compiler_says_the_same() -> None:
    code = (
        "import sys, numpy as np; from cnnkit.operations.convolution import convolve;"
        "image = np.arange(60, dtype=np.uint8).reshape(4, 5, 3); "
        "print(convolve(image, 'sobel').tolist(), convolve(image, np.ones((2, 2, 3, 2))).tolist());"
        "print('numba' in sys.modules)"
    )
    answers = []
    for disabled in ("0", "1"):
        run = subprocess.run(
            [sys.executable, "-c", code],
            env={**os.environ, "NUMBA_DISABLE_JIT": disabled},
            capture_output=True,
            text=True,
            check=True,
        )
        answers.append(run.stdout.splitlines())
    assert answers[0][0] == answers[1][0]
    assert answers[1][1] == "False"
