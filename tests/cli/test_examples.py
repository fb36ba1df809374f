"""Worked examples: the run of a small grid, whatever the settings, and what fits no page described by its sizes."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pytest

from cnnkit.cli.examples import convolution_example, pooling_example
from cnnkit.operations.convolution.settings import read_convolution
from cnnkit.operations.pooling.settings import read_pooling


@pytest.mark.parametrize(
    "settings",
    [
        {}, {"padding": "valid"}, {"padding": "full", "stride": 2}, {"dilation": 2, "bias": -7.5},
        {"pad_mode": "reflect"}, {"pad_mode": "constant=3", "flip_kernel": True}, {"depth": "sum"}, {"depth": "grey"},
        {"nodata": 1},
    ],
    ids=str,
)  # fmt: skip
@pytest.mark.parametrize("kernel", ["edge", "1 2; 3 -4", "gaussian:sigma=1,size=3", "1.5 -2.25"])
def test_a_convolution_is_written_out(kernel: str, settings: dict[str, Any]) -> None:
    text = convolution_example([read_convolution(kernel, **settings)])
    assert text.startswith("A worked example: the kernel ")
    places = re.findall(r"^row (\d+), column (\d+): window", text, re.M)
    assert places[0] == ("0", "0")
    assert len(places) in (1, 2)
    assert "  rows: floor((6 + " in text
    assert max(map(len, text.splitlines())) <= 80


@pytest.mark.parametrize(
    "weights", [np.ones((3, 3, 3)), np.ones((3, 3, 3, 8)), np.ones((31, 31))], ids=lambda w: str(w.shape)
)
def test_kernels_without_a_grid_are_described_by_their_sizes(weights: Any) -> None:
    text = convolution_example([read_convolution(weights)])
    assert "x".join(map(str, weights.shape)) in text
    assert "over an image of 224x224." in text


def test_wide_padding_is_described_by_its_size() -> None:
    assert len(convolution_example([read_convolution("edge", padding=1000)])) < 2000


def test_a_pooling_is_written_out_window_by_window() -> None:
    text = pooling_example(read_pooling(2, kind="average"))
    lines = [line for line in text.splitlines() if line.startswith("row 0")]
    assert lines[0] == "row 0, column 0: (3 + 6 + 4 + 7) / 4 = 5"
    assert len(lines) == 3
    assert "A 224x224x3 image becomes 112x112x3: each channel is pooled by itself." in text


@pytest.mark.parametrize("settings", [{"size": 2, "padding": 1000}, {"size": 300}, {"adaptive": 1000}], ids=str)
def test_what_fits_no_page_is_described_by_its_size(settings: dict[str, Any]) -> None:
    text = pooling_example(read_pooling(**settings))
    assert len(text) < 2000
    assert "image " not in text.partition("becomes")[0].replace("x3 image", "")
    assert re.search(r"image becomes \d+x\d+x3", text)


def test_the_grid_of_an_example_has_no_holes() -> None:
    assert "holes" not in pooling_example(read_pooling(2, nodata=3))


def test_results_that_become_one_are_written_out_one_by_one() -> None:
    text = convolution_example([read_convolution("sobel-x"), read_convolution("sobel-y")], "magnitude")
    assert text.startswith("A worked example: magnitude of sobel-x, sobel-y over a grid")
    assert "kernel sobel-x 3x3    kernel sobel-y 3x3" in text
    assert re.search(r"^sobel-y, row 0, column 0: window over rows -1 to 1, columns -1 to 1$", text, re.M)
    ends = re.findall(r"^row \d+, column \d+: magnitude of (\S+), (\S+) = (\S+)$", text, re.M)
    assert len(ends) == 2
    for one, other, both in ends:
        assert float(both) == pytest.approx(np.hypot(float(one), float(other)), rel=1e-4)
