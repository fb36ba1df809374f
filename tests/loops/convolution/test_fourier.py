"""What tiles of spectra give against the slow twin, as machine code and as plain Python."""

from typing import Any

import numpy as np
import pytest

from cnnkit import arrays
from cnnkit.geometry.blocks import tiles
from cnnkit.geometry.padding import pad_mode as read_pad_mode
from cnnkit.geometry.padding import source_index
from cnnkit.geometry.window import Window, place
from cnnkit.loops.convolution.fourier import convolve_fourier
from cnnkit.loops.machine.processor import VECTOR_BYTES
from cnnkit.operations.convolution.fourier import prepare
from tests.cases.layouts import samples
from tests.reference import convolution as twin


def run(image: Any, weights: Any, size: int, pairs: Any = None, dtype: str = "f8", **settings: Any) -> Any:
    """Call the loop over the pairs of tiles `pairs`; what it does not write is left at 99."""
    stride, dilation = settings.get("stride", (1, 1)), settings.get("dilation", (1, 1))
    mode = read_pad_mode(settings.get("pad_mode", "zero"))
    placement = place(image.shape[1:3], Window(weights.shape, stride, dilation), settings.get("padding", "same"))
    outside = [
        np.array(
            [source_index(p, length, mode) for p in (*range(-before, 0), *range(length, length + after))], np.int64
        )
        for length, before, after in zip(
            image.shape[1:3], placement.padding[0::2], placement.padding[1::2], strict=True
        )
    ]
    blocks = tiles(placement, image.shape[3], size)
    ready = prepare(weights, dilation, size, dtype)
    out = np.full((len(image), *placement.output, image.shape[3]), 99, dtype=dtype)
    count = -(-blocks.out_rows // blocks.strip) * -(-blocks.out_columns // blocks.width)
    band = (0, len(image) * ((count + 1) // 2)) if pairs is None else pairs
    lanes = VECTOR_BYTES // out.itemsize
    padded, plane, work = (np.full(n, 55, dtype) for n in (2 * blocks.buffer_size, 2 * size * size, 2 * size * lanes))
    places = ready.rows * blocks.row_stride + ready.columns
    convolve_fourier(
        arrays.contiguous(image, None).reshape(-1), *outside, mode.value, ready.products, ready.gain, ready.factors,
        ready.steps, ready.weights, places, settings.get("bias", 0.0), out.reshape(-1), blocks,
        padded, plane, work, *band,
    )  # fmt: skip
    return out


@pytest.mark.parametrize(
    ("shape", "grid", "settings"),
    [
        ((1, 20, 30, 1), (3, 5), {}),
        ((2, 20, 17, 3), (2, 4), {"pad_mode": "reflect", "bias": 0.5}),
        ((1, 9, 20, 2), (5, 2), {"padding": "full", "pad_mode": "constant=2"}),
        ((1, 21, 19, 1), (3, 3), {"stride": (2, 3), "padding": "valid"}),
        ((1, 17, 18, 3), (3, 2), {"dilation": (3, 4), "pad_mode": "wrap"}),
        ((1, 3, 2, 1), (4, 5), {"padding": (6, 5, 4, 3), "pad_mode": "symmetric"}),
    ],
)
@pytest.mark.parametrize("dtype", ["f4", "f8"])
def test_against_the_twin(shape: Any, grid: Any, settings: Any, dtype: str, engine: str) -> None:
    image, weights = samples(3, shape, dtype), samples(4, grid, "f8")
    found = run(image, weights, 16, dtype=dtype, **settings)
    for n, one in enumerate(image):
        expected = twin.convolve(one, weights, **settings)
        largest = max(np.abs(one).max(), 2) * np.abs(weights).sum() + 1
        assert found[n].shape == expected.shape
        np.testing.assert_allclose(found[n], expected, rtol=0, atol=(1e-6 if dtype == "f4" else 1e-14) * largest)


@pytest.mark.parametrize("dtype", ["u1", "i2", "u2", "f4"])
def test_types_of_samples(dtype: str) -> None:
    image, weights = samples(5, (1, 40, 33, 1), dtype), samples(6, (5, 5), "f8")
    expected = twin.convolve(image[0].astype(float), weights)
    found = run(image, weights, 16)[0]
    np.testing.assert_allclose(
        found, expected, rtol=0, atol=1e-14 * np.abs(image.astype(float)).max() * np.abs(weights).sum()
    )


@pytest.mark.parametrize("band", [(0, 0), (0, 1), (1, 3), (3, 4)])
def test_a_band_is_all_that_is_written_and_the_same_to_the_bit(band: tuple[int, int], engine: str) -> None:
    image, weights = samples(7, (2, 20, 30, 1), "f8"), samples(8, (3, 5), "f8")
    # 20 x 30 results in tiles of 14 x 12: two by three, three pairs for each image.
    whole, found = run(image, weights, 16), run(image, weights, 16, band)
    tile_of = np.arange(20)[:, None] // 14 * 3 + np.arange(30) // 12
    pair_of = (np.arange(2)[:, None, None] * 3 + tile_of // 2)[..., None]
    inside = (pair_of >= band[0]) & (pair_of < band[1])
    np.testing.assert_array_equal(found, np.where(inside, whole, 99))


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("dilation", [(1, 1), (2, 2)])
def test_what_is_not_finite_stays_under_its_windows(value: float, dilation: Any, engine: str) -> None:
    image, weights = samples(9, (1, 20, 30, 2), "f4"), np.abs(samples(10, (3, 3), "f8")) + 1
    clean = run(image, weights, 16, dtype="f4", dilation=dilation)
    image[0, 9, 13, 1] = value
    found = run(image, weights, 16, dtype="f4", dilation=dilation)
    touched = np.zeros(found.shape, dtype=bool)
    d = dilation[0]
    touched[0, 9 - d : 10 + d : d, 13 - d : 14 + d : d, 1] = True
    np.testing.assert_array_equal(found[touched], np.full(9, value, "f4"))
    np.testing.assert_allclose(found[~touched], clean[~touched], rtol=0, atol=2e-6 * 10 * np.abs(weights).sum())


@pytest.mark.parametrize(("dtype", "large"), [("f4", 1e37), ("f4", 1e-37), ("f8", 1e300), ("f8", 1e-300)])
def test_magnitudes_at_the_ends_of_the_type(dtype: str, large: float, engine: str) -> None:
    image, weights = samples(11, (1, 12, 25, 1), dtype), samples(12, (3, 3), "f8") / 20
    factor = np.dtype(dtype).type(large)
    found, expected = run(image * factor, weights, 16, dtype=dtype) / factor, twin.convolve(image[0], weights)
    np.testing.assert_allclose(found[0], expected, rtol=0, atol=1e-5 if dtype == "f4" else 1e-13)


def test_a_tile_of_small_samples_keeps_its_digits_beside_one_of_large_ones(engine: str) -> None:
    image, weights = samples(13, (1, 14, 40, 1), "f4"), samples(14, (3, 3), "f8")
    image[:, :, 16:] *= np.float32(1e-6)
    found = run(image, weights, 16, dtype="f4")[0]
    expected = twin.convolve(image[0].astype(float), weights)
    # Tiles are 14 columns wide, and the second sees the first samples' last: the third and last is small throughout.
    alone = np.s_[:, 28:]
    np.testing.assert_allclose(found[alone], expected[alone], rtol=0, atol=1e-6 * 1e-6 * 8 * np.abs(weights).sum())


def test_weights_at_the_ends_of_the_type(engine: str) -> None:
    image, weights = samples(15, (1, 12, 20, 1), "f8"), samples(16, (3, 3), "f8")
    for factor in (1e-290, 1e290):
        found = run(image, weights * factor, 16)[0] / factor
        np.testing.assert_allclose(found, twin.convolve(image[0], weights), rtol=0, atol=1e-13)
