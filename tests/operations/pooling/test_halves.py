"""Which means are taken two rows and two columns at a time, and that no bit of them is another."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from cnnkit.operations.pooling import merge
from cnnkit.operations.pooling.halves import is_halved
from cnnkit.operations.pooling.pool import pool
from cnnkit.operations.pooling.settings import read_pooling
from tests.cases.layouts import samples

BYTE = np.dtype(np.uint8)


def is_taken(shape: tuple[int, int, int], *size: Any, dtype: Any = BYTE, result: Any = BYTE, **settings: Any) -> bool:
    windows = read_pooling(*size, kind="average", **settings).windows(shape[:2])
    return is_halved(windows, shape[2], np.dtype(dtype), np.dtype(result))


def test_windows_of_two_by_two_side_by_side() -> None:
    assert is_taken((4, 4, 1), 2)
    assert is_taken((5, 7, 3), 2, stride=2)
    assert is_taken((4, 6, 4), 2, padding="same")
    assert is_taken((4, 6, 4), 2, ceil=True, count_padding=True)


@pytest.mark.parametrize(
    ("shape", "settings"),
    [
        ((4, 4, 5), {"size": 2}),
        ((4, 4, 1), {"size": (2, 1)}),
        ((4, 4, 1), {"size": 2, "stride": 1}),
        ((4, 4, 1), {"size": 2, "stride": (2, 3)}),
        ((5, 5, 1), {"size": 2, "dilation": 2}),
        ((5, 5, 1), {"size": 2, "ceil": True}),
        ((5, 5, 1), {"size": 2, "padding": "same"}),
        ((4, 4, 1), {"size": 2, "padding": 1, "count_padding": True}),
        ((4, 4, 1), {"adaptive": 2}),
        ((2, 2, 1), {"size": "global"}),
        ((4, 4, 1), {"size": 2, "dtype": np.uint16}),
        ((4, 4, 1), {"size": 2, "dtype": np.int8}),
        ((4, 4, 1), {"size": 2, "result": np.float32}),
    ],
)
def test_no_others(shape: tuple[int, int, int], settings: dict[str, Any]) -> None:
    given = dict(settings)
    size = [given.pop("size")] if "size" in given else []
    assert not is_taken(shape, *size, **given)


@pytest.mark.parametrize("depth", [1, 2, 3, 4])
@pytest.mark.parametrize("threads", [1, 2, 3])
def test_every_bit_is_that_of_the_general_way(depth: int, threads: int, monkeypatch: pytest.MonkeyPatch) -> None:
    images = samples(depth, (3, 701, 403, depth), "u1")
    found = [pool(images, 2, kind="average", dtype="u1", threads=threads) for _ in range(2)]
    merge._prepared.cache_clear()
    monkeypatch.setattr(merge, "is_halved", lambda *given: False)
    general = pool(images, 2, kind="average", dtype="u1")
    merge._prepared.cache_clear()
    for each in found:
        np.testing.assert_array_equal(each, general)


def test_samples_of_any_layout() -> None:
    image = samples(1, (60, 82, 3), "u1")
    expected = pool(image, 2, kind="average", dtype="u1")
    for other in (np.asfortranarray(image), image[::-1][::-1], np.ascontiguousarray(image[:, ::-1])[:, ::-1]):
        np.testing.assert_array_equal(pool(other, 2, kind="average", dtype="u1"), expected)
    bits = image > 128
    mean = pool(bits, 2, kind="average")
    np.testing.assert_array_equal(pool(bits, 2, kind="average", dtype="u1"), np.floor(mean + 0.5))
