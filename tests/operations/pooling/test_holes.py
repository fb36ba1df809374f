"""Pooling around holes: by hand, and the slow twin of pooling on images whose holes are NaN."""

from itertools import product
from typing import Any

import numpy as np
import pytest

from cnnkit.errors import SizeError
from cnnkit.operations.pooling.pool import pool
from tests.cases.layouts import samples
from tests.reference import pooling as twin
from tests.reference.agreement import KINDS, both, for_twin, kind_of

NAN = np.nan


@pytest.mark.parametrize(
    ("kind", "expected"),
    [("max", [[5, 7], [-9, 8]]), ("min", [[3, 7], [-9, 0]]), ("median", [[3, 7], [-9, 0]]),
     ("average", [[4, 7], [-9, 4]]), ("lp", [[34**0.5, 7], [-9, 8]])],
)  # fmt: skip
@pytest.mark.parametrize("dtype", ["i1", "i2", "i4", "i8", "f2", "f4", "f8"])
def test_by_hand(kind: str, expected: Any, dtype: str) -> None:
    image = np.array([[3, -9, 7, -9], [-9, 5, -9, -9], [-9, -9, 0, 8], [-9, -9, -9, -9]], dtype)
    found = pool(image, 2, kind=kind, nodata=-9)
    np.testing.assert_allclose(found, expected, rtol=1e-6)
    assert found.dtype == pool(image, 2, kind=kind).dtype


WINDOWS: list[tuple[Any, dict[str, Any]]] = [
    (2, {}), (3, {"stride": 1, "padding": "same"}), ((2, 3), {"stride": (3, 1), "padding": 2, "ceil": True}),
    (2, {"dilation": 3, "stride": 1}), ("global", {}), (None, {"adaptive": (3, 8)}), (1, {"padding": "1x0x0x2"}),
]  # fmt: skip


@pytest.mark.parametrize("dtype", ["u1", "i2", "u4", "i8", "f4", "?"])
@pytest.mark.parametrize("kind", KINDS)
def test_against_the_twin(kind: str, dtype: str) -> None:
    for seed, (size, options) in enumerate(WINDOWS):
        if kind == "counted" and (size is None or size == "global"):
            continue
        image = samples(seed, (7, 6, 2), dtype)
        nodata = image.flat[0].item()
        image[np.random.default_rng(seed).random(image.shape) < 0.4] = nodata
        marked = np.where(image == nodata, NAN, image.astype(float))
        asked = {**options, **kind_of(kind)}
        found = pool(image, size, nodata=nodata, **asked)
        padded = pool(np.where(image == nodata, 0, image).astype(image.dtype), size, **asked)
        expected = twin.pool(marked, both(size), **for_twin({**asked, "nan": "ignore"}))
        alone = twin.pool(
            np.zeros(marked.shape), both(size), **for_twin({**asked, "kind": "average", "count_padding": 0})
        )
        expected = np.where(np.isnan(expected), nodata, expected)
        expected = np.where(np.isnan(alone), padded, expected)  # a window of padding alone holds no hole
        np.testing.assert_allclose(found, expected, rtol=2e-6, atol=1e-6)


@pytest.mark.parametrize("kind", ["max", "min"])
def test_places(kind: str) -> None:
    for dtype, (size, options) in product(("u1", "i8", "f4"), WINDOWS):
        image = samples(3, (7, 6, 2), dtype)
        nodata = image.max().item()
        marked = np.where(image == nodata, NAN, image.astype(float))
        values, places = pool(image, size, kind=kind, nodata=nodata, indices=True, **options)
        _, expected = pool(marked, size, kind=kind, nan="ignore", indices=True, **options)
        np.testing.assert_array_equal(places, expected)
        np.testing.assert_array_equal(values, pool(image, size, kind=kind, nodata=nodata, **options))


def test_64_bit_integers_are_exact() -> None:
    image = np.array([[2**62 + 1, 2**62, 2**62 + 2, -(2**63)]])
    for kind, expected in (("max", 2**62 + 2), ("min", 2**62), ("median", 2**62 + 1)):
        found = pool(image, "global", kind=kind, nodata=-(2**63))
        assert (found.dtype, found.tolist()) == (image.dtype, [[expected]])
    assert pool(image, "global", kind="min", nodata=-(2**63), indices="pairs")[1].tolist() == [[[0, 1]]]


def test_a_nan_that_is_no_hole_propagates() -> None:
    image = np.array([[NAN, -9, 3, -9], [-9, 1, -9, 5]], np.float32)
    for kind in ("max", "min", "median", "average", "lp"):
        found = pool(image, 2, kind=kind, nodata=-9)
        assert np.isnan(found[0, 0])
        assert found[0, 1] in (3, 4, 5, np.float32(34**0.5))
        both_out = pool(image, 2, kind=kind, nodata=-9, nan="ignore")
        assert both_out[0, 0] == 1
    values, places = pool(image, 2, nodata=-9, indices=True)
    assert (np.isnan(values[0, 0]), places.tolist()) == (True, [[0, 7]])


def test_an_image_without_holes_takes_the_ordinary_way(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("_medians", "neutral", "sums"):
        monkeypatch.setattr(f"cnnkit.operations.pooling.holes.{name}", None)
    image = samples(0, (9, 9), "f4")
    for kind in ("max", "median", "average"):
        np.testing.assert_array_equal(pool(image, 3, kind=kind, nan="ignore"), pool(image, 3, kind=kind))


def test_results_of_another_type() -> None:
    image = np.array([[1, 2, 0, 0]], np.uint8)
    np.testing.assert_array_equal(pool(image, (1, 2), kind="average", nodata=0, dtype="i2"), [[2, 0]])
    np.testing.assert_array_equal(pool(image, (1, 2), nodata=0, dtype="f8"), [[2, 0]])
    values, _ = pool(image, (1, 2), nodata=0, indices=True, dtype="f4")
    np.testing.assert_array_equal(values, [[2, 0]])
    with pytest.raises(SizeError, match="nodata -5 cannot be among uint8 results"):
        pool(image.astype(np.int8), 1, nodata=-5, dtype="u1")
    with pytest.raises(SizeError, match="nodata 300 cannot be among uint8 samples"):
        pool(image, 1, nodata=300)
