"""Hold poolings against a twin: samples to the bit, means and sums of powers to the precision that is promised."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt

from cnnkit.operations.pooling.pool import pool
from tests.reference import pooling as twin

Array = npt.NDArray[Any]

KINDS = ("max", "min", "median", "average", "counted", "lp")
"""Every kind; "counted" is an average that counts padding."""


def kind_of(word: str) -> dict[str, Any]:
    """The settings of one of `KINDS`."""
    return {"kind": "average", "count_padding": True} if word == "counted" else {"kind": word}


def both(value: Any) -> Any:
    """A pair in any of its forms, for a twin."""
    if value is None or value == "global":
        return value
    numbers = tuple(map(int, value.split("x"))) if isinstance(value, str) else tuple(np.atleast_1d(value).tolist())
    return numbers if len(numbers) == 2 else numbers * 2


def for_twin(settings: dict[str, Any]) -> dict[str, Any]:
    """Settings with pairs written out."""
    return {name: both(value) if name in ("stride", "dilation", "adaptive") else value
            for name, value in settings.items()}  # fmt: skip


def is_double(dtype: np.dtype[Any]) -> bool:
    return dtype.kind == "f" and dtype.itemsize == 8


def assert_agrees(
    found: Any, image: Any, size: Any = None, *, by: Callable[..., Any] = twin.pool, **asked: Any
) -> None:
    """Hold what was pooled of an image, of 2, 3 or 4 dimensions, against the twin's answer."""
    image = np.asarray(image)
    batch = image.reshape(*image.shape, 1) if image.ndim == 2 else image
    told = for_twin(asked)
    expected = by(batch, both(size), **told)
    if asked.get("indices"):
        (found, indices), (expected, places) = found, expected
        assert indices.dtype == np.int64, "indices are int64"
        assert indices.shape == (*found.shape, 2) if asked["indices"] == "pairs" else indices.shape == found.shape
        np.testing.assert_array_equal(indices.reshape(places.shape), places, err_msg=f"places of {size}, {asked}")
    assert found.ndim == image.ndim
    found = found.reshape(expected.shape)
    words = f"{size}, {asked}, of {image.dtype} {image.shape}"
    if asked.get("kind", "max") in twin.KEEPS_TYPE:
        assert found.dtype == image.dtype.newbyteorder("=")
        np.testing.assert_array_equal(found, expected, err_msg=words)
        return
    assert found.dtype == (np.float64 if is_double(image.dtype) else np.float32)
    np.testing.assert_array_equal(np.isnan(found), np.isnan(expected), err_msg=f"NaN of {words}")
    np.testing.assert_array_equal(np.isinf(found), np.isinf(expected), err_msg=f"infinities of {words}")
    is_number = np.isfinite(expected)
    np.testing.assert_array_equal(found[~is_number], expected[~is_number], err_msg=f"infinities of {words}")
    found, expected = found[is_number], expected[is_number]
    if asked["kind"] == "lp":
        share = (1e-13 if is_double(image.dtype) else 5e-6) * max(1, 1 / asked.get("p", 2))
        np.testing.assert_allclose(found, expected, rtol=share, err_msg=words)
    elif image.dtype.kind in "bui" and image.dtype.itemsize <= 2:
        assert_nearly_rounded(found, expected, words)
    else:
        with np.errstate(invalid="ignore"):
            magnitude = by(np.abs(batch.astype(np.float64)), both(size), **told)[is_number]
        worst = np.abs(found - expected) - (1e-14 if is_double(image.dtype) else 2e-6) * magnitude
        assert not (worst > 0).any(), f"a mean is off: {words}"


def assert_nearly_rounded(found: Array, exact: Array, words: str) -> None:
    """Hold float32 against exact numbers: at most 1 ulp from what they round to."""
    rounded = exact.astype(np.float32)
    off = np.abs(found.astype(np.float64) - rounded) > np.spacing(np.abs(rounded))
    assert not off.any(), f"{found[off][0]!r} where {exact[off][0]!r} was expected: {words}"


def check(image: Any, size: Any = None, *, by: Callable[..., Any] = twin.pool, **asked: Any) -> None:
    """Pool an image and hold the result against the twin's."""
    assert_agrees(pool(image, size, **asked), image, size, by=by, **asked)
