"""Several kernels' results as one: by hand, against other libraries, band by band, with alpha and holes."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from scipy import ndimage
from skimage import filters

from cnnkit.data.bands import Bands
from cnnkit.data.raster import Raster
from cnnkit.errors import ArgumentError, SizeError
from cnnkit.operations.convolution.combine import (
    WAYS,
    check_combination,
    combined_name,
    convolve_combined,
    inside_all,
)
from cnnkit.operations.convolution.raster import convolve_raster
from cnnkit.operations.convolution.settings import Convolution, read_convolution
from tests.cases.layouts import samples
from tests.cases.transparency import with_alpha

PAIR = ("sobel-x", "sobel-y")
COMPASS = tuple(f"kirsch:{angle}" for angle in range(0, 360, 45))


def read(names: tuple[Any, ...], **settings: Any) -> list[Convolution]:
    return [read_convolution(name, **settings) for name in names]


def test_three_and_four_make_five() -> None:
    image = Raster(np.array([[[0], [3]], [[4], [9]]], np.uint8))
    right, below = [[-1, 1], [0, 0]], [[-1, 0], [1, 0]]
    both = read((right, below), padding="valid")
    assert convolve_combined("magnitude", both, image).samples.item() == 5
    assert convolve_combined("max", both, image).samples.item() == 4
    assert convolve_combined(None, both, image).samples.item() == 3


def test_the_largest_value_has_its_sign() -> None:
    image = Raster(np.array([[[9], [3]], [[4], [0]]], np.uint8))
    both = read(([[-1, 1], [0, 0]], [[-1, 0], [1, 0]]), padding="valid")
    assert convolve_combined("max", both, image).samples.item() == -5
    assert convolve_combined("magnitude", both, image).samples.item() == pytest.approx(np.hypot(6, 5))


def test_magnitude_is_scikit_images_sobel() -> None:
    image = samples(3, (30, 40, 1), "f4").astype(np.float64)
    found = convolve_combined("magnitude", read(PAIR, pad_mode="symmetric"), Raster(image)).samples[..., 0]
    np.testing.assert_allclose(found, filters.sobel(image[..., 0], mode="reflect") * 4 * np.sqrt(2), rtol=1e-6)


def test_the_compass_is_the_largest_of_eight() -> None:
    image = samples(4, (20, 30, 3), "u1")
    found = convolve_combined("max", read(COMPASS, padding="valid"), Raster(image)).samples
    every = [ndimage.correlate(image[..., 1].astype(float), one.kernel.weights) for one in read(COMPASS)]
    np.testing.assert_array_equal(found[..., 1], np.max(every, axis=0)[1:-1, 1:-1])


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize(
    ("names", "settings"),
    [
        (PAIR, {}),
        (PAIR, {"stride": 2, "pad_mode": "reflect"}),
        (("sobel-x", "sobel:size=7", "box:4", "gradient-x"), {}),
        (("gaussian:3", "edge"), {"pad_mode": "wrap"}),
        ((np.arange(18.0).reshape(3, 3, 2, 1) - 8, np.arange(18.0).reshape(3, 3, 2)), {}),
    ],
)
@pytest.mark.usefixtures("small_bands")
def test_bands_and_threads_change_no_bit(names: tuple[Any, ...], settings: dict[str, Any], way: str) -> None:
    image = Raster(samples(5, (67, 9, 2), "u1"))
    several = read(names, **settings)
    rows = [convolve_raster(one, image, 1).samples for one in several]
    whole = WAYS[way](rows).astype(rows[0].dtype)
    for threads in (1, 2, 3):
        result = convolve_combined(way, several, image, threads)
        assert len(result.bands.edges) > 1 or settings.get("pad_mode") == "wrap"
        np.testing.assert_array_equal(result.samples, whole)


@pytest.mark.usefixtures("small_bands")
def test_rows_of_a_file_are_taken_once_from_the_first_on() -> None:
    """A decoder that cannot go back but to rows that were taken last, as that of PNG."""
    image = samples(6, (80, 9, 1), "u1")
    kept = [0, 0]  # the first row that is still there, and the first that was never taken

    def take(first: int, last: int) -> Any:
        assert first >= kept[0]
        if last > kept[1]:
            kept[:] = [first, last]
        return image[first:last]

    bands = Bands(image.shape, image.dtype, take, lambda taken, first, last: taken)
    for names in (("sobel-x", "sobel:size=9", "gradient-x"), ("gradient-x", "box:5", "sobel-x")):
        kept[:] = [0, 0]
        several = read(names)
        result = convolve_combined("max", several, Raster(bands)).samples
        np.testing.assert_array_equal(result, convolve_combined("max", several, Raster(image)).samples)


def test_nothing_is_computed_before_it_is_taken() -> None:
    def take(first: int, last: int) -> Any:
        raise AssertionError

    image = Raster(Bands((50, 40, 3), np.dtype(np.uint8), take, take))
    assert convolve_combined("magnitude", read(PAIR), image).shape == (50, 40, 3)


@pytest.mark.parametrize("way", WAYS)
def test_alpha_is_that_of_the_first(way: str) -> None:
    image = with_alpha(samples(7, (9, 8, 3), "u1"), samples(8, (9, 8), "u1"))
    for names in (PAIR, ("box:5", "gaussian"), ("sobel-x", "box:5")):
        several = read(names)
        result = convolve_combined(way, several, image)
        results = [convolve_raster(one, image) for one in several]
        assert result.has_alpha
        np.testing.assert_array_equal(result.alpha, results[0].alpha)
        np.testing.assert_array_equal(result.colour, WAYS[way]([one.colour for one in results]).astype(np.float32))


@pytest.mark.parametrize("way", WAYS)
def test_a_hole_in_any_is_a_hole(way: str) -> None:
    image = samples(9, (12, 12, 1), "f4")
    image[3, 4] = np.nan
    several = read(("gaussian", "sobel-x", "sobel:size=5"), nan="ignore")
    result = convolve_combined(way, several, Raster(image))
    parts = [convolve_raster(one, Raster(image)) for one in several]
    lost = [part.lost.results for part in parts if part.lost]
    assert result.lost is not None
    np.testing.assert_array_equal(result.lost.results, lost[0] | lost[1] | lost[2])
    assert result.lost.missing == 1
    np.testing.assert_array_equal(np.isnan(result.samples), result.lost.results)
    assert 25 == result.lost.results.sum() > lost[1].sum() > lost[0].sum()


@pytest.mark.parametrize("way", WAYS)
def test_nan_and_infinities(way: str) -> None:
    image = np.ones((9, 9, 1), np.float32)
    image[1, 1], image[7, 7] = np.nan, np.inf
    with np.errstate(invalid="ignore"):
        found = convolve_combined(way, read(("box", "box:5")), Raster(image)).samples[..., 0]
    assert np.isnan(found[:4, :4]).all()
    assert np.isinf(found[5:, 5:]).all()
    assert np.isfinite(found[:5, 5:]).all()


def test_values_whose_squares_are_too_large_for_their_type() -> None:
    image = np.full((3, 3, 1), 1e30, np.float32)
    found = convolve_combined("magnitude", read((np.eye(1) * 3, np.eye(1) * 4)), Raster(image)).samples
    np.testing.assert_allclose(found, 5e30, rtol=1e-6)
    assert found.dtype == np.float32
    for scale in (1e160, 1e-170):
        found = convolve_combined(
            "magnitude", read((np.eye(1) * 3, np.eye(1) * 4)), Raster(np.full((3, 3, 1), scale))
        ).samples
        np.testing.assert_allclose(found, 5 * scale, rtol=1e-6)


def test_results_of_different_sizes() -> None:
    image = Raster(np.zeros((9, 9, 3), np.uint8))
    with pytest.raises(SizeError, match="7x7x3 and 5x5x3 cannot be combined") as caught:
        convolve_combined("max", read(("box", "box:5"), padding="valid"), image)
    assert "same" in caught.value.hint
    with pytest.raises(SizeError, match="9x9x3 and 9x9x1"):
        convolve_combined("max", read(("box", np.ones((3, 3, 3)))), image)


def test_what_cannot_be_combined() -> None:
    with pytest.raises(ArgumentError, match="there is one kernel"):
        check_combination("max", read(("edge",)))
    layer = read_convolution(np.ones((3, 3, 1, 2)), depth="sum")
    with pytest.raises(ArgumentError, match="are one layer") as caught:
        check_combination("max", [layer])
    assert caught.value.hint == "leave --depth sum out"
    with pytest.raises(ArgumentError, match="unknown combination 'mx'"):
        check_combination("mx", read(PAIR))
    check_combination("max", read(PAIR))
    for word in ("mag", "l2", "norm", "hypot"):
        with pytest.raises(ArgumentError) as caught:
            check_combination(word, read(PAIR))
        assert caught.value.hint == "did you mean magnitude?"


def test_names_say_what_was_done() -> None:
    assert combined_name("magnitude", read(PAIR)) == "sobel-x+sobel-y-magnitude"
    assert combined_name("max", read(PAIR, stride=2, padding="valid")) == "sobel-x+sobel-y-s2-valid-max"
    assert combined_name("max", read(COMPASS)).startswith("maps8-")
    assert combined_name(None, read(("edge",), depth="grey")) == "edge-grey"


def test_results_inside_see_no_padding_of_any_kernel() -> None:
    assert inside_all(read(("box:1x5", "box:3x1")), (9, 9)) == (range(1, 8), range(2, 7))
    one = read(("edge",))[0]
    assert inside_all([one], (9, 9)) == one.place((9, 9)).inside
    assert inside_all([one, replace(one)], (1, 1)) == (range(1), range(1))
