"""Transparency under a kernel: hidden colours do not bleed, differences leave alpha alone."""

from itertools import product
from typing import Any

import numpy as np
import pytest

from cnnkit.data.raster import Raster
from cnnkit.operations.convolution.convolve import convolve, plan
from cnnkit.operations.convolution.raster import convolve_raster
from cnnkit.operations.convolution.settings import read_convolution
from tests.cases.convolution_by_hand import EDGE, SOBEL
from tests.cases.layouts import samples
from tests.cases.transparency import with_alpha
from tests.reference import convolution as twin

MODES = ("zero", "constant=9", "replicate", "reflect", "symmetric", "wrap")
SMOOTHING = ("box", "gaussian", [[1, 2, 1], [2, 4, 2], [1, 2, 1]], [[1, 1]], "identity")
DIFFERENCES = (SOBEL, EDGE, [[1, -1]], "laplacian")


def test_imagemagick_gives_255_here() -> None:
    raster = with_alpha(np.full((3, 3, 1), 9, dtype=np.uint8), 255)
    out = convolve_raster(read_convolution([[0, -1, 0], [-1, 5, -1], [0, -1, 0]], pad_mode="replicate"), raster)
    np.testing.assert_array_equal(out.samples, raster.samples)
    out = convolve_raster(read_convolution([[0, -1, 0], [-1, 4, -1], [0, -1, 0]], padding="valid"), raster)
    np.testing.assert_array_equal(out.samples, [[[0, 255]]])


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize(("dtype", "depth"), [("u1", 1), ("u1", 3), ("u2", 1), ("f4", 3)])
def test_opaque_is_without_alpha(mode: str, dtype: str, depth: int) -> None:
    colour = samples(2, (7, 8, depth), dtype)
    raster = with_alpha(colour, 1 if dtype == "f4" else np.iinfo(dtype).max)
    for kernel in (*SMOOTHING, *DIFFERENCES, [[0, -1, 0], [-1, 5, -1], [0, -1, 0]], [[-1, -2]]):
        for settings in ({}, {"stride": 2}, {"padding": "valid"}, {"padding": 5, "dilation": 2}, {"bias": 3}):
            convolution = read_convolution(kernel, pad_mode=mode, **settings)
            out = convolve_raster(convolution, raster)
            assert out.has_alpha
            np.testing.assert_array_equal(out.colour, convolve(colour, kernel, pad_mode=mode, **settings))
            np.testing.assert_array_equal(out.alpha, np.full(out.alpha.shape, raster.full_scale))


@pytest.mark.parametrize("mode", MODES)
def test_nearly_opaque_is_nearly_the_same(mode: str) -> None:
    colour = samples(4, (7, 8, 3), "u1")
    alpha = np.full((7, 8), 255)
    alpha[0, 0] = 254
    for kernel in SMOOTHING:
        convolution = read_convolution(kernel, pad_mode=mode)
        opaque = convolve_raster(convolution, with_alpha(colour, 255)).samples
        found = convolve_raster(convolution, with_alpha(colour, alpha)).samples
        scale = 2 * np.abs(convolution.kernel.weights).sum()
        np.testing.assert_allclose(found, opaque, rtol=0, atol=scale)


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


def test_holes_are_left_out_with_their_alpha() -> None:
    """255 is nodata: a colour of it is a hole, and full opacity is not; the second pixel is seen a fifth as much."""
    samples = np.array([[[10, 255, 255], [20, 30, 51], [255, 40, 255]]], np.uint8)[:, :, [0, 1, 1, 2]]
    mean = read_convolution("1/3 1/3 1/3", nodata=255, padding="valid", bias=1)
    out = convolve_raster(mean, Raster(samples, has_alpha=True))
    expected = [(10 + 20 * 0.2) / 1.2 + 1, (30 * 0.2 + 40) / 1.2 + 1, (30 * 0.2 + 40) / 1.2 + 1, 255 * 2.2 / 3]
    np.testing.assert_allclose(out.samples[0, 0], expected, rtol=1e-6)
    alone = convolve_raster(read_convolution("1", nodata=255), Raster(samples, has_alpha=True))
    np.testing.assert_allclose(alone.samples[0, :, :2], [[10, np.nan], [20, 30], [np.nan, 40]])
    np.testing.assert_allclose(alone.alpha[0, :, 0], [255, 51, 255])
    assert alone.lost is not None
    assert (alone.lost.missing, alone.lost.results[0, :, 0].tolist()) == (3, [False, False, True])
    change = convolve_raster(read_convolution("1 -1", nodata=255, padding="valid"), Raster(samples, has_alpha=True))
    np.testing.assert_array_equal(change.samples[0, :, :2], [[-10, np.nan], [np.nan, -10]])
    hidden = Raster(np.array([[[255, 0], [7, 255]]], np.uint8), has_alpha=True)
    out = convolve_raster(read_convolution("1", nodata=255), hidden)
    np.testing.assert_array_equal(out.samples, [[[0, 0], [7, 255]]])  # what nobody sees is no hole


