"""Products of samples and slopes, entry by entry, against sums written out; as machine code and plain Python."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cnnkit.loops.convolution.segments import Run, as_sum
from cnnkit.loops.learning.products import WIDE_HEIGHT as MOST
from cnnkit.loops.learning.products import Products, lanewise, narrow, sum_products, wide

TILES = {"narrow": narrow, "wide": wide, "lanewise": lanewise}
LANES = narrow.bytes // 4


def whole(seed: int, count: int) -> Any:
    """Small whole numbers, whose sums are exact, with more behind them that are no numbers."""
    found = np.full(count + 20 * (count // 8 + LANES * 2), np.nan, np.float32)
    found[:count] = np.random.default_rng(seed).integers(-3, 4, count)
    return found


def summed(kind: str, image: Any, slopes: Any, entries: Any, runs: list[Run], how: Products, units: Any) -> Any:
    """The sums after these units; 77 where nothing is written."""
    tile = TILES[kind]
    size = how.parts * how.weights
    room = np.full(size + MOST * how.kernels + 2 * LANES, 77, np.float32)  # tiles read beyond the end
    aside = np.zeros(MOST * tile.bytes // 4, np.float32)
    flat = np.array(entries, np.int64).reshape(-1)
    for unit in units:
        sum_products.of(tile)(image, slopes, flat, *as_sum(runs), room, how, aside, unit, unit + 1)
    assert (room[size:] == 77).all()
    return room[:size].reshape(how.parts, -1, how.kernels)


def test_by_hand(engine: str) -> None:
    """Samples 1 2 3 and slopes 10 20 of one kernel: its two weights saw 1 2 and 2 3."""
    image, slopes = whole(0, 3), whole(0, 2)
    image[:3], slopes[:2] = [1, 2, 3], [10, 20]
    how = Products(1, 1, 1, 3, 2, 1, 1, 1, 2)
    found = summed("narrow", image, slopes, [(0, 0, 0, 2, 1)], [Run(0, 0, 2, 0, MOST)], how, [0])
    assert found.ravel().tolist() == [1 * 10 + 2 * 20, 2 * 10 + 3 * 20]


def test_lanes_by_hand(engine: str) -> None:
    """Two channels, each with a kernel of its own: samples (1, 5) (2, 6) (3, 7), slopes (10, 1) (20, 2)."""
    image, slopes = whole(0, 6), whole(0, 4)
    image[:6], slopes[:4] = [1, 5, 2, 6, 3, 7], [10, 1, 20, 2]
    how = Products(1, 1, 1, 6, 4, 2, 2, 2, 4)
    found = summed("lanewise", image, slopes, [(0, 0, 0, 2, 2)], [Run(0, 0, 2, 0, MOST)], how, [0])
    assert found[0].tolist() == [[50, 5 + 2 * 6], [80, 6 + 2 * 7]]


@pytest.mark.parametrize("kind", TILES)
@pytest.mark.parametrize("columns", [1, LANES - 1, LANES, LANES + 1, 2 * LANES])
def test_rows_and_columns_of_a_tile(kind: str, columns: int, engine: str) -> None:
    """One row of 5 results; every number of rows of weights, and nothing written beyond them."""
    columns = min(columns, TILES[kind].bytes // 4)
    kernels, results = columns + 3, 5
    depth = kernels if kind == "lanewise" else 2
    image, slopes = whole(1, (results + MOST) * depth), whole(2, results * kernels)
    for rows in range(1, TILES[kind].height + 1):
        how = Products(1, 1, 1, 0, 0, depth, depth, kernels, MOST * kernels)
        entry = (1, 2, 1, rows, columns)
        found = summed(kind, image, slopes, [entry], [Run(0, 0, results, 0, MOST)], how, [0])[0].ravel()
        expected = np.full(MOST * kernels, 77.0)
        for m in range(rows):
            for k in range(columns):
                at = 1 + m * depth + (k if kind == "lanewise" else 0)
                products = [image[at + p * depth] * slopes[2 + k + p * kernels] for p in range(results)]
                expected[1 + m * kernels + k] = sum(products)
        np.testing.assert_array_equal(found, expected)


@settings(max_examples=25)
@given(st.sampled_from(["narrow", "wide"]), st.integers(1, 9), st.integers(1, 5), st.integers(1, 4), st.integers(1, 40))
def test_parts_and_shares(kind: str, images: int, parts: int, shares: int, kernels: int) -> None:
    """Images of 4 rows of 7 samples under 3 rows and 2 columns of weights: 2 x 6 results, summed row by row."""
    parts, width = min(parts, images), TILES[kind].bytes // 4
    image, slopes = whole(3, images * 28), whole(4, images * 12 * kernels)
    runs = [Run(i * 6 * kernels, i * 7, 6, 0, MOST) for i in range(2)]
    entries = [
        (a * 7, k, a * 2 * kernels + k, 2, min(width, kernels - k)) for a in range(3) for k in range(0, kernels, width)
    ]
    how = Products(images, parts, shares, 28, 12 * kernels, 1, 1, kernels, 6 * kernels)
    found = summed(kind, image, slopes, entries, runs, how, range(parts * shares))
    x, s = image[: images * 28].reshape(images, 4, 7), slopes[: images * 12 * kernels].reshape(images, 2, 6, kernels)
    for part in range(parts):
        some = slice(images * part // parts, images * (part + 1) // parts)
        for a in range(3):
            for b in range(2):
                expected = np.einsum("nij,nijk->k", x[some, a : a + 2, b : b + 6], s[some])
                np.testing.assert_array_equal(found[part, a * 2 + b], expected)


def test_a_unit_writes_its_own_sums_alone() -> None:
    image, slopes = whole(5, 8 * 5), whole(6, 8 * 4 * 3)
    entries = [(b, 0, b * 3, 1, 3) for b in range(2)]
    how = Products(8, 2, 2, 5, 12, 1, 1, 3, 6)
    runs = [Run(0, 0, 4, 0, MOST)]
    every = summed("narrow", image, slopes, entries, runs, how, range(4)).ravel()
    for unit in range(4):
        found = summed("narrow", image, slopes, entries, runs, how, [unit]).ravel()
        mine = slice(unit * 3, unit * 3 + 3)
        np.testing.assert_array_equal(found[mine], every[mine])
        assert (np.delete(found, np.s_[mine]) == 77).all()


def test_long_sums_lose_little() -> None:
    """100,000 equal products in 100 runs: put aside now and then, they lose no more than a few roundings."""
    kernels, results = 3, 1000
    image, slopes = np.full(results * 100 + 40, 0.1, np.float32), np.full(results * 300 + 64, 0.3, np.float32)
    how = Products(1, 1, 1, 0, 0, 1, 1, kernels, kernels)
    runs = [Run(i * results * kernels, i * results, results, 0, MOST) for i in range(100)]
    found = summed("narrow", image, slopes, [(0, 0, 0, 1, 3)], runs, how, [0])
    np.testing.assert_allclose(found, float(np.float32(0.1)) * float(np.float32(0.3)) * 100_000, rtol=5e-5)
