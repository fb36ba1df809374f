"""Which steps are played: every number is the library's, and every screen fits 80x24, whatever the shapes."""

from __future__ import annotations

import itertools
from functools import partial
from typing import Any

import numpy as np
import pytest

import cnnkit
from cnnkit.cli.terminal.scene import films
from cnnkit.data.raster import Raster
from cnnkit.errors import SizeError
from cnnkit.geometry.look import read_look
from cnnkit.operations.convolution.combine import convolve_combined
from cnnkit.operations.convolution.raster import convolve_raster
from cnnkit.operations.convolution.settings import read_convolution
from cnnkit.operations.convolution.trace import combined_trace, convolution_trace
from cnnkit.operations.pooling.raster import pool_raster
from cnnkit.operations.pooling.settings import read_pooling
from cnnkit.operations.pooling.trace import pooling_trace
from cnnkit.views.text.grids import number_text
from cnnkit.views.text.play import Film, Line

IMAGE = Raster(np.random.default_rng(3).integers(0, 256, (90, 120, 3), dtype=np.uint8))
VALUES = Raster(np.random.default_rng(4).normal(0, 1e5, (40, 30, 9)).astype(np.float32))


def convolved(image: Raster, kernel: Any, at: str = "", crop: str | None = None, **settings: Any) -> Film:
    convolution = read_convolution(kernel, **settings)
    look = read_look([at] if at else [], crop)
    return films(partial(convolution_trace, convolution, image), convolve_raster(convolution, image), look, None)[0]


def pooled(image: Raster, **settings: Any) -> Film:
    pooling = read_pooling(**settings)
    return films(partial(pooling_trace, pooling, image), pool_raster(pooling, image), read_look(), None)[0]


def texts(lines: list[Line], *styles: str) -> list[str]:
    return [text.strip() for line in lines for text, style in line if style in styles]


def check_fit(made: Film) -> None:
    frames = [made.frame(step) for step in {*range(0, len(made.spots), 5), len(made.spots) - 1}]
    for lines in frames:
        assert len(lines) <= 23
        assert max(sum(len(text) for text, _ in line) for line in lines) <= 80
        assert len(texts(lines, "result")) == 1
    tops = [[text for text, style in frame[0] if style == "title"] for frame in frames]
    assert tops == [[made.trace.what[:80]]] * len(frames)


@pytest.mark.parametrize("seed", range(40))
def test_every_step_of_a_convolution_has_the_librarys_numbers(seed: int) -> None:
    random = np.random.default_rng(seed)
    image = random.integers(0, 10, (random.integers(3, 8), random.integers(3, 8)), dtype=np.uint8)
    kernel = random.integers(-2, 3, (random.integers(1, 4), random.integers(1, 4))).astype(float)
    settings: dict[str, Any] = {
        "stride": (int(random.integers(1, 3)), int(random.integers(1, 3))),
        "dilation": int(random.integers(1, 3)),
        "padding": str(random.choice(["same", "same-lower", "full", "2"])),
    }
    mode = str(random.choice(["zero", "replicate", "wrap"]))
    words = {name: "x".join(map(str, np.atleast_1d(value))) for name, value in settings.items()}
    literal = "; ".join(" ".join(f"{weight:g}" for weight in row) for row in kernel)
    made = convolved(Raster(image[..., None]), literal, pad_mode=mode, **words)
    expected = cnnkit.convolve(image, kernel, pad_mode=mode, **settings)
    check_fit(made)
    assert made.detail.digits == 4
    for step, spot in enumerate(made.spots):
        lines = made.frame(step)
        assert texts(lines, "result") == [number_text(float(expected[spot.place]))]
        assert texts(lines, "window") == [number_text(value) for value in spot.samples.ravel()]
        assert (spot.samples[..., 0] * kernel).sum() == expected[spot.place]
        assert any(line and line[0][0].endswith(number_text(float(expected[spot.place]), 6)) for line in lines[-5:])


