"""Medians of windows at the edge, found by the network, are those that looking at each window finds."""

from typing import Any

import numpy as np
import pytest

from cnnkit.operations.pooling import median_edges
from cnnkit.operations.pooling.median_edges import edges_use_network
from cnnkit.operations.pooling.pool import pool
from cnnkit.operations.pooling.settings import read_pooling
from tests.reference import pooling as twin


@pytest.fixture
def at_every_size(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(median_edges, "MIN_RESULT_SAMPLES", 1)


def image(kind: str, levels: int, shape: tuple[int, ...]) -> Any:
    lowest = 0 if kind == "u1" else -levels
    return np.random.default_rng(levels).integers(lowest, levels, shape).astype(kind)


@pytest.mark.parametrize("kind", ["u1", "i2", "f4"])
@pytest.mark.parametrize("size", [2, 3, 4, 5, 7])
@pytest.mark.parametrize("padding", ["same", "same-lower", "full", 1, (1, 0, 0, 1)])
@pytest.mark.parametrize(("levels", "depth"), [(3, 1), (100, 3)])
@pytest.mark.usefixtures("at_every_size")
def test_the_twin(kind: str, size: int, padding: Any, levels: int, depth: int) -> None:
    samples = image(kind, levels, (15, 19, depth))
    expected = twin.pool(samples, (size, size), stride=(1, 1), kind="median", padding=padding)
    found = pool(samples, size, stride=1, kind="median", padding=padding)
    np.testing.assert_array_equal(found.astype(np.float64), expected)


@pytest.mark.parametrize("place", [(0, 0), (0, 30), (20, 0), (39, 56), (1, 1), (20, 55)])
@pytest.mark.parametrize("size", [3, 5, 7])
@pytest.mark.usefixtures("at_every_size")
def test_a_nan_spoils_the_windows_that_hold_it(place: tuple[int, int], size: int) -> None:
    samples = image("f4", 9, (40, 57))
    known = pool(samples, size, stride=1, padding="same", kind="median")
    samples[place] = np.nan
    found = pool(samples, size, stride=1, padding="same", kind="median")
    reach = size // 2
    near = np.zeros(samples.shape, dtype=bool)
    rows, columns = (slice(max(at - reach, 0), at + reach + 1) for at in place)
    near[rows, columns] = True
    np.testing.assert_array_equal(np.isnan(found), near)
    np.testing.assert_array_equal(found[~near], known[~near])


def test_a_large_image_is_what_its_windows_are_one_by_one(monkeypatch: pytest.MonkeyPatch) -> None:
    samples = image("u1", 200, (2, 300, 310, 1))
    found = pool(samples, 5, stride=1, padding="same", kind="median")
    monkeypatch.setattr(median_edges, "MIN_RESULT_SAMPLES", samples.size + 1)
    np.testing.assert_array_equal(found, pool(samples, 5, stride=1, padding="same", kind="median"))


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ({"size": 3, "stride": 1, "padding": "same"}, True),
        ({"size": 3, "stride": 1}, False),
        ({"size": (3, 5), "stride": 1, "padding": "same"}, False),
        ({"size": 3, "stride": 2, "padding": "same"}, False),
        ({"size": 3, "stride": 1, "padding": 1, "dilation": 2}, False),
        ({"size": 3, "stride": 1, "padding": 3}, False),
        ({"adaptive": 300}, False),
    ],
    ids=str,
)
def test_when_edges_use_the_network(settings: dict[str, Any], expected: bool) -> None:
    pooling = read_pooling(kind="median", **settings)
    assert edges_use_network(pooling.windows((300, 300)), np.empty((1, 300, 300, 1))) is expected
    assert not edges_use_network(pooling.windows((30, 30)), np.empty((1, 30, 30, 1)))