@pytest.mark.parametrize("pad_mode", ["zero", "constant=9", "reflect", "wrap"])
@pytest.mark.parametrize("depth", ["each", "grey"])
def test_holes_of_an_opaque_image_are_those_of_its_colours(pad_mode: str, depth: str) -> None:
    rng = np.random.default_rng(0)
    colours = rng.integers(0, 3, (9, 8, 3), dtype=np.uint8)
    settings = {"nodata": 0, "pad_mode": pad_mode, "depth": depth, "bias": 2}
    plain = convolve_raster(read_convolution("gaussian", **settings), Raster(colours))
    alpha = np.full((9, 8, 1), 255, np.uint8)
    opaque = convolve_raster(
        read_convolution("gaussian", **settings), Raster(np.append(colours, alpha, 2), has_alpha=True)
    )
    np.testing.assert_array_equal(opaque.colour, plain.samples)
    alpha[0, 0] = 254  # and nearly opaque
    nearly = convolve_raster(
        read_convolution("gaussian", **settings), Raster(np.append(colours, alpha, 2), has_alpha=True)
    )
    np.testing.assert_allclose(nearly.colour, plain.samples, rtol=0.01)
    assert plain.lost is not None
    assert plain.lost.missing == np.count_nonzero(colours == 0)


KERNELS: list[tuple[Any, str]] = [
    ("0 -1 0; -1 5 -1; 0 -1 0", "direct"),
    (np.random.default_rng(0).normal(size=(9, 11)), "direct"),
    ("gaussian:size=15", "separable"),
    ("box:size=17", "box"),
    (np.random.default_rng(0).normal(size=(3, 3, 3, 2)), "layer"),
]


@pytest.mark.usefixtures("small_bands")
@pytest.mark.parametrize("turn", [0, 1])
@pytest.mark.parametrize("mode", range(len(MODES)), ids=MODES)
@pytest.mark.parametrize("number", range(len(KERNELS)))
def test_bands_are_the_whole_to_the_bit(number: int, mode: int, turn: int) -> None:
    # Every two of a kernel, a mode and a type.
    (kernel, algorithm), pad_mode = KERNELS[number], MODES[mode]
    image = samples(5, (240, 41, 3), ("u1", "u2", "f4", "f8")[(2 * turn + mode + number) % 4])
    for settings in ({}, {"stride": 2, "padding": 11}, {"padding": "valid"}, {"padding": "full", "bias": 1.5}):
        convolution = read_convolution(kernel, pad_mode=pad_mode, **settings)
        assert plan(image, kernel, pad_mode=pad_mode, **settings).algorithm in (algorithm, "separable")
        result = convolve_raster(convolution, Raster(image), threads=2)
        assert len(result.bands.edges) > 1 or pad_mode == "wrap"
        expected = convolve(image, kernel, pad_mode=pad_mode, **settings, dtype=result.dtype)
        np.testing.assert_array_equal(result.samples, expected)


@pytest.mark.usefixtures("small_bands")
@pytest.mark.parametrize("mode", ["zero", "reflect"])
@pytest.mark.parametrize("dtype", ["u1", "f4", "f8"])
def test_bands_of_transformed_tiles_are_the_whole_to_the_bit(mode: str, dtype: str) -> None:
    image = samples(5, (1200, 130, 1), dtype)
    kernel = np.random.default_rng(0).normal(size=(63, 61))
    convolution = read_convolution(kernel, pad_mode=mode)
    assert plan(image, kernel).algorithm == "fourier"
    result = convolve_raster(convolution, Raster(image), threads=2)
    assert len(result.bands.edges) > 1
    np.testing.assert_array_equal(result.samples, convolve(image, kernel, pad_mode=mode, dtype=result.dtype))


@pytest.mark.usefixtures("small_bands")
def test_alpha_is_the_same_in_bands(monkeypatch: pytest.MonkeyPatch) -> None:
    image = samples(6, (90, 21, 4), "u1")
    for kernel in ("gaussian:size=5", "edge"):
        convolution = read_convolution(kernel, pad_mode="reflect", stride=2)
        in_bands = convolve_raster(convolution, Raster(image, has_alpha=True)).bands
        assert len(in_bands.edges) > 1
        np.testing.assert_array_equal(in_bands.array(), in_bands.rows(0, in_bands.shape[0]))


@pytest.mark.usefixtures("small_bands")
@pytest.mark.parametrize("mode", MODES)
def test_bands_of_padding_alone(mode: str) -> None:
    image = samples(6, (40, 7, 4), "u1")
    paddings = ({"padding": (60, 0, 0, 1)}, {"padding": (0, 70, 1, 0)}, {"padding": (60, 60, 2, 2), "stride": 7})
    for kernel, settings in product(("gaussian:size=5", "edge"), paddings):
        convolution = read_convolution(kernel, pad_mode=mode, **settings)
        in_bands = convolve_raster(convolution, Raster(image, has_alpha=True)).bands
        np.testing.assert_array_equal(in_bands.array(), in_bands.rows(0, in_bands.shape[0]))


@pytest.mark.usefixtures("small_bands")
@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize(("kernel", "padding", "stride"), [("1", (4, 0), 5), ("1 2; 3 4", (6, 7, 0, 1), 9)])
def test_strides_beyond_the_kernel(kernel: str, padding: Any, stride: int, mode: str) -> None:
    image = samples(7, (200, 9, 3), "f4")
    result = convolve_raster(read_convolution(kernel, padding=padding, stride=stride, pad_mode=mode), Raster(image))
    expected = convolve(image, kernel, padding=padding, stride=stride, pad_mode=mode)
    np.testing.assert_array_equal(result.samples, expected)