@pytest.mark.parametrize("seed", range(40))
def test_every_step_of_a_pooling_has_the_librarys_numbers(seed: int) -> None:
    random = np.random.default_rng(seed)
    image = random.integers(0, 100, (random.integers(3, 9), random.integers(3, 9)), dtype=np.uint8)
    kind = str(random.choice(["max", "average", "min", "median"]))
    size, stride = int(random.integers(1, 4)), int(random.integers(1, 3))
    padding = str(random.choice(["valid", "same", "1"])) if size > 1 else "valid"
    made = pooled(Raster(image[..., None]), size=str(size), stride=str(stride), kind=kind, padding=padding)
    expected = cnnkit.pool(image, size, stride=stride, kind=kind, padding=padding)
    check_fit(made)
    for step, spot in enumerate(made.spots):
        lines = made.frame(step)
        assert texts(lines, "result") == [number_text(float(expected[spot.place]))]
        marked = texts(lines, "mark")
        assert marked == [number_text(float(expected[spot.place]))] * len(marked)
        assert len(marked) == (kind in ("max", "min")) or kind in ("median", "average")
        shown = [text for text in texts(lines, "window", "mark") if text != "."]
        assert sorted(shown) == sorted(str(value) for value in spot.samples[..., 0][~spot.is_padding])


KERNELS = ["edge", "1 2 3 4 5 6 7", "gaussian:sigma=1", "gaussian:sigma=5", "0.123456 -1e-7"]
STEPS = [("1", "1", "same"), ("3x2", "1", "full"), ("1", "2x3", "same-lower"), ("2", "2", "40x39x41x62")]


@pytest.mark.parametrize("kernel", KERNELS)
@pytest.mark.parametrize("turn", [0, 1], ids=["even steps", "odd steps"])
def test_whatever_the_kernel_every_step_fits(turn: int, kernel: str) -> None:
    for (stride, dilation, padding), depth in zip(STEPS[turn::2], ("each", "sum"), strict=True):
        image = (IMAGE, VALUES)[(turn + KERNELS.index(kernel)) % 2]
        made = convolved(image, kernel, stride=stride, dilation=dilation, padding=padding, depth=depth)
        assert made.fits, (stride, dilation, padding, depth, made.lines, made.columns)
        check_fit(made)


@pytest.mark.parametrize(
    "settings",
    [
        *({"size": "2", "kind": kind} for kind in ("max", "average", "median", "lp", "min")),
        *({"size": size, "kind": kind} for size in ("3x5", "29", "global") for kind in ("max", "median")),
        *({"adaptive": bins} for bins in ("7x5", "1x20", "40x30")),
        {"size": "2", "padding": "1"},
        {"size": "3", "dilation": "4", "stride": "1"},
    ],
)
def test_whatever_the_windows_every_step_fits(settings: dict[str, str]) -> None:
    for image in (IMAGE, VALUES):
        made = pooled(image, **settings)
        assert made.fits, (made.lines, made.columns)
        check_fit(made)


def test_a_large_image_is_played_around_the_strongest_result_or_where_the_user_looks() -> None:
    samples = np.zeros((200, 300, 1), np.uint8)
    samples[150, 40] = 255
    made = convolved(Raster(samples), "edge")
    assert (150, 40) in [spot.place for spot in made.spots]
    (line,) = [line[0][0] for line in made.frame(0) if line and line[0][0].startswith("only rows")]
    rows, columns = made.results
    (top, left), (bottom, right) = made.spots[0].place, made.spots[-1].place
    assert line == f"only rows {top} to {bottom}, columns {left} to {right} of 200x300, around the strongest result"
    assert (rows, columns) == (bottom - top + 1, right - left + 1)
    assert min(rows, columns) >= 4
    there = convolved(Raster(samples), "edge", at="7,9")
    assert (7, 9) in [spot.place for spot in there.spots]
    part = convolved(Raster(samples), "edge", crop="100,100,6x6")
    assert {spot.place for spot in part.spots} == set(itertools.product(range(101, 105), range(101, 105)))


def test_colours_that_are_summed_stand_side_by_side() -> None:
    made = convolved(IMAGE, "sobel-x", depth="sum")
    titles = texts(made.frame(0), "title")
    words = ["image"] * 3 + ["weights"] * 3 + ["result"] + ["products"] * 3
    assert [title.split()[-1] for title in titles[1:]] == words
    assert made.frame(0)[-1][0][0].startswith("27 products in all, 9 for each of 3 channels: ")


