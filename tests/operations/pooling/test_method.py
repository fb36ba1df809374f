"""What is said of a pooling is how it is computed."""

from typing import Any

import numpy as np
import pytest

from cnnkit.operations.pooling import merge
from cnnkit.operations.pooling.method import method_text
from cnnkit.operations.pooling.pool import pool
from cnnkit.operations.pooling.settings import read_pooling

WORDS = {
    "pool_rows": "rows merged window by window, then columns in",
    "pool_strips": "rows merged in strips in",
    "pool_bins": "rows merged window by window, then columns one by one",
}


def text(dtype: Any, shape: tuple[int, int, int], *, has_holes: bool = False, **settings: Any) -> str:
    pooling = read_pooling(**settings)
    return method_text(pooling, pooling.windows(shape[:2]), shape, np.dtype(dtype), has_holes=has_holes)


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
    loop_for = merge._loop_for

    def seen(loop: Any, kind: str) -> Any:
        ran.append(loop.name)
        return loop_for(loop, kind)

    monkeypatch.setattr(merge, "_loop_for", seen)
    merge._prepared.cache_clear()
    image = np.ones((30, 40, depth), np.float32)
    method = text(image.dtype, image.shape, **settings)
    pool(image, **settings)
    assert [method.startswith(WORDS[name]) for name in ran] == [True]
    assert sum(method.startswith(words) for words in WORDS.values()) == 1


def test_sums_are_in_the_dtype_that_is_named() -> None:
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
        assert text(dtype, shape, size=size, stride=1, kind="average").endswith(f"sums in {word}")


@pytest.mark.parametrize(
    ("dtype", "settings", "words"),
    [
        ("u1", {"size": 3, "stride": 1}, "a network of 15 comparisons, in registers"),
        ("f4", {"size": 3, "stride": 1, "nan": "ignore"}, "a network of 15 comparisons, in registers"),
        ("u1", {"size": 3, "stride": 1, "has_holes": True}, "a network of 15 comparisons, along lines of samples"),
        ("f4", {"size": 3}, "a network of 15 comparisons, along lines of samples"),
        ("u1", {"size": 12, "stride": 1}, "levels counted, column by column, as windows move down"),
        ("u2", {"size": 17, "stride": 1}, "each window sorted up to its middle sample"),
        ("f4", {"adaptive": 2}, "each window sorted up to its middle sample"),
        ("u1", {"size": 12, "stride": 1, "dilation": 2}, "a network of"),
    ],
    ids=str,
)
def test_medians(dtype: str, settings: dict[str, Any], words: str) -> None:
    assert text(dtype, (60, 70, 1), kind="median", **settings).startswith(words)
