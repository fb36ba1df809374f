"""Drawings for notebooks: the results of the library, shown and saved."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

import cnnkit
from cnnkit.errors import ArgumentError, OutputError, SizeError

IMAGE = np.random.default_rng(4).integers(0, 256, (40, 50, 3), dtype=np.uint8)


@pytest.mark.parametrize(
    ("kernel", "settings"),
    [
        ("edge", {}), ("gaussian", {"stride": 2, "padding": "valid"}), ("sobel-x", {"depth": "sum"}),
        (np.ones((3, 3, 3, 2)), {}), (["sobel-x", "sobel-y"], {}), ([[0, 1], [1, 0]], {}),
    ],
    ids=str,
)  # fmt: skip
def test_what_is_drawn_is_what_the_library_gives(kernel: Any, settings: dict[str, Any]) -> None:
    drawing = cnnkit.show(IMAGE, kernel, **settings)
    kernels = kernel if isinstance(kernel, list) and isinstance(kernel[0], str) else [kernel]
    assert len(drawing.results) == len(kernels)
    for one, result in zip(kernels, drawing.results, strict=True):
        np.testing.assert_array_equal(result, np.atleast_3d(cnnkit.convolve(IMAGE, one, **settings)))
    with Image.open(io.BytesIO(drawing._repr_png_())) as picture:
        assert picture.width >= 800


def test_a_pooling_is_drawn_too() -> None:
    drawing = cnnkit.show(IMAGE, size=4, kind="average")
    assert repr(drawing) == "Drawing('image', avgpool4 10x12x3)"
    np.testing.assert_array_equal(drawing.results[0], cnnkit.pool(IMAGE, 4, kind="average"))
    assert drawing._repr_png_().startswith(b"\x89PNG")


def test_it_is_saved_by_the_rules_of_files(tmp_path: Path) -> None:
    drawing = cnnkit.show(IMAGE[:6, :6, 0], "edge", title="mine")
    for ending in ("png", "svg", "pdf"):
        drawing.save(tmp_path / f"a.{ending}")
        drawing.save(tmp_path / f"a.{ending}")
    (tmp_path / "b.png").write_text("mine")
    with pytest.raises(OutputError, match="was not made by cnnkit") as caught:
        drawing.save(tmp_path / "b.png")
    assert caught.value.hint == "choose another name, or replace what is there with force=True"
    drawing.save(tmp_path / "b.png", force=True)
    with pytest.raises(ArgumentError, match="names no format of figures"):
        drawing.save(tmp_path / "b.gif")


@pytest.mark.parametrize("image", [np.zeros(3), np.zeros((2, 2, 2, 2)), np.zeros((0, 3))])
def test_other_shapes_are_refused(image: Any) -> None:
    with pytest.raises(SizeError, match="cannot be drawn"):
        cnnkit.show(image, "edge")


@pytest.mark.parametrize(
    ("arguments", "settings", "problem"),
    [
        ((), {}, "neither a kernel nor a size is given"),
        (([],), {}, "the list of kernels is empty"),
        (("edge",), {"strides": 2}, "unknown setting 'strides'"),
        (("edge",), {"dtype": "uint8"}, "unknown setting 'dtype'"),
        (("edge",), {"size": 2}, "unknown setting 'size'"),
        (("edge",), {"threads": 0}, "threads 0 is below 1"),
    ],
)
def test_wrong_arguments_are_refused_in_words(arguments: Any, settings: dict[str, Any], problem: str) -> None:
    with pytest.raises(ArgumentError, match=problem):
        cnnkit.show(IMAGE, *arguments, **settings)


def test_a_name_is_no_image() -> None:
    with pytest.raises(ArgumentError, match="is a name") as caught:
        cnnkit.show("image.png", "edge")
    assert "cnnkit.read" in caught.value.hint


def test_lists_hold_kernels_of_every_kind() -> None:
    several = ["edge", np.eye(3), cnnkit.kernel("box"), "1 0; 0 1"]
    for kind in (list, tuple):
        assert len(cnnkit.show(IMAGE, kind(several)).results) == 4
    assert [one.shape[2] for one in cnnkit.show(IMAGE, ["sobel-x", "sobel-y"], depth="sum").results] == [2]
