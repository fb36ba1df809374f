"""Transparency, whatever mixes pixels: hidden colours do not bleed, and opaque images are images without alpha."""

import numpy as np
import pytest

from cnnkit.data.raster import Raster
from cnnkit.operations.convolution.convolve import convolve, read_convolution
from cnnkit.operations.convolution.raster import convolve_raster
from cnnkit.operations.pooling.pool import pool
from cnnkit.operations.pooling.raster import pool_raster
from cnnkit.operations.pooling.settings import read_pooling
from tests.cases.convolution_by_hand import EDGE
from tests.cases.layouts import samples
from tests.cases.transparency import with_alpha

MODES = ("zero", "constant=9", "replicate", "reflect", "symmetric", "wrap")
SMOOTHING = ("box", "gaussian", [[1, 2, 1], [2, 4, 2], [1, 2, 1]], [[1, 1]], "identity")
CLEAR_RED = np.array([[[0, 200, 0], [255, 0, 0], [0, 200, 0]]], dtype=np.uint8)


def test_a_hidden_red_does_not_stain_green() -> None:
    raster = with_alpha(CLEAR_RED, [[255, 0, 255]])
    out = convolve_raster(read_convolution(np.full((1, 3), 1 / 3), padding="valid"), raster)
    np.testing.assert_allclose(out.samples, [[[0, 200, 0, 170]]], atol=1e-4)
    assert out.has_alpha
    out = pool_raster(read_pooling((1, 3), kind="average"), raster)
    np.testing.assert_allclose(out.samples, [[[0, 200, 0, 170]]], atol=1e-4)


def test_colours_count_by_their_alpha() -> None:
    raster = with_alpha(np.array([[[100], [200]]], dtype=np.uint8), [[255, 85]])
    expected = [[[125, 170]]]  # (100 + 200 / 3) / (4 / 3), and (255 + 85) / 2
    out = convolve_raster(read_convolution([[0.5, 0.5]], padding="valid"), raster)
    np.testing.assert_allclose(out.samples, expected, rtol=1e-6)
    out = convolve_raster(read_convolution([[7, 7]], padding="valid"), raster)
    np.testing.assert_allclose(out.samples, [[[14 * 125, 170]]], rtol=1e-6)
    out = pool_raster(read_pooling((1, 2), kind="average"), raster)
    np.testing.assert_allclose(out.samples, expected, rtol=1e-6)


def test_nothing_is_seen_through_nothing() -> None:
    raster = with_alpha(samples(0, (4, 5, 3), "u1"), 0)
    inside = convolve_raster(read_convolution("box", padding="valid"), raster)
    np.testing.assert_array_equal(inside.samples, np.zeros((2, 3, 4)))
    pooled = pool_raster(read_pooling(2, kind="average"), raster)
    np.testing.assert_array_equal(pooled.samples, np.zeros((2, 2, 4)))


@pytest.mark.parametrize("mode", MODES)
def test_hidden_colours_change_nothing(mode: str) -> None:
    colour, other = samples(5, (7, 8, 3), "u1"), samples(6, (7, 8, 3), "u1")
    alpha = np.random.default_rng(7).choice([0, 0, 100, 255], (7, 8))
    other = np.where(alpha[..., None] == 0, other, colour)
    for kernel in SMOOTHING:
        asked = read_convolution(kernel, pad_mode=mode)
        found = convolve_raster(asked, with_alpha(colour, alpha)).samples
        np.testing.assert_array_equal(convolve_raster(asked, with_alpha(other, alpha)).samples, found)
    asked_pool = read_pooling(3, kind="average", padding=1, ceil=True)
    found = pool_raster(asked_pool, with_alpha(colour, alpha)).samples
    np.testing.assert_array_equal(pool_raster(asked_pool, with_alpha(other, alpha)).samples, found)


def test_a_raster_without_alpha_is_an_image() -> None:
    raster = Raster(samples(20, (4, 5, 4), "u1"), icc_profile=b"profile", notes=("a note",))
    out = convolve_raster(read_convolution("box"), raster)
    np.testing.assert_array_equal(out.samples, convolve(raster.samples, "box"))
    assert (out.has_alpha, out.icc_profile, out.notes) == (False, b"profile", ("a note",))
    pooled = pool_raster(read_pooling(2, kind="average"), raster)
    np.testing.assert_array_equal(pooled.samples, pool(raster.samples, 2, kind="average"))


def test_the_raster_is_not_changed() -> None:
    given = samples(21, (4, 5, 4), "u1")
    raster = Raster(given.copy(), has_alpha=True)
    for kernel in ("box", EDGE):
        convolve_raster(read_convolution(kernel), raster).samples[...] = 99
        np.testing.assert_array_equal(raster.samples, given)
    for kind in ("max", "average"):
        pool_raster(read_pooling(2, kind=kind), raster).samples[...] = 99
        np.testing.assert_array_equal(raster.samples, given)


@pytest.mark.parametrize(("dtype", "expected"), [("u1", "f4"), ("u2", "f4"), ("f4", "f4"), ("f8", "f8"), ("i8", "f4")])
def test_results_have_the_library_s_type(dtype: str, expected: str) -> None:
    image = np.arange(300, dtype=dtype).reshape(10, 10, 3)
    for kernel in ("sobel-x", "box:9"):
        assert convolve_raster(read_convolution(kernel), Raster(image)).samples.dtype == np.dtype(expected)
    assert pool_raster(read_pooling(2, kind="average"), Raster(image)).samples.dtype == np.dtype(expected)
    assert pool_raster(read_pooling(2), Raster(image)).samples.dtype == np.dtype(dtype)
