"""Images as they flow: upright, with their levels, and with a profile only where it means something."""

from __future__ import annotations

import numpy as np
import pytest

from cnnkit import memory
from cnnkit.data.bands import Bands
from cnnkit.data.raster import RESOLUTION, Raster, SoundOrigin, as_levels
from cnnkit.errors import SizeError

COLOURS = np.arange(24, dtype=np.uint8).reshape(2, 3, 4)


@pytest.mark.parametrize(
    ("orientation", "upright"),
    [
        (1, [[0, 1, 2], [3, 4, 5]]),
        (2, [[2, 1, 0], [5, 4, 3]]),
        (3, [[5, 4, 3], [2, 1, 0]]),
        (4, [[3, 4, 5], [0, 1, 2]]),
        (5, [[0, 3], [1, 4], [2, 5]]),
        (6, [[3, 0], [4, 1], [5, 2]]),
        (7, [[5, 2], [4, 1], [3, 0]]),
        (8, [[2, 5], [1, 4], [0, 3]]),
        (9, [[0, 1, 2], [3, 4, 5]]),
    ],
)
def test_orientations_by_hand(orientation: int, upright: list[list[int]]) -> None:
    """Source: the EXIF specification's table of Orientation (0th row and 0th column)."""
    raster = Raster(np.arange(6).reshape(2, 3, 1)).turned(orientation)
    assert raster.samples[:, :, 0].tolist() == upright
    assert len(raster.notes) == (orientation in range(2, 9))


@pytest.mark.parametrize(
    ("dtype", "has_levels", "white"), [("u1", True, 255), ("u2", True, 65535), ("f4", False, 1), ("i4", False, 1)]
)
def test_levels_are_those_of_images(dtype: str, has_levels: bool, white: float) -> None:
    raster = Raster(np.zeros((2, 3, 1), dtype))
    assert raster.is_integer == has_levels
    assert raster.full_scale == white


@pytest.mark.parametrize(
    ("dtype", "features", "expected"),
    [("u1", "", True), ("f4", "", False), ("f4", "logmel", True), ("f4", "mfcc", True), ("f4", "waveform", False)],
)
def test_what_is_looked_at(dtype: str, features: str, expected: bool) -> None:
    raster = Raster(np.zeros((2, 3, 1), dtype), sound=SoundOrigin(features, 22050, None, {}) if features else None)
    assert raster.is_picture == expected
    assert raster.with_samples(raster.samples[:1]).sound == raster.sound


def test_alpha_is_the_last_channel() -> None:
    raster = Raster(COLOURS, has_alpha=True)
    np.testing.assert_array_equal(raster.colour, COLOURS[..., :3])
    np.testing.assert_array_equal(raster.alpha, COLOURS[..., 3:])
    np.testing.assert_array_equal(Raster(COLOURS).colour, COLOURS)
    assert raster.shape == (2, 3, 4)


def test_profile_stays_with_as_many_colours() -> None:
    raster = Raster(COLOURS, has_alpha=True, icc_profile=b"profile")
    assert raster.with_samples(COLOURS * 2).icc_profile == b"profile"
    assert raster.with_samples(COLOURS[..., :3], has_alpha=False).icc_profile == b"profile"
    assert raster.with_samples(COLOURS[..., :1], has_alpha=False).icc_profile is None


@pytest.mark.parametrize("white", [1, 3, 15, 100, 255, 256, 1023, 65535])
def test_levels_are_scaled_to_white_one_to_one(white: int) -> None:
    samples = np.arange(white + 1, dtype=np.uint16)
    levels, notes = as_levels(samples, white)
    full = 255 if white < 256 else 65535
    assert levels.dtype == (np.uint8 if white < 256 else np.uint16)
    np.testing.assert_array_equal(levels, np.floor(samples / white * full + 0.5))
    assert len(np.unique(levels)) == white + 1
    assert bool(notes) == (white not in (1, 3, 15, 255, 65535))


def test_the_meaning_of_colours_and_the_resolution_go_with_what_they_describe() -> None:
    chunks = {b"gAMA": b"....", RESOLUTION: b"12345678u"}
    raster = Raster(np.zeros((4, 6, 3), np.uint8), chunks=chunks)
    assert raster.with_samples(np.zeros((4, 6, 3), np.uint16)).chunks == chunks
    assert raster.with_samples(np.zeros((4, 6, 1), np.uint8)).chunks == {RESOLUTION: b"12345678u"}
    assert raster.with_samples(np.zeros((2, 3, 3), np.uint8)).chunks == {b"gAMA": b"...."}
    assert raster.turned(3).chunks == chunks
    assert raster.turned(6).chunks == {b"gAMA": b"....", RESOLUTION: b"56781234u"}


def test_what_is_unpacked_anew_is_kept_for_several_passes() -> None:
    samples = np.arange(12, dtype=np.uint8).reshape(3, 4, 1)
    bands = Bands.of(samples)
    assert Raster(bands).for_passes().source is bands
    kept = Raster(bands._replace(is_unpacked=True)).for_passes()
    np.testing.assert_array_equal(kept.source, samples)
    large = bands._replace(is_unpacked=True, shape=(1 << 15, 1 << 14, 1))
    assert Raster(large).for_passes().source is large


def test_a_result_far_larger_than_its_image_is_held_against_the_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory, "most_bytes", 1000)
    image = Raster(np.zeros((10, 10, 1), np.uint8))
    rows = image.bands._replace(shape=(20, 20, 1), dtype=np.dtype(np.float32))
    assert image.with_samples(rows).shape == (20, 20, 1)
    with pytest.raises(SizeError, match="1x21x20x1 takes"):
        image.with_samples(rows._replace(shape=(21, 20, 1)))
