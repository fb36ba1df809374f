"""Images prepared: numbers worked by hand, the order of the steps, what torchvision documents, and every refusal."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from PIL import Image

from cnnkit.data.bands import Bands
from cnnkit.data.preparation import IMAGENET_MEAN, IMAGENET_STD, read_preparation
from cnnkit.data.raster import Raster, SoundOrigin
from cnnkit.errors import InputError, SizeError
from cnnkit.files.images.preparation import check_sound, done_text, prepare

RANDOM = np.random.default_rng(12)
COLOURS = RANDOM.integers(0, 256, (20, 30, 3), dtype=np.uint8)
SOUND = SoundOrigin("waveform", 8000, 32768.0, {})


def made(samples: Any, words: dict[str, Any], **about: Any) -> Raster:
    settings = read_preparation(**words)
    assert settings is not None
    return prepare(samples if isinstance(samples, Raster) else Raster(samples, **about), settings)


def test_grey_is_the_luminance_rounded() -> None:
    samples = np.array([[[255, 0, 0], [0, 255, 0], [0, 0, 255], [1, 2, 3]]], np.uint8)
    # 76.245, 149.685, 29.07, 0.299 + 1.174 + 0.342 = 1.815
    found = made(samples, {"grey": True})
    assert found.dtype == np.uint8
    np.testing.assert_array_equal(found.samples[..., 0], [[76, 150, 29, 2]])
    np.testing.assert_array_equal(made(samples * np.uint16(257), {"grey": True}).samples[0, :2, 0], [19595, 38469])
    values = made(samples.astype(np.float32), {"grey": True}).samples[..., 0]
    np.testing.assert_allclose(values, [[76.245, 149.685, 29.07, 1.815]], rtol=1e-6)
    assert found.is_flat  # as the array of a grey picture is


def test_grey_of_bytes_is_within_one_of_pillows() -> None:
    expected = np.asarray(Image.fromarray(COLOURS).convert("L")).astype(int)
    found = made(COLOURS, {"grey": True}).samples[..., 0]
    assert np.abs(found - expected).max() <= 1
    assert (found == expected).mean() > 0.99


def test_rgb_is_grey_three_times() -> None:
    found = made(COLOURS[..., :1], {"rgb": True}, is_flat=True)
    np.testing.assert_array_equal(found.samples, np.repeat(COLOURS[..., :1], 3, axis=2))
    np.testing.assert_array_equal(made(COLOURS, {"rgb": True}).samples, COLOURS)


@pytest.mark.parametrize(("word", "depth"), [("grey", 1), ("rgb", 3)])
@pytest.mark.parametrize("colours", [1, 3])
def test_grey_and_rgb_have_no_alpha(word: str, depth: int, colours: int) -> None:
    alpha = RANDOM.integers(0, 256, (20, 30, 1), dtype=np.uint8)
    plain = COLOURS[..., :colours]
    found = made(np.concatenate([plain, alpha], axis=2), {word: True}, has_alpha=True)
    assert (found.shape, found.has_alpha) == ((20, 30, depth), False)
    np.testing.assert_array_equal(found.samples, made(plain, {word: True}).samples)
    assert done_text(found) == f"20x30x{colours + 1} prepared: {word}, without its alpha"


@pytest.mark.parametrize("word", ["grey", "rgb"])
def test_five_bands_are_neither_grey_nor_rgb(word: str) -> None:
    with pytest.raises(SizeError, match=f"--{word} is made of grey or RGB, and this image has 5 channels") as caught:
        made(np.ones((2, 2, 5)), {word: True})
    assert caught.value.hint == f"leave --{word} out"


@pytest.mark.parametrize(
    ("size", "top", "left"), [((8, 8), 6, 11), ((7, 7), 6, 12), ((20, 1), 0, 14), ((20, 30), 0, 0)]
)
def test_a_crop_is_the_centre(size: tuple[int, int], top: int, left: int) -> None:
    found = made(COLOURS, {"crop": size}).samples
    np.testing.assert_array_equal(found, COLOURS[top : top + size[0], left : left + size[1]])


def test_a_crop_larger_than_the_image() -> None:
    with pytest.raises(SizeError, match="a crop of 21x8 does not fit: the image is 20x30"):
        made(COLOURS, {"crop": "21x8"})


@pytest.mark.parametrize(("dtype", "white"), [(np.uint8, 255), (np.uint16, 65535)])
def test_every_level_is_divided_as_torchvision_divides(dtype: Any, white: int) -> None:
    """Of ToTensor: ``img.to(torch.float32).div(255)``, one rounding in float32."""
    levels = np.arange(white + 1).astype(dtype).reshape(1, -1, 1)
    found = made(levels, {"scale": f"1/{white}"}).samples
    assert found.dtype == np.float32
    np.testing.assert_array_equal(found, levels.astype(np.float32) / np.float32(white))


def test_float64_stays_so() -> None:
    found = made(np.full((1, 1, 1), 0.1), {"scale": 3}).samples
    assert (found.dtype, found[0, 0, 0]) == (np.float64, 0.1 * 3)


def test_imagenet_scales_levels_first_and_says_so() -> None:
    found = made(COLOURS, {"normalise": "imagenet"})
    expected = (COLOURS / 255 - IMAGENET_MEAN) / IMAGENET_STD
    np.testing.assert_allclose(found.samples, expected, rtol=1e-6, atol=1e-7)
    assert done_text(found) == "20x30x3 prepared: scaled by 1/255 for imagenet, normalised by imagenet"
    assert found.preparation["scale"] == 1 / 255
    deep = made(COLOURS.astype(np.uint16) * 257, {"normalise": "imagenet"})
    np.testing.assert_allclose(deep.samples, expected, rtol=1e-6, atol=1e-7)
    given = made(COLOURS, {"normalise": "imagenet", "scale": 1 / 255})
    np.testing.assert_array_equal(given.samples, found.samples)
    unit = made((COLOURS / 255).astype(np.float32), {"normalise": "imagenet"})  # values are taken as they are
    np.testing.assert_allclose(unit.samples, expected, rtol=1e-5, atol=1e-6)
    assert "scaled" not in done_text(unit)


def test_imagenet_of_integers_without_a_white() -> None:
    with pytest.raises(SizeError, match="is for values from 0 to 1, and the white of int32 is not known") as caught:
        made(COLOURS.astype(np.int32), {"normalise": "imagenet"})
    assert caught.value.hint.startswith("add --scale 1/255")
    found = made(COLOURS.astype(np.int32), {"normalise": "imagenet", "scale": "1/255"})
    np.testing.assert_array_equal(found.samples, made(COLOURS, {"normalise": "imagenet"}).samples)


def test_means_of_all_and_of_each_channel() -> None:
    samples = np.array([[[10, 20, 30]]], np.uint8)
    np.testing.assert_array_equal(made(samples, {"normalise": "10/2"}).samples, [[[0, 5, 10]]])
    np.testing.assert_array_equal(made(samples, {"normalise": "10,10,20/5,2,1"}).samples, [[[0, 5, 10]]])
    np.testing.assert_array_equal(made(samples, {"scale": 0.1, "normalise": "1/0.5"}).samples, [[[0, 2, 4]]])
    assert done_text(made(samples, {"normalise": "10/5,2,1"})) == "1x1x3 prepared: normalised by 10/5,2,1"
    with pytest.raises(SizeError, match="--normalise imagenet is for 3 channels, and there is 1") as caught:
        made(samples[..., :1], {"normalise": "imagenet"})
    assert caught.value.hint.startswith("add --rgb")


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16, np.float32])
def test_alpha_is_scaled_to_1_and_not_normalised(dtype: Any) -> None:
    white = 1 if dtype == np.float32 else np.iinfo(dtype).max
    samples = np.full((1, 2, 4), white, dtype)
    samples[0, 1, 3] = 0
    found = made(samples, {"scale": 0.5, "normalise": "1/0.5"}, has_alpha=True)
    np.testing.assert_array_equal(found.alpha[..., 0], [[1, 0]])
    np.testing.assert_array_equal(found.colour, np.full((1, 2, 3), (white * 0.5 - 1) / 0.5, np.float32))
    assert found.full_scale == 1


def test_the_steps_have_one_order() -> None:
    words = {"normalise": "0.5/0.5", "scale": "1/255", "crop": "5x4", "resize": "10x12", "grey": True, "fit": "cover"}
    found, image = made(COLOURS, words), COLOURS
    for word in ("grey", "resize", "crop", "scale", "normalise"):
        step = {word: words[word], **({"fit": "cover"} if word == "resize" else {})}
        image = made(image, step).samples
    np.testing.assert_allclose(found.samples, image, atol=1e-7)  # which is rounded twice
    assert done_text(found) == (
        "20x30x3 prepared: grey, resized to 10x12 (area, cover), cropped to 5x4, scaled by 1/255, normalised by 0.5/0.5"
    )
    facts = found.preparation
    assert {name: facts[name] for name in ("grey", "resize", "fit", "resample", "crop", "scale", "shape_before")} == {
        "grey": True, "resize": [10, 12], "fit": "cover", "resample": "area", "crop": [5, 4], "scale": 1 / 255,
        "shape_before": [20, 30, 3],
    }  # fmt: skip


@pytest.mark.parametrize(
    ("words", "text"),
    [
        ({"resize": "20x30"}, "resized to 20x30 (area)"),
        ({"resize": "21x8"}, "resized to 21x8 (lanczos)"),
        ({"resize": "21x8", "resample": "area"}, "resized to 21x8 (area)"),
        ({"resize": 25, "fit": "contain"}, "resized to 25x25 (area, contain), 17x25 of it the image"),
        ({"resize": 25, "fit": "cover"}, "resized to 25x25 (lanczos, cover)"),
        ({"scale": 0.3}, "scaled by 0.3"),
    ],
)
def test_what_was_done_is_told(words: dict[str, Any], text: str) -> None:
    assert done_text(made(COLOURS, words)) == f"20x30x3 prepared: {text}"


def test_float64_is_resized_in_float32_and_says_so() -> None:
    found = made(COLOURS.astype(np.float64), {"resize": 8})
    assert found.dtype == np.float64
    assert done_text(found).endswith("resized to 8x8 (area, in float32)")


def test_an_image_in_bands_stays_so_where_rows_are_enough_and_gives_the_same() -> None:
    large = np.tile(COLOURS, (40, 40, 1))
    taken: list[int] = []

    def take(first: int, last: int) -> Any:
        taken.append(first)
        return large[first:last]

    bands = Raster(Bands.of(large)._replace(take=take))
    words: dict[str, Any] = {"grey": True, "scale": "1/255", "normalise": "0.5/0.5"}
    found = made(bands, words)
    assert taken == []
    np.testing.assert_array_equal(found.samples, made(large, words).samples)
    assert taken
    assert found.bands.is_unpacked  # so that what takes several passes keeps it
    words["resize"] = 9
    np.testing.assert_array_equal(made(bands, words).samples, made(large, words).samples)


def test_a_sound_has_values_but_no_size() -> None:
    wave = Raster(np.full((1, 9, 1), 16384, np.int16), sound=SOUND)
    found = made(wave, {"scale": "1/32768", "normalise": "0.25/0.5"})
    np.testing.assert_array_equal(found.samples, np.full((1, 9, 1), 0.5, np.float32))
    assert found.sound is not None
    assert found.sound.full_scale is None
    louder = made(wave, {"scale": 2}).sound
    assert louder is not None
    assert louder.full_scale == 65536  # it is as loud as it was
    for name in ("resize", "crop", "grey", "rgb"):
        value: Any = 4 if name in ("resize", "crop") else True
        with pytest.raises(InputError, match=f"--{name} is for pictures, and this is a sound") as caught:
            made(wave, {name: value})
        assert caught.value.hint.startswith(f"leave --{name} out for sounds")
    check_sound(read_preparation(scale=2))  # type: ignore[arg-type]
