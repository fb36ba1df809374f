"""Transparency under a pooling window: means are weighted by alpha, other kinds take every channel by itself."""

from typing import Any

import numpy as np
import pytest

from cnnkit.data.raster import Raster
from cnnkit.operations.pooling.pool import pool
from cnnkit.operations.pooling.raster import pool_raster
from cnnkit.operations.pooling.settings import read_pooling
from tests.cases.layouts import samples
from tests.cases.transparency import with_alpha


def test_a_maximum_takes_every_channel_by_itself() -> None:
    samples_in = samples(1, (5, 6, 4), "u1")
    out = pool_raster(read_pooling(2), Raster(samples_in, has_alpha=True))
    np.testing.assert_array_equal(out.samples, pool(samples_in, 2))
    assert out.samples.dtype == np.uint8


@pytest.mark.parametrize("dtype", ["u1", "u2", "f4"])
@pytest.mark.parametrize("kind", ["max", "average"])
def test_opaque_pools_like_without_alpha(dtype: str, kind: str) -> None:
    colour = samples(3, (7, 8, 3), dtype)
    raster = with_alpha(colour, 1 if dtype == "f4" else np.iinfo(dtype).max)
    for settings in ({}, {"stride": 1, "padding": 2}, {"ceil": True}):
        out = pool_raster(read_pooling(3, kind=kind, **settings), raster)
        np.testing.assert_array_equal(out.colour, pool(colour, 3, kind=kind, **settings))
        np.testing.assert_array_equal(out.alpha, np.full(out.alpha.shape, raster.full_scale))


def test_pooled_colours_are_means_weighted_by_alpha() -> None:
    colour = samples(10, (6, 7, 2), "u1")
    alpha = np.random.default_rng(11).integers(0, 256, (6, 7)).astype(np.uint8)
    raster = with_alpha(colour, alpha)
    out = pool_raster(read_pooling(2, kind="average", ceil=True), raster)
    for i in range(3):
        for j in range(4):
            patch = raster.samples[2 * i : 2 * i + 2, 2 * j : 2 * j + 2].reshape(-1, 3).astype(np.float64)
            expected = np.average(patch[:, :2], axis=0, weights=patch[:, 2])
            np.testing.assert_allclose(out.samples[i, j], [*expected, patch[:, 2].mean()], rtol=1e-6)


def test_counted_padding_is_opaque_black_at_any_alpha() -> None:
    """Corner windows hold one sample of 200 and three of padding: 50, whether a far sample is opaque or nearly."""
    pooling = read_pooling(2, kind="average", padding=1, count_padding=True)
    for far in (255, 254):
        alpha = np.full((4, 4), 255, np.uint8)
        alpha[2, 2] = far
        out = pool_raster(pooling, with_alpha(np.full((4, 4, 1), 200, np.uint8), alpha))
        np.testing.assert_allclose(out.colour[0, 0], 50)
        np.testing.assert_allclose(out.alpha[0, 0], 255)


def test_alpha_of_a_colour_that_is_nan_is_left_out_with_it() -> None:
    """Red is NaN where it is opaque: what is left is the other red, and not half of it; blue is NaN everywhere."""
    colour = np.array([[[np.nan, 0.5, np.nan], [0.8, 0.25, np.nan]]], dtype=np.float32)
    out = pool_raster(read_pooling((1, 2), kind="average", nan="ignore"), with_alpha(colour, [[1, 0.5]]))
    np.testing.assert_allclose(out.samples, [[[0.8, (0.5 + 0.125) / 1.5, np.nan, 0.75]]], rtol=1e-6)
    out = pool_raster(read_pooling((1, 2), kind="average"), with_alpha(colour, [[1, 0.5]]))
    np.testing.assert_allclose(out.samples, [[[np.nan, (0.5 + 0.125) / 1.5, np.nan, 0.75]]], rtol=1e-6)


def test_a_hole_is_left_out_with_its_alpha_and_alpha_has_none() -> None:
    """255 is nodata: a colour of it is a hole, and full opacity is not; 7 is seen half as much as 9."""
    samples = np.array([[[9, 255, 255, 255], [255, 4, 255, 255], [7, 4, 3, 51], [6, 6, 255, 0]]], np.uint8)
    out = pool_raster(read_pooling((1, 3), kind="average", nodata=255), Raster(samples, has_alpha=True))
    expected = [(9 + 7 * 0.2) / 1.2, 4, 3, 255 * 2.2 / 3]
    np.testing.assert_allclose(out.samples[0, 0], expected, rtol=1e-6)
    assert out.lost is not None
    assert (out.lost.missing, out.lost.results.any()) == (5, False)
    out = pool_raster(read_pooling((1, 2), kind="average", nodata=255), Raster(samples, has_alpha=True))
    np.testing.assert_allclose(out.samples, [[[9, 4, np.nan, 255], [7, 4, 3, 25.5]]], rtol=1e-6)
    assert out.lost is not None
    assert out.lost.results.tolist() == [[[False, False, True], [False, False, False]]]
    largest = pool_raster(read_pooling((1, 2), nodata=255), Raster(samples, has_alpha=True))
    np.testing.assert_array_equal(largest.samples, [[[9, 4, 255, 255], [7, 6, 3, 51]]])
    norm = pool_raster(read_pooling((1, 2), kind="lp", p=1, nodata=255), Raster(samples, has_alpha=True))
    np.testing.assert_allclose(norm.samples, [[[9, 4, np.nan, 255], [13, 10, 3, 51]]])
    hidden = Raster(np.array([[[255, 0], [7, 0]]], np.uint8), has_alpha=True)
    out = pool_raster(read_pooling((1, 1), kind="average", nodata=255), hidden)
    np.testing.assert_array_equal(out.samples, np.zeros((1, 2, 2)))  # what nobody sees is no hole


@pytest.mark.usefixtures("small_bands")
@pytest.mark.parametrize("dtype", ["u1", "u2", "f4", "f8"])
@pytest.mark.parametrize("kind", ["max", "average", "min", "lp", "median"])
@pytest.mark.parametrize(
    "settings",
    [
        {"size": 2},
        {"size": (5, 3), "stride": 1, "padding": 2},
        {"size": 3, "stride": 2, "dilation": 3, "padding": "same"},
        {"size": (70, 4), "stride": (2, 3), "padding": (9, 0)},
        {"size": (3, 2), "ceil": True},
        {"adaptive": (37, 5)},
    ],
    ids=str,
)
def test_bands_are_the_whole_to_the_bit(settings: dict[str, Any], kind: str, dtype: str) -> None:
    image = samples(4, (200, 23, 3), dtype)
    result = pool_raster(read_pooling(**settings, kind=kind), Raster(image), threads=2)
    assert len(result.bands.edges) > 1
    expected = pool(image, **settings, kind=kind)
    assert result.dtype == expected.dtype
    np.testing.assert_array_equal(result.samples, expected)
