"""The maximum and the mean of every window against the slow twin, as machine code and as plain Python."""

from itertools import product
from typing import Any

import numpy as np
import pytest

from cnnkit.loops.pooling import INTEGERS_AND_FLOATS, pool_average, pool_maximum
from tests.cases.layouts import samples
from tests.reference import pooling as twin

SETTINGS = tuple(
    product(((1, 1), (2, 3), (3, 2)), ((1, 1), (2, 3)), ((1, 1), (2, 1)), ((0, 0, 0, 0), (1, 0, 0, 2), (2, 1, 1, 1)))
)
"""Windows, strides, dilations and paddings of top, bottom, left and right."""


def frame(image: Any, size: Any, stride: Any, dilation: Any, sides: Any) -> tuple[Any, Any]:
    """How often the window lands, and the whole numbers the loops are told."""
    lengths = [image.shape[1 + axis] + sides[2 * axis] + sides[2 * axis + 1] for axis in (0, 1)]
    sizes = [(lengths[axis] - dilation[axis] * (size[axis] - 1) - 1) // stride[axis] + 1 for axis in (0, 1)]
    return sizes, (*size, *stride, *dilation, sides[0], sides[2], image.shape[3])


def maximum(image: Any, lowest: Any, *settings: Any, rows: Any = None) -> Any:
    """Call the loop on (n, rows, columns, depth), over the output rows `rows`; others are left at 99."""
    n, height, _, depth = image.shape
    sizes, numbers = frame(image, *settings)
    out = np.full((n, sizes[0], sizes[1] * depth), 99, dtype=image.dtype)
    band = (0, n * sizes[0]) if rows is None else rows
    pool_maximum(image.reshape(n, height, -1), np.array([lowest], image.dtype), out, *numbers, *band)
    return out.reshape(n, *sizes, depth)


def mean(image: Any, kind: str, *settings: Any, rows: Any = None) -> Any:
    """Call the loop, dividing by the real samples of each window."""
    n, height, width, depth = image.shape
    sizes, numbers = frame(image, *settings)
    size, stride, dilation, sides = settings
    counts = []
    for axis, length in enumerate((height, width)):
        starts = [index * stride[axis] - sides[2 * axis] for index in range(sizes[axis])]
        taps = [[start + tap * dilation[axis] for tap in range(size[axis])] for start in starts]
        counts.append(np.array([sum(0 <= position < length for position in window) for window in taps], dtype=np.int64))
    out = np.full((n, sizes[0], sizes[1] * depth), 99, dtype=kind)
    band = (0, n * sizes[0]) if rows is None else rows
    pool_average(image.reshape(n, height, -1), *counts, out, *numbers, *band)
    return out.reshape(n, *sizes, depth)


def reference(image: Any, kind: str, size: Any, stride: Any, dilation: Any, sides: Any) -> Any:
    return np.stack([twin.pool(one, size, stride=stride, dilation=dilation, padding=sides, kind=kind) for one in image])


@pytest.mark.parametrize("settings", SETTINGS)
def test_maximum(settings: Any, engine: str) -> None:
    image = samples(0, (2, 6, 7, 3), "f4")
    np.testing.assert_array_equal(maximum(image, -np.inf, *settings), reference(image, "max", *settings))


@pytest.mark.parametrize("settings", SETTINGS)
def test_mean(settings: Any, engine: str) -> None:
    image = samples(1, (2, 6, 7, 3), "f4")
    expected = reference(image, "average", *settings)
    for kind, tolerance in (("f4", 2e-6), ("f8", 1e-14)):
        found = mean(image, kind, *settings)
        scale = reference(np.abs(image), "average", *settings)
        np.testing.assert_array_equal(np.isnan(found), np.isnan(expected))
        assert not (np.abs(found - expected) > tolerance * scale).any()


@pytest.mark.parametrize("dtype", INTEGERS_AND_FLOATS)
def test_every_type(dtype: str, engine: str) -> None:
    image = samples(2, (1, 5, 6, 2), dtype)
    settings = ((2, 2), (1, 2), (1, 1), (1, 0, 0, 1))
    lowest = -np.inf if dtype[0] == "f" else np.iinfo(dtype).min
    windows = reference(image, "max", *settings)
    found = maximum(image, lowest, *settings)
    assert found.dtype == dtype
    np.testing.assert_array_equal(found.astype(np.float64), windows)
    scale = reference(np.abs(image.astype(np.float64)), "average", *settings)
    for kind, tolerance in (("f4", 2e-6), ("f8", 1e-14)):
        found = mean(image, kind, *settings)
        assert not (np.abs(found - reference(image, "average", *settings)) > tolerance * scale).any()


@pytest.mark.parametrize("dtype", ["i8", "u8"])
def test_the_maximum_of_64_bits_is_exact(dtype: str, engine: str) -> None:
    top = np.iinfo(dtype).max
    image = np.array([top - 2, top - 1, 0, top], dtype=dtype).reshape(1, 1, 4, 1)
    found = maximum(image, 0, (1, 2), (1, 2), (1, 1), (0, 0, 0, 0))
    assert found.ravel().tolist() == [top - 1, top]


@pytest.mark.parametrize("band", [(0, 0), (0, 1), (2, 5), (3, 8), (7, 8)])
def test_a_band_is_all_that_is_written_and_the_same_to_the_bit(band: tuple[int, int], engine: str) -> None:
    image = samples(3, (2, 6, 9, 2), "f4")
    settings = ((3, 3), (1, 2), (1, 1), (0, 0, 1, 1))
    for loop, how in ((maximum, -np.inf), (mean, "f4")):
        whole = loop(image, how, *settings).reshape(8, -1)
        found = loop(image, how, *settings, rows=band).reshape(8, -1)
        inside = np.zeros(8, dtype=bool)
        inside[slice(*band)] = True
        np.testing.assert_array_equal(found[inside], whole[inside])
        np.testing.assert_array_equal(found[~inside], np.full_like(found[~inside], 99))


@pytest.mark.parametrize("place", range(5))
def test_a_nan_wins_wherever_it_stands(place: int, engine: str) -> None:
    image = np.array([-np.inf, 1, np.inf, -3, 0])
    image[place] = np.nan
    image = image.reshape(1, 1, 5, 1)
    settings = ((1, 5), (1, 1), (1, 1), (0, 0, 0, 0))
    assert np.isnan(maximum(image, -np.inf, *settings)).all()
    assert np.isnan(mean(image, "f8", *settings)).all()


@pytest.mark.parametrize("padding", [1, 3, 10])
def test_windows_of_padding_alone(padding: int, engine: str) -> None:
    image = np.full((1, 1, 1, 1), -5.0)
    settings = ((1, 1), (1, 1), (1, 1), (padding, padding, 0, 0))
    alone = [np.nan] * padding
    np.testing.assert_array_equal(mean(image, "f8", *settings).ravel(), [*alone, -5, *alone])
    alone = [-np.inf] * padding
    np.testing.assert_array_equal(maximum(image, -np.inf, *settings).ravel(), [*alone, -5, *alone])
    settings = ((1, 1), (1, 1), (1, 1), (0, 0, padding, padding))
    np.testing.assert_array_equal(maximum(image, -np.inf, *settings).ravel(), [*alone, -5, *alone])
