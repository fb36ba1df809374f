"""Transparency: hidden colours do not bleed, differences leave alpha alone, and opaque images are images without."""

from typing import Any

import numpy as np
import pytest

from cnnkit.data.raster import Raster
from cnnkit.operations.alpha import convolve_raster, pool_raster
from cnnkit.operations.convolution import convolve, read_convolution
from cnnkit.operations.pooling import pool, read_pooling
from tests.cases.convolution_by_hand import EDGE, SOBEL
from tests.cases.layouts import samples
from tests.reference import convolution as twin

MODES = ("zero", "constant=9", "replicate", "reflect", "symmetric", "wrap")
SMOOTHING = ("box", "gaussian", [[1, 2, 1], [2, 4, 2], [1, 2, 1]], [[1, 1]], "identity")
DIFFERENCES = (SOBEL, EDGE, [[1, -1]], "laplacian")


def with_alpha(colour: Any, alpha: Any) -> Raster:
    """An image of `colour`, (rows, columns, depth), under `alpha`: (rows, columns) or one number."""
    plane = np.broadcast_to(np.asarray(alpha, dtype=colour.dtype), colour.shape[:2])
    return Raster(np.concatenate([colour, plane[..., None]], axis=2), has_alpha=True)


# Worked by hand.

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


def test_imagemagick_gives_255_here() -> None:
    raster = with_alpha(np.full((3, 3, 1), 9, dtype=np.uint8), 255)
    out = convolve_raster(read_convolution([[0, -1, 0], [-1, 5, -1], [0, -1, 0]], pad_mode="replicate"), raster)
    np.testing.assert_array_equal(out.samples, raster.samples)
    out = convolve_raster(read_convolution([[0, -1, 0], [-1, 4, -1], [0, -1, 0]], padding="valid"), raster)
    np.testing.assert_array_equal(out.samples, [[[0, 255]]])


def test_nothing_is_seen_through_nothing() -> None:
    raster = with_alpha(samples(0, (4, 5, 3), "u1"), 0)
    inside = convolve_raster(read_convolution("box", padding="valid"), raster)
    np.testing.assert_array_equal(inside.samples, np.zeros((2, 3, 4)))
    pooled = pool_raster(read_pooling(2, kind="average"), raster)
    np.testing.assert_array_equal(pooled.samples, np.zeros((2, 2, 4)))


def test_a_maximum_takes_every_channel_by_itself() -> None:
    samples_in = samples(1, (5, 6, 4), "u1")
    out = pool_raster(read_pooling(2), Raster(samples_in, has_alpha=True))
    np.testing.assert_array_equal(out.samples, pool(samples_in, 2))
    assert out.samples.dtype == np.uint8


# Opaque images are images without alpha, to the bit.


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("dtype", ["u1", "u2", "f4"])
@pytest.mark.parametrize("depth", [1, 3])
def test_opaque_is_without_alpha(mode: str, dtype: str, depth: int) -> None:
    colour = samples(2, (7, 8, depth), dtype)
    raster = with_alpha(colour, 1 if dtype == "f4" else np.iinfo(dtype).max)
    for kernel in (*SMOOTHING, *DIFFERENCES, [[0, -1, 0], [-1, 5, -1], [0, -1, 0]], [[-1, -2]]):
        for settings in ({}, {"stride": 2}, {"padding": "valid"}, {"padding": 5, "dilation": 2}, {"bias": 3}):
            asked = read_convolution(kernel, pad_mode=mode, **settings)
            out = convolve_raster(asked, raster)
            assert out.has_alpha
            np.testing.assert_array_equal(out.colour, convolve(colour, kernel, pad_mode=mode, **settings))
            np.testing.assert_array_equal(out.alpha, np.full(out.alpha.shape, raster.full_scale))


@pytest.mark.parametrize("dtype", ["u1", "u2", "f4"])
@pytest.mark.parametrize("kind", ["max", "average"])
def test_opaque_pools_like_without_alpha(dtype: str, kind: str) -> None:
    colour = samples(3, (7, 8, 3), dtype)
    raster = with_alpha(colour, 1 if dtype == "f4" else np.iinfo(dtype).max)
    for settings in ({}, {"stride": 1, "padding": 2}, {"ceil": True}):
        out = pool_raster(read_pooling(3, kind=kind, **settings), raster)
        np.testing.assert_array_equal(out.colour, pool(colour, 3, kind=kind, **settings))
        np.testing.assert_array_equal(out.alpha, np.full(out.alpha.shape, raster.full_scale))


