"""What is done to an image first: words and numbers become settings, or an error with what to write."""

from __future__ import annotations

import json
import pickle
from typing import Any

import numpy as np
import pytest

from cnnkit.data.preparation import IMAGENET_MEAN, IMAGENET_STD, Preparation, read_preparation
from cnnkit.errors import ArgumentError, CnnkitError, SizeError


def read(**words: Any) -> Preparation:
    found = read_preparation(**words)
    assert found is not None
    return found


def test_nothing_asked_is_nothing() -> None:
    assert read_preparation() is None
    assert read_preparation(grey=False, rgb=False) is None


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ({"resize": "64"}, {"resize": (64, 64)}),
        ({"resize": "64x96", "fit": "cover"}, {"resize": (64, 96), "fit": "cover"}),
        ({"resize": (64, 96), "resample": "area"}, {"resize": (64, 96), "resample": "area"}),
        ({"crop": 8}, {"crop": (8, 8)}),
        ({"grey": True}, {"colours": "grey"}),
        ({"rgb": True}, {"colours": "rgb"}),
        ({"scale": "1/255"}, {"scale": 1 / 255}),
        ({"scale": "1./255"}, {"scale": 1 / 255}),
        ({"scale": -0.5}, {"scale": -0.5}),
        ({"normalise": "imagenet"}, {"mean": IMAGENET_MEAN, "std": IMAGENET_STD}),
        ({"normalise": "0.5/0.25"}, {"mean": (0.5,), "std": (0.25,)}),
        ({"normalise": "-1,2,3/0.5"}, {"mean": (-1, 2, 3), "std": (0.5,)}),
        ({"normalise": (0.5, [0.1, 0.2])}, {"mean": (0.5,), "std": (0.1, 0.2)}),
        ({"normalise": np.array([[1, 2], [3, 4]])}, {"mean": (1, 2), "std": (3, 4)}),
    ],
)
def test_words_and_numbers(words: dict[str, Any], expected: dict[str, Any]) -> None:
    found = read(**words)
    assert found == Preparation(**expected)
    assert pickle.loads(pickle.dumps(found)) == found
    assert read_preparation(**json.loads(json.dumps(found.settings))) == found


@pytest.mark.parametrize(
    ("words", "problem", "hint"),
    [
        ({"grey": True, "rgb": True}, "--grey and --rgb are both given", "leave one of them out"),
        ({"fit": "cover"}, "--fit cover says how to resize", "add --resize 224x224"),
        ({"resample": "area"}, "--resample area says how to resize", "add --resize"),
        ({"resize": 8, "fit": "fill"}, "unknown fit 'fill'", "did you mean cover?"),
        ({"resize": 8, "fit": "letterbox"}, "unknown fit", "did you mean contain?"),
        ({"resize": 8, "resample": "BOX"}, "unknown resample 'BOX'", "did you mean area?"),
        ({"resample": "16000"}, "unknown resample '16000'", "for the rate of a sound, --sample-rate"),
        ({"resize": "8x0"}, "resize 0 is below 1", "use resize 1 or more"),
        ({"resize": "1x2x3"}, "resize has 3 numbers", "rows x columns"),
        ({"crop": "half"}, "crop 'half' is not whole numbers", "2x3"),
        ({"resize": "8x16", "crop": "9x9"}, "a crop of 9x9 does not fit: the resized image is 8x16", "--resize 9x18"),
        *(
            ({"scale": word}, f"--scale {word!r} is no factor", "write a number or a fraction: --scale 1/255")
            for word in ("x", "1/0", "0", "0/3", "inf", "1/255/2", "", "1_0", "1/nan")
        ),
        ({"scale": 0}, "--scale 0 is no factor", "1/255"),
        *(
            ({"normalise": word}, f"--normalise {word!r} is no mean and deviation", "write imagenet, or the mean")
            for word in ("cifar", "0.5", "1/2/3", "/1", "1,/2", "nan/1", "0.5/inf")
        ),
        ({"normalise": 0.5}, "--normalise 0.5 is no mean and deviation", "0.5/0.5"),
        ({"normalise": "0.5/0"}, "the standard deviation 0 of --normalise is not positive", "write"),
        ({"normalise": "0.5/1,-1"}, "the standard deviation -1 of", "write"),
        ({"normalise": "1,2,3/1,2"}, "--normalise has 3 means and 2 standard deviations", "as many of each"),
        ({"grey": True, "normalise": "imagenet"}, "--normalise imagenet is for 3 channels, and there is 1", "--grey"),
        ({"rgb": True, "normalise": "1,2/1"}, "--normalise is for 2 channels, and there are 3", "or 3 of each"),
    ],
)
def test_what_no_image_could_make_right(words: dict[str, Any], problem: str, hint: str) -> None:
    with pytest.raises(CnnkitError) as caught:
        read_preparation(**words)
    assert problem in caught.value.problem
    assert hint in caught.value.hint
    assert isinstance(caught.value, ArgumentError) or "channels" in problem or "crop of" in problem


def test_the_size_is_that_of_the_crop_or_the_resize_or_the_image() -> None:
    assert read(grey=True).size((5, 6)) == (5, 6)
    assert read(resize="7x8").size((5, 6)) == (7, 8)
    assert read(crop="5x4").size((5, 6)) == (5, 4)
    assert read(crop="5x4", resize=7).size((1, 1)) == (5, 4)


def test_the_cures_of_a_crop_that_does_not_fit_fit() -> None:
    with pytest.raises(SizeError, match="a crop of 224x224 does not fit: the image is 100x300") as caught:
        read(crop=224).size((100, 300))
    assert caught.value.hint == "use --resize 224x672 first, or --crop 100x224"
    assert read(crop=224, resize="224x672").size((100, 300)) == (224, 224)
    assert read(crop="100x224").size((100, 300)) == (100, 224)


@pytest.mark.parametrize(
    ("words", "count", "hint"),
    [
        ({"normalise": "imagenet"}, 1, "add --rgb, or give one mean and one deviation as in 0.5/0.5"),
        ({"normalise": "1,2/1"}, 3, "give one mean and one deviation, or 3 of each, as in 0.5/0.5"),
        ({"normalise": "1/1,2"}, 1, "give one mean and one deviation as in 0.5/0.5"),
    ],
)
def test_means_for_other_channels(words: dict[str, Any], count: int, hint: str) -> None:
    with pytest.raises(SizeError, match="--normalise") as caught:
        read(**words).check_colours(count)
    assert caught.value.hint == hint
    read(normalise="0.5/0.5").check_colours(count)


def test_a_sound_gets_no_hint_to_make_it_rgb() -> None:
    with pytest.raises(SizeError, match="imagenet is for 3 channels") as caught:
        read(normalise="imagenet").check_colours(1, is_sound=True)
    assert "--rgb" not in caught.value.hint
