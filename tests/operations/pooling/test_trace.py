"""Poolings in words: every number of them is right, whatever the kind and the windows."""

from __future__ import annotations

import re
from itertools import product
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from cnnkit.cli.pooling_text import pooling_example, pooling_text, pooling_words
from cnnkit.data.raster import Raster
from cnnkit.operations.pooling.settings import read_pooling
from tests.reference.pooling import bins, outcome, windows

Array = npt.NDArray[Any]
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


def blank(*shape: int) -> Raster:
    return Raster(np.zeros(shape, np.uint8))


def grids(text: str) -> tuple[Array, Array]:
    """The image and the result of an example, by their columns on the page."""
    lines = text.splitlines()
    start = next(i for i, line in enumerate(lines) if line.startswith("image "))
    left = lines[start].index("result")
    body = lines[start + 1 : next(i for i, line in enumerate(lines) if line.startswith("row 0"))]
    image, result = (
        np.array([cells for line in body if (cells := [float(word) for word in line[part].split()])])
        for part in (slice(0, left), slice(left, None))
    )
    for head, grid in zip(re.findall(r"\d+x\d+", lines[start]), (image, result), strict=True):
        assert head == f"{grid.shape[0]}x{grid.shape[1]}"
    return image, result


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
    ("kind", "settings"),
    [*product(KINDS, WINDOWS + OTHERS), *product(["counted"], WINDOWS)],
    ids=str,
)
def test_every_number(kind: str, settings: Settings) -> None:
    chosen: Settings = KINDS[kind] if kind != "counted" else {"kind": "average", "count_padding": True}
    text = pooling_example(read_pooling(**settings, **chosen))
    image, result = grids(text)
    side = len(image)
    assert side == max(6, 7 if settings.get("size") == 7 else 0)
    (ys, rows), (xs, columns) = covered(settings, side)
    assert result.shape == (len(ys), len(xs))
    held = [
        [[float(image[y, x]) for y in down for x in across if 0 <= y < side and 0 <= x < side] for across in xs]
        for down in ys
    ]
    word = "counted" if kind == "counted" else chosen["kind"]
    for i, down in enumerate(ys):
        for j, across in enumerate(xs):
            padded = sum(y in rows for y in down) * sum(x in columns for x in across)
            expected = outcome(word, held[i][j], padded, chosen.get("p", 2), "propagate")
            np.testing.assert_allclose(result[i, j], expected, rtol=6e-4)
    written = re.findall(r"^row 0, column (\d+): (.*) = (\S+)$", text, re.M)
    assert [int(column) for column, _, _ in written] == list(range(min(3, len(xs))))
    for column, arithmetic, value in written:
        samples = held[0][int(column)]
        np.testing.assert_allclose(float(value), result[0, int(column)], rtol=6e-4)
        if not samples:
            assert arithmetic == "padding alone, no sample"
            continue
        power = rf"\^{chosen['p']:g}" if chosen.get("p", 2) != 2 else ""
        shown = re.search(rf"((?:\d+{power}(?:, | \+ ))*(?:\d+{power}|\.\.\.))(?:\)\^\(1/[\d.]+\))?$", arithmetic)
        assert shown
        numbers = re.findall(rf"(\d+){power}", shown[1])
        assert list(map(float, numbers)) == samples[:9]
        assert ("..." in arithmetic) == (len(samples) > 9)
        if word == "median":
            assert f"number {(len(samples) - 1) // 2 + 1} in order" in arithmetic
        if word == "average":
            assert arithmetic.startswith(f"mean of the {len(samples)} sample")
        if word == "counted":
            padded = sum(y in rows for y in ys[0]) * sum(x in columns for x in xs[int(column)])
            other = f"mean over {padded} places, {padded - len(samples)} of them padding"
            assert arithmetic.startswith(other if padded > len(samples) else f"mean of the {len(samples)} sample")
        if power:
            assert arithmetic.endswith(f")^(1/{chosen['p']:g})")


@pytest.mark.parametrize("settings", [one for one in OTHERS if "adaptive" in one], ids=str)
def test_bins_are_shown_by_their_ends(settings: Settings) -> None:
    text = pooling_example(read_pooling(**settings))
    for name, (each, _) in zip(("rows", "columns"), covered(settings, 6), strict=True):
        found = re.search(rf"^  {name}: (\d+) windows? over 6: (.*)$", text, re.M)
        assert found
        assert int(found[1]) == len(each)
        ends = [[int(end) for end in one.split(" to ")] for one in found[2].removesuffix(", ...").split(", ")]
        assert ends == [[one[0], one[-1]] for one in each[:3]]
        assert found[2].endswith("...") == (len(each) > 3)