@pytest.mark.parametrize("mode", MODES)
def test_nearly_opaque_is_nearly_the_same(mode: str) -> None:
    colour = samples(4, (7, 8, 3), "u1")
    alpha = np.full((7, 8), 255)
    alpha[0, 0] = 254
    for kernel in SMOOTHING:
        asked = read_convolution(kernel, pad_mode=mode)
        opaque = convolve_raster(asked, with_alpha(colour, 255)).samples
        found = convolve_raster(asked, with_alpha(colour, alpha)).samples
        scale = 2 * np.abs(asked.kernel.weights).sum()
        np.testing.assert_allclose(found, opaque, rtol=0, atol=scale)


# What is hidden stays hidden.


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


@pytest.mark.parametrize("mode", MODES[2:])
@pytest.mark.parametrize("dtype", ["u1", "u2", "f4"])
def test_colours_are_means_weighted_by_alpha(mode: str, dtype: str) -> None:
    white = 1 if dtype == "f4" else np.iinfo(dtype).max
    colour = samples(8, (6, 7, 2), dtype)
    alpha = np.random.default_rng(9).integers(1, 17, (6, 7)) / 16 * white
    kernel = np.array([[1, 2, 1], [2, 4, 2], [1, 2, 1]]) / 16
    raster = with_alpha(colour, alpha)
    out = convolve_raster(read_convolution(kernel, pad_mode=mode), raster)
    seen = raster.alpha.astype(np.float64) / white
    weight = twin.convolve(seen, kernel, pad_mode=mode)
    expected = twin.convolve(colour * seen, kernel, pad_mode=mode) / weight
    np.testing.assert_allclose(out.colour, expected, rtol=1e-5, atol=1e-6 * white)
    np.testing.assert_allclose(out.alpha, weight * white, rtol=1e-5)


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


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("dtype", ["u1", "u2", "f4"])
def test_alpha_stays_between_nothing_and_full(mode: str, dtype: str) -> None:
    white = 1 if dtype == "f4" else np.iinfo(dtype).max
    alpha = np.random.default_rng(22).choice([0, 0.25, 1], (7, 8)) * white
    raster = with_alpha(samples(23, (7, 8, 3), dtype), alpha)
    for kernel in (*SMOOTHING, [[0, -1, 0], [-1, 5, -1], [0, -1, 0]], [[-2, 5, -2]]):  # the last two overshoot
        out = convolve_raster(read_convolution(kernel, pad_mode=mode), raster)
        assert np.isfinite(out.samples).all()
        assert out.alpha.min() >= 0
        assert out.alpha.max() <= white


# Differences leave alpha alone.


@pytest.mark.parametrize("kernel", DIFFERENCES)
@pytest.mark.parametrize("mode", MODES)
def test_differences_leave_alpha_alone(kernel: Any, mode: str) -> None:
    colour = samples(12, (7, 8, 3), "u1")
    alpha = samples(13, (7, 8), "u1")
    out = convolve_raster(read_convolution(kernel, pad_mode=mode), with_alpha(colour, alpha))
    np.testing.assert_array_equal(out.alpha[..., 0], alpha)
    np.testing.assert_array_equal(out.colour, convolve(colour, kernel, pad_mode=mode))


def test_alpha_follows_a_stride() -> None:
    alpha = samples(14, (7, 8), "u1")
    raster = with_alpha(samples(15, (7, 8, 1), "u1"), alpha)
    out = convolve_raster(read_convolution(EDGE, stride=2, padding=1), raster)
    np.testing.assert_array_equal(out.alpha[..., 0], alpha[::2, ::2])
    out = convolve_raster(read_convolution(EDGE, padding="valid"), raster)
    np.testing.assert_array_equal(out.alpha[..., 0], alpha[1:-1, 1:-1])


