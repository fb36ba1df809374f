"""Slopes of pooled windows against loops over every sample of every window, as machine code and plain Python."""

from typing import Any

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from cnnkit.geometry.padding import Padding
from cnnkit.geometry.window import Window, place
from cnnkit.loops.learning.pooling import Pooled, spread, to_each, to_largest
from cnnkit.operations.pooling.windows import Windows, adaptive_windows, sliding_windows


def covered(bins: Any, window: int) -> list[int]:
    """The samples along an axis that lie under a window."""
    return [int(bins.firsts[window]) + k * bins.step for k in range(bins.counts[window])]


def twins(image: Any, slope: Any, windows: Windows, shares: Any) -> tuple[Any, Any]:
    """The slopes of samples by the definitions: of the largest sample of each window, and of means."""
    largest, means = np.zeros_like(image, float), np.zeros_like(image, float)
    for n, c in np.ndindex(len(image), image.shape[3]):
        for i, j in np.ndindex(*windows.output):
            places = [(y, x) for y in covered(windows.rows, i) for x in covered(windows.columns, j)]
            if places:
                first = max(places, key=lambda one: image[(n, *one, c)])  # the first of several
                largest[(n, *first, c)] += slope[n, i, j, c]
            for y, x in places:
                means[n, y, x, c] += float(slope[n, i, j, c]) * shares[i, j]
    return largest, means


def maxima(image: Any, windows: Windows) -> Any:
    made = np.full((len(image), *windows.output, image.shape[3]), -np.inf, np.float32)
    for i, j in np.ndindex(*windows.output):
        for y in covered(windows.rows, i):
            for x in covered(windows.columns, j):
                made[:, i, j] = np.maximum(made[:, i, j], image[:, y, x])
    return made


def found(image: Any, slope: Any, windows: Windows, shares: Any) -> tuple[Any, Any]:
    """The same by the loops, each image by itself."""
    n, *size = image.shape
    how = Pooled(*size, windows.rows.step, windows.columns.step)
    tables = windows.rows.table, windows.columns.table
    largest, means = (np.full(image.size, np.nan, np.float32) for _ in range(2))
    made, rest = maxima(image, windows).reshape(-1), np.zeros(size[2], np.float32)
    parts = shares.astype(np.float32).reshape(-1)
    for give, out, share in ((to_largest, largest, np.ones_like(parts)), (to_each, means, parts)):
        for one in range(n):
            given = image.reshape(-1), made, slope.reshape(-1), share
            spread.of(give)(*given, *tables, out, how, rest, one, one + 1)
    return largest.reshape(image.shape), means.reshape(image.shape)


def test_by_hand(engine: str) -> None:
    """A row 1 3 3 2 under windows of two, one apart: of equal samples the first has the slope."""
    image = np.array([1, 3, 3, 2], np.float32).reshape(1, 1, 4, 1)
    windows = sliding_windows(place((1, 4), Window((1, 2))))
    slope = np.array([10, 20, 30], np.float32).reshape(1, 1, 3, 1)
    largest, means = found(image, slope, windows, np.full((1, 3), 0.5))
    assert largest.ravel().tolist() == [0, 30, 30, 0]
    assert means.ravel().tolist() == [5, 15, 25, 15]


def test_a_window_of_padding_alone_has_no_sample_to_give_its_slope_to(engine: str) -> None:
    image = np.array([1.0, 2], np.float32).reshape(1, 2, 1, 1)
    windows = sliding_windows(place((2, 1), Window((1, 1)), Padding(1, 1, 0, 0)))
    slope = np.array([10, 20, 30, 40], np.float32).reshape(1, 4, 1, 1)
    largest, means = found(image, slope, windows, np.ones((4, 1)))
    assert largest.ravel().tolist() == means.ravel().tolist() == [20, 30]


@settings(max_examples=30)
@given(
    st.integers(1, 2), st.tuples(*[st.integers(3, 7)] * 2), st.sampled_from([1, 3, 17]),
    st.tuples(*[st.integers(1, 3)] * 2), st.tuples(*[st.integers(1, 3)] * 2), st.tuples(*[st.integers(1, 2)] * 2),
    st.tuples(*[st.integers(0, 2)] * 4), st.booleans(), st.integers(0, 99),
)  # fmt: skip
def test_random_settings(
    images: int, size: Any, depth: int, window: Any, stride: Any, dilation: Any, padding: Any, is_adaptive: bool,
    seed: int,
) -> None:  # fmt: skip
    sides = Padding(*(side + 2 for side in padding)) if max(window) * max(dilation) > 5 else Padding(*padding)
    if is_adaptive:
        windows = adaptive_windows(size, window)
    else:
        windows = sliding_windows(place(size, Window(window, stride, dilation), sides))
    draw = np.random.default_rng(seed)
    image = draw.integers(0, 4, (images, *size, depth)).astype(np.float32)  # with many that are equal
    slope = draw.integers(-9, 9, (images, *windows.output, depth)).astype(np.float32)
    shares = 0.5 ** draw.integers(0, 3, windows.output)
    for one, other in zip(found(image, slope, windows, shares), twins(image, slope, windows, shares), strict=True):
        np.testing.assert_array_equal(one, other)
