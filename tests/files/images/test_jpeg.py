"""Small JPEGs decoded at once: the samples that Pillow gives, and nothing where anything is unusual."""

from __future__ import annotations

import io
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from cnnkit.data.raster import Raster
from cnnkit.errors import InputError
from cnnkit.files.images import jpeg
from cnnkit.files.images.raster import read_raster


def made(samples: np.ndarray[Any, Any], **settings: Any) -> io.BytesIO:
    stream = io.BytesIO()
    Image.fromarray(samples).save(stream, "JPEG", **settings)
    stream.seek(0)
    return stream


@given(
    rows=st.integers(1, 40),
    columns=st.integers(1, 40),
    is_grey=st.booleans(),
    quality=st.integers(1, 100),
    subsampling=st.integers(0, 2),
    progressive=st.booleans(),
    seed=st.integers(0, 99),
)
def test_the_samples_are_those_of_pillow(
    rows: int, columns: int, is_grey: bool, quality: int, subsampling: int, progressive: bool, seed: int
) -> None:
    smooth = np.add.outer(np.arange(rows) * 5, np.arange(columns) * 3)[:, :, None] + [0, 40, 90]
    samples = ((smooth + np.random.default_rng(seed).integers(0, 30, smooth.shape)) % 256).astype(np.uint8)
    stream = made(
        samples[..., 0] if is_grey else samples, quality=quality, subsampling=subsampling, progressive=progressive
    )
    found = jpeg.decoded(stream, (rows, columns, 1 if is_grey else 3))
    assert found is not None
    np.testing.assert_array_equal(found.squeeze(), np.asarray(Image.open(stream)).squeeze())


@pytest.mark.parametrize("turn", range(1, 9))
def test_it_is_turned_upright(turn: int) -> None:
    samples = np.random.default_rng(turn).integers(0, 256, (16, 24, 3), dtype=np.uint8)
    exif = Image.Exif()
    exif[0x112] = turn
    stream = made(samples, exif=exif)
    upright = read_raster(stream)
    sideways = jpeg.decoded(stream, (16, 24, 3))
    assert sideways is not None
    assert sorted(upright.shape[:2]) == [16, 24]
    assert (upright.shape[0] == 16) == (turn < 5)
    np.testing.assert_array_equal(np.sort(upright.samples.ravel()), np.sort(sideways.ravel()))


def test_what_is_unusual_is_left_to_pillow() -> None:
    samples = np.random.default_rng(5).integers(0, 256, (40, 40, 3), dtype=np.uint8)
    whole = made(samples).getvalue()
    assert jpeg.decoded(io.BytesIO(whole), (40, 40, 1)) is not None  # whoever asks for grey gets it
    assert jpeg.decoded(io.BytesIO(whole), (40, 41, 3)) is None
    assert jpeg.decoded(io.BytesIO(whole), (40, 40, 4)) is None
    assert jpeg.decoded(io.BytesIO(whole[:-100]), (40, 40, 3)) is None
    with pytest.raises(InputError, match="truncated"):
        read_raster(io.BytesIO(whole[: len(whole) - 100]))


def test_images_of_every_size_are_read(monkeypatch: pytest.MonkeyPatch) -> None:
    samples = np.random.default_rng(1).integers(0, 256, (30, 50, 3), dtype=np.uint8)
    stream = made(samples)
    small: Raster = read_raster(stream)
    monkeypatch.setattr(jpeg, "MOST_PIXELS", 100)
    stream.seek(0)
    np.testing.assert_array_equal(read_raster(stream).samples, small.samples)