def test_the_formula_of_bins_is_the_one_they_are_made_by() -> None:
    text = pooling_text(read_pooling(adaptive=(3, 5)), blank(20, 31, 3))
    formula = re.search(r"samples (floor\(.*\)) to (ceil\(.*\) - 1), i from 0", text)
    assert formula
    for name, length, n in (("rows", 20, 3), ("columns", 31, 5)):
        found = re.search(rf"{name}: {n} windows over {length}: (.*)", text)
        assert found
        scope = {"floor": np.floor, "ceil": np.ceil, "input": length, "n": n}
        for i, one in enumerate(found[1].split(", ")[:3]):
            assert one == " to ".join(str(int(eval(half, scope, {"i": i}))) for half in formula.groups())


@pytest.mark.parametrize("count_padding", [True, False])
def test_an_average_that_counts_padding_says_by_what_it_divides(count_padding: bool) -> None:
    pooling = read_pooling(2, kind="average", padding=1, count_padding=count_padding)
    line = next(line for line in pooling_example(pooling).splitlines() if line.startswith("row 0, column 0"))
    samples = re.search(r"([\d, ]+) = (\S+)$", line)
    assert samples
    total = sum(float(sample) for sample in samples[1].split(", "))
    assert float(samples[2]) == pytest.approx(total / (4 if count_padding else 1), rel=1e-3)
    assert f"{4 if count_padding else 1} " in line.partition(":")[2]


@pytest.mark.parametrize(
    ("kind", "value"), [("max", "-inf"), ("min", "inf"), ("average", "nan"), ("median", "nan"), ("lp", "0")]
)
def test_windows_of_padding_alone_are_shown(kind: str, value: str) -> None:
    text = pooling_example(read_pooling(2, kind=kind, padding=3))
    assert f"row 0, column 0: padding alone, no sample = {value}\n" in text
    assert "9223372036854775808" not in text


def test_a_window_that_is_dropped_is_shown() -> None:
    """ceil((6 + 0 + 1 - 2) / 3) + 1 = 3, but the third would begin at row 6, after the image."""
    text = pooling_example(read_pooling(2, stride=3, padding="0x1x0x1", ceil=True))
    assert "ceil((6 + 0 + 1 - 2) / 3) + 1 = 3, the last of which would begin after the image and is dropped: 2" in text


def test_explaining_an_image_of_any_size() -> None:
    text = pooling_text(read_pooling(2), blank(5, 7, 3))
    assert "the last 1 row and 1 column of the input are never looked at" in text
    ceil = pooling_text(read_pooling(2, ceil=True), blank(5, 7, 3))
    assert "rows: ceil((5 + 0 + 0 - 2) / 2) + 1 = 3" in ceil
    assert "5x7 = 35 samples in each channel" in pooling_text(read_pooling("global"), blank(5, 7, 3))


@pytest.mark.parametrize("settings", [{"size": 2, "padding": 1000}, {"size": 300}, {"adaptive": 1000}], ids=str)
def test_what_fits_no_page_is_described_by_its_size(settings: Settings) -> None:
    text = pooling_example(read_pooling(**settings))
    assert len(text) < 2000
    assert "image " not in text.partition("becomes")[0].replace("x3 image", "")
    assert re.search(r"image becomes \d+x\d+x3", text)


@pytest.mark.parametrize("settings", WINDOWS + OTHERS, ids=str)
def test_blank_lines_stand_between_windows_that_share_nothing(settings: Settings) -> None:
    """The rows of the grid fall apart as the windows do, or not at all."""
    lines = pooling_example(read_pooling(**settings)).splitlines()
    start = next(i for i, line in enumerate(lines) if line.startswith("image "))
    body = lines[start + 1 : next(i for i, line in enumerate(lines) if line.startswith("row 0")) - 1]
    left = lines[start].index("result")
    parts = [len(part.split("\n")) for part in "\n".join(line[:left].strip() for line in body).split("\n\n")]
    side = int(lines[start].split()[1].partition("x")[0])
    ys, _ = covered(settings, side)[0]
    is_apart = len(ys) > 1 and sorted(y for down in ys for y in down)[: ys[-1][0]] == list(range(ys[-1][0]))
    if len(parts) > 1:
        assert is_apart
        assert parts[: len(ys) - 1] == [len(down) for down in ys[:-1]]


def test_a_pooling_in_words() -> None:
    assert (
        pooling_words(read_pooling(adaptive="7x5", kind="min")) == "min pooling to 7x5, whatever the size of the image"
    )
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
    assert pooling_text(read_pooling(**settings), blank(40, 60, 3)).splitlines()[-1] == f"computed: {words}"


def test_what_is_left_out_is_said() -> None:
    image = Raster(np.array([[[0], [3]], [[0], [9]]], np.uint8))
    text = pooling_text(read_pooling(2, kind="average", nodata=0), image)
    assert "holes: samples that are 0, left out; a window of holes alone gives one" in text
    assert "holes: samples that are NaN, left out; a" in pooling_text(read_pooling(2, nan="ignore"), image)
    assert "holes" not in pooling_text(read_pooling(2), image)
