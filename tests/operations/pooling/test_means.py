"""Means: exact for whole numbers of 8 and 16 bits, rounded half up, whatever the window's size."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from cnnkit.operations.pooling.means import sums
from cnnkit.operations.pooling.pool import pool
from cnnkit.operations.pooling.windows import adaptive_windows
from tests.cases.layouts import samples


def exact_sums(image: Any, size: tuple[int, int]) -> Any:
    """Whole sums of windows side by side, by a table of sums."""
    table = np.zeros((image.shape[0] + 1, image.shape[1] + 1), np.int64)
    table[1:, 1:] = image.astype(np.int64).cumsum(axis=0).cumsum(axis=1)
    tall, wide = size
    return table[tall:, wide:] - table[:-tall, wide:] - table[tall:, :-wide] + table[:-tall, :-wide]


SIZES = [(1, 1), (1, 2), (2, 2), (3, 3), (3, 5), (5, 5), (7, 7), (9, 15), (16, 16), (1, 257), (2, 129), (17, 17),
         (21, 31), (31, 31), (32, 32), (33, 32), (40, 40)]  # fmt: skip
"""Sums in uint16 up to 257 samples, in float32 up to 1024, then in float64."""


@pytest.mark.parametrize("size", SIZES)
def test_rounded_means_of_bytes_are_exact(size: tuple[int, int]) -> None:
    area = size[0] * size[1]
    for image in (samples(1, (50, 300), "u1"), np.full((45, 260), 255, "u1"), samples(2, (50, 300), "u1") // 254):
        total = exact_sums(image, size)
        found = pool(image, size, stride=1, kind="average", dtype="u1")
        np.testing.assert_array_equal(found, (2 * total + area) // (2 * area))


@pytest.mark.parametrize("size", [(2, 2), (3, 3), (5, 7), (31, 31), (40, 40)])
@pytest.mark.parametrize(("dtype", "result"), [("u2", "u2"), ("i2", "i2"), ("u1", "i2")])
def test_rounded_means_of_other_types_are_exact(dtype: str, result: str, size: tuple[int, int]) -> None:
    area = size[0] * size[1]
    image = samples(3, (50, 60), dtype)
    if dtype == "u2":
        image[:, :30] |= 0xFFF0
    total = exact_sums(image, size)
    rounded = np.sign(total) * ((2 * np.abs(total) + area) // (2 * area))
    limits = np.iinfo(result)
    found = pool(image, size, stride=1, kind="average", dtype=result)
    np.testing.assert_array_equal(found, rounded.clip(limits.min, limits.max))


@pytest.mark.parametrize("area", [2, 4, 9, 25, 256, 257, 961, 1024, 1025])
def test_means_just_below_and_at_a_half(area: int) -> None:
    """The sums nearest to a half, for low means and for high ones."""
    for level in (0, 1, 100, 127, 128, 253, 254):
        for below in (-1, 0, 1):
            total = (2 * level * area + area) // 2 + below
            image = np.full(area, total // area, "u1")
            image[: total - int(image.sum(dtype=int))] += 1
            expected = (2 * total + area) // (2 * area)
            for shape in ((1, area), (area, 1)):
                assert pool(image.reshape(shape), shape, kind="average", dtype="u1") == expected
                assert pool(image.reshape(shape), shape, kind="average", dtype="i2") == expected


@pytest.mark.parametrize("size", [(1, 1), (2, 3), (3, 3), (7, 7), (31, 31), (1, 257), (1, 258), (40, 40)])
@pytest.mark.parametrize("dtype", ["u1", "u2", "i2"])
def test_means_of_whole_numbers_are_rounded_once(dtype: str, size: tuple[int, int]) -> None:
    """Within a unit in the last place of the exact mean; for most, it is the nearest."""
    image = samples(4, (50, 300), dtype)
    exact = exact_sums(image, size) / (size[0] * size[1])
    found = pool(image, size, stride=1, kind="average")
    assert found.dtype == np.float32
    nearest = exact.astype(np.float32)
    assert (np.abs(found.astype("f8") - nearest) <= np.spacing(np.abs(nearest))).all()
    assert (found == nearest).mean() > 0.95


def test_sums_of_257_bytes_fill_16_bits() -> None:
    """255 * 257 = 65535: one more, and the sum would begin again at 0."""
    for wide in (256, 257, 258, 600):
        assert pool(np.full((1, wide), 255, "u1"), (1, wide), kind="average") == 255
        assert pool(np.full((wide, 2), 255, "u1"), (wide, 1), kind="average").tolist() == [[255, 255]]


def test_means_of_windows_that_hang_over() -> None:
    image = np.full((10, 13, 2), 200, "u1")
    for size in (3, 4, 7, (2, 9)):
        for settings in ({"padding": 1, "stride": 1}, {"padding": "full"}, {"ceil": True}, {"padding": 1, "stride": 2}):
            for dtype in ("u1", None):
                found = pool(image, size, kind="average", dtype=dtype, **settings)
                assert set(np.unique(found[~np.isnan(found)] if dtype is None else found)) == {200}


@pytest.mark.parametrize("dtype", ["u1", "f4"])
def test_sums_of_bins(dtype: str) -> None:
    image = samples(5, (2, 300, 9, 2), dtype)
    windows = adaptive_windows((300, 9), (3, 4))
    found = sums(image, windows, 2)
    assert found.dtype == np.float64
    for i, (y, tall) in enumerate(windows.rows.table.T):
        for j, (x, wide) in enumerate(windows.columns.table.T):
            held = image[:, y : y + tall, x : x + wide].astype("f8")
            np.testing.assert_allclose(found[:, i, j], held.sum(axis=(1, 2)), rtol=1e-12, atol=1e-9)


@pytest.mark.parametrize("p", [0.5, 1, 2, 3, 7.5])
@pytest.mark.parametrize(("dtype", "share"), [("f4", 3e-7), ("f8", 1e-13)])
def test_norms(dtype: str, share: float, p: float) -> None:
    image = samples(6, (8, 9), dtype)
    view = np.lib.stride_tricks.sliding_window_view(np.abs(image.astype("f8")), (3, 2))
    expected = (view**p).sum(axis=(2, 3)) ** (1 / p)
    np.testing.assert_allclose(pool(image, (3, 2), stride=1, kind="lp", p=p), expected, rtol=share)


def test_norms_of_whole_numbers_are_rounded() -> None:
    image = np.array([[3, 4, -6, 8, 200, 200]], "i2")
    assert pool(image, (1, 2), kind="lp", dtype="u1").tolist() == [[5, 10, 255]]
