"""A convolution described: what is written out adds up to the result of the run, whatever the settings."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnnkit.data.raster import Raster
from cnnkit.data.trace import Trace
from cnnkit.geometry.look import read_look
from cnnkit.operations.convolution.combine import convolve_combined
from cnnkit.operations.convolution.raster import convolve_raster
from cnnkit.operations.convolution.settings import read_convolution
from cnnkit.operations.convolution.trace import combined_trace, convolution_trace

LECTURE = np.array([[5, 3, 1, 0], [2, 6, 4, 1], [0, 8, 7, 2]], np.uint8)


def traced(image: Raster, kernel: Any, at: str = "all", crop: str | None = None, **settings: Any) -> tuple[Trace, Any]:
    convolution = read_convolution(kernel, **settings)
    result = convolve_raster(convolution, image)
    trace = convolution_trace(convolution, image, result, read_look([at] if at else [], crop))
    return trace, result.samples[..., : result.colours]


def test_the_lectures_sum() -> None:
    trace, _ = traced(Raster(LECTURE[..., None]), "1 0 0; 0 1 0; 0 0 1", at="")
    (spot,) = trace.spots
    assert spot.place == (1, 1)
    assert spot.samples[..., 0].tolist() == [[5, 3, 1], [2, 6, 4], [0, 8, 7]]
    assert spot.products is not None
    assert spot.products[..., 0].tolist() == [[5, 0, 0], [0, 6, 0], [0, 0, 7]]
    assert spot.value == 18
    assert not spot.is_padding.any()


def test_the_corner_of_it_looks_into_the_padding() -> None:
    trace, _ = traced(Raster(LECTURE[..., None]), "1 0 0; 0 1 0; 0 0 1", at="0,0")
    (spot,) = trace.spots
    assert spot.corner == (-1, -1)
    assert spot.is_padding.tolist() == [[True] * 3, [True, False, False], [True, False, False]]
    assert spot.samples[..., 0].tolist() == [[0, 0, 0], [0, 5, 3], [0, 2, 6]]
    assert spot.value == 11
    part = trace.part
    assert part is not None
    assert part.samples[1:-1, 1:-1, 0].tolist() == LECTURE.tolist()
    assert part.is_padding.sum() == 5 * 6 - 3 * 4
    assert part.results[1, 1].tolist() == [18]


def check(trace: Trace, results: Any, image: Raster) -> None:
    rows, columns, maps = results.shape
    assert [(*spot.place, spot.feature_map) for spot in trace.spots] == [
        (i, j, k) for i in range(rows) for j in range(columns) for k in range(maps)
    ]
    scale = max(1.0, float(np.abs(results[np.isfinite(results)]).max(initial=0)))
    for spot in trace.spots:
        value = results[(*spot.place, spot.feature_map)]
        assert spot.value == value or np.isnan([spot.value, value]).all() or spot.is_lost
        assert spot.products is not None
        if np.isnan(value):
            assert spot.is_hole.any() or np.isnan(spot.samples).any() or spot.factor == 0
            continue
        total = spot.products.sum() * spot.factor + spot.bias
        np.testing.assert_allclose(total, value, rtol=1e-4, atol=1e-5 * scale)
        for a, row in enumerate(spot.is_padding):
            for b, beyond in enumerate(row):
                window = trace.placement.window  # type: ignore[union-attr]
                y, x = spot.corner[0] + a * window.dilation[0], spot.corner[1] + b * window.dilation[1]
                assert beyond == (not (0 <= y < image.shape[0] and 0 <= x < image.shape[1]))


@st.composite
def settings(draw: st.DrawFn) -> dict[str, Any]:
    padding: Any = draw(st.sampled_from(["same", "same-lower", "valid", "full", 1, (2, 0, 0, 1)]))
    return {
        "padding": padding,
        "pad_mode": draw(st.sampled_from(["zero", "replicate", "reflect", "symmetric", "wrap", "constant=3"])),
        "stride": draw(st.sampled_from([1, 2, (1, 3)])),
        "dilation": draw(st.sampled_from([1, 2])),
        "bias": draw(st.sampled_from([0.0, -2.5])),
        "flip_kernel": draw(st.booleans()),
    }


@given(settings(), st.sampled_from(["edge", "1 2; 3 -4", "gaussian:size=3", "sobel"]), st.integers(0, 9))
def test_products_add_up_to_the_results(chosen: dict[str, Any], kernel: str, seed: int) -> None:
    random = np.random.default_rng(seed)
    depth = int(random.choice([1, 3]))
    image = Raster(random.integers(0, 256, (6, 7, depth), dtype=np.uint8))
    for word in ("each", "sum", "grey"):
        trace, results = traced(image, kernel, **chosen, depth=word)
        check(trace, results, image)


@given(settings(), st.integers(0, 9), st.sampled_from([1, 2]))
def test_kernels_with_a_grid_for_each_channel(chosen: dict[str, Any], seed: int, groups: int) -> None:
    random = np.random.default_rng(seed)
    image = Raster(random.normal(size=(6, 7, 4)).astype(np.float32))
    weights = random.normal(size=(2, 3, 4 // groups, 2))
    trace, results = traced(image, weights, **chosen, groups=groups)
    check(trace, results, image)
    assert {len(spot.channels) for spot in trace.spots} == {4 // groups}
    assert {spot.channels for spot in trace.spots if spot.feature_map == 1} == {trace.channels[-4 // groups :]}


@given(settings(), st.sampled_from(["edge", "box", "1 2; 3 4"]), st.integers(0, 9))
def test_holes_are_left_out(chosen: dict[str, Any], kernel: str, seed: int) -> None:
    image = Raster(np.random.default_rng(seed).integers(0, 4, (6, 7, 1), dtype=np.uint8))
    trace, results = traced(image, kernel, **chosen, nodata=0)
    check(trace, results, image)
    assert all((spot.samples[spot.is_hole] == 0).all() for spot in trace.spots)


@given(settings(), st.sampled_from(["edge", "box", "1 2; 3 4"]), st.integers(0, 9))
def test_colours_count_by_their_alpha(chosen: dict[str, Any], kernel: str, seed: int) -> None:
    samples = np.random.default_rng(seed).integers(1, 256, (6, 7, 4), dtype=np.uint8)
    image = Raster(samples, has_alpha=True)
    trace, results = traced(image, kernel, **chosen)
    check(trace, results, image)


def test_of_many_maps_the_strongest_is_written_out() -> None:
    image = Raster(np.ones((5, 5, 1), np.float32))
    trace, results = traced(image, np.arange(9.0).reshape(1, 1, 1, 9), at="")
    assert [spot.feature_map for spot in trace.spots] == [8]
    assert traced(image, np.arange(9.0).reshape(1, 1, 1, 9), at="2,2")[0].spots[0].feature_map == 8
    assert trace.output == results.shape


def test_levels_are_those_of_the_picture() -> None:
    image = Raster(LECTURE[..., None])
    convolution = read_convolution("edge")
    result = convolve_raster(convolution, image)
    trace = convolution_trace(convolution, image, result, read_look(["1,1"]), lambda values: np.abs(values) + 1)
    assert trace.spots[0].level == abs(trace.spots[0].value) + 1


def test_a_crop_has_the_results_whose_windows_lie_in_it() -> None:
    image = Raster(np.arange(400.0).reshape(20, 20, 1))
    trace, results = traced(image, "edge", at="0,0", crop="4,6,5x7")
    part = trace.part
    assert part is not None
    assert part.corner == (4, 6)
    np.testing.assert_array_equal(part.samples, image.samples[4:9, 6:13])
    assert part.first == (5, 7)
    np.testing.assert_array_equal(part.results, results[5:8, 7:12])
    corner = traced(image, "edge", at="0,0", crop="0,15,3x5")[0].part
    assert corner is not None
    assert corner.corner == (-1, 15)
    assert corner.is_padding[0].all()
    assert corner.is_padding[:, -1].all()
    np.testing.assert_array_equal(corner.results, results[0:2, 16:20])


def test_a_large_image_has_no_part_and_any_rows_will_do() -> None:
    image = Raster(np.random.default_rng(0).integers(0, 256, (300, 200, 3), dtype=np.uint8))
    trace, results = traced(image, "edge", at="250,100")
    assert trace.part is None
    assert [spot.value for spot in trace.spots] == results[250, 100].tolist()
    strongest = traced(image, "edge", at="")[0].spots[0].place
    inside = np.abs(results[1:-1, 1:-1])
    assert np.abs(results[strongest]).max() == inside.max()


@pytest.mark.parametrize(("way", "expected"), [("magnitude", 5.0), ("max", 4.0)])
def test_results_that_become_one_are_those_of_each_kernel(way: str, expected: float) -> None:
    image = Raster(np.array([[0, 0, 0], [0, 0, 3], [0, 4, 0]], np.float32)[..., None])
    convolutions = [read_convolution("0 0 0; 0 0 1; 0 0 0"), read_convolution("0 0 0; 0 0 0; 0 1 0")]
    result = convolve_combined(way, convolutions, image)
    trace = combined_trace(way, convolutions, image, result, read_look(["1,1"]), lambda values: values * 2)
    assert [spot.value for spot in trace.spots] == [3, 4]
    assert trace.what.startswith(f"{way} of k3x3-")
    assert trace.ends == (f"row 1, column 1: {way} of 3, 4 = {expected:g}; in the picture: {2 * int(expected)}",)
    assert [one.values.samples[1, 1, 0] for one in trace.joined] == [3, 4]
    assert trace.part is not None
    assert trace.part.results[1, 1, 0] == expected
    assert combined_trace(way, convolutions, image, result, read_look()).spots[0].place == (1, 1)
    sought = [read_convolution(one.kernel, nodata=4) for one in convolutions]
    lost = combined_trace(way, sought, image, convolve_combined(way, sought, image), read_look(["1,1"]))
    assert [spot.is_lost for spot in lost.spots] == [False, True]
    assert lost.ends == ("row 1, column 1: a hole in one is a hole",)
    assert combined_trace(way, convolutions, image).spots == ()
    alone = combined_trace(None, convolutions[:1], image)
    assert alone == convolution_trace(convolutions[0], image)


def test_the_level_of_a_hole_is_the_one_that_marks_it() -> None:
    image = Raster(np.array([[7, 7, 7], [7, 9, 7], [7, 7, 7]], np.uint8)[..., None])
    convolution = read_convolution("edge", nodata=9)
    result = convolve_raster(convolution, image)
    trace = convolution_trace(convolution, image, result, read_look(["1,1"]), lambda values: np.nan_to_num(values * 0))
    assert (trace.spots[0].value, trace.spots[0].level, trace.spots[0].is_lost) == (9, 9, True)