def test_a_sum_over_channels_is_a_feature_map_without_alpha() -> None:
    raster = with_alpha(samples(16, (4, 5, 3), "u1"), samples(17, (4, 5), "u1"))
    for kernel, settings in ((np.ones((3, 3, 3)), {}), (EDGE, {"depth": "sum"}), (np.ones((1, 1, 3, 5)), {})):
        out = convolve_raster(read_convolution(kernel, **settings), raster)
        assert not out.has_alpha
        np.testing.assert_array_equal(out.samples.squeeze(), convolve(raster.colour, kernel, **settings).squeeze())


def test_grey_keeps_alpha() -> None:
    colour = samples(18, (4, 5, 3), "u1")
    for alpha in (255, samples(19, (4, 5), "u1") // 2 + 1):
        raster = with_alpha(colour, alpha)
        out = convolve_raster(read_convolution("identity", depth="grey"), raster)
        assert out.has_alpha
        np.testing.assert_allclose(out.colour[..., 0], colour @ [0.299, 0.587, 0.114], rtol=1e-5)
        np.testing.assert_allclose(out.alpha, raster.alpha, rtol=1e-6)


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


@pytest.mark.parametrize("mode", ["zero", "replicate", "reflect", "constant=9"])
def test_a_transparent_margin_gets_no_frame(mode: str) -> None:
    """A picture in the middle of nothing, blurred: nothing stays nothing at the borders."""
    alpha = np.zeros((40, 40), np.uint8)
    alpha[12:28, 12:28] = 255
    out = convolve_raster(
        read_convolution("gaussian:sigma=1", pad_mode=mode), with_alpha(np.full((40, 40, 1), 200, np.uint8), alpha)
    )
    border = np.concatenate([out.alpha[0], out.alpha[-1], out.alpha[:, 0], out.alpha[:, -1]])
    np.testing.assert_array_equal(border, 0)


def test_counted_padding_is_opaque_black_at_any_alpha() -> None:
    """Corner windows hold one sample of 200 and three of padding: 50, whether a far sample is opaque or nearly."""
    asked = read_pooling(2, kind="average", padding=1, count_padding=True)
    for far in (255, 254):
        alpha = np.full((4, 4), 255, np.uint8)
        alpha[2, 2] = far
        out = pool_raster(asked, with_alpha(np.full((4, 4, 1), 200, np.uint8), alpha))
        np.testing.assert_allclose(out.colour[0, 0], 50)
        np.testing.assert_allclose(out.alpha[0, 0], 255)


@pytest.mark.parametrize(("dtype", "expected"), [("u1", "f4"), ("u2", "f4"), ("f4", "f4"), ("f8", "f8"), ("i8", "f4")])
def test_results_have_the_library_s_type(dtype: str, expected: str) -> None:
    image = np.arange(300, dtype=dtype).reshape(10, 10, 3)
    for kernel in ("sobel-x", "box:9"):
        assert convolve_raster(read_convolution(kernel), Raster(image)).samples.dtype == np.dtype(expected)
    assert pool_raster(read_pooling(2, kind="average"), Raster(image)).samples.dtype == np.dtype(expected)
    assert pool_raster(read_pooling(2), Raster(image)).samples.dtype == np.dtype(dtype)


def test_alpha_of_a_colour_that_is_nan_is_left_out_with_it() -> None:
    """Red is NaN where it is opaque: what is left is the other red, and not half of it; blue is NaN everywhere."""
    colour = np.array([[[np.nan, 0.5, np.nan], [0.8, 0.25, np.nan]]], dtype=np.float32)
    out = pool_raster(read_pooling((1, 2), kind="average", nan="ignore"), with_alpha(colour, [[1, 0.5]]))
    np.testing.assert_allclose(out.samples, [[[0.8, (0.5 + 0.125) / 1.5, np.nan, 0.75]]], rtol=1e-6)
    out = pool_raster(read_pooling((1, 2), kind="average"), with_alpha(colour, [[1, 0.5]]))
    np.testing.assert_allclose(out.samples, [[[np.nan, (0.5 + 0.125) / 1.5, np.nan, 0.75]]], rtol=1e-6)
