"""Another size: means worked by hand, then the same bits as Pillow gives, for every type and number of channels."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from PIL import Image, ImageOps

from cnnkit import memory
from cnnkit.data.raster import Raster
from cnnkit.errors import SizeError
from cnnkit.files.images.resizing import FILTERS, resize
from cnnkit.geometry.fitting import FITS, fitted

RANDOM = np.random.default_rng(11)
SIZES = [(8, 9), (40, 30), (12, 31), (20, 30), (1, 1)]


def resized(samples: Any, size: tuple[int, int], fit: str = "stretch", by: str = "area", **about: Any) -> Any:
    raster = Raster(samples, **about)
    return resize(raster, size, fitted(raster.shape[:2], size, fit), by).samples


def pillows(image: Image.Image, size: tuple[int, int], fit: str, by: str) -> Any:
    """What Pillow itself makes of an image."""
    across = size[::-1]
    if fit == "cover":
        image = ImageOps.fit(image, across, FILTERS[by])
    elif fit == "contain":
        image = ImageOps.pad(image, across, FILTERS[by])
    else:
        image = image.resize(across, FILTERS[by])
    return np.asarray(image).reshape(*size, -1)


def test_an_area_is_a_mean_rounded_half_up() -> None:
    grid = np.array([[1, 2, 10, 20], [3, 5, 30, 40]])
    means = np.array([[2.75, 25.0]])
    for dtype in ("u1", "u2", "i2", "i4", "f4", "f8"):
        found = resized(grid.astype(dtype)[..., None], (1, 2))
        assert found.dtype == dtype
        np.testing.assert_array_equal(found[..., 0], means if dtype[0] == "f" else [[3, 25]])
    np.testing.assert_array_equal(resized(grid[..., None] > 4, (1, 2))[..., 0], [[False, True]])


def test_contain_fills_with_zeros() -> None:
    found = resized(np.full((2, 4, 1), 9, np.uint16), (4, 4), "contain")[..., 0]
    np.testing.assert_array_equal(found, [[0] * 4, [9] * 4, [9] * 4, [0] * 4])


@pytest.mark.parametrize("by", FILTERS)
@pytest.mark.parametrize("fit", FITS)
@pytest.mark.parametrize("mode", ["L", "LA", "RGB", "RGBA"])
def test_bytes_are_pillows(mode: str, fit: str, by: str) -> None:
    depth = len(mode)
    samples = RANDOM.integers(0, 256, (20, 30, depth), dtype=np.uint8)
    image = Image.fromarray(samples[..., 0] if depth == 1 else samples)
    assert image.mode == mode
    for size in SIZES:
        found = resized(samples, size, fit, by, has_alpha=mode.endswith("A"))
        np.testing.assert_array_equal(found, pillows(image, size, fit, by))


@pytest.mark.parametrize("by", FILTERS)
@pytest.mark.parametrize("fit", FITS)
@pytest.mark.parametrize("dtype", ["u2", "i2", "f4", "f8"])
def test_other_types_are_pillows_in_mode_f(dtype: str, fit: str, by: str) -> None:
    values = RANDOM.standard_normal((20, 30, 3)) * 9000 + 30000
    samples = values.astype(dtype) if dtype[0] == "f" else values.clip(0, 32767).astype(dtype)
    for size in SIZES:
        planes = [pillows(Image.fromarray(one.astype("f4")), size, fit, by) for one in np.moveaxis(samples, 2, 0)]
        expected = np.concatenate(planes, axis=2)
        if dtype[0] != "f":
            limits = np.iinfo(dtype)
            expected = np.floor(np.abs(expected.astype("f8")) + 0.5) * np.sign(expected)
            expected = expected.clip(limits.min, limits.max)
        found = resized(samples, size, fit, by)
        assert found.dtype == dtype
        np.testing.assert_array_equal(found, expected)


@pytest.mark.parametrize("depth", [2, 4, 5])
def test_bands_are_resized_one_by_one(depth: int) -> None:
    samples = RANDOM.integers(0, 256, (20, 30, depth), dtype=np.uint8)
    found = resized(samples, (7, 8))
    for number in range(depth):
        image = Image.fromarray(np.ascontiguousarray(samples[..., number]))
        np.testing.assert_array_equal(found[..., number], np.asarray(image.resize((8, 7), FILTERS["area"])))


@pytest.mark.parametrize("dtype", ["u1", "u2", "f4"])
def test_colours_that_cannot_be_seen_do_not_bleed(dtype: str) -> None:
    white = 1.0 if dtype == "f4" else np.iinfo(dtype).max
    samples = np.zeros((2, 4, 4), dtype)
    samples[:, :2] = white  # white and opaque; what is beside it is black, and not there
    samples[0, :, 3] = [white, 0, 0, 0]
    samples[1, :, 3] = [white, 0, 0, 0]
    found = resized(samples, (1, 2), has_alpha=True)
    half = 0.5 if dtype == "f4" else (white + 1) // 2
    np.testing.assert_array_equal(found[0, 0], [white, white, white, half])
    np.testing.assert_array_equal(found[0, 1], [0, 0, 0, 0])


def test_lanczos_rings_and_integers_are_clipped_where_floats_are_not() -> None:
    step = np.zeros((1, 16, 1), np.uint16)
    step[:, 8:] = 65535
    ringing = resized(step.astype("f4"), (1, 32), by="lanczos")
    assert ringing.max() > 65535
    assert ringing.min() < 0
    found = resized(step, (1, 32), by="lanczos")
    assert (found.min(), found.max()) == (0, 65535)


def test_a_nan_touches_what_lies_over_it() -> None:
    samples = np.ones((4, 4, 1), np.float32)
    samples[0, 0] = np.nan
    np.testing.assert_array_equal(np.isnan(resized(samples, (2, 2))[..., 0]), [[True, False], [False, False]])


def test_resolution_is_that_of_another_number_of_pixels() -> None:
    image = Raster(np.zeros((4, 4, 1), np.uint8), chunks={b"pHYs": bytes(9), b"gAMA": bytes(4)})
    found = resize(image, (2, 2), fitted((4, 4), (2, 2), "stretch"), "area")
    assert [*found.chunks] == [b"gAMA"]


@pytest.mark.parametrize(("size", "needed"), [((100_000, 100_000), "112 GiB"), ((1, 10**9), "44.7 GiB")])
def test_what_would_take_too_much_memory_is_refused_before(size: tuple[int, int], needed: str) -> None:
    memory.limit(None)
    image = Raster(np.zeros((4, 4, 3), np.float32))
    with pytest.raises(SizeError, match="of memory") as caught:
        resize(image, size, fitted((4, 4), size, "stretch"), "area")
    assert caught.value.hint.startswith("use a smaller --resize")
    assert needed in caught.value.problem
