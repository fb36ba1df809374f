"""What is said of a pooling is how it is computed."""

from typing import Any

import numpy as np
import pytest

from cnnkit.operations.pooling import merge as sliding
from cnnkit.operations.pooling.plan import how
from cnnkit.operations.pooling.pool import pool
from cnnkit.operations.pooling.settings import read_pooling

WORDS = {
    "pool_rows": "the rows of each window, then columns in",
    "pool_strips": "strips of rows in",
    "pool_bins": "the rows of each window, then its columns one by one",
}


@pytest.mark.parametrize(
    "settings",
    [
        {"size": 2},
        {"size": (1, 9), "stride": 1},
        {"size": 15, "stride": 1},
        {"size": 15, "stride": 5, "kind": "average"},
        {"size": 3, "stride": 2, "kind": "min"},
        {"adaptive": (3, 4), "kind": "average"},
        {"size": "global", "kind": "lp"},
    ],
    ids=str,
)
@pytest.mark.parametrize("depth", [1, 64])
def test_the_loop_that_is_named_is_the_one_that_runs(
    settings: dict[str, Any], depth: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    ran = []
    made_of = sliding._made_of

    def seen(loop: Any, kind: str) -> Any:
        ran.append(loop.name)
        return made_of(loop, kind)

    monkeypatch.setattr(sliding, "_made_of", seen)
    sliding._ready.cache_clear()
    image = np.ones((30, 40, depth), np.float32)
    told = how(read_pooling(**settings), image.dtype, image.shape)
    pool(image, **settings)
    assert [told.startswith(WORDS[name]) for name in ran] == [True]
    assert sum(told.startswith(words) for words in WORDS.values()) == 1


def test_sums_are_in_the_type_that_is_told() -> None:
    shape = (40, 40, 1)
    for dtype, size, word in [
        ("u1", 16, "uint16"),
        ("u1", 17, "float32"),
        ("u2", 3, "float32"),
        ("u2", 30, "float64"),
        ("f4", 32, "float32"),
        ("f4", 33, "float64"),
        ("f8", 2, "float64"),
        ("i8", 2, "float64"),
        ("f2", 2, "float32"),
    ]:
        assert how(read_pooling(size, stride=1, kind="average"), np.dtype(dtype), shape).endswith(f"sums in {word}")


@pytest.mark.parametrize(
    ("dtype", "settings", "words"),
    [
        ("u1", {"size": 3, "stride": 1}, "a network of 15 comparisons, in registers"),
        ("f4", {"size": 3, "stride": 1, "nan": "ignore"}, "a network of 15 comparisons, along lines of samples"),
        ("f4", {"size": 3}, "a network of 15 comparisons, along lines of samples"),
        ("u1", {"size": 12, "stride": 1}, "levels counted, in columns that lose a row and gain one"),
        ("u2", {"size": 17, "stride": 1}, "the samples of each window put in order as far as the middle"),
        ("f4", {"adaptive": 2}, "the samples of each window put in order as far as the middle"),
        ("u1", {"size": 12, "stride": 1, "dilation": 2}, "a network of"),
    ],
    ids=str,
)
def test_medians(dtype: str, settings: dict[str, Any], words: str) -> None:
    assert how(read_pooling(kind="median", **settings), np.dtype(dtype), (60, 70, 1)).startswith(words)
