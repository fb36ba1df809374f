"""A pooling described: the samples under each window are those that its result comes from, whatever the settings."""

from __future__ import annotations

from itertools import product
from typing import Any

import numpy as np
import pytest

from cnnkit.data.raster import Raster
from cnnkit.data.trace import Trace
from cnnkit.geometry.look import read_look
from cnnkit.operations.pooling.raster import pool_raster
from cnnkit.operations.pooling.settings import read_pooling
from cnnkit.operations.pooling.trace import pooling_trace, pooling_words
from tests.reference.pooling import bins, outcome, windows

Settings = dict[str, Any]

KINDS: dict[str, Settings] = {
    "max": {"kind": "max"},
    "min": {"kind": "min"},
    "average": {"kind": "average"},
    "median": {"kind": "median"},
    "lp 1": {"kind": "lp", "p": 1},
    "lp 2": {"kind": "lp"},
    "lp 3": {"kind": "lp", "p": 3},
    "lp 0.5": {"kind": "lp", "p": 0.5},
}
WINDOWS: list[Settings] = [
    {"size": 1},
    {"size": 2},
    {"size": 3, "stride": 1, "padding": 1},
    {"size": (2, 3), "stride": (1, 2), "padding": "same"},
    {"size": 2, "stride": 1, "dilation": 3},
    {"size": 4, "ceil": True},
    {"size": 4, "stride": 3, "padding": 2, "ceil": True},
    {"size": 5, "stride": 2, "padding": "full"},
    {"size": 7, "stride": 2},
    {"size": 2, "padding": 3},
]
OTHERS: list[Settings] = [{"size": "global"}, {"adaptive": (4, 3)}, {"adaptive": 3}, {"adaptive": 1}, {"adaptive": 7}]


def traced(image: Raster, at: str = "all", crop: str | None = None, **settings: Any) -> tuple[Trace, Any]:
    pooling = read_pooling(**settings)
    result = pool_raster(pooling, image)
    return pooling_trace(pooling, image, result, read_look([at] if at else [], crop)), result.samples


def covered(settings: Settings, side: int) -> list[tuple[list[list[int]], range]]:
    """What every window covers down and across, and where the padded image lies."""
    if settings.get("size") == "global":
        return [([list(range(side))], range(side))] * 2
    if "adaptive" in settings:
        given = settings["adaptive"]
        counts = (given, given) if isinstance(given, int) else given
        return [(bins(side, count), range(side)) for count in counts]
    size, stride, dilation = (
        (one, one) if isinstance(one, int) else one
        for one in (settings["size"], settings.get("stride", settings["size"]), settings.get("dilation", 1))
    )
    padding = settings.get("padding", "valid")
    ceil = settings.get("ceil", False)
    return [windows(side, axis, size, stride, padding, dilation, ceil=ceil) for axis in (0, 1)]


@pytest.mark.parametrize(
    ("kind", "settings"), [*product(KINDS, WINDOWS + OTHERS), *product(["counted"], WINDOWS)], ids=str
)
def test_every_sample_and_every_result(kind: str, settings: Settings) -> None:
    chosen: Settings = KINDS[kind] if kind != "counted" else {"kind": "average", "count_padding": True}
    side = 7
    image = Raster(np.random.default_rng(5).integers(0, 10, (side, side, 1)).astype(np.float64))
    trace, results = traced(image, **settings, **chosen)
    (ys, rows), (xs, columns) = covered(settings, side)
    assert results.shape[:2] == (len(ys), len(xs)) == trace.output[:2]
    assert [spot.place for spot in trace.spots] == list(product(range(len(ys)), range(len(xs))))
    for spot in trace.spots:
        i, j = spot.place
        held = [image.samples[y, x, 0] for y in ys[i] for x in xs[j] if 0 <= y < side and 0 <= x < side]
        assert spot.samples[~spot.is_padding].ravel().tolist() == held
        if trace.placement:
            assert spot.corner == (ys[i][0], xs[j][0])
            assert spot.samples.shape[:2] == trace.placement.window.size
        padded = sum(y in rows for y in ys[i]) * sum(x in columns for x in xs[j])
        word = "counted" if kind == "counted" else chosen["kind"]
        expected = outcome(word, held, padded, chosen.get("p", 2), "propagate")
        np.testing.assert_allclose(spot.value, expected, rtol=1e-6)
        assert spot.value == results[i, j, 0] or np.isnan(spot.value)
        assert spot.divisor == (padded if kind == "counted" else len(held))


