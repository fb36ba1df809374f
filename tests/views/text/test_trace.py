"""Worked examples: every number in them is right, whatever the settings."""

from __future__ import annotations

import re

import numpy as np
import pytest

import cnnkit
from cnnkit.cli import convolution_text as explanation
from cnnkit.data.raster import Raster
from cnnkit.operations.convolution.settings import read_convolution


def blocks(text: str) -> dict[str, np.ndarray]:
    """The grids of an example, each below its head, by their columns on the page."""
    lines = text.splitlines()
    start = next(i for i, line in enumerate(lines) if line.startswith("image "))
    heads = list(re.finditer(r"(\w+) (\d+)x(\d+)", lines[start]))
    starts = [head.start() for head in heads] + [None]
    grids = {}
    for head, left, right in zip(heads, starts[:-1], starts[1:], strict=True):
        rows, columns = int(head[2]), int(head[3])
        cells = [[float(word) for word in line[left:right].split()] for line in lines[start + 1 : start + 1 + rows]]
        grids[head[1]] = np.array(cells)
        assert grids[head[1]].shape == (rows, columns)
    return grids


@pytest.mark.parametrize(
    "kernel", ["edge", "sobel", "box", "1 2; 3 -4", "1 0 -1", "gaussian:sigma=1,size=3", "1", "1.5 -2.25"]
)
@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"padding": "valid"},
        {"padding": "full", "stride": 2},
        {"stride": (2, 3), "padding": "same-lower"},
        {"dilation": 2, "bias": -7.5},
        {"pad_mode": "reflect"},
        {"pad_mode": "constant=3", "flip_kernel": True},
        {"padding": (2, 0, 0, 1), "depth": "sum"},
    ],
    ids=str,
)
def test_every_number_of_a_convolution(kernel: str, settings: dict[str, object]) -> None:
    convolution = read_convolution(kernel, **settings)  # type: ignore[arg-type]
    text = explanation.convolution_example(convolution)
    grids = blocks(text)
    expected = cnnkit.convolve(grids["image"], kernel, **settings)  # type: ignore[arg-type]
    np.testing.assert_allclose(grids["result"], expected, rtol=6e-4, atol=1e-3)
    np.testing.assert_allclose(grids["kernel"], convolution.kernel.weights, rtol=6e-4)
    written = re.findall(r"^row (\d+), column (\d+): (.*) = (\S+)$", text, re.M)
    assert written
    for row, column, products, value in written:
        assert float(value) == pytest.approx(expected[int(row), int(column)], rel=1e-3, abs=1e-3)
        if "..." not in products and ("pad" not in products or settings.get("pad_mode") is None):
            total = eval(products.replace("pad", "0").replace("bias", ""))
            assert total == pytest.approx(float(value), rel=2e-3, abs=2e-2)
    for axis, name in enumerate(("rows", "columns")):
        line = re.search(rf"{name}: floor\(\((\d+) \+ (\d+) \+ (\d+) - (\d+)\) / (\d+)\) \+ 1 = (\d+)", text)
        assert line
        given, before, after, reach, step, out = map(int, line.groups())
        assert (given + before + after - reach) // step + 1 == out == expected.shape[axis]


@pytest.mark.parametrize("mode", ["reflect", "replicate", "wrap", "constant=3"])
def test_a_written_sum_is_the_sum_of_its_products_with_any_padding(mode: str) -> None:
    """Where the padding holds a value, the products must show it: a reader adds them up."""
    text = explanation.convolution_example(read_convolution("1 2 3; 4 5 6; 7 8 9", pad_mode=mode))
    for products, value in re.findall(r"^row \d+, column \d+: (.*) = (\S+)$", text, re.M):
        words = [word.split("*") for word in products.split(" + ")]
        assert sum(float(sample) * float(weight.strip("()")) for sample, weight in words) == float(value), products


def test_kernels_without_a_grid_are_described_by_their_sizes() -> None:
    for weights in (np.ones((3, 3, 3)), np.ones((3, 3, 3, 8)), np.ones((31, 31))):
        text = explanation.convolution_example(read_convolution(weights))
        size = "x".join(map(str, weights.shape))
        assert size in text
        assert "224" in text


def test_explaining_an_image_of_any_size() -> None:
    text = explanation.convolution_text(read_convolution("edge", stride=2), Raster(np.zeros((480, 640, 3), "u1")))
    assert "rows: floor((480 + 0 + 1 - 3) / 2) + 1 = 240" in text
    assert "columns: floor((640 + 0 + 1 - 3) / 2) + 1 = 320" in text
    assert "a flat region gives 0" in text
    assert "computed: direct, sums in int16; 3x3 weights: 9 products a sum" in text
    anchor = explanation.convolution_text(read_convolution("1 2; 3 4"), Raster(np.zeros((5, 5, 1), "f4")))
    assert "row 0, column 0 lies over" in anchor


def test_wide_padding_is_described_by_its_size() -> None:
    assert len(explanation.convolution_example(read_convolution("edge", padding=1000))) < 2000


def test_what_is_missing_is_said_and_how_sums_over_the_rest_are_computed() -> None:
    image = Raster(np.random.default_rng(0).integers(1, 9, (200, 200, 1)).astype(np.uint8))
    image.samples[0, :3] = 0
    rule = "sum over the other samples * sum of weights / sum of theirs; padding is known"
    assert (
        f"holes: samples that are 0; {rule}"
        in explanation.convolution_text(read_convolution("box", nodata=0), image).splitlines()
    )
    zero = explanation.convolution_text(read_convolution("edge", nodata=0, nan="ignore"), image)
    assert "holes: samples that are 0 or NaN; a window that holds one gives one" in zero
    large = np.random.default_rng(0).random((31, 31))
    assert "fourier, sums in float64" in explanation.convolution_text(read_convolution(large, nodata=0), image)
    assert "fourier, sums in float32" in explanation.convolution_text(read_convolution(large, nodata=10), image)
    assert "holes" not in explanation.convolution_text(read_convolution("box"), image)
