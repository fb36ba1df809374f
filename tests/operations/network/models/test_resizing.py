"""Resizing: places by hand, then every rule against ONNX Runtime."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from cnnkit.errors import ArgumentError, InputError
from cnnkit.operations.network.models.resizing import ROUNDED, places
from tests.cases.models import single, values
from tests.reference.models import agree, ours

SHAPE = [1, 2, 5, 6]
X = values(*SHAPE)
RULES = ["half_pixel", "pytorch_half_pixel", "align_corners", "asymmetric", "half_pixel_symmetric"]


def scaled(*factors: float, opset: int = 19, **settings: Any) -> bytes:
    given = np.array([1, 1, *factors], np.float32)
    if opset == 10:
        return single("Resize", SHAPE, given, opset=opset, **settings)
    return single("Resize", SHAPE, None if opset > 12 else np.zeros(0, np.float32), given, opset=opset, **settings)


def test_places_by_hand() -> None:
    np.testing.assert_allclose(places(4, 2, 0.5, "half_pixel"), [0.5, 2.5])
    np.testing.assert_allclose(places(3, 5, 5 / 3, "align_corners"), [0, 0.5, 1, 1.5, 2])
    np.testing.assert_allclose(places(3, 6, 2, "asymmetric"), [0, 0.5, 1, 1.5, 2, 2.5])
    np.testing.assert_allclose(places(3, 1, 1 / 3, "pytorch_half_pixel"), [-0.5])
    np.testing.assert_allclose(places(5, 3, 0.6, "tf_crop_and_resize", (0.25, 0.75)), [1, 2, 3])


def test_halves_go_as_they_are_told() -> None:
    found = {name: rule(np.array([0.5, 1.5, -0.5])).tolist() for name, rule in ROUNDED.items()}
    assert found["round_prefer_floor"] == [0, 1, -1]
    assert found["round_prefer_ceil"] == [1, 2, 0]


@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize("mode", ["nearest", "linear"])
@pytest.mark.parametrize("factors", [(2, 2), (2, 1.5), (0.6, 0.5), (3, 0.4), (0.2, 1)])
def test_scales(rule: str, mode: str, factors: tuple[float, float]) -> None:
    opsets = (19,) if rule == "half_pixel_symmetric" else (11, 13, 18)
    for opset in opsets:
        agree(scaled(*factors, opset=opset, mode=mode, coordinate_transformation_mode=rule), X)


@pytest.mark.parametrize("rule", ["half_pixel", "align_corners", "asymmetric"])
@pytest.mark.parametrize("nearest", ["round_prefer_floor", "round_prefer_ceil", "floor", "ceil"])
def test_nearest_samples(rule: str, nearest: str) -> None:
    for factors in ((2, 3), (1.5, 2.5), (0.5, 0.7)):
        agree(scaled(*factors, coordinate_transformation_mode=rule, nearest_mode=nearest), X)


@pytest.mark.parametrize("mode", ["nearest", "linear"])
@pytest.mark.parametrize("sizes", [[1, 2, 9, 4], [1, 2, 5, 13], [1, 2, 1, 1], [1, 2, 10, 12]])
def test_sizes(mode: str, sizes: list[int]) -> None:
    for rule in RULES[:4]:
        content = single("Resize", SHAPE, None, None, np.array(sizes), mode=mode, coordinate_transformation_mode=rule)
        agree(content, X)


@pytest.mark.parametrize("mode", ["nearest", "linear"])
def test_a_region_that_is_cropped(mode: str) -> None:
    region = np.array([0, 0, 0.2, -0.1, 1, 1, 0.8, 1.3], np.float32)
    rule = {"coordinate_transformation_mode": "tf_crop_and_resize", "extrapolation_value": 7.0}
    agree(single("Resize", SHAPE, region, None, np.array([1, 2, 4, 9]), mode=mode, **rule), X)


def test_some_axes_and_kept_aspects() -> None:
    for policy in ("stretch", "not_larger", "not_smaller"):
        settings = {"axes": [2, 3], "keep_aspect_ratio_policy": policy}
        agree(single("Resize", SHAPE, None, None, np.array([8, 8]), opset=18, mode="linear", **settings), X)


@pytest.mark.parametrize("mode", ["nearest", "linear"])
def test_before_version_11(mode: str) -> None:
    agree(scaled(2, 2, opset=10, mode=mode), X)
    agree(single("Upsample", SHAPE, np.array([1, 1, 2, 3], np.float32), opset=9, mode=mode), X)
    agree(single("Upsample", SHAPE, opset=7, mode=mode, scales=[1.0, 1.0, 2.0, 3.0]), X)


def test_whole_factors_are_words() -> None:
    for settings, word in (
        ({"mode": "nearest", "coordinate_transformation_mode": "asymmetric", "nearest_mode": "floor"}, "upsample2"),
        ({"mode": "linear"}, "upsample2:bilinear"),
        ({"mode": "linear", "coordinate_transformation_mode": "align_corners"}, "Resize"),
    ):
        assert agree(scaled(2, 2, **settings), X).stack.layers[0].word == word


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (scaled(2, 2, mode="cubic"), "cubic resizing is not supported"),
        (scaled(2, 2, mode="linear", antialias=1), "antialias is not supported"),
        (scaled(2, 2, coordinate_transformation_mode="other"), "coordinate_transformation_mode is 'other'"),
        (scaled(2, 2, nearest_mode="other"), "nearest_mode is 'other'"),
        (scaled(2, 0), "its scale is 0"),
        (scaled(2, 2, 2), "5 numbers do not fit 4 axes"),
    ],
)
def test_what_cannot_be(content: bytes, problem: str) -> None:
    with pytest.raises((InputError, ArgumentError), match=problem):
        ours(content, X)