def test_holes_are_marked_and_padding_is_none() -> None:
    image = Raster(np.array([[0, 3, 1], [4, 0, 2]], np.uint8)[..., None])
    trace, _ = traced(image, size=2, stride=1, padding=1, kind="average", nodata=0)
    first = trace.spots[0]
    assert first.is_padding.tolist() == [[True, True], [True, False]]
    assert first.is_hole[..., 0].tolist() == [[False, False], [False, True]]
    assert trace.notes == ("holes: samples that are 0, left out; a window of holes alone gives one",)


def test_every_channel_has_a_window_of_its_own() -> None:
    image = Raster(np.random.default_rng(1).integers(0, 256, (4, 4, 3), dtype=np.uint8))
    trace, results = traced(image, at="", size=2)
    assert [spot.channels for spot in trace.spots] == [("R",), ("G",), ("B",)]
    place = trace.spots[0].place
    assert results[place].max() == results.max()
    for channel, spot in enumerate(trace.spots):
        i, j = place
        np.testing.assert_array_equal(
            spot.samples[..., 0], image.samples[2 * i : 2 * i + 2, 2 * j : 2 * j + 2, channel]
        )


def test_a_part_of_a_large_image() -> None:
    image = Raster(np.arange(900.0).reshape(30, 30, 1))
    trace, results = traced(image, at="0,0", crop="4,6,5x8", size=2)
    part = trace.part
    assert part is not None
    assert (part.corner, part.first) == ((4, 6), (2, 3))
    np.testing.assert_array_equal(part.samples, image.samples[4:9, 6:14])
    np.testing.assert_array_equal(part.results, results[2:4, 3:7])
    assert traced(image, at="0,0", size=2)[0].part is None


def test_a_small_image_is_there_with_its_padding() -> None:
    image = Raster(np.arange(9.0).reshape(3, 3, 1))
    trace, results = traced(image, size=2, padding="0x1x0x1")
    part = trace.part
    assert part is not None
    assert part.is_padding.tolist() == [[False] * 3 + [True]] * 3 + [[True] * 4]
    np.testing.assert_array_equal(part.results, results)


@pytest.mark.parametrize("settings", [one for one in OTHERS if "adaptive" in one], ids=str)
def test_bins_are_told_by_their_ends(settings: Settings) -> None:
    trace, _ = traced(Raster(np.zeros((6, 6, 1))), **settings)
    for (each, _), ends in zip(covered(settings, 6), trace.axes, strict=True):
        assert list(ends) == [(one[0], one[-1]) for one in each[:4]]


def test_levels_are_those_of_the_picture() -> None:
    image = Raster(np.arange(16, dtype=np.uint8).reshape(4, 4, 1))
    pooling = read_pooling(2, kind="average")
    trace = pooling_trace(pooling, image, pool_raster(pooling, image), read_look(["0,0"]), lambda values: values + 1)
    assert trace.spots[0].level == int(trace.spots[0].value + 1)


def test_a_pooling_in_words() -> None:
    words = "min pooling to 7x5, whatever the size of the image"
    assert pooling_words(read_pooling(adaptive="7x5", kind="min")) == words
    assert pooling_words(read_pooling((2, 3), kind="lp", p=1.5)) == "lp pooling with p 1.5, window 2x3, stride 2x3"


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"size": 3, "stride": 1}, "rows merged window by window, then columns in 1 pass"),
        ({"size": 31, "stride": 1}, "rows merged in strips in 4 passes, then columns in 4 passes"),
        (
            {"size": 2, "kind": "average"},
            "rows merged window by window, then columns in 1 pass, sums in uint16",
        ),
        ({"adaptive": 3, "kind": "lp"}, "rows merged window by window, then columns one by one, sums in float64"),
        ({"size": 5, "stride": 1, "kind": "median"}, "a network of 66 comparisons, in registers"),
        ({"size": 7, "stride": 1, "kind": "median"}, "a network of 171 comparisons, along lines of samples"),
        ({"size": 17, "stride": 1, "kind": "median"}, "levels counted, column by column, as windows move down"),
        ({"size": "global", "kind": "median"}, "levels counted, column by column, as windows move down"),
    ],
    ids=str,
)
def test_how_it_is_computed(settings: Settings, words: str) -> None:
    assert pooling_trace(read_pooling(**settings), Raster(np.zeros((40, 60, 3), np.uint8))).method == words
