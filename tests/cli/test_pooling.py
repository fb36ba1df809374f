"""``cnnkit pool``: its worked example, the next stage of a pipe, and its files."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from PIL import Image

Array = npt.NDArray[Any]
Run = Callable[..., Any]


def numbers(line: str) -> list[float]:
    return [float(word) for word in line.split()]


def example_grids(text: str) -> tuple[Array, Array]:
    """The image and the result that a worked example prints side by side."""
    lines = text.splitlines()
    start = next(i for i, line in enumerate(lines) if line.startswith("image "))
    sizes = re.fullmatch(r"image (\d+)x(\d+)\s+result (\d+)x(\d+)", lines[start])
    assert sizes
    rows, columns, out_rows, out_columns = map(int, sizes.groups())
    image, result = [], []
    for line in lines[start + 1 :]:
        cells = numbers(line)
        if len(cells) >= columns and len(image) < rows:
            image.append(cells[:columns])
            cells = cells[columns:]
        if cells and len(result) < out_rows:
            result.append(cells)
        if len(image) == rows and len(result) == out_rows:
            break
    grids = np.array(image), np.array(result)
    assert grids[0].shape == (rows, columns)
    assert grids[1].shape == (out_rows, out_columns)
    return grids


def windows(image: Array, size: tuple[int, int], stride: tuple[int, int]) -> Array:
    view = np.lib.stride_tricks.sliding_window_view(image, size, axis=(0, 1))
    return view[:: stride[0], :: stride[1]]


@pytest.mark.parametrize(
    ("words", "size", "stride", "how"),
    [
        (("--size", "2", "--stride", "2"), (2, 2), (2, 2), np.max),
        ((), (2, 2), (2, 2), np.max),
        (("--size", "3", "--stride", "1"), (3, 3), (1, 1), np.max),
        (("--size", "2x3", "--stride", "2x1"), (2, 3), (2, 1), np.max),
        (("--size", "2", "--type", "average"), (2, 2), (2, 2), np.mean),
        (("--type", "min"), (2, 2), (2, 2), np.min),
        (("--type", "median", "--size", "3x5", "--stride", "1"), (3, 5), (1, 1), np.median),
        (("--size", "7", "--stride", "2"), (7, 7), (2, 2), np.max),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) and all(isinstance(w, str) for w in value) else None,
)
def test_without_an_input_it_shows_a_worked_example_with_right_numbers(
    here: Run, words: tuple[str, ...], size: tuple[int, int], stride: tuple[int, int], how: Callable[..., Array]
) -> None:
    ran = here("pool", *words)
    assert ran.code == 0
    assert ran.err == ""
    image, result = example_grids(ran.text)
    expected = how(windows(image, size, stride), axis=(2, 3))
    np.testing.assert_allclose(result, expected, rtol=1e-3)
    text = re.sub(r"\n  (?=\S)", " ", ran.text)  # lines that go on
    sums = re.findall(r"^row (\d+), column (\d+): (.*) = ([\d.]+)$", text, re.M)
    assert sums
    for row, column, samples, value in sums:
        assert float(value) == pytest.approx(expected[int(row), int(column)], rel=1e-3)
        if "..." not in samples:
            shown = [float(one) for one in re.findall(r"\d+", re.sub(r": number.*|\) / \d+", "", samples))]
            assert sorted(shown) == sorted(windows(image, size, stride)[int(row), int(column)].ravel().tolist())
    for axis, name in enumerate(("rows", "columns")):
        line = re.search(rf"{name}: floor\(\((\d+) \+ (\d+) \+ (\d+) - (\d+)\) / (\d+)\) \+ 1 = (\d+)", ran.text)
        assert line
        given, before, after, reach, step, out = map(int, line.groups())
        assert (given + before + after - reach) // step + 1 == out == result.shape[axis]
    becomes = re.search(r"A (\d+)x(\d+)x3 image becomes (\d+)x(\d+)x3", ran.text)
    assert becomes
    a, b, c, d = map(int, becomes.groups())
    assert ((a - size[0]) // stride[0] + 1, (b - size[1]) // stride[1] + 1) == (c, d)


def test_the_next_command_it_proposes_works(here: Run, folder: Path) -> None:
    text = here("pool", "--size", "3", "--stride", "2", "--type", "average").text
    words = text.strip().splitlines()[-1].removeprefix("Next: cnnkit ").replace("photo.png", "image.png").split()
    assert here(*words, cwd=folder).code == 0
    assert (folder / "image.avgpool3-s2.png").exists()


def test_an_image_through_a_pipe_and_from_a_file(run: Run, folder: Path, colour_samples: Array) -> None:
    expected = colour_samples[:20, :30].reshape(10, 2, 15, 2, 3).max(axis=(1, 3))
    ran = run("pool", "--size", "2", "--stride", "2", stdin=folder / "image.png", cwd=folder, shell="{} > pooled.png")
    assert ran.code == 0
    np.testing.assert_array_equal(np.asarray(Image.open(folder / "pooled.png")), expected)
    piped = run("pool", "--size", "2", "--stride", "2", stdin=(folder / "image.png").read_bytes())
    assert piped.out == (folder / "pooled.png").read_bytes()
    assert "10x15x3" in piped.err


def test_two_stages_of_a_pipe(run: Run, folder: Path, colour_samples: Array) -> None:
    first = run("pool", "--size", "2", stdin=folder / "image.png")
    second = run("pool", "--size", "2", stdin=first.out)
    np.testing.assert_array_equal(
        np.asarray(Image.open(io.BytesIO(second.out))), colour_samples[:20, :28].reshape(5, 4, 7, 4, 3).max(axis=(1, 3))
    )


def test_names_read_as_the_pipeline(here: Run, folder: Path) -> None:
    assert here("convolve", "image.png", "-k", "edge", cwd=folder).code == 0
    assert here("pool", "image.edge.png", "--size", "2", cwd=folder).code == 0
    assert here("pool", "image.png", "--size", "3x2", "--stride", "1", "--type", "average", cwd=folder).code == 0
    names = {path.name for path in folder.iterdir()}
    assert {"image.edge.maxpool2.png", "image.avgpool3x2-s1.png"} <= names


def test_averages_are_rounded_half_away_from_zero(here: Run, tmp_path: Path) -> None:
    samples = np.array([[0, 1, 2, 3], [0, 1, 3, 3], [255, 254, 7, 7], [255, 255, 7, 8]], dtype=np.uint8)
    Image.fromarray(samples).save(tmp_path / "a.png")
    assert here("pool", "a.png", "--type", "average", "-o", "b.png", cwd=tmp_path).code == 0
    np.testing.assert_array_equal(np.asarray(Image.open(tmp_path / "b.png")), [[1, 3], [255, 7]])


@pytest.mark.parametrize(
    ("words", "shape"),
    [
        (("--ceil",), (10, 16)),
        (("--padding", "same"), (10, 16)),
        (("--padding", "1"), (11, 16)),
        (("--stride", "2x3"), (10, 10)),
        (("--dilation", "3", "--stride", "1"), (17, 28)),
        (("--type", "average", "--padding", "1", "--count-padding"), (11, 16)),
    ],
    ids=lambda value: " ".join(map(str, value)),
)
def test_settings_reach_the_library(here: Run, folder: Path, words: tuple[str, ...], shape: tuple[int, int]) -> None:
    facts = json.loads(here("pool", "grey.png", *words, "--json", "-n", cwd=folder).out)
    assert tuple(facts["results"][0]["shape"][:2]) == shape


def test_explain_says_the_size(here: Run, folder: Path) -> None:
    ran = here("pool", "grey.png", "--explain", "-o", "o.png", cwd=folder)
    assert "columns: floor((31 + 0 + 0 - 2) / 2) + 1 = 15" in ran.err
    assert "the last 1 column of the input" in ran.err


def test_arrays_keep_the_rank_rule(here: Run, folder: Path) -> None:
    """Rows x columns in, rows x columns out, as the library has it, for pooling as for convolution."""
    np.save(folder / "a.npy", np.arange(16.0).reshape(4, 4))
    assert here("pool", "a.npy", "-o", "b.npy", cwd=folder).code == 0
    np.testing.assert_array_equal(np.load(folder / "b.npy"), [[5, 7], [13, 15]])
    assert here("pool", "grey.png", "-o", "c.npy", cwd=folder).code == 0
    assert here("convolve", "grey.png", "-k", "1", "-o", "d.npy", cwd=folder).code == 0
    assert np.load(folder / "c.npy").ndim == np.load(folder / "d.npy").ndim


@pytest.mark.parametrize(
    ("words", "text"),
    [
        (("--size", "0"), ("size 0",)),
        (("--size", "2x0"), ("size 0",)),
        (("--size", "x"), ("size",)),
        (("--size", ""), ("size",)),
        (("--size", "99999999999999"), ("size",)),
        (("--stride", "0"), ("stride 0",)),
        (("--padding", "sme"), ("same",)),
        (("--count-padding",), ("average",)),
        (("--dilation", "0"), ("dilation 0",)),
        (("--type", "medain"), ("medain", "did you mean median?")),
        (("--type", "mean"), ("mean", "did you mean average?")),
        (("--type", "MAX"), ("MAX", "did you mean max?")),
        (("--type", "sum"), ("sum", "max, average, min, lp, median")),
        (("--adaptive", "7", "--size", "2"), ("size and adaptive cannot be combined",)),
        (("--adaptive", "7", "--size", "global"), ("size global and adaptive",)),
        (("--adaptive", "7", "--stride", "2"), ("adaptive", "stride")),
        (("--adaptive", "7", "--padding", "same"), ("adaptive", "padding")),
        (("--adaptive", "7", "--ceil"), ("adaptive", "ceil")),
        (("--adaptive", "7", "--dilation", "2"), ("adaptive", "dilation")),
        (("--adaptive", "7", "--count-padding", "--type", "average"), ("adaptive", "count_padding")),
        (("--adaptive", "0"), ("adaptive 0",)),
        (("--adaptive", "7x"), ("7x",)),
        (("--adaptive", "global"), ("global",)),
        (("--size", "global", "--stride", "1"), ("size global", "stride")),
        (("--size", "global", "--padding", "1"), ("size global", "padding")),
        (("--size", "globl"), ("globl", "did you mean global?")),
        (("--size", "all"), ("all", "2x3", "global")),
        (("--p", "3"), ("p belongs to lp", "max")),
        (("--p", "3", "--type", "average"), ("p belongs to lp", "average")),
        (("--type", "lp", "--p", "0"), ("p 0",)),
        (("--type", "lp", "--p", "-1"), ("p -1",)),
        (("--type", "lp", "--p", "nan"), ("p nan",)),
        (("--type", "lp", "--p", "inf"), ("p inf", "max")),
        (("--type", "lp", "--p", "x"), ("'x'",)),
        (("--count-padding", "--type", "min"), ("only average pooling",)),
        (("--count-padding", "--type", "lp"), ("only average pooling",)),
        (("--nan", "wurd"), ("wurd", "propagate, ignore")),
        (("--nan", "ignor"), ("ignor", "did you mean ignore?")),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else None,
)
def test_wrong_usage_is_two_lines_and_2(
    here: Run, refused: Run, state_of: Run, folder: Path, words: tuple[str, ...], text: tuple[str, ...]
) -> None:
    before = state_of(folder)
    refused(here("pool", "grey.png", *words, cwd=folder), 2, *text)
    assert state_of(folder) == before


def test_wrong_usage_has_no_worked_example(here: Run, refused: Run) -> None:
    refused(here("pool", "--type", "medain"), 2, "did you mean median?")
    refused(here("pool", "--adaptive", "7", "--size", "2"), 2, "size and adaptive")


def test_too_many_results(here: Run, refused: Run, folder: Path) -> None:
    ran = here("pool", "grey.png", "--adaptive", "200000000", cwd=folder)
    refused(ran, 1, "grey.png", "more than any memory", "adaptive")


def test_a_window_larger_than_the_image(here: Run, refused: Run, state_of: Run, folder: Path) -> None:
    before = state_of(folder)
    refused(here("pool", "grey.png", "--size", "21x2", cwd=folder), 1, "grey.png", "21", "20")
    assert state_of(folder) == before
    assert here("pool", "grey.png", "--size", "20x31", "-o", "one.png", cwd=folder).code == 0
    assert np.asarray(Image.open(folder / "one.png")).shape == (1, 1)


def test_a_window_larger_than_the_example(here: Run) -> None:
    ran = here("pool", "--size", "300", "--stride", "7")
    assert ran.code == 0
    assert ran.err == ""
    assert "300" in ran.text