def test_channels_by_themselves_and_several_kernels_come_one_after_another() -> None:
    for made in (convolved(IMAGE, "edge"), pooled(IMAGE, size="2")):
        maps = [spot.feature_map for spot in made.spots]
        assert maps == sorted(maps)
        assert {*maps} == {0, 1, 2}
        heads = [made.frame(maps.index(number))[1][0][0] for number in range(3)]
        assert [head.partition(": window")[0].rpartition(" ")[2] for head in heads] == [*"RGB"]


def test_results_that_become_one_have_a_film_each_of_the_same_places() -> None:
    each = [read_convolution(name) for name in ("sobel-x", "sobel-y")]
    result = convolve_combined("magnitude", each, IMAGE)
    made = films(partial(combined_trace, "magnitude", each, IMAGE), result, read_look(), None)
    assert [one.trace.what for one in made] == ["kernel sobel-x 3x3", "kernel sobel-y 3x3"]
    assert [spot.place for spot in made[0].spots] == [spot.place for spot in made[1].spots]
    for one in made:
        check_fit(one)
        for step, spot in enumerate(one.spots):
            both = ", ".join(f"{film.spots[step].value:.6g}" for film in made)
            level = f"{result.samples[(*spot.place, spot.feature_map)]:.6g}"
            assert one.frame(step)[-1][0][0] == f"magnitude of {both} = {level}"


def test_of_many_maps_the_strongest_is_played_and_that_is_said() -> None:
    kernels = np.random.default_rng(1).integers(-3, 4, (3, 3, 3, 6)).astype(float)
    kernels[..., 4] *= 9
    made = convolved(IMAGE, kernels)
    assert {spot.feature_map for spot in made.spots} == {4}
    assert "map 4, the strongest there, of 6" in ["".join(text for text, _ in line) for line in made.frame(0)]


def test_wide_windows_show_their_middle_and_a_whole_sum() -> None:
    made = convolved(Raster(IMAGE.samples[..., :1].copy()), "gaussian:sigma=5")
    lines = made.frame(0)
    assert any("..." in text for line in lines for text, _ in line)
    assert lines[-1][0][0] == f"961 products: {made.spots[0].value:.6g}"
    middle = number_text(float(made.spots[0].weights[15, 15, 0]), made.detail.digits)  # type: ignore[index]
    assert middle in texts(lines, "")


def test_a_part_without_a_window_cannot_be_played() -> None:
    with pytest.raises(SizeError, match="no window lies in it"):
        convolved(Raster(np.ones((20, 20, 1))), "edge", crop="19,19,1x1")


def test_a_large_terminal_shows_more_results_and_no_more_than_it_has_room_for() -> None:
    convolution = read_convolution("edge", depth="sum")
    describe, result = partial(convolution_trace, convolution, IMAGE), convolve_raster(convolution, IMAGE)
    counts = []
    for lines, columns in ((23, 80), (35, 110), (59, 200), (200, 400)):
        (made,) = films(describe, result, read_look(), None, (lines, columns))
        frames = [made.frame(step) for step in (0, len(made.spots) - 1)]
        assert max(map(len, frames)) <= lines
        assert max(sum(len(text) for text, _ in line) for frame in frames for line in frame) <= columns
        counts.append(len(made.spots))
    assert counts == sorted(counts)
    assert counts[0] < counts[1] < counts[2] < counts[3] == 12 * 20


@pytest.mark.parametrize("scale", [1e-3, 1, 1e5, 1e12])
def test_numbers_of_a_grid_are_written_alike(scale: float) -> None:
    values = np.random.default_rng(5).normal(0, scale, (9, 9, 1)) * 10.0 ** np.arange(-4, 5)
    made = convolved(Raster(values), "gaussian:sigma=1")
    for word in ("image", "weights", "products", "result"):
        band = [block for row in made._bands(len(made.spots) - 1) for column in row for block in column]
        block = next(one for one in band if word in one[0][0][0])
        shown = [text.strip() for line in block[1:] for text, _ in line if text.strip() not in ("", ".", "...", "0")]
        assert len({"e" in text for text in shown}) == 1, (word, shown)
